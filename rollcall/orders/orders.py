"""A supervisor does something with somebody's quarantine order: what follows for roll-calls, staff and guardians follows at once.

Which deeds there are, and when, is in `monitor/people/order_deeds.py`; every change is one transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.enrolment.enrolling import bed_in
from monitor.enrolment.moving import come_to_room
from monitor.enrolment.orders import OrderDetails
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes
from monitor.models.people.residents import KEEPS_BED, OVER, OrderState, QuarantineOrder, Resident
from monitor.order_changes import CHANGED_SINCE, note_change, write_change
from monitor.people.order_deeds import (
    ENDS_ALL,
    NEEDS_BED,
    NEW_STATE,
    Deed,
    Phase,
    Term,
    check_new_end,
    check_new_start,
    check_times,
    holds,
    phase_of,
    require_allowed,
    require_alone,
)
from monitor.people.orders import consequences
from monitor.personal_data.holds import require_reason
from monitor.places.zone_changes import open_zone
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.checkins.excusing import excuse_resident
from rollcall.orders.beginning import begin_otherwise
from rollcall.orders.second_word import require_one_is_enough
from rollcall.orders.waiting import call_off
from rollcall.orders.writing import hold_person, orders_of, term_of
from rollcall.people.guardians import guardian_gone

CORRECTED = ("number", "authority", "legal_basis", "reason", "ordered_orally_on", "written_on", "delivered_on")


@dataclass(frozen=True)
class Correction:
    """What is written about an order, as it should be; see the columns of `QuarantineOrder`."""

    number: str
    authority: str
    legal_basis: str
    reason: str
    ordered_orally_on: date | None
    written_on: date | None
    delivered_on: date | None


@dataclass(frozen=True)
class Asked:
    """What is to be done. seen: the order's version on the page; None: whichever it is, as for what was planned before.

    ends_at: of an extension or a shortening; starts_at: as it should have been. room_id, crowded: where somebody comes who has no bed
    any more; None: their room. by_two: a second person has agreed.
    """

    deed: Deed
    reason: str
    seen: int | None = None
    ends_at: datetime | None = None
    starts_at: datetime | None = None
    correction: Correction | None = None
    room_id: int | None = None
    crowded: bool = False
    by_two: bool = False


def act(session: Session, order_id: int, asked: Asked, account_id: int | None, now: datetime) -> QuarantineOrder:
    """Do it, in the caller's write transaction. account_id: None where what was set for a later time comes due.

    Raises NotFound, BadInput, and Conflict: it cannot be done with the order as it is, or somebody else changed it.
    """
    whose = session.scalar(select(QuarantineOrder.resident_id).where(QuarantineOrder.id == order_id))
    if whose is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    resident = hold_person(session, whose)
    known = orders_of(session, whose)
    order = next(each for each in known if each.id == order_id)
    reason = require_reason(asked.reason)
    # First, since what it became meanwhile says more than that it did.
    require_allowed(asked.deed, term_of(order), now)
    if asked.seen is not None and asked.seen != order.version:
        raise Conflict(CHANGED_SINCE)
    # What was set for a later time was looked at then.
    if asked.deed is Deed.EXTEND and not asked.by_two and account_id is not None:
        require_one_is_enough(session, order)
    others = [each for each in known if each is not order]
    values = _values(order, asked, [term_of(each) for each in others], reason, now)
    if asked.deed in NEEDS_BED:
        _give_bed(session, resident, asked, now)
    old, began = order.state, order.starts_at
    before, after = write_change(session, order, values, reason=reason, account_id=account_id, now=now, seen=asked.seen)
    if asked.deed in ENDS_ALL:
        for other in others:
            if holds(term_of(other)) and other.ends_at > now:
                write_change(session, other, values, reason=reason, account_id=account_id, now=now)
                call_off(session, other, now)
    _note(session, order, asked.deed, before, after, reason, account_id, now)
    _follow(session, order, old, now)
    if order.starts_at != began:
        begin_otherwise(session, order, began, account_id, now)
    announce(session, order.zone_id, Topic.PEOPLE, now)
    return order


def _values(order: QuarantineOrder, asked: Asked, others: list[Term], reason: str, now: datetime) -> Mapping[str, Any]:
    """The columns that a deed gives an order. Raises BadInput, Conflict."""
    term = term_of(order)
    if asked.deed in (Deed.EXTEND, Deed.SHORTEN):
        if asked.ends_at is None:
            raise BadInput(N_("Please choose the new end."), field="ends_at")
        return {"ends_at": check_new_end(asked.deed, term, asked.ends_at, others, now)}
    if asked.deed is Deed.START:
        if asked.starts_at is None:
            raise BadInput(N_("Please choose when the order began."), field="starts_at")
        return {"starts_at": check_new_start(term, asked.starts_at, order.ended_at, others)}
    if asked.deed is Deed.CORRECT:
        if asked.correction is None or all(getattr(order, name) == value for name, value in vars(asked.correction).items()):
            raise BadInput(N_("Nothing is other than before. Change what is wrong, then save."), field="number")
        return vars(asked.correction)
    new = NEW_STATE[asked.deed]
    if new is OrderState.ACTIVE:
        require_alone(Term(new, term.starts_at, term.ends_at), others)
    return {
        "state": new,
        "ended_at": now if consequences(order.state, new).ended_at_set else None,
        "end_reason": "" if new is OrderState.ACTIVE else reason,
    }


def _give_bed(session: Session, resident: Resident, asked: Asked, now: datetime) -> None:
    """Their bed may be somebody else's by now, and their room or zone closed. Raises Conflict, BadInput."""
    open_zone(session, resident.zone_id)
    room_id = asked.room_id or resident.room_id
    if room_id is None:
        return
    room = bed_in(session, resident.zone_id, room_id, crowded=asked.crowded, besides=resident.id)
    if room.id != resident.room_id:
        come_to_room(session, resident, room, now)


