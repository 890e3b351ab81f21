"""Rounds open, remind and close exactly once, whoever ticks and how often, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import and_, func, select, text, update
from sqlalchemy.exc import DBAPIError

from monitor.database.database import Database
from monitor.database.leader import Leader
from monitor.models.cameras.cameras import Camera, Observation, ObservationKind
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Exemption, OrderState, QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import ParkedReceipt, Prompt, PromptKind, PromptState, PromptStop
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState, RollCall, RollCallState
from monitor.models.service import ServiceOutage
from rollcall.channels.channel import Receipt
from rollcall.prompts.outcomes import HandedOver, note_sent
from rollcall.prompts.receipts import take_receipts
from rollcall.rounds.closing import close_due
from rollcall.rounds.ladder_steps import climb_due
from rollcall.rounds.opening import open_due_rounds, record_outage
from rollcall.work.scheduler import take_over, tick_rounds
from tests.doubles.waiting import PATIENCE, wait_until
from tests.worlds.due_round import add_plan, check_in_of, minutes, world
from tests.worlds.small_zone import NOW, add_zone


def at_once(database: Database, tick: Callable[[Database, datetime], int], now: datetime) -> int:
    """Eight workers run a tick in the same instant; returns what they did in sum."""
    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(lambda _: tick(database, now), range(8)))


def deliver(database: Database, resident: int, at: datetime) -> None:
    with database.write() as session:
        prompt = session.scalars(select(Prompt).where(Prompt.resident_id == resident).limit(1)).one()
        take_receipts(session, [Receipt(gateway_reference="g", reference=prompt.reference, delivered=True, at=at)])


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
    assert climb_due(database, minutes(9)) == 0
    assert at_once(database, climb_due, minutes(10)) == 1
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
    assert check_in_of(database, one).state == CheckInState.PROMPTED
    assert at_once(database, close_due, minutes(25)) == 1
    assert check_in_of(database, one).state == CheckInState.MISSED
    with database.read() as session:
        kinds = {row.resident_id: row.kind for row in session.scalars(select(Incident))}
        assert kinds == {one: IncidentKind.MISSED, two: IncidentKind.UNREACHED}
        assert session.scalars(select(RollCall.state)).one() == RollCallState.CLOSED
        over = (CheckInState.MISSED, CheckInState.UNREACHED)
        closings = select(func.count()).select_from(CheckInChange).where(CheckInChange.state.in_(over))
        assert session.scalar(closings) == 2


def test_one_tick_closes_all_that_is_due_whatever_the_reasons(
    both_databases: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six zones, in batches of three (on PostgreSQL six, on two connections), each person with a window of their own."""
    database = both_databases
    places = []
    for zone in range(6):
        number, people = add_zone(database, f"Zone {zone}", residents=tuple(f"{zone}{name}" for name in "ABCDEFG"))
        add_plan(database, number, camera_excuses=zone == 1)
        places.append((number, people))
    open_due_rounds(database, NOW)
    expected = dict.fromkeys((each for _, people in places for each in people), CheckInState.UNREACHED)
    with database.write() as session:
        for zone, people in places:
            away, earlier, elsewhere, _, _, told, seen = people
            room = session.get_one(Resident, seen).room_id
            camera = Camera(zone_id=zone, name="c", address=f"http://c/{zone}", state_since=NOW)
            session.add(camera)
            session.flush()
            common = {"zone_id": zone, "reason": "a test"}
            session.add(Exemption(resident_id=away, starts_at=minutes(5), ends_at=minutes(6), **common))
            session.add(Exemption(resident_id=earlier, starts_at=minutes(-9), ends_at=minutes(0), **common))
            for each, where in ((seen, room), (elsewhere, None)):
                session.add(
                    Observation(
                        zone_id=zone,
                        camera_id=camera.id,
                        room_id=where,
                        resident_id=each,
                        kind=ObservationKind.FACE,
                        started_at=minutes(-5),
                        last_at=minutes(3),
                    )
                )
            expected[told] = CheckInState.MISSED
            if zone == places[1][0]:
                expected[seen] = CheckInState.EXCUSED
            expected[away] = CheckInState.EXCUSED
            if zone == places[2][0]:
                session.add(PromptStop(zone_id=zone, reason="a test", stopped_at=minutes(2), ended_at=minutes(4)))
                expected |= {each: CheckInState.EXCUSED for each in people if each != told}
    for _, people in places:
        deliver(database, people[5], minutes(0.5))
    monkeypatch.setattr("rollcall.rounds.closing.BATCH", 3)
    monkeypatch.setattr("rollcall.rounds.closing.BATCH_POSTGRESQL", 6)
    assert close_due(database, minutes(21)) == len(expected)
    with database.read() as session:
        rows = session.execute(select(CheckIn.resident_id, CheckIn.state, CheckIn.reasons)).all()
        assert {row.resident_id: row.state for row in rows} == expected
        assert all(row.reasons for row in rows)
        asked = session.scalars(select(Incident.resident_id)).all()
        assert sorted(asked) == sorted(each for each, state in expected.items() if state != CheckInState.EXCUSED)
        assert set(session.scalars(select(RollCall.state))) == {RollCallState.CLOSED}
        # No foreign key holds these copies: they are what the rows' own references lead to.
        in_its_zone = and_(RollCall.id == CheckIn.roll_call_id, RollCall.zone_id == CheckIn.zone_id)
        assert len(session.scalars(select(CheckIn.id).join(RollCall, in_its_zone)).all()) == len(expected)
        for copying in (Prompt, Incident):
            same = and_(
                CheckIn.id == copying.check_in_id,
                CheckIn.zone_id == copying.zone_id,
                CheckIn.resident_id == copying.resident_id,
            )
            held = session.scalars(select(copying.id).join(CheckIn, same)).all()
            assert sorted(held) == sorted(session.scalars(select(copying.id)))
            assert len(held) >= len(asked)


