"""One bad recipient or server holds up no other: against servers that drip, swell, lead elsewhere, never end and never answer."""

from __future__ import annotations

import asyncio
import base64
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from monitor.authority import Authority
from monitor.calls_out import http
from monitor.calls_out.allowed import ANYWHERE, NOTHING_ELSE, Allowed, read_allowed
from monitor.calls_out.http import Answer, Calls, NotAllowed, Unreachable, call_once
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.prompts import Prompt, PromptState
from rollcall.channels.addresses import add_address, read_address
from rollcall.channels.apprise_addresses import AppriseAddresses
from rollcall.channels.at_once import AtOnce
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.email import Email
from rollcall.channels.http_gateway import HttpGateway
from rollcall.channels.push import WebPush
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.hostile_server import BOMB_MEGABYTES, Hostile, Mail, running
from tests.doubles.waiting import PATIENCE, at_best, wait_until
from tests.worlds.due_round import WITHOUT_NIGHT, add_plan, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW, add_zone

HERE = read_allowed("127.0.0.1")
WITHIN = 20.0
MEGABYTE = 2**20


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    server = Hostile()
    with running(server):
        yield server


@pytest.fixture
def mail() -> Iterator[Mail]:
    server = Mail()
    with running(server):
        yield server


def ask(url: str, allowed: Allowed = HERE, seconds: float = PATIENCE) -> Answer:
    return call_once(url, "{}", {}, allowed=allowed, seconds=seconds)


