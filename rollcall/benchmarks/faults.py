"""`quarantine bench faults`: the service for real, its processes hung and killed during rounds, and what became of people's answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPException
from pathlib import Path

import click
import psutil
from sqlalchemy import func, select, update

from monitor.benchmarks.scratch_database import scratch_database
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.incidents import Incident
from monitor.models.people.residents import Resident
from monitor.models.places import Room
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.page_looks import read_look
from monitor.service.bench import free_ports
from monitor.service.process import name_in_title
from monitor.vault.vault import Vault
from monitor.words import N_
from rollcall.benchmarks.phones import TOKEN, Phones
from rollcall.benchmarks.rollcall import SECRET, seed

MASTER_KEY = bytes(32)
HUNG = ("web-1", "schedule-1", "work-1", "watch-1")
KILLS = 5
# A round of the measurement: long enough for 300 answers and a restart, short enough to have many.
WINDOW_SECONDS, FAULT_AFTER_SECONDS, SETTLE_SECONDS = 40.0, 3.0, 30.0
START_SECONDS, HEAL_SECONDS = 120.0, 60.0
# Of ten people one never answers, of twenty one lives alone; four share a room.
NEVER, ALONE, ROOM = 10, 20, 4
# A page that was out for less than this share of the time to answer, and long before its end, kept nobody from answering.
MATTERS_FROM = 0.25
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_LEFT = (PromptState.SENT, PromptState.DELIVERED, PromptState.UNCERTAIN)


@dataclass
class Figures:
    """Wanted: 0 for each count, at most 20 s for messages, at most 15 s for healing. None: not measured.

    silenced: excused by our fault, alone, and asked after by nobody. recorded_as_not_sent: arrived, and said to have failed.
    """

    wrongly_missed: int = 0
    wrongly_excused: int = 0
    wrongly_deleted: int = 0
    silenced: int = 0
    held_up_by_one_row: int | None = None
    recorded_as_not_sent: int = 0
    lost_answers: int = 0
    sent_twice: int = 0
    messages_late_s_worst: float = 0.0
    healed_s_worst: float = 0.0


@dataclass
class Service:
    """A running `quarantine serve`, over sockets and its database."""

    folder: Path
    database: Database
    url: str
    ports: list[int]
    gateway: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it is not whole when this returns."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("QUARANTINE_", "DATABASE_URL"))}
        environment |= {
            "DATABASE_URL": self.url,
            "QUARANTINE_DATA_FOLDER": str(self.folder),
            "QUARANTINE_MASTER_KEY": MASTER_KEY.hex(),
            "QUARANTINE_SECRET_KEY": SECRET.decode(),
            "QUARANTINE_PORT": str(self.ports[0]),
            "QUARANTINE_RESIDENTS_PORT": str(self.ports[1]),
            "QUARANTINE_SMS_GATEWAY_URL": self.gateway,
            "QUARANTINE_SMS_GATEWAY_TOKEN": TOKEN,
            "QUARANTINE_MESSAGES_PER_DAY": "1000",
        }
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "monitor", "serve"], env=environment, stdout=log, stderr=log)

    def processes(self) -> dict[str, list[psutil.Process]]:
        """All below the parent, by name: the web process and its worker have one."""
        found: dict[str, list[psutil.Process]] = {}
        assert self.process is not None
        for each in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                found.setdefault(name_in_title(" ".join(each.cmdline())) or each.name(), []).append(each)
        return found

    def whole(self) -> bool:
        """Whether all parts are well, the page answers, and somebody watches it."""
        with self.database.read() as session:
            looked = read_look(session)
        fresh = looked is not None and utc_now() - looked.at < timedelta(seconds=5) and not looked.out
        return fresh and _answers(f"http://127.0.0.1:{self.ports[0]}/healthz") and _answers(f"{self.residents}/up")

    @property
    def residents(self) -> str:
        """Where phones reach the page."""
        return f"http://127.0.0.1:{self.ports[1]}"

    def stop(self) -> None:
        """End it cleanly."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()


def _answers(url: str) -> bool:
    try:
        with _OPENER.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False


