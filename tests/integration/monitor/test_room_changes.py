"""Rooms and zones are closed, merged and changed whole or not at all, on both databases and while others do something with them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.models.cameras.cameras import AreaKind, Camera, CameraArea, CameraState, Observation, ObservationKind
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.places import Room, RoomKind, Zone, ZoneKind
from monitor.places.room_changes import add_rooms, change_room, close_room, merge_rooms, open_room, reopen_room, rooms_of
from monitor.places.room_tables import RoomWanted
from monitor.places.zone_changes import close_zone, make_zone, open_zone, reopen_zone
from monitor.problems import BadInput, Conflict
from monitor.words import words
from tests.worlds.small_zone import NOW, add_zone


def room_named(database: Database, name: str) -> int:
    with database.read() as session:
        return session.scalars(select(Room.id).where(Room.name == name)).one()


def put(database: Database, resident_id: int, room_id: int | None) -> None:
    with database.write() as session:
        session.get_one(Resident, resident_id).room_id = room_id


def test_a_room_with_people_is_not_closed_and_a_closed_one_takes_nobody(both_databases: Database) -> None:
    zone, (an,) = add_zone(both_databases)
    room = room_named(both_databases, "101")
    with both_databases.write() as session:
        assert [each.id for each in close_room(session, room, NOW)] == [an]
    for state, people in ((OrderState.HOSPITALISED, 1), (OrderState.LEFT, 0)):
        with both_databases.write() as session:
            session.scalars(select(QuarantineOrder)).one().state = state
            session.flush()
            assert len(close_room(session, room, NOW)) == people
    with both_databases.write() as session, pytest.raises(Conflict, match="“101” was closed"):
        open_room(session, room)
    with both_databases.write() as session, pytest.raises(Conflict):
        close_room(session, room, NOW)
    with both_databases.read() as session:
        assert rooms_of(session, zone) == []
    with both_databases.write() as session:
        reopen_room(session, session.get_one(Room, room), NOW)
    with both_databases.write() as session:
        assert open_room(session, room).name == "101"
        with pytest.raises(Conflict):
            reopen_room(session, session.get_one(Room, room), NOW)


@pytest.mark.parametrize("whole_zone", [False, True])
def test_of_somebody_put_in_and_the_closing_at_once_one_wins(both_databases: Database, whole_zone: bool) -> None:
    zone, (an,) = add_zone(both_databases)
    other, _people = add_zone(both_databases, "Khu B", ())
    room = room_named(both_databases, "101")
    with both_databases.write() as session:
        # From another zone, so that both the room and the zone are empty.
        session.get_one(Resident, an).zone_id, session.get_one(Resident, an).room_id = other, None
    for _turn in range(6):
        start, results = threading.Barrier(2), dict[str, bool]()

        def putting(start: threading.Barrier = start, results: dict[str, bool] = results) -> None:
            start.wait()
            try:
                with both_databases.write() as session:
                    open_zone(session, zone)
                    open_room(session, room)
                    resident = session.get_one(Resident, an)
                    resident.zone_id, resident.room_id = zone, room
                results["put"] = True
            except Conflict:
                results["put"] = False

        def closing(start: threading.Barrier = start, results: dict[str, bool] = results) -> None:
            start.wait()
            with both_databases.write() as session:
                people = close_zone(session, zone, NOW) if whole_zone else close_room(session, room, NOW)
            results["closed"] = not people

        threads = [threading.Thread(target=each) for each in (putting, closing)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert results["put"] != results["closed"]
        with both_databases.write() as session:
            session.get_one(Resident, an).zone_id, session.get_one(Resident, an).room_id = other, None
            session.get_one(Room, room).closed_at = session.get_one(Zone, zone).closed_at = None


def test_of_two_zones_that_get_one_name_at_once_the_second_is_told(both_databases: Database) -> None:
    start, results = threading.Barrier(2), list[str]()

    def make() -> None:
        start.wait()
        try:
            with both_databases.write() as session:
                make_zone(session, {"name": "Khu C", "kind": ZoneKind.FACILITY})
            results.append("made")
        except BadInput as problem:
            results.append(str(problem))

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == ["Another zone has this name.", "made"]


def test_a_closed_zone_takes_no_rooms_until_it_is_open_again(both_databases: Database) -> None:
    zone, (an,) = add_zone(both_databases)
    with both_databases.write() as session:
        assert close_zone(session, zone, NOW) == [(session.get_one(Resident, an).room_id, "101", 1)]
        session.scalars(select(QuarantineOrder)).one().state = OrderState.RELEASED
        session.flush()
        assert close_zone(session, zone, NOW) == []
    with both_databases.write() as session, pytest.raises(Conflict, match="open it again"):
        add_rooms(session, zone, [RoomWanted("1")], NOW)
    with both_databases.write() as session:
        reopen_zone(session, zone, NOW)
        assert len(add_rooms(session, zone, [RoomWanted("1"), RoomWanted("2")], NOW)) == 2
    with both_databases.write() as session, pytest.raises(Conflict, match="already has a room “2”"):
        add_rooms(session, zone, [RoomWanted("3"), RoomWanted("2")], NOW)


def test_people_cameras_incidents_and_history_go_along_when_rooms_are_merged(both_databases: Database) -> None:
    zone, (an, binh) = add_zone(both_databases, residents=("Nguyễn Thị An", "Trần Văn Bình"))
    one, two = room_named(both_databases, "101"), room_named(both_databases, "102")
    with both_databases.write() as session:
        camera = Camera(zone_id=zone, room_id=one, name="Cửa", address="http://c/", state=CameraState.ONLINE, state_since=NOW)
        session.add(camera)
        session.flush()
        session.add(CameraArea(camera_id=camera.id, zone_id=zone, kind=AreaKind.EXIT, name="101", points=[[0, 0], [1, 1]]))
        session.add(
            CameraArea(camera_id=camera.id, zone_id=zone, kind=AreaKind.CLOSED, name="101", points=[[0, 0], [1, 1], [1, 0]])
        )
        session.add(
            Observation(
                zone_id=zone, camera_id=camera.id, room_id=one, kind=ObservationKind.PERSON, started_at=NOW, last_at=NOW
            )
        )
        told = words("%(name)s", name="x")
        for cause, room in (
            (causes.room_empty(one, an), one),
            (causes.too_many_people(one), one),
            (causes.too_many_people(two), two),
        ):
            open_incident(
                session,
                IncidentKind.ROOM_EMPTY,
                cause,
                zone_id=zone,
                room_id=room,
                resident_id=an if "empty" in cause else None,
                reason=told,
                now=NOW,
            )
        camera_id = camera.id
    with both_databases.write() as session:
        assert merge_rooms(session, one, two, NOW + timedelta(minutes=1)) == {"people": 1, "cameras": 1}
    with both_databases.read() as session:
        assert session.get_one(Resident, an).room_id == session.get_one(Resident, binh).room_id == two
        assert session.get_one(Camera, camera_id).room_id == two
        assert set(session.scalars(select(Observation.room_id))) == {two}
        assert {(area.kind, area.name) for area in session.scalars(select(CameraArea))} == {
            (AreaKind.EXIT, "102"),
            (AreaKind.CLOSED, "101"),
        }
        assert set(session.scalars(select(Incident.room_id))) == {two}
        waiting = select(Incident.cause).where(Incident.cause_ended_at.is_(None)).order_by(Incident.cause)
        assert session.scalars(waiting).all() == sorted([causes.room_empty(two, an), causes.too_many_people(two)])
        gone = session.get_one(Room, one)
        assert (gone.merged_into_id, gone.closed_at is not None) == (two, True)
        assert [room.name for room in rooms_of(session, zone, closed=True)] == ["102"]
    with both_databases.write() as session:
        # The name is free again, and nobody is put into what is gone.
        room = session.get_one(Room, two)
        assert change_room(session, room, RoomWanted("101"), 60.0, room.version, NOW) == ["name"]
        with pytest.raises(Conflict):
            open_room(session, one)
        for wrong in (one, two, 9_999):
            with pytest.raises((BadInput, Conflict)):
                merge_rooms(session, one, wrong, NOW)


def test_a_room_that_somebody_else_changed_is_not_written_over(both_databases: Database) -> None:
    add_zone(both_databases, residents=("Nguyễn Thị An", "Trần Văn Bình"))
    room_id = room_named(both_databases, "101")
    with both_databases.write() as session:
        change_room(session, session.get_one(Room, room_id), RoomWanted("101", floor="2"), 60.0, 1, NOW)
    with both_databases.write() as session, pytest.raises(Conflict, match="Someone else"):
        change_room(session, session.get_one(Room, room_id), RoomWanted("101", floor="3"), 60.0, 1, NOW)
    with both_databases.write() as session, pytest.raises(Conflict, match="already has a room “102”"):
        change_room(session, session.get_one(Room, room_id), RoomWanted("102"), 60.0, 2, NOW)


@pytest.mark.parametrize(
    ("kind", "ordered", "allowed"),
    [
        (RoomKind.WASHROOM, True, False),
        (RoomKind.HOME, True, True),
        (RoomKind.HOME, False, False),
        (RoomKind.COMMON, False, True),
    ],
)
def test_a_room_with_a_camera_becomes_no_washroom_and_no_home_without_an_order(
    database: Database, kind: RoomKind, ordered: bool, allowed: bool
) -> None:
    zone, _people = add_zone(database)
    room_id = room_named(database, "101")
    with database.write() as session:
        room = session.get_one(Room, room_id)
        room.kind = RoomKind.CORRIDOR
        session.add(
            Camera(zone_id=zone, room_id=room_id, name="Cửa", address="http://c/", state=CameraState.ONLINE, state_since=NOW)
        )
        if not ordered:
            session.get_one(Zone, zone).camera_order_number = ""
        session.flush()
        if allowed:
            assert change_room(session, room, RoomWanted("101", kind), 60.0, 1, NOW) == ["kind"]
        else:
            with pytest.raises(BadInput):
                change_room(session, room, RoomWanted("101", kind), 60.0, 1, NOW)