def _note(
    session: Session,
    order: QuarantineOrder,
    deed: Deed,
    before: Mapping[str, str],
    after: Mapping[str, str],
    reason: str,
    account_id: int | None,
    now: datetime,
) -> None:
    if deed is Deed.CORRECT:
        # Which, and not what: a trail is read by more people than a record.
        details: dict[str, Any] = {"changed": sorted(after)}
    else:
        column = "state" if deed in NEW_STATE else "starts_at" if deed is Deed.START else "ends_at"
        details = {"before": before.get(column, ""), "after": after.get(column, "")}
    audit.note(
        session,
        Action.ORDER_CHANGED,
        at=now,
        account_id=account_id,
        zone_id=order.zone_id,
        resident_id=order.resident_id,
        order_id=order.id,
        deed=deed.value,
        reason=reason,
        **details,
    )


def _follow(session: Session, order: QuarantineOrder, old: OrderState, now: datetime) -> None:
    """What follows for roll-calls, staff and guardians, and for what waits for later."""
    if old is order.state:
        if order.ends_at <= now:
            excuse_resident(session, order.resident_id, now)
        return
    following = consequences(old, order.state)
    if following.stops_asking:
        excuse_resident(session, order.resident_id, now)
    if following.guardian_leaves:
        guardian_gone(session, order.resident_id, dead=following.guardian_died, now=now)
    if following.ends_questions:
        end_causes(session, causes.asked_after(order.resident_id), now=now)
    if order.state in OVER or order.state is OrderState.LEFT:
        call_off(session, order, now)


def give_order(
    session: Session,
    resident_id: int,
    details: OrderDetails,
    account_id: int,
    now: datetime,
    *,
    room_id: int | None = None,
    crowded: bool = False,
) -> QuarantineOrder:
    """Give a person who is there, or was, a further order, in the caller's write transaction.

    room_id: where they come; None: the room that they have. Raises NotFound, BadInput, Conflict.
    """
    resident = hold_person(session, resident_id)
    check_times(details.starts_at, details.ends_at)
    known = orders_of(session, resident_id)
    if any(phase_of(term_of(each), now) is Phase.DIED for each in known):
        raise Conflict(N_("This person is recorded as having died."))
    require_alone(Term(OrderState.ACTIVE, details.starts_at, details.ends_at), [term_of(each) for each in known])
    has_bed = not known or any(each.state in KEEPS_BED for each in known)
    if not has_bed or room_id not in (None, resident.room_id):
        _give_bed(session, resident, Asked(Deed.FURTHER, "", room_id=room_id, crowded=crowded), now)
    order = QuarantineOrder(resident_id=resident_id, zone_id=resident.zone_id, **vars(details))
    session.add(order)
    session.flush()
    note_change(session, order, {}, {"state": order.state.value}, reason=details.reason, account_id=account_id, now=now)
    audit.note(
        session,
        Action.ORDER_GIVEN,
        at=now,
        account_id=account_id,
        zone_id=resident.zone_id,
        resident_id=resident_id,
        order_id=order.id,
        starts_at=details.starts_at.isoformat(timespec="minutes"),
        ends_at=details.ends_at.isoformat(timespec="minutes"),
    )
    announce(session, resident.zone_id, Topic.PEOPLE, now)
    return order
