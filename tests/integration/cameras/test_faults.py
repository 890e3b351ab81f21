"""What goes wrong between a camera and its watcher, over real sockets: each is told apart, survived, and healed by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from cameras.benchmarks.soak import Site, prepare
from cameras.demonstration.faults import Fault
from cameras.demonstration.scenes import encoding
from cameras.service.watch import Watch
from monitor.database.database import Database
from monitor.models.cameras.cameras import Camera, CameraHealth, CameraState
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.service import OutagePart, ServiceOutage
from monitor.settings import Settings
from monitor.words import Words, translator
from tests.doubles.demonstration_cameras import ticking
from tests.doubles.waiting import PATIENCE, at_best, wait_until

LINES = 8


@dataclass
class World:
    """Cameras behind faulty lines, watched by one process."""

    site: Site
    watch: Watch
    database: Database
    ids: list[int]

    def camera(self, line: int) -> Camera:
        with self.database.read() as session:
            return session.get_one(Camera, self.ids[line])

    def analysed(self, line: int) -> float:
        """How long ago its newest picture was judged."""
        return time.monotonic() - self.watch.watchers[self.ids[line]].connection.works_at

    def says(self, line: int) -> str:
        problem = self.camera(line).problem
        return Words.load(problem).say(translator("en")) if problem else ""

    def lost_lines(self) -> list[ServiceOutage]:
        with self.database.read() as session:
            return list(session.scalars(select(ServiceOutage).where(ServiceOutage.part == OutagePart.LINE)))

    def incidents(self, kind: IncidentKind) -> list[Incident]:
        with self.database.read() as session:
            return list(session.scalars(select(Incident).where(Incident.kind == kind)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("faults")
    site = Site(encoding.make(folder, "home", 4.0), LINES)
    database, vault, ids = prepare(folder, [line.port for line in site.lines])
    watch = Watch(database, vault, Settings(data_folder=folder, offline_after_seconds=4.0, demonstration=True), None)
    with ticking(database, watch):
        world = World(site, watch, database, ids)
        wait_until(lambda: all(world.camera(line).state is CameraState.ONLINE for line in range(LINES)))
        yield world
    site.stop()
    database.dispose()


@pytest.mark.parametrize(
    ("line", "fault", "words"),
    [
        (0, Fault.STALL, "stopped sending pictures, though the connection stands"),
        (1, Fault.RESET, "closed the connection"),
        (2, Fault.REFUSE, "refuses the connection"),
        (3, Fault.DENY, "rejects the user name or password"),
        (4, Fault.GARBAGE, "cannot be decoded"),
        (5, Fault.HALF_OPEN, "did not answer within"),
    ],
)
def test_each_fault_is_told_apart_and_healed_when_it_ends(world: World, line: int, fault: Fault, words: str) -> None:
    def break_and_mend() -> float:
        """How long it took, as part of what it may."""
        world.site.set(line, fault)
        noticed = wait_until(lambda: words in world.says(line))
        wait_until(lambda: world.camera(line).state is CameraState.OFFLINE)
        world.site.set(line, Fault.NONE)
        healed = wait_until(lambda: world.analysed(line) < 3 and world.camera(line).state is CameraState.ONLINE, 2 * PATIENCE)
        wait_until(lambda: world.camera(line).problem is None)
        # A stall is known after the silence that is allowed, all others sooner. Ten seconds between attempts at most; after a wrong
        # password, half a minute.
        return max(noticed / 18, healed / (35 if fault is Fault.DENY else 20))

    at_best(1, break_and_mend, tries=2)


def test_one_broken_line_does_not_hold_up_the_others(world: World) -> None:
    world.site.set(0, Fault.SLOW)
    time.sleep(4)
    wait_until(lambda: all(world.analysed(line) < 4 for line in range(1, LINES)))
    world.site.set(0, Fault.NONE)
    wait_until(lambda: world.analysed(0) < 3)


def test_when_all_lines_break_at_once_it_is_the_site_and_nobody_is_asked_eight_times(world: World) -> None:
    before = len(world.incidents(IncidentKind.CAMERA_OFFLINE))
    for line in range(LINES):
        world.site.set(line, Fault.REFUSE)
    wait_until(lambda: world.incidents(IncidentKind.SITE_OUTAGE))
    time.sleep(6)
    (outage,) = world.incidents(IncidentKind.SITE_OUTAGE)
    assert outage.cause_ended_at is None
    # Residents there may have lost their network with them: it is written down, of this zone.
    assert [(each.zone_id, each.ended_at) for each in world.lost_lines()] == [(outage.zone_id, None)]
    assert len(world.incidents(IncidentKind.CAMERA_OFFLINE)) == before, "no incident for each of them besides"
    for line in range(LINES):
        world.site.set(line, Fault.NONE)
    wait_until(lambda: all(world.camera(line).state is CameraState.ONLINE for line in range(LINES)))
    wait_until(lambda: world.incidents(IncidentKind.SITE_OUTAGE)[0].cause_ended_at is not None)
    assert [each.ended_at is not None for each in world.lost_lines()] == [True]


def test_what_was_counted_is_written_down(world: World) -> None:
    def health() -> CameraHealth | None:
        with world.database.read() as session:
            return session.get(CameraHealth, world.ids[1])

    wait_until(lambda: (found := health()) is not None and found.reconnects >= 1 and found.lag_seconds < 1)
    found = health()
    assert found is not None
    assert found.packets > found.decoded > 0
    assert found.keyframe_seconds == pytest.approx(2.0, abs=0.5)


def test_no_thread_is_left_behind_by_all_this(world: World) -> None:
    names = [thread.name for thread in threading.enumerate()]
    # Those of the process itself, none for each camera: two analysts at most, one that reads, and a pool.
    assert sum(name.startswith(("reader", "events", "camera")) for name in names) == 0
    assert sum(name.startswith("waiting") for name in names) <= 16
