"""A laboratory's file: its rows compared with the tests of the reader's zones, sure ones taken over, doubtful ones parked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.folding import folded
from monitor.laboratory.columns import COLUMNS, LabRow, places_of, read_row
from monitor.laboratory.matching import Fate, Judged, Known, Person, judge, settled
from monitor.laboratory.states import OPEN
from monitor.laboratory.steps import note_result, plan
from monitor.models.people.laboratory import LaboratoryTest, LabTestKind, LabTestState, ParkedResult, ResultSource
from monitor.models.people.residents import Resident
from monitor.people.births import birth_of
from monitor.problems import BadInput, Conflict, NotFound
from monitor.settings import FIRST_TIMEZONE
from monitor.sheets import Sheet
from monitor.words import N_, words

MOST_ROWS = 2000
Zones = Collection[int] | None
_PARKED = N_("This row was parked before; a person decides, or has decided.")


def judge_sheet(session: Session, sheet: Sheet, zones: Zones, now: datetime) -> list[Judged]:
    """What would become of each row; changes nothing. zones: the reader's, None for all. Raises BadInput for another kind of file."""
    places = places_of(sheet.head)
    today = now.astimezone(ZoneInfo(FIRST_TIMEZONE)).date()
    rows = [read_row(line.number, line.cells, places, today) for line in sheet.lines]
    good = [row for row in rows if not row.wrong]
    people = _people(session, good, zones)
    tests = _tests(session, good, people, zones)
    # Looked up, not searched through: a file of thousands meets a province of hundreds of thousands.
    by_sample: dict[str, list[Known]] = {}
    by_person: dict[int, list[Known]] = {}
    for test in tests:
        by_sample.setdefault(test.sample, []).append(test)
        by_person.setdefault(test.person.resident_id, []).append(test)
    by_document: dict[str, list[Person]] = {}
    by_name: dict[str, list[Person]] = {}
    for each in people:
        by_name.setdefault(folded(each.full_name), []).append(each)
        for document in each.documents:
            by_document.setdefault(document, []).append(each)
    parked = set(
        session.scalars(select(ParkedResult.digest).where(one_of(ParkedResult.digest, [digest_of(row) for row in good])))
    )

    def judged(row: LabRow) -> Judged:
        holders = by_document.get(row.document, []) if row.document else []
        alike = by_name.get(folded(row.full_name), []) if row.full_name else []
        about = list({each.resident_id: each for each in (*holders, *alike)}.values())
        theirs = [test for each in holders for test in by_person.get(each.resident_id, [])]
        found = judge(row, by_sample.get(row.sample, []) if row.sample else [], theirs, about)
        if found.fate is Fate.DOUBTFUL and digest_of(row) in parked:
            return Judged(row, Fate.THERE, people=found.people, why=(words(_PARKED),))
        return found

    return settled([judged(row) for row in rows])


