"""Areas, lines and a camera's own events, from real streams and a real database to what staff are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from cameras.adding.register import Wanted, register
from cameras.demonstration.scenes import encoding
from cameras.service.watch import Watch
from cameras.watching import listening
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.cameras.cameras import AreaKind, Camera, CameraArea, CameraState, LineHour, Observation, ObservationKind
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.places import Zone, ZoneKind
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.demonstration_cameras import PASSWORD, USERNAME, RunningCameras, camera, ticking
from tests.doubles.waiting import PATIENCE, wait_until
from tests.worlds.tables import make_tables

WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]]
# Somebody passes the corridor every fifteen to twenty seconds; the background is known after ten.
AREAS = {
    "Closed": [(AreaKind.CLOSED, WHOLE)],
    "Exit": [(AreaKind.EXIT, [[0.5, 0], [0.5, 1]])],
    "Ignored": [(AreaKind.IGNORE, WHOLE)],
}


@dataclass
class World:
    """Three cameras that see the same corridor, with different areas."""

    database: Database
    running: RunningCameras
    watch: Watch
    ids: dict[str, int]

    def incidents(self, kind: IncidentKind) -> set[int | None]:
        with self.database.read() as session:
            return set(session.scalars(select(Incident.camera_id).where(Incident.kind == kind)))

    def seen(self, name: str, kind: ObservationKind) -> list[Observation]:
        with self.database.read() as session:
            wanted = select(Observation).where(Observation.camera_id == self.ids[name], Observation.kind == kind)
            return list(session.scalars(wanted))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("areas")
    described = {name: camera(name, "corridor") for name in AREAS}
    running = RunningCameras(list(described.values()), {"corridor": encoding.make(folder, "corridor")})
    database, vault = Database(f"sqlite:///{folder}/test.db", bytes(32)), Vault(folder / "vault", bytes(32))
    make_tables(database)
    with database.write() as session:
        session.add(Zone(name="Khu A", kind=ZoneKind.FACILITY))
    wanted = [Wanted(each.address, "Khu A", "", name) for name, each in described.items()]
    registered = register(database, vault, wanted, USERNAME, PASSWORD, utc_now())
    ids = {name: result for name, result in zip(described, registered, strict=True) if isinstance(result, int)}
    assert len(ids) == len(AREAS)
    with database.write() as session:
        for name, areas in AREAS.items():
            zone_id = session.get_one(Camera, ids[name]).zone_id
            for kind, points in areas:
                session.add(CameraArea(camera_id=ids[name], zone_id=zone_id, kind=kind, name=name, points=points))
    listening.BEGIN_AFTER_SECONDS, before = 1.0, listening.BEGIN_AFTER_SECONDS
    watch = Watch(database, vault, Settings(data_folder=folder, demonstration=True), None)
    with ticking(database, watch):
        yield World(database, running, watch, ids)
    listening.BEGIN_AFTER_SECONDS = before
    running.stop()
    database.dispose()


def test_somebody_in_a_closed_area_and_over_a_line_is_told_and_what_is_ignored_is_not(world: World) -> None:
    wait_until(lambda: world.incidents(IncidentKind.CLOSED_AREA), 3 * PATIENCE)
    assert world.incidents(IncidentKind.CLOSED_AREA) == {world.ids["Closed"]}
    wait_until(lambda: world.seen("Exit", ObservationKind.CROSSING), 3 * PATIENCE)
    (crossing,) = world.seen("Exit", ObservationKind.CROSSING)[:1]
    assert crossing.details["crossed"][0][0] == "Exit"
    direction = crossing.details["crossed"][0][1]
    assert direction in ("in", "out")
    if direction == "out":
        wait_until(lambda: world.incidents(IncidentKind.EXIT_CROSSED) == {world.ids["Exit"]})

    # What passes the line is counted by the hour, for the capture rate of a control point at that door; of who it was nothing stands there.
    def passed() -> dict[int, int]:
        with world.database.read() as session:
            rows = session.execute(select(LineHour.camera_id, LineHour.line, LineHour.ins, LineHour.outs)).all()
        assert {row.line for row in rows} <= {"Exit"}
        return {row.camera_id: row.ins + row.outs for row in rows}

    wait_until(lambda: passed().get(world.ids["Exit"], 0) > 0)
    assert set(passed()) == {world.ids["Exit"]}
    assert world.seen("Closed", ObservationKind.MOTION)[0].details["boxes"]
    assert not world.seen("Ignored", ObservationKind.MOTION)


def test_a_cameras_own_event_makes_it_looked_at_and_is_no_evidence_by_itself(world: World) -> None:
    watcher = world.watch.watchers[world.ids["Ignored"]]
    with world.database.read() as session:
        assert session.get_one(Camera, watcher.watched.id).offers["events"] is True
    wait_until(lambda: watcher.integrity is not None)

    def heard() -> bool:
        world.running.notice("Ignored", "person", True)
        time.sleep(1)
        world.running.notice("Ignored", "person", False)
        return watcher.hints.count > 0

    began = time.monotonic()
    wait_until(heard)
    assert watcher.hints.person_until > began
    assert not world.seen("Ignored", ObservationKind.PERSON)
    with world.database.read() as session:
        assert session.get_one(Camera, watcher.watched.id).state is CameraState.ONLINE
