"""Jobs on PostgreSQL with real worker processes: made with the work, told of at once, and nothing but time lost with one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.rollcalls.answers import Verification
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.sealed_columns import ColumnCipher, use_cipher
from monitor.vault.vault import Vault
from rollcall.faces.verification import BATCH as ANSWERS_AT_ONCE
from rollcall.jobs import SEND_PROMPTS, VERIFY_ANSWERS, Task, defer
from rollcall.prompts.claiming import BATCH as PROMPTS_AT_ONCE
from rollcall.rounds.opening import open_due_rounds
from rollcall.work.job_keeper import address_of, forget_failed, retry_stalled, sweep
from tests.doubles.waiting import PATIENCE, wait_until
from tests.worlds.due_round import SECRET, answer_by_link, jpeg, world

pytestmark = pytest.mark.postgresql


class Gateway(ThreadingHTTPServer):
    """Takes messages. answering: while it is not set, nobody gets an answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.taken: list[str] = []
        self.answering = threading.Event()
        self.answering.set()


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        reference = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["reference"]
        self.server.taken.append(reference)
        self.server.answering.wait(60)
        self.send_response(202)
        self.end_headers()
        self.wfile.write(json.dumps({"id": f"g-{reference}"}).encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.answering.set()
    server.shutdown()
    thread.join()
    server.server_close()


StartWorker = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start_worker(postgresql: Database, gateway: Gateway, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts a worker process; returns when it listens."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("QUARANTINE_")} | {
        "DATABASE_URL": postgresql.engine.url.render_as_string(hide_password=False),
        "QUARANTINE_DATA_FOLDER": str(tmp_path),
        "QUARANTINE_MASTER_KEY": bytes(32).hex(),
        "QUARANTINE_SECRET_KEY": SECRET.decode(),
        "QUARANTINE_SMS_GATEWAY_URL": f"http://127.0.0.1:{gateway.server_port}/",
        "QUARANTINE_SMS_GATEWAY_TOKEN": "token",
    }
    use_cipher(postgresql.engine.dialect, ColumnCipher(Vault(tmp_path / "vault", bytes(32)).column_key()))
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "worker.log").open("ab") as output:
            worker = subprocess.Popen([sys.executable, "-m", "monitor", "work"], env=environment, stdout=output, stderr=output)
        started.append(worker)
        wait_until(lambda: listening(postgresql) == 1)
        return worker

    yield start
    for each in started:
        each.kill()
        each.wait()
    sys.stdout.write((tmp_path / "worker.log").read_text())


def listening(database: Database) -> int | None:
    with database.read() as session:
        return session.scalar(
            text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
        )


def jobs(database: Database, task: Task = SEND_PROMPTS) -> list[str]:
    """The states of a task's jobs."""
    with database.read() as session:
        states = session.scalars(
            text("SELECT status::text FROM procrastinate_jobs WHERE task_name = :task"), {"task": task.name}
        )
        return list(states)


def add_people(database: Database) -> list[int]:
    return world(database, "An", "Bình", next_round_at=utc_now(), quiet_from="00:00", quiet_to="00:00")[1]


def open_round(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Plan).values(next_round_at=utc_now()))
    assert open_due_rounds(database, utc_now()) == 1


def waiting(database: Database) -> int | None:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Prompt.state != PromptState.SENT))


def test_a_job_is_deferred_for_each_batch_and_not_without_its_transaction(postgresql: Database) -> None:
    assert (SEND_PROMPTS.rows, VERIFY_ANSWERS.rows) == (PROMPTS_AT_ONCE, ANSWERS_AT_ONCE)
    with postgresql.write() as session:
        assert defer(session, SEND_PROMPTS, 2 * SEND_PROMPTS.rows + 1) == 3
        assert jobs(postgresql) == []
        session.rollback()
    assert jobs(postgresql) == []
    with postgresql.write() as session:
        assert defer(session, SEND_PROMPTS, 0) == 0
        defer(session, SEND_PROMPTS, 1)
    assert jobs(postgresql) == ["todo"]


