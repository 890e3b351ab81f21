"""What the rows say of an order and its person, gathered for a letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.letters.content import Case, Moved, OrderSaid, Person, TermMoved
from monitor.models.people.residents import OrderChange, QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.people.births import Birth
from monitor.people.pasted import plain
from monitor.places.units.search import UnitKey, unit_key_of, unit_of


def case_of(session: Session, order: QuarantineOrder, resident: Resident) -> Case:
    """All that is on record for a letter about an order."""
    changes = session.scalars(select(OrderChange).where(OrderChange.order_id == order.id).order_by(OrderChange.id.desc())).all()
    # Of those that were given at first there is nothing before.
    term = next((each for each in changes if each.before.keys() & each.after.keys() & {"starts_at", "ends_at"}), None)
    moved = next((each for each in changes if "zone_id" in each.before and "zone_id" in each.after), None)
    zone = session.get_one(Zone, order.zone_id)
    return Case(
        _person(session, resident),
        OrderSaid(
            number=plain(order.number),
            authority=plain(order.authority),
            legal_basis=order.legal_basis,
            reason=plain(order.reason),
            starts_at=order.starts_at,
            ends_at=order.ends_at,
            state=order.state,
            ended_at=order.ended_at,
            place=_place(session, zone),
            timezone=zone.timezone,
        ),
        TermMoved(_both(term, "starts_at", order.starts_at), _both(term, "ends_at", order.ends_at), plain(term.reason))
        if term
        else None,
        Moved(_zone(session, moved.before), _zone(session, moved.after), moved.at, plain(moved.reason)) if moved else None,
    )


def _person(session: Session, resident: Resident) -> Person:
    unit = unit_of(
        session, UnitKey(resident.unit_code, resident.unit_from) if resident.unit_code and resident.unit_from else None
    )
    return Person(
        name=plain(resident.full_name),
        name_awaited=resident.name_awaited,
        birth=Birth(resident.birth_date, resident.birth_precision) if resident.birth_date else None,
        sex=resident.sex,
        document=plain(resident.document_number),
        nationality=resident.nationality,
        address=", ".join(part for part in (plain(resident.address), unit.written("vi") if unit else "") if part),
    )


def _place(session: Session, zone: Zone) -> str:
    unit = unit_of(session, unit_key_of(zone))
    return ", ".join(part for part in (zone.name, zone.address, unit.written("vi") if unit else "") if part)


def _zone(session: Session, values: Mapping[str, str]) -> str:
    number = str(values["zone_id"])
    zone = session.get(Zone, int(number)) if number.isdecimal() else None
    return _place(session, zone) if zone else number


def _both(change: OrderChange, name: str, now: datetime) -> tuple[datetime, datetime]:
    """Before and after the newest change of the order's time: what that did not touch is as it is now."""
    return (_moment(change.before, name), _moment(change.after, name)) if name in change.before else (now, now)


def _moment(values: Mapping[str, str], name: str) -> datetime:
    at = datetime.fromisoformat(values[name])
    return at if at.tzinfo else at.replace(tzinfo=UTC)
