"""Figures of the hotline: which interval is measured, what counts as within the limit, and what of few or none, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from monitor.database.database import Database
from monitor.hotline.figures import Figures, Report, report_of
from monitor.hotline.listing import Sight, Wanted, Which
from monitor.models.hotline import CloseReason, HotlineTicket, TicketKind, TicketState
from tests.worlds.hotline import come
from tests.worlds.small_zone import NOW, add_zone

HOUR = timedelta(hours=1)
EVERYTHING = Sight(1, None, frozenset())


@pytest.fixture
def desk(both_databases: Database) -> Database:
    add_zone(both_databases)
    return both_databases


def ticket(
    database: Database,
    hours: float | None,
    *,
    ago: float = 24,
    answered: bool = True,
    unassigned: bool = False,
    reopened: int = 0,
    kind: TicketKind = TicketKind.FOOD,
) -> None:
    """One that came so many hours ago and was settled so many hours later: by an answer, or closed for a reason."""
    came = NOW - ago * HOUR
    with database.write() as session:
        made = come(session, came, kind=kind, caller="")
        values: dict[str, object] = {"breached_unassigned": unassigned, "reopened": reopened}
        if hours is not None:
            at = came + hours * HOUR
            values |= (
                {"state": TicketState.ANSWERED, "answered_at": at, "first_answered_at": at, "answer": "x"}
                if answered
                else {
                    "state": TicketState.CLOSED,
                    "closed_at": at,
                    "first_closed_at": at,
                    "close_reason": CloseReason.NO_ANSWER_WANTED,
                }
            )
        session.execute(update(HotlineTicket).where(HotlineTicket.id == made.id).values(**values))


def report(database: Database) -> Report:
    with database.read() as session:
        return report_of(session, Wanted(Which.ALL), EVERYTHING, NOW)


def test_zammad_3410_statistics_measure_from_first_contact_to_the_first_answer(desk: Database) -> None:
    for hours in (1, 2, 3, 5, 6):
        ticket(desk, hours)
    found = report(desk).whole
    assert (found.median, found.p90) == (3 * HOUR, 6 * HOUR)
    assert (found.came, found.in_time, found.too_late, found.share) == (5, 4, 1, 0.8)


def test_what_waits_is_late_from_its_hour_on_and_until_then_neither(desk: Database) -> None:
    ticket(desk, None, ago=5, unassigned=True)
    ticket(desk, None, ago=4.9)
    ticket(desk, 4, answered=False)
    found = report(desk).whole
    assert (found.in_time, found.too_late, found.waiting, found.unassigned) == (1, 1, 1, 1)
    # Closed for a reason: in time, and no answer to measure.
    assert found.median is None


def test_of_nothing_there_is_no_share(desk: Database) -> None:
    assert report(desk) == Report(Figures(), {}, [])
    assert Figures().share is None


def test_kinds_and_units_are_counted_by_themselves(desk: Database) -> None:
    for hours in (1, 2, 3):
        ticket(desk, hours)
    ticket(desk, 6, kind=TicketKind.MONEY, reopened=2)
    found = report(desk)
    assert {kind: (each.came, each.too_late, each.reopened) for kind, each in found.kinds.items()} == {
        TicketKind.FOOD: (3, 0, 0),
        TicketKind.MONEY: (1, 1, 1),
    }
    assert [found.kinds[each].median for each in (TicketKind.FOOD, TicketKind.MONEY)] == [2 * HOUR, 6 * HOUR]
    # Nobody was handed anything: all of it is the desk's.
    assert [(unit, each.came, each.median, each.p90) for unit, _name, each in found.units] == [(None, 4, 3 * HOUR, 6 * HOUR)]
