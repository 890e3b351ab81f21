"""Keep what a camera showed of an incident: a picture with the time in it, and the seconds around it as they came, encrypted."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from cameras.service.written import with_time
from cameras.streams.decoding import Decoder
from cameras.streams.fragments import clip_of
from cameras.watching.watcher import CameraWatcher
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.cameras.cameras import AreaKind
from monitor.models.incidents import Incident, IncidentMedia, IncidentMediaKind, IncidentState
from monitor.vault.vault import Vault, camera_owner

# What happens in the first seconds belongs to it too; the packets before are in memory.
AFTER = timedelta(seconds=5)
BEFORE_SECONDS = 10.0
# Of an incident that was opened longer ago the packets are gone.
LATEST = timedelta(seconds=60)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """An incident of which a camera's pictures are not kept yet."""

    incident_id: int
    zone_id: int
    camera_id: int
    opened_at: datetime


def wanted_media(session: Session, rooms: Mapping[int, int | None], now: datetime) -> list[Wanted]:
    """Incidents about these cameras (or their rooms) that were opened a moment ago. rooms: by camera."""
    by_room: dict[int, list[int]] = {}
    for camera_id, room_id in rooms.items():
        if room_id is not None:
            by_room.setdefault(room_id, []).append(camera_id)
    concerns = or_(Incident.camera_id.in_(rooms), and_(Incident.camera_id.is_(None), Incident.room_id.in_(by_room)))
    kept = exists().where(IncidentMedia.incident_id == Incident.id)
    rows = session.execute(
        select(Incident.id, Incident.zone_id, Incident.camera_id, Incident.room_id, Incident.opened_at).where(
            Incident.state != IncidentState.RESOLVED,
            Incident.opened_at > now - LATEST,
            Incident.opened_at <= now - AFTER,
            concerns,
            ~kept,
        )
    )
    return [
        Wanted(row.id, row.zone_id, camera_id, row.opened_at)
        for row in rows
        for camera_id in ([row.camera_id] if row.camera_id is not None else by_room[row.room_id])
    ]


class IncidentKeeper:
    """Keeps the media of incidents, in the pool; each once."""

    def __init__(self, database: Database, vault: Vault, pool: Executor) -> None:
        self._database, self._vault, self._pool = database, vault, pool
        self._asked: dict[tuple[int, int], datetime] = {}

    def keep(self, wanted: Collection[Wanted], watchers: Mapping[int, CameraWatcher]) -> None:
        """Begin to keep what is wanted and not being kept."""
        for each in wanted:
            watcher = watchers.get(each.camera_id)
            if watcher is None or (each.incident_id, each.camera_id) in self._asked:
                continue
            self._asked[each.incident_id, each.camera_id] = each.opened_at
            try:
                self._pool.submit(self._keep, each, watcher)
            except RuntimeError:
                return  # the process is stopping
        newest = max(self._asked.values(), default=None)
        if newest is not None and len(self._asked) > 1000:
            self._asked = {key: at for key, at in self._asked.items() if at > newest - 10 * LATEST}

    def _keep(self, wanted: Wanted, watcher: CameraWatcher) -> None:
        try:
            self._store(wanted, watcher)
        except Exception:
            log.exception("camera %d: the pictures of an incident could not be kept", wanted.camera_id)

    def _store(self, wanted: Wanted, watcher: CameraWatcher) -> None:
        codec, sets = watcher.codec or watcher.last_codec, watcher.parameter_sets
        since = time.monotonic() - BEFORE_SECONDS - AFTER.total_seconds()
        groups = [group for group in watcher.ring.since(since) if group]
        if not groups or codec is None:
            return
        # The group that ran when it was opened; what came later may show an empty room again.
        opened = time.monotonic() - (utc_now() - wanted.opened_at).total_seconds()
        shown = next((group for group in reversed(groups) if group[0].arrived <= opened), groups[0])
        picture = Decoder().keyframe(codec, sets, shown[0])
        made: list[tuple[IncidentMediaKind, bytes, datetime, float]] = []
        if picture is not None:
            at = wanted.opened_at + timedelta(seconds=shown[0].arrived - opened)
            local = at.astimezone(ZoneInfo(watcher.watched.timezone))
            content = watcher.jpeg(picture, lambda bgr: with_time(bgr, local))
            made.append((IncidentMediaKind.PICTURE, content, at, 0.0))
        # In a clip nothing can be covered without coding it anew: where something is private, the picture must do.
        if not any(area.kind is AreaKind.PRIVACY for area in watcher.watched.areas):
            try:
                clip = clip_of(codec, sets, groups)
            except ValueError:
                clip = b""
            if clip:
                begins = wanted.opened_at + timedelta(seconds=groups[0][0].arrived - opened)
                made.append((IncidentMediaKind.CLIP, clip, begins, groups[-1][-1].arrived - groups[0][0].arrived))
        owner = camera_owner(wanted.camera_id)
        stored = [(kind, self._vault.put(owner, content), at, seconds) for kind, content, at, seconds in made]
        with self._database.write() as session:
            for kind, name, at, seconds in stored:
                session.add(
                    IncidentMedia(
                        incident_id=wanted.incident_id,
                        zone_id=wanted.zone_id,
                        camera_id=wanted.camera_id,
                        kind=kind,
                        name=name,
                        at=at,
                        seconds=round(seconds, 1),
                    )
                )
