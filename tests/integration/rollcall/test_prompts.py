"""Prompts against a real HTTP gateway that counts: each sent once, failures tried again with an end, the night kept."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt, PromptState, PromptStop
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent
from rollcall.channels.http_gateway import HttpGateway
from rollcall.prompts.sending_set_up import LEASE
from rollcall.prompts.tries import MOST_ATTEMPTS
from rollcall.rounds.closing import close_due
from rollcall.rounds.ladder_steps import climb_due
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import WITHOUT_NIGHT, check_in_of, lift_floor, minutes, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW


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


@pytest.fixture
def send(gateway: Gateway, tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Send what is due, as one worker of that name does."""
    channels: list[HttpGateway] = []

    def run(database: Database, worker: str = "w-1", after: timedelta = timedelta(), **more: Any) -> int:
        channels.append(HttpGateway(f"http://127.0.0.1:{gateway.server_address[1]}/messages", "token"))
        return make_sender(database, {"sms": channels[-1]}, tmp_path, worker, **more).send_due(NOW + after)

    yield run
    for each in channels:
        each.close()


def prompt(database: Database) -> Prompt:
    with database.read() as session:
        return session.scalars(select(Prompt)).one()


def test_a_prompt_goes_out_in_the_residents_language_with_a_link_and_a_reference(
    database: Database, gateway: Gateway, send: Callable[..., int]
) -> None:
    world(database)
    with database.write() as session:
        session.execute(update(Resident).values(language="en"))
    open_due_rounds(database, NOW)
    assert send(database) == 1
    (message,) = gateway.handed
    assert re.search(r"http://phones/[0-9a-z]{26} ", message["text"])
    assert "roll-call" in message["text"]
    assert message["token"] == "Bearer token"
    assert message["key"] == message["reference"] == prompt(database).reference
    assert prompt(database).state == PromptState.SENT
    with database.read() as session:
        assert session.scalars(select(CheckIn.state)).one() == CheckInState.PROMPTED


def test_many_workers_send_each_prompt_once(both_databases: Database, gateway: Gateway, send: Callable[..., int]) -> None:
    names = [f"Người {number}" for number in range(120)]
    world(both_databases, *names, **WITHOUT_NIGHT)
    open_due_rounds(both_databases, NOW)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            # On the real clock, by which a slow machine renews its leases.
            list(pool.map(lambda number: send(both_databases, f"w-{number}", after=utc_now() - NOW), range(4)))
    assert len(gateway.handed) == len(gateway.sent) == len(names)
    with both_databases.read() as session:
        assert session.scalar(select(func.count()).select_from(Prompt).where(Prompt.state == PromptState.SENT)) == len(names)


def test_what_a_dead_worker_had_claimed_is_taken_over_with_the_same_reference(
    database: Database, gateway: Gateway, send: Callable[..., int]
) -> None:
    world(database)
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(Prompt).values(state=PromptState.LEASED, leased_by="dead", next_attempt_at=NOW + LEASE))
    assert send(database, after=LEASE / 2) == 0
    assert send(database, after=LEASE) == 1
    assert gateway.sent == {prompt(database).reference}


def test_a_refusal_of_the_moment_is_tried_again_and_one_of_the_message_is_not(
    database: Database, gateway: Gateway, send: Callable[..., int]
) -> None:
    world(database)
    open_due_rounds(database, NOW)
    gateway.statuses = [503]
    send(database)
    waiting = prompt(database)
    assert (waiting.state, waiting.attempts) == (PromptState.QUEUED, 1)
    assert waiting.problem is not None
    gateway.statuses = [422]
    send(database, after=timedelta(days=9999))
    assert prompt(database).state == PromptState.FAILED
    assert send(database, after=timedelta(days=9999)) == 0
    assert gateway.handed == []


def test_attempts_end(database: Database, gateway: Gateway, send: Callable[..., int]) -> None:
    world(database)
    open_due_rounds(database, NOW)
    gateway.statuses = [500] * 20
    for _ in range(MOST_ATTEMPTS):
        assert send(database, after=timedelta(days=9)) == 1
    assert send(database, after=timedelta(days=9999)) == 0
    assert prompt(database).state == PromptState.FAILED


def test_no_message_leaves_in_quiet_hours_whoever_queued_it(
    database: Database, gateway: Gateway, send: Callable[..., int]
) -> None:
    world(database)
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(Plan).values(quiet_from="09:00", quiet_to="11:00"))
    assert send(database) == 1
    assert gateway.handed == []
    assert (prompt(database).state, prompt(database).next_attempt_at) == (PromptState.QUEUED, minutes(60))
    assert send(database, after=timedelta(minutes=59)) == 0
    assert send(database, after=timedelta(minutes=60)) == 1
    assert len(gateway.handed) == 1


def test_who_has_answered_meanwhile_gets_no_message(database: Database, gateway: Gateway, send: Callable[..., int]) -> None:
    world(database)
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(CheckIn).values(state=CheckInState.ANSWERED, due_at=None))
    send(database)
    assert gateway.handed == []
    assert prompt(database).state == PromptState.FAILED


