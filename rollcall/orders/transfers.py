"""One zone offers a person to another: offered, accepted with a bed, refused or withdrawn; until accepted they stay where they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.database.together import Reading, asked, read
from monitor.enrolment.enrolling import bed_in
from monitor.enrolment.moving import come_to_zone
from monitor.models.people.moves import PlannedChange, PlannedKind, PlannedState, Transfer, TransferState
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.order_changes import note_change, write_change
from monitor.people.order_deeds import Deed, holds, require_allowed
from monitor.people.placed import placed
from monitor.people.telephone_numbers import read_number
from monitor.personal_data.holds import require_reason
from monitor.places.room_changes import since
from monitor.places.zone_changes import open_zone
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, words
from rollcall.checkins.checkin import AWAITED, Step
from rollcall.checkins.steps import take_steps
from rollcall.jobs import COMPARE_FACES, defer
from rollcall.orders.waiting import call_off_agreed, call_off_room_moves
from rollcall.orders.writing import current_order, hold_person, orders_of, term_of

MOVED = words(N_("You were moved to another quarantine zone; this roll-call needs no answer."))
ANSWERED = N_("This offer was already answered or withdrawn. Reload the page to see the result.")
THERE_ALREADY = N_("This person is in that zone already. Choose another zone.")
OFFERED_ALREADY = N_("This person is already offered to a zone. Withdraw that offer first.")
TOGETHER, APART = "together", "apart"


@dataclass(frozen=True)
class TakenIn:
    """How someone comes. household: TOGETHER: they go on answering with the household's phone; APART: with `phone`, of their own.

    Empty where nobody else is in their household.
    """

    room_id: int
    crowded: bool = False
    household: str = ""
    phone: str = ""


def offer(
    session: Session, resident_id: int, to_zone_id: int, reason: str, wanted_on: date | None, account_id: int, now: datetime
) -> Transfer:
    """Offer somebody to another zone, in the caller's write transaction. Raises NotFound, BadInput, Conflict."""
    reason = require_reason(reason)
    resident = hold_person(session, resident_id)
    order = _order(session, resident, now)
    check_target(resident.zone_id, open_zone(session, to_zone_id), wanted_on, now)
    transfer = Transfer(
        resident_id=resident_id,
        order_id=order.id,
        from_zone_id=resident.zone_id,
        to_zone_id=to_zone_id,
        reason=reason,
        wanted_on=wanted_on,
        offered_at=now,
        offered_by=account_id,
    )
    try:
        with session.begin_nested():
            session.add(transfer)
            session.flush()
    except IntegrityError:
        raise Conflict(OFFERED_ALREADY) from None
    _note(session, Action.TRANSFER_OFFERED, transfer, transfer.from_zone_id, account_id, now, reason=reason)
    _tell(session, transfer, now)
    return transfer


def check_target(from_zone_id: int, there: Zone, wanted_on: date | None, now: datetime) -> None:
    """Whether people of one zone can be offered to another, which is open, for that day. Raises BadInput."""
    if there.id == from_zone_id:
        raise BadInput(THERE_ALREADY, field="to_zone")
    if wanted_on is not None and wanted_on < now.astimezone(ZoneInfo(there.timezone)).date():
        raise BadInput(N_("This day is past. Choose a day from today on, or none."), field="wanted_on")


def withdraw(session: Session, transfer_id: int, reason: str, account_id: int, now: datetime) -> Transfer:
    """The offering zone takes its offer back. Raises NotFound, BadInput, Conflict."""
    return _end(session, transfer_id, TransferState.WITHDRAWN, Action.TRANSFER_WITHDRAWN, reason, account_id, now)


def refuse(session: Session, transfer_id: int, reason: str, account_id: int, now: datetime) -> Transfer:
    """The other zone cannot take them. Raises NotFound, BadInput, Conflict."""
    return _end(session, transfer_id, TransferState.REFUSED, Action.TRANSFER_REFUSED, reason, account_id, now)


