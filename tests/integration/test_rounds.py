"""Rounds open, remind and close exactly once, whoever ticks and how often, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from monitor.database import Database
from monitor.models import (
    CheckIn,
    CheckInChange,
    CheckInState,
    Exemption,
    Incident,
    IncidentKind,
    OrderState,
    Plan,
    Prompt,
    PromptKind,
    PromptState,
    QuarantineOrder,
    RollCall,
    RollCallState,
    ServiceOutage,
)
from rollcall.receipts import take_receipt
from rollcall.rounds import close_due, open_due_rounds, record_outage, remind_due
from tests.rounds import check_in_of, minutes, world
from tests.support import NOW


def at_once(database: Database, tick: Callable[[Database, datetime], int], now: datetime) -> int:
    """Eight workers run a tick in the same instant; returns what they did in sum."""
    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(lambda _: tick(database, now), range(8)))


def deliver(database: Database, resident: int, at: datetime) -> None:
    with database.write() as session:
        prompt = session.scalars(select(Prompt).where(Prompt.resident_id == resident).limit(1)).one()
        take_receipt(session, gateway_reference="g", reference=prompt.reference, delivered=True, at=at)


def test_a_due_round_opens_once_whoever_ticks(both_databases: Database) -> None:
    database = both_databases
    _, residents = world(database, "An", "Bình", "Cường")
    assert at_once(database, open_due_rounds, NOW) == 1
    assert at_once(database, open_due_rounds, minutes(1)) == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(RollCall)) == 1
        assert session.scalar(select(func.count()).select_from(CheckIn)) == len(residents)
        assert session.scalar(select(func.count()).select_from(Prompt)) == len(residents)
        assert session.scalars(select(Plan.next_round_at)).one() == minutes(180)


def test_a_downtime_is_followed_by_one_round_and_not_by_all_that_were_missed(database: Database) -> None:
    world(database)
    assert open_due_rounds(database, NOW + timedelta(days=2)) == 1
    with database.read() as session:
        assert session.scalars(select(Plan.next_round_at)).one() == NOW + timedelta(days=2, minutes=180)


def test_a_round_due_in_quiet_hours_waits_for_their_end(database: Database) -> None:
    world(database, next_round_at=NOW - timedelta(hours=10))  # midnight in Vietnam
    assert open_due_rounds(database, NOW - timedelta(hours=10)) == 0
    with database.read() as session:
        assert session.scalars(select(Plan.next_round_at)).one() == NOW - timedelta(hours=3)  # seven in the morning


def test_only_people_under_an_order_are_asked_and_the_exempt_get_no_prompt(database: Database) -> None:
    zone, (one, two, three) = world(database, "An", "Bình", "Cường")
    with database.write() as session:
        session.execute(update(QuarantineOrder).where(QuarantineOrder.resident_id == two).values(state=OrderState.RELEASED))
        session.add(Exemption(resident_id=three, zone_id=zone, starts_at=NOW, ends_at=minutes(60), reason="Test"))
    open_due_rounds(database, NOW)
    with database.read() as session:
        states = {row.resident_id: row.state for row in session.scalars(select(CheckIn))}
        assert states == {one: CheckInState.SCHEDULED, three: CheckInState.EXCUSED}
        assert session.scalars(select(Prompt.resident_id)).all() == [one]


def test_a_reminder_goes_once_and_only_to_those_still_awaited(both_databases: Database) -> None:
    database = both_databases
    _, (one, two) = world(database, "An", "Bình")
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(CheckIn).where(CheckIn.resident_id == two).values(state=CheckInState.ANSWERED))
    assert remind_due(database, minutes(9)) == 0
    assert at_once(database, remind_due, minutes(10)) == 1
    with database.read() as session:
        assert session.scalars(select(Prompt.resident_id).where(Prompt.kind == PromptKind.REMINDER)).all() == [one]


def test_a_window_closes_once_as_missed_or_unreached_and_asks_a_person(both_databases: Database) -> None:
    database = both_databases
    _, (one, two) = world(database, "An", "Bình")
    open_due_rounds(database, NOW)
    deliver(database, one, minutes(5))
    assert at_once(database, close_due, minutes(20)) == 1
    assert check_in_of(database, two).state == CheckInState.UNREACHED
    # The window counts from delivery: this one arrived five minutes late and has five minutes more.
    assert check_in_of(database, one).state == CheckInState.SCHEDULED
    assert at_once(database, close_due, minutes(25)) == 1
    assert check_in_of(database, one).state == CheckInState.MISSED
    with database.read() as session:
        kinds = {row.resident_id: row.kind for row in session.scalars(select(Incident))}
        assert kinds == {one: IncidentKind.MISSED, two: IncidentKind.UNREACHED}
        assert session.scalars(select(RollCall.state)).one() == RollCallState.CLOSED
        closings = select(func.count()).select_from(CheckInChange).where(CheckInChange.state != CheckInState.SCHEDULED)
        assert session.scalar(closings) == 2


def test_our_own_outage_excuses_everybody_in_it(database: Database) -> None:
    _, (one,) = world(database)
    record_outage(database, minutes(-1))
    open_due_rounds(database, NOW)
    deliver(database, one, minutes(1))
    assert not record_outage(database, minutes(-1) + timedelta(seconds=15))
    assert record_outage(database, minutes(30))
    assert close_due(database, minutes(30)) == 1
    assert check_in_of(database, one).state == CheckInState.EXCUSED
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ServiceOutage)) == 1
        assert session.scalars(select(Incident)).all() == []


def test_a_receipt_is_believed_once_and_states_only_go_forward(database: Database) -> None:
    _, (one,) = world(database)
    open_due_rounds(database, NOW)
    with database.write() as session:
        prompt = session.scalars(select(Prompt)).one()
        known = {"gateway_reference": "g-1", "reference": prompt.reference}
        assert take_receipt(session, **known, delivered=True, at=minutes(1))
        assert not take_receipt(session, **known, delivered=True, at=minutes(9))
        assert not take_receipt(session, **known, delivered=False, at=minutes(9))
        assert not take_receipt(session, gateway_reference="g-2", reference="unknown", delivered=True, at=minutes(9))
        session.refresh(prompt)
        assert (prompt.state, prompt.delivered_at) == (PromptState.DELIVERED, minutes(1))
    assert check_in_of(database, one).due_at == minutes(21)
