"""What happened in a province between two reports, for the bench of reports: people came, went and moved; and mistakes that must be found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from monitor.database.many_rows import insert_rows, one_of
from monitor.models.people.laboratory import LaboratoryTest, LabResult, LabTestKind, LabTestState
from monitor.models.people.residents import OrderChange, OrderState, QuarantineOrder, Resident
from monitor.models.places import Zone, ZoneKind
from monitor.models.units import AdministrativeUnit

SINCE, PROVINCE, COMMUNES = date(2025, 7, 1), "79", 168
"""Ho Chi Minh City, with 168 communes since July 2025."""
_KINDS = (ZoneKind.FACILITY, ZoneKind.HOME_CLUSTER, ZoneKind.STREET_BLOCK, ZoneKind.MEDICAL, ZoneKind.HOME_CLUSTER)
EACH_MISTAKE = 20


@dataclass(frozen=True)
class Held:
    """An order with its person and zone."""

    order_id: int
    resident_id: int
    zone_id: int


def spread_over_communes(session: Session) -> int:
    """Give each zone a commune and a kind; returns how many communes have a zone."""
    unit = AdministrativeUnit
    of_province = select(unit.code).where(unit.parent_code == PROVINCE, unit.parent_from == SINCE).order_by(unit.code)
    codes = session.scalars(of_province.limit(COMMUNES)).all()
    zones = session.scalars(select(Zone).order_by(Zone.id)).all()
    for number, zone in enumerate(zones):
        zone.unit_code, zone.unit_from, zone.kind = codes[number % len(codes)], SINCE, _KINDS[number % len(_KINDS)]
    return min(len(codes), len(zones))


def add_events(session: Session, now: datetime) -> None:
    """A twentieth are new, one in fifty moved, one in a hundred went to hospital, each with its entry; and a day's tests."""
    held = _held(session)
    zones = sorted({each.zone_id for each in held})
    others = dict(zip(zones, zones[1:] + zones[:1], strict=True))
    new = [each for each in held if each.resident_id % 20 == 3]
    moved = [each for each in held if each.resident_id % 50 == 7]
    ill = [each for each in held if each.resident_id % 100 == 11]
    began = now - timedelta(hours=6)
    _change(session, new, {"starts_at": began})
    _note(session, new, began, lambda _each: ({}, {"state": OrderState.ACTIVE.value}))
    for zone_id, other in others.items():
        theirs = [each for each in moved if each.zone_id == zone_id]
        _change(session, theirs, {"zone_id": other})
        ids = [each.resident_id for each in theirs]
        session.execute(update(Resident).where(one_of(Resident.id, ids)).values(zone_id=other))
    _note(
        session,
        moved,
        now - timedelta(hours=5),
        lambda each: ({"zone_id": str(each.zone_id)}, {"zone_id": str(others[each.zone_id])}),
    )
    at = now - timedelta(hours=4)
    _change(session, ill, {"state": OrderState.HOSPITALISED, "ended_at": at})
    states = {"state": OrderState.ACTIVE.value}, {"state": OrderState.HOSPITALISED.value}
    _note(session, ill, at, lambda _each: states)
    _add_tests(session, held, now)


def _add_tests(session: Session, held: Sequence[Held], now: datetime) -> None:
    rows = []
    for each in held[::6]:
        taken = now - timedelta(hours=1 + each.resident_id % 30)
        done = each.resident_id % 4 != 0
        rows.append(
            {
                "resident_id": each.resident_id,
                "zone_id": each.zone_id,
                "state": LabTestState.RESULTED if done else LabTestState.SENT,
                "taken_at": taken,
                "resulted_at": taken + timedelta(hours=1) if done else None,
                "result": (LabResult.POSITIVE if each.resident_id % 60 == 1 else LabResult.NEGATIVE) if done else None,
            }
        )
    common = {"kind": LabTestKind.PCR, "due_on": now.date(), "why": "", "planned_at": now - timedelta(days=2)}
    insert_rows(session, LaboratoryTest, rows, common)


def _held(session: Session) -> list[Held]:
    """Orders in force whose person makes no other part of the bench."""
    order = QuarantineOrder
    rows = session.execute(
        select(order.id, order.resident_id, order.zone_id).where(order.state == OrderState.ACTIVE).order_by(order.id)
    )
    return [Held(*row) for row in rows]


def _change(session: Session, some: Sequence[Held], values: Mapping[str, Any]) -> None:
    mine = one_of(QuarantineOrder.id, [each.order_id for each in some])
    session.execute(update(QuarantineOrder).where(mine).values(**values))


Told = Callable[[Held], tuple[Mapping[str, str], Mapping[str, str]]]


def _note(session: Session, some: Sequence[Held], at: datetime, told: Told) -> None:
    rows = []
    for each in some:
        before, after = told(each)
        rows.append(
            {
                "order_id": each.order_id,
                "resident_id": each.resident_id,
                "zone_id": each.zone_id,
                "at": at,
                "before": dict(before),
                "after": dict(after),
                "reason": "",
            }
        )
    remaining = iter(rows)
    while batch := list(islice(remaining, 5000)):
        session.execute(insert(OrderChange), batch)


def plant_mistakes(session: Session, since: datetime, now: datetime) -> set[int]:
    """Change orders of some as it must not be, after the report before; returns who does not add up by that."""
    free = [each for each in _held(session) if not {each.resident_id % 20 == 3, each.resident_id % 50 == 7} & {True}]
    kinds: list[list[Held]] = [free[number::17][:EACH_MISTAKE] for number in range(4)]
    moved_back, unsaid, elsewhere, gone = kinds
    end = since - timedelta(hours=1)
    _change(session, moved_back, {"ends_at": end})
    before = (since + timedelta(days=3)).isoformat()
    _note(session, moved_back, now - timedelta(hours=2), lambda _each: ({"ends_at": before}, {"ends_at": end.isoformat()}))
    _change(session, unsaid, {"state": OrderState.RELEASED})
    units = dict(session.execute(select(Zone.id, Zone.unit_code)).all())
    by_zone = sorted(units)
    for each in elsewhere:
        other = next(zone for zone in by_zone if units[zone] != units[each.zone_id])
        _change(session, [each], {"zone_id": other})
    ids = [each.order_id for each in gone]
    session.execute(delete(OrderChange).where(one_of(OrderChange.order_id, ids)))
    session.execute(delete(QuarantineOrder).where(one_of(QuarantineOrder.id, ids)))
    return {each.resident_id for kind in kinds for each in kind}
