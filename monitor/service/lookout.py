"""Looks at the service as its residents and staff meet it, through real sockets, and keeps what it finds: outages, begun and ended.

One thread for each address, so that none waits for another, and one that writes down. While the database takes nothing, what was found
is kept and written once it does; that it took nothing is an outage too.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.service import OutagePart, ProcessBeat
from monitor.outages import keep_past, note_end, note_outage
from monitor.page_looks import ANSWER_SECONDS, LOOK_SECONDS, Looked, read_look, write_look
from monitor.service.heartbeat import NoRedirect
from monitor.service.process import ALIVE_SECONDS
from monitor.service.watching import BEGINS_AFTER_S, Watched, after_look, out_since
from monitor.settings import Settings

log = logging.getLogger(__name__)
WRITE_SECONDS = 1.0
# Who did not answer is asked again sooner, so that begin and end are known to the second.
AGAIN_SECONDS = 0.5
# The public address is asked seldom: it goes through what belongs to others.
PUBLIC_SECONDS = 10.0
# Whoever watched died with what it watched, and both were started again.
LONGEST_UNSEEN = timedelta(minutes=10)
# Less room than this, and the next photo may not fit.
LEAST_FREE_BYTES = 64 * 2**20
UP = "/up"
_OPENER = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))
_CAUSES = {
    OutagePart.DISK: "full",
    OutagePart.WORKER: "no-sign",
    OutagePart.SCHEDULER: "no-sign",
    OutagePart.WATCHER: "no-sign",
}
_BY_BEATS = {"work": OutagePart.WORKER, "watch": OutagePart.WATCHER}


@dataclass(frozen=True)
class Address:
    """Something to ask. part: what is out while it does not answer; every: seconds between two looks."""

    part: OutagePart
    url: str
    every: float = LOOK_SECONDS


@dataclass
class Silence:
    """How an address answered lately. answered_at: the newest answer of whatever kind; failed: looks since without any."""

    answered_at: float | None = None
    failed: int = 0


def own_addresses(settings: Settings) -> list[Address]:
    """The residents' page and the console on this machine, and the page as phones reach it, where that is another address."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - what is listened on is asked
    host = f"[{host}]" if ":" in host else host
    found = [
        Address(OutagePart.PAGE, f"http://{host}:{settings.residents_port}{UP}"),
        Address(OutagePart.CONSOLE, f"http://{host}:{settings.port}{UP}"),
    ]
    if settings.residents_url:
        found.append(Address(OutagePart.LINE, settings.residents_address + UP, PUBLIC_SECONDS))
    return found


def ask(url: str, seconds: float = ANSWER_SECONDS) -> tuple[bool, bool]:
    """Whether an address answered at all, and whether it said that all is well."""
    try:
        with _OPENER.open(url, timeout=seconds) as answer:
            return True, answer.status == 200 and answer.read(16).strip() == b"ok"
    except urllib.error.HTTPError:
        return True, False
    except (OSError, HTTPException, ValueError):
        return False, False


