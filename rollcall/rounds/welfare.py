"""Who is asked after first, and who has been silent for how long: what is known of people when a window closes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.incidents import causes
from monitor.incidents.cases import unresolved
from monitor.incidents.risks import alone_among
from monitor.models.incidents import Incident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from rollcall.checkins.checkin import AWAITED

ILL_FOR = timedelta(days=3)
IN_A_ROW = 3


def ill_lately(session: Session, residents: Collection[int], now: datetime) -> set[int]:
    """Those who said within three days that they are unwell, or of whom staff have not done with that yet."""
    said = (
        select(Answer.resident_id)
        .where(one_of(Answer.resident_id, residents), Answer.received_at >= now - ILL_FOR, Answer.unwell)
        .distinct()
    )
    waiting = select(Incident.case_of).where(one_of(Incident.cause, [causes.unwell(each) for each in residents]), unresolved())
    return {*session.scalars(said), *(each for each in session.scalars(waiting) if each is not None)}


def first_in_line(session: Session, residents: Collection[int], now: datetime) -> set[int]:
    """Those who said that they are unwell lately, and those with nobody in the room or the household to notice."""
    return ill_lately(session, residents, now) | alone_among(session, residents)


def unreached_before(session: Session, residents: Collection[int]) -> set[int]:
    """Those whose newest round that no fault of ours excused, nor is open, ended without anybody knowing that a message came."""
    newest = (
        select(
            CheckIn.resident_id,
            CheckIn.state,
            func.row_number().over(partition_by=CheckIn.resident_id, order_by=CheckIn.opened_at.desc()).label("place"),
        )
        .where(one_of(CheckIn.resident_id, residents), CheckIn.outage_id.is_(None), CheckIn.state.not_in(AWAITED))
        .subquery()
    )
    return set(
        session.scalars(select(newest.c.resident_id).where(newest.c.place == 1, newest.c.state == CheckInState.UNREACHED))
    )


@dataclass(frozen=True)
class InARow:
    """How many of somebody's newest check-ins, at most IN_A_ROW, were missed, and how many missed or not reached."""

    missed: int
    unanswered: int


def in_a_row(session: Session, residents: Collection[int]) -> dict[int, InARow]:
    """Of those with two or more; whose window has just closed has one of the kind at least."""
    newest = (
        select(
            CheckIn.resident_id,
            CheckIn.state,
            func.row_number().over(partition_by=CheckIn.resident_id, order_by=CheckIn.opened_at.desc()).label("place"),
        )
        # What a fault of ours excused says nothing of them: it counts for no miss, and ends no row of them.
        .where(one_of(CheckIn.resident_id, residents), CheckIn.outage_id.is_(None))
        .subquery()
    )

    def before(*states: CheckInState) -> ColumnElement[int]:
        other = func.min(case((newest.c.state.not_in(states), newest.c.place)))
        # Nobody has had more of them than there were.
        return func.coalesce(other - 1, func.count())

    missed, unanswered = before(CheckInState.MISSED), before(CheckInState.MISSED, CheckInState.UNREACHED)
    rows = session.execute(
        select(newest.c.resident_id, missed, unanswered)
        .where(newest.c.place <= IN_A_ROW)
        .group_by(newest.c.resident_id)
        .having(unanswered >= 2)
    )
    return {row[0]: InARow(*row[1:]) for row in rows}