def digest_of(row: LabRow) -> str:
    """Of what a row says, however it is written."""
    said = [
        row.sample,
        row.document,
        folded(row.full_name),
        row.birth.written() if row.birth else "",
        row.result,
        str(row.result_on),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _of_zones(zones: Zones) -> list[object]:
    mine: list[object] = [Resident.deleted_at.is_(None)]
    return mine if zones is None else [*mine, one_of(Resident.zone_id, list(zones))]


def _people(session: Session, rows: Sequence[LabRow], zones: Zones) -> list[Person]:
    documents = sorted({row.document for row in rows if row.document})
    names = sorted({folded(row.full_name) for row in rows if row.full_name})
    # By value and not by `one_of`: these columns are sealed, and so is each value that they are compared with.
    numbered = [column.in_(documents) for column in (Resident.document_number, Resident.earlier_number)] if documents else []
    found = [*numbered, one_of(Resident.name_folded, names)] if names else numbered
    if not found:
        return []
    return [person_of(each) for each in session.scalars(select(Resident).where(or_(*found), *_of_zones(zones)))]  # type: ignore[arg-type]


def _tests(session: Session, rows: Sequence[LabRow], people: Sequence[Person], zones: Zones) -> list[Known]:
    samples = sorted({row.sample for row in rows if row.sample})
    about = [one_of(LaboratoryTest.resident_id, [each.resident_id for each in people])]
    about += [one_of(LaboratoryTest.sample_number, samples)] if samples else []
    query = (
        select(LaboratoryTest, Resident)
        .join(Resident, Resident.id == LaboratoryTest.resident_id)
        .where(or_(*about), LaboratoryTest.state != LabTestState.CANCELLED, *_of_zones(zones))  # type: ignore[arg-type]
        .order_by(LaboratoryTest.due_on, LaboratoryTest.id)
    )
    return [known_of(row.LaboratoryTest, row.Resident) for row in session.execute(query)]


def person_of(resident: Resident) -> Person:
    """As rows are compared with them."""
    documents = frozenset(number for number in (resident.document_number, resident.earlier_number) if number)
    return Person(resident.id, resident.full_name, birth_of(resident.birth_date, resident.birth_precision), documents)


def known_of(test: LaboratoryTest, resident: Resident) -> Known:
    """The same of a test."""
    return Known(test.id, person_of(resident), test.state, test.due_on, test.sample_number, test.result, test.result_on)


@dataclass(frozen=True)
class Taken:
    """How many rows became what."""

    noted: int = 0
    parked: int = 0
    there: int = 0
    refused: int = 0


def take_over(session: Session, judged: Sequence[Judged], account_id: int, now: datetime) -> Taken:
    """Note the sure results and park the doubtful, in the caller's write transaction. Raises Conflict when a test was changed since."""
    counts = dict.fromkeys(Fate, 0)
    for each in judged:
        counts[each.fate] += 1
        row = each.row
        if each.fate is Fate.SURE:
            assert each.test is not None
            assert row.result is not None
            assert row.result_on is not None
            sample = row.sample if not each.test.sample else ""
            note_result(
                session, each.test.test_id, row.result, row.result_on, ResultSource.LABORATORY, account_id, now, sample=sample
            )
        elif each.fate is Fate.DOUBTFUL:
            _park(session, each, now)
    return Taken(counts[Fate.SURE], counts[Fate.DOUBTFUL], counts[Fate.THERE], counts[Fate.REFUSED])


def _park(session: Session, each: Judged, now: datetime) -> None:
    first = session.get_one(Resident, each.people[0].resident_id)
    row = {
        "zone_id": first.zone_id,
        "resident_id": first.id,
        "digest": digest_of(each.row),
        "cells": dict(each.row.cells),
        "candidates": [person.resident_id for person in each.people],
        "why": each.why[0].dump(),
        "parked_at": now,
    }
    session.execute(insert_new(session, ParkedResult).values(**row))


@dataclass(frozen=True)
class Waiting:
    """A parked row with whom it may be about, and their tests without a result."""

    parked: ParkedResult
    cells: Mapping[str, str]
    people: Sequence[tuple[Resident, Sequence[LaboratoryTest]]]


def parked_rows(session: Session, zones: Zones, most: int = 100) -> list[Waiting]:
    """What waits for a decision in these zones, the oldest first."""
    query = select(ParkedResult).where(ParkedResult.decided_at.is_(None)).order_by(ParkedResult.id).limit(most)
    if zones is not None:
        query = query.where(one_of(ParkedResult.zone_id, list(zones)))
    return [_waiting(session, each, zones) for each in session.scalars(query)]


def _waiting(session: Session, parked: ParkedResult, zones: Zones) -> Waiting:
    people = []
    for resident in session.scalars(select(Resident).where(one_of(Resident.id, list(parked.candidates)), *_of_zones(zones))):  # type: ignore[arg-type]
        tests = session.scalars(
            select(LaboratoryTest)
            .where(LaboratoryTest.resident_id == resident.id, LaboratoryTest.state.in_(OPEN))
            .order_by(LaboratoryTest.due_on)
        ).all()
        people.append((resident, tests))
    return Waiting(parked, {name: parked.cells.get(name, "") for name in COLUMNS}, people)


def decide(session: Session, parked_id: int, chosen: str, zones: Zones, account_id: int, now: datetime) -> ParkedResult:
    """A person says whose a parked result is. chosen: `test-7`, `resident-3` (without a test so far), or `nobody`.

    Raises NotFound, BadInput, and Conflict where somebody else decided, or the test has a result by now.
    """
    parked = session.get(ParkedResult, parked_id)
    if parked is None or (zones is not None and parked.zone_id not in zones):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    if parked.decided_at is not None:
        raise _decided()
    kind, _dash, number = chosen.partition("-")
    test_id = None
    if chosen != "nobody":
        waiting = _waiting(session, parked, zones)
        row = read_row(
            0, [parked.cells[name] for name in COLUMNS], dict(zip(COLUMNS, range(len(COLUMNS)), strict=True)), now.date()
        )
        assert row.result is not None
        assert row.result_on is not None
        test_id = _chosen_test(session, waiting, kind, number, row.result_on, account_id, now)
        note_result(session, test_id, row.result, row.result_on, ResultSource.LABORATORY, account_id, now)
    undecided = update(ParkedResult).where(ParkedResult.id == parked_id, ParkedResult.decided_at.is_(None))
    if not changed(session, undecided.values(decided_at=now, decided_by=account_id, test_id=test_id, cells=None)):
        raise _decided()
    return parked


def _chosen_test(session: Session, waiting: Waiting, kind: str, number: str, day: date, account_id: int, now: datetime) -> int:
    for resident, tests in waiting.people:
        if kind == "test" and number in {str(test.id) for test in tests}:
            return int(number)
        if kind == "resident" and number == str(resident.id):
            plan(session, [(resident, [day])], LabTestKind.PCR, "", account_id, now)
            same = (
                LaboratoryTest.resident_id == resident.id,
                LaboratoryTest.due_on == day,
                LaboratoryTest.kind == LabTestKind.PCR,
            )
            return session.scalars(select(LaboratoryTest.id).where(*same, LaboratoryTest.state != LabTestState.CANCELLED)).one()
    raise BadInput(N_("Choose whose result this is, or that it is nobody’s."), field="chosen")


def _decided() -> Conflict:
    return Conflict(N_("Someone else has just decided on this result."))
