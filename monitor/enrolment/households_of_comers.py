"""The household that someone comes with: one of the zone, a new one, or that of whoever came before them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.models.people.residents import Household, Resident
from monitor.people.pasted import plain
from monitor.problems import BadInput
from monitor.words import N_

LONGEST_NAME = 120
MOST_OFFERED = 200


def households_of(session: Session, zone_id: int) -> list[tuple[Household, int]]:
    """A zone's households with how many people are in each, the newest first."""
    rows = session.execute(
        select(Household, func.count(Resident.id).label("people"))
        .join(Resident, Resident.household_id == Household.id)
        .where(Household.zone_id == zone_id, Resident.deleted_at.is_(None))
        .group_by(Household.id)
        .order_by(Household.id.desc())
        .limit(MOST_OFFERED)
    )
    return [(row.Household, row.people) for row in rows]


def new_household(session: Session, zone_id: int, name: str) -> int:
    """Its number. Raises BadInput."""
    name = plain(name)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadInput(N_("Write the household’s name in 1 to %(most)s letters."), most=LONGEST_NAME, field="household_name")
    household = Household(zone_id=zone_id, name=name)
    session.add(household)
    session.flush()
    return household.id


def household_with(session: Session, zone_id: int, other: Resident) -> int:
    """The number of the household of someone of the zone; where they had none, one that bears their name. Raises BadInput."""
    if other.zone_id != zone_id or other.deleted_at is not None:
        raise BadInput(N_("Choose a household of this zone."), field="household")
    if other.household_id is None:
        other.household_id = new_household(session, zone_id, other.full_name)
        session.flush()
    return other.household_id
