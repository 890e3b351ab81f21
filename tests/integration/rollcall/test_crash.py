"""A round with real processes and a real SMPP gateway, a random process killed again and again: nothing lost, nothing sent twice.

Every third time it is stopped instead, and goes on later as if nothing had been: longer than its leases last, in earnest.
`make crash` runs it with 10,000 people, four workers and 100 kills.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from monitor.vault.vault import Vault
from rollcall.benchmarks.seeding import seed
from tests.doubles.smpp_gateway import INSTALLED, PASSWORD, SYSTEM_ID, SmppServer
from tests.doubles.waiting import PATIENCE
from tests.worlds.due_round import SECRET
from tests.worlds.tables import make_tables

pytestmark = pytest.mark.skipif(not INSTALLED and not os.environ.get("CI"), reason="needs node and the npm package smpp")
RESIDENTS, KILLS, WORKERS = map(int, os.environ.get("QUARANTINE_TEST_CRASH", "500,12,4").split(","))
# How long a process is stopped: in earnest as long as people forget a terminal.
STOP_SECONDS = float(os.environ.get("QUARANTINE_TEST_STOP_SECONDS", "2"))
EVERY_THIRD = 3
# All workers together; slow enough that kills fall into the middle of it, and that 10,000 people are not asked for hours.
PARTS_OF_A_MESSAGE = 3
PARTS_A_SECOND = max(60, PARTS_OF_A_MESSAGE * RESIDENTS // 60)
# It is counted once all is done, however long a busy machine takes; that nothing at all goes on for so long is a failure.
STANDSTILL_SECONDS = 120.0
BEGINNING = 8
_ENDED = (PromptState.SENT, PromptState.DELIVERED, PromptState.UNCERTAIN)


class Processes:
    """The service's processes and somebody who answers. kill_one: any of them; it is started anew at once."""

    def __init__(self, database_url: str, folder: Path, port: int) -> None:
        self._environment = {key: value for key, value in os.environ.items() if not key.startswith("QUARANTINE_")} | {
            "DATABASE_URL": database_url,
            "QUARANTINE_DATA_FOLDER": str(folder),
            "QUARANTINE_MASTER_KEY": bytes(32).hex(),
            "QUARANTINE_SECRET_KEY": SECRET.decode(),
            "QUARANTINE_SMPP_HOST": "127.0.0.1",
            "QUARANTINE_SMPP_PORT": str(port),
            "QUARANTINE_SMPP_SYSTEM_ID": SYSTEM_ID,
            "QUARANTINE_SMPP_PASSWORD": PASSWORD,
            "QUARANTINE_SMPP_SENDER": "1022",
            "QUARANTINE_SMPP_WINDOW": "1",
            "QUARANTINE_SMPP_PER_SECOND": str(PARTS_A_SECOND),
        }
        self.thanked = folder / "thanked"
        quarantine = [sys.executable, "-m", "monitor"]
        self._commands = {
            **{f"schedule-{number}": [*quarantine, "schedule", "--number", str(number)] for number in (1, 2)},
            **{f"work-{number}": [*quarantine, "work", "--number", str(number)] for number in range(1, WORKERS + 1)},
            "answers": [
                sys.executable,
                "-m",
                "tests.processes.answerer",
                database_url,
                str(folder / "vault"),
                str(self.thanked),
            ],
        }
        self._log = (folder / "processes.log").open("ab")
        self._running = {name: self._start(name) for name in self._commands}
        self._stopped: dict[str, float] = {}

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._commands[name], env=self._environment, stdout=self._log, stderr=self._log)

    def kill_one(self, name: str) -> None:
        self._running[name].kill()
        self._running[name].wait()
        self._running[name] = self._start(name)

    def stop_one(self, name: str) -> None:
        """It does nothing from here on for `STOP_SECONDS`, and then goes on."""
        self._running[name].send_signal(signal.SIGSTOP)
        self._stopped[name] = time.monotonic() + STOP_SECONDS

    def let_go_on(self, *, wait: bool = False) -> None:
        """Those that were stopped long enough; wait: all."""
        while self._stopped:
            for name, until in list(self._stopped.items()):
                if time.monotonic() >= until:
                    self._running[name].send_signal(signal.SIGCONT)
                    del self._stopped[name]
            if not wait:
                return
            time.sleep(0.1)

    def names(self) -> list[str]:
        return [name for name in self._running if name not in self._stopped]

    def stop(self) -> None:
        self.let_go_on(wait=True)
        answers = self._running.pop("answers")
        answers.kill()
        answers.wait()
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            assert process.wait(PATIENCE) == 0

    def close(self) -> None:
        """End what still runs, since a test failed: it would go on asking for its gateway for good."""
        for process in self._running.values():
            process.kill()
            process.wait()
        self._log.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmppServer]:
    running = SmppServer(tmp_path, "plain")
    yield running
    running.stop()


