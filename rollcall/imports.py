"""Files of people, worked on by workers: one piece at a time, so that messages and answers never wait long behind them."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.job_tables import have_jobs
from monitor.enrolment.imports.around import Units
from monitor.enrolment.imports.comparing import compare_rows
from monitor.enrolment.imports.entering import enter_some
from monitor.enrolment.imports.judging import judge_some
from monitor.enrolment.imports.leases import MOST_ATTEMPTS, Held, claim
from monitor.enrolment.imports.reading import fail_often, read_file
from monitor.models.people.imports import ImportState
from monitor.vault.vault import Vault
from rollcall.jobs import TAKE_IN_PEOPLE, defer

log = logging.getLogger(__name__)


class ImportWork:
    """One worker's work on files of people."""

    def __init__(self, database: Database, vault: Vault, worker: str) -> None:
        self._database, self._vault, self._worker = database, vault, worker
        # What cells of the file in hand say of communes: looked up once, not for each piece.
        self._units: Units = {}
        self._units_of = 0

    def step(self, now: datetime) -> int:
        """Do one piece of what waits; returns whether there was any. The next piece waits for whichever worker is free."""
        held = claim(self._database, self._worker, now)
        if held is None:
            return 0
        if held.attempts > MOST_ATTEMPTS:
            fail_often(self._database, self._vault, held, now)
            return 1
        if self._units_of != held.id:
            self._units, self._units_of = {}, held.id
        try:
            self._work_on(held, now)
        except Exception:
            # Whatever a file does: tried again when its lease runs out, and given up in words after a few times.
            log.exception("import %s failed", held.id)
            return 1
        if have_jobs(self._database.engine):
            with self._database.write() as session:
                ask_for_work(session)
        return 1

    def _work_on(self, held: Held, now: datetime) -> None:
        if held.state is ImportState.WAITING:
            read_file(self._database, self._vault, held, now)
        elif held.state is ImportState.ENTERING:
            enter_some(self._database, held, self._units, now)
        elif not judge_some(self._database, held, self._units, now):
            compare_rows(self._database, held, now)


def ask_for_work(session: Session) -> None:
    """In the transaction that makes work on a file: let a worker come."""
    defer(session, TAKE_IN_PEOPLE, 1)
