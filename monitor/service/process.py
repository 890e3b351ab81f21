"""What every process of the service does: say that it lives, stop when asked or when its parent died, close its day cleanly."""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from setproctitle import setproctitle
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.together import Reading, asked, read
from monitor.models.service import ProcessBeat
from monitor.service.life import SIGN_SECONDS, WORK_SECONDS, sign, tell_systemd
from monitor.service.logs import log_to_stderr
from monitor.setting_up.stating import refresh
from monitor.timekeeping.keeping import keep, settle

BEAT_SECONDS = 3.0
# Three beats missed and a little: then a process is not counted as alive any more.
ALIVE_SECONDS = 12.0
# A loop may be at one piece of work for so long and still counts as alive.
BUSY_SECONDS = 20.0
PARENT_VARIABLE = "QUARANTINE_PARENT"
log = logging.getLogger(__name__)


def name_in_title(command_line: str) -> str | None:
    """The name of one of our processes, as its title tells it (gunicorn puts its own words around); None for another program."""
    found = re.search(r"quarantine ([a-z]+-\d+)", command_line)
    return found[1] if found else None


def beat(
    session: Session, name: str, kind: str, started_at: datetime, now: datetime, details: dict[str, Any] | None = None
) -> None:
    """Write this process's sign of life."""
    row = session.get(ProcessBeat, name)
    if row is None:
        row = ProcessBeat(name=name, kind=kind, pid=os.getpid(), started_at=started_at, beat_at=now, details=details or {})
        session.add(row)
    row.kind, row.pid, row.started_at, row.beat_at = kind, os.getpid(), started_at, now
    row.details = details or {}


def alive(session: Session, now: datetime) -> dict[str, int]:
    """How many processes of each kind gave a sign of life lately."""
    return read(session, alive_asked(now))


def alive_asked(now: datetime) -> Reading[dict[str, int]]:
    """The same as a reading."""
    rows = yield from asked(
        select(ProcessBeat.kind, func.count())
        .where(ProcessBeat.beat_at >= now - timedelta(seconds=ALIVE_SECONDS))
        .group_by(ProcessBeat.kind)
    )
    return {row[0]: row[1] for row in rows}


class Process:
    """One process of the service: its name, its wish to stop, and its signs of life.

    The loop that does the work says that it came round (`worked`); threads beside it only carry that to the parent, to systemd and into
    the database, so that whoever looks there learns of the loop and not of the thread.
    details: called at each beat, its JSON-able answer is kept with the beat.
    """

    def __init__(
        self, kind: str, number: int, database: Database | None, details: Callable[[], dict[str, Any]] | None = None
    ) -> None:
        self.kind = kind
        self.name = f"{kind}-{number}"
        self.stopping = threading.Event()
        self.started_at = utc_now()
        self._database = database
        self._details = details
        self._worked_at: float | None = None
        self._told_at = 0.0
        self._beat_at: float | None = None
        setproctitle(f"quarantine {self.name}")
        log_to_stderr(self.name)

    def start(self, *, signals: bool = True, tells: bool = True) -> Process:
        """Begin to beat, to follow the parent, and (in the main thread) to take SIGTERM and SIGINT as a wish to stop.

        tells: give signs of life to who started us; not where a process of ours below does.
        """
        if signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.stopping.set())
        self._settle()
        threading.Thread(target=self._live, args=(tells,), name="life", daemon=True).start()
        if self._database is not None:
            threading.Thread(target=self._beat, args=(self._database,), name="heartbeat", daemon=True).start()
        return self

    def _settle(self) -> None:
        """Go by the time of this machine's other processes, before anything is written with another one."""
        if self._database is not None:
            try:
                settle(self._database)
            except SQLAlchemyError as error:
                log.warning("no time could be read: %s", type(error).__name__)
        self.started_at = utc_now()

    def wait(self, seconds: float) -> bool:
        """Sleep, or less when the process is to stop. Returns whether to go on."""
        return not self.stopping.wait(seconds)

    def worked(self) -> None:
        """To be called by the loop that does the work, each time it comes round."""
        self._worked_at = time.monotonic()

    def _live(self, tells: bool) -> None:
        parent = int(os.environ.get(PARENT_VARIABLE, "0"))
        while True:
            if parent and os.getppid() != parent:
                # Whoever started us is gone: a service without its parent would fight with the next one for cameras and ports.
                self.stopping.set()
                os.kill(os.getpid(), signal.SIGTERM)
                return
            if tells:
                worked = self._worked_at is not None and self._worked_at > self._told_at
                self._told_at = time.monotonic()
                sign(worked)
                tell_systemd(self._worked_at is None or self._told_at - self._worked_at < WORK_SECONDS)
            if not parent and self._hangs():
                # Nobody else would notice: whatever runs this command starts it again.
                log.error("the loop of %s hangs; ending it", self.name)
                os.kill(os.getpid(), signal.SIGKILL)
            if self.stopping.wait(SIGN_SECONDS):
                return

    def _hangs(self) -> bool:
        """Whether the loop stands still though the database takes our beats, as it does for twice as long as a parent would wait."""
        now = time.monotonic()
        if self._worked_at is None or self._beat_at is None or now - self._beat_at > ALIVE_SECONDS:
            return False
        return now - self._worked_at > 2 * WORK_SECONDS

    def _beat(self, database: Database) -> None:
        while True:
            try:
                with database.write() as session:
                    keep(session)
                    # As it was when the loop last came round: who hangs is not alive. Who has no loop only lives.
                    ago = time.monotonic() - self._worked_at if self._worked_at is not None else 0.0
                    at = utc_now() - timedelta(seconds=ago if ago > BUSY_SECONDS else 0.0)
                    beat(session, self.name, self.kind, self.started_at, at, self._details() if self._details else None)
                self._beat_at = time.monotonic()
                # So that what administrators say on screens holds here within seconds.
                refresh(database)
            except SQLAlchemyError as error:
                log.warning("no heartbeat: %s", type(error).__name__)
            if self.stopping.wait(BEAT_SECONDS):
                return
