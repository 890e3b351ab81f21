"""Mail through a real SMTP server, notifications through a push service of others, calls through an HTTP gateway."""

from __future__ import annotations

import email
import os
from collections.abc import Iterator
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from monitor.authority import Authority
from monitor.calls_out.allowed import read_allowed
from monitor.database.database import Database
from monitor.models.people.addresses import ContactAddress
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.settings import Settings, SettingsProblem, load_settings
from rollcall.channels.channel import AddressGone, ChannelProblem, Message, Sent, Uncertain
from rollcall.channels.email import Email
from rollcall.channels.names import channel_names
from rollcall.channels.push import WebPush
from rollcall.channels.push_keys import private_key, public_key
from rollcall.rounds.ladder_steps import climb_due
from rollcall.rounds.opening import open_due_rounds
from rollcall.work.channel_set_up import make_channels
from tests.doubles.ports import free_port
from tests.doubles.push_service import INSTALLED, PushService
from tests.doubles.waiting import PATIENCE
from tests.worlds.due_round import check_in_of, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW

HERE = read_allowed("localhost")
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
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), ready_timeout=PATIENCE)
    controller.start()
    yield (
        box,
        Email(
            "127.0.0.1",
            controller.port,
            security="none",
            user="",
            password="",
            sender="diemdanh@example.vn",
            authority=Authority("Trạm Y tế phường Phú Cường"),
        ),
    )
    controller.stop()


def message(to: str, reference: str = "r1") -> Message:
    return Message(to, f"Điểm danh: {LINK}", reference, "Điểm danh", LINK)


def test_mail_arrives_with_its_words_and_a_name_that_stays_the_same(mailbox: tuple[Mailbox, Email]) -> None:
    box, channel = mailbox
    sent = list(channel.send(iter([message("an@example.vn", "r1"), message("binh@example.vn", "r2")])))
    assert [outcome for _, outcome in sent] == [Sent("<r1@example.vn>"), Sent("<r2@example.vn>")]
    first = box.mails[0]
    assert (first["To"], first["Subject"], first["Message-ID"]) == ("an@example.vn", "Điểm danh", "<r1@example.vn>")
    assert str(first["From"]) == "Trạm Y tế phường Phú Cường <diemdanh@example.vn>"
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
    channel = Email(
        "127.0.0.1", free_port(), security="none", user="", password="", sender="a@example.vn", authority=Authority()
    )
    messages = iter([message("an@example.vn")])
    with pytest.raises(ChannelProblem):
        list(channel.send(messages))
    assert next(messages)


@pytest.fixture(scope="module")
def push_service() -> Iterator[PushService]:
    if not INSTALLED and not os.environ.get("CI"):
        pytest.skip("needs node and the npm package web-push-testing")
    running = PushService()
    yield running
    running.stop()


@pytest.fixture
def pushing(tmp_path: Path) -> Settings:
    return Settings(data_folder=tmp_path, push_contact="mailto:it@example.vn")


def test_a_notification_arrives_readable_at_a_push_service_of_others(push_service: PushService, pushing: Settings) -> None:
    address, name = push_service.subscribe(public_key(pushing))
    channel = WebPush(private_key(pushing), pushing.push_contact, HERE)
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
    stranger = WebPush(private_key(other), pushing.push_contact, HERE)
    channel = WebPush(private_key(pushing), pushing.push_contact, HERE)
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
    lines = {"push": WebPush(private_key(pushing), pushing.push_contact, HERE), "email": mail}
    sender = make_sender(database, lines, tmp_path / "o", address="https://phones.example")
    open_due_rounds(database, NOW)
    assert sender.send_due(NOW) == 1
    due = check_in_of(database, one).step_at
    assert due is not None
    assert climb_due(database, due) == 1
    assert sender.send_due(due) == 1
    assert "https://phones.example/" in box.mails[0].get_content()
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
