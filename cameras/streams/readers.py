"""Read what the light RTSP reader does not speak, a thread each: Motion JPEG and RTSP over TLS by FFmpeg, snapshots by HTTP."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

import requests

from cameras.bounded_http import bounded_get
from cameras.errors import no_usable_stream, not_a_picture, readable_password, stream_lost, unreachable, wrong_password
from cameras.login import Login
from cameras.streams.rtsp.even_times import EvenTimes
from cameras.streams.rtsp.units import Unit
from cameras.streams.streams import open_stream, place_of

# A snapshot costs the camera an encoding; many allow one a second.
SNAPSHOT_SECONDS, SNAPSHOT_TIMEOUT = 2.0, 5.0
LARGEST_SNAPSHOT = 8 * 2**20
OnUnit = Callable[[Unit], None]
OnEnd = Callable[[Exception | None], None]


class Link(Protocol):
    """A stream that is being read. codec: of its units, None before it is known; parameter_sets: Annex B, may be empty."""

    @property
    def codec(self) -> str | None:
        """Of the units."""

    @property
    def parameter_sets(self) -> bytes:
        """As the camera described them."""

    def close(self) -> None:
        """Hang up; its on_end follows."""


class _Reader(threading.Thread, ABC):
    """Calls on_unit for each coded picture and on_end once, both in its own thread."""

    parameter_sets = b""

    def __init__(self, uri: str, username: str, password: str, on_unit: OnUnit, on_end: OnEnd) -> None:
        super().__init__(name="reader", daemon=True)
        self.codec: str | None = None
        self._uri, self._username, self._password = uri, username, password
        self._on_unit, self._on_end = on_unit, on_end
        self._stopping = threading.Event()

    def close(self) -> None:
        """Hang up after the next picture."""
        self._stopping.set()

    def run(self) -> None:
        """The thread."""
        error: Exception | None = None
        try:
            self._read()
        except Exception as problem:
            error = problem
        self._on_end(None if self._stopping.is_set() else error)

    @abstractmethod
    def _read(self) -> None:
        """Read until asked to stop. Raises CameraProblem."""


class FFmpegReader(_Reader):
    """Any RTSP stream that FFmpeg reads, H.264, H.265 or Motion JPEG, over TCP, with TLS where the address says rtsps."""

    def _read(self) -> None:
        with open_stream(self._uri, self._username, self._password) as stream:
            self.codec = stream.codec
            self.parameter_sets = stream.parameter_sets
            times = EvenTimes()
            for packet in stream.packets():
                if self._stopping.is_set():
                    return
                data, now = bytes(packet.raw), time.monotonic()
                self._on_unit(Unit(times.at(packet.time_s, now), now, packet.is_keyframe, len(data), [], data))


class SnapshotReader(_Reader):
    """A JPEG that an address gives out, asked for again and again."""

    def _read(self) -> None:
        self.codec = "mjpeg"
        place, session = place_of(self._uri), requests.Session()
        session.trust_env = False
        login = Login(self._username, self._password, secure=self._uri.startswith("https:"))
        while not self._stopping.is_set():
            began = time.monotonic()
            data, status = bounded_get(session, self._uri, login, SNAPSHOT_TIMEOUT, LARGEST_SNAPSHOT)
            if status == 0:
                raise unreachable(place, SNAPSHOT_TIMEOUT)
            if status in (401, 403):
                raise readable_password(place) if login.refused_basic else wrong_password(place)
            if status != 200:
                raise stream_lost(place) if status >= 500 else no_usable_stream(place)
            if not data.startswith(b"\xff\xd8"):
                raise not_a_picture(place)
            now = time.monotonic()
            self._on_unit(Unit(now, now, True, len(data), [], data))
            self._stopping.wait(max(0.1, SNAPSHOT_SECONDS - (time.monotonic() - began)))
