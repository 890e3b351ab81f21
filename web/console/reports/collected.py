"""What reporters entered today, numbers entered for one of them, who is to be called, and which numbers are asked for at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.models.reporters import AskedOf, CallOutcome
from monitor.problems import BadInput, Conflict, NotFound, Problem
from monitor.reports.collected.calling import OUTCOMES, note_call, to_call
from monitor.reports.collected.days import report_day
from monitor.reports.collected.entering import DayPage, day_page, enter
from monitor.reports.collected.fields import (
    HIGHEST,
    MOST_FIELDS,
    add_field,
    all_fields,
    change_field,
    close_field,
    read_field,
    reopen_field,
    ship_fields,
)
from monitor.reports.collected.numbers import SAME_AGAIN
from monitor.reports.for_report import CollectedDay, ReporterDay, collected_on
from monitor.trail.actions import Action
from web.console.reports.sight import reporter_here, require_province, units_here
from web.shared.common import now, storable
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

PAGE = 100

pages = Blueprint("collected", __name__)


def _here(session: Session, collected: CollectedDay) -> list[ReporterDay]:
    """Those whom the reader sees; who entered nothing first."""
    units = units_here(session)
    known = None if units is None else {f"{code}_{since}" for code, since in units}
    rows = [row for row in collected.reporters if known is None or row.unit in known]
    return sorted(rows, key=lambda row: row.entered_at is not None)


@pages.get("/collected")
@guarded(Permission.ENTER_COLLECTED, audit=None)
def listed() -> str:
    """The day: what was entered, added up, and by whom."""
    start = max(0, request.args.get("start", 0, type=int))
    with parts().database.read() as session:
        day = report_day(session, now(), parts().settings.zone)
        collected = collected_on(session, _asked_day(day.day), now())
        rows = _here(session, collected)
    return render_template(
        "console/reports/collected.html",
        day=day,
        shown=_asked_day(day.day),
        fields=collected.fields,
        rows=rows[start : start + PAGE],
        start=start,
        following=start + PAGE if len(rows) > PAGE + start else None,
        missing=sum(row.entered_at is None for row in rows),
        total=len(rows),
        timezone=str(parts().settings.zone),
    )


def _asked_day(today: date) -> date:
    try:
        return min(today, date.fromisoformat(request.args.get("day", "")))
    except ValueError:
        return today


@pages.get("/collected/<int:reporter_id>")
@guarded(Permission.ENTER_COLLECTED, audit=None)
def one(reporter_id: int) -> Response:
    with parts().database.read() as session:
        reporter = reporter_here(session, reporter_id)
        return _entry_page(day_page(session, reporter, now(), parts().settings.zone, history=True))


def _entry_page(page: DayPage, problem: Problem | None = None) -> Response:
    read = page.read
    html = render_template(
        "console/reports/collected_entry.html",
        page=page,
        wrong=read.faults if read is not None else {},
        same=say_to_staff(SAME_AGAIN) if read is not None and read.same else "",
        problem=say_to_staff(problem.words) if problem is not None else None,
        timezone=str(parts().settings.zone),
    )
    bad = read is not None and not read.good
    return make_response(html, problem.status if problem is not None else 422 if bad else 200)


@pages.post("/collected/<int:reporter_id>")
@guarded(Permission.ENTER_COLLECTED, audit=Action.COLLECTED_ENTERED)
def entered(reporter_id: int) -> Response | AnyResponse:
    """For a reporter who said the numbers on the telephone."""
    typed = {name: storable(value)[:60] for name, value in request.form.items()}
    zone = parts().settings.zone
    with parts().database.write() as session:
        reporter = reporter_here(session, reporter_id)
        try:
            day = date.fromisoformat(typed.get("day", ""))
        except ValueError:
            day = date.min
        try:
            page = enter(
                session,
                reporter,
                day,
                typed,
                confirmed=typed.get("same") == "yes",
                account_id=the_reader().account_id,
                now=now(),
                timezone=zone,
            )
        except Conflict as problem:
            today = day_page(session, reporter, now(), zone)
            return _entry_page(DayPage(reporter, today.day, today.fields, today.before, typed, today.entry), problem)
        if page.read is None or not page.read.good:
            return _entry_page(page)
        note_view(session, zone_id=None, reporter=reporter_id, day=day.isoformat())
        stands = page.stands
    flash(_("Saved.") + (f" {say_to_staff(stands)}" if stands is not None else ""))
    return redirect(url_for("collected.listed"), 303)


@pages.get("/collected/to-call")
@guarded(Permission.ENTER_COLLECTED, audit=None)
def calls() -> str:
    """Who has entered nothing and is to be called: the number, kind words, and the result in one tap."""
    with parts().database.read() as session:
        day = report_day(session, now(), parts().settings.zone)
        rows = to_call(session, day.day, units_here(session))
    return render_template(
        "console/reports/to_call.html",
        rows=rows,
        day=day,
        outcomes=OUTCOMES,
        late=now() > day.cut_off,
        timezone=str(parts().settings.zone),
    )


@pages.post("/collected/to-call/<int:reporter_id>")
@guarded(Permission.ENTER_COLLECTED, audit=Action.REPORTER_CALLED)
def called(reporter_id: int) -> AnyResponse:
    try:
        with parts().database.write() as session:
            reporter = reporter_here(session, reporter_id)
            day = report_day(session, now(), parts().settings.zone)
            given = request.form
            outcome = note_call(
                session,
                reporter.id,
                day.day,
                given.get("outcome", ""),
                storable(given.get("note", "")),
                the_reader().account_id,
                now(),
            )
            note_view(session, zone_id=None, reporter=reporter_id, outcome=outcome.value)
    except NotFound:
        raise
    except Problem as problem:
        flash(say_to_staff(problem.words), "problem")
    else:
        again = outcome is CallOutcome.NO_ANSWER
        flash(_("Noted. They stand at the end of the list, to be tried again.") if again else _("Noted."))
    return redirect(url_for("collected.calls"), 303)


@pages.get("/collected/fields")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def fields() -> Response:
    return _fields_page()


def _fields_page(problem: Problem | None = None, given: dict[str, str] | None = None) -> Response:
    with parts().database.read() as session:
        rows = all_fields(session)
    html = render_template(
        "console/reports/fields.html",
        rows=rows,
        in_force=sum(row.closed_at is None for row in rows),
        most=MOST_FIELDS,
        highest=HIGHEST,
        given=given or {},
        asked_of=list(AskedOf),
        wrong={problem.field: problem.words} if isinstance(problem, BadInput) and problem.field else {},
        problem=say_to_staff(problem.words) if problem is not None else None,
        for_all=the_reader().zones is None,
    )
    return make_response(html, problem.status if problem is not None else 200)


@pages.post("/collected/fields")
@guarded(Permission.MANAGE_REPORTS, audit=Action.COLLECTED_FIELD_CHANGED)
def field_saved() -> Response | AnyResponse:
    """A further number, or other words, order or limit of one."""
    require_province()
    given = {name: storable(value) for name, value in request.form.items()}
    known = request.form.get("id", type=int)
    try:
        details = read_field(*(given.get(name, "") for name in ("name_vi", "name_en", "asked_of", "position", "most")))
        with parts().database.write() as session:
            if known is None:
                known = add_field(session, details, now()).id
            else:
                change_field(session, known, request.form.get("version", 0, type=int), details)
            note_view(session, zone_id=None, field=known)
    except NotFound:
        raise
    except (BadInput, Conflict) as problem:
        return _fields_page(problem, given)
    flash(_("Saved. Reporters see it from now on."))
    return redirect(url_for("collected.fields"), 303)


@pages.post("/collected/fields/<int:field_id>/close")
@guarded(Permission.MANAGE_REPORTS, audit=Action.COLLECTED_FIELD_CHANGED)
def field_closed(field_id: int) -> Response | AnyResponse:
    again, seen = request.form.get("again") == "yes", request.form.get("version", 0, type=int)

    def do(session: Session, at: datetime) -> None:
        if again:
            reopen_field(session, field_id, seen)
        else:
            close_field(session, field_id, seen, at)

    return _field_deed(do, field_id)


@pages.post("/collected/fields/shipped")
@guarded(Permission.MANAGE_REPORTS, audit=Action.COLLECTED_FIELD_CHANGED)
def fields_shipped() -> Response | AnyResponse:
    """Where nothing is asked yet: what the product brings, to begin with."""

    def do(session: Session, at: datetime) -> None:
        ship_fields(session, at)

    return _field_deed(do, 0)


def _field_deed(do: Callable[[Session, datetime], None], field_id: int) -> Response | AnyResponse:
    require_province()
    try:
        with parts().database.write() as session:
            do(session, now())
            note_view(session, zone_id=None, field=field_id)
    except Conflict as problem:
        return _fields_page(problem)
    flash(_("Saved."))
    return redirect(url_for("collected.fields"), 303)
