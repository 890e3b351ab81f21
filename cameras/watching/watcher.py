"""Watch one camera: what its packets ask for is decoded, judged and told.

No thread of its own: units come from the thread that reads, `analyse` is called by an analyst. Nothing here waits.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from cameras.errors import no_keyframe
from cameras.streams.decoding import Decoder, FollowingDecoder
from cameras.streams.readers import Link
from cameras.streams.ring import Group, Ring
from cameras.streams.rtsp.units import Unit
from cameras.streams.streams import Picture, Pixels, place_of
from cameras.streams.undecodable import Undecodable
from cameras.watching.area_watch import AreaWatch
from cameras.watching.connection import Connection
from cameras.watching.decisions import (
    ANALYSED_SECONDS,
    MOTION_LASTS_SECONDS,
    PACKETS_COME_SECONDS,
    PICTURE_OF_MOTION_SECONDS,
    PICTURE_SECONDS,
    PICTURELESS_SECONDS,
    Sight,
    sights_of_picture,
    worth_noting,
)
from cameras.watching.face_watch import FaceWatch
from cameras.watching.listening import Hints
from cameras.watching.watched import Counters, Services, Watched
from monitor.clock import utc_now
from monitor.models.cameras.cameras import AreaKind, ObservationKind
from monitor.places.areas import active
from monitor.vault.vault import camera_owner
from monitor.vision.integrity.integrity import IntegrityJudge, IntegrityState
from monitor.vision.motion.looks import Ask, MotionState, MotionWatch
from monitor.vision.motion.masks import blur_privacy, mask

# Pictures of a group that are looked at: enough to place the start of a motion.
GROUP_EVERY_SECONDS = 0.2
log = logging.getLogger(__name__)


class CameraWatcher:
    """Judges what comes from one camera, as long as its connection is kept.

    packet_at: when a packet came, on time.monotonic; at first, when watching began. integrity: of the last picture, or None before
    the first.
    """

    def __init__(self, watched: Watched, services: Services) -> None:
        self.watched = watched
        self.packet_at = time.monotonic()
        self.integrity: IntegrityState | None = None
        self.counters = Counters()
        self.ring = Ring()
        self.listeners: tuple[Callable[[Unit], None], ...] = ()
        """Called for each unit, in the thread that reads; see `listen`."""
        self._listening = threading.Lock()
        self._services = services
        self._owner = camera_owner(watched.id)
        self._picture, self._preset = watched.picture, ""
        self._relearn = False
        self._view_confirmed_at = watched.view_confirmed_at
        self._following: FollowingDecoder | None = None
        self._undecodable = Undecodable()
        self.last_codec: str | None = None
        """Of the stream that was read last: what the ring still holds is of it."""
        kinds = {area.kind for area in watched.areas}
        self._motion = MotionWatch(sensitivity=watched.sensitivity, closely=AreaKind.EXIT in kinds)
        self._areas = AreaWatch(watched.id, watched.name, watched.timezone, watched.areas, services.recorder)
        # A demonstration's clips do repeat, and nobody put them in the camera's place.
        self._judge = IntegrityJudge(loops=services.settings.demonstration)
        self.hints = Hints(self.hint)
        self.connection = Connection(watched, services, self.counters, self.hints, self._unit)
        self._faces = FaceWatch(
            watched,
            services,
            self._areas,
            large=self.connection.main_picture,
            moving=self._moving,
            integrity=lambda: self.integrity,
        )
        self._motion_lock = threading.Lock()
        self._mask: NDArray[np.bool_] | None = None
        self._mask_of: tuple[tuple[int, ...], bytes | None] | None = None
        self._waiting: dict[Ask, tuple[Group, float]] = {}
        self._noted: Sight | None = None
        self._moved_at = self._noted_at = self._stored_at = self._analysed_noted_at = float("-inf")
        self._asked_at: datetime | None = None

    @property
    def codec(self) -> str | None:
        """Of the stream that is read, None while there is none."""
        return self.connection.link.codec if self.connection.link else None

    @property
    def parameter_sets(self) -> bytes:
        """Of the stream that is read, as the camera described them; Annex B."""
        return self.connection.link.parameter_sets if self.connection.link else b""

    @property
    def keyframe_seconds(self) -> float:
        """Between two keyframes as they come; 0 while it is not known."""
        return self._motion.keyframe_interval_s or 0.0

    def confirm_view(self, at: datetime | None) -> None:
        """Somebody said (then) that what the camera shows now is what it should show: take it for its new usual view."""
        if at is not None and at != self._view_confirmed_at:
            self._relearn = True
        self._view_confirmed_at = at

    def turned(self, preset: str) -> None:
        """It was sent to one of its places: what it shows then is no sign of tampering."""
        self._preset = preset

    def listen(self, listener: Callable[[Unit], None]) -> None:
        """Call this for each unit from now on, in the thread that reads."""
        with self._listening:
            # A new tuple each time: the thread that reads may be going through the old one.
            self.listeners = (*self.listeners, listener)

    def stop_listening(self, listener: Callable[[Unit], None]) -> None:
        """Call it no more."""
        with self._listening:
            self.listeners = tuple(each for each in self.listeners if each != listener)

    def look_now(self, asked_at: datetime) -> None:
        """A roll-call asks (since then): look for faces at the next keyframe, and have the camera send one."""
        if asked_at == self._asked_at:
            return
        self._asked_at = asked_at
        self._faces.look_now()
        self.connection.request_keyframe()

    def complain(self, clock: float) -> None:
        """Where packets have come for long and no picture has, say what is wrong with them. clock: time.monotonic."""
        connection = self.connection
        since = max(connection.works_at, connection.linked_at)
        if connection.link is None or clock - since < PICTURELESS_SECONDS or clock - self.packet_at > PACKETS_COME_SECONDS:
            return
        place = place_of(self.watched.sub_uri or self.watched.address)
        connection.no_pictures(self._undecodable.problem(place) or no_keyframe(place))

    def hint(self) -> None:
        """The camera itself says that something moves or is wrong: look now."""
        group = self.ring.newest()
        if group:
            self._waiting[Ask.GROUP] = (group, time.monotonic())
            self._services.analysts.submit(self)

    def _unit(self, unit: Unit) -> None:
        """One coded picture, in the thread that reads: this is the hot path."""
        if self.connection.stopping:
            return
        self.packet_at = unit.arrived
        counters = self.counters
        counters.packets += 1
        counters.bytes += unit.size
        self.ring.add(unit)
        for listener in self.listeners:
            listener(unit)
        # A covered picture makes other packets; were they learnt, the uncovered one would look like motion for minutes.
        if self.integrity is None or self.integrity is IntegrityState.OK:
            with self._motion_lock:
                ask = self._motion.packet(unit.size, unit.is_keyframe, unit.time_s)
        else:
            ask = Ask.KEYFRAME if unit.is_keyframe else Ask.NOTHING
        if ask is not Ask.NOTHING:
            if ask is Ask.GROUP and self._motion.gate_open:
                counters.gate_openings += 1
            group = self.ring.newest()
            if group:
                self._waiting[ask] = (group, unit.arrived)
                self._services.analysts.submit(self)

    def analyse(self, decoder: Decoder) -> None:
        """Look at what waits; called by one analyst at a time."""
        link = self.connection.link
        if link is None or link.codec is None:
            return
        self.last_codec = link.codec
        before = decoder.decoded
        # A group that ended is looked at before the keyframe that ended it.
        for ask in (Ask.GROUP, Ask.KEYFRAME):
            group, arrived = self._waiting.pop(ask, ([], 0.0))
            if not group or self.connection.stopping:
                continue
            if ask is Ask.KEYFRAME:
                self._analyse_keyframe(decoder, link, group, arrived)
            elif self.integrity is IntegrityState.OK:
                self._analyse_group(decoder, link, group)
            self.counters.lag_s = time.monotonic() - arrived
        self.counters.decoded += decoder.decoded - before

    def _analyse_keyframe(self, decoder: Decoder, link: Link, group: Group, arrived: float) -> None:
        assert link.codec is not None
        unit = group[0]
        picture = decoder.keyframe(link.codec, link.parameter_sets, unit)
        if picture is None:
            self._undecodable.note(link.codec, link.parameter_sets, unit)
            return
        self._undecodable.clear()
        luma = picture.luma()
        before = self.integrity
        if self._preset:
            self._judge.expect_move(arrived, self._preset)
            self._preset = ""
        if self._relearn:
            self._relearn = False
            self._judge.relearn(arrived)
        digest = hashlib.blake2b(b"".join(unit.payloads) or unit.whole, digest_size=8).digest()
        self.integrity = self._judge.look(luma, arrived, digest).state
        state: MotionState | None = None
        if self.integrity is IntegrityState.OK:
            state = self._look([(unit.time_s, luma)])
            if state.follow_up is Ask.GROUP and (earlier := self._before(group)):
                self._analyse_group(decoder, link, earlier)
        self._tell(picture, state, unit, before)

    def _before(self, group: Group) -> Group:
        for back in (1, 2):
            if self.ring.newest(back - 1) is group:
                return self.ring.newest(back)
        return []

    def _analyse_group(self, decoder: Decoder, link: Link, group: Group) -> None:
        assert link.codec is not None
        chosen: Decoder | FollowingDecoder = decoder
        if self._motion.keyframes_seldom and group is self.ring.newest():
            chosen = self._following = self._following or FollowingDecoder()
        before = chosen.decoded
        shown = chosen.group(link.codec, link.parameter_sets, group, GROUP_EVERY_SECONDS)
        if chosen is not decoder:
            self.counters.decoded += chosen.decoded - before
        if not shown:
            return
        state = self._look([(time_s, picture.luma()) for time_s, picture in shown])
        self._tell(shown[-1][1], state, group[-1], self.integrity)

    def _look(self, shown: list[tuple[float, NDArray[np.uint8]]]) -> MotionState:
        watched = self._watched(shown[0][1].shape)
        with self._motion_lock:
            return self._motion.pictures(shown, watched)

    def _watched(self, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
        """Which places count: those the areas leave, without the burnt-in clock."""
        clock = self._judge.mask
        key = (shape, None if clock is None else clock.tobytes())
        if key != self._mask_of:
            drawn = mask(self.watched.areas, shape)
            if clock is not None:
                size = (shape[1], shape[0])
                kept = cv2.resize(clock.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(np.bool_)
                drawn = kept if drawn is None else drawn & kept
            self._mask, self._mask_of = drawn, key
        return self._mask

    def _tell(self, picture: Picture, state: MotionState | None, unit: Unit, before: IntegrityState | None) -> None:
        """What a look showed."""
        assert self.integrity is not None, "a picture was judged"
        now, at = time.monotonic(), utc_now()
        recorder = self._services.recorder
        self.connection.works(now, first=before is None)
        counted = active(list(self.watched.schedule), at, self.watched.timezone)
        started = False
        for sight in sights_of_picture(self.integrity, state if counted else None):
            if sight.kind is ObservationKind.MOTION:
                started = now - self._moved_at > MOTION_LASTS_SECONDS
                self._moved_at = now
            if worth_noting(sight, self._noted, now - self._noted_at, started=started):
                recorder.sight(self.watched.id, sight, at)
                self._noted, self._noted_at = sight, now
        if state is not None:
            height, width = picture.luma().shape
            self._areas.look(state, width / height, at, now)
        stored_ago = now - self._stored_at
        if stored_ago >= (PICTURE_OF_MOTION_SECONDS if started else PICTURE_SECONDS) or before is not self.integrity:
            self._store(picture)
            self._stored_at = now
        if now - self._analysed_noted_at >= ANALYSED_SECONDS * 0.9:  # keyframes are not exactly 2 s apart
            recorder.analysed(self.watched.id, at)
            self._analysed_noted_at = now
        boxes = state.boxes if state is not None and state.moving else ()
        self._faces.look(picture, boxes, now, person_until=self.hints.person_until)

    def jpeg(self, picture: Picture, write: Callable[[Pixels], Pixels] = lambda bgr: bgr) -> bytes:
        """A picture as JPEG, with the private parts grey. write: writes something into it."""
        return picture.jpeg(cover=lambda bgr: write(blur_privacy(bgr, self.watched.areas)))

    def _store(self, picture: Picture) -> None:
        try:
            name = self._services.vault.put(self._owner, self.jpeg(picture), name=self._picture)
        except OSError as error:
            log.warning("camera %d: its picture cannot be stored: %s", self.watched.id, error.strerror)
            return
        if name != self._picture:
            self._picture = name
            self._services.recorder.values(self.watched.id, picture=name)

    def _moving(self, now: float) -> bool:
        return now - self._moved_at < MOTION_LASTS_SECONDS
