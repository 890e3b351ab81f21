"""What waits for later, or for another zone, ends with the order it is about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Update, and_, or_, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.statements import changed, changed_values
from monitor.models.people.moves import PlannedChange, PlannedKind, PlannedState, Transfer, TransferState
from monitor.models.people.residents import OrderState, QuarantineOrder
from monitor.words import N_, Words, words

ORDER_OVER = words(N_("The order was over before."))
WHY = {OrderState.LEFT: words(N_("The person had left without release by then."))}
OFFER_ANSWERED = words(N_("The offer was answered or withdrawn before."))
OTHER_ZONE = words(N_("The person was in another zone by then."))


def call_off(session: Session, order: QuarantineOrder, now: datetime) -> None:
    """An order is over, or its person left: nothing planned for it is done any more, and no zone is asked to take them."""
    # Moves of rooms name no order; nobody without one is moved.
    about = or_(
        PlannedChange.order_id == order.id,
        and_(PlannedChange.resident_id == order.resident_id, PlannedChange.order_id.is_(None)),
    )
    _cancel(session, update(PlannedChange).where(about), WHY.get(order.state, ORDER_OVER), now)
    offered = (Transfer.resident_id == order.resident_id, Transfer.state == TransferState.OFFERED)
    ended = update(Transfer).where(*offered).values(state=TransferState.WITHDRAWN, decided_at=now)
    for zone_id in changed_values(session, ended.returning(Transfer.to_zone_id)):
        announce(session, zone_id, Topic.PEOPLE, now)


def call_off_room_moves(session: Session, resident_id: int, now: datetime) -> None:
    """Somebody comes to another zone: rooms of the old one are none of theirs."""
    moves = update(PlannedChange).where(PlannedChange.resident_id == resident_id, PlannedChange.kind == PlannedKind.ROOM)
    _cancel(session, moves, OTHER_ZONE, now)


def call_off_agreed(session: Session, resident_id: int, now: datetime) -> None:
    """An offer was answered or withdrawn: the time that was set for it is none any more."""
    agreed = update(PlannedChange).where(PlannedChange.resident_id == resident_id, PlannedChange.kind == PlannedKind.TRANSFER)
    _cancel(session, agreed, OFFER_ANSWERED, now)


def _cancel(session: Session, which: Update, why: Words, now: datetime) -> None:
    waiting = which.where(PlannedChange.state == PlannedState.WAITING)
    changed(session, waiting.values(state=PlannedState.CANCELLED, finished_at=now, problem=why.dump()))
