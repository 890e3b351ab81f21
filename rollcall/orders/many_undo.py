"""What was done to many people at once, taken back as one: each by itself, and who cannot be any more is said by name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.people.moves import DoneForMany
from monitor.models.people.residents import Exemption, Resident
from monitor.order_changes import CHANGED_SINCE
from monitor.problems import Conflict, NotFound, Problem
from monitor.words import N_, Words
from rollcall.orders.exemptions import end_exemption
from rollcall.orders.planned import cancel
from rollcall.orders.rooms import RoomWished, move_room
from rollcall.orders.transfers import withdraw

TIME_FOR_MANY = timedelta(minutes=10)
"""What was done to many at once takes longer to look over than what was done to one."""
KEPT = timedelta(hours=1)
"""What taking back needs is of no use afterwards."""
MANY_TOO_LATE = N_(
    "This could be taken back for %(minutes)s minutes; that time is over. Correct the results on each person’s page."
)
_NO_ROOM_BEFORE = N_("This person had no room before. Choose where they go on their page.")


def can_be_taken_back(session: Session, batch: str, account_id: int, now: datetime) -> int:
    """How much of what somebody did together can be taken back still."""
    mine = (DoneForMany.batch == batch, DoneForMany.account_id == account_id, DoneForMany.undone_at.is_(None))
    query = select(func.count()).select_from(DoneForMany).where(*mine, DoneForMany.at >= now - TIME_FOR_MANY)
    return session.scalar(query) or 0


def take_many_back(
    database: Database, batch: str, account_id: int, why: str, now: datetime
) -> tuple[int, list[tuple[int, str, Words]]]:
    """As it was before, as far as nobody has acted on it since; returns how many, and (resident, name, reason) where it was not possible.

    The last is taken back first, so that a bed that one had left is free for them again. why: what stands in the records.
    Raises NotFound for another's, Conflict when the time is over.
    """
    mine = (DoneForMany.batch == batch, DoneForMany.account_id == account_id, DoneForMany.undone_at.is_(None))
    with database.read() as session:
        rows = session.execute(
            select(DoneForMany.id, DoneForMany.resident_id, DoneForMany.at, DoneForMany.made, Resident.full_name)
            .join(Resident, Resident.id == DoneForMany.resident_id)
            .where(*mine)
            .order_by(DoneForMany.id.desc())
        ).all()
    if not rows:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    if now - max(row.at for row in rows) > TIME_FOR_MANY:
        raise Conflict(MANY_TOO_LATE, minutes=int(TIME_FOR_MANY.total_seconds() // 60))
    refused: list[tuple[int, str, Words]] = []
    for row in rows:
        try:
            with database.write() as session:
                this = update(DoneForMany).where(DoneForMany.id == row.id, DoneForMany.undone_at.is_(None))
                if not changed(session, this.values(undone_at=now)):
                    raise Conflict(CHANGED_SINCE)
                _reverse(session, row.resident_id, row.made, why, account_id, now)
        except Problem as problem:
            refused.append((row.resident_id, row.full_name, problem.words))
    return len(rows) - len(refused), refused


def _reverse(session: Session, resident_id: int, made: dict[str, Any], why: str, account_id: int, now: datetime) -> None:
    """Raises Problem where somebody has acted on it since, or no bed is free any more."""
    if "exemption" in made:
        exemption = session.get(Exemption, made["exemption"])
        if exemption is None or exemption.version != 1:
            raise Conflict(CHANGED_SINCE)
        # Whom it excused stays excused: nothing is held against anybody by it.
        end_exemption(session, exemption.id, why, exemption.version, account_id, now)
    elif "transfer" in made:
        withdraw(session, made["transfer"], why, account_id, now)
    elif "planned" in made:
        cancel(session, made["planned"], account_id, now)
    else:
        before, since = made["rooms"]
        if not before:
            raise Conflict(_NO_ROOM_BEFORE)
        move_room(session, resident_id, RoomWished(before, seen=since), why, account_id, now)


def forget_done(session: Session, now: datetime) -> None:
    """What can be taken back no more needs no record: what was done stands in the orders and in the trail."""
    session.execute(delete(DoneForMany).where(DoneForMany.at < now - KEPT))