def test_a_worker_that_was_too_slow_sends_nothing_that_another_has_taken_over(
    both_databases: Database, gateway: Gateway, send: Callable[..., int], tmp_path: Path
) -> None:
    # Its leases follow the real clock, on which it may be night.
    world(both_databases, "An", "Bình", "Cường", quiet_from="00:00", quiet_to="00:00")
    open_due_rounds(both_databases, NOW)

    class Slow:
        """Its first message takes so long that every lease of its worker runs out meanwhile."""

        name = "sms"
        idempotent = True

        def __init__(self) -> None:
            self.sent: list[str] = []

        def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
            for message in messages:
                if not self.sent:
                    time.sleep(2.2)
                    assert send(both_databases, "quick", after=utc_now() - NOW) == 3
                self.sent.append(message.reference)
                yield message, Sent(f"slow-{message.reference}")

        def close(self) -> None:
            return

    slow = Slow()
    assert make_sender(both_databases, {"sms": slow}, tmp_path, "slow", lease=timedelta(seconds=2)).send_due(utc_now()) == 3
    assert len(gateway.handed) == 3
    assert len(slow.sent) == 1


def handed(channel: HttpGateway) -> Outcome:
    ((_, outcome),) = channel.send(iter([Message("+84", "hello", "reference")]))
    return outcome


@pytest.mark.parametrize("said", [{"id": None}, {"id": ""}, {"id": {}}, {}, [], "g-1"])
def test_a_gateway_that_names_no_message_is_asked_again(gateway: Gateway, said: object) -> None:
    gateway.answers = [said]
    channel = HttpGateway(f"http://127.0.0.1:{gateway.server_address[1]}/messages", "token")
    problem = handed(channel)
    assert isinstance(problem, ChannelProblem)
    assert not problem.permanent
    assert handed(channel) == Sent("g-reference")
    channel.close()


def test_an_address_that_is_none_is_a_problem_of_the_channel_and_stops_no_worker() -> None:
    channel = HttpGateway("http://gateway:port/messages", "token")
    assert isinstance(handed(channel), ChannelProblem)
    channel.close()


def test_a_prompt_that_the_night_holds_back_keeps_its_whole_window_for_the_morning(
    database: Database, gateway: Gateway, send: Callable[..., int]
) -> None:
    world(database)
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(Plan).values(quiet_from="09:00", quiet_to="11:00"))
    send(database)
    assert close_due(database, minutes(30)) == 0
    assert send(database, after=timedelta(minutes=60)) == 1
    assert close_due(database, minutes(79)) == 0
    assert close_due(database, minutes(80)) == 1


def test_a_reminder_that_the_night_holds_back_keeps_no_window_open_for_who_got_the_message(
    database: Database, gateway: Gateway, send: Callable[..., int]
) -> None:
    _, (resident,) = world(database, "An", ladder=[[10, "reminder"]])
    open_due_rounds(database, NOW)
    send(database)
    with database.write() as session:
        session.execute(update(Prompt).values(state=PromptState.DELIVERED, delivered_at=NOW))
    assert climb_due(database, minutes(10)) == 1
    with database.write() as session:
        # The night begins after it was queued and before it left.
        session.execute(update(Plan).values(quiet_from="10:05", quiet_to="11:00"))
    assert send(database, after=timedelta(minutes=10)) == 1
    assert len(gateway.handed) == 1
    assert close_due(database, minutes(20)) == 1
    assert check_in_of(database, resident).state == CheckInState.MISSED


def test_nobody_gets_more_messages_than_the_budget_of_a_day(
    both_databases: Database, gateway: Gateway, send: Callable[..., int]
) -> None:
    world(both_databases, "An", every_minutes=5.0, window_minutes=4.0, ladder=[])
    began = utc_now()
    with both_databases.write() as session:
        session.execute(update(Plan).values(next_round_at=began, quiet_from="00:00", quiet_to="00:00"))
        lift_floor(session)
        session.execute(update(QuarantineOrder).values(ends_at=began + timedelta(days=9)))
    for number in range(5):
        now = began + timedelta(minutes=5 * number)
        assert open_due_rounds(both_databases, now) == 1
        send(both_databases, after=now - NOW, budget=3)
    assert len(gateway.handed) == 3
    with both_databases.read() as session:
        refused = session.scalars(select(Prompt).where(Prompt.state == PromptState.FAILED)).all()
    assert len(refused) == 2
    assert "messages within a day" in str(refused[0].problem)


def test_one_button_stops_all_prompts_and_they_go_on_when_it_is_lifted(
    both_databases: Database, gateway: Gateway, send: Callable[..., int]
) -> None:
    zone, _ = world(both_databases, "An", "Bình")
    open_due_rounds(both_databases, NOW)
    with both_databases.write() as session:
        session.add(PromptStop(zone_id=zone, reason="wrong text", stopped_at=NOW))
    assert send(both_databases) == 0
    with both_databases.write() as session:
        session.execute(update(PromptStop).values(zone_id=None))
    assert send(both_databases) == 0
    with both_databases.write() as session:
        session.execute(update(PromptStop).values(ended_at=NOW))
    assert send(both_databases) == 2
    assert len(gateway.handed) == 2


def test_nobody_is_asked_after_because_messages_were_stopped(both_databases: Database, gateway: Gateway) -> None:
    zone, residents = world(both_databases, "An")
    with both_databases.write() as session:
        session.add(PromptStop(zone_id=zone, reason="wrong text", stopped_at=minutes(-1)))
    open_due_rounds(both_databases, NOW)
    assert close_due(both_databases, minutes(21)) == 1
    assert check_in_of(both_databases, residents[0]).state == CheckInState.EXCUSED


def test_a_plan_in_a_time_zone_that_does_not_exist_holds_up_no_other(database: Database) -> None:
    other, _ = world(database, "An")
    with database.write() as session:
        session.execute(update(Zone).where(Zone.id == other).values(timezone="Mars/Olympus", name="Mars"))
    world(database, "Bình")
    assert open_due_rounds(database, NOW) == 1