def _wait(condition: Callable[[], bool], seconds: float) -> float:
    """Seconds until it holds; all of them, where it never does."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if condition():
            return time.monotonic() - began
        time.sleep(0.1)
    return seconds


@dataclass
class Out:
    """When the page was out of reach, as the measurement itself saw it."""

    spans: list[tuple[datetime, datetime]] = field(default_factory=list)

    def within(self, begins: datetime, ends: datetime) -> tuple[timedelta, timedelta]:
        """How long in this time, and how much of it was left afterwards."""
        lost, left = timedelta(0), ends - begins
        for since, until in self.spans:
            one, other = max(since, begins), min(until, ends)
            if one < other:
                lost += other - one
                left = min(left, ends - other)
        return lost, left


class Measurement:
    """Rounds of one service, with a fault in each."""

    def __init__(self, service: Service, phones: Phones, people: int) -> None:
        self.service, self.phones, self.people = service, phones, people
        self.figures, self.out = Figures(), Out()

    def round(self, name: str, fault: Callable[[], float]) -> None:
        """Open a round, do something to the service in it, wait for its end, and count. fault: returns how long healing took."""
        _wait(self.service.whole, START_SECONDS)
        began = utc_now()
        with self.service.database.write() as session:
            session.execute(update(Plan).values(next_round_at=began))
        _wait(lambda: self._opened(began), HEAL_SECONDS)
        time.sleep(FAULT_AFTER_SECONDS)
        since = utc_now()
        healed = fault()
        self.out.spans.append((since, utc_now()))
        self.figures.healed_s_worst = max(self.figures.healed_s_worst, round(healed, 1))
        _wait(lambda: self._closed(began), WINDOW_SECONDS + SETTLE_SECONDS + healed)
        click.echo(f"  {name}: healed after {healed:.1f} s; {self._count(began)}")

    def _opened(self, began: datetime) -> bool:
        with self.service.database.read() as session:
            return session.scalar(select(func.count()).where(CheckIn.opened_at >= began)) == self.people

    def _closed(self, began: datetime) -> bool:
        with suppress(Exception), self.service.database.read() as session:
            waits = select(CheckIn.id).where(CheckIn.opened_at >= began, CheckIn.due_at.is_not(None)).limit(1)
            return session.scalar(waits) is None
        return False

    def _count(self, began: datetime) -> dict[str, int]:
        """What became of the round's people, against what their phones know."""
        # An answer that was made in time may be on its way, and its correction with it.
        time.sleep(5)
        with self.service.database.read() as session:
            rows = session.execute(
                select(CheckIn.id, CheckIn.state, CheckIn.outage_id, CheckIn.opened_at, Resident.phone, Resident.lives_alone)
                .join(Resident, Resident.id == CheckIn.resident_id)
                .where(CheckIn.opened_at >= began)
            ).all()
            asked = set(session.scalars(select(Incident.check_in_id).where(Incident.opened_at >= began)))
        wanted = {each.to for each in self.phones.arrived if each.at >= began} - self.phones.silent
        for row in rows:
            if row.state in (CheckInState.MISSED, CheckInState.UNREACHED) and row.phone in wanted:
                self.figures.wrongly_missed += 1
            if row.outage_id is not None:
                lost, left = self.out.within(row.opened_at, row.opened_at + timedelta(seconds=WINDOW_SECONDS))
                mattered = lost.total_seconds() >= MATTERS_FROM * WINDOW_SECONDS or left < lost
                self.figures.wrongly_excused += not mattered
                self.figures.silenced += bool(row.lives_alone and row.id not in asked)
        return dict(Counter(row.state.value for row in rows))

    def settle(self) -> None:
        """Count what holds for all rounds together."""
        figures = self.figures
        with self.service.database.read() as session:
            prompts = session.execute(
                select(Prompt.reference, Prompt.state, Prompt.kind, Prompt.created_at, CheckIn.id).join(CheckIn)
            ).all()
            answered = session.scalar(select(func.count()).select_from(Answer)) or 0
            people = session.scalar(select(func.count()).select_from(Resident)) or 0
        arrived = {each.reference: each for each in self.phones.arrived}
        figures.recorded_as_not_sent = sum(row.reference in arrived and row.state not in _LEFT for row in prompts)
        texts = Counter((each.to, each.text) for each in arrived.values())
        figures.sent_twice = sum(count - 1 for count in texts.values())
        figures.lost_answers = max(0, sum(each.thanked for each in self.phones.told.values()) - answered)
        figures.wrongly_deleted = self.people - people
        late = [
            (arrived[row.reference].at - row.created_at).total_seconds()
            for row in prompts
            if row.kind == PromptKind.FIRST and row.reference in arrived
        ]
        figures.messages_late_s_worst = round(max(late, default=0.0), 1)


