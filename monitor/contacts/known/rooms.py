"""Contacts by room and ward, where people were then and not where they are now; and by household."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.contacts.exposing import Found, Who
from monitor.contacts.known.around import Around
from monitor.contacts.known.spans import InRoom, RoomChange, Together, rooms_over_time, shared
from monitor.contacts.periods import Meeting
from monitor.database.many_rows import one_of
from monitor.models.contacts.contacts import Certainty, ExposureSource, Proximity
from monitor.models.people.residents import OrderChange, QuarantineOrder, Resident
from monitor.models.places import Room, RoomKind

_SLEPT_IN = (RoomKind.ROOM, RoomKind.HOME)


def room_contacts(session: Session, around: Around, places: dict[int, list[InRoom]]) -> list[Found]:
    """Who was in a room with the case, and who on its ward. places: of `places_of` the zone's people."""
    mine = places.get(around.resident.id, [])
    wards = _wards(session, {each.room for spans in places.values() for each in spans})
    found = []
    for resident, spans in sorted(places.items()):
        if resident == around.resident.id:
            continue
        together = shared(mine, spans, around.since, around.until)
        found += [_in_room(around, resident, each) for each in together]
        if not together:
            # A ward only of whom no room was shared: else each of a room would be found twice.
            by_ward = shared(_by_ward(mine, wards), _by_ward(spans, wards), around.since, around.until)
            found += [_on_ward(around, resident, each) for each in by_ward]
    return found


def household_contacts(session: Session, around: Around) -> list[Found]:
    """Who answers with the same phone, as far as nobody knows that they lived apart."""
    if around.resident.household_id is None:
        return []
    members = session.execute(
        select(Resident.id, Resident.room_id)
        .where(Resident.household_id == around.resident.household_id, Resident.deleted_at.is_(None))
        .where(Resident.id != around.resident.id)
        .order_by(Resident.id)
    )
    return [
        Found(
            key=f"household/{around.case.id}/{row.id}",
            who=Who(resident_id=row.id),
            source=ExposureSource.HOUSEHOLD,
            meeting=Meeting(around.since, around.until, around.since, around.until, None, Proximity.SAME_ROOM),
            # A household may have been divided among rooms: then it is for a person to ask.
            surest=Certainty.CERTAIN if row.room_id == around.resident.room_id else Certainty.POSSIBLE,
        )
        for row in members
    ]


def places_of(session: Session, zone_ids: Collection[int], until: datetime) -> dict[int, list[InRoom]]:
    """Rooms over time of everybody who was in these zones, by resident."""
    columns = (Resident.id, Resident.room_id, Resident.room_since, Resident.arrived_at, Resident.created_at)
    there = set(session.scalars(select(Resident.id).where(one_of(Resident.zone_id, list(zone_ids)))))
    rows = session.execute(
        select(OrderChange.resident_id, OrderChange.at, OrderChange.before, OrderChange.after)
        .where(one_of(OrderChange.zone_id, list(zone_ids)) | one_of(OrderChange.resident_id, list(there)))
        .where(OrderChange.at <= until)
        .order_by(OrderChange.at, OrderChange.id)
    )
    changes: dict[int, list[RoomChange]] = defaultdict(list)
    for row in rows:
        if "room_id" in row.before or "room_id" in row.after:
            changes[row.resident_id].append(
                RoomChange(row.at, _number(row.before.get("room_id")), _number(row.after.get("room_id")))
            )
    people = session.execute(select(*columns).where(one_of(Resident.id, list(there | set(changes)))).order_by(Resident.id))
    return {
        row.id: rooms_over_time(changes.get(row.id, ()), row.room_id, row.room_since, row.arrived_at or row.created_at)
        for row in people
    }


def zones_of(session: Session, around: Around) -> set[int]:
    """The zones that the case was in, as its orders and their changes say."""
    whose = around.resident.id
    held = session.scalars(select(QuarantineOrder.zone_id).where(QuarantineOrder.resident_id == whose))
    changed = session.scalars(select(OrderChange.zone_id).where(OrderChange.resident_id == whose))
    return {around.resident.zone_id, *held, *changed}


def _number(said: object) -> int | None:
    return int(said) if isinstance(said, str) and said.isdigit() else None


def _wards(session: Session, rooms: Collection[int]) -> dict[int, int]:
    """A number for the floor of a zone that each room lies on; rooms whose floor nobody said are left out."""
    rows = session.execute(
        select(Room.id, Room.zone_id, Room.floor, Room.kind).where(one_of(Room.id, list(rooms)), Room.floor != "")
    ).all()
    numbers: dict[tuple[int, str], int] = {}
    for row in rows:
        numbers.setdefault((row.zone_id, row.floor), len(numbers))
    return {row.id: numbers[row.zone_id, row.floor] for row in rows if row.kind in _SLEPT_IN}


def _by_ward(spans: Iterable[InRoom], wards: dict[int, int]) -> Sequence[InRoom]:
    return [InRoom(wards[each.room], each.start, each.end) for each in spans if each.room in wards]


def _in_room(around: Around, resident: int, together: Together) -> Found:
    minutes = int((together.end - together.start).total_seconds()) // 60
    return Found(
        key=f"room/{around.case.id}/{resident}/{together.room}/{together.start:%Y%m%d%H%M}",
        who=Who(resident_id=resident),
        source=ExposureSource.ROOM,
        meeting=Meeting(together.start, together.end, together.start, together.end, minutes, Proximity.SAME_ROOM),
        surest=Certainty.CERTAIN if together.sure else Certainty.POSSIBLE,
        room_id=together.room,
    )


def _on_ward(around: Around, resident: int, together: Together) -> Found:
    return Found(
        key=f"ward/{around.case.id}/{resident}/{together.start:%Y%m%d%H%M}",
        who=Who(resident_id=resident),
        source=ExposureSource.WARD,
        meeting=Meeting(together.start, together.end, None, None, None, Proximity.SAME_PLACE),
        surest=Certainty.POSSIBLE,
    )
