"""What follows when an order began at another time than was written: for roll-calls, for tests, and for what staff were asked."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from monitor.incidents import causes
from monitor.incidents.incidents import end_causes
from monitor.laboratory.steps import count_from
from monitor.models.people.residents import QuarantineOrder
from monitor.models.places import Zone
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.people.order_deeds import Phase, phase_of
from monitor.words import N_, words
from rollcall.checkins.checkin import Step
from rollcall.checkins.excusing import excuse_resident
from rollcall.checkins.steps import set_right
from rollcall.orders.writing import term_of

NOT_BEGUN = words(N_("Your quarantine order had not begun yet; this does not count against you."))


def begin_otherwise(session: Session, order: QuarantineOrder, began: datetime, account_id: int | None, now: datetime) -> None:
    """Let everything go by the order's beginning as it is now, in the caller's write transaction. began: as it was written before."""
    clock = ZoneInfo(session.get_one(Zone, order.zone_id).timezone)
    first, right = began.astimezone(clock).date(), order.starts_at.astimezone(clock).date()
    count_from(session, order.resident_id, first, right, now.astimezone(clock).date())
    if account_id is not None and order.starts_at > began:
        _excuse_before(session, order, account_id, now)
    if phase_of(term_of(order), now) is Phase.TO_COME:
        excuse_resident(session, order.resident_id, now)
        end_causes(session, causes.asked_after(order.resident_id), now=now)


def _excuse_before(session: Session, order: QuarantineOrder, account_id: int, now: datetime) -> None:
    """Roll-calls that were over before the right beginning ask nothing of anybody, unless another order held the person then."""
    other = exists(QuarantineOrder.id).where(
        and_(
            QuarantineOrder.resident_id == CheckIn.resident_id,
            QuarantineOrder.id != order.id,
            QuarantineOrder.starts_at <= CheckIn.opened_at,
            QuarantineOrder.ends_at > CheckIn.opened_at,
        )
    )
    missed = select(CheckIn.id).where(
        CheckIn.resident_id == order.resident_id,
        CheckIn.state.in_((CheckInState.MISSED, CheckInState.UNREACHED)),
        CheckIn.opened_at < order.starts_at,
        ~other,
    )
    for check_in_id in session.scalars(missed).all():
        set_right(session, check_in_id, Step(CheckInState.EXCUSED, (NOT_BEGUN,)), now=now, account_id=account_id)
