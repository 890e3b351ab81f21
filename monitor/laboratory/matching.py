"""Whose test a laboratory's row is about: sure by number, never by a name alone. Pure decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from monitor.folding import folded
from monitor.laboratory.columns import LabRow
from monitor.laboratory.states import OPEN
from monitor.models.people.laboratory import LabResult, LabTestState
from monitor.models.people.residents import BirthPrecision
from monitor.people.births import Birth
from monitor.words import N_, Words, words


class Fate(StrEnum):
    """What becomes of a row."""

    SURE = "sure"
    """Its result goes to a test."""
    THERE = "there"
    """The test has this result already, or the row was parked before."""
    DOUBTFUL = "doubtful"
    """A person decides."""
    REFUSED = "refused"


@dataclass(frozen=True)
class Person:
    """A resident as rows are compared with. documents: this number and the one before it."""

    resident_id: int
    full_name: str
    birth: Birth | None
    documents: frozenset[str]


@dataclass(frozen=True)
class Known:
    """A test that is there, cancelled ones left out."""

    test_id: int
    person: Person
    state: LabTestState
    due_on: date
    sample: str = ""
    result: LabResult | None = None
    result_on: date | None = None


@dataclass(frozen=True)
class Judged:
    """test: whose result it is, where that is sure or there already. people: whom it may be about. why: of what is not sure."""

    row: LabRow
    fate: Fate
    test: Known | None = None
    people: tuple[Person, ...] = ()
    why: tuple[Words, ...] = ()


def judge(row: LabRow, by_sample: Sequence[Known], by_document: Sequence[Known], people: Sequence[Person]) -> Judged:
    """by_sample: tests with the row's number. by_document: those of who has its document. people: who has the document or the name."""
    if row.wrong:
        return Judged(row, Fate.REFUSED, why=row.wrong)
    if by_sample:
        return _by_sample(row, by_sample)
    holders = [each for each in people if row.document and row.document in each.documents]
    if holders:
        return _by_document(row, holders, by_document)
    alike = [
        each
        for each in people
        if row.full_name and folded(each.full_name) == folded(row.full_name) and _agree(row.birth, each.birth)
    ]
    if alike and row.birth is not None:
        return Judged(row, Fate.DOUBTFUL, people=tuple(alike), why=(words(_ONLY_NAME),))
    return Judged(row, Fate.REFUSED, why=(words(_NOBODY),))


_ONLY_NAME = N_("Only the name and the date of birth are the same. Compare the document number with the person, then decide.")
_NOBODY = N_("Nobody in your zones has this sample number, nor this document number with this date of birth.")
_OTHER_PERSON = N_(
    "The sample number is this person’s, but the row names someone else: another name, date of birth or document."
)
_NO_BIRTH = N_("The document number is this person’s, but the date of birth is missing or another.")
_WHICH = N_("This person has several tests that wait for a result, or none. Say which one it is.")
_OTHER_RESULT = N_("The test has another result already. A supervisor corrects it on the person’s page if that one is wrong.")
_TWO_ROWS = N_("Two rows of the file say different things of the same test.")
_OTHER_SAMPLE = N_("The test that waits for a result has another sample number.")


def _by_sample(row: LabRow, tests: Sequence[Known]) -> Judged:
    waiting = [test for test in tests if test.state in OPEN]
    same = [test for test in tests if _is_there(row, test) and not contradicts(row, test.person)]
    if same:
        return Judged(row, Fate.THERE, same[0], (same[0].person,))
    # Laboratories count anew: an old test under the number is nobody's result of today.
    found = waiting or [test for test in tests if test.result_on == row.result_on]
    if not found:
        return Judged(row, Fate.DOUBTFUL, people=_people(tests), why=(words(_WHICH),))
    test = found[0]
    if contradicts(row, test.person):
        return Judged(row, Fate.DOUBTFUL, people=(test.person,), why=(words(_OTHER_PERSON),))
    if test.state not in OPEN:
        return Judged(row, Fate.DOUBTFUL, people=(test.person,), why=(words(_OTHER_RESULT),))
    return Judged(row, Fate.SURE, test, (test.person,))


def _by_document(row: LabRow, holders: Sequence[Person], tests: Sequence[Known]) -> Judged:
    if len(holders) > 1 or row.birth is None or holders[0].birth is None or not _agree(row.birth, holders[0].birth):
        return Judged(row, Fate.DOUBTFUL, people=tuple(holders), why=(words(_NO_BIRTH),))
    who = holders[0]
    mine = [test for test in tests if test.person.resident_id == who.resident_id]
    for test in mine:
        if _is_there(row, test) and (not row.sample or not test.sample or row.sample == test.sample):
            return Judged(row, Fate.THERE, test, (who,))
    assert row.result_on is not None
    gone = [test for test in mine if test.state in (LabTestState.TAKEN, LabTestState.SENT)]
    due = [test for test in mine if test.state is LabTestState.DUE and test.due_on <= row.result_on]
    found = gone or due
    if len(found) != 1:
        return Judged(row, Fate.DOUBTFUL, people=(who,), why=(words(_WHICH),))
    if row.sample and found[0].sample and row.sample != found[0].sample:
        return Judged(row, Fate.DOUBTFUL, people=(who,), why=(words(_OTHER_SAMPLE),))
    return Judged(row, Fate.SURE, found[0], (who,))


def settled(judged: Sequence[Judged]) -> list[Judged]:
    """The rows of one file together: where two say different things of one test, none is sure; one that repeats another adds nothing."""
    said: dict[int, set[tuple[LabResult | None, date | None]]] = {}
    for each in judged:
        if each.fate is Fate.SURE and each.test is not None:
            said.setdefault(each.test.test_id, set()).add((each.row.result, each.row.result_on))
    done: set[int] = set()

    def one(each: Judged) -> Judged:
        if each.fate is not Fate.SURE or each.test is None:
            return each
        if len(said[each.test.test_id]) > 1:
            return replace(each, fate=Fate.DOUBTFUL, test=None, why=(words(_TWO_ROWS),))
        if each.test.test_id in done:
            return replace(each, fate=Fate.THERE)
        done.add(each.test.test_id)
        return each

    return [one(each) for each in judged]


def contradicts(row: LabRow, person: Person) -> bool:
    """Whether anything that the row says of its person is another person's. What either does not say is no contradiction."""
    if row.document and person.documents and row.document not in person.documents:
        return True
    if row.full_name and folded(row.full_name) != folded(person.full_name):
        return True
    return not _agree(row.birth, person.birth)


def _agree(one: Birth | None, other: Birth | None) -> bool:
    """Whether they may be one day: 1980 is any day of it. Where one is not known nothing speaks against it."""
    if one is None or other is None:
        return True
    if BirthPrecision.DAY in (one.precision, other.precision) and one.precision is other.precision:
        return one.first == other.first
    return one.first <= other.last and other.first <= one.last


def _is_there(row: LabRow, test: Known) -> bool:
    return test.state is LabTestState.RESULTED and (test.result, test.result_on) == (row.result, row.result_on)


def _people(tests: Sequence[Known]) -> tuple[Person, ...]:
    return tuple({test.person.resident_id: test.person for test in tests}.values())
