"""Watch one camera in a thread: its packets, its keyframes, its faces; connect again whenever it must."""

from __future__ import annotations

import logging
import random
import threading
import time
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cameras.decisions import (
    ANALYSED_SECONDS,
    MOTION_LASTS_SECONDS,
    PICTURE_SECONDS,
    FacesFound,
    Sight,
    faces_due,
    sights_of_faces,
    sights_of_picture,
    wait_before_retry,
)
from cameras.errors import NoUsableStream, StreamRefused, WrongPassword
from cameras.faces import FaceLooker
from cameras.profiles import choose
from cameras.recorder import Recorder
from cameras.streams import READ_SECONDS, Packet, Picture, Stream, open_stream
from monitor.clock import utc_now
from monitor.models import ObservationKind
from monitor.problems import Problem
from monitor.settings import Settings
from monitor.vault import Vault
from monitor.vision.background import BackgroundModel
from monitor.vision.gate import PacketGate
from monitor.vision.integrity import IntegrityJudge, IntegrityState
from monitor.words import N_, Words, words

# One keyframe of the main stream: connect, and wait for a keyframe (one in two seconds is usual).
MAIN_OPEN_SECONDS, MAIN_SECONDS = 2.5, 4.0
# Every so many failures in a row the camera is asked for its streams anew: a new firmware names them differently.
ASK_AGAIN_EVERY = 10
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


