"""Collects what all cameras of a process have to say, and writes it in one transaction: many writers would make SQLite busy."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from cameras.profiles import Probed, choose
from cameras.watching.decisions import Sight, incidents_of_state
from cameras.watching.sights import Alarm
from monitor.changes import Topic, announce
from monitor.database.many_rows import add_up
from monitor.database.statements import changed
from monitor.incidents import causes
from monitor.incidents.incidents import end_cause, open_incident
from monitor.models.cameras.cameras import Camera, CameraState, LineHour, MediaProfile, ObservationKind, ProfileRole
from monitor.models.incidents import IncidentKind
from monitor.presence.observations import observe
from monitor.words import N_, Words, words


@dataclass
class _News:
    """What is to be written of one camera. Of the same thing, the newest counts."""

    values: dict[str, Any] = field(default_factory=dict)
    state: tuple[CameraState, datetime, Words | None, bool] | None = None
    probed: Probed | None = None
    analysed_at: datetime | None = None
    alarms: dict[str, tuple[Alarm, datetime]] = field(default_factory=dict)
    over: dict[str, datetime] = field(default_factory=dict)
    sights: dict[tuple[ObservationKind, int | None], tuple[Sight, datetime]] = field(default_factory=dict)
    # By line, direction and hour: of these each one counts, not the newest alone.
    passed: Counter[tuple[str, str, datetime]] = field(default_factory=Counter)

    def older(self, other: _News) -> None:
        """Take in what was noted before, where nothing newer is there."""
        self.values = other.values | self.values
        self.sights = other.sights | self.sights
        self.state, self.probed = self.state or other.state, self.probed or other.probed
        self.analysed_at = self.analysed_at or other.analysed_at
        self.alarms, self.over = other.alarms | self.alarms, other.over | self.over
        self.passed += other.passed


@dataclass(frozen=True)
class _Installed:
    """Which camera it is, and where it hangs."""

    id: int
    name: str
    zone_id: int
    room_id: int | None


class Recorder:
    """Safe to call from every camera's thread; `flush` from one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news: dict[int, _News] = {}

    def values(self, camera_id: int, **values: Any) -> None:
        """Set columns of the camera: picture, problem."""
        with self._lock:
            self._of(camera_id).values.update(values)

    def analysed(self, camera_id: int, at: datetime) -> None:
        """A picture was analysed."""
        with self._lock:
            self._of(camera_id).analysed_at = at

    def state(self, camera_id: int, state: CameraState, at: datetime, reason: Words | None, *, quiet: bool = False) -> None:
        """The camera's state is (or still is) this one; reason: why it is offline; quiet: no incident of its own, the site has one."""
        with self._lock:
            self._of(camera_id).state = (state, at, reason, quiet)

    def sight(self, camera_id: int, sight: Sight, at: datetime) -> None:
        """The camera showed something."""
        with self._lock:
            news = self._of(camera_id)
            news.sights[sight.kind, sight.resident_id] = (sight, at)
            hour = at.replace(minute=0, second=0, microsecond=0)
            news.passed.update((line, direction, hour) for line, direction in sight.details.get("crossed", ()))

    def alarm(self, camera_id: int, alarm: Alarm, at: datetime) -> None:
        """Staff are to be told at once."""
        with self._lock:
            self._of(camera_id).alarms[alarm.cause(camera_id)] = (alarm, at)

    def alarm_over(self, camera_id: int, cause: str, at: datetime) -> None:
        """What they were told of is over."""
        with self._lock:
            self._of(camera_id).over[cause] = at

    def probed(self, camera_id: int, probed: Probed) -> None:
        """The camera told about itself anew."""
        with self._lock:
            self._of(camera_id).probed = probed

    def take(self) -> dict[int, _News]:
        """What is to be written, now the caller's."""
        with self._lock:
            news, self._news = self._news, {}
        return news

    def give_back(self, news: dict[int, _News]) -> None:
        """The transaction failed: keep it for the next, under what came since."""
        with self._lock:
            for camera_id, old in news.items():
                self._of(camera_id).older(old)

    def _of(self, camera_id: int) -> _News:
        return self._news.setdefault(camera_id, _News())


