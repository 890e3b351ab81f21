"""Privacy's papers to print and fill in, and until when people may be enrolled, with every decision about it."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.clock import read_day
from monitor.models.accounts import Account
from monitor.models.people.sunset import EnrolmentSunset
from monitor.papers.facts import facts_of
from monitor.papers.papers import IN_BOTH, TITLES, Paper, policy, write_paper
from monitor.people.sunset import LONGEST_WHY, Standing, judge, renew, sunset_of
from monitor.problems import BadInput, Forbidden, NotFound
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_
from web.shared.common import language, now
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

MOST_DECISIONS = 50

pages = Blueprint("papers", __name__)


def _may_renew() -> bool:
    """It holds for the whole province."""
    reader = the_reader()
    return reader.may(Permission.RENEW_ENROLMENT) and reader.zones is None


@pages.get("/papers")
@guarded(Permission.SEE_AUDIT, audit=None)
def listed() -> str:
    with parts().database.read() as session:
        sunset = sunset_of(session)
    return render_template(
        "console/records/papers.html",
        papers=[(each, TITLES[each], (language(),) if each in IN_BOTH else LANGUAGES) for each in Paper],
        sunset=sunset,
        standing=judge(sunset, now()),
        Standing=Standing,
    )


@pages.get("/papers/<name>/<wanted>")
@guarded(Permission.SEE_AUDIT, audit=None)
def paper(name: str, wanted: str) -> Response:
    if name not in set(Paper) or wanted not in LANGUAGES:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    with parts().database.read() as session:
        facts = facts_of(session, parts().settings, now())
    return Response(
        write_paper(Paper(name), wanted, facts),
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": policy()},
    )


def _page(session: Session, problem: BadInput | None = None) -> str:
    sunset = sunset_of(session)
    query = (
        select(EnrolmentSunset, Account.username)
        .outerjoin(Account, Account.id == EnrolmentSunset.made_by)
        .order_by(EnrolmentSunset.id.desc())
        .limit(MOST_DECISIONS)
    )
    return render_template(
        "console/records/enrolment_end.html",
        sunset=sunset,
        standing=judge(sunset, now()),
        Standing=Standing,
        decisions=session.execute(query).all(),
        may_renew=_may_renew(),
        timezone=str(parts().settings.zone),
        last_day=request.form.get("last_day", ""),
        why=request.form.get("why", ""),
        longest_why=LONGEST_WHY,
        problem=problem.words if problem else None,
        wrong=problem.field if problem else None,
    )


@pages.get("/enrolment-end")
@guarded(Permission.SEE_AUDIT, audit=None)
def enrolment_end() -> str:
    with parts().database.read() as session:
        return _page(session)


@pages.post("/enrolment-end")
@guarded(Permission.RENEW_ENROLMENT, audit=Action.ENROLMENT_RENEWED)
def decide() -> AnyResponse | tuple[str, int]:
    if not _may_renew():
        raise Forbidden(N_("Your account covers some zones only, so it cannot decide this for the province."))
    try:
        try:
            last_day = read_day(request.form.get("last_day", ""))
        except ValueError:
            raise BadInput(N_("Please enter a day."), field="last_day") from None
        with parts().database.write() as session:
            row = renew(
                session,
                last_day=last_day,
                timezone=str(parts().settings.zone),
                why=request.form.get("why", ""),
                account_id=the_reader().account_id,
                now=now(),
            )
            note_view(session, zone_id=None, last_day=row.last_day.isoformat(), reason=row.why)
    except BadInput as problem:
        with parts().database.read() as session:
            return _page(session, problem), problem.status
    flash(_("Saved. People can be admitted until the end of this day."))
    return redirect(url_for("papers.enrolment_end"), 303)
