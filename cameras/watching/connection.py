"""Keep one camera connected: ask it for its streams, read one, listen to its events, and try again in time whatever happens."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import closing, suppress

import numpy as np
from numpy.typing import NDArray

from cameras.errors import CameraProblem, NoUsableStream, StreamRefused, WrongPassword, stream_lost
from cameras.profiles import choose
from cameras.streams.first_picture import first_picture
from cameras.streams.readers import FFmpegReader, Link, SnapshotReader
from cameras.streams.rtsp.units import Unit
from cameras.watching.decisions import wait_before_retry
from cameras.watching.listening import Hints, Listener
from cameras.watching.watched import Counters, Services, Watched
from monitor.models.cameras.cameras import CameraSource
from monitor.problems import Problem
from monitor.vault.vault import VaultProblem, camera_owner
from monitor.words import N_, Words, words

# One keyframe of the main stream: connect, and wait for a keyframe (one in two seconds is usual).
MAIN_SECONDS = 4.0
BY_FFMPEG = words(
    N_(
        "Only FFmpeg can read this camera’s stream, not our own reader. It is watched, at several times the usual load. Another stream"
        " or a newer firmware may help."
    )
)
# Every so many failures in a row the camera is asked for its streams anew: a new firmware names them differently.
ASK_AGAIN_EVERY = 10
log = logging.getLogger(__name__)


class Connection:
    """One camera's stream of small pictures, and on request a picture of the large one.

    unit: called for each coded picture, in the thread that reads. link: what is read now, or None; stopping: nothing more is taken.
    problem: why no pictures come, or None; works_at: when the last one was good, on time.monotonic, at first when it was begun;
    linked_at: when it was connected last.
    """

    def __init__(
        self, watched: Watched, services: Services, counters: Counters, hints: Hints, unit: Callable[[Unit], None]
    ) -> None:
        self.link: Link | None = None
        self.stopping = False
        self.problem: Words | None = None
        self.works_at = self.linked_at = time.monotonic()
        self._watched, self._services, self._counters, self._hints, self._unit = watched, services, counters, hints, unit
        self._owner = camera_owner(watched.id)
        self._sub_uri, self._main_uri = watched.sub_uri, watched.main_uri
        self._described_uri = watched.sub_uri
        self._opening = self._renewing = self._other_reader = False
        self._for_want_of_pictures = False  # why the other reader is used, where it is
        self._retry_at = float("-inf")
        self._told_problem = False  # what the row says is not known: the first success clears it
        self._failures = 0
        self._listener: Listener | None = None

    def stop(self) -> None:
        """Hang up, and take nothing more."""
        self.stopping = True
        if self.link is not None:
            self.link.close()
        if self._listener is not None:
            self._listener.stop()

    def wanted(self, clock: float) -> bool:
        """Whether it is time to connect. clock: time.monotonic."""
        return not (self.stopping or self._opening or self.link is not None or clock < self._retry_at)

    def open(self) -> None:
        """Connect, in the pool."""
        self._opening = True
        try:
            self._services.pool.submit(self._open)
        except RuntimeError:
            self._opening = False  # the process is stopping

    def redescribe(self, sub_uri: str) -> None:
        """The row of its stream changed: another address is read from now on, and when there is none the camera is asked."""
        before, self._described_uri = self._described_uri, sub_uri
        if sub_uri in (before, self._sub_uri):
            return
        self._sub_uri, self._other_reader, self._retry_at = sub_uri, False, float("-inf")
        self._for_want_of_pictures = False
        if self.link is not None:
            self._renewing = True
            self.link.close()

    def works(self, now: float, *, first: bool) -> None:
        """A good picture came (then, on time.monotonic), perhaps the first."""
        self.works_at, self._failures = now, 0
        notice = BY_FFMPEG if self._other_reader and self._for_want_of_pictures else None
        if self._told_problem or first or self.problem != notice:
            self._services.recorder.values(self._watched.id, problem=notice.dump() if notice else None)
            self._told_problem = False
        self.problem = notice

    def no_pictures(self, why: CameraProblem) -> None:
        """What comes cannot be watched: say why, and try the other reader, once."""
        self._tell(why.words)
        link = self.link
        if isinstance(link, FFmpegReader | SnapshotReader) or link is None or self._for_want_of_pictures:
            self.linked_at = time.monotonic()  # said again after as long
            return
        self._other_reader = self._for_want_of_pictures = self._renewing = True
        link.close()

    def request_keyframe(self) -> None:
        """Have the camera send a keyframe now, where it can; asked in the pool."""
        if self._watched.source is CameraSource.ONVIF and self._watched.sub_token:
            with suppress(RuntimeError):  # the process is stopping
                self._services.pool.submit(self._request_keyframe)

    def main_picture(self) -> NDArray[np.uint8] | None:
        """A keyframe of the main stream, BGR; None when the camera gives none in time. It takes a while."""
        if self._main_uri == self._sub_uri or not self._main_uri:
            return None
        try:
            found = first_picture(self._services.ingest, self._main_uri, self._watched.username, self._password(), MAIN_SECONDS)
            return found.picture.bgr()
        except Problem as problem:
            log.info("camera %d: no picture of the main stream: %s", self._watched.id, problem)
            return None

    def _request_keyframe(self) -> None:
        """In the pool. A camera that cannot is looked at when its next keyframe comes anyway."""
        from cameras.onvif.keyframe import KeyframeRequests

        with (
            suppress(Problem),
            closing(KeyframeRequests(self._watched.address, self._watched.username, self._password())) as requests,
        ):
            # Rounds are hours apart: a connection kept until the next would be taken by the camera for a viewer that hangs.
            requests.request_keyframe(self._watched.sub_token)

    def _open(self) -> None:
        """In the pool: asking a device takes a while."""
        try:
            password = self._password()
            if not self._sub_uri:
                self._ask(password)
            self.linked_at = time.monotonic()
            self.link = self._connect(password)
            if self._watched.hears_events and self._listener is None and not self.stopping:
                watched = self._watched
                self._listener = Listener(watched.id, watched.address, watched.username, password, self._hints)
            if self.stopping:
                self.stop()
        except Problem as problem:
            self._failed(problem)
        except Exception as bug:
            log.exception("camera %d: a fault of this program", self._watched.id)
            self._failed(bug)
        finally:
            self._opening = False

    def _connect(self, password: str) -> Link:
        username = self._watched.username
        if self._watched.source is CameraSource.SNAPSHOT:
            reader: FFmpegReader | SnapshotReader = SnapshotReader(self._sub_uri, username, password, self._unit, self._ended)
        elif self._other_reader or self._sub_uri.startswith("rtsps:"):
            reader = FFmpegReader(self._sub_uri, username, password, self._unit, self._ended)
        else:
            return self._services.ingest.open(self._sub_uri, username, password, self._unit, self._ended)
        reader.start()
        return reader

    def _password(self) -> str:
        sealed = self._watched.sealed_password
        try:
            return self._services.vault.unseal(self._owner, sealed, about="password").decode() if sealed else ""
        except VaultProblem:
            # Only this camera waits for somebody.
            raise VaultProblem(
                N_("The password of this camera cannot be read: it is damaged. Please enter it again.")
            ) from None

    def _ask(self, password: str) -> None:
        if self._watched.source is not CameraSource.ONVIF:
            self._sub_uri = self._main_uri = self._watched.address
            return
        # Imported when needed, which is seldom: the SOAP library takes 25 MB.
        from cameras.onvif.client import probe

        probed = probe(self._watched.address, self._watched.username, password)
        chosen = choose(probed.profiles)
        assert chosen is not None, "a probe without usable encodings raises"
        self._sub_uri, self._main_uri = chosen[0].uri, chosen[1].uri
        self._services.recorder.probed(self._watched.id, probed)

    def _ended(self, error: Exception | None) -> None:
        """The stream is over; called by whoever read it."""
        self.link = None
        if self.stopping:
            return
        self._counters.reconnects += 1
        if self._renewing:
            self._renewing = False
            return
        if isinstance(error, NoUsableStream) and not self._other_reader and self._watched.source is not CameraSource.SNAPSHOT:
            # Motion JPEG, perhaps: FFmpeg speaks what our own reader does not.
            self._other_reader, self._retry_at = True, 0.0
            return
        self._failed(error or stream_lost(self._watched.name))

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        if isinstance(error, Problem):
            why = error.words
        else:
            if error.__traceback__ is not None:
                log.error("camera %d: a fault of this program", self._watched.id, exc_info=error)
            why = words(
                N_("Program error (%(kind)s); trying again. Please report it, with the time."), kind=type(error).__name__
            )
        self._tell(why)
        if isinstance(error, StreamRefused | NoUsableStream) or self._failures % ASK_AGAIN_EVERY == 0:
            self._sub_uri, self._other_reader, self._for_want_of_pictures = "", False, False
        now = time.monotonic()
        chance = random.random()  # noqa: S311 - only spreads reconnections
        wait = wait_before_retry(self._failures, now - self.works_at, chance, wrong_password=isinstance(error, WrongPassword))
        self._retry_at = now + wait

    def _tell(self, why: Words) -> None:
        """Write down what is wrong, where it is something else than before."""
        if why != self.problem:
            log.warning("camera %d: %s", self._watched.id, why.template % why.values)
            self._services.recorder.values(self._watched.id, problem=why.dump())
            self._told_problem = True
        self.problem = why
