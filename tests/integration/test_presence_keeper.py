"""Presence kept current from rows: cameras, sights, answers; and the incident of an empty room."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from monitor.database import Database
from monitor.models import Camera, CameraState, Incident, IncidentKind, ObservationKind, Presence, PresenceState, Resident
from monitor.observations import observe
from monitor.presence_keeper import refresh
from tests.support import NOW, add_zone

PRESENT_FOR = timedelta(minutes=10)


def add_camera(database: Database, zone: int, resident: int, since: datetime) -> int:
    with database.write() as session:
        room = session.get_one(Resident, resident).room_id
        camera = Camera(
            zone_id=zone,
            room_id=room,
            name="101",
            address="http://127.0.0.1/x",
            state=CameraState.ONLINE,
            state_since=since,
            analysed_at=NOW,
        )
        session.add(camera)
        session.flush()
        return camera.id


def presence(database: Database, resident: int) -> Presence:
    with database.read() as session:
        return session.scalars(select(Presence).where(Presence.resident_id == resident)).one()


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


def test_an_empty_room_becomes_one_incident_that_ends_when_the_resident_is_seen(database: Database) -> None:
    zone, (one,) = add_zone(database)
    camera = add_camera(database, zone, one, NOW - timedelta(hours=3))
    refresh(database, NOW, present_for=PRESENT_FOR)
    refresh(database, NOW + timedelta(seconds=20), present_for=PRESENT_FOR)
    with database.read() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.kind, incident.cause_ended_at) == (IncidentKind.ROOM_EMPTY, None)
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