@pytest.mark.parametrize(
    ("begins", "ends", "excused"), [(-30, -1, False), (-5, 0, True), (19, 30, True), (20, 30, True), (20.5, 21, False)]
)
def test_a_camera_excuses_by_what_it_saw_in_the_time_to_answer(
    database: Database, begins: float, ends: float, excused: bool
) -> None:
    """Whoever is seen before the round or after the deadline was not seen in it, also where nobody has closed it yet."""
    zone, (one,) = world(database, camera_excuses=True)
    open_due_rounds(database, NOW)
    deliver(database, one, NOW)
    with database.write() as session:
        room = session.get_one(Resident, one).room_id
        camera = Camera(zone_id=zone, name="c", address="http://c/1", state_since=NOW)
        session.add(camera)
        session.flush()
        session.add(
            Observation(
                zone_id=zone,
                camera_id=camera.id,
                room_id=room,
                resident_id=one,
                kind=ObservationKind.FACE,
                started_at=minutes(begins),
                last_at=minutes(ends),
            )
        )
    assert close_due(database, minutes(40)) == 1
    assert check_in_of(database, one).state == (CheckInState.EXCUSED if excused else CheckInState.MISSED)


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
        # Nobody shares a room with this one: who is alone is asked after all the same.
        assert session.scalars(select(Incident.kind)).all() == [IncidentKind.UNREACHED]


def test_a_receipt_is_believed_once_and_states_only_go_forward(database: Database) -> None:
    _, (one,) = world(database)
    open_due_rounds(database, NOW)
    with database.write() as session:
        prompt = session.scalars(select(Prompt)).one()
        known = {"gateway_reference": "g-1", "reference": prompt.reference}
        assert take_receipts(session, [Receipt(**known, delivered=True, at=minutes(1))])
        assert not take_receipts(session, [Receipt(**known, delivered=True, at=minutes(9))])
        assert not take_receipts(session, [Receipt(**known, delivered=False, at=minutes(9))])
        assert not take_receipts(
            session, [Receipt(gateway_reference="g-2", reference="unknown", delivered=True, at=minutes(9))]
        )
        session.refresh(prompt)
        assert (prompt.state, prompt.delivered_at) == (PromptState.DELIVERED, minutes(1))
    assert check_in_of(database, one).due_at == minutes(21)