def accept(
    session: Session, transfer_id: int, taken: TakenIn, account_id: int, now: datetime, *, by_service: bool = False
) -> Transfer:
    """The other zone gives them a bed: in this moment they are its, with their order and all that is open about them.

    by_service: the account said so before, and the service does it now. Raises NotFound, BadInput, and Conflict: no bed is free, a zone or room is closed, somebody else decided meanwhile.
    """
    transfer, resident, order, room = _possible(session, transfer_id, taken, now)
    zones = {
        zone.id: zone for zone in session.scalars(select(Zone).where(Zone.id.in_((resident.zone_id, transfer.to_zone_id))))
    }
    actor = None if by_service else account_id
    _decide(session, transfer, TransferState.ACCEPTED, "", account_id, now)
    _household(session, resident, taken)
    before, was_in = zones[transfer.from_zone_id], resident.room_id
    old_room = session.get(Room, was_in) if was_in is not None else None
    asked = select(CheckIn.id).where(CheckIn.resident_id == resident.id, CheckIn.state.in_(AWAITED))
    take_steps(session, list(session.scalars(asked)), Step(CheckInState.EXCUSED, (MOVED,)), now=now, frm=AWAITED)
    call_off_room_moves(session, resident.id, now)
    for each in orders_of(session, resident.id):
        if holds(term_of(each)) and each.ends_at > now:
            values = {"zone_id": transfer.to_zone_id}
            write_change(session, each, values, reason=transfer.reason, account_id=actor, now=now)
    come_to_zone(session, resident, transfer.to_zone_id, room, now)
    defer(session, COMPARE_FACES, 1)
    note_change(
        session,
        order,
        _there(before, old_room),
        _there(zones[transfer.to_zone_id], room),
        reason=transfer.reason,
        account_id=actor,
        now=now,
    )
    _note_in_both(session, Action.TRANSFER_ACCEPTED, transfer, actor, now, room=room.name)
    return transfer


