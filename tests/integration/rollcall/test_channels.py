"""Mail through a real SMTP server, notifications through a push service of others, calls through an HTTP gateway."""

from __future__ import annotations

import email
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from monitor.database import Database
from monitor.models import ContactAddress, Prompt, PromptState
from monitor.settings import Settings, SettingsProblem, load_settings
from rollcall.channels import AddressGone, ChannelProblem, Message, Sent, Uncertain
from rollcall.channels.email import Email
from rollcall.channels.push import WebPush
from rollcall.channels.push_keys import private_key, public_key
from rollcall.channels.setup import channel_names, make_channels
from rollcall.climbing import climb_due
from rollcall.prompts import Sender
from rollcall.rounds import open_due_rounds
from tests.rounds import SECRET, check_in_of, world
from tests.smpp_gateway import MODULES
from tests.support import NOW

PUSH_SERVICE = MODULES / "web-push-testing" / "src" / "bin" / "server.js"
LINK = "https://phones.example/a/WzEs"


class Mailbox:
    """Takes mail, and misbehaves when a recipient's name says so."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd asks by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox"
        if address.startswith("full"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        assert isinstance(envelope.content, bytes)
        if envelope.rcpt_tos[0].startswith("cut"):
            # The server has it, and its answer never comes.
            server.transport.abort()
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, Email]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=0)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller.port = probe.getsockname()[1]
    controller.start()
    yield box, Email("127.0.0.1", controller.port, security="none", user="", password="", sender="diemdanh@example.vn")
    controller.stop()


def message(to: str, reference: str = "r1") -> Message:
    return Message(to, f"Điểm danh: {LINK}", reference, "Điểm danh", LINK)


def test_mail_arrives_with_its_words_and_a_name_that_stays_the_same(mailbox: tuple[Mailbox, Email]) -> None:
    box, channel = mailbox
    sent = list(channel.send(iter([message("an@example.vn", "r1"), message("binh@example.vn", "r2")])))
    assert [outcome for _, outcome in sent] == [Sent("<r1@example.vn>"), Sent("<r2@example.vn>")]
    first = box.mails[0]
    assert (first["To"], first["Subject"], first["Message-ID"]) == ("an@example.vn", "Điểm danh", "<r1@example.vn>")
    assert LINK in first.get_content()


def test_one_refused_recipient_keeps_no_other_from_the_mail(mailbox: tuple[Mailbox, Email]) -> None:
    box, channel = mailbox
    to = ("nobody@example.vn", "full@example.vn", "an@example.vn")
    outcomes = [outcome for _, outcome in channel.send(iter([message(each, each[:4]) for each in to]))]
    assert isinstance(outcomes[0], ChannelProblem)
    assert outcomes[0].permanent
    assert isinstance(outcomes[1], ChannelProblem)
    assert not outcomes[1].permanent
    assert isinstance(outcomes[2], Sent)
    assert len(box.mails) == 1


def test_mail_whose_answer_never_came_is_uncertain_and_the_next_goes_over_a_new_line(mailbox: tuple[Mailbox, Email]) -> None:
    box, channel = mailbox
    outcomes = [outcome for _, outcome in channel.send(iter([message("cut@example.vn"), message("an@example.vn", "r2")]))]
    assert isinstance(outcomes[0], Uncertain)
    assert outcomes[1] == Sent("<r2@example.vn>")
    assert [each["To"] for each in box.mails] == ["cut@example.vn", "an@example.vn"]


def test_a_mail_server_that_is_not_there_is_a_problem_before_anything_was_handed_over() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        channel = Email("127.0.0.1", probe.getsockname()[1], security="none", user="", password="", sender="a@example.vn")
        messages = iter([message("an@example.vn")])
        with pytest.raises(ChannelProblem):
            list(channel.send(messages))
        assert next(messages)


class PushService:
    """The npm package `web-push-testing`: hands out subscriptions, takes notifications, checks and decrypts them."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://localhost:{port}"
        self._process = subprocess.Popen(["node", PUSH_SERVICE, str(port)], stdout=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while True:
            try:
                httpx.post(f"{self.address}/status")
                return
            except httpx.TransportError:
                assert time.monotonic() < end
                time.sleep(0.1)

    def subscribe(self, key: str) -> tuple[str, str]:
        """As a browser does: a subscription as JSON, and the service's name for it."""
        answer = httpx.post(f"{self.address}/subscribe", json={"userVisibleOnly": "true", "applicationServerKey": key})
        data = answer.raise_for_status().json()["data"]
        return json.dumps({"endpoint": data["endpoint"], "keys": data["keys"]}), data["clientHash"]

    def notifications(self, name: str) -> list[dict[str, Any]]:
        answer = httpx.post(f"{self.address}/get-notifications", json={"clientHash": name}).raise_for_status()
        return [json.loads(each) for each in answer.json()["data"]["messages"]]

    def expire(self, name: str) -> None:
        httpx.post(f"{self.address}/expire-subscription/{name}").raise_for_status()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def push_service() -> Iterator[PushService]:
    if not PUSH_SERVICE.exists() and not os.environ.get("CI"):
        pytest.skip("needs node and the npm package web-push-testing")
    running = PushService()
    yield running
    running.stop()


@pytest.fixture
def pushing(tmp_path: Path) -> Settings:
    return Settings(data_folder=tmp_path, push_contact="mailto:it@example.vn")


def test_a_notification_arrives_readable_at_a_push_service_of_others(push_service: PushService, pushing: Settings) -> None:
    address, name = push_service.subscribe(public_key(pushing))
    channel = WebPush(private_key(pushing), pushing.push_contact)
    ((_, outcome),) = channel.send(iter([message(address, "f" * 32)]))
    assert outcome == Sent("f" * 32)
    assert push_service.notifications(name) == [
        {"title": "Điểm danh", "body": f"Điểm danh: {LINK}", "link": LINK, "reference": "f" * 32}
    ]
    channel.close()


def test_a_browser_that_left_another_key_and_no_address_are_refused_for_good(
    push_service: PushService, pushing: Settings, tmp_path: Path
) -> None:
    address, name = push_service.subscribe(public_key(pushing))
    other = Settings(data_folder=tmp_path / "other", push_contact="mailto:it@example.vn")
    stranger = WebPush(private_key(other), pushing.push_contact)
    channel = WebPush(private_key(pushing), pushing.push_contact)
    ((_, refused),) = stranger.send(iter([message(address)]))
    assert isinstance(refused, ChannelProblem)
    assert refused.permanent
    push_service.expire(name)
    ((_, gone),) = channel.send(iter([message(address)]))
    assert isinstance(gone, AddressGone)
    ((_, none),) = channel.send(iter([message("{}")]))
    assert isinstance(none, ChannelProblem)
    assert push_service.notifications(name) == []
    for each in (stranger, channel):
        each.close()


def test_a_browser_that_takes_no_more_is_followed_by_the_next_channel_at_once(
    push_service: PushService, pushing: Settings, database: Database, tmp_path: Path, mailbox: tuple[Mailbox, Email]
) -> None:
    box, mail = mailbox
    address, name = push_service.subscribe(public_key(pushing))
    push_service.expire(name)
    zone, (one,) = world(database, channels=[["push", 3], ["email", 3]], ladder=[])
    with database.write() as session:
        for channel, to in (("push", address), ("email", "an@example.vn")):
            session.add(ContactAddress(resident_id=one, zone_id=zone, channel=channel, address=to, created_at=NOW))
    lines = {"push": WebPush(private_key(pushing), pushing.push_contact), "email": mail}
    sender = Sender(
        database, lines, secret=SECRET, address="https://phones.example", worker="w", outbox=tmp_path / "o", budget=9
    )
    open_due_rounds(database, NOW)
    assert sender.send_due(NOW) == 1
    due = check_in_of(database, one).step_at
    assert due is not None
    assert climb_due(database, due) == 1
    assert sender.send_due(due) == 1
    assert "phones.example/a/" in box.mails[0].get_content()
    with database.read() as session:
        states = {row.channel: row.state for row in session.execute(select(Prompt.channel, Prompt.state))}
        # Nobody is at that address any more, so the next round does not try it again.
        assert session.scalars(select(ContactAddress.channel)).all() == ["email"]
    assert states == {"push": PromptState.FAILED, "email": PromptState.SENT}
    lines["push"].close()


def test_the_channels_that_are_set_up_are_those_that_are_made(database: Database, tmp_path: Path) -> None:
    settings = load_settings(
        {
            "QUARANTINE_DATA_FOLDER": str(tmp_path),
            "QUARANTINE_SMS_GATEWAY_URL": "http://127.0.0.1:9/",
            "QUARANTINE_VOICE_GATEWAY_URL": "http://127.0.0.1:9/",
            "QUARANTINE_SMTP_HOST": "127.0.0.1",
            "QUARANTINE_MAIL_FROM": "a@example.vn",
            "QUARANTINE_PUSH_CONTACT": "mailto:it@example.vn",
        }
    )
    made = make_channels(settings, database)
    assert set(made) == channel_names(settings) == {"sms", "voice", "email", "push"}
    assert all(each.name == name for name, each in made.items())
    for each in made.values():
        each.close()
    assert channel_names(Settings()) == frozenset()
    # The key is made once: browsers that subscribed to it keep their subscription.
    assert public_key(settings) == public_key(settings)
    assert public_key(Settings()) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"QUARANTINE_SMTP_HOST": "mail"},
        {"QUARANTINE_PUSH_CONTACT": "it@example.vn"},
        {"QUARANTINE_SMTP_SECURITY": "ssl"},
        {"QUARANTINE_PUSH_KEY": "short"},
    ],
)
def test_settings_that_cannot_work_are_told_at_start(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsProblem):
        load_settings(wrong)
