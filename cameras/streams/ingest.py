"""Read all streams of a process in one thread: connect, converse, and hand each coded picture to its camera.

The sockets are looked at five times a second, not at each packet: a stream then costs five reads a second however it is cut
into packets, and nothing that watching decides needs to be known sooner.
"""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

from cameras.errors import CameraProblem, refused, unreachable
from cameras.login import Login
from cameras.streams.rtsp.session import ANSWER_SECONDS, Phase, Session
from cameras.streams.rtsp.units import Unit

PASS_SECONDS = 0.2
# While somebody waits for an answer, or a stream is being set up, it is looked at more often.
BUSY_PASS_SECONDS = 0.02
# Deadlines and signs of life are looked at so often.
TICK_SECONDS = 0.5
_READ_BYTES = 262_144
# What one stream may hand over in one pass, so that a flood from one does not hold up the others.
_MOST_READS = 8
_RTSP_PORT = 554
log = logging.getLogger(__name__)


class Connection:
    """One stream being read. on_unit and on_end are called in the ingest's thread; on_end once, with what went wrong or None.

    session: what was agreed with the camera; its `video` is known from the first unit on.
    """

    def __init__(
        self,
        uri: str,
        username: str,
        password: str,
        on_unit: Callable[[Unit], None],
        on_end: Callable[[Exception | None], None],
    ) -> None:
        self.uri = uri
        self.on_end = on_end
        self.closing = False
        parts = urlsplit(uri)
        self.hosts, self.port = [parts.hostname or ""], parts.port or _RTSP_PORT
        """Addresses to try, one after the other."""
        self.place = parts.netloc.rpartition("@")[2]
        self.session = Session(uri, Login(username, password), on_unit, time.monotonic())
        self.next_host_at = float("inf")
        """When the next of them is tried, where this one does not answer; on time.monotonic."""
        self.socket: socket.socket | None = None
        self.connected = False
        self.pending = b""

    @property
    def codec(self) -> str | None:
        """Of the video, once it is known."""
        return self.session.codec

    @property
    def parameter_sets(self) -> bytes:
        """As the camera described them."""
        return self.session.parameter_sets

    def close(self) -> None:
        """Hang up; on_end follows soon, in the ingest's thread."""
        self.closing = True


def is_address(host: str) -> bool:
    """Whether a host is an IP address, and no name."""
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    except OSError:
        return False
    return True


