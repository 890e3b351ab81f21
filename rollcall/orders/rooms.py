"""Somebody moves to another room of their zone, or two swap rooms: with a bed, a reason, and what follows for cameras and faces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from monitor.enrolment.enrolling import bed_in
from monitor.enrolment.moving import come_to_room
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Room
from monitor.order_changes import CHANGED_SINCE, note_change
from monitor.people.order_deeds import ALLOWED, REFUSED, Deed, phase_of
from monitor.personal_data.holds import require_reason
from monitor.places.room_changes import open_room, since
from monitor.places.zone_changes import open_zone
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.jobs import COMPARE_FACES, defer
from rollcall.orders.writing import current_order, hold_person, orders_of, term_of


@dataclass(frozen=True)
class RoomWished:
    """Where somebody goes. seen: the room on the page, 0 for none; None: whichever it is. crowded: also where no bed is free."""

    room_id: int
    seen: int | None = None
    crowded: bool = False


def move_room(
    session: Session, resident_id: int, wished: RoomWished, reason: str, account_id: int | None, now: datetime
) -> Resident:
    """Give somebody another room, in the caller's write transaction.

    Raises NotFound, BadInput, and Conflict: no bed is free, the room is closed, somebody else has moved them.
    """
    reason = require_reason(reason)
    resident = hold_person(session, resident_id)
    order = _movable(session, resident, wished.seen, now)
    open_zone(session, resident.zone_id)
    room_id = since(session, wished.room_id)
    if room_id == resident.room_id:
        raise BadInput(N_("This person is in that room already. Choose another."), field="room")
    room = bed_in(session, resident.zone_id, room_id, crowded=wished.crowded, besides=resident.id)
    _move(session, resident, order, room, reason, account_id, now)
    return resident


def swap_rooms(
    session: Session,
    resident_id: int,
    other_id: int,
    seen: tuple[int | None, int | None],
    reason: str,
    account_id: int,
    now: datetime,
) -> None:
    """Let two people of a zone change places, in the caller's write transaction; no free bed is needed. seen: their rooms on the page.

    Raises NotFound, BadInput, Conflict.
    """
    reason = require_reason(reason)
    # Always in the same order: two swaps at once do not wait for each other.
    both = {each: hold_person(session, each) for each in sorted({resident_id, other_id})}
    if len(both) != 2:
        raise BadInput(N_("Choose another person to swap rooms with."), field="other")
    one, other = both[resident_id], both[other_id]
    orders = [_movable(session, person, room, now) for person, room in zip((one, other), seen, strict=True)]
    if one.zone_id != other.zone_id or one.room_id is None or other.room_id is None or one.room_id == other.room_id:
        raise BadInput(N_("Choose someone of this zone who is in another room."), field="other")
    open_zone(session, one.zone_id)
    rooms = {room_id: open_room(session, room_id) for room_id in sorted((one.room_id, other.room_id))}
    to_one, to_other = rooms[other.room_id], rooms[one.room_id]
    _move(session, one, orders[0], to_one, reason, account_id, now)
    _move(session, other, orders[1], to_other, reason, account_id, now)


def _movable(session: Session, resident: Resident, seen: int | None, now: datetime) -> QuarantineOrder | None:
    """The order to whose history a move belongs; None for somebody without one. Raises Conflict."""
    order = current_order(orders_of(session, resident.id), now)
    if order is not None:
        phase = phase_of(term_of(order), now)
        if Deed.ROOM not in ALLOWED[phase]:
            raise Conflict(REFUSED[phase])
    if seen is not None and seen != (resident.room_id or 0):
        raise Conflict(CHANGED_SINCE)
    return order


def _move(
    session: Session,
    resident: Resident,
    order: QuarantineOrder | None,
    room: Room,
    reason: str,
    account_id: int | None,
    now: datetime,
) -> None:
    before = session.get(Room, resident.room_id) if resident.room_id is not None else None
    come_to_room(session, resident, room, now)
    defer(session, COMPARE_FACES, 1)
    if order is not None:
        note_change(
            session,
            order,
            {"room_id": str(before.id) if before else "", "room": before.name if before else ""},
            {"room_id": str(room.id), "room": room.name},
            reason=reason,
            account_id=account_id,
            now=now,
        )
    audit.note(
        session,
        Action.PERSON_MOVED_ROOM,
        at=now,
        account_id=account_id,
        zone_id=resident.zone_id,
        resident_id=resident.id,
        before=before.name if before else "",
        after=room.name,
        reason=reason,
    )
