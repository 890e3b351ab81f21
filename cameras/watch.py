"""Watch all cameras that fall to this process: lease them, run a watcher for each, write down what they report."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import cv2
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cameras import lease
from cameras.decisions import Sight, is_offline, state_of
from cameras.faces import FaceLooker
from cameras.recorder import Recorder, write
from cameras.watcher import CameraWatcher, Watched
from monitor.clock import utc_now
from monitor.database import Database
from monitor.models import Camera, CameraState, MediaProfile, ObservationKind, ProfileRole
from monitor.process import Process
from monitor.settings import Settings
from monitor.vault import Vault
from monitor.vision.faces import FaceEngine

# All cameras' news are written once in so many seconds.
TICK_SECONDS = 1.0
# An offline camera is noted again before its observation would count as ended (45 s).
OFFLINE_NOTED_SECONDS = 10.0
# Looks for faces at once: they wait for cameras most of the time; the engine itself is used by one at a time.
LOOKS_AT_ONCE = 4
log = logging.getLogger(__name__)


class Watch:
    """The cameras of one process. `tick` from one thread, about once a second.

    engine: finds faces; None watches without (the models are missing). holder: the name in the leases, of this process.
    """

    def __init__(
        self, database: Database, vault: Vault, settings: Settings, engine: FaceEngine | None, *, holder: str | None = None
    ) -> None:
        # Many small pictures: threads inside each OpenCV call would only get into each other's way.
        cv2.setNumThreads(1)
        self.watchers: dict[int, CameraWatcher] = {}
        self._database, self._vault, self._settings = database, vault, settings
        self._holder = holder or lease.holder_name()
        self._recorder = Recorder()
        self._looker = FaceLooker(database, vault, engine) if engine is not None else None
        self._pool = ThreadPoolExecutor(LOOKS_AT_ONCE, "faces")
        self._renewed_at: float | None = None
        self._shown: dict[int, CameraState] = {}
        self._offline_noted: dict[int, float] = {}

    def details(self) -> dict[str, Any]:
        """For the process's sign of life."""
        return {"cameras": len(self.watchers), "faces": self._looker is not None}

    def run(self, process: Process) -> None:
        """Watch until the process is to stop."""
        try:
            while process.wait(TICK_SECONDS):
                self.tick(utc_now(), time.monotonic())
        finally:
            self.stop()

    def tick(self, now: datetime, clock: float) -> None:
        """Judge every camera, write the news, and see to the leases. now: UTC; clock: time.monotonic."""
        for camera_id, watcher in self.watchers.items():
            self._judge(camera_id, watcher, now, clock)
        leases_due = self._renewed_at is None or clock - self._renewed_at >= lease.RENEW_SECONDS
        news = self._recorder.take()
        held: list[Watched] | None = None
        try:
            if news or leases_due:
                with self._database.write() as session:
                    write(session, news, self._holder, now)
                    held = _cameras(session, self._lease(session, now)) if leases_due else None
        except SQLAlchemyError as error:
            log.error("the database does not take the cameras' news: %s", type(error).__name__)
            self._recorder.give_back(news)
        if held is not None:
            self._renewed_at = clock
            self._follow(held)
        elif self._renewed_at is not None and clock - self._renewed_at > lease.LEASE.total_seconds():
            # Others may have taken the cameras by now.
            self._follow([])

    def stop(self) -> None:
        """End all watchers, write their last news, and give the cameras back."""
        watchers = list(self.watchers.values())
        self._follow([])
        deadline = time.monotonic() + 3
        for watcher in watchers:
            watcher.join(max(0.0, deadline - time.monotonic()))
        self._pool.shutdown(wait=False, cancel_futures=True)
        try:
            with self._database.write() as session:
                write(session, self._recorder.take(), self._holder, utc_now())
                lease.release(session, self._holder)
        except SQLAlchemyError as error:
            log.error("the cameras' leases could not be given back: %s", type(error).__name__)

    def _judge(self, camera_id: int, watcher: CameraWatcher, now: datetime, clock: float) -> None:
        shown = self._shown.get(camera_id)
        offline = is_offline(
            clock,
            watcher.packet_at,
            watcher.picture_at,
            self._settings.offline_after_seconds,
            was_offline=shown is CameraState.OFFLINE,
        )
        state = state_of(offline, watcher.integrity)
        if state is None:
            return
        if state is not shown:
            self._recorder.state(camera_id, state, now, watcher.problem)
            self._shown[camera_id] = state
        if state is CameraState.OFFLINE and clock - self._offline_noted.get(camera_id, float("-inf")) >= OFFLINE_NOTED_SECONDS:
            self._recorder.sight(camera_id, Sight(ObservationKind.OFFLINE), now)
            self._offline_noted[camera_id] = clock

    def _lease(self, session: Session, now: datetime) -> list[int]:
        """Renew, give away what is more than the share, take what is free. Returns what is held now."""
        held = lease.renew(session, self._holder, now)
        share = lease.share_now(session, now)
        surplus = held[share:]
        if surplus:
            lease.release(session, self._holder, surplus)
            return held[:share]
        return held + lease.claim(session, self._holder, now, share - len(held), lease.gone_holders(session, self._holder))

    def _follow(self, cameras: list[Watched]) -> None:
        """Have a watcher for each of these cameras, as they are described now, and for no other."""
        wanted = {each.id: each for each in cameras}
        for camera_id, watcher in list(self.watchers.items()):
            if wanted.get(camera_id) != watcher.watched:
                watcher.stop()
                del self.watchers[camera_id]
                self._shown.pop(camera_id, None)
                self._offline_noted.pop(camera_id, None)
        for camera_id, watched in wanted.items():
            if camera_id not in self.watchers:
                watcher = CameraWatcher(watched, self._settings, self._vault, self._recorder, self._looker, self._pool)
                self.watchers[camera_id] = watcher
                watcher.start()


def _cameras(session: Session, ids: Collection[int]) -> list[Watched]:
    """The cameras with these ids, with the addresses of their streams where they are known."""
    if not ids:
        return []
    uris: dict[tuple[int, ProfileRole], str] = {
        (row.camera_id, row.role): row.uri
        for row in session.execute(
            select(MediaProfile.camera_id, MediaProfile.role, MediaProfile.uri).where(MediaProfile.camera_id.in_(ids))
        )
    }
    return [
        Watched(
            id=camera.id,
            room_id=camera.room_id,
            name=camera.name,
            address=camera.address,
            username=camera.username,
            sealed_password=camera.sealed_password,
            sub_uri=uris.get((camera.id, ProfileRole.SUB), ""),
            main_uri=uris.get((camera.id, ProfileRole.MAIN), ""),
            picture=camera.picture,
        )
        for camera in session.scalars(select(Camera).where(Camera.id.in_(ids)).execution_options(populate_existing=True))
    ]
