"""`quarantine bench report`: a whole province's report counted and read, the memory that takes, and how soon the list behind a number opens."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import click
from sqlalchemy import select

from monitor.benchmarks.scratch_database import scratch_database
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.daily_report import Report, ReportDifference, ReportKind, ReportState
from monitor.reports.definitions import FIGURES, stored
from monitor.reports.kept import figures_of
from monitor.reports.releasing import begin_day, release
from monitor.vault.vault import open_vault
from monitor.words import N_
from rollcall.reporting.drawing_up import count_report
from web.benchmarks.a_days_events import add_events, plant_mistakes, spread_over_communes
from web.benchmarks.console import add_readers
from web.benchmarks.province import fill
from web.benchmarks.reports import HERE
from web.benchmarks.statements import signed_in
from web.benchmarks.under_way import settings_in
from web.console.application import create_console

ROUNDS, TIMES, SEED = 3, 200, 20211123
DAY = timedelta(days=1)


@click.command(
    "report",
    help=N_(
        "Measure the report of a whole province: counted at the cut-off and checked against the day before, with planted mistakes that it must"
        " find; its memory; and how soon the list behind a number opens.\n\nLast line: one JSON object."
    ),
)
@click.option("--residents", default=300_000, show_default=True, help=N_("Number of people in the province."))
@click.option(
    "--database", "url", default="", help=N_("PostgreSQL server to measure on; a separate database is created and removed.")
)
def bench_report(residents: int, url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as name:
        folder = Path(name)
        vault = open_vault(settings_in(folder))
        with scratch_database(folder, url, vault.column_key()) as database:
            began = time.perf_counter()
            now = utc_now()
            communes = _fill(database, residents, now)
            click.echo(
                f"{residents} people in {communes} communes on {database.kind}, made in {time.perf_counter() - began:.0f} s"
            )
            yesterday = _begin(database, now - DAY)
            count_report(database, yesterday, HERE, now - DAY)
            with database.write() as session:
                release(session, yesterday, ReportState.PROVISIONAL, now - DAY, account_id=None)
                planted = plant_mistakes(session, now - DAY, now)
            database.take_stock()
            report_id = _begin(database, now)
            measured = _counted(database, vault.column_key(), report_id, now)
            figures = {
                **measured,
                **_found(database, report_id, planted),
                "open_list_p95_ms": _opened(database, folder, report_id),
            }
        click.echo(json.dumps({"residents": residents, "communes": communes, "database": database.kind, **figures}))


def _fill(database: Database, residents: int, now: datetime) -> int:
    fill(database, residents, now, rounds=ROUNDS, reports=False)
    add_readers(database)
    with database.write() as session:
        communes = spread_over_communes(session)
        add_events(session, now)
    database.take_stock()
    return communes


def _begin(database: Database, cut_off: datetime) -> int:
    day = cut_off.astimezone(HERE).date()
    with database.write() as session:
        begin_day(session, ReportKind.DAILY, day, cut_off)
        return session.scalars(select(Report.id).where(Report.day == day)).one()


def _counted(database: Database, key: bytes, report_id: int, now: datetime) -> dict[str, float]:
    """In a process of its own: seconds, and megabytes at most."""
    asked = {
        "address": database.engine.url.render_as_string(hide_password=False),
        "key": key.hex(),
        "report": report_id,
        "timezone": HERE.key,
        "now": now.isoformat(),
    }
    command = [sys.executable, "-m", "rollcall.benchmarks.report_alone"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(done.stderr[-2000:])
    figures: dict[str, float] = json.loads(done.stdout)
    click.echo(
        f"  counted in {figures['report_s']} s ({figures['processor_s']} s of a processor), read in {figures['read_s']} s,"
        f" {figures['report_mb_peak']} MB at most, {figures['mb_before']} of them before"
    )
    return figures


def _found(database: Database, report_id: int, planted: set[int]) -> dict[str, int]:
    """How many planted mistakes were not found, and who was named besides."""
    with database.read() as session:
        named = set(session.scalars(select(ReportDifference.resident_id).where(ReportDifference.report_id == report_id)))
    click.echo(f"  {len(planted)} mistakes planted, {len(planted & named)} of them found, {len(named - planted)} others named")
    return {"planted": len(planted), "not_found": len(planted - named), "wrongly_named": len(named - planted)}


def _opened(database: Database, folder: Path, report_id: int) -> float:
    """Milliseconds within which 95 % of pages of lists come, as a supervisor of all zones opens them; some are the last of a long one."""
    app = create_console(settings_in(folder), database, open_vault(settings_in(folder)))
    client = signed_in(app, database, Role.SUPERVISOR.value)
    chosen = random.Random(SEED)  # noqa: S311 - which pages are asked for
    paths = _paths(database, report_id, chosen)
    times: list[float] = []
    for path in [*paths[:10], *paths]:
        began = time.perf_counter()
        answer = client.get(path, buffered=True)
        times.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            raise click.ClickException(f"{path}: {answer.status_code}")
    app.extensions["live"].close()
    # The first were to warm up.
    p95 = quantiles(times[10:], n=20)[-1]
    click.echo(f"  {len(paths)} pages of lists: 95 % within {p95:.0f} ms, the slowest {max(times[10:]):.0f} ms")
    return round(p95, 1)


def _paths(database: Database, report_id: int, chosen: random.Random) -> Sequence[str]:
    with database.read() as session:
        figures: dict[str, Any] = figures_of(session, report_id)
    filled = [
        key for key, figure in FIGURES.items() if stored(figure) and figure.lists and key in figures and figures[key].value
    ]
    paths = []
    for _ in range(TIMES):
        key = chosen.choice([*filled, "all.now", "all.now"])
        kept = figures.get(key)
        unit = chosen.choice(["", *kept.units]) if kept else ""
        count = int(kept.units[unit][0] if unit else kept.value) if kept else 0
        start = 50 * chosen.randrange(max(1, count // 50))
        paths.append(f"/reports/{report_id}/{key}?start={start}" + (f"&unit={unit}" if unit else ""))
    return paths
