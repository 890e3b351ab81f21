"""A person puts the deletion of somebody's data off, for a reason and until a day; or has a face deleted before its time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from monitor import audit
from monitor.models import OrderState, QuarantineOrder, Resident, RetentionHold
from monitor.problems import BadInput, Conflict
from monitor.words import N_

LONGEST = timedelta(days=366)
LONGEST_REASON = 300


def hold(session: Session, resident: Resident, until: str, reason: str, timezone: str, account_id: int, now: datetime) -> None:
    """Put it off until the end of a day, in the caller's write transaction; one hold stands in place of an earlier one.

    until: "2026-12-24" on the zone's calendar. Raises BadInput.
    """
    try:
        day = datetime.combine(datetime.fromisoformat(until).date(), time(23, 59, 59), ZoneInfo(timezone)).astimezone(UTC)
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
        "deletion-held",
        at=now,
        account_id=account_id,
        zone_id=resident.zone_id,
        resident_id=resident.id,
        until=day.isoformat(timespec="minutes"),
        reason=reason,
    )


def end_hold(session: Session, resident: Resident, account_id: int, now: datetime, *, quietly: bool = False) -> None:
    """Let the deletion go on, in the caller's write transaction. Raises Conflict when nothing is held, unless quietly."""
    ended = session.execute(
        update(RetentionHold)
        .where(RetentionHold.resident_id == resident.id, RetentionHold.ended_at.is_(None), RetentionHold.until > now)
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(ended, CursorResult)
    if quietly:
        return
    if not ended.rowcount:
        raise Conflict(N_("The deletion is not put off, or somebody has let it go on meanwhile."))
    audit.note(session, "deletion-let-go-on", at=now, account_id=account_id, zone_id=resident.zone_id, resident_id=resident.id)


def hold_in_force(session: Session, resident_id: int, now: datetime) -> RetentionHold | None:
    """What puts the deletion off at this moment."""
    return session.scalar(
        select(RetentionHold)
        .where(RetentionHold.resident_id == resident_id, RetentionHold.ended_at.is_(None), RetentionHold.until > now)
        .order_by(RetentionHold.id.desc())
        .limit(1)
    )


def require_over(session: Session, resident_id: int, now: datetime) -> None:
    """Raise BadInput while somebody's quarantine goes on or a hold is in force: their face is needed then."""
    active = session.scalar(
        select(QuarantineOrder.id)
        .where(
            QuarantineOrder.resident_id == resident_id,
            QuarantineOrder.state.in_((OrderState.ACTIVE, OrderState.HOSPITALISED, OrderState.LEFT)),
            QuarantineOrder.ends_at > now,
        )
        .limit(1)
    )
    if active is not None:
        raise BadInput(N_("The quarantine order is still in force. End it first; then the photos can be deleted."))
    if hold_in_force(session, resident_id, now) is not None:
        raise BadInput(N_("The deletion is put off for a reason. Let it go on first."))


def require_reason(reason: str) -> str:
    """The reason, without spaces around. Raises BadInput."""
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise BadInput(N_("Please give the reason in 1 to %(length)s characters."), field="reason", length=LONGEST_REASON)
    return reason