def _prepare(database: Database, people: int) -> frozenset[str]:
    """People four to a room, one plan without a night; returns the numbers of those who never answer."""
    seed(database, people, utc_now())
    with database.write() as session:
        session.execute(
            update(Plan).values(
                next_round_at=None,
                evidence=EvidenceLevel.ACKNOWLEDGED,
                window_minutes=WINDOW_SECONDS / 60,
                ladder=[[WINDOW_SECONDS / 120, "reminder"]],
                channels=[["sms", 600]],
                camera_excuses=False,
            )
        )
        silent = set()
        room = None
        for number, resident in enumerate(session.scalars(select(Resident).order_by(Resident.id))):
            if number % ROOM == 0:
                room = Room(zone_id=resident.zone_id, name=str(100 + number // ROOM))
                session.add(room)
                session.flush()
            resident.room_id = room.id if room is not None else None
            resident.lives_alone = number % ALONE == 0
            if number % NEVER == 0:
                silent.add(resident.phone)
    return frozenset(silent)


def hang(service: Service, name: str) -> float:
    """Stop one process with all that it started; seconds until another one works in its place."""
    hanging = service.processes().get(name, [])
    for each in hanging:
        each.send_signal(signal.SIGSTOP)
    pids = {each.pid for each in hanging}

    def healed() -> bool:
        now = service.processes().get(name, [])
        return bool(now) and not pids & {each.pid for each in now} and service.whole()

    return _wait(healed, HEAL_SECONDS)


def kill_all(service: Service) -> float:
    """Kill the parent and all its children at once, and start it again as a machine's supervisor does; seconds until it is whole."""
    assert service.process is not None
    family = [psutil.Process(service.process.pid), *(each for some in service.processes().values() for each in some)]
    for each in family:
        with suppress(psutil.Error):
            each.kill()
    service.process.wait()
    psutil.wait_procs(family, 5)
    service.start()
    return _wait(lambda: _answers(f"{service.residents}/up"), HEAL_SECONDS)


def _hang_each(measured: Measurement) -> None:
    for name in HUNG:
        measured.round(f"{name} hangs", partial(hang, measured.service, name))


def _kill_again_and_again(measured: Measurement) -> None:
    for number in range(1, KILLS + 1):
        measured.round(f"all killed, {number}", partial(kill_all, measured.service))


PHASES: dict[str, Callable[[Measurement], None]] = {"hang": _hang_each, "kill": _kill_again_and_again}


@contextmanager
def _running(folder: Path, url: str, people: int) -> Iterator[Measurement]:
    with scratch_database(folder, url, Vault(folder / "vault", MASTER_KEY).column_key()) as database:
        silent = _prepare(database, people)
        ports = free_ports(2)
        phones = Phones(f"http://127.0.0.1:{ports[1]}", silent, WINDOW_SECONDS)
        address = database.engine.url.render_as_string(hide_password=False)
        service = Service(folder, database, address, ports, phones.url)
        service.start()
        try:
            yield Measurement(service, phones, people)
        finally:
            service.stop()
            phones.stop()


@click.command(
    "faults",
    help=N_(
        "Start the service for real and do to it what bad luck does, during rounds that phones answer: each process hangs in "
        "turn, all are killed at once five times. Counts who was missed, excused or forgotten for it. Last line: one JSON object."
    ),
)
@click.option("--people", default=300, show_default=True, help=N_("Number of people asked in each round."))
@click.option(
    "--phase", "phases", multiple=True, type=click.Choice(list(PHASES)), help=N_("Only this kind of fault; may be repeated.")
)
@click.option(
    "--database", "url", default="", help=N_("PostgreSQL server to measure on; a separate database is created and removed.")
)
def bench_faults(people: int, phases: tuple[str, ...], url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as name, _running(Path(name), url, people) as measured:
        click.echo(f"{people} people on {measured.service.database.kind}")
        for phase in phases or tuple(PHASES):
            PHASES[phase](measured)
        measured.settle()
        click.echo(json.dumps(asdict(measured.figures)))
