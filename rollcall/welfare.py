"""Who is asked after first, and who missed too often: what is known of people when a window closes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from monitor.bulk import one_of
from monitor.models import Answer, CheckIn, CheckInState, Resident

ILL_FOR = timedelta(days=3)
IN_A_ROW = 3


def first_in_line(session: Session, residents: Collection[int], now: datetime) -> set[int]:
    """Those who said that they are unwell lately, and those with nobody in the room or the household to notice."""
    ill = session.scalars(
        select(Answer.resident_id)
        .where(one_of(Answer.resident_id, residents), Answer.received_at >= now - ILL_FOR, Answer.unwell)
        .distinct()
    )
    alone = select(Resident.id).where(one_of(Resident.id, residents))
    for shared in (Resident.room_id, Resident.household_id):
        # One question each: of both in one, PostgreSQL would look for each person's neighbours anew.
        other = aliased(Resident)
        alone = alone.where(~select(other.id).where(other.id != Resident.id, getattr(other, shared.key) == shared).exists())
    return {*ill, *session.scalars(alone)}


def missed_in_a_row(session: Session, residents: Collection[int]) -> set[int]:
    """Those whose newest check-ins were all missed."""
    newest = (
        select(
            CheckIn.resident_id,
            CheckIn.state,
            func.row_number().over(partition_by=CheckIn.resident_id, order_by=CheckIn.opened_at.desc()).label("place"),
        )
        .where(one_of(CheckIn.resident_id, residents))
        .subquery()
    )
    rows = session.execute(
        select(newest.c.resident_id)
        .where(newest.c.place <= IN_A_ROW, newest.c.state == CheckInState.MISSED)
        .group_by(newest.c.resident_id)
        .having(func.count() == IN_A_ROW)
    )
    return {row.resident_id for row in rows}
