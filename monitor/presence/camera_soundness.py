"""Cameras as presence sees them: whether they can be believed, since when without a gap, and which exits they watch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, asked, at_once, read
from monitor.models.cameras.cameras import AreaKind, Camera, CameraArea, CameraState, Observation, ObservationKind
from monitor.models.places import Zone
from monitor.models.service import OutagePart
from monitor.outages import newest_end
from monitor.places.areas import active, active_since
from monitor.presence.evidence import PICTURE_COUNTS_FOR, CameraTrouble, newest

_TROUBLE: dict[CameraState, CameraTrouble] = {
    CameraState.NEW: "silent",
    CameraState.OFFLINE: "offline",
    CameraState.COVERED: "covered",
    CameraState.MOVED: "moved",
    CameraState.DEFOCUSED: "defocused",
    CameraState.FROZEN: "frozen",
    CameraState.REPLAYED: "replayed",
    CameraState.DARK: "dark",
}


@dataclass(frozen=True)
class Watching:
    """A camera as presence sees it. trouble: why it cannot be believed, None when it can; since: for how long it could, without
    a gap; analysed_at: its newest picture; exits: names of its lines at exits."""

    id: int
    name: str
    zone_id: int
    room_id: int | None
    trouble: CameraTrouble | None
    since: datetime
    analysed_at: datetime | None = field(default=None, compare=False)
    exits: frozenset[str] = frozenset()


class Around:
    """Cameras by the rooms that they see."""

    def __init__(self, cameras: Iterable[Watching]) -> None:
        self._rooms: dict[int, list[Watching]] = defaultdict(list)
        self._lines: dict[tuple[int, str], list[Watching]] = defaultdict(list)
        for each in cameras:
            if each.room_id is not None:
                self._rooms[each.room_id].append(each)
            for line in each.exits:
                self._lines[each.zone_id, line].append(each)

    def room(self, room_id: int) -> list[Watching]:
        """The cameras inside a room."""
        return self._rooms.get(room_id, [])

    def exits(self, zone_id: int, room_id: int, room: str) -> list[tuple[Watching, Collection[str]]]:
        """Which lines are a room's exit: every line of the room's own cameras, and any other in the zone that has the room's name.

        So a camera in the corridor watches the doors of several rooms, and they need no camera inside.
        """
        own: list[tuple[Watching, Collection[str]]] = [(each, each.exits) for each in self.room(room_id) if each.exits]
        return own + [(each, frozenset({room})) for each in self._lines.get((zone_id, room), []) if each.room_id != room_id]


def watched(session: Session, now: datetime, room_id: int | None = None) -> dict[int, Watching]:
    """Every camera in use, or those in one room, by id; `since` without the gaps that only observations tell (`without_gaps`).

    now may also be a moment past: then `since` may lie after it, and a trouble that is one only now counts.
    """
    return read(session, watched_asked(now, room_id))


def watched_asked(now: datetime, room_id: int | None = None) -> Reading[dict[int, Watching]]:
    """The same as a reading."""
    wanted = [Camera.enabled] if room_id is None else [Camera.enabled, Camera.room_id == room_id]
    lines: dict[int, set[str]] = defaultdict(set)
    exits = select(CameraArea.camera_id, CameraArea.name).join(Camera, Camera.id == CameraArea.camera_id)
    columns = (Camera.id, Camera.name, Camera.zone_id, Camera.room_id, Camera.state, Camera.state_since, Camera.analysed_at)
    statement = select(*columns, Camera.schedule, Zone.timezone).join(Zone, Zone.id == Camera.zone_id)
    doors, rows = yield from at_once(
        asked(exits.where(CameraArea.kind == AreaKind.EXIT, *wanted)), asked(statement.where(*wanted))
    )
    for row in doors:
        lines[row.camera_id].add(row.name)
    found = {}
    # By place: a province has thousands.
    for camera_id, name, zone_id, room_id, state, since, analysed_at, schedule, timezone in rows:
        trouble = _TROUBLE.get(state)
        if trouble is None and schedule:
            if active(schedule, now, timezone):
                since = max(since, active_since(schedule, now, timezone))
            else:
                trouble = "resting"
        if trouble is None and (analysed_at is None or analysed_at < now - PICTURE_COUNTS_FOR):
            # Nobody watches it: a fault of ours, which makes things unknown like any other.
            trouble = "silent"
        names = frozenset(lines.get(camera_id, ()))
        found[camera_id] = Watching(camera_id, name, zone_id, room_id, trouble, since, analysed_at, names)
    return found


def without_gaps(session: Session, watching: Iterable[Watching], now: datetime) -> list[Watching]:
    """The same cameras, with `since` after the newest time until now in which they, or the service itself, saw nothing."""
    watching = list(watching)
    # That no page answered, or no message left, says nothing of what was seen.
    outage = newest_end(session, now, OutagePart.SERVICE, OutagePart.DATABASE)
    gaps = {
        row.camera_id: row.ended
        for row in session.execute(
            select(Observation.camera_id, func.max(Observation.last_at).label("ended"))
            .where(
                Observation.camera_id.in_([each.id for each in watching]),
                Observation.kind.in_((ObservationKind.OFFLINE, ObservationKind.TAMPER)),
                Observation.started_at <= now,
            )
            .group_by(Observation.camera_id)
        )
    }
    return [replace(each, since=newest(each.since, outage, gaps.get(each.id)) or each.since) for each in watching]


def keep_gap(session: Session, camera: Watching, until: datetime) -> None:
    """Note that nobody watched a camera from its newest picture until then: its row tells that only while it lasts."""
    session.execute(
        insert(Observation).values(
            kind=ObservationKind.OFFLINE,
            camera_id=camera.id,
            zone_id=camera.zone_id,
            room_id=camera.room_id,
            started_at=camera.analysed_at or until,
            last_at=until,
            confidence=1.0,
            details={},
        )
    )
