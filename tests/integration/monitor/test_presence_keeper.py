"""Presence kept current from rows: cameras, sights, answers; and the incident of an empty room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from monitor.accounts.accounts import add_account
from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import Role
from monitor.models.cameras.cameras import Camera, CameraState, Observation, ObservationKind
from monitor.models.incidents import ContactAttempt, ContactOutcome, ContactWay, Incident, IncidentKind, IncidentState
from monitor.models.people.residents import Presence, PresenceState, Resident
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.presence.keeper import FULL_EVERY, PresenceKeeper, refresh
from monitor.presence.observations import observe
from monitor.words import Words, words
from tests.worlds.small_zone import NOW, add_zone
from tests.worlds.watched_rooms import add_camera, add_exit, cross, fail, incidents, presence, see, still_watched

PRESENT_FOR = timedelta(minutes=10)


def add_staff(session: Session) -> int:
    return add_account(session, "hoa", "a long enough password", Role.STAFF, zones=None, now=NOW).id


def resolve(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Incident).values(state=IncidentState.RESOLVED))


def test_a_face_in_the_own_room_is_presence_and_a_face_elsewhere_is_not(both_databases: Database) -> None:
    database = both_databases
    zone, (one, two) = add_zone(database, residents=("An", "Bình"))
    camera = add_camera(database, zone, one, NOW - timedelta(minutes=5))
    with database.write() as session:
        room = session.get_one(Resident, one).room_id
        for resident in (one, two):
            observe(
                session,
                ObservationKind.FACE,
                camera_id=camera,
                zone_id=zone,
                room_id=room,
                at=NOW,
                resident_id=resident,
                confidence=0.8,
            )
    assert refresh(database, NOW, present_for=PRESENT_FOR) == 2
    assert presence(database, one).state == PresenceState.PRESENT
    assert presence(database, two).state == PresenceState.UNKNOWN
    assert refresh(database, NOW, present_for=PRESENT_FOR) == 0


def test_somebody_not_seen_for_long_becomes_one_question_that_ends_when_they_are_seen(both_databases: Database) -> None:
    database = both_databases
    zone, (one,) = add_zone(database)
    camera = add_camera(database, zone, one, NOW - timedelta(hours=3))
    refresh(database, NOW, present_for=PRESENT_FOR)
    refresh(database, NOW + timedelta(seconds=20), present_for=PRESENT_FOR)
    with database.read() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.kind, incident.cause_ended_at) == (IncidentKind.NOT_SEEN, None)
        asked = "Nobody has seen Nguyễn Thị An in room 101 for 3 hours, since 07:00; please look in."
        assert Words.load(incident.reason).say(str) == asked
    row = presence(database, one)
    assert (row.state, row.since, row.confidence) == (PresenceState.NOT_SEEN, NOW - timedelta(hours=3), 0)
    with database.write() as session:
        room = session.get_one(Resident, one).room_id
        observe(session, ObservationKind.FACE, camera_id=camera, zone_id=zone, room_id=room, at=NOW, resident_id=one)
    refresh(database, NOW + timedelta(seconds=25), present_for=PRESENT_FOR)
    with database.read() as session:
        assert session.scalars(select(Incident)).one().cause_ended_at is not None


def test_a_camera_that_nobody_watches_makes_presence_unknown_not_absent(database: Database) -> None:
    zone, (one,) = add_zone(database)
    add_camera(database, zone, one, NOW - timedelta(hours=3))
    refresh(database, NOW + timedelta(minutes=5), present_for=PRESENT_FOR)
    assert presence(database, one).state == PresenceState.UNKNOWN
    with database.read() as session:
        assert session.scalars(select(Incident)).all() == []


MINUTE, HOUR, TICK = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=3)


def test_asleep_behind_a_watched_exit_is_present_until_somebody_goes_out(both_databases: Database) -> None:
    database = both_databases
    zone, (one,) = add_zone(database)
    camera = add_camera(database, zone, one, NOW - 5 * HOUR)
    add_exit(database, camera)
    see(database, camera, ObservationKind.FACE, NOW - 3 * HOUR, resident_id=one)
    refresh(database, NOW, present_for=PRESENT_FOR)
    row = presence(database, one)
    assert (row.state, row.confidence, row.seen_at) == (PresenceState.PRESENT, 0.8, NOW - 3 * HOUR)
    cross(database, camera, "door", out=NOW)
    refresh(database, NOW + TICK, present_for=PRESENT_FOR)
    assert (presence(database, one).state, presence(database, one).confidence) == (PresenceState.UNKNOWN, 0)
    assert incidents(database) == []
    still_watched(database, NOW + HOUR)
    refresh(database, NOW + HOUR, present_for=PRESENT_FOR)
    assert presence(database, one).state == PresenceState.ABSENT
    assert [each.kind for each in incidents(database)] == [IncidentKind.ROOM_EMPTY]


def test_a_camera_that_fails_makes_unknown_only_whom_no_other_one_sees(both_databases: Database) -> None:
    database = both_databases
    zone, (one, two) = add_zone(database, residents=("An", "Bình"))
    cameras = [add_camera(database, zone, each, NOW - 5 * HOUR, name) for each, name in ((one, "101"), (two, "102"))]
    window = add_camera(database, zone, two, NOW - 5 * HOUR, "102 window")
    for camera, each in zip(cameras, (one, two), strict=True):
        add_exit(database, camera)
        see(database, camera, ObservationKind.FACE, NOW - 3 * HOUR, resident_id=each)

    def states() -> tuple[PresenceState, PresenceState]:
        refresh(database, NOW + TICK, present_for=PRESENT_FOR)
        return presence(database, one).state, presence(database, two).state

    def fails(camera: int) -> None:
        with database.write() as session:
            row = session.get_one(Camera, camera)
            row.state, row.state_since = CameraState.OFFLINE, NOW + TICK

    assert states() == (PresenceState.PRESENT, PresenceState.PRESENT)
    fails(window)
    assert states() == (PresenceState.PRESENT, PresenceState.PRESENT)
    fails(cameras[0])
    assert states() == (PresenceState.UNKNOWN, PresenceState.PRESENT)


def test_without_a_line_at_the_exit_stillness_makes_nobody_absent_and_staff_are_asked_once(database: Database) -> None:
    zone, (one,) = add_zone(database)
    camera = add_camera(database, zone, one, NOW - 5 * HOUR)
    see(database, camera, ObservationKind.FACE, NOW - 3 * HOUR, resident_id=one)
    keeper = PresenceKeeper(database, present_for=PRESENT_FOR)
    for hours in range(12):
        still_watched(database, NOW + hours * HOUR)
        keeper.refresh(NOW + hours * HOUR)
        row = presence(database, one)
        assert row.state == PresenceState.NOT_SEEN
        assert f"for {hours + 3} hours" in Words.load(row.reason).say(str)
        if hours == 0:
            # Somebody looked in; that they sleep on is no news.
            resolve(database)
    assert [each.kind for each in incidents(database)] == [IncidentKind.NOT_SEEN]


def test_one_of_two_cameras_that_fails_leaves_to_the_other_what_it_can_tell(both_databases: Database) -> None:
    database = both_databases
    zone, (one,) = add_zone(database)
    door = add_camera(database, zone, one, NOW - 5 * HOUR, "door")
    window = add_camera(database, zone, one, NOW - 5 * HOUR, "window")
    see(database, window, ObservationKind.FACE, NOW - 3 * HOUR, resident_id=one)
    with database.write() as session:
        session.execute(update(Camera).where(Camera.id == door).values(state=CameraState.COVERED, state_since=NOW))
    refresh(database, NOW, present_for=PRESENT_FOR)
    assert presence(database, one).state == PresenceState.NOT_SEEN
    see(database, window, ObservationKind.FACE, NOW, resident_id=one)
    refresh(database, NOW, present_for=PRESENT_FOR)
    assert presence(database, one).state == PresenceState.PRESENT
    fail(database, NOW)
    still_watched(database, NOW + HOUR)
    refresh(database, NOW + HOUR, present_for=PRESENT_FOR)
    assert presence(database, one).state == PresenceState.UNKNOWN


def test_absent_is_who_staff_did_not_find_and_who_was_recognised_elsewhere(both_databases: Database) -> None:
    database = both_databases
    zone, (one, two) = add_zone(database, residents=("An", "Bình"))
    camera = add_camera(database, zone, one, NOW - 5 * HOUR)
    yard = add_camera(database, zone, None, NOW - 5 * HOUR, "yard")
    see(database, camera, ObservationKind.FACE, NOW - 3 * HOUR, resident_id=one)
    with database.write() as session:
        reason = words("Staff did not find them.")
        kind, cause = IncidentKind.ROOM_EMPTY, causes.not_there(two)
        open_incident(session, kind, cause, zone_id=zone, resident_id=two, reason=reason, now=NOW - MINUTE)
    refresh(database, NOW, present_for=PRESENT_FOR)
    # Staff know what they found: they are not asked to look.
    assert [each.cause for each in incidents(database) if each.resident_id == two] == [causes.not_there(two)]
    assert presence(database, two).state == PresenceState.ABSENT
    assert presence(database, one).state == PresenceState.NOT_SEEN
    see(database, yard, ObservationKind.FACE, NOW - 2 * HOUR, resident_id=one)
    refresh(database, NOW + TICK, present_for=PRESENT_FOR)
    assert presence(database, one).state == PresenceState.ABSENT
    with database.write() as session:
        gone = session.scalars(select(Incident).where(Incident.cause == causes.not_there(two))).one()
        values = {"incident_id": gone.id, "zone_id": zone, "resident_id": two, "account_id": add_staff(session)}
        session.add(ContactAttempt(**values, at=NOW + TICK, way=ContactWay.VISIT, outcome=ContactOutcome.WELL))
    refresh(database, NOW + 2 * TICK, present_for=PRESENT_FOR)
    row = presence(database, two)
    assert (row.state, Words.load(row.reason).say(str)) == (PresenceState.PRESENT, "Staff met this person at 10:00.")


def test_a_line_with_the_rooms_name_in_the_corridor_is_that_rooms_exit_alone(database: Database) -> None:
    zone, (one, two) = add_zone(database, residents=("An", "Bình"))
    corridor = add_camera(database, zone, None, NOW - 5 * HOUR, "corridor")
    add_exit(database, corridor, "101")
    keeper = PresenceKeeper(database, present_for=PRESENT_FOR)
    keeper.refresh(NOW - TICK)
    cross(database, corridor, "101", **{"in": NOW})
    assert keeper.refresh(NOW) == 1
    row = presence(database, one)
    assert (row.state, row.confidence) == (PresenceState.PRESENT, 0.7)
    assert presence(database, two).state == PresenceState.UNKNOWN
    cross(database, corridor, "101", **{"in": NOW, "out": NOW + 2 * MINUTE})
    still_watched(database, NOW + 2 * MINUTE)
    refresh(database, NOW + 2 * MINUTE, present_for=PRESENT_FOR)
    assert presence(database, one).state == PresenceState.UNKNOWN


def test_where_two_live_an_unrecognised_person_who_comes_in_may_be_either(database: Database) -> None:
    zone, (one, two) = add_zone(database, residents=("An", "Bình"))
    camera = add_camera(database, zone, one, NOW - 5 * HOUR)
    add_exit(database, camera)
    with database.write() as session:
        session.get_one(Resident, two).room_id = session.get_one(Resident, one).room_id
    cross(database, camera, "door", **{"in": NOW})
    refresh(database, NOW, present_for=PRESENT_FOR)
    assert {presence(database, one).state, presence(database, two).state} == {PresenceState.UNKNOWN}


def test_after_a_time_in_which_nobody_watched_the_allowed_time_begins_anew(database: Database) -> None:
    zone, (one,) = add_zone(database)
    camera = add_camera(database, zone, one, NOW - 3 * HOUR)
    see(database, camera, ObservationKind.FACE, NOW - 50 * MINUTE, resident_id=one)
    keeper = PresenceKeeper(database, present_for=PRESENT_FOR)
    keeper.refresh(NOW)
    keeper.refresh(NOW + 5 * MINUTE)  # the newest picture is 5 minutes old
    assert "no new picture" in presence(database, one).reason["template"]
    for minutes, state in ((6, PresenceState.UNKNOWN), (65, PresenceState.UNKNOWN), (67, PresenceState.NOT_SEEN)):
        still_watched(database, NOW + minutes * MINUTE)
        keeper.refresh(NOW + minutes * MINUTE)
        assert presence(database, one).state == state
    with database.read() as session:
        gap = session.scalars(select(Observation).where(Observation.kind == ObservationKind.OFFLINE)).one()
    assert (gap.started_at, gap.last_at) == (NOW, NOW + 6 * MINUTE)


def test_a_camera_that_does_not_watch_at_this_time_tells_of_nobody(database: Database) -> None:
    zone, (one,) = add_zone(database)
    camera = add_camera(database, zone, one, NOW - 5 * HOUR)
    with database.write() as session:
        session.get_one(Camera, camera).schedule = [{"days": list(range(7)), "from": "22:00", "until": "06:00"}]
    refresh(database, NOW, present_for=PRESENT_FOR)  # ten in the morning
    assert (presence(database, one).state, incidents(database)) == (PresenceState.UNKNOWN, [])
    with database.write() as session:
        session.get_one(Camera, camera).schedule = [{"days": list(range(7)), "from": "09:30", "until": "22:00"}]
    refresh(database, NOW, present_for=PRESENT_FOR)
    assert presence(database, one).state == PresenceState.UNKNOWN
    still_watched(database, NOW + 35 * MINUTE)
    refresh(database, NOW + 35 * MINUTE, present_for=PRESENT_FOR)
    assert presence(database, one).state == PresenceState.NOT_SEEN


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    said: list[str] = []

    def note(*arguments: Any) -> None:
        said.append(arguments[2])

    event.listen(database.engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine, "before_cursor_execute", note)


def answer(database: Database, zone: int, resident: int, at: datetime) -> int:
    with database.write() as session:
        plan = Plan(zone_id=zone, name="Roll-call", kind=PlanKind.EVERY, every_minutes=180.0)
        session.add(plan)
        session.flush()
        roll_call = RollCall(plan_id=plan.id, zone_id=zone, opens_at=at - MINUTE, closes_at=at + HOUR)
        session.add(roll_call)
        session.flush()
        check_in = CheckIn(
            roll_call_id=roll_call.id,
            resident_id=resident,
            zone_id=zone,
            state=CheckInState.VERIFIED,
            opened_at=at - MINUTE,
            nonce="n",
            state_since=at,
        )
        session.add(check_in)
        session.flush()
        announce(session, zone, Topic.ROLL_CALL, at)
        return check_in.id


NEWS: dict[str, tuple[Callable[[Database, int, int, int, datetime], object], PresenceState, str]] = {
    "a sight": (
        lambda database, zone, camera, one, at: see(database, camera, ObservationKind.FACE, at, resident_id=one),
        PresenceState.PRESENT,
        "Seen by a camera",
    ),
    "an answer": (
        lambda database, zone, camera, one, at: answer(database, zone, one, at),
        PresenceState.PRESENT,
        "the answer was valid",
    ),
    "a state": (lambda database, zone, camera, one, at: fail(database, at), PresenceState.UNKNOWN, "covered"),
}


@pytest.mark.parametrize("news", NEWS)
def test_between_full_refreshes_only_news_are_asked_about(both_databases: Database, news: str) -> None:
    database = both_databases
    zone, (one, two) = add_zone(database, residents=("An", "Bình"))
    camera = add_camera(database, zone, one, NOW - 5 * MINUTE)
    keeper = PresenceKeeper(database, present_for=PRESENT_FOR)
    assert keeper.refresh(NOW) == 2
    with statements(database) as said:
        assert keeper.refresh(NOW + TICK) == 0
    assert not any("FROM resident" in each for each in said)
    happens, state, word = NEWS[news]
    happens(database, zone, camera, one, NOW + TICK)
    assert keeper.refresh(NOW + 2 * TICK) == 1
    assert presence(database, one).state == state
    assert word in presence(database, one).reason["template"]
    assert presence(database, two).state == PresenceState.UNKNOWN


def test_evidence_that_runs_out_is_noticed_between_full_refreshes(database: Database) -> None:
    zone, (one,) = add_zone(database)
    camera = add_camera(database, zone, one, NOW - 5 * MINUTE)
    see(database, camera, ObservationKind.FACE, NOW, resident_id=one)
    keeper = PresenceKeeper(database, present_for=timedelta(seconds=30))
    keeper.refresh(NOW)
    for seconds in (27, 30):
        still_watched(database, NOW + timedelta(seconds=seconds))
        keeper.refresh(NOW + timedelta(seconds=seconds))
        assert presence(database, one).state == (PresenceState.PRESENT if seconds < 30 else PresenceState.UNKNOWN)


def test_a_full_refresh_finds_what_nobody_told(database: Database) -> None:
    _, (one,) = add_zone(database)
    keeper = PresenceKeeper(database, present_for=PRESENT_FOR)
    keeper.refresh(NOW)
    with database.write() as session:
        session.delete(session.get_one(Presence, one))
    assert keeper.refresh(NOW + TICK) == 0
    assert keeper.refresh(NOW + FULL_EVERY) == 1
