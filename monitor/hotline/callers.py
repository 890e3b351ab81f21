"""Who turns to the hotline, as far as a number tells: a resident, a household, or people who answer for residents. A number is not a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.models.people.guardians import Guardian
from monitor.models.people.residents import Household, Resident
from monitor.people.orders import quarantined
from monitor.people.telephone_numbers import spellings

MOST = 20


@dataclass(frozen=True)
class Caller:
    """Somebody whom a number may mean. held: in quarantine now. own: the number is their own, not a household's or a guardian's."""

    resident_id: int
    zone_id: int
    household_id: int | None
    held: bool
    own: bool


@dataclass(frozen=True)
class Match:
    """What is sure: one resident, or the household that all of them are of, and whose staff see it."""

    resident_id: int | None = None
    household_id: int | None = None
    zone_id: int | None = None


def matched(people: Sequence[Caller]) -> Match:
    """Of people with one number those in quarantine count before others; of several nobody is picked, but what they have in common is."""
    meant = [each for each in people if each.held] or list(people)
    if not meant:
        return Match()
    households = {each.household_id for each in meant}
    zones = {each.zone_id for each in meant}
    household = households.pop() if len(households) == 1 else None
    zone = zones.pop() if len(zones) == 1 else None
    # Whoever answers for one other person, as a parent does, is not that person; the ticket is about them all the same.
    one = meant[0].resident_id if len(meant) == 1 else None
    return Match(one, household, zone if zone is not None else min(each.zone_id for each in meant))


def people_at(session: Session, number: str, now: datetime) -> list[Caller]:
    """Residents who have a number, whose household has it, or for whom somebody with it answers; at most `MOST`."""
    numbers = spellings(number) if number else []
    if not numbers:
        return []
    own = select(Resident.id).where(Resident.phone.in_(numbers))
    shared = (
        select(Resident.id)
        .join(Household, Household.id == Resident.household_id)
        .where(Household.phone.in_(numbers))
        .limit(MOST)
    )
    wards = select(Guardian.resident_id).where(Guardian.phone.in_(numbers), Guardian.ended_at.is_(None))
    found = set(session.scalars(union_all(own, select(shared.subquery().c.id), wards)))
    if not found:
        return []
    rows = session.execute(
        select(Resident.id, Resident.zone_id, Resident.household_id, quarantined(now).label("held"), Resident.phone)
        .where(one_of(Resident.id, sorted(found)), Resident.deleted_at.is_(None))
        .order_by(Resident.id.desc())
        .limit(MOST)
    )
    return [Caller(row.id, row.zone_id, row.household_id, bool(row.held), row.phone in numbers) for row in rows]