def agree(
    session: Session, transfer_id: int, taken: TakenIn, due_at: datetime, account_id: int, now: datetime
) -> PlannedChange:
    """The other zone says from when it takes them in: until then they stay where they are, and either zone may change its mind.

    The bed is looked at again then. Raises NotFound, BadInput, Conflict.
    """
    transfer, resident, order, room = _possible(session, transfer_id, taken, now)
    check_due(due_at, order.ends_at, now)
    if taken.household == APART:
        raise BadInput(
            N_(
                "A number of their own can be given only where the person is accepted at once. Choose the household’s phone for now."
            ),
            field="household",
        )
    _require_household(session, resident, taken)
    agreed = agreed_of(session, [transfer]).get(transfer.id)
    if agreed is not None and agreed.state is PlannedState.WAITING:
        raise Conflict(N_("A time is set for this person already. Call it off first."))
    row = PlannedChange(
        zone_id=resident.zone_id,
        resident_id=resident.id,
        order_id=order.id,
        kind=PlannedKind.TRANSFER,
        due_at=due_at,
        values={"transfer_id": transfer.id, **vars(replace(taken, room_id=room.id, phone=""))},
        reason=transfer.reason,
        made_by=account_id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    _note_in_both(
        session,
        Action.TRANSFER_AGREED,
        transfer,
        account_id,
        now,
        room=room.name,
        planned=row.id,
        starts_at=due_at.isoformat(timespec="minutes"),
    )
    _tell(session, transfer, now)
    return row


def take_in_as_agreed(session: Session, row: PlannedChange, now: datetime) -> None:
    """Do what `agree` planned. Raises what `accept` raises."""
    values = row.values
    taken = TakenIn(int(values["room_id"]), bool(values["crowded"]), str(values["household"]))
    accept(session, int(values["transfer_id"]), taken, row.made_by, now, by_service=True)


def check_due(due_at: datetime, ends_at: datetime, now: datetime) -> None:
    """When people may be taken in: later than now, and while their order holds. Pure. Raises BadInput."""
    if due_at <= now:
        raise BadInput(N_("This time is already past. Choose a later time, or do it at once."), field="due_at")
    if due_at >= ends_at:
        raise BadInput(N_("The order ends before that time. Choose an earlier time."), field="due_at")


def agreed_of(session: Session, transfers: Iterable[Transfer]) -> dict[int, PlannedChange]:
    """By transfer that waits for an answer, the time that was set for it: it has not come, or came and could not be kept."""
    return read(session, agreed_asked(transfers))


def agreed_asked(transfers: Iterable[Transfer]) -> Reading[dict[int, PlannedChange]]:
    """The same as a reading."""
    waiting = {each.id: each.resident_id for each in transfers if each.state is TransferState.OFFERED}
    planned = select(PlannedChange).where(
        one_of(PlannedChange.resident_id, waiting.values()),
        PlannedChange.kind == PlannedKind.TRANSFER,
        PlannedChange.state.in_((PlannedState.WAITING, PlannedState.FAILED)),
    )
    rows = (yield from asked(planned.order_by(PlannedChange.id))) if waiting else []
    found = {int(each.values["transfer_id"]): each for each in rows}
    return {number: each for number, each in found.items() if number in waiting}


def _possible(
    session: Session, transfer_id: int, taken: TakenIn, now: datetime
) -> tuple[Transfer, Resident, QuarantineOrder, Room]:
    """Everything that must hold for someone to be taken in, held until the end of the transaction. Raises NotFound, BadInput, Conflict."""
    transfer = _offered(session, transfer_id)
    resident = hold_person(session, transfer.resident_id)
    session.refresh(transfer)
    if transfer.state is not TransferState.OFFERED:
        raise Conflict(ANSWERED)
    order = _order(session, resident, now)
    if resident.zone_id != transfer.from_zone_id:
        raise Conflict(N_("This person is in another zone by now. Reload the page."))
    open_zone(session, transfer.to_zone_id)
    room = bed_in(session, transfer.to_zone_id, since(session, taken.room_id), crowded=taken.crowded)
    return transfer, resident, order, room


def _there(zone: Zone, room: Room | None) -> dict[str, str]:
    return {"zone": zone.name, "room_id": str(room.id) if room else "", "room": room.name if room else ""}


def housemates(session: Session, resident: Resident) -> list[str]:
    """Who else answers with the household's phone, by name; none where they have a number of their own."""
    if resident.household_id is None or resident.phone:
        return []
    others = select(Resident.full_name).where(
        Resident.household_id == resident.household_id, Resident.id != resident.id, placed()
    )
    return list(session.scalars(others.order_by(Resident.sort_key, Resident.id)))


def _household(session: Session, resident: Resident, taken: TakenIn) -> None:
    """Somebody who leaves others of their household: whether its phone goes on to be theirs is said by a person. Raises BadInput."""
    _require_household(session, resident, taken)
    if taken.household == APART and housemates(session, resident):
        number = read_number(taken.phone)
        resident.household_id, resident.phone, resident.phone_confirmed_at = None, number, None
        session.flush()


def _require_household(session: Session, resident: Resident, taken: TakenIn) -> None:
    if taken.household not in (TOGETHER, APART) and housemates(session, resident):
        raise BadInput(
            N_("Others stay behind who answer with the phone of the household. Say with which phone this person answers."),
            field="household",
        )


def _order(session: Session, resident: Resident, now: datetime) -> QuarantineOrder:
    """The order with which somebody goes. Raises Conflict."""
    order = current_order(orders_of(session, resident.id), now)
    if order is None:
        raise Conflict(N_("Nobody is transferred without a quarantine order. Enter the order first."))
    require_allowed(Deed.TRANSFER, term_of(order), now)
    return order


def _offered(session: Session, transfer_id: int) -> Transfer:
    transfer = session.get(Transfer, transfer_id)
    if transfer is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return transfer


def _end(
    session: Session,
    transfer_id: int,
    state: TransferState,
    action: Action,
    reason: str,
    account_id: int,
    now: datetime,
) -> Transfer:
    reason = require_reason(reason)
    transfer = _offered(session, transfer_id)
    _decide(session, transfer, state, reason, account_id, now)
    zone_id = transfer.to_zone_id if state is TransferState.REFUSED else transfer.from_zone_id
    _note(session, action, transfer, zone_id, account_id, now, reason=reason)
    _tell(session, transfer, now)
    return transfer


def _decide(session: Session, transfer: Transfer, state: TransferState, reason: str, account_id: int, now: datetime) -> None:
    """Once, whoever comes first. Raises Conflict."""
    mine = update(Transfer).where(Transfer.id == transfer.id, Transfer.state == TransferState.OFFERED)
    if not changed(session, mine.values(state=state, decided_at=now, decided_by=account_id, decision=reason)):
        raise Conflict(ANSWERED)
    session.refresh(transfer)
    call_off_agreed(session, transfer.resident_id, now)


def _note_in_both(
    session: Session, action: Action, transfer: Transfer, account_id: int | None, now: datetime, **details: Any
) -> None:
    """Both zones' trails tell of it."""
    for zone_id in (transfer.from_zone_id, transfer.to_zone_id):
        _note(session, action, transfer, zone_id, account_id, now, **details)


def _note(
    session: Session, action: Action, transfer: Transfer, zone_id: int, account_id: int | None, now: datetime, **details: Any
) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=account_id,
        zone_id=zone_id,
        resident_id=transfer.resident_id,
        transfer=transfer.id,
        zones=[transfer.from_zone_id, transfer.to_zone_id],
        **details,
    )


def _tell(session: Session, transfer: Transfer, now: datetime) -> None:
    for zone_id in (transfer.from_zone_id, transfer.to_zone_id):
        announce(session, zone_id, Topic.PEOPLE, now)
