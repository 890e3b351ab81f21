"""People look at those who do not add up, and accept each as a correction: from then on the report counts them so, and says that it does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.daily_report import Report, ReportDifference, ReportFigure, ReportState
from monitor.personal_data.holds import require_reason
from monitor.problems import Conflict, NotFound
from monitor.reports.definitions import Stock, stock_key
from monitor.reports.kept import keep_list
from monitor.reports.places import Setting, parts_of
from monitor.reports.releasing import NO_PAGE
from monitor.reports.stocks import Members, Slip, corrections
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

RELEASED = N_("This report was released meanwhile. Begin a correction to change it.")


def accept(session: Session, report_id: int, people: Collection[int], why: str, account_id: int, now: datetime) -> int:
    """Accept the differences of some people as corrections, in the caller's write transaction; returns how many were new.

    Raises NotFound, BadInput without a reason, and Conflict of a report that was released.
    """
    why = require_reason(why)
    report = session.get(Report, report_id, with_for_update=True, populate_existing=True)
    if report is None:
        raise NotFound(NO_PAGE)
    if report.state is not ReportState.DRAFT:
        raise Conflict(RELEASED)
    waiting = (
        ReportDifference.report_id == report_id,
        ReportDifference.accepted_at.is_(None),
        one_of(ReportDifference.resident_id, people),
    )
    named = session.scalars(select(ReportDifference.resident_id).where(*waiting).distinct()).all()
    done = changed(
        session, update(ReportDifference).where(*waiting).values(accepted_at=now, accepted_by=account_id, accepted_why=why)
    )
    if not done:
        return 0
    open_still = select(func.count()).select_from(ReportDifference)
    open_still = open_still.where(ReportDifference.report_id == report_id, ReportDifference.accepted_at.is_(None))
    # Who counts at this moment began before: their figures would not hold what was accepted now.
    report.counts += 1
    report.unsettled = session.scalar(open_still) or 0
    keep_corrections(session, report_id, accepted_of(session, report_id))
    for resident_id in sorted(named):
        audit.note(
            session,
            Action.REPORT_DIFFERENCE_ACCEPTED,
            at=now,
            account_id=account_id,
            resident_id=resident_id,
            report_id=report_id,
            reason=why,
        )
    return done


def accepted_of(session: Session, report_id: int) -> list[Slip]:
    """The differences of a report that people accepted."""
    rows = session.execute(
        select(ReportDifference.resident_id, ReportDifference.part, ReportDifference.expected, ReportDifference.found).where(
            ReportDifference.report_id == report_id, ReportDifference.accepted_at.is_not(None)
        )
    )
    return [Slip(*row) for row in rows]


def keep_corrections(session: Session, report_id: int, agreed: Iterable[Slip]) -> None:
    """Let the figures of corrections be these, in the caller's write transaction."""
    came, went = corrections(agreed)
    keys = [stock_key(setting, stock) for setting in Setting for stock in (Stock.CORRECTED_IN, Stock.CORRECTED_OUT)]
    changed(session, delete(ReportFigure).where(ReportFigure.report_id == report_id, ReportFigure.key.in_(keys)))
    rows = []
    for stock, members in ((Stock.CORRECTED_IN, came), (Stock.CORRECTED_OUT, went)):
        for setting, units in _by_setting(members).items():
            key = stock_key(setting, stock)
            kept = keep_list(session, key, units)
            values = {unit: list(each) for unit, each in kept.units.items()}
            rows.append({"report_id": report_id, "key": key, "value": kept.value, "units": values})
    session.execute(insert(ReportFigure), rows)


def _by_setting(members: Members) -> dict[Setting, dict[str, set[int]]]:
    found: dict[Setting, dict[str, set[int]]] = {setting: {} for setting in Setting}
    grouped: dict[tuple[Setting, str], set[int]] = defaultdict(set)
    for place, people in members.items():
        grouped[parts_of(place)] |= people
    for (setting, unit), people in grouped.items():
        found[setting][unit] = people
    return found
