"""Someone is entered, or what is said of them is changed: each in the caller's write transaction, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.locks import Lock, only_one
from monitor.database.many_rows import next_keys
from monitor.database.statements import changed
from monitor.enrolment.details import Details
from monitor.enrolment.duplicates import Marks, Sameness, marks_of, matches
from monitor.enrolment.orders import OrderDetails
from monitor.models.people.residents import BirthPrecision, Household, QuarantineOrder, Resident, StatusPeriod
from monitor.models.places import Room
from monitor.people.placed import placed
from monitor.people.sunset import require_enrolment_allowed
from monitor.places.room_changes import open_room
from monitor.places.together import LIVED_IN
from monitor.places.zone_changes import open_zone
from monitor.problems import BadInput, Conflict
from monitor.room_names import room_words
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_


@dataclass(frozen=True)
class Place:
    """Where someone comes to. crowded: they may have a room whose beds are taken, since a person said so."""

    zone_id: int
    room_id: int | None = None
    household_id: int | None = None
    arrived_at: datetime | None = None
    crowded: bool = False


def enrol(
    session: Session,
    details: Details,
    place: Place,
    order: OrderDetails | None,
    account_id: int | None,
    now: datetime,
    *,
    twice: bool = False,
) -> Resident:
    """Enter a person with where they come to, and with the order that holds them, if there is one.

    twice: enter them though someone with the same number is there: a number was typed wrongly before. Raises NotFound, Conflict and
    BadInput, each with a sentence for who is entering.
    """
    # Two tablets may have the same card before them.
    only_one(session, Lock.ENROLLING)
    if not twice:
        _refuse_twice(session, marks_of(details))
    zone = open_zone(session, place.zone_id)
    if place.household_id is not None:
        household = session.get(Household, place.household_id)
        if household is None or household.zone_id != zone.id:
            raise BadInput(N_("Choose a household of this zone."), field="household")
    if place.room_id is not None:
        bed_in(session, zone.id, place.room_id, crowded=place.crowded)
    (resident,) = enter(session, [Newcomer(details, place, order)], account_id, now)
    return resident


@dataclass(frozen=True)
class Newcomer:
    """Someone to be entered, who was looked at already: they are not there yet, the zone and the room are open."""

    details: Details
    place: Place
    order: OrderDetails | None


def enter(
    session: Session, newcomers: Sequence[Newcomer], account_id: int | None, now: datetime, **said: Any
) -> list[Resident]:
    """Write the rows of people, in their order, with an entry of the trail for each. said: what those entries say besides.

    Whoever calls holds Lock.ENROLLING, and has looked for duplicates and beds.
    """
    require_enrolment_allowed(session, now)
    residents = [
        Resident(
            **columns_of(each.details),
            id=number,
            zone_id=each.place.zone_id,
            room_id=each.place.room_id,
            household_id=each.place.household_id,
            arrived_at=each.place.arrived_at,
            room_since=now if each.place.room_id is not None else None,
            created_at=now,
        )
        for number, each in zip(next_keys(session, Resident, len(newcomers)), newcomers, strict=True)
    ]
    session.add_all(residents)
    session.flush()
    together = list(zip(residents, newcomers, strict=True))
    periods = [
        _period(resident, each.details, account_id, now) for resident, each in together if each.details.f_status is not None
    ]
    orders = [
        {"resident_id": resident.id, "zone_id": resident.zone_id, **vars(each.order)}
        for resident, each in together
        if each.order is not None
    ]
    for table, rows in ((StatusPeriod, periods), (QuarantineOrder, orders)):
        if rows:
            session.execute(insert(table), rows)
    noted = [
        audit.Noted(resident.zone_id, resident.id, {"ordered": each.order is not None, **said})
        for resident, each in zip(residents, newcomers, strict=True)
    ]
    audit.note_many(session, Action.PERSON_ENTERED, noted, at=now, account_id=account_id)
    for zone_id in sorted({resident.zone_id for resident in residents}):
        announce(session, zone_id, Topic.PEOPLE, now)
    return residents


def bed_in(session: Session, zone_id: int, room_id: int, *, crowded: bool = False, besides: int | None = None) -> Room:
    """The room with a bed for one more, until the end of this transaction. besides: who is there already and does not count.

    Raises NotFound, Conflict, BadInput. Whoever gives someone a bed asks for it here, after `open_zone`.
    """
    if not crowded:
        # Two who want the last bed come one after the other; taken first, since two that share a lock cannot both have it alone.
        session.execute(select(Room.id).where(Room.id == room_id).with_for_update(key_share=True))
    room = open_room(session, room_id)
    if room.zone_id != zone_id or room.kind not in LIVED_IN:
        raise BadInput(N_("Choose a room of this zone in which people live."), field="room")
    if room.beds is not None and not crowded:
        there = select(func.count()).where(Resident.room_id == room_id, placed(), Resident.id != (besides or 0))
        taken = session.scalar(there) or 0
        if taken >= room.beds:
            raise Conflict(
                N_("There is no free bed in %(room)s; it has %(beds)s. Choose another room, or say that it may be crowded."),
                beds=room.beds,
                room=room_words(room.name).dump(),
            )
    return room


def change_details(
    session: Session, resident: Resident, details: Details, seen: int, account_id: int, now: datetime
) -> list[str]:
    """Write what is said of a person now; returns which columns are other than before. seen: the version that the person saw.

    Raises Conflict when someone else has changed it since, or when the number is another person's.
    """
    only_one(session, Lock.ENROLLING)
    marks = marks_of(details)
    if (
        marks.documents - {resident.document_number, resident.earlier_number}
        or details.insurance_number != resident.insurance_number
    ):
        _refuse_twice(session, marks, besides=resident.id)
    values = columns_of(details)
    other = sorted(name for name, value in values.items() if getattr(resident, name) != value)
    if "phone" in other:
        values["phone_confirmed_at"] = None
    mine = update(Resident).where(Resident.id == resident.id, Resident.version == seen)
    if not changed(session, mine.values(version=Resident.version + 1)):
        raise Conflict(N_("Someone else has changed this record. Reload the page, then change it again."))
    session.refresh(resident)
    for name, value in values.items():
        setattr(resident, name, value)
    session.flush()
    if "f_status" in other:
        note_status(session, resident, details, account_id, now)
    audit.note(
        session,
        Action.PERSON_CHANGED,
        at=now,
        account_id=account_id,
        zone_id=resident.zone_id,
        resident_id=resident.id,
        # Which, and not what: a trail is read by more people than a record.
        fields=other,
    )
    announce(session, resident.zone_id, Topic.PEOPLE, now)
    return other


def columns_of(details: Details) -> dict[str, Any]:
    """As a row of `Resident` holds it."""
    values = dict(vars(details))
    birth, unit, _rule_on = values.pop("birth"), values.pop("unit"), values.pop("f_rule_on")
    return values | {
        "birth_date": birth.first if birth else None,
        "birth_precision": birth.precision if birth else BirthPrecision.DAY,
        "unit_code": unit.code if unit else None,
        "unit_from": unit.valid_from if unit else None,
    }


def note_status(session: Session, resident: Resident, details: Details, account_id: int | None, now: datetime) -> None:
    """End the period of the F-status that someone had, and begin that of the new one."""
    open_ones = update(StatusPeriod).where(StatusPeriod.resident_id == resident.id, StatusPeriod.ends_on.is_(None))
    changed(session, open_ones.values(ends_on=now.date()))
    if details.f_status is not None:
        session.execute(insert(StatusPeriod), [_period(resident, details, account_id, now)])


def _period(resident: Resident, details: Details, account_id: int | None, now: datetime) -> dict[str, Any]:
    return {
        "resident_id": resident.id,
        "zone_id": resident.zone_id,
        "status": details.f_status,
        "rule_on": details.f_rule_on,
        "starts_on": now.date(),
        "noted_at": now,
        "noted_by": account_id,
    }


def _refuse_twice(session: Session, marks: Marks, besides: int | None = None) -> None:
    for match in matches(session, [marks])[0]:
        if match.sameness is Sameness.CERTAIN and match.resident_id != besides:
            raise Conflict(
                N_("%(name)s is already entered with this number. Open that record, or check the number."), name=match.full_name
            )
