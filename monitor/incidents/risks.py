"""Who is at risk, as far as the service knows: what staff wrote down, the age, and whether anybody is there to notice."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from monitor.database.many_rows import one_of
from monitor.database.together import Reading, asked, at_once, read
from monitor.incidents.triage import Risk, Table
from monitor.models.people.residents import Resident

_STATED = {
    Risk.LONG_ILLNESS: Resident.long_illness,
    Risk.PREGNANT: Resident.pregnant,
    Risk.ALONE: Resident.lives_alone,
}


def risks_of(session: Session, residents: Collection[int], now: datetime, table: Table) -> dict[int, frozenset[Risk]]:
    """The risks of those among these people who have some."""
    return read(session, risks_asked(residents, now, table))


def risks_asked(residents: Collection[int], now: datetime, table: Table) -> Reading[dict[int, frozenset[Risk]]]:
    """The same as a reading."""
    born = born_before(now, table.old_from)
    rows, alone = yield from at_once(
        asked(
            select(Resident.id, Resident.birth_date, *_STATED.values()).where(
                one_of(Resident.id, residents), or_(Resident.birth_date <= born, *_STATED.values())
            )
        ),
        asked(_alone(residents)),
    )
    found: dict[int, set[Risk]] = {
        row.id: {risk for risk, column in _STATED.items() if getattr(row, column.key)}
        | ({Risk.AGE} if row.birth_date is not None and row.birth_date <= born else set())
        for row in rows
    }
    for resident in alone:
        found.setdefault(resident, set()).add(Risk.ALONE)
    return {resident: frozenset(risks) for resident, risks in found.items()}


def alone_among(session: Session, residents: Collection[int]) -> set[int]:
    """Those of them with nobody in the room or the household to notice."""
    return set(session.scalars(_alone(residents)))


def _alone(residents: Collection[int]) -> Select[int]:
    alone = select(Resident.id).where(one_of(Resident.id, residents))
    for shared in (Resident.room_id, Resident.household_id):
        # One question each: of both in one, PostgreSQL would look for each person's neighbours anew.
        other = aliased(Resident)
        alone = alone.where(~select(other.id).where(other.id != Resident.id, getattr(other, shared.key) == shared).exists())
    return alone


def born_before(now: datetime, years: int) -> date:
    """The last day of birth of whom is so old; who is born on 29 February has it on 1 March."""
    today = now.date()
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)
