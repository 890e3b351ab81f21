"""Watch one camera: what its packets ask for is decoded, judged and told; connected again whenever it must be.

No thread of its own: `tend` is called about once a second by the watch, units come from the thread that reads, `analyse` is
called by an analyst. Nothing here waits.
"""

from __future__ import annotations

import hashlib
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from cameras.analysts import Analysts
from cameras.area_watch import AreaWatch
from cameras.decisions import (
    ANALYSED_SECONDS,
    MOTION_LASTS_SECONDS,
    MOTION_NOTED_SECONDS,
    PICTURE_OF_MOTION_SECONDS,
    PICTURE_SECONDS,
    FacesFound,
    Sight,
    faces_due,
    sights_of_faces,
    sights_of_picture,
    wait_before_retry,
)
from cameras.decoding import Decoder, FollowingDecoder
from cameras.errors import NoUsableStream, StreamRefused, WrongPassword, stream_lost
from cameras.faces import FaceLooker
from cameras.ingest import Ingest
from cameras.listening import Hints, Listener
from cameras.people import PeopleLooker
from cameras.profiles import choose
from cameras.readers import FFmpegReader, Link, SnapshotReader
from cameras.recorder import Recorder
from cameras.ring import Group, Ring
from cameras.rtsp.units import Unit
from cameras.sights import sights_of_people
from cameras.streams import Picture, Pixels, open_stream
from monitor.areas import Area, active
from monitor.clock import utc_now
from monitor.models import AreaKind, CameraSource, ObservationKind
from monitor.problems import Problem
from monitor.settings import Settings
from monitor.vault import Vault, camera_owner
from monitor.vision.integrity import IntegrityJudge, IntegrityState
from monitor.vision.masks import blur_privacy, mask
from monitor.vision.motion import Ask, Box, MotionState, MotionWatch
from monitor.words import N_, Words, words

# One keyframe of the main stream: connect, and wait for a keyframe (one in two seconds is usual).
MAIN_OPEN_SECONDS, MAIN_SECONDS = 2.5, 4.0
# Every so many failures in a row the camera is asked for its streams anew: a new firmware names them differently.
ASK_AGAIN_EVERY = 10
# Pictures of a group that are looked at: enough to place the start of a motion.
GROUP_EVERY_SECONDS = 0.2
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watched:
    """A camera as its row describes it; when what is compared changes, it is watched anew. Addresses are without login.

    The streams' addresses and the picture's name are what watching itself may have changed: they are only to begin with.
    """

    id: int
    room_id: int | None
    name: str
    address: str
    username: str
    sealed_password: bytes = field(repr=False)
    sub_uri: str = field(compare=False)
    main_uri: str = field(compare=False)
    picture: str | None = field(compare=False)
    view_confirmed_at: datetime | None = field(default=None, compare=False)
    sub_token: str = field(default="", compare=False)
    source: CameraSource = CameraSource.ONVIF
    zone_id: int = 0
    timezone: str = "Asia/Ho_Chi_Minh"
    sensitivity: float = 0.5
    areas: tuple[Area, ...] = ()
    schedule: tuple[object, ...] = ()
    hears_events: bool = False


@dataclass
class Counters:
    """What watching one camera has counted."""

    packets: int = 0
    bytes: int = 0
    decoded: int = 0
    gate_openings: int = 0
    reconnects: int = 0
    lag_s: float = 0.0


@dataclass(frozen=True)
class Services:
    """What all cameras of a process share. pool: for what waits, such as asking a device; looker: None watches without faces."""

    settings: Settings
    vault: Vault
    recorder: Recorder
    looker: FaceLooker | None
    ingest: Ingest
    analysts: Analysts
    pool: Executor
    people: PeopleLooker | None = None


