"""Watch all cameras that fall to this process: lease them, run a watcher for each, write down what they report."""

from __future__ import annotations

import gc
import logging
import time
from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from cameras.adding.requests import RequestServer
from cameras.service import lease
from cameras.service.asked_looks import rooms_asked
from cameras.service.feed import Feed
from cameras.service.health import HEALTH_SECONDS, write_health
from cameras.service.incident_media import IncidentKeeper, Wanted, wanted_media
from cameras.service.sites import tell_sites
from cameras.streams.ingest import Ingest
from cameras.watching.analysts import Analysts
from cameras.watching.decisions import Sight, is_offline, state_of
from cameras.watching.faces import FaceLooker
from cameras.watching.people import PeopleLooker
from cameras.watching.recorder import Recorder, write
from cameras.watching.watched import Services, Watched
from cameras.watching.watcher import CameraWatcher
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.cameras.cameras import (
    Camera,
    CameraArea,
    CameraSource,
    CameraState,
    MediaProfile,
    ObservationKind,
    ProfileRole,
)
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.places import Zone
from monitor.places.areas import areas_of
from monitor.service.process import Process
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import FaceEngine

# All cameras' news are written once in so many seconds.
TICK_SECONDS = 1.0
# An offline camera is noted again before its observation would count as ended (45 s).
OFFLINE_NOTED_SECONDS = 10.0
# A camera's own incident waits so long: then it is known whether its whole site fell silent.
SITE_SECONDS_TO_TELL = 5.0
# Questions to devices and looks for faces at once: they wait for cameras most of the time.
WAITING_AT_ONCE = 16
# Threads that decode and judge. One keeps up with some 600 quiet streams; the second helps when many move at once.
ANALYSTS = 1
# New connections in one tick: after a power cut all cameras of a site answer at once, and must not all be asked at once.
CONNECTIONS_A_TICK = 40
log = logging.getLogger(__name__)


class Watch:
    """The cameras of one process. `tick` from one thread, about once a second.

    engine: finds faces; None watches without (the models are missing). holder: the name in the leases, of this process.
    """

    def __init__(
        self, database: Database, vault: Vault, settings: Settings, engine: FaceEngine | None, *, holder: str | None = None
    ) -> None:
        self.watchers: dict[int, CameraWatcher] = {}
        self._database = database
        self._holder = holder or lease.holder_name()
        self._recorder = Recorder()
        looker = FaceLooker(database, vault, engine) if engine is not None else None
        self._pool = ThreadPoolExecutor(WAITING_AT_ONCE, "waiting")
        self._ingest, self._analysts = Ingest(), Analysts(ANALYSTS)
        self._ingest.start()
        _spare_garbage_collection()
        people = PeopleLooker.where_there_is_a_model() if engine is not None else None
        self._services = Services(settings, vault, self._recorder, looker, self._ingest, self._analysts, self._pool, people)
        self._keeper = IncidentKeeper(database, vault, self._pool)
        self._requests = RequestServer(database, vault, self._pool, self._turned)
        self._renewed_at: float | None = None
        self._health_at = time.monotonic()
        self._shown: dict[int, CameraState] = {}
        self._offline_noted: dict[int, float] = {}
        self._silent_sites: set[int] = set()
        self._feed: Feed | None = None

    def details(self) -> dict[str, Any]:
        """For the process's sign of life."""
        return {
            "cameras": len(self.watchers),
            "holder": self._holder,
            "feed": self._feed.address if self._feed else None,
            "faces": self._services.looker is not None,
            "waiting": self._analysts.waiting,
            "late_s": round(self._ingest.late_s, 3),
        }

    def serve_feed(self, host: str, token: str) -> None:
        """Hand out pictures to the console from here on."""
        self._feed = Feed(host, token, lambda: self.watchers).start()

    def run(self, process: Process) -> None:
        """Watch until the process is to stop."""
        try:
            while process.wait(TICK_SECONDS):
                self.tick(utc_now(), time.monotonic())
                process.worked()
        finally:
            self.stop()

    def tick(self, now: datetime, clock: float) -> None:
        """Judge every camera, write the news, and see to the leases. now: UTC; clock: time.monotonic."""
        for camera_id, watcher in self.watchers.items():
            self._judge(camera_id, watcher, now, clock)
        for watcher in [each for each in self.watchers.values() if each.connection.wanted(clock)][:CONNECTIONS_A_TICK]:
            watcher.connection.open()
        leases_due = self._renewed_at is None or clock - self._renewed_at >= lease.RENEW_SECONDS
        health_due = clock - self._health_at >= HEALTH_SECONDS
        news = self._recorder.take()
        held: list[Watched] | None = None
        wanted: list[Wanted] = []
        asked: dict[int, datetime] = {}
        try:
            if news or leases_due or health_due:
                with self._database.write() as session:
                    write(session, news, self._holder, now)
                    if health_due:
                        write_health(session, self.watchers.values(), now)
                        self._health_at = clock
                    if leases_due:
                        held = described(session, self._lease(session, now))
                        asked = rooms_asked(session, {each.room_id for each in held if each.room_id is not None}, now)
                        wanted = wanted_media(session, {each.id: each.room_id for each in held}, now)
                        session.flush()
                        self._silent_sites = tell_sites(session, {each.zone_id for each in held}, now)
        except SQLAlchemyError as error:
            # Reading goes on: were all cameras dropped because the database rests, they would all be asked at once afterwards.
            # What another watcher may have taken meanwhile is told by the next renewal that succeeds.
            if isinstance(error, OperationalError | InterfaceError):
                log.error("the database does not take the cameras' news: %s", type(error).__name__)
                self._recorder.give_back(news)
            else:
                # One value that cannot be stored must not come back for ever and hold up all others.
                log.exception("a fault of this program: the cameras' news of this second are lost")
        self._serve_requests(now)
        if held is not None:
            self._renewed_at = clock
            self._follow(held)
            self._keeper.keep(wanted, self.watchers)
            for watcher in self.watchers.values():
                if watcher.watched.room_id in asked:
                    watcher.look_now(asked[watcher.watched.room_id])

    def _serve_requests(self, now: datetime) -> None:
        try:
            self._requests.serve(now)
        except (SQLAlchemyError, RuntimeError) as error:
            log.warning("what people asked for waits: %s", type(error).__name__)

    def _turned(self, camera_id: int, preset: str) -> None:
        watcher = self.watchers.get(camera_id)
        if watcher is not None:
            watcher.turned(preset)

    def stop(self) -> None:
        """Hang up everywhere, write the last news, and give the cameras back."""
        if self._feed is not None:
            self._feed.stop()
        self._follow([])
        self._ingest.stop()
        self._ingest.join(3)
        self._analysts.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)
        try:
            with self._database.write() as session:
                write(session, self._recorder.take(), self._holder, utc_now())
                lease.release(session, self._holder)
        except SQLAlchemyError as error:
            log.error("the cameras' leases could not be given back: %s", type(error).__name__)

    def _judge(self, camera_id: int, watcher: CameraWatcher, now: datetime, clock: float) -> None:
        shown = self._shown.get(camera_id)
        limit = self._services.settings.offline_after_seconds
        watcher.complain(clock)
        was = shown is CameraState.OFFLINE
        offline = is_offline(clock, watcher.packet_at, watcher.connection.works_at, limit, was_offline=was)
        state = state_of(offline, watcher.integrity)
        if state is None:
            return
        if state is not shown:
            # Whether it is one camera or all of a site is known a little later: its incident waits until then.
            self._recorder.state(camera_id, state, now, watcher.connection.problem, quiet=offline)
            self._shown[camera_id] = state
            self._offline_noted[camera_id] = clock - OFFLINE_NOTED_SECONDS + SITE_SECONDS_TO_TELL
            if offline:
                self._recorder.sight(camera_id, Sight(ObservationKind.OFFLINE), now)
        elif offline and clock - self._offline_noted[camera_id] >= OFFLINE_NOTED_SECONDS:
            quiet = watcher.watched.zone_id in self._silent_sites
            self._recorder.state(camera_id, state, now, watcher.connection.problem, quiet=quiet)
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
                watcher.connection.stop()
                del self.watchers[camera_id]
                self._shown.pop(camera_id, None)
                self._offline_noted.pop(camera_id, None)
        for camera_id, watched in wanted.items():
            if camera_id not in self.watchers:
                self.watchers[camera_id] = CameraWatcher(watched, self._services)
            watcher = self.watchers[camera_id]
            watcher.confirm_view(watched.view_confirmed_at)
            watcher.connection.redescribe(watched.sub_uri)