def undone(database: Database) -> tuple[int, int, int]:
    """How many messages are still to be made, to leave, and to be followed by another."""
    with database.read() as session:
        unmade = RESIDENTS - (session.scalar(select(func.count()).where(Prompt.kind == PromptKind.FIRST)) or 0)
        unsent = session.scalar(select(func.count()).where(Prompt.next_attempt_at.is_not(None))) or 0
        return unmade, unsent, session.scalar(select(func.count()).where(CheckIn.step_at.is_not(None))) or 0


def wait_until_done(database: Database) -> None:
    """Until nothing is left to be done; raises AssertionError where it stands still before."""
    before, since = undone(database), time.monotonic()
    while any(before):
        time.sleep(0.5)
        if (now := undone(database)) != before:
            before, since = now, time.monotonic()
        assert time.monotonic() - since < STANDSTILL_SECONDS, f"it stands still: {before} to be made, sent, followed"


@pytest.mark.timeout(2400)
def test_whatever_dies_nothing_is_lost_and_nothing_sent_twice(
    empty_database_url: str, server: SmppServer, tmp_path: Path
) -> None:
    database = Database(empty_database_url, Vault(tmp_path / "vault", bytes(32)).column_key())
    make_tables(database)
    seed(database, RESIDENTS, utc_now())
    with database.write() as session:
        session.execute(update(Plan).values(evidence=EvidenceLevel.ACKNOWLEDGED, window_minutes=600.0, ladder=[]))
    chance = random.Random(20210702)
    killed: Counter[str] = Counter()
    stopped: Counter[str] = Counter()
    with closing(Processes(empty_database_url, tmp_path, server.port)) as processes:
        for number in range(1, KILLS + 1):
            time.sleep(chance.uniform(0.3, 1.2))
            processes.let_go_on()
            while not processes.names():
                time.sleep(0.1)
                processes.let_go_on()
            name = chance.choice(processes.names())
            kind = name.partition("-")[0]
            if number % EVERY_THIRD:
                processes.kill_one(name)
                killed[kind] += 1
            else:
                processes.stop_one(name)
                stopped[kind] += 1
        processes.let_go_on(wait=True)
        wait_until_done(database)
        processes.stop()

    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(RollCall)) == -(-RESIDENTS // 1000)
        assert session.scalar(select(func.count()).select_from(CheckIn)) == RESIDENTS
        assert session.scalar(select(func.count()).where(Prompt.kind == PromptKind.FIRST)) == RESIDENTS
        rows = session.execute(select(Prompt.resident_id, Prompt.kind, Prompt.state, CheckIn.id).join(CheckIn)).all()
        phones = {row.id: row.phone.lstrip("+") for row in session.execute(select(Resident.id, Resident.phone))}
        answered = set(session.scalars(select(Answer.check_in_id)))
    uncertain = [row for row in rows if row.state == PromptState.UNCERTAIN]
    # Counted where the messages arrived.
    first_parts = [each for each in server.taken if each["udh"] is None or each["udh"][2] == 1]
    # By how it begins: what follows tells the time to answer by, which a delivery moves.
    sent = Counter((each["to"], each["text"][:BEGINNING]) for each in first_parts)
    thanked = {int(line) for line in processes.thanked.read_text().split()}
    reached = {to for to, _ in sent}
    arrived = Counter(to for to, _ in sent)
    recorded = Counter(phones[row.resident_id] for row in rows if row.state in _ENDED)
    as_not_sent = [phone for phone, count in arrived.items() if count > recorded[phone]]
    lost = {phones[row.resident_id] for row in rows if row.id not in answered} - reached
    sys.stdout.write(
        f"\n{database.engine.dialect.name}: {RESIDENTS} people, killed {dict(killed)}, stopped for {STOP_SECONDS:g} s"
        f" {dict(stopped)}; {len(first_parts)} messages to {len(reached)} people, {sum(count - 1 for count in sent.values())}"
        f" sent twice, {len(uncertain)} uncertain, {len(as_not_sent)} recorded as not sent, {len(lost)} lost; {len(thanked)} answers thanked for, {len(thanked - answered)}"
        " of them lost\n"
    )
    assert not lost, Counter(row.state for row in rows)
    assert [each for each, count in sent.items() if count > 1] == []
    assert len(uncertain) <= killed["work"] + stopped["work"]
    assert not as_not_sent
    assert thanked
    assert thanked <= answered
    # Whoever got none had answered before it left, or nobody knows whether it did.
    assert all(row.id in answered or row.state in _ENDED for row in rows), Counter(row.state for row in rows)
    if not database.is_sqlite:
        with database.read() as session:
            assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")) == 0
    database.dispose()
