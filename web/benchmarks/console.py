"""`quarantine bench console`: what every page of the console costs in a whole province, quietly and while a round runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import click
import httpx
import pyotp
from sqlalchemy import select, update

from monitor.accounts.accounts import add_account
from monitor.benchmarks.scratch_database import scratch_database
from monitor.changes import Topic, announce
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Account, Role
from monitor.models.cameras.requests import CameraRequest, CameraRequestKind, CameraRequestState
from monitor.models.places import Zone
from monitor.service.bench import free_ports
from monitor.vault.vault import open_vault
from monitor.words import N_
from web.benchmarks.addresses import READERS, Address, pages_of, real_numbers
from web.benchmarks.browser import Browser, Listeners, NotThere
from web.benchmarks.infections import interview_first
from web.benchmarks.province import fill
from web.benchmarks.statements import statements_of
from web.benchmarks.under_way import MASTER_KEY, SECRET, settings_in
from web.console.application import create_console

PASSWORD = "của phép đo này"  # noqa: S105 - opens nothing but what is measured
TIMES, LISTENING = 9, 200
START_SECONDS = 60.0
# In the time that a round gives, half of the people of a province answer.
ANSWER_WITHIN = 6000.0


@dataclass
class Cost:
    """Of one page: milliseconds of each time it was asked for, statements, and bytes."""

    quiet: list[float] = field(default_factory=list)
    in_a_round: list[float] = field(default_factory=list)
    queries: int = 0
    size: int = 0


@click.command(
    "console",
    help=N_(
        "Measure the console in a whole province of invented people: every page over HTTP, quietly and while a round runs.\n\n"
        "The console’s own server is started and signed in to. Then each page is asked for several times, and again with live "
        "connections open while a round is opened in every zone and people answer. Last line: one JSON object."
    ),
)
@click.option("--residents", default=300_000, show_default=True, help=N_("Number of people in the province."))
@click.option(
    "--database", "url", default="", help=N_("PostgreSQL server to measure on; a separate database is created and removed.")
)
@click.option("--listening", default=LISTENING, show_default=True, help=N_("Number of live connections while the round runs."))
@click.option("--times", default=TIMES, show_default=True, help=N_("How often each page is asked for."))
def bench_console(residents: int, url: str, listening: int, times: int) -> None:
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as name:
        folder = Path(name)
        vault = open_vault(settings_in(folder))
        with scratch_database(folder, url, vault.column_key()) as database:
            began = time.perf_counter()
            zones = fill(database, residents, utc_now()).zones
            secrets = add_readers(database)
            click.echo(f"{residents} people on {database.kind}, made in {time.perf_counter() - began:.0f} s")
            app = create_console(settings_in(folder), database, vault)
            with database.read() as session:
                pages = pages_of(app, real_numbers(session, zones[0], SECRET, utc_now()))
            costs = {each.path: Cost() for each in pages}
            # Counted in an application of our own, where no clock runs.
            for path, statements in statements_of(app, database, pages).items():
                costs[path].queries = len(statements)
            with _server(folder, database, listening) as address:
                browsers = {role: Browser(address, role.value, PASSWORD, secrets[role]) for role in READERS}
                asked = _Asked(browsers, pages, costs, times)
                asked.quietly()
                review = _review(browsers[Role.SUPERVISOR], 2 * times)
                listeners = Listeners(browsers[Role.SUPERVISOR], listening)
                with _round_running(folder, database, residents / ANSWER_WITHIN):
                    asked.in_a_round()
                    live = [_until_shown(database, browsers[Role.SUPERVISOR], listeners, zone) for zone in zones[-2 * times :]]
                listeners.close()
                for each in browsers.values():
                    each.close()
    _tell(costs)
    click.echo(json.dumps({"residents": residents, "database": database.kind, **_figures(costs, live, review)}))


def add_readers(database: Database) -> dict[Role, str]:
    """Somebody of each role, for all zones; their secrets of the authenticator app. One of them looks for cameras."""
    secrets = {role: pyotp.random_base32() for role in READERS}
    with database.write() as session:
        for role, secret in secrets.items():
            account = add_account(session, role.value, PASSWORD, role, zones=None, now=utc_now())
            account.totp_secret = secret
        supervisor = session.scalars(select(Account.id).where(Account.username == Role.SUPERVISOR.value)).one()
        interview_first(session, supervisor, utc_now())
        session.add(
            CameraRequest(
                account_id=supervisor,
                kind=CameraRequestKind.DISCOVER,
                state=CameraRequestState.DONE,
                target={},
                answer={"found": []},
                asked_at=utc_now(),
            )
        )
    return secrets


@contextmanager
def _server(folder: Path, database: Database, listening: int) -> Iterator[str]:
    """`quarantine web` as it is shipped, with threads for so many live pages; its address."""
    console, residents, public = free_ports(3)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QUARANTINE_", "DATABASE_URL"))}
    environment |= {
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "QUARANTINE_DATA_FOLDER": str(folder),
        "QUARANTINE_MASTER_KEY": MASTER_KEY.hex(),
        "QUARANTINE_SECRET_KEY": SECRET.decode(),
        "QUARANTINE_PORT": str(console),
        "QUARANTINE_RESIDENTS_PORT": str(residents),
        "QUARANTINE_PUBLIC_PORT": str(public),
        "QUARANTINE_WEB_THREADS": str(2 * listening + 48),
    }
    with (folder / "web.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "monitor", "web"], env=environment, stdout=log, stderr=log)
    try:
        yield _up(f"http://127.0.0.1:{console}", process, folder)
    finally:
        process.terminate()
        process.wait(30)


def _up(address: str, process: subprocess.Popen[bytes], folder: Path) -> str:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{address}/up", trust_env=False).status_code == 200:
                return address
        except httpx.TransportError:
            time.sleep(0.2)
    raise NotThere(f"the console did not start: {(folder / 'web.log').read_text('utf-8')[-2000:]}")


@dataclass(frozen=True)
class _Asked:
    """All pages, asked for one after the other, so many times."""

    browsers: Mapping[Role, Browser]
    pages: Sequence[Address]
    costs: Mapping[str, Cost]
    times: int

    def quietly(self) -> None:
        """With nothing else going on; the first time warms up, and tells the size."""
        for page in self.pages:
            self._ask(page)
        for page in [*self.pages] * self.times:
            self.costs[page.path].quiet.append(self._ask(page))

    def in_a_round(self) -> None:
        """Half as often, since a round has more to it than this."""
        for page in [*self.pages] * -(-self.times // 2):
            self.costs[page.path].in_a_round.append(self._ask(page))

    def _ask(self, page: Address) -> float:
        began = time.perf_counter()
        answer = self.browsers[page.role].get(page.url)
        took = (time.perf_counter() - began) * 1000
        if answer.status_code != 200:
            raise NotThere(f"{page.path} ({page.url}) answered {answer.status_code}: {answer.text[-600:]}")
        cost = self.costs[page.path]
        cost.size = max(cost.size, len(answer.content))
        return took


def _review(supervisor: Browser, cases: int) -> float:
    """Milliseconds from a decision in the review queue until the next case is there; median."""
    took, page = [], supervisor.get("/review")
    for _case in range(cases):
        where = page.url.path
        if where == "/review":
            break
        form = _form_of(page.text)
        began = time.perf_counter()
        page = supervisor.post(where, form, page)
        took.append((time.perf_counter() - began) * 1000)
        if page.status_code != 200:
            raise NotThere(f"{where} answered {page.status_code}: {page.text[-600:]}")
    return median(took) if took else 0.0


def _form_of(text: str) -> dict[str, str]:
    """The first decision and the first reason that the review's form offers."""
    task = re.search(r'name="task" value="([^"]+)"', text)
    check_in = re.search(r'name="check_in" value="([^"]+)"', text)
    decision = re.search(r'name="decision"[^>]*value="([^"]+)"', text)
    if not (task and check_in and decision):
        raise NotThere("the review queue shows no form")
    return {"task": task[1], "check_in": check_in[1], "decision": decision[1], "why": "1"}


