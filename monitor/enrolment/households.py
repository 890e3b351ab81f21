"""Households found, made, changed and dissolved, people added and taken out: each in the caller's write transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.models.people.imports import ImportRow
from monitor.models.people.residents import Household, Resident
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import read_number
from monitor.places.units.search import UnitKey
from monitor.places.zone_changes import open_zone
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

LONGEST_NAME, LONGEST_ADDRESS = 120, 300
MOST_OFFERED = 200


@dataclass(frozen=True)
class HouseholdDetails:
    """phone: E.164, or empty. address: house and street."""

    name: str
    phone: str = ""
    address: str = ""
    unit: UnitKey | None = None


def read_household(typed: Mapping[str, str], unit: UnitKey | None) -> HouseholdDetails:
    """What a form says. unit: found by the caller. Raises BadInput."""
    name, phone, address = (plain(typed.get(field, "")) for field in ("name", "phone", "address"))
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(N_("Give the household a name, for example the name of its head."), field="name")
    if len(address) > LONGEST_ADDRESS:
        raise BadInput(N_("At most %(most)s letters, please."), most=LONGEST_ADDRESS, field="address")
    return HouseholdDetails(name, read_number(phone) if phone else "", address, unit)


def households_of(session: Session, zone_id: int) -> list[tuple[Household, int]]:
    """A zone's households with how many people are in each, the newest first; at most `MOST_OFFERED`."""
    rows = session.execute(
        select(Household, func.count(Resident.id).label("people"))
        .join(Resident, Resident.household_id == Household.id)
        .where(Household.zone_id == zone_id, Resident.deleted_at.is_(None))
        .group_by(Household.id)
        .order_by(Household.id.desc())
        .limit(MOST_OFFERED)
    )
    return [(row.Household, row.people) for row in rows]


def household_with(session: Session, zone_id: int, other: Resident, account_id: int, now: datetime) -> int:
    """The number of the household of someone of the zone; where they had none, one that bears their name. Raises BadInput, Conflict."""
    if other.zone_id != zone_id or other.deleted_at is not None:
        raise BadInput(N_("Choose a household of this zone."), field="household")
    if other.household_id is None:
        household = make_household(session, zone_id, HouseholdDetails(other.full_name), account_id, now)
        add_member(session, household, other.id, account_id, now)
        return household.id
    return other.household_id


def make_household(session: Session, zone_id: int, details: HouseholdDetails, account_id: int, now: datetime) -> Household:
    """Make one without people. Raises NotFound and Conflict for a zone that is not open."""
    zone = open_zone(session, zone_id)
    household = Household(zone_id=zone.id, **_columns(details))
    session.add(household)
    session.flush()
    _note(session, Action.HOUSEHOLD_MADE, household, account_id, now)
    return household


def change_household(
    session: Session, household: Household, details: HouseholdDetails, seen: Mapping[str, str], account_id: int, now: datetime
) -> list[str]:
    """Write what is said of it now; returns which columns are other than before.

    seen: name, phone and address as the person saw them. Raises Conflict when somebody else has changed one since.
    """
    columns = _columns(details)
    before = {name: getattr(household, name) for name in columns}
    as_seen = [getattr(Household, name) == seen.get(name, "") for name in ("name", "phone", "address")]
    # Bound to the tail too, which follows the number only on objects.
    values = columns | {"phone_tail": Household(phone=details.phone).phone_tail}
    if not changed(session, update(Household).where(Household.id == household.id, *as_seen).values(**values)):
        raise Conflict(N_("Someone else has just changed this household. Reload the page to see it as it is now."))
    session.refresh(household)
    other = [name for name, value in columns.items() if value != before[name]]
    # Names of columns, not what stood in them: the trail is never deleted.
    _note(session, Action.HOUSEHOLD_CHANGED, household, account_id, now, columns=other)
    return other


def add_member(session: Session, household: Household, resident_id: int, account_id: int, now: datetime) -> Resident:
    """Somebody of the same zone joins. Raises BadInput, and Conflict where they are in another household."""
    resident = session.get(Resident, resident_id)
    if resident is None or resident.deleted_at is not None or resident.zone_id != household.zone_id:
        raise BadInput(N_("Choose a person of this zone; people of other zones cannot be in this household."), field="resident")
    joins = update(Resident).where(
        Resident.id == resident_id, Resident.zone_id == household.zone_id, Resident.household_id.is_(None)
    )
    if not changed(session, joins.values(household_id=household.id)):
        raise Conflict(N_("%(name)s is in a household already. Take them out of that one first."), name=resident.full_name)
    _note(session, Action.HOUSEHOLD_JOINED, household, account_id, now, resident_id=resident_id)
    return resident


def take_out(session: Session, household: Household, resident_id: int, account_id: int, now: datetime) -> None:
    """Somebody is in it no more; without a number of their own nobody reaches them then. Raises NotFound."""
    leaves = update(Resident).where(Resident.id == resident_id, Resident.household_id == household.id)
    if not changed(session, leaves.values(household_id=None)):
        raise NotFound(N_("This person is not in this household."))
    _note(session, Action.HOUSEHOLD_LEFT, household, account_id, now, resident_id=resident_id)


def dissolve(session: Session, household: Household, account_id: int, now: datetime) -> int:
    """It is no more; its people stay. Returns how many they were."""
    _note(session, Action.HOUSEHOLD_DISSOLVED, household, account_id, now)
    people = changed(session, update(Resident).where(Resident.household_id == household.id).values(household_id=None))
    changed(session, update(ImportRow).where(ImportRow.household_id == household.id).values(household_id=None))
    changed(session, delete(Household).where(Household.id == household.id))
    return people


def left_without_number(session: Session, household: Household) -> int:
    """How many of its people have no number of their own: they are reached by the household's alone."""
    alone = select(func.count()).where(Resident.household_id == household.id, Resident.phone == "")
    return session.scalar(alone) or 0


def _columns(details: HouseholdDetails) -> dict[str, Any]:
    return {
        "name": details.name,
        "phone": details.phone,
        "address": details.address,
        "unit_code": details.unit.code if details.unit else None,
        "unit_from": details.unit.valid_from if details.unit else None,
    }


def _note(
    session: Session,
    action: Action,
    household: Household,
    account_id: int,
    now: datetime,
    *,
    resident_id: int | None = None,
    **said: Any,
) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=account_id,
        zone_id=household.zone_id,
        resident_id=resident_id,
        household=household.id,
        **said,
    )
    announce(session, household.zone_id, Topic.PEOPLE, now)