@pytest.mark.parametrize("parked_first", [True, False])
def test_a_receipt_that_crosses_with_our_own_note_counts_all_the_same(postgresql: Database, parked_first: bool) -> None:
    """The web process takes the receipt while the worker notes under which name the gateway has the message."""
    database = postgresql
    _, (one,) = world(database)
    open_due_rounds(database, NOW)
    receipt = Receipt(gateway_reference="g-1", delivered=True, at=minutes(1))
    with database.read() as session:
        prompt = session.scalars(select(Prompt)).one()
    noting = [HandedOver(prompt.id, "g-1", minutes(1))]
    with database.write() as first, database.write() as second:
        if parked_first:
            take_receipts(first, [receipt])
            note_sent(second, noting)
        else:
            note_sent(first, noting)
            take_receipts(second, [receipt])
    with database.read() as session:
        assert session.get_one(Prompt, prompt.id).state == PromptState.SENT
    tick_rounds(database, minutes(20))
    with database.read() as session:
        assert session.get_one(Prompt, prompt.id).state == PromptState.DELIVERED
        assert session.scalars(select(ParkedReceipt)).all() == []
    # The window counts from the arrival.
    assert check_in_of(database, one).due_at == minutes(21)


def test_a_receipt_says_that_the_resident_was_prompted_when_the_sender_died_before_it_could(database: Database) -> None:
    _, (one,) = world(database)
    open_due_rounds(database, NOW)
    deliver(database, one, minutes(1))
    assert check_in_of(database, one).state == CheckInState.PROMPTED


def test_a_plan_that_cannot_open_keeps_no_other_round_from_closing(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    _, (one,) = world(database)
    tick_rounds(database, NOW)
    broken, _ = add_zone(database, "Khu B")
    add_plan(database, broken)
    with database.write() as session:
        session.execute(update(Zone).where(Zone.id == broken).values(timezone="No/Where"))
    for second in range(0, 1201, 15):
        tick_rounds(database, NOW + timedelta(seconds=second))
    assert check_in_of(database, one).state == CheckInState.UNREACHED
    assert "No/Where" in caplog.text


postgresql_only = pytest.mark.parametrize(
    "both_databases", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture
def leaders(both_databases: Database) -> Iterator[tuple[Leader, Leader]]:
    """Two schedulers' leaders, each with connections of its own."""
    other = Database(both_databases.engine.url.render_as_string(hide_password=False), bytes(32))
    pair = Leader(both_databases), Leader(other)
    yield pair
    for each in pair:
        each._give_up()
    other.dispose()


def becomes(leader: Leader) -> bool:
    """It leads soon: a server notices a little later that a connection ended."""
    wait_until(leader.leads)
    return True


@postgresql_only
def test_one_scheduler_leads_whichever_of_its_threads_asks(leaders: tuple[Leader, Leader]) -> None:
    together = Barrier(8)

    def ask(_: int) -> bool:
        together.wait(PATIENCE)
        return all(leaders[0].leads() for _ in range(10))

    with ThreadPoolExecutor(8) as pool:
        assert all(list(pool.map(ask, range(8))))
    assert not leaders[1].leads()


@postgresql_only
def test_the_lead_passes_on_when_the_leaders_connection_fails_or_dies(
    both_databases: Database, leaders: tuple[Leader, Leader]
) -> None:
    first, second = leaders
    assert first.leads()
    connection = first._connection
    assert connection is not None
    connection.exec_driver_sql("BEGIN")
    with pytest.raises(DBAPIError):
        connection.exec_driver_sql("SELECT 1/0")
    # The connection lives, and with it the lock, but nothing can be asked over it any more.
    assert not first.leads()
    assert becomes(second)
    with both_databases.read() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
    assert not second.leads()
    assert becomes(first)


@postgresql_only
def test_whoever_leads_and_does_not_tick_any_more_loses_the_lead(
    both_databases: Database, leaders: tuple[Leader, Leader]
) -> None:
    """As a scheduler that is stopped does, whose connection stays open."""
    stopped, waiting = leaders
    assert stopped.leads()
    record_outage(both_databases, NOW)
    assert not take_over(both_databases, waiting, NOW + timedelta(seconds=5))
    assert not waiting.leads()
    assert take_over(both_databases, waiting, NOW + timedelta(seconds=15))
    assert becomes(waiting)
    assert not stopped.leads()
    # Whoever leads deposes nobody.
    assert not take_over(both_databases, waiting, NOW + timedelta(seconds=90))
    assert waiting.leads()
