"""The clock of the service: APScheduler calls the ticks; every tick is safe to run twice, on one leader for many machines."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from monitor import changes
from monitor.clock import utc_now
from monitor.database import Database
from monitor.incidents import escalate_overdue
from monitor.presence_keeper import PresenceKeeper
from monitor.process import Process
from monitor.purge import Purge
from monitor.settings import Settings
from monitor.truth import record_truth
from monitor.vault import Vault
from rollcall import inbound
from rollcall.channels.setup import channel_names
from rollcall.climbing import climb_due
from rollcall.closing import close_due
from rollcall.data_requests import open_overdue
from rollcall.deletion_notice import announce_deletions
from rollcall.receipts import forget_parked, take_crossed
from rollcall.rounds import open_due_rounds, record_outage

log = logging.getLogger(__name__)
_LEADER = 20210702


class Leader:
    """Whether this process leads. On PostgreSQL one does, by an advisory lock that ends with its connection; on SQLite always."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        # The ticks run in threads, and a connection is one thread's at a time.
        self._asking = threading.Lock()

    def leads(self) -> bool:
        """Hold or try to get the lead."""
        if self._database.is_sqlite:
            return True
        with self._asking:
            try:
                if self._connection is None:
                    connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                    if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LEADER}).scalar():
                        connection.close()
                        return False
                    self._connection = connection
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self._give_up()
                return False
            return True

    def _give_up(self) -> None:
        """End the connection for good: back in the pool it would keep the lock, and nobody would lead."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.closed:
            connection.invalidate()
            connection.close()


def tick_rounds(database: Database, now: datetime, available: Collection[str] | None = None) -> None:
    """One second's work on rounds. A tick that fails is told in the log and keeps no other from its turn.

    available: the channels that are set up; None for all.
    """
    # The outage first, and nothing without it: a round that closes in this very tick is excused by it.
    record_outage(database, now)
    ticks = (
        partial(open_due_rounds, available=available),
        partial(climb_due, available=available),
        # Before windows are closed: an arrival that is known counts.
        partial(take_crossed),
        partial(close_due),
    )
    for tick in ticks:
        try:
            tick(database, now)
        except Exception:
            log.exception("the tick %s failed and is repeated", tick.func.__name__)


def _ticks_of_jobs(database: Database) -> list[tuple[Callable[[], None], float]]:
    # Loaded here: on SQLite there are no jobs.
    from rollcall.job_keeper import forget_failed, retry_stalled, sweep

    def sweep_jobs() -> None:
        sweep(database, utc_now())

    def stalled_jobs() -> None:
        retry_stalled(database)

    def failed_jobs() -> None:
        forget_failed(database)

    return [(sweep_jobs, 2), (stalled_jobs, 5), (failed_jobs, 3600)]


def run(process: Process, database: Database, vault: Vault, settings: Settings) -> None:
    """Tick until the process is to stop."""
    leader = Leader(database)
    present_for = timedelta(minutes=settings.present_for_minutes)
    # Without any channel messages wait and say so; with some, steps over others are left out.
    available = channel_names(settings) or None
    keeper = PresenceKeeper(database, present_for=present_for)
    cleaner = Purge(database, vault, settings)

    def rounds() -> None:
        tick_rounds(database, utc_now(), available)

    def presence() -> None:
        keeper.refresh(utc_now())

    def truth() -> None:
        record_truth(database, utc_now(), present_for=present_for)

    def overdue() -> None:
        open_overdue(database, utc_now())
        escalate_overdue(database, utc_now())

    def texts() -> None:
        # Whoever took a text reads it at once; this is for those whose process died in between.
        inbound.take_waiting(database, utc_now())

    def purge() -> None:
        cleaner.run(utc_now())
        announce_deletions(database, settings, utc_now())

    def tidy() -> None:
        inbound.tidy(database, utc_now())
        with database.write() as session:
            changes.forget(session, utc_now())
            forget_parked(session, utc_now())

    def led(tick: Callable[[], None]) -> Callable[[], None]:
        def run_led() -> None:
            try:
                if leader.leads():
                    tick()
            except SQLAlchemyError:
                log.exception("a tick met the database's refusal and is repeated")

        return run_led

    # None: a late run is better than none; its default of one second would skip it.
    options: dict[str, Any] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = BackgroundScheduler(timezone="UTC", job_defaults=options)
    ticks: list[tuple[Callable[[], None], float]] = [
        (rounds, 1),
        (presence, 3),
        (truth, 30),
        (overdue, 30),
        (texts, 2),
        (tidy, 60),
        (purge, 3600),
    ]
    if not database.is_sqlite:
        ticks += _ticks_of_jobs(database)
    for tick, seconds in ticks:
        scheduler.add_job(led(tick), "interval", seconds=seconds, id=tick.__name__, next_run_time=utc_now())
    scheduler.start()
    while process.wait(3600):
        pass
    scheduler.shutdown(wait=True)