def _spare_garbage_collection() -> None:
    """Collect seldom: the packets of the last seconds live long enough to be looked through again and again (half of all time,
    measured with 200 streams), and they are freed by their count of references alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def described(session: Session, ids: Collection[int]) -> list[Watched]:
    """The cameras with these ids, with the addresses of their streams where they are known."""
    if not ids:
        return []
    streams: dict[tuple[int, ProfileRole], tuple[str, str]] = {
        (row.camera_id, row.role): (row.uri, row.token)
        for row in session.execute(
            select(MediaProfile.camera_id, MediaProfile.role, MediaProfile.uri, MediaProfile.token).where(
                MediaProfile.camera_id.in_(ids)
            )
        )
    }
    unknown = ("", "")
    areas: dict[int, list[CameraArea]] = defaultdict(list)
    for area in session.scalars(select(CameraArea).where(CameraArea.camera_id.in_(ids)).order_by(CameraArea.id)):
        areas[area.camera_id].append(area)
    # Who resolves that a camera was moved says that its new view is the right one.
    confirmed: dict[int, datetime] = {
        row.camera_id: row.at
        for row in session.execute(
            select(Incident.camera_id, func.max(Incident.resolved_at).label("at"))
            .where(Incident.camera_id.in_(ids), Incident.kind == IncidentKind.CAMERA_MOVED, Incident.resolved_at.is_not(None))
            .group_by(Incident.camera_id)
        )
    }
    rows = session.execute(
        select(Camera, Zone.timezone)
        .join(Zone, Zone.id == Camera.zone_id)
        .where(Camera.id.in_(ids))
        .execution_options(populate_existing=True)
    )
    return [
        Watched(
            id=camera.id,
            room_id=camera.room_id,
            name=camera.name,
            address=camera.address,
            username=camera.username,
            sealed_password=camera.sealed_password,
            sub_uri=streams.get((camera.id, ProfileRole.SUB), unknown)[0],
            main_uri=streams.get((camera.id, ProfileRole.MAIN), unknown)[0],
            sub_token=streams.get((camera.id, ProfileRole.SUB), unknown)[1],
            picture=camera.picture,
            view_confirmed_at=confirmed.get(camera.id),
            source=camera.source,
            zone_id=camera.zone_id,
            timezone=timezone,
            sensitivity=camera.sensitivity,
            areas=areas_of(areas[camera.id]),
            schedule=tuple(camera.schedule),
            hears_events=camera.uses_events and camera.source is CameraSource.ONVIF and bool(camera.offers.get("events")),
        )
        for camera, timezone in rows
    ]
