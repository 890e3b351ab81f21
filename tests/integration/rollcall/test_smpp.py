"""Prompts through an SMPP gateway that this project did not write: long Vietnamese texts, receipts, refusals, broken lines, death."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import SQLAlchemyError

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.prompts import ParkedReceipt, Prompt, PromptKind, PromptState, PromptStop
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from rollcall.channels import smpp
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Receipt, Sent
from rollcall.channels.smpp import SmppGateway
from rollcall.prompts.journal import Journal, read_journal
from rollcall.prompts.sending import Sender
from rollcall.prompts.sending_set_up import LEASE
from rollcall.rounds.closing import close_due
from rollcall.rounds.ladder_steps import climb_due
from rollcall.rounds.opening import open_due_rounds
from rollcall.work.channel_set_up import make_channels
from tests.doubles.smpp_gateway import INSTALLED, PASSWORD, SYSTEM_ID, SmppServer
from tests.doubles.waiting import PATIENCE, wait_until
from tests.worlds.due_round import WITHOUT_NIGHT, minutes, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW

pytestmark = pytest.mark.skipif(not INSTALLED and not os.environ.get("CI"), reason="needs node and the npm package smpp")
LONG = (
    "Điểm danh: xin gửi ảnh chân dung trước 20:15, vì sức khoẻ của mọi người. Không khoẻ? Cho chúng tôi biết, hoặc gọi 1022. "
    * 2
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmppServer]:
    running = SmppServer(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def gateway(server: SmppServer) -> Iterator[Callable[..., SmppGateway]]:
    made: list[SmppGateway] = []

    def make(**more: Any) -> SmppGateway:
        options: dict[str, Any] = {"system_id": SYSTEM_ID, "password": PASSWORD, "sender": "1022", "store": lambda _: None}
        made.append(SmppGateway("127.0.0.1", server.port, **(options | more)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def sender(server: SmppServer, tmp_path: Path) -> Iterator[Callable[..., Sender]]:
    made: list[Any] = []

    def make(database: Database, worker: str = "w-1", **more: Any) -> Sender:
        settings = Settings(
            data_folder=tmp_path,
            smpp_host="127.0.0.1",
            smpp_port=server.port,
            smpp_system_id=SYSTEM_ID,
            smpp_password=PASSWORD,
            smpp_sender="1022",
            **more,
        )
        channels = make_channels(settings, database)
        made.extend(channels.values())
        return make_sender(database, channels, tmp_path / "outbox", worker)

    yield make
    for each in made:
        each.close()


def people(database: Database, *numbers: str, **plan: Any) -> list[int]:
    """People whose numbers end so, with a round that is open."""
    _, residents = world(database, *numbers, **plan, **WITHOUT_NIGHT)
    with database.write() as session:
        for resident, number in zip(residents, numbers, strict=True):
            session.execute(update(Resident).where(Resident.id == resident).values(phone=f"+849000000{number}"))
    open_due_rounds(database, NOW)
    return residents


def prompt_of(database: Database, resident: int, kind: PromptKind = PromptKind.FIRST) -> Prompt:
    with database.read() as session:
        return session.scalars(select(Prompt).where(Prompt.resident_id == resident, Prompt.kind == kind)).one()


def outcomes(channel: SmppGateway, *messages: Message) -> dict[str, Outcome]:
    return {message.reference: outcome for message, outcome in channel.send(iter(messages))}


def test_a_long_vietnamese_message_arrives_whole_in_parts_and_an_unaccented_one_in_one(
    server: SmppServer, gateway: Callable[..., SmppGateway]
) -> None:
    said = outcomes(gateway(), Message("+84900000001", LONG, "a"), Message("+84900000002", "Diem danh luc 20:15", "b"))
    assert all(isinstance(each, Sent) for each in said.values())
    parts = [each for each in server.taken if each["to"] == "84900000001"]
    assert len(parts) > 1
    assert {each["coding"] for each in parts} == {8}
    # Concatenated by number: reference, of how many, which.
    assert [each["udh"][1:] for each in parts] == [[len(parts), number] for number in range(1, len(parts) + 1)]
    assert "".join(each["text"] for each in parts) == LONG
    (short,) = (each for each in server.taken if each["to"] == "84900000002")
    assert (short["text"], short["coding"], short["udh"]) == ("Diem danh luc 20:15", 0, None)


def test_refusals_are_told_apart_by_whether_trying_again_makes_sense(gateway: Callable[..., SmppGateway]) -> None:
    channel = gateway()
    said = outcomes(channel, Message("+84900000099", "x", "never"), Message("+84900000098", "x", "later"))
    never, later = said["never"], said["later"]
    assert isinstance(never, ChannelProblem)
    assert isinstance(later, ChannelProblem)
    assert (never.permanent, later.permanent) == (True, False)
    assert isinstance(outcomes(channel, Message("+84900000098", "x", "later"))["later"], Sent)


def test_a_wrong_password_and_a_gateway_that_is_away_are_told_and_cost_no_attempt(
    database: Database, server: SmppServer, gateway: Callable[..., SmppGateway], tmp_path: Path
) -> None:
    (resident,) = people(database, "01")
    wrong = gateway(password="wrong")
    away = SmppGateway("127.0.0.1", 1, system_id="a", password="b", sender="c", store=lambda _: None)
    for channel, says in ((wrong, "refused the login"), (away, "cannot be reached")):
        assert make_sender(database, {"sms": channel}, tmp_path).send_due(utc_now()) == 1
        waiting = prompt_of(database, resident)
        assert (waiting.state, waiting.attempts) == (PromptState.QUEUED, 0)
        assert says in str(waiting.problem)
        with database.write() as session:
            session.execute(update(Prompt).values(next_attempt_at=NOW))
    assert server.taken == []


def test_a_receipt_delivers_and_one_that_overtakes_the_answer_is_not_lost(
    both_databases: Database, sender: Callable[..., Sender]
) -> None:
    residents = people(both_databases, "01", "94", "95")
    worker = sender(both_databases)
    assert worker.send_due(utc_now()) == 3
    channel = worker._set_up.channels["sms"]
    assert isinstance(channel, SmppGateway)

    def states() -> list[PromptState]:
        channel.take_in()
        return [prompt_of(both_databases, each).state for each in residents]

    wait_until(lambda: states() == [PromptState.DELIVERED, PromptState.DELIVERED, PromptState.FAILED])
    assert "UNDELIV 011" in str(prompt_of(both_databases, residents[2]).problem)
    with both_databases.read() as session:
        assert session.scalars(select(ParkedReceipt)).all() == []
        assert set(session.scalars(select(CheckIn.state))) == {CheckInState.PROMPTED}


def test_a_receipt_is_answered_only_when_it_is_on_disk(server: SmppServer, gateway: Callable[..., SmppGateway]) -> None:
    kept: list[Receipt] = []
    failing = [True, False]

    def store(receipts: Any) -> None:
        if failing.pop(0):
            raise OSError("the disk is full")
        kept.extend(receipts)

    channel = gateway(store=store)
    outcomes(channel, Message("+84900000094", "x", "a"))
    wait_until(lambda: channel.take_in() == 0 and not failing[1:])
    assert kept == []
    assert server.receipts_answered == 0
    outcomes(channel, Message("+84900000094", "x", "b"))
    wait_until(channel.take_in)
    assert [each.delivered for each in kept] == [True]
    wait_until(lambda: server.receipts_answered == 1)


def test_what_was_handed_over_and_never_answered_is_uncertain_not_repeated_and_followed_by_other_words(
    database: Database, server: SmppServer, sender: Callable[..., Sender]
) -> None:
    broken, other = people(database, "96", "01")
    worker = sender(database)
    for _ in range(3):
        worker.send_due(utc_now() + timedelta(minutes=1))
        with database.write() as session:
            session.execute(update(Prompt).where(Prompt.state == PromptState.QUEUED).values(next_attempt_at=NOW))
    assert prompt_of(database, broken).state == PromptState.UNCERTAIN
    # Which of the two was on its way when the line broke is the gateway's luck; neither is sent twice.
    assert max(Counter(each["to"] for each in server.taken if each.get("udh") is None or each["udh"][2] == 1).values()) == 1
    assert climb_due(database, utc_now()) >= 1
    assert prompt_of(database, broken, PromptKind.REMINDER).state == PromptState.QUEUED
    assert prompt_of(database, other).state in (PromptState.SENT, PromptState.DELIVERED, PromptState.UNCERTAIN)


def test_a_throughput_limit_is_kept(gateway: Callable[..., SmppGateway]) -> None:
    channel = gateway(per_second=20.0)
    began = time.monotonic()
    outcomes(channel, *(Message(f"+8490000{number:04d}", "x", str(number)) for number in range(1000, 1011)))
    assert time.monotonic() - began >= 0.5


def test_a_journal_tells_what_went_out_and_after_a_restart_of_the_machine_that_nobody_knows(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "host/one")
    for number in (1, 2, 3):
        journal.handing(number)
    journal.answered(2, "m 7")
    read = read_journal(tmp_path, "host/one")
    assert read is not None
    assert (read.answered[2][0], read.answered.keys(), read.unanswered) == ("m 7", {2}, frozenset({1, 3}))
    assert read.answered[2][1] is not None
    assert abs(read.answered[2][1] - utc_now()) < timedelta(minutes=1)
    assert read_journal(tmp_path, "elsewhere") is None
    (path,) = tmp_path.glob("*.journal")
    # As an older version wrote it, beside a new one.
    path.write_text(path.read_text() + "answered 3 m 8\n")
    read = read_journal(tmp_path, "host/one")
    assert read is not None
    assert (read.answered[3], read.unanswered) == (("m 8", None), frozenset({1}))
    path.write_text(path.read_text().replace("boot ", "boot another-"))
    assert read_journal(tmp_path, "host/one") is None
    os.utime(path, (0, 0))
    other = Journal(tmp_path, "host/two")
    assert read_journal(tmp_path, "host/one") is None
    other.end()
    assert list(tmp_path.iterdir()) == []


def test_leases_of_one_dead_worker_that_end_at_different_times_are_all_settled_by_its_journal(
    database: Database, sender: Callable[..., Sender], tmp_path: Path
) -> None:
    residents = people(database, "01", "02")
    ids = [prompt_of(database, each).id for each in residents]
    journal = Journal(tmp_path / "outbox", "dead")
    for number in ids:
        journal.handing(number)
        journal.answered(number, f"m-{number}")
    worker = sender(database)
    for number in ids:
        with database.write() as session:
            leased = {"state": PromptState.LEASED, "leased_by": "dead", "next_attempt_at": NOW}
            session.execute(update(Prompt).where(Prompt.id == number).values(leased))
            session.execute(update(Prompt).where(Prompt.id > number).values(leased | {"next_attempt_at": utc_now() + LEASE}))
        worker.send_due(utc_now())
        assert prompt_of(database, residents[ids.index(number)]).state == PromptState.SENT


def test_what_a_killed_worker_had_claimed_goes_on_as_its_journal_says(
    both_databases: Database, server: SmppServer, sender: Callable[..., Sender], tmp_path: Path
) -> None:
    residents = people(both_databases, "01", "02", "03", "04")
    with both_databases.write() as session:
        session.execute(update(Prompt).values(state=PromptState.LEASED, leased_by="dead", next_attempt_at=utc_now()))
    ids = [prompt_of(both_databases, each).id for each in residents]
    journal = Journal(tmp_path / "outbox", "dead")
    journal.handing(ids[0])
    journal.answered(ids[0], "m-of-the-dead")
    journal.handing(ids[1])
    assert sender(both_databases).send_due(utc_now() + timedelta(seconds=1)) == 2
    states = [prompt_of(both_databases, each).state for each in residents]
    assert states[:2] == [PromptState.SENT, PromptState.UNCERTAIN]
    assert sorted(each["to"][-2:] for each in server.taken if each["udh"] is None or each["udh"][2] == 1) == ["03", "04"]
    with both_databases.read() as session:
        assert session.scalars(select(CheckIn.step_at).where(CheckIn.resident_id == residents[1])).one() is not None


def test_nobody_is_missed_whose_message_is_uncertain(database: Database, sender: Callable[..., Sender], tmp_path: Path) -> None:
    (resident,) = people(database, "01")
    with database.write() as session:
        session.execute(update(Prompt).values(state=PromptState.LEASED, leased_by="elsewhere", next_attempt_at=NOW))
    sender(database).send_due(utc_now())
    assert prompt_of(database, resident).state == PromptState.UNCERTAIN
    close_due(database, minutes(30))
    with database.read() as session:
        assert session.scalars(select(CheckIn.state)).one() == CheckInState.UNREACHED


def test_what_was_sent_but_could_not_be_noted_is_not_sent_again(
    database: Database, server: SmppServer, sender: Callable[..., Sender]
) -> None:
    *first, later = people(database, "01", "02", "03")
    with database.write() as session:
        session.execute(update(Prompt).where(Prompt.resident_id == later).values(next_attempt_at=utc_now() + timedelta(days=1)))
        session.execute(
            text(
                "CREATE TRIGGER no_room BEFORE UPDATE ON prompt WHEN NEW.state = 'sent' BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        )
    worker = sender(database)
    with pytest.raises(SQLAlchemyError):
        worker.send_due(utc_now())
    with database.write() as session:
        session.execute(text("DROP TRIGGER no_room"))
        session.execute(update(Prompt).where(Prompt.resident_id == later).values(next_attempt_at=NOW))
    # A batch of its own between the fault and the end of the leases.
    assert worker.send_due(utc_now()) == 1
    worker.send_due(utc_now() + LEASE)
    assert {prompt_of(database, each).state for each in first} <= {PromptState.SENT, PromptState.DELIVERED}
    begun = Counter(each["to"] for each in server.taken if each["udh"] is None or each["udh"][2] == 1)
    assert sorted(begun.values()) == [1, 1, 1]


def test_a_stop_holds_back_what_a_worker_has_claimed_already(
    database: Database, server: SmppServer, sender: Callable[..., Sender]
) -> None:
    people(database, *(f"{number:02}" for number in range(1, 41)))
    worker = sender(database, smpp_per_second=30.0)

    def stop() -> None:
        with database.write() as session:
            session.add(PromptStop(reason="wrong text", stopped_at=utc_now()))

    button = threading.Timer(0.5, stop)
    button.start()
    assert worker.send_due(utc_now()) == 40
    button.join()
    begun = {each["to"] for each in server.taken}
    assert 0 < len(begun) < 40
    assert worker.send_due(utc_now() + 2 * LEASE) == 0
    with database.write() as session:
        session.execute(update(PromptStop).values(ended_at=utc_now()))
    assert worker.send_due(utc_now() + 2 * LEASE) == 40 - len(begun)
    assert len({each["to"] for each in server.taken}) == 40


@pytest.mark.timeout(60)
def test_a_gateway_that_drips_is_hung_up_on_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp, "ANSWER_SECONDS", 1.0)
    for taken in (0, 1):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            thread = threading.Thread(target=_drip, args=(listening, taken), daemon=True)
            thread.start()
            channel = SmppGateway(
                "127.0.0.1", listening.getsockname()[1], system_id="q", password="p", sender="8149", store=lambda _: None
            )
            outcomes = []
            with pytest.raises(ChannelProblem):
                outcomes += channel.send(iter([Message("+84900000101", "Xin trả lời", "r-1")]))
            channel.close()
            thread.join(PATIENCE)
            assert not thread.is_alive()


def _drip(listening: socket.socket, taken: int) -> None:
    """Takes so many requests as a gateway does, and answers the next with a byte of a long answer now and then."""
    line, _ = listening.accept()
    with line, contextlib.suppress(OSError):
        for number in range(taken):
            line.recv(65536)
            line.sendall(struct.pack(">IIII", 17, 0x80000009, 0, number + 1) + b"\0")
        line.recv(65536)
        for byte in struct.pack(">IIII", 100_000, 0x80000004, 0, 1) + bytes(99_984):
            line.sendall(bytes([byte]))
            time.sleep(0.2)
