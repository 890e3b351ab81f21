"""Demonstration cameras in a thread, for tests that read them over real sockets."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cameras.demonstration.cameras import DemonstrationCamera
from cameras.demonstration.scenes.clips import Clip
from cameras.demonstration.service import DemonstrationService
from cameras.service.watch import Watch
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.service.process import beat
from tests.doubles.ports import free_ports
from tests.doubles.waiting import PATIENCE

USERNAME, PASSWORD = "nurse@ward", "p@ss:w/ö%#?"


def camera(name: str, scene: str, ahead: float = 0.0) -> DemonstrationCamera:
    """A camera on two free ports."""
    return DemonstrationCamera(
        name, scene, *free_ports(2), USERNAME, PASSWORD, "Lotus", "L1", "1.2", name, clock_offset_seconds=ahead
    )


@contextmanager
def ticking(database: Database, *watches: Watch) -> Iterator[None]:
    """Tick watches in a thread, as their processes would, and stop them at the end whatever happened."""
    ending = threading.Event()

    def tick() -> None:
        while not ending.wait(0.2):
            for number, watch in enumerate(watches, 1):
                with database.write() as session:
                    beat(session, f"watch-{number}", "watch", utc_now(), utc_now(), watch.details())
                watch.tick(utc_now(), time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        for watch in watches:
            watch.stop()


class RunningCameras:
    """Runs the cameras until `stop`."""

    def __init__(self, cameras: list[DemonstrationCamera], clips: Mapping[str, Clip], location: str = "tests") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._service = self._call(self._start(cameras, clips, location))

    async def _start(
        self, cameras: list[DemonstrationCamera], clips: Mapping[str, Clip], location: str
    ) -> DemonstrationService:
        service = DemonstrationService(cameras, clips, location=location)
        await service.start()
        return service

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def set_offline(self, name: str, offline: bool) -> None:
        """Take a camera's power, or give it back."""
        self._call(self._service.set_offline(name, offline))

    def notice(self, name: str, what: str, active: bool) -> None:
        """Have a camera tell by its own event that it notices something."""
        self._call(self._service.notice(name, what, active))

    def stop(self) -> None:
        """End them and the thread."""
        self._call(self._service.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()
