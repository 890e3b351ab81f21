"""What is set for a later time: planned by a supervisor, done by a tick when its time has come, called off until then.

The tick may run twice or late and on several machines: whoever takes a row from `waiting` does it, in one transaction. One that cannot
be done keeps no other from its turn, and staff are told.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.database.together import Reading, asked
from monitor.incidents.causes import change_failed
from monitor.incidents.incidents import open_incident
from monitor.models.incidents import IncidentKind
from monitor.models.people.moves import PlannedChange, PlannedKind, PlannedState, Transfer
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Room
from monitor.people.order_deeds import ALLOWED, CAN_WAIT, REFUSED, Deed, Phase, check_new_end, phase_of
from monitor.personal_data.holds import require_reason
from monitor.problems import BadInput, Conflict, NotFound, Problem
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, Words, words
from rollcall.orders.orders import Asked, act
from rollcall.orders.rooms import RoomWished, move_room
from rollcall.orders.second_word import require_one_is_enough
from rollcall.orders.transfers import take_in_as_agreed
from rollcall.orders.writing import current_order, hold_person, orders_of, term_of

log = logging.getLogger(__name__)
AT_ONCE = 200


def plan_change(
    session: Session,
    resident_id: int,
    deed: Deed,
    due_at: datetime,
    reason: str,
    account_id: int,
    now: datetime,
    *,
    values: Mapping[str, Any] | None = None,
) -> PlannedChange:
    """Set something for a later time, in the caller's write transaction. values: see `PlannedChange`.

    Whether it can be done is looked at again when its time has come. Raises NotFound, BadInput, Conflict.
    """
    reason = require_reason(reason)
    if due_at <= now:
        raise BadInput(N_("This time is already past. Choose a later time, or do it at once."), field="due_at")
    resident = hold_person(session, resident_id)
    order = current_order(orders_of(session, resident_id), now)
    if order is None and deed is not Deed.ROOM:
        raise Conflict(N_("This person has no quarantine order."))
    if order is not None:
        if deed is Deed.EXTEND:
            require_one_is_enough(session, order)
        _check(deed, order, orders_of(session, resident_id), due_at, values or {}, now)
    kind = PlannedKind(deed.value)
    same = (PlannedChange.resident_id == resident_id, PlannedChange.kind == kind, PlannedChange.due_at == due_at)
    if session.scalar(select(PlannedChange.id).where(*same, PlannedChange.state == PlannedState.WAITING)) is not None:
        raise Conflict(N_("The same is already planned for that time."))
    row = PlannedChange(
        zone_id=resident.zone_id,
        resident_id=resident_id,
        order_id=order.id if order is not None and deed is not Deed.ROOM else None,
        kind=kind,
        due_at=due_at,
        values=dict(values or {}),
        reason=reason,
        made_by=account_id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, Action.CHANGE_PLANNED, row, account_id, now, reason=reason)
    announce(session, resident.zone_id, Topic.PEOPLE, now)
    return row


def _check(
    deed: Deed,
    order: QuarantineOrder,
    known: Sequence[QuarantineOrder],
    due_at: datetime,
    values: Mapping[str, Any],
    now: datetime,
) -> None:
    """Refuse now what can be seen now. Raises BadInput, Conflict."""
    term = term_of(order)
    phase = phase_of(term, now)
    # Back from hospital is planned, too, for somebody who is taken there later; the others must be possible as things stand.
    taken_later = deed is Deed.BACK and phase is Phase.IN_FORCE
    if deed not in CAN_WAIT or not (deed in ALLOWED[phase] or taken_later):
        raise Conflict(REFUSED[phase])
    if deed is Deed.EXTEND:
        others = [term_of(each) for each in known if each.id != order.id]
        check_new_end(Deed.EXTEND, term, datetime.fromisoformat(values["ends_at"]), others, now)
        if due_at >= order.ends_at:
            raise BadInput(N_("The order ends before that time. Extend it at once, or choose an earlier time."), field="due_at")


def cancel(session: Session, planned_id: int, account_id: int, now: datetime) -> PlannedChange:
    """Call it off before its time. Raises NotFound, Conflict."""
    row = session.get(PlannedChange, planned_id)
    if row is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    waiting = update(PlannedChange).where(PlannedChange.id == planned_id, PlannedChange.state == PlannedState.WAITING)
    if not changed(session, waiting.values(state=PlannedState.CANCELLED, finished_at=now, finished_by=account_id)):
        raise Conflict(N_("This was already done or called off. Reload the page."))
    session.refresh(row)
    _note(session, Action.PLANNED_CANCELLED, row, account_id, now)
    announce(session, row.zone_id, Topic.PEOPLE, now)
    if row.kind is PlannedKind.TRANSFER:
        announce(session, session.get_one(Transfer, int(row.values["transfer_id"])).to_zone_id, Topic.PEOPLE, now)
    return row


def run_planned(database: Database, now: datetime) -> int:
    """Do what is due, each by itself; returns how many were done or failed."""
    due = (PlannedChange.state == PlannedState.WAITING, PlannedChange.due_at <= now)
    with database.read() as session:
        ids = session.scalars(
            select(PlannedChange.id).where(*due).order_by(PlannedChange.due_at, PlannedChange.id).limit(AT_ONCE)
        ).all()
    return sum(_run(database, each, now) for each in ids)


def _run(database: Database, planned_id: int, now: datetime) -> bool:
    try:
        with database.write() as session:
            if not _take(session, planned_id, PlannedState.DONE, None, now):
                return False
            _do(session, session.get_one(PlannedChange, planned_id), now)
            return True
    except Problem as problem:
        why = problem.words
    except Exception:
        # As long as it fails so it waits, and is tried with every tick: nobody is released by a half-done step.
        log.exception("the planned change %d failed and is repeated", planned_id)
        return False
    with database.write() as session:
        if not _take(session, planned_id, PlannedState.FAILED, why, now):
            return False
        _tell(session, session.get_one(PlannedChange, planned_id), why, now)
    return True


def _take(session: Session, planned_id: int, state: PlannedState, why: Words | None, now: datetime) -> bool:
    waiting = update(PlannedChange).where(PlannedChange.id == planned_id, PlannedChange.state == PlannedState.WAITING)
    return bool(changed(session, waiting.values(state=state, finished_at=now, problem=why.dump() if why else None)))


def _do(session: Session, row: PlannedChange, now: datetime) -> None:
    if row.kind is PlannedKind.ROOM:
        wished = RoomWished(int(row.values["room_id"]), crowded=bool(row.values.get("crowded")))
        move_room(session, row.resident_id, wished, row.reason, None, now)
        return
    if row.kind is PlannedKind.TRANSFER:
        take_in_as_agreed(session, row, now)
        return
    assert row.order_id is not None
    ends_at = datetime.fromisoformat(row.values["ends_at"]) if "ends_at" in row.values else None
    act(session, row.order_id, Asked(Deed(row.kind.value), row.reason, ends_at=ends_at), None, now)


def _tell(session: Session, row: PlannedChange, why: Words, now: datetime) -> None:
    """Whoever planned it has gone home: staff of the zone see that it was not done, and why."""
    resident = session.get_one(Resident, row.resident_id)
    reason = words(N_("The planned change for %(name)s could not be made: %(why)s"), name=resident.full_name, why=why.dump())
    open_incident(
        session,
        IncidentKind.CHANGE_FAILED,
        change_failed(row.id),
        zone_id=resident.zone_id,
        room_id=resident.room_id,
        resident_id=row.resident_id,
        reason=reason,
        now=now,
    )
    announce(session, resident.zone_id, Topic.PEOPLE, now)
    if row.kind is PlannedKind.TRANSFER:
        # The zone that waits for them is where something can be done; the record is not its yet.
        zone_id = session.get_one(Transfer, int(row.values["transfer_id"])).to_zone_id
        cause = change_failed(row.id, zone_id)
        open_incident(session, IncidentKind.CHANGE_FAILED, cause, zone_id=zone_id, reason=reason, now=now)
        announce(session, zone_id, Topic.PEOPLE, now)


def room_names(planned: list[PlannedChange]) -> Reading[dict[int, str]]:
    """The names of the rooms that planned moves lead to, by number."""
    wanted = {int(each.values["room_id"]) for each in planned if "room_id" in each.values}
    rows = (yield from asked(select(Room.id, Room.name).where(Room.id.in_(wanted)))) if wanted else []
    return {number: name for number, name in rows}  # noqa: C416 - a row is no pair for mypy


def _note(session: Session, action: Action, row: PlannedChange, account_id: int, now: datetime, **details: Any) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=account_id,
        zone_id=row.zone_id,
        resident_id=row.resident_id,
        planned=row.id,
        kind=row.kind.value,
        starts_at=row.due_at.isoformat(timespec="minutes"),
        **details,
    )
