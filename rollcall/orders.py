"""A supervisor changes somebody's quarantine order or lets them be away: an open round stops asking in the same moment."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor import audit
from monitor.changes import announce
from monitor.holds import require_reason
from monitor.incidents import end_causes
from monitor.models import Exemption, OrderState, QuarantineOrder, Resident
from monitor.problems import BadInput, Conflict, NotFound
from monitor.words import N_
from rollcall.checkin import asked_after
from rollcall.guardians import guardian_gone
from rollcall.leaving import excuse_resident

# Who left without being released is still to be looked for.
SETTLED = (OrderState.RELEASED, OrderState.TRANSFERRED, OrderState.HOSPITALISED, OrderState.DIED)

# Who may not be able to answer for a child any more.
GONE = (OrderState.HOSPITALISED, OrderState.LEFT, OrderState.DIED)


def change_order(
    session: Session, order_id: int, before: str, after: str, reason: str, account_id: int, now: datetime
) -> QuarantineOrder:
    """Give an order another state, in the caller's write transaction.

    before: the state that the person saw who changes it. Raises NotFound, BadInput, and Conflict when it is another one by now.
    """
    order = session.get(QuarantineOrder, order_id)
    if order is None:
        raise NotFound(N_("There is no such page."))
    try:
        old, new = OrderState(before), OrderState(after)
    except ValueError:
        raise BadInput(N_("Please choose what becomes of the order."), field="state") from None
    if old == new:
        raise BadInput(N_("The order is in this state already. Please choose another."), field="state")
    reason = require_reason(reason)
    changed = session.execute(
        update(QuarantineOrder)
        .where(QuarantineOrder.id == order_id, QuarantineOrder.state == old)
        .values(state=new, ended_at=None if new == OrderState.ACTIVE else now)
        .returning(QuarantineOrder.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise Conflict(N_("Somebody else has changed this order meanwhile. Look at it again."))
    audit.note(
        session,
        "order-changed",
        at=now,
        account_id=account_id,
        zone_id=order.zone_id,
        resident_id=order.resident_id,
        order_id=order_id,
        before=old.value,
        after=new.value,
        reason=reason,
    )
    excuse_resident(session, order.resident_id, now)
    if new in GONE:
        guardian_gone(session, order.resident_id, dead=new == OrderState.DIED, now=now)
    if new in SETTLED:
        end_causes(session, asked_after(order.resident_id), now=now)
    announce(session, order.zone_id, "people", now)
    session.refresh(order)
    return order


def add_exemption(
    session: Session, resident: Resident, starts: str, ends: str, reason: str, timezone: str, account_id: int, now: datetime
) -> Exemption:
    """Let somebody be away for a time, in the caller's write transaction.

    starts, ends: as a form sends them, "2026-11-24T10:00" on the zone's wall clock. Raises BadInput.
    """
    starts_at = _moment(starts, timezone, "starts")
    ends_at = _moment(ends, timezone, "ends")
    if ends_at <= starts_at:
        raise BadInput(N_("The end must come after the beginning."), field="ends")
    if ends_at <= now:
        raise BadInput(N_("This time is over already. Please choose an end that is still to come."), field="ends")
    reason = require_reason(reason)
    exemption = Exemption(
        resident_id=resident.id, zone_id=resident.zone_id, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    session.add(exemption)
    session.flush()
    audit.note(
        session,
        "exemption-added",
        at=now,
        account_id=account_id,
        zone_id=resident.zone_id,
        resident_id=resident.id,
        exemption_id=exemption.id,
        starts_at=starts_at.isoformat(timespec="minutes"),
        ends_at=ends_at.isoformat(timespec="minutes"),
        reason=reason,
    )
    excuse_resident(session, resident.id, now)
    announce(session, resident.zone_id, "people", now)
    return exemption


def _moment(text: str, timezone: str, field: str) -> datetime:
    try:
        wall = datetime.fromisoformat(text)
        if wall.tzinfo is not None:
            raise ValueError
        return wall.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(N_("Please give a day and a time, for example 2026-11-24 10:00."), field=field) from None
