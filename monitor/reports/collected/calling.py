"""Reporters to call: who is still to be called today, and what came of each call. Rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.control_points.of_units import Unit
from monitor.database.statements import changed
from monitor.models.hotline import HotlineMessage
from monitor.models.reporters import LONGEST_NOTE, CallOutcome, Reporter, ReporterChase
from monitor.models.rollcalls.prompts import PromptState
from monitor.people.pasted import plain
from monitor.problems import BadInput, Conflict
from monitor.reports.collected.days import to_be_called
from monitor.reports.collected.reporters import in_units
from monitor.words import N_

MOST_SHOWN = 200
CALLED_WITHIN = timedelta(hours=8)
"""A call that was asked for longer ago is of another day."""


@dataclass(frozen=True)
class ToCall:
    """One reporter to call. reminded: what became of the reminder; None: none was sent."""

    reporter: Reporter
    chase: ReporterChase
    reminded: PromptState | None


def to_call(session: Session, day: date, units: set[Unit] | None) -> list[ToCall]:
    """Who is still to be called, those who were not tried yet first."""
    query = (
        select(Reporter, ReporterChase, HotlineMessage.state)
        .join(ReporterChase, ReporterChase.reporter_id == Reporter.id)
        .outerjoin(HotlineMessage, HotlineMessage.key == func.nullif(ReporterChase.message_key, ""))
        .where(*to_be_called(day))
        .order_by(ReporterChase.called_at.is_not(None), ReporterChase.called_at, Reporter.folded, Reporter.id)
        .limit(MOST_SHOWN)
    )
    where = in_units(units)
    return [ToCall(*row) for row in session.execute(query if where is None else query.where(where))]


def count_to_call(now: datetime) -> Select[int]:
    """How many of the province are to be called, for the menu of who works for all of it. Calls are asked for once in a day of reports."""
    return (
        select(func.count())
        .select_from(ReporterChase)
        .join(Reporter, Reporter.id == ReporterChase.reporter_id)
        .where(ReporterChase.call_at > now - CALLED_WITHIN, *to_be_called(ReporterChase.day))
    )


def note_call(
    session: Session, reporter_id: int, day: date, outcome: str, note: str, account_id: int, now: datetime
) -> CallOutcome:
    """What came of a call, in the caller's write transaction; who did not answer stays on the list. Raises BadInput, Conflict."""
    if outcome not in tuple(CallOutcome):
        raise BadInput(N_("Choose one of the options."), field="outcome")
    mine = update(ReporterChase).where(
        ReporterChase.day == day,
        ReporterChase.reporter_id == reporter_id,
        ReporterChase.call_at.is_not(None),
        or_(ReporterChase.outcome.is_(None), ReporterChase.outcome == CallOutcome.NO_ANSWER),
    )
    values = {
        "outcome": CallOutcome(outcome),
        "called_at": now,
        "called_by": account_id,
        "note": plain(note)[:LONGEST_NOTE],
    }
    if not changed(session, mine.values(**values)):
        raise Conflict(N_("Someone else has already called them. Reload the page to see who is left."))
    return CallOutcome(outcome)


OUTCOMES: Collection[CallOutcome] = (CallOutcome.WILL_ENTER, CallOutcome.NO_ANSWER, CallOutcome.WRONG_NUMBER)
"""What one tap says; that the numbers were entered is said by entering them."""
