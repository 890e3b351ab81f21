"""What it adds to the opening of a round that each database counts check-ins by itself, for whoever reads: with and without, turn by turn."""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import click
import psutil
from sqlalchemy import text, update

from monitor.benchmarks.scratch_database import scratch_database
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.tallies import drop_triggers, make_tallies
from monitor.models.rollcalls.plans import Plan
from rollcall.benchmarks.seeding import seed
from rollcall.rounds.opening import open_due_rounds

TURNS = 5


@dataclass(frozen=True)
class Counting:
    """Seconds of processor time, ours and the database server's, that opening a round took, medians. percent: what counting adds."""

    residents: int
    database: str
    open_cpu_s: float
    open_counted_cpu_s: float
    counting_percent: float


def measure_counting(residents: int, url: str) -> None:
    """Last line: one JSON object."""
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as name, scratch_database(Path(name), url) as database:
        began = utc_now()
        seed(database, residents, began)
        plain, counted = [], []
        for turn in range(TURNS):
            at = began + timedelta(days=2 * turn)
            with database.write() as session:
                drop_triggers(session.connection())
            plain.append(_opened(database, at))
            with database.write() as session:
                make_tallies(session.connection())
            counted.append(_opened(database, at + timedelta(days=1)))
            click.echo(f"{plain[-1]:>8.2f} s without, {counted[-1]:>8.2f} s with counting")
    without, with_counts = median(plain), median(counted)
    percent = round((with_counts / without - 1) * 100, 1)
    click.echo(json.dumps(vars(Counting(residents, database.kind, round(without, 2), round(with_counts, 2), percent))))


def _opened(database: Database, at: datetime) -> float:
    with database.write() as session:
        session.execute(update(Plan).values(next_round_at=at))
    database.take_stock()
    began = _processor(database)
    open_due_rounds(database, at)
    return _processor(database) - began


def _processor(database: Database) -> float:
    """Of this process, and of the server's that work for this database, where it runs on this machine."""
    seconds = time.process_time()
    if not database.is_sqlite:
        with database.read() as session:
            servers = session.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")).all()
        for server in servers:
            with suppress(psutil.Error):
                times = psutil.Process(server).cpu_times()
                seconds += times.user + times.system
    return seconds
