"""What every process of the service does: say that it lives, stop when asked or when its parent died, close its day cleanly."""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from setproctitle import setproctitle
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.clock import utc_now
from monitor.database import Database
from monitor.logs import log_to_stderr
from monitor.models import ProcessBeat

BEAT_SECONDS = 3.0
# Three beats missed and a little: then a process is not counted as alive any more.
ALIVE_SECONDS = 12.0
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


class Process:
    """One process of the service: its name, its wish to stop, and its heartbeat in a thread.

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
        setproctitle(f"quarantine {self.name}")
        log_to_stderr(self.name)

    def start(self, *, signals: bool = True) -> Process:
        """Begin to beat, to follow the parent, and (in the main thread) to take SIGTERM and SIGINT as a wish to stop."""
        if signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.stopping.set())
        threading.Thread(target=self._live, name="heartbeat", daemon=True).start()
        return self

    def wait(self, seconds: float) -> bool:
        """Sleep, or less when the process is to stop. Returns whether to go on."""
        return not self.stopping.wait(seconds)

    def _live(self) -> None:
        parent = int(os.environ.get(PARENT_VARIABLE, "0"))
        while True:
            if parent and os.getppid() != parent:
                # Whoever started us is gone: a service without its parent would fight with the next one for cameras and ports.
                self.stopping.set()
                os.kill(os.getpid(), signal.SIGTERM)
                return
            if self._database is not None:
                try:
                    with self._database.write() as session:
                        beat(
                            session,
                            self.name,
                            self.kind,
                            self.started_at,
                            utc_now(),
                            self._details() if self._details else None,
                        )
                except SQLAlchemyError as error:
                    log.warning("no heartbeat: %s", type(error).__name__)
            if self.stopping.wait(BEAT_SECONDS):
                return
