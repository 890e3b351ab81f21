"""The page on which a commune or an organisation enters its numbers of today: opened by its own link, without an account."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from monitor.problems import Conflict
from monitor.reports.collected.entering import DayPage, day_page, enter
from monitor.reports.collected.numbers import SAME_AGAIN
from monitor.reports.collected.reporters import reporter_of_link
from monitor.words import N_, words
from web.public.budget import require_within
from web.public.parts import parts
from web.shared.common import now, say, storable

MOST_A_MINUTE = 60
LONGEST = 60

pages = Blueprint("reporting", __name__)


@pages.get("/r/<link>")
def show(link: str) -> str:
    # Who tries links one after the other learns nothing, and is slowed.
    require_within("reporter", MOST_A_MINUTE)
    with parts().database.read() as session:
        reporter = reporter_of_link(session, link)
        return _page(link, day_page(session, reporter, now(), parts().settings.zone))


@pages.post("/r/<link>")
def sent(link: str) -> Response | tuple[str, int]:
    require_within("reporter", MOST_A_MINUTE)
    typed = {name: storable(value)[:LONGEST] for name, value in request.form.items()}
    zone = parts().settings.zone
    with parts().database.write() as session:
        reporter = reporter_of_link(session, link)
        try:
            page = enter(
                session,
                reporter,
                _day(typed.get("day", "")),
                typed,
                confirmed=typed.get("same") == "yes",
                account_id=None,
                now=now(),
                timezone=zone,
            )
        except Conflict as problem:
            # Whatever they typed stays before them.
            today = day_page(session, reporter, now(), zone)
            shown = DayPage(reporter, today.day, today.fields, today.before, typed, today.entry)
            return _page(link, shown, say(problem.words)), problem.status
        if page.read is None or not page.read.good:
            return _page(link, page), 422
        stands = page.stands
    flash(say(words(N_("Thank you. Your numbers are saved."))) + (f" {say(stands)}" if stands else ""))
    return redirect(url_for("reporting.show", link=link), 303)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return date.min


def _page(link: str, page: DayPage, problem: str = "") -> str:
    read = page.read
    return render_template(
        "public/reporting.html",
        page=page,
        link=link,
        wrong=read.faults if read is not None else {},
        same=say(SAME_AGAIN) if read is not None and read.same else "",
        problem=problem,
        timezone=str(parts().settings.zone),
    )