def write(session: Session, news: dict[int, _News], holder: str, now: datetime) -> None:
    """Write what `take` gave, in the caller's transaction, for those cameras that `holder` still has."""
    seen = [{"camera": id_, "at": each.analysed_at} for id_, each in news.items() if each.analysed_at is not None]
    if seen:
        # One statement for all: what every camera says every few seconds must cost next to nothing.
        session.connection().execute(
            update(Camera)
            .where(Camera.id == bindparam("camera"), Camera.leased_by == holder)
            .values(analysed_at=bindparam("at")),
            seen,
        )
    for camera_id, each in sorted(news.items()):
        if not (each.values or each.probed or each.state or each.sights or each.alarms or each.over):
            continue
        row = session.execute(
            select(Camera.name, Camera.zone_id, Camera.room_id).where(Camera.id == camera_id, Camera.leased_by == holder)
        ).first()
        if row is None:
            continue  # another watches it now, and knows better
        camera = _Installed(camera_id, *row)
        if each.probed is not None:
            store_probed(session, camera_id, each.probed)
        if each.values:
            session.execute(update(Camera).where(Camera.id == camera_id).values(**each.values))
            if "problem" in each.values:
                announce(session, camera.zone_id, Topic.CAMERA, now)
        if each.state is not None:
            _write_state(session, camera, *each.state)
        for cause, at in each.over.items():
            end_cause(session, cause, now=at)
        for cause, (alarm, at) in each.alarms.items():
            open_incident(
                session,
                alarm.kind,
                cause,
                zone_id=camera.zone_id,
                room_id=camera.room_id,
                camera_id=camera_id,
                reason=alarm.reason,
                now=at,
            )
        for sight, at in each.sights.values():
            observe(
                session,
                sight.kind,
                camera_id=camera_id,
                zone_id=camera.zone_id,
                room_id=camera.room_id,
                at=at,
                resident_id=sight.resident_id,
                confidence=sight.confidence,
                details=sight.details,
            )
        for (line, direction, hour), many in sorted(each.passed.items()):
            key = {"camera_id": camera_id, "line": line, "hour": hour}
            add_up(session, LineHour, key, {"ins": many if direction == "in" else 0, "outs": many if direction == "out" else 0})


def _write_state(
    session: Session, camera: _Installed, state: CameraState, at: datetime, reason: Words | None, quiet: bool
) -> None:
    moves = update(Camera).where(Camera.id == camera.id, Camera.state != state).values(state=state, state_since=at)
    if changed(session, moves):
        announce(session, camera.zone_id, Topic.CAMERA, at)
    opens, ends = incidents_of_state(state)
    if quiet:
        opens = None
    for kind in ends:
        end_cause(session, causes.camera_trouble(camera.id, kind), now=at)
    if opens is not None:
        open_incident(
            session,
            opens,
            causes.camera_trouble(camera.id, opens),
            zone_id=camera.zone_id,
            room_id=camera.room_id,
            camera_id=camera.id,
            reason=_reason(opens, camera.name, reason),
            now=at,
        )


_REASONS = {
    IncidentKind.CAMERA_COVERED: N_("Something covers the lens of camera %(camera)s. Please uncover it."),
    IncidentKind.CAMERA_MOVED: N_(
        "Camera %(camera)s was turned and no longer shows the same view. Please turn it back, or confirm the new view."
    ),
    IncidentKind.CAMERA_DEFOCUSED: N_("The picture of camera %(camera)s is out of focus. Please clean or focus the lens."),
    IncidentKind.CAMERA_FROZEN: N_("The picture of camera %(camera)s is frozen. Please restart the camera."),
    IncidentKind.CAMERA_REPLAYED: N_(
        "Camera %(camera)s repeats the same seconds. Someone may have replaced its picture with a recording. Please check on"
        " site."
    ),
}


def _reason(kind: IncidentKind, name: str, reason: Words | None) -> Words:
    if kind in _REASONS:
        return words(_REASONS[kind], camera=name)
    if reason is None:
        return words(N_("Camera %(camera)s sends no pictures."), camera=name)
    return words(N_("Camera %(camera)s sends no pictures. %(why)s"), camera=name, why=reason.dump())


def store_probed(session: Session, camera_id: int, probed: Probed) -> None:
    """Write what a camera told of itself, and the two encodings chosen, in the caller's transaction."""
    chosen = choose(probed.profiles)
    assert chosen is not None, "a probe without usable encodings raises"
    changed(
        session,
        update(Camera)
        .where(Camera.id == camera_id)
        .values(
            make=probed.make,
            model=probed.model,
            firmware=probed.firmware,
            serial=probed.serial,
            clock_offset_seconds=probed.clock_offset_s,
            offers={
                "events": probed.events,
                "ptz": probed.ptz,
                "media2": probed.media2,
                "presets": [{"token": each.token, "name": each.name} for each in probed.presets],
            },
        ),
    )
    changed(session, delete(MediaProfile).where(MediaProfile.camera_id == camera_id))
    for role, profile in zip((ProfileRole.SUB, ProfileRole.MAIN), chosen, strict=True):
        session.add(
            MediaProfile(
                camera_id=camera_id,
                role=role,
                token=profile.token,
                codec=profile.codec,
                width=profile.width,
                height=profile.height,
                frames_per_second=profile.fps,
                uri=profile.uri,
                keyframe_seconds=round(profile.keyframe_seconds, 2),
            )
        )
    session.flush()