class Lookout:
    """Whoever watches: a parent over its children, or a scheduler that runs by itself. `start` it once.

    active: asked before anything is written: of several that watch, one does. beats: whether processes of other machines are watched by
    their beats, where nobody hears them.
    """

    def __init__(
        self,
        database: Database,
        addresses: Sequence[Address],
        folder: Path,
        *,
        active: Callable[[], bool] = lambda: True,
        beats: bool = False,
    ) -> None:
        self._database, self._addresses, self._folder = database, addresses, folder
        self._active, self._beats = active, beats
        self._lock = threading.Lock()
        self._watched: dict[OutagePart, Watched] = {}
        self._silences: dict[OutagePart, Silence] = {each.part: Silence() for each in addresses}
        # Outages that last, as far as they are known here: when they began, and when it was last written down that they do.
        self._began: dict[OutagePart, datetime] = {}
        self._written: dict[OutagePart, float] = {}
        self._took_over = False
        self._trying_since: float | None = None
        self._wrote_at: float | None = None
        self._stopping = threading.Event()

    def start(self, stopping: threading.Event) -> Lookout:
        """Look until stopped."""
        self._stopping = stopping
        for each in self._addresses:
            threading.Thread(target=self._look, args=(each,), name=f"look-{each.part}", daemon=True).start()
        threading.Thread(target=self._write, name="lookout", daemon=True).start()
        return self

    @property
    def database_answers(self) -> bool:
        """Whether the database takes what is written; while it does not, nobody hangs who waits for it."""
        since = self._trying_since
        return self._wrote_at is not None and (since is None or time.monotonic() - since < BEGINS_AFTER_S / 2)

    def silent(self, since: float, patience_s: float) -> bool:
        """Whether the page or the console answered after `since`, and then not at all for so long: its process hangs."""
        now = time.monotonic()
        return any(
            silence.answered_at is not None
            and silence.answered_at > since
            and silence.failed >= 2
            and now - silence.answered_at >= patience_s
            for part, silence in self._silences.items()
            if part is not OutagePart.LINE
        )

    def hear(self, part: OutagePart, good: bool, at: float) -> None:
        """Take a look at something into account. at: of `time.monotonic`."""
        with self._lock:
            before = self._watched.get(part, Watched())
            self._watched[part] = after_look(before, good, at)
            since = out_since(before, good, at)
            if since is not None and part not in self._began:
                self._began[part] = utc_now() - timedelta(seconds=time.monotonic() - since)
                log.warning("out: %s", part)

    def _look(self, address: Address) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            answered, good = ask(address.url)
            self.take(address.part, answered, good, time.monotonic())
            pause = address.every if good else AGAIN_SECONDS

    def take(self, part: OutagePart, answered: bool, good: bool, at: float) -> None:
        """Take what came of asking an address into account."""
        silence = self._silences[part]
        if answered:
            silence.answered_at, silence.failed = at, 0
        else:
            silence.failed += 1
        page = self._watched.get(OutagePart.PAGE, Watched())
        if part is OutagePart.LINE and not good and (page.good_at is None or at - page.good_at > BEGINS_AFTER_S):
            # The page itself is out: that says nothing of the line.
            return
        self.hear(part, good, at)

    def _write(self) -> None:
        while not self._stopping.wait(WRITE_SECONDS):
            now = time.monotonic()
            if self._trying_since is None:
                self._trying_since = now
            try:
                if not self._active():
                    self._trying_since = None
                    continue
                free = shutil.disk_usage(self._folder).free if self._folder.is_dir() else LEAST_FREE_BYTES
                self.hear(OutagePart.DISK, free >= LEAST_FREE_BYTES, now)
                with self._database.write() as session:
                    # Also where there is nothing to write: it is known by this whether the database takes anything.
                    session.connection()
                    kept = self.write(session, utc_now(), now)
                self.kept(kept, now)
            except SQLAlchemyError as error:
                log.warning("nothing can be written down: %s", type(error).__name__)
                continue
            self._wrote_at, self._trying_since = time.monotonic(), None

    def write(self, session: Session, now: datetime, at: float) -> dict[OutagePart, bool]:
        """Write down what is known, in the caller's write transaction; what was, is for `kept` once that is committed.

        now, at: the same moment, in UTC and of `time.monotonic`.
        """
        if self._beats:
            self._hear_beats(session, now, at)
        if self._trying_since is not None and time.monotonic() - self._trying_since >= BEGINS_AFTER_S:
            waited = timedelta(seconds=time.monotonic() - self._trying_since)
            keep_past(session, OutagePart.DATABASE, started_at=utc_now() - waited, ended_at=utc_now(), cause="no-answer")
        with self._lock:
            watched, began = dict(self._watched), dict(self._began)
        kept: dict[OutagePart, bool] = {}
        for part, started_at in began.items():
            cause = _CAUSES.get(part, "no-answer")
            known = watched[part]
            if known.out:
                if part not in self._written or at - self._written[part] >= BEGINS_AFTER_S:
                    note_outage(session, part, started_at=started_at, now=now, cause=cause)
                    kept[part] = True
                continue
            ended_at = now - timedelta(seconds=at - (at if known.good_since is None else known.good_since))
            if part in self._written:
                note_end(session, part, now=ended_at)
            else:
                keep_past(session, part, started_at=started_at, ended_at=ended_at, cause=cause)
            kept[part] = False
        page = watched.get(OutagePart.PAGE)
        if page is not None and page.good_at is not None and page.good_since is not None:
            if not self._took_over:
                _keep_what_nobody_saw(session, now - timedelta(seconds=at - page.good_since))
            good_at, good_since = (now - timedelta(seconds=at - each) for each in (page.good_at, page.good_since))
            write_look(session, Looked(good_since, good_at, now, page.out), os.getpid())
        return kept

    def kept(self, kept: Mapping[OutagePart, bool], at: float) -> None:
        """What was written is committed: that an outage lasts (True), or that it ended."""
        self._took_over = self._took_over or self._watched.get(OutagePart.PAGE, Watched()).good_at is not None
        for part, lasts in kept.items():
            if lasts:
                self._written[part] = at
            else:
                self._written.pop(part, None)
                with self._lock:
                    self._began.pop(part, None)

    def _hear_beats(self, session: Session, now: datetime, at: float) -> None:
        newest = select(ProcessBeat.kind, func.max(ProcessBeat.beat_at)).where(ProcessBeat.kind.in_(_BY_BEATS))
        for kind, beat_at in session.execute(newest.group_by(ProcessBeat.kind)):
            self.hear(_BY_BEATS[kind], now - beat_at <= timedelta(seconds=ALIVE_SECONDS), at)


def _keep_what_nobody_saw(session: Session, answers_since: datetime) -> None:
    """Between the last good look of whoever watched before and the first of ours the page was out, where that is more than a moment.

    Longer than that nothing of ours ran, which the clock that stood still tells by itself.
    """
    before = read_look(session)
    gap = answers_since - before.good_at if before is not None else timedelta(0)
    if before is not None and timedelta(seconds=BEGINS_AFTER_S) <= gap <= LONGEST_UNSEEN:
        keep_past(session, OutagePart.PAGE, started_at=before.good_at, ended_at=answers_since, cause="no-answer")
