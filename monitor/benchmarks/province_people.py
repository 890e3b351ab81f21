"""A province of invented people in an empty database, quickly: zones, rooms, households, residents and their orders."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, islice
from typing import Any

from sqlalchemy import case, func, insert, literal, select
from sqlalchemy.orm import Session

from monitor.benchmarks.invented_people import Invented, invent, keys_of, telephone
from monitor.database.database import Database
from monitor.database.many_rows import insert_rows
from monitor.models.people.residents import FStatus, Household, OrderState, QuarantineOrder, Resident, StatusPeriod, tail_of
from monitor.models.places import Room, RoomKind, Zone, ZoneKind
from monitor.models.units import AdministrativeUnit
from monitor.places.units.loading import load_units
from monitor.places.units.search import UnitKey

SEED = 20210630
IN_A_ZONE, IN_A_ROOM, IN_A_HOUSEHOLD, AT_ONCE = 1000, 4, 3, 5000
PROVINCE = "75"
"""Đồng Nai, with 95 communes since July 2025."""
_SINCE = date(2025, 7, 1)
# Telephones of households begin here, beyond those of people.
_OF_HOUSEHOLDS = 5_000_000
_STATUSES = (None, None, FStatus.F1, FStatus.F1, FStatus.F1, FStatus.F2, FStatus.F0, FStatus.F3)


@dataclass(frozen=True)
class Province:
    """What was made. zones: their keys; units: the communes people live in; people: how many."""

    zones: tuple[int, ...]
    units: tuple[UnitKey, ...]
    people: int


def build_province(
    database: Database, people: int, now: datetime, seed: int = SEED, sizes: Sequence[int] | None = None
) -> Province:
    """Fill an empty, migrated database. The same people for the same seed; 300,000 take about a minute.

    sizes: how many people each zone has, `people` in all; None: a thousand share one. Four share a room, every third lives in a household
    of three with a telephone of its own. Each has an order: nine in ten are in quarantine, the others were released. Nobody has answered
    anything.
    """
    load_units(database, now)
    sizes = sizes or [IN_A_ZONE] * -(-people // IN_A_ZONE)
    begins = [0, *accumulate(sizes)]
    with database.write() as session:
        zones = _zones(session, len(sizes))
        units = communes(session)
        rooms = _rooms(session, dict(zip(zones, sizes, strict=True)))
        households = _households(session, dict(zip(zones, sizes, strict=True)), units)
        coming = invent(people, units, seed)
        done = 0
        while some := list(islice(coming, AT_ONCE)):
            rows = list(_rows(some, done, zones, begins, rooms, households, now))
            done += insert_rows(session, Resident, rows, {"created_at": now, "language": "vi"} | _SAME)
        _orders(session, now)
    database.take_stock()
    return Province(tuple(zones), tuple(units), people)


def communes(session: Session) -> list[UnitKey]:
    """Those of the province, in the order of their codes."""
    unit = AdministrativeUnit
    codes = session.scalars(
        select(unit.code).where(unit.parent_code == PROVINCE, unit.parent_from == _SINCE).order_by(unit.code)
    )
    return [UnitKey(code, _SINCE) for code in codes]


_SAME: dict[str, Any] = {
    "name_awaited": False,
    "without_smartphone": False,
    "holds_still": False,
    "refuses_faces": False,
    "lives_alone": False,
    "nationality": "VN",
    "version": 1,
}


def _zones(session: Session, count: int) -> list[int]:
    rows = [{"name": f"Khu cách ly {number:03d}", "kind": ZoneKind.FACILITY} for number in range(1, count + 1)]
    session.execute(insert(Zone), rows)
    return list(session.scalars(select(Zone.id).order_by(Zone.id)))


def _rooms(session: Session, sizes: Mapping[int, int]) -> dict[int, list[int]]:
    """Zone -> its rooms, with a bed for each who comes to live there. sizes: zone -> people."""
    for zone, people in sizes.items():
        names = [
            {"name": f"{100 * (1 + place // 50) + place % 50 + 1}", "floor": str(1 + place // 50)}
            for place in range(-(-people // IN_A_ROOM))
        ]
        common = {
            "zone_id": zone,
            "kind": RoomKind.ROOM,
            "empty_allowed_minutes": 60.0,
            "beds": IN_A_ROOM,
            "version": 1,
        }
        insert_rows(session, Room, names, common)
    found: dict[int, list[int]] = {zone: [] for zone in sizes}
    for room_id, zone_id in session.execute(select(Room.id, Room.zone_id).order_by(Room.id)):
        found[zone_id].append(room_id)
    return found


def _households(session: Session, sizes: Mapping[int, int], units: Sequence[UnitKey]) -> dict[int, list[tuple[int, UnitKey]]]:
    """Zone -> its households, each with where it lives. sizes: zone -> people."""
    first = 0
    for zone, people in sizes.items():
        numbers = range(first, first + max(1, people // (3 * IN_A_HOUSEHOLD)))
        first = numbers.stop
        rows = [
            {"name": f"Hộ {number}", "phone": telephone(_OF_HOUSEHOLDS + number), "unit_code": units[number % len(units)].code}
            for number in numbers
        ]
        insert_rows(session, Household, rows, {"zone_id": zone, "address": "", "unit_from": _SINCE})
    found: dict[int, list[tuple[int, UnitKey]]] = {zone: [] for zone in sizes}
    query = select(Household.id, Household.zone_id, Household.unit_code).order_by(Household.id)
    for household_id, zone_id, code in session.execute(query):
        found[zone_id].append((household_id, UnitKey(code or "", _SINCE)))
    return found


def _rows(
    some: Sequence[Invented],
    done: int,
    zones: Sequence[int],
    begins: Sequence[int],
    rooms: dict[int, list[int]],
    households: dict[int, list[tuple[int, UnitKey]]],
    now: datetime,
) -> Iterator[dict[str, Any]]:
    for number, person in enumerate(some, start=done):
        which = bisect_right(begins, number) - 1
        zone, place = zones[which], number - begins[which]
        own = households[zone]
        lives = own[place // (3 * IN_A_HOUSEHOLD) % len(own)] if place % 9 < IN_A_HOUSEHOLD else None
        sorted_by, plain = keys_of(person.full_name)
        unit = lives[1] if lives else person.unit
        yield {
            "zone_id": zone,
            "room_id": rooms[zone][place // IN_A_ROOM % len(rooms[zone])],
            "household_id": lives[0] if lives else None,
            "full_name": person.full_name,
            "sort_key": sorted_by,
            "name_folded": plain,
            "sex": person.sex,
            "birth_date": person.birth.first,
            "birth_precision": person.birth.precision,
            # In most households one telephone answers for all.
            "phone": "" if lives and number % 3 else person.phone,
            "document_number": person.document,
            "phone_tail": "" if lives and number % 3 else tail_of(person.phone),
            "document_tail": tail_of(person.document),
            "earlier_number": person.earlier,
            "insurance_number": person.insurance,
            "address": person.address,
            "unit_code": unit.code if unit else None,
            "unit_from": unit.valid_from if unit else None,
            "f_status": _STATUSES[number % len(_STATUSES)],
            "long_illness": number % 11 == 0,
            "pregnant": number % 53 == 0,
            "arrived_at": now - timedelta(days=number % 14),
        }


def _orders(session: Session, now: datetime) -> None:
    """An order for each, which ends on one of the next days; every tenth was released. F-statuses get their periods."""
    released = Resident.id % 10 == 0
    ends = case(
        *((Resident.id % 12 == day, literal(now + timedelta(days=day + 1), QuarantineOrder.ends_at.type)) for day in range(11)),
        else_=literal(now + timedelta(days=12), QuarantineOrder.ends_at.type),
    )
    values = {
        "resident_id": Resident.id,
        "zone_id": Resident.zone_id,
        "starts_at": literal(now - timedelta(days=2), QuarantineOrder.starts_at.type),
        "ends_at": ends,
        "authority": literal("Sở Y tế"),
        "reason": literal("F1"),
        "number": func.concat(Resident.id, "/QĐ-UBND"),
        "state": case((released, OrderState.RELEASED.value), else_=OrderState.ACTIVE.value),
        "ended_at": case((released, literal(now, QuarantineOrder.starts_at.type)), else_=None),
    }
    session.execute(insert(QuarantineOrder).from_select(list(values), select(*values.values()), include_defaults=False))
    periods = {
        "resident_id": Resident.id,
        "zone_id": Resident.zone_id,
        "status": Resident.f_status,
        "starts_on": literal((now - timedelta(days=2)).date(), StatusPeriod.starts_on.type),
        "noted_at": literal(now, StatusPeriod.noted_at.type),
    }
    ill = select(*periods.values()).where(Resident.f_status.is_not(None))
    session.execute(insert(StatusPeriod).from_select(list(periods), ill, include_defaults=False))
