"""The rows of one file beside each other: the same person twice, two for one bed, one household with two telephones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import one_of, update_rows
from monitor.enrolment.duplicates import Sameness, among, to_be_decided, two_cards
from monitor.enrolment.imports.kept import Kept, dump_faults
from monitor.enrolment.imports.leases import Held, go_on
from monitor.models.people.imports import ImportRow, ImportState, RowState
from monitor.models.people.residents import Resident
from monitor.models.places import Room
from monitor.people.placed import placed
from monitor.people.typed import Fault
from monitor.words import N_, Words, words


@dataclass(frozen=True)
class Row:
    """One that may be entered. parked: it waits for a person already."""

    id: int
    number: int
    parked: bool
    kept: Kept


@dataclass(frozen=True)
class Beside:
    """What a row is beside the others. state None: as it was. match_row: the number of the row that it may be."""

    state: RowState | None = None
    match_row: int | None = None
    sameness: Sameness | None = None
    reason: Words | None = None
    fault: Fault | None = None
    no_bed: bool = False


def compare(rows: Sequence[Row], free: Mapping[int, int]) -> dict[int, Beside]:
    """By the rows' keys, those of which there is something to say. Pure. rows: in the file's order; free: room -> beds left."""
    found = _telephones(rows)
    found |= _twice([row for row in rows if row.id not in found])
    left = Counter(free)
    for row in rows:
        beside, room = found.get(row.id, Beside()), row.kept.room_id
        if room is None or room not in free or row.parked or beside.state is not None:
            continue
        if left[room] <= 0:
            found[row.id] = replace(beside, no_bed=True)
        left[room] -= 1
    return found


def _telephones(rows: Sequence[Row]) -> dict[int, Beside]:
    """Rows that give a household another number than an earlier row did."""
    given: dict[tuple[int, str], tuple[int, str]] = {}
    found = {}
    for row in rows:
        kept = row.kept
        if not kept.household_phone:
            continue
        first, phone = given.setdefault((kept.zone_id, kept.household), (row.number, kept.household_phone))
        if phone != kept.household_phone:
            told = N_("Row %(row)s gives this household another telephone number. Write the same one, or none.")
            found[row.id] = Beside(RowState.REFUSED, fault=Fault("household_phone", words(told, row=first)))
    return found


def _twice(rows: Sequence[Row]) -> dict[int, Beside]:
    found = {}
    for place, (other, sameness, reason) in among([row.kept.marks for row in rows]).items():
        row, earlier = rows[place], rows[other]
        apart = two_cards(row.kept.marks, earlier.kept.marks)
        if sameness is Sameness.CERTAIN:
            state: RowState | None = RowState.THERE
        elif to_be_decided(sameness, apart):
            state = RowState.PARKED
        else:
            state = None
        # Who is parked for someone in the database stays so.
        if not (row.parked and sameness is not Sameness.CERTAIN):
            found[row.id] = Beside(state, earlier.number, sameness, reason)
    return found


def compare_rows(database: Database, held: Held, now: datetime) -> None:
    """All rows of a file were judged: look at them beside each other, and let someone look at the whole."""
    with database.read() as session:
        rows = list(_rows(session, held.id))
        free = free_beds(session, sorted({row.kept.room_id for row in rows if row.kept.room_id is not None}))
        zones = sorted(
            zone_id
            for zone_id in session.scalars(select(ImportRow.zone_id).where(ImportRow.import_id == held.id).distinct())
            if zone_id is not None
        )
    found = compare(rows, free)
    with database.write() as session:
        if not go_on(session, held, now, state=ImportState.READ, zones=zones, next_attempt_at=None):
            return
        told = [(number, beside) for number, beside in found.items() if beside.match_row is not None]
        update_rows(session, ImportRow, [{"id": number, **_match(beside)} for number, beside in told], {})
        moved = [{"id": number, "state": beside.state} for number, beside in found.items() if beside.state is not None]
        update_rows(session, ImportRow, moved, {})
        wrong = [
            {"id": number, "faults": dump_faults((beside.fault,))}
            for number, beside in found.items()
            if beside.fault is not None
        ]
        update_rows(session, ImportRow, wrong, {})
        update_rows(session, ImportRow, [{"id": number} for number, each in found.items() if each.no_bed], {"no_bed": True})


def free_beds(session: Session, rooms: Sequence[int]) -> dict[int, int]:
    """Room -> beds left, of those rooms whose beds are counted."""
    if not rooms:
        return {}
    there = select(Resident.room_id, func.count().label("many")).where(one_of(Resident.room_id, rooms), placed())
    taken = {each.room_id: each.many for each in session.execute(there.group_by(Resident.room_id))}
    beds = session.execute(select(Room.id, Room.beds).where(one_of(Room.id, rooms), Room.beds.is_not(None)))
    return {each.id: (each.beds or 0) - taken.get(each.id, 0) for each in beds}


def _rows(session: Session, import_id: int) -> list[Row]:
    chosen = (
        select(ImportRow.id, ImportRow.number, ImportRow.state, ImportRow.marks)
        .where(ImportRow.import_id == import_id, ImportRow.state.in_((RowState.READY, RowState.PARKED)))
        .order_by(ImportRow.number)
    )
    return [Row(each.id, each.number, each.state is RowState.PARKED, Kept.load(each.marks)) for each in session.execute(chosen)]


def _match(beside: Beside) -> dict[str, Any]:
    return {
        "match_id": None,
        "match_row": beside.match_row,
        "sameness": int(beside.sameness) if beside.sameness else None,
        "reason": beside.reason.dump() if beside.reason else None,
    }