def test_a_round_and_an_answer_bring_their_jobs_in_their_own_transactions(postgresql: Database, vault: Vault) -> None:
    people = add_people(postgresql)
    open_round(postgresql)
    answer_by_link(postgresql, vault, people[0], jpeg(), now=utc_now())
    with postgresql.read() as session:
        for table, task in ((Prompt, SEND_PROMPTS), (Verification, VERIFY_ANSWERS)):
            made_by = set(session.scalars(text(f"SELECT xmin::text FROM {table.__tablename__}")))
            of_jobs = text("SELECT xmin::text FROM procrastinate_jobs WHERE task_name = :task")
            assert list(session.scalars(of_jobs, {"task": task.name})) == list(made_by)


def test_rows_whose_job_was_lost_get_another_and_only_they(postgresql: Database) -> None:
    assert sweep(postgresql, utc_now()) == 0
    add_people(postgresql)
    open_round(postgresql)
    assert sweep(postgresql, utc_now()) == 0
    with postgresql.write() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    assert sweep(postgresql, utc_now()) == 1
    assert sweep(postgresql, utc_now()) == 0
    assert jobs(postgresql) == ["todo"]


def test_a_lost_job_costs_a_delay_only(postgresql: Database, gateway: Gateway, start_worker: StartWorker) -> None:
    add_people(postgresql)
    open_round(postgresql)
    with postgresql.write() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    start_worker()
    time.sleep(1)
    assert gateway.taken == []
    sweep(postgresql, utc_now())
    wait_until(lambda: waiting(postgresql) == 0)
    assert len(gateway.taken) == 2


def test_a_worker_is_woken_rather_than_looking_and_stops_when_asked(
    postgresql: Database, gateway: Gateway, start_worker: StartWorker
) -> None:
    add_people(postgresql)
    worker = start_worker()
    at_once = 0
    for _ in range(8):
        # Off the beat of its looking, which would find one every five seconds, and seldom so soon.
        time.sleep(0.3)
        gateway.taken.clear()
        open_round(postgresql)
        at_once += wait_until(lambda: len(gateway.taken) == 2) < 1
        if at_once == 4:
            break
    assert at_once == 4
    wait_until(lambda: jobs(postgresql) == [])
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0


def test_the_job_of_a_worker_that_was_killed_is_run_again(
    postgresql: Database, gateway: Gateway, start_worker: StartWorker
) -> None:
    add_people(postgresql)
    gateway.answering.clear()
    worker = start_worker()
    open_round(postgresql)
    wait_until(lambda: len(gateway.taken) == 2)
    worker.kill()
    worker.wait()
    gateway.answering.set()
    assert jobs(postgresql) == ["doing"]
    assert retry_stalled(postgresql, silent_seconds=60) == 0
    time.sleep(1)
    assert retry_stalled(postgresql, silent_seconds=0.5) == 1
    assert jobs(postgresql) == ["todo"]
    wait_until(lambda: listening(postgresql) == 0)
    start_worker()
    wait_until(lambda: jobs(postgresql) == [])


def test_a_worker_outlives_its_connections_and_its_database(
    postgresql: Database, gateway: Gateway, start_worker: StartWorker
) -> None:
    add_people(postgresql)
    worker = start_worker()
    name = postgresql.engine.url.database
    with psycopg.connect(address_of(postgresql), dbname="postgres", autocommit=True) as server:

        def end_connections() -> None:
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

        end_connections()
        open_round(postgresql)
        wait_until(lambda: waiting(postgresql) == 0)
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        end_connections()
        # Long enough for a heartbeat to fail.
        time.sleep(4)
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    open_round(postgresql)
    wait_until(lambda: waiting(postgresql) == 0)
    assert len(gateway.taken) == 4
    assert worker.poll() is None


def test_failed_jobs_are_kept_a_week(postgresql: Database) -> None:
    with postgresql.write() as session:
        defer(session, SEND_PROMPTS, 2 * SEND_PROMPTS.rows)
    with postgresql.write() as session:
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
        session.execute(
            text(
                "UPDATE procrastinate_events SET at = now() - interval '8 days'"
                " WHERE job_id = (SELECT min(id) FROM procrastinate_jobs)"
            )
        )
    forget_failed(postgresql)
    assert jobs(postgresql) == ["failed"]
