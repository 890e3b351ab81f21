"""What a person does with a report: count it again, accept a difference, release it, begin its correction."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.daily_report import ReportDifference, ReportState
from monitor.problems import BadInput, Forbidden, Problem
from monitor.reports.releasing import begin_again, count_anew, release
from monitor.reports.settling import accept
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.reports.reading import shown
from web.shared.common import now, storable
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

NOT_YOURS = N_("A report is of the whole province. Ask a supervisor of all zones.")
NOBODY_CHOSEN = N_("Choose at least one person.")
MOST_AT_ONCE = 5000

pages = Blueprint("report_deeds", __name__)


def _require_province() -> None:
    """Raises Forbidden for a reader of some zones."""
    if the_reader().zones is not None:
        raise Forbidden(NOT_YOURS)


def _done(report_id: int, deed: Callable[[Session], int], told: str, to: str = "reports.one") -> Response | tuple[str, int]:
    """Do it in one transaction and go on to the report that it returns; what is wrong is told on the page."""
    _require_province()
    try:
        with parts().database.write() as session:
            goes_on = deed(session)
    except Problem as problem:
        return shown(report_id, say_to_staff(problem.words)), problem.status
    flash(told)
    return redirect(url_for(to, report_id=goes_on), 303)


@pages.post("/reports/<int:report_id>/count")
@guarded(Permission.RELEASE_REPORT, audit=Action.REPORT_COUNTED)
def count_again(report_id: int) -> Response | tuple[str, int]:
    """Let the clock count a draft again: its cut-off as it is known now."""

    def deed(session: Session) -> int:
        count_anew(session, report_id)
        note_view(session, zone_id=None, report_id=report_id)
        return report_id

    return _done(report_id, deed, _("The report is being counted again."))


@pages.post("/reports/<int:report_id>/accept")
@guarded(Permission.RELEASE_REPORT, audit=Action.REPORT_DIFFERENCE_ACCEPTED)
def accepted(report_id: int) -> Response | tuple[str, int]:
    """Accept differences as corrections: of the people chosen, or of all whose reason is the same."""
    _require_province()
    why = storable(request.form.get("why", ""))

    def deed(session: Session) -> int:
        people = [int(each) for each in request.form.getlist("person") if each.isdecimal()][:MOST_AT_ONCE]
        if request.form.get("alike"):
            people = _alike(session, report_id, people)
        if not people:
            raise BadInput(NOBODY_CHOSEN, field="person")
        accept(session, report_id, people, why, the_reader().account_id, now())
        return report_id

    return _done(report_id, deed, _("Accepted as corrections."), "report_lists.differences")


def _alike(session: Session, report_id: int, people: list[int]) -> list[int]:
    """All whose reason has the same words as that of one of these."""
    rows = session.execute(
        select(ReportDifference.resident_id, ReportDifference.reason).where(
            ReportDifference.report_id == report_id, ReportDifference.accepted_at.is_(None)
        )
    ).all()
    chosen = set(people)
    templates = {reason["template"] for resident_id, reason in rows if resident_id in chosen}
    return [resident_id for resident_id, reason in rows if reason["template"] in templates][:MOST_AT_ONCE]


@pages.post("/reports/<int:report_id>/release")
@guarded(Permission.RELEASE_REPORT, audit=Action.REPORT_RELEASED)
def released(report_id: int) -> Response | tuple[str, int]:
    """Release a draft as final."""
    seen = request.form.get("seen", type=int)

    def deed(session: Session) -> int:
        release(session, report_id, ReportState.FINAL, now(), account_id=the_reader().account_id, seen=seen or 0)
        return report_id

    return _done(report_id, deed, _("The report is released."))


@pages.post("/reports/<int:report_id>/correct")
@guarded(Permission.RELEASE_REPORT, audit=Action.REPORT_CORRECTED)
def corrected(report_id: int) -> Response | tuple[str, int]:
    """Begin the version that replaces a released one, and count it."""
    why = storable(request.form.get("why", ""))

    def deed(session: Session) -> int:
        return begin_again(session, report_id, why, now(), account_id=the_reader().account_id).id

    return _done(
        report_id, deed, _("The correction is begun. It takes the place of the released report when it is released itself.")
    )
