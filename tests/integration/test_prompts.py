"""Prompts against a real HTTP gateway that counts: each sent once, failures tried again with an end, the night kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import func, select, update

from monitor.database import Database
from monitor.models import CheckIn, CheckInState, Plan, Prompt, PromptState, Resident
from rollcall.channels import ChannelProblem, Message, Sent
from rollcall.channels.http_gateway import HttpGateway
from rollcall.prompts import LEASE, MOST_ATTEMPTS, send_due
from rollcall.rounds import open_due_rounds
from tests.rounds import SECRET, minutes, world
from tests.support import NOW


class Gateway(ThreadingHTTPServer):
    """Takes messages, honours references, answers with the statuses it is told first."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.handed: list[dict[str, str]] = []
        self.statuses: list[int] = []
        self.answers: list[object] = []
        self.lock = threading.Lock()

    @property
    def sent(self) -> set[str]:
        return {each["reference"] for each in self.handed}


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            status = self.server.statuses.pop(0) if self.server.statuses else 202
            if status == 202:
                self.server.handed.append(
                    {**body, "token": self.headers["Authorization"], "key": self.headers["Idempotency-Key"]}
                )
        self.send_response(status)
        self.end_headers()
        answer = self.server.answers.pop(0) if self.server.answers else {"id": f"g-{body['reference']}"}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def send(database: Database, gateway: Gateway, worker: str = "w-1", after: timedelta = timedelta()) -> int:
    channels = {"sms": HttpGateway(f"http://127.0.0.1:{gateway.server_address[1]}/messages", "token")}
    return send_due(database, channels, secret=SECRET, address="http://phones", worker=worker, now=NOW + after)


def prompt(database: Database) -> Prompt:
    with database.read() as session:
        return session.scalars(select(Prompt)).one()


def test_a_prompt_goes_out_in_the_residents_language_with_a_link_and_a_reference(database: Database, gateway: Gateway) -> None:
    world(database)
    with database.write() as session:
        session.execute(update(Resident).values(language="en"))
    open_due_rounds(database, NOW)
    assert send(database, gateway) == 1
    (message,) = gateway.handed
    assert "http://phones/a/" in message["text"]
    assert "Roll-call" in message["text"]
    assert message["token"] == "Bearer token"
    assert message["key"] == message["reference"] == prompt(database).reference
    assert prompt(database).state == PromptState.SENT
    with database.read() as session:
        assert session.scalars(select(CheckIn.state)).one() == CheckInState.PROMPTED


def test_many_workers_send_each_prompt_once(both_databases: Database, gateway: Gateway) -> None:
    names = [f"Người {number}" for number in range(120)]
    world(both_databases, *names)
    open_due_rounds(both_databases, NOW)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            list(pool.map(lambda number: send(both_databases, gateway, f"w-{number}"), range(4)))
    assert len(gateway.handed) == len(gateway.sent) == len(names)
    with both_databases.read() as session:
        assert session.scalar(select(func.count()).select_from(Prompt).where(Prompt.state == PromptState.SENT)) == len(names)


def test_what_a_dead_worker_had_claimed_is_taken_over_with_the_same_reference(database: Database, gateway: Gateway) -> None:
    world(database)
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(Prompt).values(state=PromptState.LEASED, leased_by="dead", next_attempt_at=NOW + LEASE))
    assert send(database, gateway, after=LEASE / 2) == 0
    assert send(database, gateway, after=LEASE) == 1
    assert gateway.sent == {prompt(database).reference}


def test_a_refusal_of_the_moment_is_tried_again_and_one_of_the_message_is_not(database: Database, gateway: Gateway) -> None:
    world(database)
    open_due_rounds(database, NOW)
    gateway.statuses = [503]
    send(database, gateway)
    waiting = prompt(database)
    assert (waiting.state, waiting.attempts) == (PromptState.QUEUED, 1)
    assert waiting.problem is not None
    gateway.statuses = [422]
    send(database, gateway, after=timedelta(days=9999))
    assert prompt(database).state == PromptState.FAILED
    assert send(database, gateway, after=timedelta(days=9999)) == 0
    assert gateway.handed == []


def test_attempts_end(database: Database, gateway: Gateway) -> None:
    world(database)
    open_due_rounds(database, NOW)
    gateway.statuses = [500] * 20
    for _ in range(MOST_ATTEMPTS):
        assert send(database, gateway, after=timedelta(days=9999)) == 1
    assert send(database, gateway, after=timedelta(days=9999)) == 0
    assert prompt(database).state == PromptState.FAILED


def test_no_message_leaves_in_quiet_hours_whoever_queued_it(database: Database, gateway: Gateway) -> None:
    world(database)
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(Plan).values(quiet_from="09:00", quiet_to="11:00"))
    assert send(database, gateway) == 1
    assert gateway.handed == []
    assert (prompt(database).state, prompt(database).next_attempt_at) == (PromptState.QUEUED, minutes(60))
    assert send(database, gateway, after=timedelta(minutes=59)) == 0
    assert send(database, gateway, after=timedelta(minutes=60)) == 1
    assert len(gateway.handed) == 1


def test_who_has_answered_meanwhile_gets_no_message(database: Database, gateway: Gateway) -> None:
    world(database)
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(CheckIn).values(state=CheckInState.ANSWERED, due_at=None))
    send(database, gateway)
    assert gateway.handed == []
    assert prompt(database).state == PromptState.FAILED


def test_a_worker_that_was_too_slow_sends_nothing_that_another_has_taken_over(
    both_databases: Database, gateway: Gateway
) -> None:
    world(both_databases, "An", "Bình", "Cường")
    open_due_rounds(both_databases, NOW)

    class Slow:
        """Its first message takes so long that every lease of its worker runs out meanwhile."""

        name = "sms"

        def __init__(self) -> None:
            self.sent: list[str] = []

        def send(self, message: Message) -> Sent:
            if not self.sent:
                assert send(both_databases, gateway, "quick", after=timedelta(days=9999)) == 3
            self.sent.append(message.reference)
            return Sent(f"slow-{message.reference}")

    slow = Slow()
    assert send_due(both_databases, {"sms": slow}, secret=SECRET, address="http://phones", worker="slow", now=NOW) == 3
    assert len(gateway.handed) == 3
    assert len(slow.sent) == 1


@pytest.mark.parametrize("said", [{"id": None}, {"id": ""}, {"id": {}}, {}, [], "g-1"])
def test_a_gateway_that_names_no_message_is_asked_again(gateway: Gateway, said: object) -> None:
    gateway.answers = [said]
    channel = HttpGateway(f"http://127.0.0.1:{gateway.server_address[1]}/messages", "token")
    with pytest.raises(ChannelProblem) as problem:
        channel.send(Message("+84", "hello", "reference"))
    assert not problem.value.permanent
    assert channel.send(Message("+84", "hello", "reference")) == Sent("g-reference")


def test_an_address_that_is_none_is_a_problem_of_the_channel_and_stops_no_worker() -> None:
    with pytest.raises(ChannelProblem):
        HttpGateway("http://gateway:port/messages", "token").send(Message("+84", "hello", "reference"))
