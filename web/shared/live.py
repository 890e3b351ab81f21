"""Tells open pages which zones changed: one thread asks the database, each stream gets what its reader may see."""

from __future__ import annotations

import json
import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from monitor.accounts.access import Reader
from monitor.changes import OVERLAP, recent
from monitor.database.database import Database

LOOK_EVERY = 0.5  # seconds; a change is on screen within two
HEARTBEAT = 15.0  # seconds: proxies close a silent connection after 30 to 60
RECHECK = 3.0  # seconds until a stream notices that its session ended, or its reader may see other zones
BREATH = 1.0  # seconds until a stream notices that its browser went away
log = logging.getLogger(__name__)


class Subscriber:
    """One stream's waiting changes. A set, so it can never grow beyond zones times topics, and loses nothing."""

    def __init__(self) -> None:
        self._waiting: set[tuple[int | None, str]] = set()
        self._lock = threading.Lock()
        self.woken = threading.Event()

    def give(self, changes: set[tuple[int | None, str]]) -> None:
        """Add (zone, topic) pairs."""
        with self._lock:
            self._waiting |= changes
        self.woken.set()

    def take(self, seconds: float) -> set[tuple[int | None, str]]:
        """What came, waiting up to some seconds for it."""
        self.woken.wait(seconds)
        with self._lock:
            self.woken.clear()
            taken, self._waiting = self._waiting, set()
        return taken


class Broadcaster:
    """One thread for an application, started with the first stream."""

    def __init__(self, database: Database, now: Callable[[], datetime], most_streams: int) -> None:
        self.closing = threading.Event()
        self._database, self._now, self._most = database, now, most_streams
        self._subscribers: set[Subscriber] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._seen: dict[int, float] = {}

    @property
    def streams(self) -> int:
        """How many pages listen now."""
        return len(self._subscribers)

    def subscribe(self) -> Subscriber | None:
        """A new listener; None when there are as many as allowed."""
        with self._lock:
            if len(self._subscribers) >= self._most or self.closing.is_set():
                return None
            if self._thread is None:
                # What happened before now the page has already shown, or shows when its stream opens.
                self._look()
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
            subscriber = Subscriber()
            self._subscribers.add(subscriber)
            return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """A stream ended."""
        with self._lock:
            self._subscribers.discard(subscriber)

    def close(self) -> None:
        """End the thread and every stream; for the end of the process, may be called from a signal handler."""
        self.closing.set()
        for subscriber in list(self._subscribers):
            subscriber.woken.set()

    def _run(self) -> None:
        while not self.closing.is_set():
            try:
                with self._database.engine.connect() as connection:
                    self._follow(connection)
            except SQLAlchemyError as error:
                log.warning("live pages: %s", type(error).__name__)
                self.closing.wait(2.0)

    def _follow(self, connection: Connection) -> None:
        version: int | None = None
        while not self.closing.wait(LOOK_EVERY):
            newest = self._database.data_version(connection)
            connection.rollback()
            if newest is not None and newest == version:
                continue
            version = newest
            fresh = self._look()
            if fresh:
                with self._lock:
                    for subscriber in self._subscribers:
                        subscriber.give(fresh)

    def _look(self) -> set[tuple[int | None, str]]:
        with self._database.read() as session:
            rows = recent(session, self._now() - OVERLAP)
        fresh = {(zone, topic) for number, zone, topic in rows if number not in self._seen}
        # Remembered as long as `recent` could still return them.
        at = time.monotonic()
        self._seen = {number: then for number, then in self._seen.items() if at - then < 2 * OVERLAP.total_seconds()}
        self._seen |= {number: at for number, _, _ in rows}
        return fresh


def stream(
    broadcaster: Broadcaster,
    subscriber: Subscriber,
    reader: Reader,
    recheck: Callable[[], Reader | None],
    connected: Callable[[], bool],
) -> Iterator[str]:
    """Server-sent events: `zone` with {"zone": id or null for all, "topic": …}, for the zones the reader may see.

    recheck: the reader of this moment, None when the session ended. connected: whether the browser is still there.
    """
    with closing(_Leaving(broadcaster, subscriber)):
        yield "retry: 2000\n: open\n\n"
        said = checked = time.monotonic()
        while not broadcaster.closing.is_set():
            changes = subscriber.take(BREATH)
            at = time.monotonic()
            if not connected():
                return
            if at - checked >= RECHECK:
                checked = at
                fresh = recheck()
                if fresh is None:
                    yield "event: ended\ndata: {}\n\n"
                    return
                reader = fresh
            for zone, topic in sorted(changes, key=str):
                if zone is None or reader.among({zone}):
                    yield f"event: zone\ndata: {json.dumps({'zone': zone, 'topic': topic})}\n\n"
                    said = at
            if at - said >= HEARTBEAT:
                said = at
                yield ": still here\n\n"


class _Leaving:
    def __init__(self, broadcaster: Broadcaster, subscriber: Subscriber) -> None:
        self._broadcaster, self._subscriber = broadcaster, subscriber

    def close(self) -> None:
        self._broadcaster.leave(self._subscriber)


def still_connected(environ: dict[str, Any]) -> Callable[[], bool]:
    """Whether the browser of a request is still there: a page that was left must not keep a thread until the next heartbeat."""
    connection: socket.socket | None = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")

    def connected() -> bool:
        if connection is None:
            return True
        with suppress(OSError, ValueError):
            if not select.select([connection], [], [], 0)[0]:
                return True
            return connection.recv(1, socket.MSG_PEEK) != b""
        return False

    return connected
