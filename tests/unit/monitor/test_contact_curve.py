"""The epidemic curve, and what cannot be right in a chain: tables of dates and what they mean."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from monitor.contacts.curve import MOST_BARS, Basis, Found, epidemic_curve
from monitor.contacts.implausible import CaseFacts, EdgeFacts, Finding, Kind, implausible, of_case, of_edge

DAY = date(2021, 7, 14)
NOW = datetime(2021, 7, 20, 8, 0, tzinfo=UTC)


def found(onset: int | None, where: str = "community", *, sampled: int | None = None, reported: int | None = None) -> Found:
    days = [None if each is None else DAY + timedelta(days=each) for each in (onset, sampled, reported)]
    return Found(days[0], days[1], days[2], where, in_quarantine=where == "quarantine")


@pytest.mark.parametrize(
    ("case", "day", "basis"),
    [
        (found(0, sampled=2, reported=3), 0, Basis.ONSET),
        (found(None, sampled=2, reported=3), 2, Basis.SAMPLED),
        (found(None, reported=3), 3, Basis.REPORTED),
    ],
)
def test_a_case_counts_on_its_onset_else_its_sample_else_its_report(case: Found, day: int, basis: Basis) -> None:
    assert case.dated == (DAY + timedelta(days=day), basis)


def test_bars_have_no_gap_and_are_stacked_by_where() -> None:
    curve = epidemic_curve(
        [found(0), found(0, "quarantine"), found(3, "quarantine"), found(None, "border")], ["quarantine", "community"]
    )
    assert [(bar.first - DAY).days for bar in curve.bars] == [0, 1, 2, 3]
    assert curve.bars[0].counts == {"quarantine": 1, "community": 1, "border": 0}
    assert [bar.total for bar in curve.bars] == [2, 0, 0, 1]
    assert (curve.cases, curve.without_day, curve.share) == (4, 1, 0.5)


def test_without_a_case_there_is_no_share() -> None:
    curve = epidemic_curve([], ["quarantine"])
    assert (curve.bars, curve.share) == ((), None)


def test_long_outbreaks_are_counted_by_weeks_from_mondays() -> None:
    curve = epidemic_curve([found(0), found(MOST_BARS + 1)], [])
    assert curve.days == 7
    assert all(bar.first.weekday() == 0 for bar in curve.bars)


@given(some.lists(some.integers(-2_000, 2_000) | some.none(), max_size=40))
def test_every_case_is_in_a_bar_or_has_no_day(days: list[int | None]) -> None:
    curve = epidemic_curve([found(day) for day in days], ["community"])
    assert sum(bar.total for bar in curve.bars) + curve.without_day == len(days)
    assert len(curve.bars) <= MOST_BARS + 1


def edge(case_onset: int | None, other_onset: int | None, last: int | None, *, isolated: int | None = None) -> EdgeFacts:
    def day(of: int | None) -> date | None:
        return None if of is None else DAY + timedelta(days=of)

    def at(of: int | None) -> datetime | None:
        return None if of is None else NOW + timedelta(hours=of)

    return EdgeFacts(7, 1, day(case_onset), day(other_onset), at(isolated), NOW, day(last))


@pytest.mark.parametrize(
    ("judged", "kinds"),
    [
        (edge(0, 4, -1), []),
        (edge(0, -2, -3), [(Kind.SECOND_BEFORE_FIRST, 2)]),
        (edge(0, 0, 0), []),
        (edge(0, None, -14), []),
        (edge(0, None, -15), [(Kind.CONTACT_TOO_EARLY, 15)]),
        (edge(0, 15, 0), [(Kind.ONSET_TOO_LATE, 15)]),
        (edge(0, 14, 0), []),
        (edge(0, None, 0, isolated=-30), [(Kind.CONTACT_AFTER_ISOLATION, 30)]),
        (edge(0, None, 0, isolated=0), []),
        (edge(None, None, None), []),
        (edge(None, 3, None), []),
    ],
)
def test_what_cannot_be_right_about_a_contact(judged: EdgeFacts, kinds: list[tuple[Kind, int]]) -> None:
    assert [(each.kind, each.number) for each in of_edge(judged)] == kinds


@pytest.mark.parametrize(
    ("known", "interviewed", "contacts", "kinds"),
    [
        (-24, None, 0, []),
        (-25, None, 0, [(Kind.NOT_INTERVIEWED, 25)]),
        (-50, -40, 5, []),
        (-50, -20, 5, [(Kind.NOT_INTERVIEWED, 30)]),
        (-50, -40, 4, [(Kind.FEW_CONTACTS, 4)]),
    ],
)
def test_what_is_missing_of_a_case(known: int, interviewed: int | None, contacts: int, kinds: list[tuple[Kind, int]]) -> None:
    at = None if interviewed is None else NOW + timedelta(hours=interviewed)
    facts = CaseFacts(1, NOW + timedelta(hours=known), at, contacts)
    assert [(each.kind, each.number) for each in of_case(facts, NOW)] == kinds


def test_findings_of_a_case_stand_together() -> None:
    late = CaseFacts(1, NOW - timedelta(hours=30), None, 0)
    wrong = edge(0, -2, -3)
    assert implausible([late], [wrong], NOW) == [
        Finding(Kind.SECOND_BEFORE_FIRST, 1, 7, 2),
        Finding(Kind.NOT_INTERVIEWED, 1, None, 30),
    ]