def subscription(endpoint: str) -> str:
    """As a browser makes one."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": base64.urlsafe_b64encode(point).decode(), "auth": base64.urlsafe_b64encode(bytes(16)).decode()}
    return json.dumps({"endpoint": endpoint, "keys": keys})


def push(**more: Any) -> WebPush:
    return WebPush(ec.generate_private_key(ec.SECP256R1()), "mailto:it@example.vn", HERE, **more)


def email(server: Mail, **more: Any) -> Email:
    return Email(
        "127.0.0.1",
        server.server_address[1],
        security="none",
        user="",
        password="",
        sender="d@example.vn",
        authority=Authority("Trạm Y tế"),
        **more,
    )


def test_a_whole_call_ends_in_time_however_often_a_byte_comes(hostile: Hostile) -> None:
    for path in ("/drip", "/silent", "/headers"):

        def once(path: str = path) -> None:
            with pytest.raises(Unreachable) as told:
                ask(hostile.url + path, seconds=1.0)
            assert told.value.left

        at_best(3.0, once)


def test_what_swells_and_what_never_ends_takes_little_memory(hostile: Hostile) -> None:
    for path in ("/bomb", "/headers"):
        tracemalloc.start()
        with pytest.raises(Unreachable):
            ask(hostile.url + path, seconds=3.0)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 16 * MEGABYTE < BOMB_MEGABYTES * MEGABYTE, path


def test_nobody_is_followed_elsewhere(hostile: Hostile) -> None:
    assert ask(f"{hostile.url}/away").status == 307
    assert hostile.asked == ["/away"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_nothing_of_our_own_network_is_called_however_its_address_is_written(hostile: Hostile, host: str) -> None:
    port = hostile.server_address[1]
    with pytest.raises(Unreachable) as told:
        ask(f"http://{host}:{port}/ok", NOTHING_ELSE)
    assert not told.value.left
    assert hostile.asked == []


def test_a_name_is_looked_up_once_and_what_was_found_is_judged(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [[(2, 1, 6, "", ("127.0.0.1", hostile.server_address[1]))]]
    monkeypatch.setattr(http, "getaddrinfo", lambda *_, **__: found.pop())
    address = f"http://push.example.vn:{hostile.server_address[1]}/ok"
    with pytest.raises(NotAllowed):
        ask(address, NOTHING_ELSE)
    found.append([(2, 1, 6, "", ("127.0.0.1", hostile.server_address[1]))])

    async def twice() -> list[int]:
        calls = Calls(read_allowed("push.example.vn"), seconds=PATIENCE)
        try:
            return [(await calls.post(address, "{}", {})).status for _ in range(2)]
        finally:
            await calls.close()

    # The second look would find nothing: nobody asks for it.
    assert asyncio.run(twice()) == [201, 201]


def test_two_hundred_that_drip_hold_up_nobody(hostile: Hostile) -> None:
    def once() -> float:
        channel = push()
        to = [subscription(f"{hostile.url}/drip")] * 200 + [subscription(f"{hostile.url}/ok")] * 20
        hostile.taken_at.clear()
        began = time.monotonic()
        told = list(channel.send(Message(each, "x", f"r{number}") for number, each in enumerate(to)))
        channel.close()
        assert sum(isinstance(outcome, Sent) for _, outcome in told) == 20
        assert all(not outcome.permanent for _, outcome in told if isinstance(outcome, ChannelProblem))
        return hostile.taken_at[-1] - began

    at_best(WITHIN, once, tries=2)


def test_push_addresses_that_swell_or_lead_elsewhere_fail_alone(hostile: Hostile) -> None:
    channel = push()
    paths = ("/bomb", "/away", "/ok")
    told = dict(channel_outcomes(channel, [subscription(hostile.url + path) for path in paths]))
    channel.close()
    assert [type(told[number]) for number in range(3)] == [ChannelProblem, ChannelProblem, Sent]
    assert hostile.asked.count("/ok") == 1
    refused = WebPush(ec.generate_private_key(ec.SECP256R1()), "mailto:it@example.vn")
    ((_, outcome),) = channel_outcomes(refused, [subscription(f"{hostile.url}/ok")])
    refused.close()
    assert isinstance(outcome, ChannelProblem)
    assert outcome.permanent
    assert hostile.asked.count("/ok") == 1


def channel_outcomes(channel: Any, addresses: list[str]) -> list[tuple[int, Outcome]]:
    messages = (Message(to, "Điểm danh", f"{number}", "Điểm danh") for number, to in enumerate(addresses))
    return sorted((int(message.reference), outcome) for message, outcome in channel.send(messages))


def test_a_gateway_that_never_answers_holds_up_no_other_channel(
    database: Database, tmp_path: Path, hostile: Hostile, mail: Mail
) -> None:
    world(database, "A", "B", channels=[["sms", 10]], **WITHOUT_NIGHT)
    zone, (by_mail,) = add_zone(database, name="Khu B", residents=["C"])
    other, (by_push,) = add_zone(database, name="Khu C", residents=["D"])
    add_plan(database, zone, channels=[["email", 10]], **WITHOUT_NIGHT)
    add_plan(database, other, channels=[["push", 10]], **WITHOUT_NIGHT)
    with database.write() as session:
        rows = ((by_mail, zone, "email", "c@example.vn"), (by_push, other, "push", subscription(f"{hostile.url}/ok")))
        for resident, its_zone, channel, address in rows:
            session.add(
                ContactAddress(resident_id=resident, zone_id=its_zone, channel=channel, address=address, created_at=NOW)
            )
    open_due_rounds(database, NOW)
    lines = {"sms": HttpGateway(f"{hostile.url}/silent", "t", seconds=30.0), "email": email(mail), "push": push()}
    sender = make_sender(database, lines, tmp_path / "o")
    began = time.monotonic()
    assert sender.send_due(utc_now(), patience=2.0) == 4
    assert wait_until(lambda: mail.taken == ["c@example.vn"] and "/ok" in hostile.asked) < WITHIN
    assert time.monotonic() - began < WITHIN
    # The gateway is asked nothing more before it has answered; everything else goes on.
    assert sender.busy() == {"sms"}
    hostile.over.set()
    sender.stop()
    for each in lines.values():
        each.close()
    with database.read() as session:
        states = {(row.channel, row.state) for row in session.execute(select(Prompt.channel, Prompt.state))}
    assert states == {("sms", PromptState.QUEUED), ("email", PromptState.SENT), ("push", PromptState.SENT)}


def test_a_mail_server_that_refuses_hangs_and_cuts_three_of_fifty_takes_the_others(mail: Mail) -> None:
    to = ["refused@example.vn", "hangs@example.vn", "cut@example.vn", "(odd)one@example.vn"]
    to += [f"n{number}@example.vn" for number in range(46)]

    def once() -> float:
        channel = email(mail, seconds=3.0)
        mail.taken.clear()
        began = time.monotonic()
        told = dict(channel_outcomes(channel, to))
        channel.close()
        refused, hangs, cut, odd = (told[number] for number in range(4))
        assert isinstance(refused, ChannelProblem)
        assert isinstance(odd, ChannelProblem)
        assert (refused.permanent, odd.permanent) == (True, True)
        assert isinstance(hangs, Uncertain), "the server has all of it"
        assert isinstance(cut, ChannelProblem), "nothing of it left"
        assert not cut.permanent
        assert len(mail.taken) == 46
        return time.monotonic() - began

    at_best(WITHIN, once, tries=2)


def test_one_address_holds_up_no_other(database: Database, tmp_path: Path, mail: Mail) -> None:
    _, residents = world(database, "A", "B", "C", "D", channels=[["email", 10]], **WITHOUT_NIGHT)
    with database.write() as session:
        for one, typed in zip(residents, ("a@example.vn", "(b@example.vn)", "c@example.vn", "d@example.vn"), strict=True):
            add_address(session, session.get_one(Resident, one), "email", read_address("email", typed, ()), NOW)
        # As it was kept before.
        session.add(
            ContactAddress(resident_id=residents[2], zone_id=1, channel="email", address="c(x)@example.vn", created_at=NOW)
        )
    open_due_rounds(database, NOW)
    channel = email(mail)
    make_sender(database, {"email": channel}, tmp_path / "o").send_due(utc_now())
    channel.close()
    with database.read() as session:
        states = [each.state for each in session.scalars(select(Prompt).order_by(Prompt.id))]
    assert sorted(mail.taken) == ["a@example.vn", "b@example.vn", "d@example.vn"]
    assert states == [PromptState.SENT, PromptState.SENT, PromptState.FAILED, PromptState.SENT]


class Broken:
    """A channel that breaks its promise at one message."""

    name = "sms"

    def __init__(self, *, idempotent: bool) -> None:
        self.idempotent = idempotent
        self.sent: list[str] = []

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        for message in messages:
            if len(self.sent) == 1 and "bad" not in self.sent:
                self.sent.append("bad")
                raise KeyError(message.to)
            self.sent.append(message.to)
            yield message, Sent(f"{message.reference}\n{'x' * 200}")

    def close(self) -> None:
        return


@pytest.mark.parametrize(("idempotent", "state"), [(True, PromptState.QUEUED), (False, PromptState.UNCERTAIN)])
def test_a_channel_that_fails_at_one_message_sends_the_others_in_the_same_run(
    both_databases: Database, tmp_path: Path, idempotent: bool, state: PromptState
) -> None:
    world(both_databases, "A", "B", "C", "D", channels=[["sms", 10]], **WITHOUT_NIGHT)
    open_due_rounds(both_databases, NOW)
    make_sender(both_databases, {"sms": Broken(idempotent=idempotent)}, tmp_path / "o").send_due(utc_now())
    with both_databases.read() as session:
        states = [each.state for each in session.scalars(select(Prompt).order_by(Prompt.id))]
    assert states == [PromptState.SENT, state, PromptState.SENT, PromptState.SENT]
    assert list((tmp_path / "o").glob("*.journal")) == []


def test_an_error_at_one_message_is_uncertain_only_after_it_left(hostile: Hostile) -> None:
    async def hand_over(message: Message) -> Outcome:
        if message.reference == "after":
            await line.post(f"{hostile.url}/ok", "{}", {})
        if message.reference != "good":
            raise KeyError
        return Sent("good")

    line = AtOnce(hand_over, allowed=ANYWHERE)
    told = {one.reference: outcome for one, outcome in line.send(Message("", "", each) for each in ("before", "after", "good"))}
    line.close()
    assert isinstance(told["before"], ChannelProblem)
    assert told["after"] == Uncertain()
    assert told["good"] == Sent("good")


@pytest.fixture
def apprise() -> Iterator[Callable[..., AppriseAddresses]]:
    made: list[AppriseAddresses] = []

    def make(allowed: Allowed = HERE, seconds: float = PATIENCE) -> AppriseAddresses:
        made.append(AppriseAddresses(["json"], allowed, seconds=seconds))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_apprise_is_bounded_in_a_process_of_its_own(
    hostile: Hostile, apprise: Callable[..., AppriseAddresses], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARANTINE_MASTER_KEY", "secret")
    base = hostile.url.replace("http://", "json://")
    channel = apprise(seconds=8.0)
    told = dict(channel_outcomes(channel, [f"{base}{path}" for path in ("/drip", "/bomb", "/away", "/ok", "/headers")]))
    assert told[3] == Sent("3")
    assert not any(isinstance(told[number], Sent) for number in (0, 1, 2, 4))
    assert hostile.asked.count("/ok") == 1
    assert channel._helper is not None
    process = Path(f"/proc/{channel._helper.pid}")
    (peak,) = [line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM")]
    assert int(peak.split()[1]) * 1024 < 300 * MEGABYTE
    assert b"MASTER_KEY" not in (process / "environ").read_bytes()


def test_apprise_reaches_nothing_of_our_own_network(hostile: Hostile, apprise: Callable[..., AppriseAddresses]) -> None:
    port = hostile.server_address[1]
    channel = apprise(NOTHING_ELSE)
    hosts = ("127.0.0.1", "localhost", "2130706433", "0", "127.1")
    for _, outcome in channel_outcomes(channel, [f"json://{host}:{port}/ok" for host in hosts]):
        assert isinstance(outcome, ChannelProblem), "nothing left"
    assert hostile.asked == []
