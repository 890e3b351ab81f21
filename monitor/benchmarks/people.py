"""`quarantine bench people`: what a province of people costs: importing ten thousand among them, with the search for duplicates."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.benchmarks.invented_people import invent
from monitor.benchmarks.people_lists import add_a_round, measure_exports, measure_lists
from monitor.benchmarks.planted import Planted, planted_file
from monitor.benchmarks.province_people import IN_A_HOUSEHOLD, IN_A_ZONE, SEED, Province, build_province
from monitor.benchmarks.scratch_database import scratch_database
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.enrolment.duplicates import Sameness
from monitor.enrolment.files import written_people
from monitor.enrolment.imports.around import Units
from monitor.enrolment.imports.comparing import compare_rows
from monitor.enrolment.imports.confirming import confirm
from monitor.enrolment.imports.entering import enter_some
from monitor.enrolment.imports.judging import judge_some
from monitor.enrolment.imports.leases import claim
from monitor.enrolment.imports.reading import read_file
from monitor.enrolment.imports.undoing import undo
from monitor.enrolment.imports.uploading import Uploader, upload
from monitor.models.accounts import Account, Role
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.places.units.search import unit_of
from monitor.sheets import FileKind
from monitor.vault.vault import Vault
from monitor.words import N_

ROWS = 10_000


@dataclass(frozen=True)
class Imported:
    """Seconds from the file to the last person entered, and to take all of them out again; shares of 1."""

    seconds: float
    undone: float
    planted_found: float
    false_likely: float


@click.command(
    "people",
    help=N_(
        "Measure a province of invented people: importing a file of 10,000 among them, with the search for duplicates.\n\n"
        "The file holds people who are there already, in each way in which they come again, and new ones with the same common "
        "names. One process does what web page and worker do. Last line: one JSON object; `planted_duplicates_found` is the share "
        "that was found, `false_likely_share` that of new people who were taken for another person."
    ),
)
@click.option("--people", default=300_000, show_default=True, help=N_("Number of people in the province."))
@click.option(
    "--database", "url", default="", help=N_("PostgreSQL server to measure on; a separate database is created and removed.")
)
def bench_people(people: int, url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as name, scratch_database(Path(name), url) as database:
        now = utc_now()
        began = time.perf_counter()
        province = build_province(database, people, now)
        click.echo(f"{people} people on {database.kind}, made in {time.perf_counter() - began:.0f} s")
        imported = measure_import(database, Vault(Path(name) / "vault", bytes(32)), province, min(ROWS, people // 4), now)
        figures: dict[str, float | str] = {
            "people": people,
            "database": database.kind,
            "import_10000_s": round(imported.seconds, 2),
            "undo_10000_s": round(imported.undone, 2),
            "planted_duplicates_found": round(imported.planted_found, 4),
            "false_likely_share": round(imported.false_likely, 4),
        }
        add_a_round(database, now)
        figures |= measure_lists(database, now) | measure_exports(database, people, now)
    click.echo(json.dumps(figures))


def measure_import(database: Database, vault: Vault, province: Province, rows: int, now: datetime) -> Imported:
    """Import a file with planted duplicates, as page and worker do; what is between the steps of a worker is not counted."""
    with database.read() as session:
        names = {each.code: unit.written("vi") for each in province.units if (unit := unit_of(session, each))}
    # Who lives in a household has its commune; those who live by themselves are as they were invented.
    alone = [
        person
        for number, person in enumerate(invent(min(province.people, 40 * rows // 10), province.units, SEED))
        if number % IN_A_ZONE % 9 >= IN_A_HOUSEHOLD
    ]
    planted = list(planted_file(province, alone, rows, 7, names))
    content = b"".join(written_people((each.cells for each in planted), FileKind.XLSX, "vi"))
    with database.write() as session:
        account = Account(username="bench", password_hash="-", role=Role.SUPERVISOR, created_at=now)  # noqa: S106 - nobody signs in
        session.add(account)
        session.flush()
        who = Uploader(account.id, None)
        import_id = upload(session, vault, content, "bench.xlsx", province.zones[0], who, now).id
    began = time.perf_counter()
    _work(database, vault, "read and judged", began)
    with database.write() as session:
        confirm(
            session, session.get_one(PeopleImport, import_id), who.account_id, utc_now(), room_full="without", knowing=False
        )
    _work(database, vault, "entered", began)
    seconds = time.perf_counter() - began
    with database.read() as session:
        found, false_likely = _judged(session, import_id, planted)
    began = time.perf_counter()
    with database.write() as session:
        entered = undo(session, session.get_one(PeopleImport, import_id), who.account_id, utc_now())
    undone = time.perf_counter() - began
    click.echo(f"  undone: {entered} people in {undone:.1f} s")
    return Imported(seconds * ROWS / rows, undone * ROWS / rows, found, false_likely)


def _work(database: Database, vault: Vault, told: str, began: float) -> None:
    units: Units = {}
    while held := claim(database, "bench", utc_now()):
        if held.state is ImportState.WAITING:
            read_file(database, vault, held, utc_now())
        elif held.state is ImportState.ENTERING:
            enter_some(database, held, units, utc_now())
        elif not judge_some(database, held, units, utc_now()):
            compare_rows(database, held, utc_now())
    click.echo(f"  {told}: {time.perf_counter() - began:.1f} s")


def _judged(session: Session, import_id: int, planted: Sequence[Planted]) -> tuple[float, float]:
    found = {
        each.number: each
        for each in session.execute(
            select(ImportRow.number, ImportRow.state, ImportRow.sameness).where(ImportRow.import_id == import_id)
        )
    }
    kept_out = (RowState.THERE, RowState.PARKED)
    told: Counter[str] = Counter()
    for number, each in enumerate(planted, start=2):
        row = found[number]
        if each.of is None:
            told["new"] += 1
            told["taken for another"] += row.sameness is not None and row.sameness >= Sameness.LIKELY
            told["new and parked"] += row.state in kept_out
            told["new and refused"] += row.state is RowState.REFUSED
        else:
            told[f"planted {each.of.name.lower()}"] += 1
            right = row.state in kept_out and row.sameness is not None and row.sameness >= each.of
            told[f"found {each.of.name.lower()}"] += right
            told["planted"] += 1
            told["found"] += right
    click.echo("  " + ", ".join(f"{name} {many}" for name, many in sorted(told.items())))
    return told["found"] / told["planted"], told["taken for another"] / told["new"]