@contextmanager
def _round_running(folder: Path, database: Database, answers_a_second: float) -> Iterator[None]:
    """A round opens in every zone, and people answer, all the while."""
    address = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "web.benchmarks.under_way", address, str(folder), str(answers_a_second)]
    process = subprocess.Popen(command)
    try:
        yield
        if process.poll() not in (None, 0):
            raise NotThere("the round did not run")
    finally:
        process.kill()
        process.wait()


def _until_shown(database: Database, browser: Browser, listeners: Listeners, zone: int) -> float:
    """Milliseconds from a change until a page that listens has asked again and shows it."""
    # As rarely as a page asks again, and not in step with whoever looks for changes.
    time.sleep(1 + zone * 0.037 % 0.5)
    shown = f"Đường số {zone}"
    with database.write() as session:
        session.execute(update(Zone).where(Zone.id == zone).values(address=shown))
        announce(session, zone, Topic.PEOPLE, utc_now())
    began = told = time.perf_counter()
    while True:
        listeners.wait(zone, told)
        told = time.perf_counter()
        if shown in browser.get(f"/zones/{zone}", fragment=True).text:
            return (time.perf_counter() - began) * 1000


def _p95(measured: Sequence[float]) -> float:
    return quantiles(measured, n=20, method="inclusive")[-1] if len(measured) > 1 else measured[0]


def _figures(costs: Mapping[str, Cost], live: Sequence[float], review: float) -> dict[str, Any]:
    return {
        "pages": {
            path: {
                "median_ms": round(median(cost.quiet), 1),
                "p95_ms": round(_p95(cost.quiet), 1),
                "queries": cost.queries,
                "kb": round(cost.size / 1000, 1),
            }
            for path, cost in costs.items()
        },
        "median_ms": round(median(each for cost in costs.values() for each in cost.quiet), 1),
        "worst_p95_ms": round(max(_p95(cost.quiet) for cost in costs.values()), 1),
        "worst_p95_in_a_round_ms": round(max(_p95(cost.in_a_round) for cost in costs.values()), 1),
        "worst_queries": max(cost.queries for cost in costs.values()),
        "worst_kb": round(max(cost.size for cost in costs.values()) / 1000, 1),
        "live_p95_ms": round(_p95(live), 1),
        "review_next_ms": round(review, 1),
    }


def _tell(costs: Mapping[str, Cost]) -> None:
    """A table for people, the slowest first."""
    click.echo(f"{'page':<52} {'median':>8} {'p95':>8} {'in a round':>10} {'queries':>8} {'kB':>8}")
    for path, cost in sorted(costs.items(), key=lambda pair: -median(pair[1].quiet)):
        click.echo(
            f"{path:<52} {median(cost.quiet):>8.1f} {_p95(cost.quiet):>8.1f} {_p95(cost.in_a_round):>10.1f}"
            f" {cost.queries:>8} {cost.size / 1000:>8.1f}"
        )
