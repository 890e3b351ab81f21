"""Whose data is to be deleted when: those whose quarantine ended, and those who were entered and never got an order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.database.people_index import LISTED
from monitor.database.together import Reading, asked, at_once, read
from monitor.models.people.laboratory import LaboratoryTest, LabTestState
from monitor.models.people.residents import Resident
from monitor.models.people.retention import DeletionCertificate, DeletionScope, RetentionHold
from monitor.personal_data.periods import Kind, last_sign


@dataclass(frozen=True)
class Due:
    """Whose data is deleted when. held_until: a person has put it off."""

    resident_id: int
    zone_id: int
    name: str
    at: datetime
    held_until: datetime | None


@dataclass(frozen=True)
class Unordered:
    """Someone who is entered and has no order, and never had one. since: the last time that something was noted or planned of them.

    tested: a test of theirs is open.
    """

    resident: Resident
    since: datetime
    tested: bool


def deletions(
    scope: DeletionScope,
    kept: timedelta,
    *,
    before: datetime,
    now: datetime,
    reader: Reader | None = None,
    limit: int | None = None,
) -> Reading[list[Due]]:
    """Whose data of this kind is to be deleted before a moment and is not yet, the earliest first. reader: only in their zones."""
    ended = LISTED.c.over_at
    # Whose orders ended first is found by an index, and nobody behind the last that is wanted is looked at.
    statement = (
        select(Resident.id, Resident.zone_id, Resident.full_name, ended.label("ended"), _held_until(now).label("held"))
        .select_from(LISTED)
        .join(Resident, Resident.id == LISTED.c.resident_id)
        .where(ended <= before - kept, ~_done(scope))
        .order_by(ended, LISTED.c.resident_id)
        .limit(limit)
    )
    if reader is not None and reader.zones is not None:
        statement = statement.where(Resident.zone_id.in_(reader.zones))
    rows = yield from asked(statement)
    return [Due(row.id, row.zone_id, row.full_name, row.ended + kept, row.held) for row in rows]


def without_order(*only: ColumnElement[bool]) -> Reading[list[Unordered]]:
    """Who is entered without an order, those who wait longest first. only: conditions on Resident; none: everywhere."""
    tests = select(LaboratoryTest.id).where(LaboratoryTest.resident_id == Resident.id)
    tests = tests.where(LaboratoryTest.state != LabTestState.CANCELLED)
    open_ones = tests.where(LaboratoryTest.state != LabTestState.RESULTED).exists()
    planned, resulted = (
        tests.with_only_columns(func.max(column)).scalar_subquery()
        for column in (LaboratoryTest.planned_at, LaboratoryTest.resulted_at)
    )
    due = tests.with_only_columns(func.max(LaboratoryTest.due_on)).scalar_subquery()
    # By the index of the few, so that a zone's page does not look at all who were ever there.
    query = (
        select(Resident, open_ones, planned, resulted, due)
        .join(LISTED, LISTED.c.resident_id == Resident.id)
        .where(LISTED.c.held_until.is_(None), *only)
    )
    found = []
    for resident, tested, planned_at, resulted_at, due_on in (yield from asked(query)):
        day = datetime.combine(due_on, time(), UTC) if due_on else None
        since = last_sign(resident.created_at, resident.arrived_at, planned_at, resulted_at, day)
        found.append(Unordered(resident, since, bool(tested)))
    return sorted(found, key=lambda each: (each.since, each.resident.id))


def _without_order(
    kept: timedelta,
    *,
    before: datetime,
    now: datetime,
    reader: Reader | None = None,
    limit: int | None = None,
) -> Reading[list[Due]]:
    """The same as `deletions`, of who never got an order."""
    zones = reader.zones if reader is not None else None
    waiting = yield from without_order(*([] if zones is None else [Resident.zone_id.in_(zones)]))
    due = [each for each in waiting if each.since <= before - kept][:limit]
    people = select(Resident.id, _held_until(now)).where(Resident.id.in_([each.resident.id for each in due]))
    held = dict((yield from asked(people)) if due else [])
    return [
        Due(each.resident.id, each.resident.zone_id, each.resident.full_name, each.since + kept, held.get(each.resident.id))
        for each in due
    ]


Finds = Callable[..., Reading[list[Due]]]
OF_PEOPLE: Mapping[Kind, tuple[DeletionScope, Finds]] = {
    Kind.FACES: (DeletionScope.FACES, partial(deletions, scope=DeletionScope.FACES)),
    Kind.PERSONS: (DeletionScope.PERSON, partial(deletions, scope=DeletionScope.PERSON)),
    Kind.UNORDERED: (DeletionScope.PERSON, _without_order),
}
"""Rules that delete people: what of them, and who is due by it."""


def coming(
    session: Session,
    kept: Mapping[Kind, timedelta],
    *,
    before: datetime,
    now: datetime,
    reader: Reader | None = None,
    limit: int | None = None,
) -> list[tuple[DeletionScope, Due]]:
    """Whose data is to be deleted before a moment by any of these rules, see `deletions`; at most `limit` of each."""
    found = read(
        session,
        at_once(
            *(
                find(kept=kept[kind], before=before, now=now, reader=reader, limit=limit)
                for kind, (_scope, find) in OF_PEOPLE.items()
            )
        ),
    )
    return [(scope, each) for (scope, _find), due in zip(OF_PEOPLE.values(), found, strict=True) for each in due]


def _done(scope: DeletionScope) -> ColumnElement[bool]:
    return exists().where(
        DeletionCertificate.resident_id == Resident.id,
        DeletionCertificate.scope == scope,
        DeletionCertificate.finished_at.is_not(None),
    )


def _held_until(now: datetime) -> ScalarSelect[datetime]:
    return (
        select(func.max(RetentionHold.until))
        .where(RetentionHold.resident_id == Resident.id, RetentionHold.until > now, RetentionHold.ended_at.is_(None))
        .scalar_subquery()
    )
