"""A person puts the deletion of somebody's data off, for a reason and until a day; or has a face deleted before its time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.clock import read_day
from monitor.database.statements import changed
from monitor.database.together import Reading, first, read
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.people.retention import RetentionHold
from monitor.people.orders import GOES_ON
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

LONGEST = timedelta(days=366)
LONGEST_REASON = 300


def hold(session: Session, resident: Resident, until: str, reason: str, timezone: str, account_id: int, now: datetime) -> None:
    """Put it off until the end of a day, in the caller's write transaction; one hold stands in place of an earlier one.

    until: "24/12/2026" or "2026-12-24", on the zone's calendar. Raises BadInput.
    """
    try:
        day = datetime.combine(read_day(until), time(23, 59, 59), ZoneInfo(timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(N_("Please choose a day."), field="until") from None
    if not now < day <= now + LONGEST:
        raise BadInput(N_("Please choose a day within the coming year."), field="until")
    reason = require_reason(reason)
    end_hold(session, resident, account_id, now, quietly=True)
    session.add(
        RetentionHold(
            resident_id=resident.id, zone_id=resident.zone_id, until=day, reason=reason, account_id=account_id, made_at=now
        )
    )
    audit.note(
        session,
        Action.DELETION_HELD,
        at=now,
        account_id=account_id,
        zone_id=resident.zone_id,
        resident_id=resident.id,
        until=day.isoformat(timespec="minutes"),
        reason=reason,
    )


def end_hold(session: Session, resident: Resident, account_id: int, now: datetime, *, quietly: bool = False) -> None:
    """Let the deletion go on, in the caller's write transaction. Raises Conflict when nothing is held, unless quietly."""
    ended = changed(
        session,
        update(RetentionHold)
        .where(RetentionHold.resident_id == resident.id, RetentionHold.ended_at.is_(None), RetentionHold.until > now)
        .values(ended_at=now),
    )
    if quietly:
        return
    if not ended:
        raise Conflict(N_("The deletion is not postponed, or someone has already resumed it."))
    audit.note(
        session, Action.DELETION_LET_GO_ON, at=now, account_id=account_id, zone_id=resident.zone_id, resident_id=resident.id
    )


def hold_in_force(resident_id: int, now: datetime) -> Reading[RetentionHold | None]:
    """What puts the deletion off at this moment."""
    theirs = (RetentionHold.resident_id == resident_id, RetentionHold.ended_at.is_(None), RetentionHold.until > now)
    return (yield from first(select(RetentionHold).where(*theirs).order_by(RetentionHold.id.desc())))


def require_over(session: Session, resident_id: int, now: datetime) -> None:
    """Raise BadInput while somebody's quarantine goes on or a hold is in force: their face is needed then."""
    active = session.scalar(
        select(QuarantineOrder.id)
        .where(
            QuarantineOrder.resident_id == resident_id,
            QuarantineOrder.state.in_(GOES_ON),
            QuarantineOrder.ends_at > now,
        )
        .limit(1)
    )
    if active is not None:
        raise BadInput(N_("The quarantine order is still in force. End it first; the photos can be deleted after that."))
    if read(session, hold_in_force(resident_id, now)) is not None:
        raise BadInput(N_("The deletion is postponed for a reason. Resume it first."))


def require_reason(reason: str) -> str:
    """The reason, without spaces around. Raises BadInput."""
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise BadInput(N_("Please give the reason in 1 to %(length)s characters."), field="reason", length=LONGEST_REASON)
    return reason
