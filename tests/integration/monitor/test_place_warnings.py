"""A warning about a place needs two people; nobody decides their own, twice, or what is too old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from monitor.contacts.warnings import WAITS, decide_warning, propose_warning
from monitor.database.database import Database
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.tracing import PlaceWarning, WarningState
from monitor.problems import BadInput, Conflict, Problem
from tests.worlds.control_points import add_place
from tests.worlds.small_zone import NOW
from tests.worlds.traced import Traced, at

BEGUN, ENDED = at(-2), at(-1)


@pytest.fixture
def traced(both_databases: Database) -> Traced:
    return Traced(both_databases)


def propose(traced: Traced, place: int, start: datetime = BEGUN, end: datetime = ENDED, now: datetime = NOW) -> int:
    with traced.database.write() as session:
        case = session.get_one(InfectionCase, traced.case)
        return propose_warning(session, case, place, start, end, "Ăn trưa đông người", traced.staff, now).id


def decide(traced: Traced, warning: int, account: int, *, release: bool = True, now: datetime = NOW) -> None:
    with traced.database.write() as session:
        decide_warning(session, warning, release=release, why="Đúng", account_id=account, now=now)


def state(traced: Traced) -> list[WarningState]:
    with traced.database.read() as session:
        return list(session.scalars(select(PlaceWarning.state).order_by(PlaceWarning.id)))


def test_the_second_person_releases_and_the_first_one_never(traced: Traced) -> None:
    place, _points = add_place(traced.database)
    warning = propose(traced, place)
    with pytest.raises(Conflict, match="proposed this warning yourself"):
        decide(traced, warning, traced.staff)
    assert state(traced) == [WarningState.PROPOSED]
    decide(traced, warning, traced.second)
    assert state(traced) == [WarningState.RELEASED]
    with pytest.raises(Conflict, match="decided already"):
        decide(traced, warning, traced.second, release=False)


def test_what_was_proposed_twice_is_one_and_after_a_refusal_may_be_proposed_anew(traced: Traced) -> None:
    place, _points = add_place(traced.database)
    warning = propose(traced, place)
    with pytest.raises(Conflict, match="proposed already"):
        propose(traced, place)
    decide(traced, warning, traced.second, release=False)
    propose(traced, place)
    assert state(traced) == [WarningState.REFUSED, WarningState.PROPOSED]


def test_one_that_waited_too_long_is_decided_by_nobody_and_proposed_anew(traced: Traced) -> None:
    place, _points = add_place(traced.database)
    warning = propose(traced, place)
    with pytest.raises(Conflict, match="waited longer"):
        decide(traced, warning, traced.second, now=NOW + WAITS)
    propose(traced, place, now=NOW + WAITS)
    assert state(traced) == [WarningState.REFUSED, WarningState.PROPOSED]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (at(-1), at(-2), "would end before it begins"),
        (at(-1), at(1), "about a time that is over"),
        (at(-30), at(-1), "three weeks at most"),
        (at(-20), at(-19), "could infect nobody"),
    ],
)
def test_times_that_cannot_be_are_refused(traced: Traced, start: datetime, end: datetime, said: str) -> None:
    place, _points = add_place(traced.database)
    with pytest.raises(BadInput, match=said):
        propose(traced, place, start, end)
    assert state(traced) == []


@pytest.mark.parametrize("call", [lambda t: propose(t, 999), lambda t: decide(t, 999, t.second)], ids=["place", "warning"])
def test_what_does_not_exist_is_said(traced: Traced, call: Callable[[Traced], object]) -> None:
    with pytest.raises(Problem, match="does not exist"):
        call(traced)