class CameraWatcher:
    """Reads one camera until it is told to stop; whatever happens to the camera, it goes on.

    packet_at, picture_at: when a packet came, when a picture was analysed, on time.monotonic; at first, when watching began.
    integrity: of the last picture, or None before the first; problem: why there are none now, or None.
    """

    def __init__(self, watched: Watched, services: Services) -> None:
        self.watched = watched
        self.packet_at = self.picture_at = time.monotonic()
        self.integrity: IntegrityState | None = None
        self.problem: Words | None = None
        self.counters = Counters()
        self.ring = Ring()
        self.listeners: tuple[Callable[[Unit], None], ...] = ()
        """Called for each unit, in the thread that reads; see `listen`."""
        self._listening = threading.Lock()
        self._services = services
        self._owner = camera_owner(watched.id)
        self._sub_uri, self._main_uri, self._picture = watched.sub_uri, watched.main_uri, watched.picture
        self._link: Link | None = None
        self._opening = self._stopping = self._relearn = False
        self._renewing = False
        self._described_uri, self._preset = watched.sub_uri, ""
        self._view_confirmed_at = watched.view_confirmed_at
        self._other_reader = False
        self._following: FollowingDecoder | None = None
        self._retry_at = float("-inf")
        self._told_problem = False  # what the row says is not known: the first success clears it
        self._failures = 0
        self.last_codec: str | None = None
        """Of the stream that was read last: what the ring still holds is of it."""
        kinds = {area.kind for area in watched.areas}
        self._motion = MotionWatch(sensitivity=watched.sensitivity, closely=AreaKind.EXIT in kinds)
        self._areas = AreaWatch(watched.id, watched.name, watched.timezone, watched.areas, services.recorder)
        # A demonstration's clips do repeat, and nobody put them in the camera's place.
        self._judge = IntegrityJudge(loops=services.settings.demonstration)
        self.hints = Hints(self.hint)
        self._listener: Listener | None = None
        self._motion_lock = threading.Lock()
        self._mask: NDArray[np.bool_] | None = None
        self._mask_of: tuple[tuple[int, ...], bytes | None] | None = None
        self._waiting: dict[Ask, tuple[Group, float]] = {}
        self._moved_at = self._noted_at = self._stored_at = self._analysed_noted_at = float("-inf")
        self._looked_at: float | None = None
        self._asked_at: datetime | None = None
        self._looking, self._found = False, FacesFound()

    @property
    def codec(self) -> str | None:
        """Of the stream that is read, None while there is none."""
        return self._link.codec if self._link else None

    @property
    def parameter_sets(self) -> bytes:
        """Of the stream that is read, as the camera described them; Annex B."""
        return self._link.parameter_sets if self._link else b""

    @property
    def keyframe_seconds(self) -> float:
        """Between two keyframes as they come; 0 while it is not known."""
        return self._motion.keyframe_interval_s or 0.0

    def stop(self) -> None:
        """Hang up, and take nothing more."""
        self._stopping = True
        if self._link is not None:
            self._link.close()
        if self._listener is not None:
            self._listener.stop()

    def wants_connection(self, clock: float) -> bool:
        """Whether it is time to connect. clock: time.monotonic."""
        return not (self._stopping or self._opening or self._link is not None or clock < self._retry_at)

    def tend(self) -> None:
        """Connect, in the pool."""
        self._opening = True
        try:
            self._services.pool.submit(self._open)
        except RuntimeError:
            self._opening = False  # the process is stopping

    def confirm_view(self, at: datetime | None) -> None:
        """Somebody said (then) that what the camera shows now is what it should show: take it for its new usual view."""
        if at is not None and at != self._view_confirmed_at:
            self._relearn = True
        self._view_confirmed_at = at

    def redescribe(self, sub_uri: str) -> None:
        """The row of its stream changed: another address is read from now on, and when there is none the camera is asked."""
        before, self._described_uri = self._described_uri, sub_uri
        if sub_uri in (before, self._sub_uri):
            return
        self._sub_uri, self._other_reader, self._retry_at = sub_uri, False, float("-inf")
        if self._link is not None:
            self._renewing = True
            self._link.close()

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
        self._asked_at, self._looked_at = asked_at, None
        if self.watched.source is CameraSource.ONVIF and self.watched.sub_token:
            with suppress(RuntimeError):  # the process is stopping
                self._services.pool.submit(self._request_keyframe)

    def _request_keyframe(self) -> None:
        """In the pool. A camera that cannot is looked at when its next keyframe comes anyway."""
        from cameras.onvif_keyframe import KeyframeRequests

        with (
            suppress(Problem),
            closing(KeyframeRequests(self.watched.address, self.watched.username, self._password())) as requests,
        ):
            # Rounds are hours apart: a connection kept until the next would be taken by the camera for a viewer that hangs.
            requests.request_keyframe(self.watched.sub_token)

    def hint(self) -> None:
        """The camera itself says that something moves or is wrong: look now."""
        group = self.ring.newest()
        if group:
            self._waiting[Ask.GROUP] = (group, time.monotonic())
            self._services.analysts.submit(self)

    def _open(self) -> None:
        """In the pool: asking a device takes a while."""
        try:
            password = self._password()
            if not self._sub_uri:
                self._ask(password)
            self._link = self._connect(password)
            if self.watched.hears_events and self._listener is None and not self._stopping:
                watched = self.watched
                self._listener = Listener(watched.id, watched.address, watched.username, password, self.hints)
            if self._stopping:
                self.stop()
        except Problem as problem:
            self._failed(problem)
        except Exception as bug:
            log.exception("camera %d: a fault of this program", self.watched.id)
            self._failed(bug)
        finally:
            self._opening = False

    def _connect(self, password: str) -> Link:
        username = self.watched.username
        if self.watched.source is CameraSource.SNAPSHOT:
            reader: FFmpegReader | SnapshotReader = SnapshotReader(self._sub_uri, username, password, self._unit, self._ended)
        elif self._other_reader or self._sub_uri.startswith("rtsps:"):
            reader = FFmpegReader(self._sub_uri, username, password, self._unit, self._ended)
        else:
            return self._services.ingest.open(self._sub_uri, username, password, self._unit, self._ended)
        reader.start()
        return reader

    def _password(self) -> str:
        sealed = self.watched.sealed_password
        return self._services.vault.unseal(self._owner, sealed, about="password").decode() if sealed else ""

    def _ask(self, password: str) -> None:
        if self.watched.source is not CameraSource.ONVIF:
            self._sub_uri = self._main_uri = self.watched.address
            return
        # Imported when needed, which is seldom: the SOAP library takes 25 MB.
        from cameras.onvif_client import probe

        probed = probe(self.watched.address, self.watched.username, password)
        chosen = choose(probed.profiles)
        assert chosen is not None, "a probe without usable encodings raises"
        self._sub_uri, self._main_uri = chosen[0].uri, chosen[1].uri
        self._services.recorder.probed(self.watched.id, probed)

    def _ended(self, error: Exception | None) -> None:
        """The stream is over; called by whoever read it."""
        self._link = None
        if self._stopping:
            return
        self.counters.reconnects += 1
        if self._renewing:
            self._renewing = False
            return
        if isinstance(error, NoUsableStream) and not self._other_reader and self.watched.source is not CameraSource.SNAPSHOT:
            # Motion JPEG, perhaps: FFmpeg speaks what our own reader does not.
            self._other_reader, self._retry_at = True, 0.0
            return
        self._failed(error or stream_lost(self.watched.name))

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        if isinstance(error, Problem):
            why = error.words
        else:
            if error.__traceback__ is not None:
                log.error("camera %d: a fault of this program", self.watched.id, exc_info=error)
            why = words(
                N_("A fault in the program (%(kind)s); it is tried again. Please report it."), kind=type(error).__name__
            )
        if why != self.problem:
            log.warning("camera %d: %s", self.watched.id, why.template % why.values)
            self._services.recorder.values(self.watched.id, problem=why.dump())
            self._told_problem = True
        self.problem = why
        if isinstance(error, StreamRefused | NoUsableStream) or self._failures % ASK_AGAIN_EVERY == 0:
            self._sub_uri, self._other_reader = "", False
        now = time.monotonic()
        chance = random.random()  # noqa: S311 - only spreads reconnections
        wait = wait_before_retry(self._failures, now - self.picture_at, chance, wrong_password=isinstance(error, WrongPassword))
        self._retry_at = now + wait

    def _unit(self, unit: Unit) -> None:
        """One coded picture, in the thread that reads: this is the hot path."""
        if self._stopping:
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
        link = self._link
        if link is None or link.codec is None:
            return
        self.last_codec = link.codec
        before = decoder.decoded
        # A group that ended is looked at before the keyframe that ended it.
        for ask in (Ask.GROUP, Ask.KEYFRAME):
            group, arrived = self._waiting.pop(ask, ([], 0.0))
            if not group or self._stopping:
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
            return
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
        self.picture_at, self._failures, self.problem = now, 0, None
        counted = active(list(self.watched.schedule), at, self.watched.timezone)
        started = False
        for sight in sights_of_picture(self.integrity, state if counted else None):
            if sight.kind is ObservationKind.MOTION:
                started = now - self._moved_at > MOTION_LASTS_SECONDS
                self._moved_at = now
            if started or now - self._noted_at >= MOTION_NOTED_SECONDS:
                recorder.sight(self.watched.id, sight, at)
                self._noted_at = now
        if state is not None:
            height, width = picture.luma().shape
            self._areas.look(state, width / height, at, now)
        stored_ago = now - self._stored_at
        if stored_ago >= (PICTURE_OF_MOTION_SECONDS if started else PICTURE_SECONDS) or before is not self.integrity:
            self._store(picture)
            self._stored_at = now
        if self._told_problem or before is None:
            recorder.values(self.watched.id, problem=None)
            self._told_problem = False
        if now - self._analysed_noted_at >= ANALYSED_SECONDS * 0.9:  # keyframes are not exactly 2 s apart
            recorder.analysed(self.watched.id, at)
            self._analysed_noted_at = now
        self._look_for_faces(picture, state.boxes if state is not None and state.moving else (), now)

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

    def _look_for_faces(self, picture: Picture, boxes: Sequence[Box], now: float) -> None:
        assert self.integrity is not None, "a picture was judged"
        every = self._services.settings.faces_every_seconds
        likely = self._moving(now) or now < self.hints.person_until
        due = faces_due(now, self._looked_at, likely, self.integrity, every, self._found)
        if self._services.looker is None or self._looking or not due:
            return
        self._looking, self._looked_at = True, now
        try:
            self._services.pool.submit(self._look_for, self._services.looker, picture.bgr(), boxes)
        except RuntimeError:
            self._looking = False  # the process is stopping

    def _look_for(self, looker: FaceLooker, small: NDArray[np.uint8], boxes: Sequence[Box]) -> None:
        """In another thread: opening the main stream takes a while, and the packets of the sub stream must not wait."""
        try:
            picture = self._main_picture()
            found = looker.look(self.watched.room_id, small if picture is None else picture, boxes if picture is None else ())
            self._found, at = found, utc_now()
            sights: list[Sight] = sights_of_faces(found, self._moving(time.monotonic()))
            people = self._services.people
            if boxes and people is not None:
                # Where something moves, in the very picture in which it did: who faces away has no face.
                seen = people.look(small, boxes)
                counted = sights_of_people(seen, found, self._areas.closed_by(seen.rows, at))
                sights = [each for each in sights if each.kind is not ObservationKind.NOBODY or not counted] + counted
            for sight in sights if self.integrity is IntegrityState.OK else ():
                self._services.recorder.sight(self.watched.id, sight, at)
                self._areas.alarm(sight, at, time.monotonic())
        except Exception:
            log.exception("camera %d: looking for faces failed", self.watched.id)
        finally:
            self._looking = False

    def _main_picture(self) -> NDArray[np.uint8] | None:
        """A keyframe of the main stream, BGR; None when the camera gives none in time."""
        if self._main_uri == self._sub_uri or not self._main_uri:
            return None
        deadline = time.monotonic() + MAIN_SECONDS
        try:
            with open_stream(
                self._main_uri,
                self.watched.username,
                self._password(),
                open_seconds=MAIN_OPEN_SECONDS,
                read_seconds=MAIN_SECONDS - MAIN_OPEN_SECONDS,
            ) as stream:
                return stream.keyframe(deadline).bgr()
        except Problem as problem:
            log.info("camera %d: no picture of the main stream: %s", self.watched.id, problem)
            return None
