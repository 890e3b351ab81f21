"""Answered roll-calls as ground truth for the cameras: each counted once, whoever counts and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.cameras.cameras import Camera, CameraState, CameraTruth, ObservationKind
from monitor.models.people.residents import Exemption, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import EvidenceLevel, Plan, PlanKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState, RollCall
from monitor.presence.camera_accuracy import BEGIN, SETTLED, Truth, record_truth, truth_of
from monitor.presence.observations import observe
from tests.worlds.small_zone import NOW, add_zone

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PRESENT_FOR = 10 * MINUTE
DAY = date(2026, 11, 23)
# When what happens at NOW is old enough to be counted.
THEN = NOW + SETTLED


@pytest.fixture
def world(database: Database) -> tuple[Database, int, int, int]:
    """A resident in a room with a camera that has watched for hours, and counting that began long ago."""
    return build(database)


def build(database: Database) -> tuple[Database, int, int, int]:
    zone, (one,) = add_zone(database)
    record(database, NOW - 2 * HOUR)
    return database, zone, one, add_camera(database, zone, one)


def add_camera(database: Database, zone: int, resident: int, name: str = "101") -> int:
    with database.write() as session:
        camera = Camera(
            zone_id=zone,
            room_id=session.get_one(Resident, resident).room_id,
            name=name,
            address=f"http://127.0.0.1/{name}",
            state=CameraState.ONLINE,
            state_since=NOW - 5 * HOUR,
            analysed_at=THEN,
        )
        session.add(camera)
        session.flush()
        return camera.id


def see(database: Database, camera: int, resident: int, at: datetime) -> None:
    with database.write() as session:
        row = session.get_one(Camera, camera)
        where: dict[str, Any] = {"camera_id": camera, "zone_id": row.zone_id, "room_id": row.room_id}
        observe(session, ObservationKind.FACE, at=at, resident_id=resident, **where)


def answer(database: Database, zone: int, resident: int, at: datetime, state: CheckInState, **more: Any) -> None:
    """An answer received at a time, and judged some seconds later."""
    judged = at + timedelta(seconds=5)
    with database.write() as session:
        plan = Plan(zone_id=zone, name="Roll-call", kind=PlanKind.EVERY, every_minutes=180.0)
        session.add(plan)
        session.flush()
        roll_call = RollCall(plan_id=plan.id, zone_id=zone, opens_at=at - MINUTE, closes_at=at + HOUR)
        session.add(roll_call)
        session.flush()
        values = {"roll_call_id": roll_call.id, "opened_at": at - MINUTE, "nonce": "n", "state_since": judged}
        check_in = CheckIn(resident_id=resident, zone_id=zone, state=state, **values, **more)
        session.add(check_in)
        session.flush()
        session.add(Answer(check_in_id=check_in.id, resident_id=resident, zone_id=zone, received_at=at))
        for step, when in ((CheckInState.ANSWERED, at), (state, judged)):
            session.add(CheckInChange(check_in_id=check_in.id, at=when, state=step))


def record(database: Database, now: datetime) -> int:
    return record_truth(database, now, present_for=PRESENT_FOR)


def told(database: Database, camera: int) -> Truth | None:
    with database.read() as session:
        return truth_of(session, [camera], DAY).get(camera)


@pytest.mark.parametrize(
    ("case", "state", "truth"),
    [
        ("seen", CheckInState.VERIFIED, Truth(agreed=1)),
        ("seen", CheckInState.ACCEPTED, Truth(agreed=1)),
        ("seen", CheckInState.REJECTED, Truth(false_present=1)),
        ("nobody for hours", CheckInState.VERIFIED, Truth(false_absent=1)),
        ("nobody for hours", CheckInState.REJECTED, Truth(agreed=1)),
        ("seen half an hour ago", CheckInState.VERIFIED, Truth(unknown=1)),
        ("seen after the answer", CheckInState.VERIFIED, Truth(false_absent=1)),
        ("covered since", CheckInState.VERIFIED, Truth(unknown=1)),
        ("no picture then", CheckInState.VERIFIED, Truth(unknown=1)),
        ("seen", CheckInState.IN_REVIEW, None),
        ("seen", CheckInState.MISSED, None),
        ("allowed to be away", CheckInState.VERIFIED, None),
        ("only acknowledged", CheckInState.VERIFIED, None),
    ],
)
def test_an_answer_tells_whether_the_camera_was_right(
    world: tuple[Database, int, int, int], case: str, state: CheckInState, truth: Truth | None
) -> None:
    database, zone, one, camera = world
    seen = {
        "seen": -2,
        "seen half an hour ago": -30,
        "seen after the answer": 0.1,
        "allowed to be away": -2,
        "only acknowledged": 0,
    }
    if case in seen:
        see(database, camera, one, NOW + seen[case] * MINUTE)
    with database.write() as session:
        if case == "covered since":
            session.execute(update(Camera).values(state=CameraState.COVERED, state_since=NOW + MINUTE / 2))
        if case == "no picture then":
            session.execute(update(Camera).values(analysed_at=NOW - MINUTE))
        if case == "allowed to be away":
            times = {"starts_at": NOW - HOUR, "ends_at": NOW + HOUR}
            session.add(Exemption(resident_id=one, zone_id=zone, reason="test", **times))
    evidence = EvidenceLevel.ACKNOWLEDGED if case == "only acknowledged" else EvidenceLevel.FACE
    answer(database, zone, one, NOW, state, evidence=evidence)
    assert record(database, THEN + MINUTE) == (truth is not None)
    assert told(database, camera) == truth


def test_each_camera_of_the_room_is_judged_alone(world: tuple[Database, int, int, int]) -> None:
    database, zone, one, first = world
    second = add_camera(database, zone, one, "101 too")
    see(database, first, one, NOW)
    answer(database, zone, one, NOW, CheckInState.VERIFIED)
    record(database, THEN + MINUTE)
    assert (told(database, first), told(database, second)) == (Truth(agreed=1), Truth(false_absent=1))


def test_whoever_counts_and_however_often_an_answer_counts_once(both_databases: Database) -> None:
    database, zone, one, camera = build(both_databases)
    for number in range(5):
        see(database, camera, one, NOW + number * MINUTE)
        answer(database, zone, one, NOW + number * MINUTE, CheckInState.VERIFIED)
    now = THEN + 6 * MINUTE
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda _: record(database, now), range(6))) == 5
    assert record(database, now) == 0
    assert told(database, camera) == Truth(agreed=5)
    answer(database, zone, one, now, CheckInState.VERIFIED)
    assert record(database, now + SETTLED + MINUTE) == 1


def test_who_is_killed_while_writing_has_counted_nothing(world: tuple[Database, int, int, int]) -> None:
    database, zone, one, camera = world
    see(database, camera, one, NOW)
    answer(database, zone, one, NOW, CheckInState.VERIFIED)
    # The table refuses the count as if the process ended there; the cursor has been moved by then.
    with database.write() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER t BEFORE INSERT ON camera_truth BEGIN SELECT RAISE(ABORT, 'x'); END"
        )
    with pytest.raises(Exception, match="x"):
        record(database, THEN + MINUTE)
    with database.write() as session:
        session.connection().exec_driver_sql("DROP TRIGGER t")
    assert record(database, THEN + MINUTE) == 1
    assert told(database, camera) == Truth(agreed=1)


def test_what_was_just_decided_waits_until_nothing_older_can_come(world: tuple[Database, int, int, int]) -> None:
    database, zone, one, _ = world
    answer(database, zone, one, NOW, CheckInState.VERIFIED)
    assert record(database, NOW + SETTLED - timedelta(seconds=1)) == 0
    assert record(database, NOW + SETTLED + timedelta(seconds=6)) == 1


def test_the_first_call_begins_an_hour_back(database: Database) -> None:
    zone, (one,) = add_zone(database)
    add_camera(database, zone, one)
    answer(database, zone, one, NOW - BEGIN - MINUTE, CheckInState.VERIFIED)
    answer(database, zone, one, NOW - BEGIN + MINUTE, CheckInState.VERIFIED)
    assert record(database, NOW) == 0
    assert record(database, NOW) == 1
    assert record(database, NOW) == 0


def test_days_are_the_zones_own(world: tuple[Database, int, int, int]) -> None:
    database, zone, one, camera = world
    late = datetime.fromisoformat("2026-11-23T16:59:00+00:00")  # a minute before midnight in Vietnam
    for at in (late, late + MINUTE):
        answer(database, zone, one, at, CheckInState.VERIFIED)
    record(database, late + HOUR)
    with database.read() as session:
        assert list(session.scalars(select(CameraTruth.day).order_by(CameraTruth.day))) == [DAY, date(2026, 11, 24)]
        assert truth_of(session, [camera], date(2026, 11, 24)) == {camera: Truth(unknown=1)}
        assert truth_of(session, [], DAY) == {}
