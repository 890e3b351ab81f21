"""More people in a room than are assigned to it: told once it lasts, over when it is, never by a camera in trouble."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.database.database import Database
from monitor.models.cameras.cameras import ObservationKind
from monitor.models.incidents import IncidentKind
from monitor.presence.crowding import LASTS, PAUSE
from monitor.presence.keeper import PresenceKeeper
from monitor.room_names import room_words
from tests.worlds.small_zone import NOW, add_zone
from tests.worlds.watched_rooms import add_camera, fail, incidents, see, still_watched

HOUR, TICK, PRESENT_FOR = timedelta(hours=1), timedelta(seconds=3), timedelta(minutes=10)


def count(database: Database, camera: int, people: int, at: datetime) -> None:
    still_watched(database, at)
    see(database, camera, ObservationKind.PERSON, at, details={"people": people})


def test_too_many_people_who_stay_become_one_incident_that_ends_with_them(both_databases: Database) -> None:
    database = both_databases
    zone, (one,) = add_zone(database)
    camera = add_camera(database, zone, one, NOW - HOUR)
    keeper = PresenceKeeper(database, present_for=PRESENT_FOR)
    at = NOW
    while at <= NOW + LASTS:
        count(database, camera, 2, at)
        keeper.refresh(at)
        assert bool(incidents(database)) == (at - NOW >= LASTS)
        at += timedelta(seconds=15)
    incident = incidents(database)[0]
    assert incident.kind == IncidentKind.TOO_MANY_PEOPLE
    assert incident.reason["values"] == {"people": 2, "room": room_words("101").dump()}
    # Another process takes over while they are still there.
    keeper = PresenceKeeper(database, present_for=PRESENT_FOR)
    count(database, camera, 3, at)
    keeper.refresh(at)
    assert incidents(database)[0].cause_ended_at is None
    gone = at + PAUSE + TICK
    count(database, camera, 1, at + TICK)
    keeper.refresh(at + TICK)
    assert incidents(database)[0].cause_ended_at is None
    still_watched(database, gone)
    keeper.refresh(gone)
    assert [each.cause_ended_at for each in incidents(database)] == [gone]


@pytest.mark.parametrize("case", ["a visit", "as many as live there", "a camera in trouble", "seen twice by mistake"])
def test_these_are_no_crowd(database: Database, case: str) -> None:
    zone, (one,) = add_zone(database)
    camera = add_camera(database, zone, one, NOW - HOUR)
    keeper = PresenceKeeper(database, present_for=PRESENT_FOR)
    if case == "a camera in trouble":
        fail(database, NOW)
    for number in range(12):
        people = {"a visit": 2 if number < 3 else 1, "as many as live there": 1, "seen twice by mistake": 2 - bool(number % 6)}
        count(database, camera, people.get(case, 2), NOW + number * timedelta(seconds=15))
        keeper.refresh(NOW + number * timedelta(seconds=15))
    assert incidents(database) == []
