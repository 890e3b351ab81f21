"""Watching demonstration cameras: faces, covers, lost power and wrong passwords, over real sockets and a real database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from sqlalchemy import select, update

from cameras.adding.register import Wanted, register
from cameras.demonstration.cameras import DemonstrationCamera
from cameras.demonstration.scenes import encoding
from cameras.service.watch import SITE_SECONDS_TO_TELL, Watch
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.demonstration.photographs import photograph
from monitor.faces.gallery import enrol
from monitor.models.cameras.cameras import Camera, CameraState, MediaProfile, Observation, ObservationKind
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone, ZoneKind
from monitor.problems import Problem
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import create_engine
from monitor.words import Words, translator
from tests.doubles.demonstration_cameras import PASSWORD, USERNAME, RunningCameras, camera, ticking
from tests.doubles.waiting import PATIENCE, at_best, wait_until
from tests.worlds.tables import make_tables

# What the camera shows -> the resident who lives in the room it looks at; the corridor has none.
ROOMS = {"101": "astronaut", "102": "hopper", "Corridor": None, "Common": None, "Hall": None}
SCENES = {
    "101": "room-astronaut",
    "102": "room-astronaut",
    "Corridor": "room-astronaut",
    "Common": "common-room",
    "Hall": "home",
}
SECONDS = {"room-astronaut": 6.0, "common-room": 16.0, "home": 4.0}


def portrait(name: str) -> tuple[np.ndarray, bytes]:
    picture = cv2.imread(str(photograph(name)))
    return picture, cv2.imencode(".jpg", picture)[1].tobytes()


@dataclass
class World:
    """One zone whose cameras are watched by two watchers, as two processes would."""

    database: Database
    vault: Vault
    running: RunningCameras
    described: dict[str, DemonstrationCamera]
    cameras: dict[str, int]
    residents: dict[str, int]
    settings: Settings
    watches: list[Watch]

    def camera(self, name: str) -> Camera:
        with self.database.read() as session:
            return session.get_one(Camera, self.cameras[name])

    def observations(self, name: str, kind: ObservationKind) -> list[Observation]:
        with self.database.read() as session:
            rows = select(Observation).where(Observation.camera_id == self.cameras[name], Observation.kind == kind)
            return list(session.scalars(rows.order_by(Observation.id)))

    def incident(self, name: str, kind: IncidentKind) -> Incident | None:
        with self.database.read() as session:
            return session.scalar(select(Incident).where(Incident.camera_id == self.cameras[name], Incident.kind == kind))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("watch")
    clips = {name: encoding.make(folder, name, seconds) for name, seconds in SECONDS.items()}
    described = {name: camera(name, scene) for name, scene in SCENES.items()}
    running = RunningCameras(list(described.values()), clips)
    database, vault = Database(f"sqlite:///{folder}/test.db", bytes(32)), Vault(folder / "vault", bytes(32))
    make_tables(database)
    engine, residents = create_engine("sface"), {}
    with database.write() as session:
        order = {
            "camera_order_number": "12/QĐ",
            "camera_order_date": utc_now().date(),
            "camera_order_authority": "Ủy ban nhân dân",
        }
        zone = Zone(name="Khu A", kind=ZoneKind.FACILITY, **order)
        session.add(zone)
        session.flush()
        for name, resident_name in ROOMS.items():
            room = Room(zone_id=zone.id, name=name)
            session.add(room)
            session.flush()
            if resident_name is not None:
                resident = Resident(
                    zone_id=zone.id, room_id=room.id, full_name=resident_name, agrees_to_faces=True, created_at=utc_now()
                )
                session.add(resident)
                session.flush()
                residents[resident_name] = resident.id
                enrol(session, vault, [engine], resident, *portrait(resident_name), now=utc_now())
    wanted = [Wanted(described[name].address, "Khu A", name, name) for name in ROOMS]
    results = register(database, vault, wanted, USERNAME, PASSWORD, utc_now())
    assert not [result for result in results if isinstance(result, Problem)]
    cameras = dict(zip(ROOMS, (result for result in results if isinstance(result, int)), strict=True))
    settings = Settings(data_folder=folder, offline_after_seconds=3.0, faces_every_seconds=2.0, demonstration=True)
    watches = [Watch(database, vault, settings, create_engine("sface"), holder=f"test:{number}") for number in ("one", "two")]
    with ticking(database, *watches):
        yield World(database, vault, running, described, cameras, residents, settings, watches)
    with database.read() as session:
        assert session.scalars(select(Camera.leased_by).distinct()).all() == [None]
    running.stop()
    database.dispose()


def test_a_resident_is_recognised_in_their_own_room_only(world: World) -> None:
    def faces(name: str) -> list[Observation]:
        return world.observations(name, ObservationKind.FACE)

    wait_until(lambda: any(each.resident_id for each in faces("101")))
    wait_until(lambda: faces("102") and faces("Corridor"))
    seen = {each.resident_id for each in faces("101") if each.resident_id is not None}
    assert seen == {world.residents["astronaut"]}
    # The same face in the neighbour's room, and where nobody lives, is a stranger's: counted, not named.
    for name in ("102", "Corridor"):
        assert {(each.resident_id, each.details["strangers"]) for each in faces(name)} == {(None, 1)}


def test_a_camera_shows_motion_a_picture_and_that_it_is_online(world: World) -> None:
    wait_until(lambda: world.camera("101").state is CameraState.ONLINE and world.observations("101", ObservationKind.MOTION))
    found = world.camera("101")
    assert found.analysed_at is not None
    wait_until(lambda: utc_now() - (world.camera("101").analysed_at or found.analysed_at) < timedelta(seconds=5))
    wait_until(lambda: world.camera("101").picture)
    name = world.camera("101").picture
    assert name is not None
    jpeg = world.vault.get(f"camera-{found.id}", name)
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (360, 640, 3)


def test_an_empty_room_shows_nobody(world: World) -> None:
    wait_until(lambda: world.observations("Hall", ObservationKind.NOBODY))
    assert not world.observations("Hall", ObservationKind.FACE)


def test_a_camera_without_power_is_offline_and_comes_back_with_pictures(world: World) -> None:
    def gone_and_back() -> float:
        wait_until(lambda: world.camera("Hall").state is CameraState.ONLINE)
        world.running.set_offline("Hall", True)
        took = wait_until(lambda: (found := world.incident("Hall", IncidentKind.CAMERA_OFFLINE)) and not found.cause_ended_at)
        gone = world.camera("Hall")
        assert gone.state is CameraState.OFFLINE
        assert gone.problem is not None
        incident = world.incident("Hall", IncidentKind.CAMERA_OFFLINE)
        assert incident is not None
        assert "refuses the connection" in Words.load(incident.reason).say(translator("en"))
        assert world.observations("Hall", ObservationKind.OFFLINE)
        world.running.set_offline("Hall", False)
        wait_until(lambda: world.camera("Hall").state is CameraState.ONLINE)
        ended = world.incident("Hall", IncidentKind.CAMERA_OFFLINE)
        assert ended is not None
        assert ended.cause_ended_at is not None
        wait_until(lambda: world.camera("Hall").problem is None)
        return took

    # Its own incident waits until it is known that the site as a whole is not silent.
    at_best(world.settings.offline_after_seconds + SITE_SECONDS_TO_TELL + 3, gone_and_back)


def test_a_changed_password_is_asked_for_in_words_and_taken_over_when_corrected(world: World) -> None:
    def login(password: str) -> None:
        with world.database.write() as session:
            sealed = world.vault.seal(f"camera-{identity}", password.encode(), about="password")
            session.execute(update(Camera).where(Camera.id == identity).values(sealed_password=sealed))

    identity = world.cameras["Corridor"]
    login("no longer right")
    wait_until(lambda: world.camera("Corridor").problem)
    problem = world.camera("Corridor").problem
    assert problem is not None
    assert "rejects the user name or password" in Words.load(problem).say(translator("en"))
    assert "no longer right" not in str(problem)
    login(PASSWORD)
    wait_until(lambda: world.camera("Corridor").problem is None)


def test_a_camera_whose_streams_are_not_known_is_asked_for_them(world: World) -> None:
    identity = world.cameras["Corridor"]
    with world.database.write() as session:
        session.query(MediaProfile).filter_by(camera_id=identity).delete()
        session.execute(update(Camera).where(Camera.id == identity).values(make="", name="Corridor again"))
        # Another room or login makes a watcher begin anew.
        session.execute(update(Camera).where(Camera.id == identity).values(room_id=None))
    wait_until(lambda: world.camera("Corridor").make == "Lotus")
    with world.database.read() as session:
        assert len(session.scalars(select(MediaProfile).where(MediaProfile.camera_id == identity)).all()) == 2


def test_no_camera_is_watched_twice_and_none_not_at_all(world: World) -> None:
    def shared() -> bool:
        with world.database.read() as session:
            leases = session.execute(select(Camera.leased_by, Camera.leased_until)).all()
        counts = sorted(Counter(row.leased_by for row in leases).values())
        return counts == [2, 3] and all(row.leased_until > datetime.now(UTC) for row in leases)

    wait_until(shared)
    watched = [camera for watch in world.watches for camera in watch.watchers]
    assert sorted(watched) == sorted(world.cameras.values())


def test_a_covered_lens_opens_an_incident_that_ends_when_it_is_uncovered(world: World) -> None:
    def covered() -> Any:
        return world.incident("Common", IncidentKind.CAMERA_COVERED)

    wait_until(covered)
    wait_until(lambda: world.observations("Common", ObservationKind.TAMPER))
    assert world.observations("Common", ObservationKind.TAMPER)[0].details == {"integrity": "covered"}
    wait_until(lambda: covered().cause_ended_at is not None)
    wait_until(lambda: world.camera("Common").state is CameraState.ONLINE)


def test_registering_what_is_wrong_leaves_nothing_behind(world: World) -> None:
    address = world.described["Hall"].address
    with world.database.read() as session:
        before = session.scalars(select(Camera.address).order_by(Camera.id)).all()
    wanted = [
        Wanted(address, "Khu B", "", "x"),
        Wanted(address, "Khu A", "999", "x"),
        Wanted(address, "Khu A", "", "101"),
        Wanted("127.0.0.1:1", "Khu A", "", "y"),
        Wanted("not an address", "Khu A", "", "z"),
    ]
    results = register(world.database, world.vault, wanted, USERNAME, PASSWORD, utc_now())
    assert [type(result).__name__ for result in results] == [
        "NotFound",
        "NotFound",
        "Conflict",
        "CameraUnreachable",
        "BadAddress",
    ]
    with world.database.read() as session:
        assert session.scalars(select(Camera.address).order_by(Camera.id)).all() == before
    assert world.camera("Hall").name == "Hall"


def test_a_watcher_that_is_killed_is_replaced_at_once(world: World) -> None:
    home = world.settings.data_folder / "alone"
    database = Database(f"sqlite:///{home}/quarantine.db", bytes(32))
    make_tables(database)
    with database.write() as session:
        session.add(Zone(name="Khu A", kind=ZoneKind.FACILITY))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("QUARANTINE_")} | {
        "QUARANTINE_DATA_FOLDER": str(home),
        "QUARANTINE_CAMERA_PASSWORD": PASSWORD,
        "QUARANTINE_LANGUAGE": "en",
    }

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "monitor", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def analysed_after(moment: datetime) -> bool:
        with database.read() as session:
            analysed = session.scalar(select(Camera.analysed_at))
        return analysed is not None and analysed > moment

    adding = start(
        "camera", "add", world.described["Hall"].address, "--zone", "Khu A", "--name", "Hall", "--username", USERNAME
    )
    assert adding.communicate(timeout=PATIENCE) == ("Camera Hall is in use.\n", "")
    first = start("watch", "--number", "1")
    wait_until(lambda: analysed_after(utc_now() - timedelta(minutes=1)))
    first.kill()
    first.communicate(timeout=PATIENCE)
    killed_at = utc_now()
    second = start("watch", "--number", "1")
    wait_until(lambda: analysed_after(killed_at + timedelta(seconds=1)))
    second.send_signal(signal.SIGTERM)
    assert PASSWORD not in second.communicate(timeout=PATIENCE)[1]
    assert second.returncode == 0
    with database.read() as session:
        assert session.scalar(select(Camera.leased_by)) is None
    database.dispose()