class CameraWatcher(threading.Thread):
    """Reads one camera until it is told to stop; whatever happens to the camera, the thread goes on.

    packet_at, picture_at: when a packet came, when a picture was analysed, on time.monotonic; at first, when watching began.
    integrity: of the last picture, or None before the first; problem: why there are none now, or None.
    """

    def __init__(
        self, watched: Watched, settings: Settings, vault: Vault, recorder: Recorder, looker: FaceLooker | None, pool: Executor
    ) -> None:
        super().__init__(name=f"camera-{watched.id}", daemon=True)
        self.watched = watched
        self.packet_at = self.picture_at = time.monotonic()
        self.integrity: IntegrityState | None = None
        self.problem: Words | None = None
        self._settings, self._vault, self._recorder, self._looker, self._pool = settings, vault, recorder, looker, pool
        self._stopping = threading.Event()
        self._owner = f"camera-{watched.id}"
        self._sub_uri, self._main_uri, self._picture = watched.sub_uri, watched.main_uri, watched.picture
        self._told_problem = False  # what the row says is not known: the first success clears it
        self._failures = 0
        self._gate, self._background, self._judge = PacketGate(), BackgroundModel(), IntegrityJudge()
        self._gate_ratio: float | None = None
        self._moved_at = self._stored_at = self._analysed_noted_at = float("-inf")
        self._looked_at: float | None = None
        self._looking, self._found = False, FacesFound()

    def stop(self) -> None:
        """Ask the thread to end; it does at its next packet, or when it has waited for one long enough."""
        self._stopping.set()

    def run(self) -> None:
        """The thread."""
        while not self._stopping.is_set():
            try:
                self._read()
                continue
            except Problem as problem:
                self._failed(problem.words)
                error: Exception = problem
            except Exception as bug:
                # One camera's bad luck with our code must not end the watching of it.
                log.exception("camera %d: a fault of this program", self.watched.id)
                self._failed(
                    words(
                        N_("A fault in the program (%(kind)s); it is tried again. Please report it."), kind=type(bug).__name__
                    )
                )
                error = bug
            if isinstance(error, StreamRefused | NoUsableStream) or self._failures % ASK_AGAIN_EVERY == 0:
                self._sub_uri = ""
            outage = time.monotonic() - self.picture_at
            chance = random.random()  # noqa: S311 - only spreads reconnections
            wait = wait_before_retry(self._failures, outage, chance, wrong_password=isinstance(error, WrongPassword))
            self._stopping.wait(wait)

    def _failed(self, why: Words) -> None:
        self._failures += 1
        if why != self.problem:
            log.warning("camera %d: %s", self.watched.id, why.template % why.values)
            self._recorder.values(self.watched.id, problem=why.dump())
            self._told_problem = True
        self.problem = why

    def _read(self) -> None:
        password = self._password()
        if not self._sub_uri:
            self._ask(password)
        patience = min(READ_SECONDS, self._settings.offline_after_seconds)
        with open_stream(self._sub_uri, self.watched.username, password, read_seconds=patience) as stream:
            for packet in stream.packets():
                if self._stopping.is_set():
                    return
                self._take(stream, packet)

    def _password(self) -> str:
        sealed = self.watched.sealed_password
        return self._vault.unseal(self._owner, sealed, about="password").decode() if sealed else ""

    def _ask(self, password: str) -> None:
        # Imported when needed, which is seldom: the SOAP library takes 25 MB.
        from cameras.onvif_client import probe

        probed = probe(self.watched.address, self.watched.username, password)
        chosen = choose(probed.profiles)
        assert chosen is not None, "a probe without usable encodings raises"
        self._sub_uri, self._main_uri = chosen[0].uri, chosen[1].uri
        self._recorder.probed(self.watched.id, probed)

    def _take(self, stream: Stream, packet: Packet) -> None:
        now = self.packet_at = time.monotonic()
        # A covered picture makes other packets; were they learnt, the uncovered one would look like motion for minutes.
        if self.integrity in (None, IntegrityState.OK):
            reading = self._gate.feed(packet.size_bytes, packet.is_keyframe, packet.time_s)
            if reading.fired:
                self._gate_ratio = max(reading.ratio, self._gate_ratio or 0.0)
        if packet.is_keyframe:
            picture = stream.decode(packet)
            if picture is not None:
                self._analyse(picture, now)

    def _analyse(self, picture: Picture, now: float) -> None:
        luma = picture.luma()
        before = self.integrity
        self.integrity = self._judge.look(luma, now).state
        moved, fraction = False, 0.0
        if self.integrity is IntegrityState.OK:
            motion = self._background.look(luma)
            moved, fraction = motion.fired, motion.fraction
        self.picture_at, self._failures, self.problem = now, 0, None
        at = utc_now()
        sights = sights_of_picture(self.integrity, moved, fraction, self._gate_ratio)
        self._gate_ratio = None
        started = False
        for sight in sights:
            self._recorder.sight(self.watched.id, sight, at)
            if sight.kind is ObservationKind.MOTION:
                started = now - self._moved_at > MOTION_LASTS_SECONDS
                self._moved_at = now
        if now - self._stored_at >= PICTURE_SECONDS or started or before is not self.integrity:
            self._store(picture)
            self._stored_at = now
        if self._told_problem or before is None:
            self._recorder.values(self.watched.id, problem=None)
            self._told_problem = False
        if now - self._analysed_noted_at >= ANALYSED_SECONDS * 0.9:  # keyframes are not exactly 2 s apart
            self._recorder.values(self.watched.id, analysed_at=at)
            self._analysed_noted_at = now
        self._look_for_faces(picture, now)

    def _store(self, picture: Picture) -> None:
        try:
            name = self._vault.put(self._owner, picture.jpeg(), name=self._picture)
        except OSError as error:
            log.warning("camera %d: its picture cannot be stored: %s", self.watched.id, error.strerror)
            return
        if name != self._picture:
            self._picture = name
            self._recorder.values(self.watched.id, picture=name)

    def _moving(self, now: float) -> bool:
        return now - self._moved_at < MOTION_LASTS_SECONDS

    def _look_for_faces(self, picture: Picture, now: float) -> None:
        assert self.integrity is not None, "a picture was judged"
        due = faces_due(
            now, self._looked_at, self._moving(now), self.integrity, self._settings.faces_every_seconds, self._found
        )
        if self._looker is None or self._looking or not due:
            return
        self._looking, self._looked_at = True, now
        try:
            self._pool.submit(self._look, self._looker, picture.bgr())
        except RuntimeError:
            self._looking = False  # the process is stopping

    def _look(self, looker: FaceLooker, fallback: NDArray[np.uint8]) -> None:
        """In another thread: opening the main stream takes a while, and the packets of the sub stream must not wait."""
        try:
            picture = self._main_picture()
            found = looker.look(self.watched.room_id, fallback if picture is None else picture)
            self._found, at = found, utc_now()
            sights: list[Sight] = sights_of_faces(found, self._moving(time.monotonic()))
            for sight in sights if self.integrity is IntegrityState.OK else ():
                self._recorder.sight(self.watched.id, sight, at)
        except Exception:
            log.exception("camera %d: looking for faces failed", self.watched.id)
        finally:
            self._looking = False

    def _main_picture(self) -> NDArray[np.uint8] | None:
        """A keyframe of the main stream, BGR; None when the camera gives none in time."""
        if self._main_uri == self._sub_uri:
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