class Ingest(threading.Thread):
    """The thread. `open` and `stop` may be called from any other."""

    def __init__(self) -> None:
        super().__init__(name="ingest", daemon=True)
        self._selector = selectors.DefaultSelector()
        self._new: deque[Connection] = deque()
        self._connections: set[Connection] = set()
        self._stopping = threading.Event()
        # Names are looked up aside: a name server that does not answer must hold up nobody else.
        self._names = ThreadPoolExecutor(4, "names")
        self._tick_at = 0.0
        self._settling = False
        self.late_s = 0.0
        """How late the newest pass began: this thread's own lag."""

    def open(
        self,
        uri: str,
        username: str,
        password: str,
        on_unit: Callable[[Unit], None],
        on_end: Callable[[Exception | None], None],
    ) -> Connection:
        """Begin to read a stream; whatever happens is told by the two calls."""
        connection = Connection(uri, username, password, on_unit, on_end)
        self._new.append(connection)
        return connection

    def stop(self) -> None:
        """Hang up everywhere and end."""
        self._stopping.set()

    def run(self) -> None:
        """The thread."""
        following = time.monotonic()
        while not self._stopping.is_set():
            now = time.monotonic()
            self.late_s = max(0.0, now - following)
            busy = self._pass(now)
            following = time.monotonic() + (BUSY_PASS_SECONDS if busy else PASS_SECONDS)
            self._stopping.wait(max(0.0, following - time.monotonic()))
        for connection in list(self._connections):
            self._end(connection, None)
        self._names.shutdown(wait=False, cancel_futures=True)
        self._selector.close()

    def _pass(self, now: float) -> bool:
        """Look at every stream once; returns whether one is being set up."""
        while self._new:
            self._begin(self._new.popleft(), now)
        for key, events in self._selector.select(0):
            connection: Connection = key.data
            try:
                if events & selectors.EVENT_WRITE:
                    self._write(connection)
                if events & selectors.EVENT_READ:
                    self._read(connection)
            except Exception as error:
                self._failed(connection, error)
        busy = bool(self._new)
        if now < self._tick_at and not self._settling:
            return busy
        self._tick_at = now + TICK_SECONDS
        for connection in list(self._connections):
            if connection.closing:
                self._end(connection, None)
                continue
            try:
                if now >= connection.next_host_at and not connection.connected:
                    self._connect_elsewhere(connection)
                connection.session.tick(now)
                if connection.connected:
                    self._write(connection)
            except Exception as error:
                self._failed(connection, error)
                continue
            busy = busy or connection.session.phase is not Phase.PLAYING
        self._settling = busy
        return busy

    def _failed(self, connection: Connection, error: Exception) -> None:
        if not connection.connected and connection.hosts and connection.socket is not None:
            self._connect_elsewhere(connection)
            return
        if isinstance(error, OSError) and not isinstance(error, CameraProblem):
            if connection.session.video is not None:
                error = connection.session.hung_up()
            elif error.errno == errno.ECONNREFUSED:
                error = refused(connection.place)
            else:
                error = unreachable(connection.place, ANSWER_SECONDS)
        self._end(connection, error)

    def _begin(self, connection: Connection, now: float) -> None:
        self._settling = True
        if connection.closing:
            return
        self._connections.add(connection)
        connection.session.deadline = now + ANSWER_SECONDS
        if is_address(connection.hosts[0]):
            self._connect(connection)
        else:
            self._names.submit(self._look_up, connection)

    def _look_up(self, connection: Connection) -> None:
        try:
            found = socket.getaddrinfo(connection.hosts[0], connection.port, type=socket.SOCK_STREAM)
        except OSError:
            return  # the deadline says so
        # Each of them is tried: a name may stand for one that is out of reach, as of a camera without IPv6.
        connection.hosts = list(dict.fromkeys(str(each[4][0]) for each in found))
        self._new.append(connection)

    def _connect(self, connection: Connection) -> None:
        if connection.socket is not None or connection.closing:
            return
        host = connection.hosts.pop(0)
        made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.socket = made
        with suppress(BlockingIOError):
            try:
                made.connect((host, connection.port))
            except BlockingIOError:
                raise
            except OSError as error:
                if connection.hosts:
                    made.close()
                    connection.socket = None
                    self._connect(connection)
                else:
                    self._failed(connection, error)
                return
        self._selector.register(made, selectors.EVENT_READ | selectors.EVENT_WRITE, connection)
        if connection.hosts:
            connection.next_host_at = time.monotonic() + ANSWER_SECONDS / (len(connection.hosts) + 1)

    def _connect_elsewhere(self, connection: Connection) -> None:
        """Leave an address that takes no connection, for the next one of the same name."""
        assert connection.socket is not None
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        connection.socket.close()
        connection.socket, connection.next_host_at = None, float("inf")
        self._connect(connection)

    def _write(self, connection: Connection) -> None:
        if connection.socket is None:
            return
        if not connection.connected:
            error = connection.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, "no connection")
            connection.connected = True
            self._selector.modify(connection.socket, selectors.EVENT_READ, connection)
        out = connection.pending + connection.session.outgoing()
        if not out:
            return
        try:
            sent = connection.socket.send(out)
        except BlockingIOError:
            sent = 0
        connection.pending = out[sent:]

    def _read(self, connection: Connection) -> None:
        assert connection.socket is not None
        for _ in range(_MOST_READS):
            try:
                data = connection.socket.recv(_READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                raise connection.session.hung_up()
            connection.session.receive(data, time.monotonic())
            if len(data) < _READ_BYTES or connection.closing:
                return

    def _end(self, connection: Connection, error: Exception | None) -> None:
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        connection.closing = True
        if connection.socket is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(connection.socket)
            with suppress(OSError):
                if connection.connected and error is None:
                    connection.session.close()
                    connection.socket.send(connection.session.outgoing())
            connection.socket.close()
        try:
            connection.on_end(error)
        except Exception:
            log.exception("a camera could not be told that its stream ended")
