"""Rows of a file are judged, piece by piece: what is wrong with each, and whether it is someone who is there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import one_of, update_rows
from monitor.enrolment.duplicates import Match, Sameness, matches, to_be_decided
from monitor.enrolment.imports.around import Units, gather
from monitor.enrolment.imports.kept import dump_faults, kept_of
from monitor.enrolment.imports.leases import Held, go_on
from monitor.enrolment.rows import Judged, Wanted, judge_row
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.models.people.residents import Resident
from monitor.people.typed import Fault
from monitor.words import N_, Words, words

AT_ONCE = 500
_RECORD_OF_ANOTHER = N_("The record %(number)s belongs to another person. Empty the cell, so that the right one is looked for.")


@dataclass(frozen=True)
class Known:
    """What is known of a person that a row asks for, besides what the row says. reason, match_id: of who is certainly the same."""

    match_id: int
    reason: Words
    sameness: Sameness = Sameness.CERTAIN


@dataclass(frozen=True)
class Fate:
    """What becomes of a row, and why."""

    state: RowState
    known: Known | None = None
    faults: tuple[Fault, ...] = field(default_factory=tuple)


def fate(judged: Judged, known: Known | None, found: Sequence[Match]) -> Fate:
    """Pure. known: someone who certainly is it for another reason than numbers; found: who may be it, the surest first."""
    if judged.wanted is None:
        return Fate(RowState.REFUSED, None, judged.faults)
    if known is not None:
        return Fate(RowState.THERE, known)
    if not found:
        return Fate(RowState.READY)
    doubtful = next((each for each in found if to_be_decided(each.sameness, each.two_cards)), None)
    best = found[0] if found[0].sameness is Sameness.CERTAIN else doubtful or found[0]
    told = Known(best.resident_id, best.reason, best.sameness)
    if best.sameness is Sameness.CERTAIN:
        return Fate(RowState.THERE, told)
    return Fate(RowState.PARKED if doubtful else RowState.READY, told)


def judge_rows(session: Session, row: PeopleImport, rows: Sequence[ImportRow], units: Units, now: datetime) -> list[Judged]:
    """Each of these rows against what is there now."""
    around = gather(session, row, [each.cells for each in rows], units, now)
    return _with_records(session, row, [judge_row(each.cells, around) for each in rows])


def fates(session: Session, row: PeopleImport, rows: Sequence[ImportRow], judged: Sequence[Judged]) -> list[Fate]:
    """What becomes of these rows, as the database has people now."""
    known = _known(session, row, rows, judged)
    asked = [(place, each.wanted) for place, each in enumerate(judged) if each.wanted is not None and place not in known]
    found = dict(
        zip(
            (place for place, _wanted in asked),
            matches(session, [kept_of(wanted).marks for _place, wanted in asked]),
            strict=True,
        )
    )
    return [fate(each, known.get(place), found.get(place, ())) for place, each in enumerate(judged)]


def judge_some(database: Database, held: Held, units: Units, now: datetime) -> int:
    """Judge the next rows; returns how many. None: all were judged, and they have yet to be compared with each other."""
    with database.read() as session:
        row = session.get_one(PeopleImport, held.id)
        rows = next_rows(session, held.id, RowState.UNJUDGED, AT_ONCE)
        if not rows:
            return 0
        judged = judge_rows(session, row, rows, units, now)
        decided = fates(session, row, rows, judged)
    values = [{"id": each.id, **_values(one, told)} for each, one, told in zip(rows, judged, decided, strict=True)]
    with database.write() as session:
        if go_on(session, held, now):
            update_rows(session, ImportRow, values, {}, ImportRow.state == RowState.UNJUDGED)
    return len(rows)


def next_rows(session: Session, import_id: int, state: RowState, most: int) -> list[ImportRow]:
    """The first rows of a file that are in this state, in its order."""
    chosen = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.state == state)
    return list(session.scalars(chosen.order_by(ImportRow.number).limit(most)))


def _values(judged: Judged, told: Fate) -> dict[str, Any]:
    keeps = told.state in (RowState.READY, RowState.PARKED) and judged.wanted is not None
    return {
        "state": told.state,
        "zone_id": judged.zone_id,
        "marks": kept_of(judged.wanted).dump() if keeps and judged.wanted else None,
        "faults": dump_faults(told.faults),
        "hints": dump_faults(judged.hints),
        **match_values(told.known),
    }


def match_values(known: Known | None) -> dict[str, Any]:
    """The columns of a row that tell who it may be."""
    return {
        "match_id": known.match_id if known else None,
        "sameness": int(known.sameness) if known else None,
        "reason": known.reason.dump() if known else None,
    }


def _with_records(session: Session, row: PeopleImport, judged: list[Judged]) -> list[Judged]:
    """A number of a record must be of this person, in a zone where the uploader works."""
    numbers = sorted({each.wanted.record for each in judged if each.wanted and each.wanted.record is not None})
    if not numbers:
        return judged
    names = _records(session, row, numbers)

    def checked(one: Judged) -> Judged:
        record = one.wanted.record if one.wanted else None
        if record is None or names.get(record) == _name(one.wanted):
            return one
        wrong = Fault("record", words(_RECORD_OF_ANOTHER, number=record))
        return Judged(None, (wrong,), one.hints, one.zone_id)

    return [checked(each) for each in judged]


def _records(session: Session, row: PeopleImport, numbers: Sequence[int]) -> dict[int, str]:
    query = select(Resident.id, Resident.name_folded).where(one_of(Resident.id, numbers), Resident.deleted_at.is_(None))
    if row.account_zones is not None:
        query = query.where(one_of(Resident.zone_id, row.account_zones))
    return {each.id: each.name_folded for each in session.execute(query)}


def _name(wanted: Wanted | None) -> str:
    return kept_of(wanted).marks.name if wanted else ""


def _known(session: Session, row: PeopleImport, rows: Sequence[ImportRow], judged: Sequence[Judged]) -> Mapping[int, Known]:
    """Place -> whom a row certainly is, by the record's number, or since the same row of the same file was entered before."""
    before = {
        each.number: Known(each.resident_id, words(N_("Row %(row)s of this file was entered before."), row=each.number))
        for each in session.execute(
            select(ImportRow.number, func.max(ImportRow.resident_id).label("resident_id"))
            .join(PeopleImport, PeopleImport.id == ImportRow.import_id)
            .join(Resident, Resident.id == ImportRow.resident_id)
            .where(
                PeopleImport.digest == row.digest,
                PeopleImport.id != row.id,
                PeopleImport.state != ImportState.UNDONE,
                ImportRow.state.in_((RowState.ENTERED, RowState.TAKEN_OVER)),
                Resident.deleted_at.is_(None),
                one_of(ImportRow.number, [each.number for each in rows]),
            )
            .group_by(ImportRow.number)
        )
    }
    found = {}
    for place, (each, one) in enumerate(zip(rows, judged, strict=True)):
        record = one.wanted.record if one.wanted else None
        if record is not None:
            found[place] = Known(record, words(N_("The row has the number of this record.")))
        elif each.number in before:
            found[place] = before[each.number]
    return found
