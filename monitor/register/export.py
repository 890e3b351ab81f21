"""People of the list as rows of a file that can be imported again; batch by batch, however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.enrolment.files import Filed, cells_of
from monitor.enrolment.known_details import COLUMNS, details_of
from monitor.enrolment.orders import ORDER_FIELDS, OrderDetails
from monitor.models.people.residents import Household, OrderState, QuarantineOrder, Resident, StatusPeriod
from monitor.models.places import Room, Zone
from monitor.places.units.search import UnitKey, unit_of
from monitor.register.criteria import Criteria
from monitor.register.listing import all_numbers

AT_ONCE = 1000
_NUMBERS = ("phone", "document_number", "earlier_number", "insurance_number", "household_phone", "address")


def rows_of(
    session: Session,
    criteria: Criteria,
    zones: Sequence[int] | None,
    now: datetime,
    language: str,
    *,
    numbers: bool,
) -> Iterator[Mapping[str, str]]:
    """Everybody who matches, in the order of the list. numbers: with what is stored encrypted, telephones, documents and addresses."""
    units: dict[UnitKey, str] = {}
    for some in all_numbers(session, criteria, zones, now, AT_ONCE):
        for filed in _filed(session, some, units):
            cells = cells_of(filed, language)
            yield cells if numbers else {name: value for name, value in cells.items() if name not in _NUMBERS}


def _filed(session: Session, some: Sequence[int], units: dict[UnitKey, str]) -> Iterator[Filed]:
    orders = _orders(session, some)
    rules: dict[int, date | None] = {
        row.resident_id: row.rule_on
        for row in session.execute(
            select(StatusPeriod.resident_id, StatusPeriod.rule_on).where(
                one_of(StatusPeriod.resident_id, list(some)), StatusPeriod.ends_on.is_(None)
            )
        )
    }
    rows = session.execute(
        select(
            *COLUMNS,
            Resident.id.label("record"),
            Resident.arrived_at,
            Zone.name.label("zone"),
            Zone.timezone,
            Room.name.label("room"),
            Household.name.label("household"),
            Household.phone.label("household_phone"),
        )
        .join(Zone, Zone.id == Resident.zone_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(one_of(Resident.id, list(some)))
    )
    found = {row.record: row for row in rows}
    for number in some:
        row = found.get(number)
        if row is None:
            continue
        details = details_of(row, rules.get(number))
        if details.unit is not None and details.unit not in units:
            unit = unit_of(session, details.unit)
            units[details.unit] = unit.written("vi") if unit else ""
        yield Filed(
            details,
            number,
            row.zone,
            row.timezone,
            room=row.room or "",
            household=row.household or "",
            household_phone=row.household_phone or "",
            unit=units[details.unit] if details.unit else "",
            arrived_at=row.arrived_at,
            order=orders.get(number),
        )


def _orders(session: Session, some: Sequence[int]) -> dict[int, OrderDetails]:
    """The order that holds each, else their newest."""
    order = QuarantineOrder
    rows = session.execute(
        select(order.resident_id, *(getattr(order, name) for name in ORDER_FIELDS))
        .where(one_of(order.resident_id, list(some)))
        .order_by(order.state == OrderState.ACTIVE, order.ends_at, order.id)
    )
    return {number: OrderDetails(*said) for number, *said in rows}
