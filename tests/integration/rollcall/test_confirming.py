"""A telephone number is confirmed: a code leaves once, over a channel of its own, whatever workers die, and comes back in few tries."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.people.gate import PhoneConfirmation
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.prompts import ParkedReceipt, PromptState, PromptStop
from monitor.problems import BadInput, Conflict
from monitor.settings import Settings
from rollcall.channels.channel import Channel, ChannelProblem, Message, Outcome, Receipt
from rollcall.channels.http_gateway import HttpGateway
from rollcall.confirming.asking import (
    TooOften,
    ask_for_code,
    ask_for_public_code,
    newest_code,
    type_code,
    type_public_code,
)
from rollcall.confirming.codes import LASTS, Judgement
from rollcall.confirming.sending import LEASE, CodeSender
from rollcall.people.text_stops import stop_texts
from rollcall.prompts.receipts import take_receipts
from rollcall.texts.style import Style
from rollcall.work.channel_set_up import code_channel
from tests.doubles.phones import Line
from tests.worlds.small_zone import NOW, add_zone

SECRET = b"a key outside the database"
NUMBER = "+84901234567"


class Gate:
    """A zone with one person who has a number, a nurse, and a clock."""

    def __init__(self, database: Database, channel: Channel) -> None:
        self.database, self.now = database, NOW
        self.zone, (self.person,) = add_zone(database)
        with database.write() as session:
            self.nurse = add_account(session, "nurse", "đúng là mật khẩu", Role.STAFF, zones=[self.zone], now=NOW).id
            session.get_one(Resident, self.person).phone = NUMBER
        self.channel = channel
        self.sender = self.another("w1")

    def another(self, worker: str) -> CodeSender:
        return CodeSender(self.database, worker, self.channel, SECRET, Style(), lambda: self.now)

    def ask(self) -> None:
        with self.database.write() as session:
            person = session.get_one(Resident, self.person)
            ask_for_code(session, person, self.nurse, texts_set_up=True, now=self.now)

    def type(self, code: str) -> Judgement | None:
        with self.database.write() as session:
            return type_code(session, session.get_one(Resident, self.person), code, SECRET, self.now)

    def row(self) -> PhoneConfirmation:
        with self.database.read() as session:
            found = newest_code(session, session.get_one(Resident, self.person))
            assert found is not None
            return found

    @property
    def confirmed(self) -> bool:
        with self.database.read() as session:
            return session.get_one(Resident, self.person).phone_confirmed_at is not None


def code_in(message: Message) -> str:
    found = re.match(r"\d{6}", message.text)
    assert found
    return found[0]


def test_a_code_leaves_and_comes_back(both_databases: Database) -> None:
    gate = Gate(both_databases, line := Line())  # type: ignore[arg-type]
    gate.ask()
    assert gate.sender.send_due() == 1
    assert gate.sender.send_due() == 0
    (message,) = line.sent
    assert (message.to, gate.row().state) == (NUMBER, PromptState.SENT)
    code = code_in(message)
    # The database alone does not know it.
    with both_databases.engine.connect() as connection:
        stored = str(connection.execute(select(PhoneConfirmation.__table__)).all())
    assert code not in stored
    assert gate.type("000000" if code != "000000" else "111111") is Judgement.WRONG
    assert not gate.confirmed
    assert gate.type(f"{code[:3]} {code[3:]}") is Judgement.RIGHT
    assert gate.confirmed
    # It is good once.
    assert gate.type(code) is Judgement.TOO_LATE


def test_after_five_wrong_tries_the_right_one_counts_for_nothing_and_another_code_does(both_databases: Database) -> None:
    gate = Gate(both_databases, line := Line())  # type: ignore[arg-type]
    gate.ask()
    gate.sender.send_due()
    code = code_in(line.sent[0])
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert [gate.type(wrong) for _try in range(6)] == [Judgement.WRONG] * 5 + [Judgement.TOO_OFTEN]
    assert gate.type(code) is Judgement.TOO_OFTEN
    gate.now += timedelta(minutes=1)
    gate.ask()
    gate.sender.send_due()
    assert gate.type(code_in(line.sent[1])) is Judgement.RIGHT


def test_a_code_ends_by_time_and_by_another_one_and_with_the_number(both_databases: Database) -> None:
    gate = Gate(both_databases, line := Line())  # type: ignore[arg-type]
    assert gate.type("123456") is None
    gate.ask()
    gate.sender.send_due()
    gate.now += LASTS
    assert gate.type(code_in(line.sent[0])) is Judgement.TOO_LATE
    gate.ask()
    gate.sender.send_due()
    gate.now += timedelta(minutes=1)
    gate.ask()
    gate.sender.send_due()
    assert gate.type(code_in(line.sent[1])) is Judgement.WRONG
    with both_databases.write() as session:
        session.get_one(Resident, gate.person).phone = "+84907654321"
    assert gate.type(code_in(line.sent[2])) is None


def test_two_who_try_codes_at_once_have_no_more_tries_together(both_databases: Database) -> None:
    gate = Gate(both_databases, line := Line())  # type: ignore[arg-type]
    gate.ask()
    gate.sender.send_due()
    wrong = f"{(int(code_in(line.sent[0])) + 1) % 10**6:06}"
    judged: list[Judgement | None] = []
    threads = [threading.Thread(target=lambda: judged.append(gate.type(wrong))) for _each in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert judged.count(Judgement.WRONG) == gate.row().tries <= 5


def test_a_code_is_not_sent_where_it_may_not(both_databases: Database) -> None:
    gate = Gate(both_databases, Line())  # type: ignore[arg-type]
    gate.ask()
    with pytest.raises(TooOften):
        gate.ask()
    gate.now += timedelta(minutes=2)
    with both_databases.write() as session:
        person = session.get_one(Resident, gate.person)
        with pytest.raises(Conflict, match="no text messages"):
            ask_for_code(session, person, gate.nurse, texts_set_up=False, now=gate.now)
        person.phone = "+842743822222"
        with pytest.raises(BadInput, match="fixed line"):
            ask_for_code(session, person, gate.nurse, texts_set_up=True, now=gate.now)
        person.phone = ""
        with pytest.raises(BadInput, match="telephone number first"):
            ask_for_code(session, person, gate.nurse, texts_set_up=True, now=gate.now)
        person.phone = NUMBER
        stop_texts(session, NUMBER, gate.now)
        with pytest.raises(Conflict, match="STOP"):
            ask_for_code(session, person, gate.nurse, texts_set_up=True, now=gate.now)
        person.phone = "+84907654321"
        session.add(PromptStop(zone_id=gate.zone, reason="x", stopped_at=gate.now))
        session.flush()
        with pytest.raises(Conflict, match="All messages are stopped"):
            ask_for_code(session, person, gate.nurse, texts_set_up=True, now=gate.now)


class Broken(Line):
    """Refuses, or dies with what it was handed."""

    def __init__(self, idempotent: bool, problem: Exception) -> None:
        super().__init__()
        self.idempotent, self.problem = idempotent, problem

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        self.sent += list(messages)
        raise self.problem
        yield


@pytest.mark.parametrize(
    ("channel", "state"),
    [
        (Broken(False, ChannelProblem("away", permanent=False)), PromptState.QUEUED),
        (Broken(False, ChannelProblem("refused", permanent=True)), PromptState.FAILED),
        (Broken(False, RuntimeError("bug")), PromptState.UNCERTAIN),
        (Broken(True, RuntimeError("bug")), PromptState.QUEUED),
    ],
)
def test_what_did_not_leave_is_tried_again_and_what_may_have_left_is_not(
    database: Database, channel: Broken, state: PromptState
) -> None:
    gate = Gate(database, channel)  # type: ignore[arg-type]
    gate.ask()
    gate.sender.send_due()
    assert gate.row().state is state
    # Nobody waits for it longer than it is good.
    gate.now += LASTS
    gate.sender.send_due()
    assert gate.row().state is (PromptState.UNCERTAIN if state is PromptState.UNCERTAIN else PromptState.FAILED)


@pytest.mark.parametrize(("idempotent", "sent"), [(True, 1), (False, 0)])
def test_what_a_dead_worker_had_claimed_is_settled(both_databases: Database, idempotent: bool, sent: int) -> None:
    line = Line()
    line.idempotent = idempotent
    gate = Gate(both_databases, line)  # type: ignore[arg-type]
    gate.ask()
    assert gate.another("dead")._claim()
    assert gate.sender.send_due() == 0
    gate.now += LEASE
    gate.sender.send_due()
    assert len(line.sent) == sent
    assert gate.row().state is (PromptState.SENT if sent else PromptState.UNCERTAIN)


def test_a_receipt_says_whether_it_arrived_and_only_forward(both_databases: Database) -> None:
    gate = Gate(both_databases, Line())  # type: ignore[arg-type]
    gate.ask()
    gate.sender.send_due()
    reference = f"g-{gate.row().reference}"
    for delivered, state in ((True, PromptState.DELIVERED), (False, PromptState.DELIVERED)):
        with both_databases.write() as session:
            take_receipts(session, [Receipt(reference, delivered, gate.now)])
        assert gate.row().state is state
    with both_databases.read() as session:
        assert session.scalar(select(ParkedReceipt.id)) is None


def test_two_workers_send_each_code_once(both_databases: Database) -> None:
    line = Line()
    gate = Gate(both_databases, line)  # type: ignore[arg-type]
    gate.ask()
    senders = [gate.another(f"w{number}") for number in range(4)]
    threads = [threading.Thread(target=each.send_due) for each in senders]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(line.sent) == 1


def test_over_a_gateway_on_a_socket_code_after_code_leaves_though_the_line_is_hung_up_between(database: Database) -> None:
    taken: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            body = b'{"id": "g1"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        gate = Gate(database, HttpGateway(f"http://127.0.0.1:{server.server_port}/sms", "token"))
        stopping = threading.Event()
        running = threading.Thread(target=gate.sender.run, args=(stopping,))
        running.start()
        for number in (1, 2):
            gate.ask()
            for _look in range(100):
                if len(taken) == number and gate.row().state is PromptState.SENT:
                    break
                stopping.wait(0.1)
            assert len(taken) == number
            gate.now += timedelta(minutes=2)
        stopping.set()
        running.join()
        server.shutdown()


def test_codes_have_a_channel_of_their_own_where_texts_are_sent_and_none_elsewhere(database: Database, tmp_path: Path) -> None:
    texts = Settings(data_folder=tmp_path, sms_gateway_url="http://127.0.0.1:9/sms", smtp_host="127.0.0.1")
    channel = code_channel(texts, database)
    assert channel is not None
    assert channel.name == "sms"
    assert code_channel(texts, database) is not channel
    channel.close()
    assert code_channel(Settings(data_folder=tmp_path), database) is None


def test_somebody_of_the_public_confirms_their_own_number(both_databases: Database) -> None:
    gate = Gate(both_databases, line := Line())  # type: ignore[arg-type]

    def ask(about: str = "declarant-7") -> None:
        with both_databases.write() as session:
            ask_for_public_code(session, about, NUMBER, "vi", texts_set_up=True, now=gate.now)

    def typed(code: str, about: str = "declarant-7") -> Judgement | None:
        with both_databases.write() as session:
            return type_public_code(session, about, NUMBER, code, SECRET, gate.now)

    assert typed("123456") is None
    ask()
    with pytest.raises(TooOften):
        ask()
    assert gate.sender.send_due() == 1
    code = code_in(line.sent[0])
    # No staff stand before them, and whoever is asked for it by others shall not tell it.
    assert "the staff" not in line.sent[0].text
    # A code is for what it was asked for.
    assert typed(code, "declarant-8") is None
    assert typed(code) is Judgement.RIGHT
    assert typed(code) is Judgement.TOO_LATE
    assert not gate.confirmed
