"""`quarantine bench contacts`: contacts found among check-ins, keys compared with a log, a view of a chain, and all vectors."""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import numpy as np
from sqlalchemy import select

from monitor.benchmarks.many_stays import fill
from monitor.benchmarks.province_people import build_province
from monitor.benchmarks.scratch_database import scratch_database
from monitor.clock import utc_now
from monitor.contacts import rule_vectors, tracing_vectors
from monitor.contacts.bluezone.encounters import Heard
from monitor.contacts.bluezone.format import ROW
from monitor.contacts.bluezone.identifiers import DAY_S, DailyKey, identifiers, slots
from monitor.contacts.matching.candidates import met_by, seconds, visit_of, visit_rows
from monitor.contacts.matching.risk import Infectious, case_visits
from monitor.contacts.matching.rule import MatchingRule
from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.models.accounts import Account, Role
from monitor.models.control_points import PlaceStay
from monitor.vault.vault import Vault, open_vault
from monitor.words import N_
from web.benchmarks.console import add_readers
from web.benchmarks.contact_chains import CASE_OF, WHOLE, add_chains, tree_s
from web.benchmarks.province import zone_sizes
from web.benchmarks.under_way import settings_in
from web.console.application import create_console

VISITS, STAYS = 1000, 20_000_000
LOG_ROWS, KEY_DAYS, KEYS = 100_000, 14, 500
BEGIN = datetime(2021, 7, 1, tzinfo=UTC)
_ROUNDS = 3


@click.command(
    "contacts",
    help=N_(
        "Measure contact tracing: visits of infected people compared with check-ins, keys of phones with a log, a view of a chain, and"
        " whether all vectors come out.\n\nLast line: one JSON object."
    ),
)
@click.option(
    "--database", "url", default="", help=N_("PostgreSQL server to measure on; a separate database is created and removed.")
)
@click.option("--stays", default=STAYS, show_default=True, help=N_("Number of check-ins to find contacts among."))
@click.option("--keys", default=KEYS, show_default=True, help=N_("Number of phones’ keys to compare with a log."))
def bench_contacts(url: str, stays: int, keys: int) -> None:
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as name:
        folder = Path(name)
        vault = open_vault(settings_in(folder))
        with scratch_database(folder, url, vault.column_key()) as database:
            begun = time.perf_counter()
            fill(database, stays, BEGIN)
            click.echo(f"{stays} check-ins in {time.perf_counter() - begun:.0f} s")
            matched = _match(database, stays)
            click.echo(f"{VISITS} visits: {matched}")
            figures = {"match_s": matched["s"], "bluezone_keys_per_s": round(_keys_per_s(keys), 1)}
            tree = _tree_s(folder, database, vault)
            kind = database.kind
    click.echo(json.dumps({"database": kind, "stays": stays, **figures, "tree_s": tree, "vectors": _vectors()}))


def _match(database: Database, stays: int) -> dict[str, float]:
    """The median of three rounds, each with other visits: seconds on the clock, and of this process's core."""
    rule, until = MatchingRule(), BEGIN + timedelta(days=8)
    infectious = Infectious(date(2021, 7, 4), True, seconds(BEGIN), seconds(until))
    rounds = []
    for number in range(_ROUNDS):
        some = random.Random(number).sample(range(1, stays + 1), min(VISITS, stays))  # noqa: S311 - which ones does not matter
        with database.read() as session:
            rows = session.execute(select(*visit_rows()).where(one_of(PlaceStay.id, some))).all()
            begun, core = time.perf_counter(), time.process_time()
            cases = case_visits([visit_of(tuple(row), until) for row in rows], infectious, rule)
            judged = met_by(session, cases, (), rule, until)
            rounds.append((time.perf_counter() - begun, time.process_time() - core, len(judged)))
    clock, core, found = sorted(rounds)[_ROUNDS // 2]
    return {"s": round(clock, 3), "core_s": round(core, 3), "contacts": found}


def _keys_per_s(keys: int) -> float:
    """Keys of 14 days that are held against a log of 100,000 rows in a second of one core."""
    since = seconds(BEGIN)
    chance = np.random.default_rng(1)
    rows = np.zeros(LOG_ROWS, ROW)
    rows["contact"] = chance.integers(0, 256, (LOG_ROWS, 12), np.uint8)
    rows["time"] = np.sort(chance.integers(since, since + KEY_DAYS * DAY_S, LOG_ROWS))
    # One phone of them was met: what is measured must find it.
    met = DailyKey(bytes(32), since, since + KEY_DAYS * DAY_S)
    rows["contact"][:96], rows["time"][:96] = identifiers(met)[:96], slots(met)[:96]
    heard = Heard(rows)
    if len(heard.of(met).time) != 96:
        raise click.ClickException("the phone that was met was not found")
    begun = time.process_time()
    for _ in range(keys):
        heard.of(DailyKey(os.urandom(32), met.since, met.until))
    return keys / (time.process_time() - begun)


def _tree_s(folder: Path, database: Database, vault: Vault) -> float:
    """Seconds of a core for a view out of chains of 25,000 people."""
    settings, now = settings_in(folder), utc_now()
    province = build_province(database, WHOLE // CASE_OF, now, sizes=zone_sizes(WHOLE // CASE_OF))
    add_readers(database)
    with database.write() as session:
        supervisor = session.scalars(select(Account.id).where(Account.username == Role.SUPERVISOR.value)).one()
        people = add_chains(session, 1.0, province.zones[0], supervisor, now)
    database.take_stock()
    app = create_console(settings, database, vault)
    try:
        took = tree_s(app, database, settings.zone, now)
    finally:
        app.extensions["live"].close()
    click.echo(f"a view out of {people} people: {took:.2f} s")
    return round(took, 2)


def _vectors() -> int:
    """How many vectors come out as their sources say. Raises ClickException for the first that does not."""
    good = 0
    for module in (rule_vectors, tracing_vectors):
        for vector in module.vectors():
            wanted, reckoned = module.wanted(vector), module.reckoned(vector)
            if wanted != reckoned:
                raise click.ClickException(f"{vector['source']}: {wanted} was wanted, {reckoned} came out")
            good += 1
    return good
