"""Tells open pages which zones changed: one thread asks the database, each stream gets what its reader may see."""

from __future__ import annotations

import json
import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, suppress
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from monitor.accounts.access import Reader
from monitor.accounts.sessions import readers_of
from monitor.changes import OVERLAP, recent
from monitor.database.database import Database

LOOK_EVERY = 0.5  # seconds; a change is on screen within two
HEARTBEAT = 15.0  # seconds: proxies close a silent connection after 30 to 60
RECHECK = 3.0  # seconds until a stream notices that its session ended, or its reader may see other zones
BREATH = 1.0  # seconds until a stream notices that its browser went away
log = logging.getLogger(__name__)


Changes = Collection[tuple[int | None, str]]
"""(zone, topic) pairs."""


class Subscriber:
    """One stream's waiting changes. A set, so it can never grow beyond zones times topics, and loses nothing.

    token: of the session; reader: who it belongs to, as last looked up; None: it ended.
    """

    def __init__(self, token: str, reader: Reader) -> None:
        self.token = token
        self.reader: Reader | None = reader
        self._waiting: set[tuple[int | None, str]] = set()
        self._lock = threading.Lock()
        self.woken = threading.Event()

    def give(self, changes: Changes) -> None:
        """Add changes."""
        with self._lock:
            self._waiting.update(changes)
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
        self._newest = 0

    @property
    def streams(self) -> int:
        """How many pages listen now."""
        return len(self._subscribers)

    def subscribe(self, token: str, reader: Reader) -> Subscriber | None:
        """A new listener with its session; None when there are as many as allowed."""
        with self._lock:
            if len(self._subscribers) >= self._most or self.closing.is_set():
                return None
            if self._thread is None:
                # What happened before now the page has already shown, or shows when its stream opens.
                self._look()
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
            subscriber = Subscriber(token, reader)
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
        checked = time.monotonic()
        while not self.closing.wait(LOOK_EVERY):
            if time.monotonic() - checked >= RECHECK:
                checked = time.monotonic()
                self._recheck()
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

    def _recheck(self) -> None:
        """Look up all sessions that listen, together."""
        with self._lock:
            listening = list(self._subscribers)
        if not listening:
            return
        with self._database.read() as session:
            readers = readers_of(session, {each.token for each in listening}, now=self._now())
        for each in listening:
            each.reader = readers.get(each.token)

    def _look(self) -> set[tuple[int | None, str]]:
        # On SQLite one writes at a time, so that what has a smaller number was there before.
        after = self._newest if self._database.is_sqlite else 0
        with self._database.read() as session:
            rows = recent(session, self._now() - OVERLAP, after)
        self._newest = max(self._newest, *(number for number, _, _ in rows)) if rows else self._newest
        fresh = {(zone, topic) for number, zone, topic in rows if number not in self._seen}
        # Remembered as long as `recent` could still return them.
        at = time.monotonic()
        self._seen = {number: then for number, then in self._seen.items() if at - then < 2 * OVERLAP.total_seconds()}
        self._seen |= {number: at for number, _, _ in rows}
        return fresh


def stream(broadcaster: Broadcaster, subscriber: Subscriber, connected: Callable[[], bool]) -> Iterator[str]:
    """Server-sent events: `zone` with {"zone": id or null for all, "topic": …}, for the zones the reader may see.

    What came together goes as one piece. connected: whether the browser is still there.
    """
    with closing(_Leaving(broadcaster, subscriber)):
        yield "retry: 2000\n: open\n\n"
        said = time.monotonic()
        while not broadcaster.closing.is_set():
            changes = subscriber.take(BREATH)
            at = time.monotonic()
            if not connected():
                return
            reader = subscriber.reader
            if reader is None:
                yield "event: ended\ndata: {}\n\n"
                return
            theirs = [each for each in changes if each[0] is None or reader.among({each[0]})]
            if theirs:
                said = at
                yield "".join(_event(*each) for each in sorted(theirs, key=str))
            if at - said >= HEARTBEAT:
                said = at
                yield ": still here\n\n"


@lru_cache(maxsize=4096)
def _event(zone: int | None, topic: str) -> str:
    """As it goes to all who are told of it."""
    return f"event: zone\ndata: {json.dumps({'zone': zone, 'topic': topic})}\n\n"


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
