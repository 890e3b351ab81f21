"""What the hotline says leaves once, over the channel its caller came by: real SMTP, Zalo and text gateways on loopback."""

from __future__ import annotations

import email
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.hotline.doing import Doer, answer, mark
from monitor.hotline.steps import Party
from monitor.hotline.tickets import Contact, take_in
from monitor.models.accounts import Role
from monitor.models.hotline import EventKind, HotlineEvent, HotlineMessage, HotlineTicket, TicketChannel
from monitor.models.rollcalls.prompts import PromptState
from monitor.settings import Settings
from rollcall.channels.channel import Channel, ChannelProblem, Message, Outcome, Receipt, Uncertain
from rollcall.hotline.sending import LEASE, HotlineSender
from rollcall.prompts.receipts import take_receipts
from rollcall.work.channel_set_up import hotline_channels
from tests.doubles.phones import Line
from tests.doubles.ports import free_port
from tests.doubles.waiting import PATIENCE
from tests.doubles.zalo_server import FIRST, USER, ZaloServer

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
AN = "+84901234567"


class Box:
    """Keeps mails."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd asks by this name
        self.mails.append(bytes(envelope.content or b""))
        return "250 OK"


@pytest.fixture
def mail_set_up() -> Iterator[tuple[Box, dict[str, Any]]]:
    box, port = Box(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE)
    controller.start()
    yield box, {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "mail_from": "1022@1022.example.vn"}
    controller.stop()


def came(database: Database, channel: TicketChannel, **more: Any) -> int:
    with database.write() as session:
        return take_in(session, Contact(channel, f"r-{channel}", "Nhà tôi hết gạo", **more), NOW).id


def answered(database: Database, ticket_id: int, words: str) -> None:
    with database.write() as session:
        account = add_account(session, "desk", "đúng là mật khẩu", Role.STAFF, zones=[], now=NOW).id
        ticket = session.get_one(HotlineTicket, ticket_id)
        answer(session, ticket_id, Doer(account, frozenset({Party.DESK})), NOW, seen=mark(ticket), words=words)


def rows(database: Database) -> list[HotlineMessage]:
    with database.read() as session:
        return list(session.scalars(select(HotlineMessage).order_by(HotlineMessage.id)))


def told(database: Database) -> list[dict[str, Any]]:
    with database.read() as session:
        noted = select(HotlineEvent.details).where(HotlineEvent.kind == EventKind.NOTED).order_by(HotlineEvent.id)
        return [{name: each[name] for name in ("message", "state")} for each in session.scalars(noted) if each["says"]]


def sender(database: Database, channels: dict[str, Channel], at: datetime = NOW, worker: str = "w1") -> HotlineSender:
    return HotlineSender(database, worker, channels, clock=lambda: at)


def test_a_mail_is_answered_in_its_thread_and_marked_so_that_no_machine_answers_ours(
    both_databases: Database, mail_set_up: tuple[Box, dict[str, Any]], tmp_path: Path
) -> None:
    box, smtp = mail_set_up
    ticket = came(both_databases, TicketChannel.EMAIL, mail_address="an@example.vn", mail_id="<m1@example.vn>")
    answered(both_databases, ticket, "Gạo đến lúc 17 giờ.")
    channels = hotline_channels(Settings(data_folder=tmp_path, **smtp), both_databases)
    assert set(channels) == {"email"}
    assert sender(both_databases, channels).send_due() == 2
    assert sender(both_databases, channels, worker="w2").send_due() == 0
    received, said = (email.message_from_bytes(each, policy=default) for each in box.mails)
    row, _ = rows(both_databases)
    code = shown_code_of(both_databases)
    assert received["In-Reply-To"] == received["References"] == said["In-Reply-To"] == "<m1@example.vn>"
    assert received["Message-ID"] == f"<{row.reference}@1022.example.vn>"
    assert (received["Auto-Submitted"], said["Auto-Submitted"]) == ("auto-replied", None), "a person wrote the answer"
    assert received["X-Auto-Response-Suppress"] == said["X-Auto-Response-Suppress"] == "All"
    assert code in received["Subject"]
    assert "Gạo đến lúc 17 giờ." in said.get_content()
    assert [each.state for each in rows(both_databases)] == [PromptState.SENT, PromptState.SENT]


def shown_code_of(database: Database) -> str:
    with database.read() as session:
        code = session.scalars(select(HotlineTicket.code)).one()
    return f"{code[:4]}-{code[4:]}"


def test_texts_and_zalo_go_their_own_ways(database: Database, tmp_path: Path) -> None:
    zalo, line = ZaloServer(), Line()
    try:
        settings = Settings(
            data_folder=tmp_path,
            zalo_app_id="42",
            zalo_app_secret="app-secret",
            zalo_refresh_token=FIRST,
            zalo_base=zalo.server.address,
            zalo_login_base=zalo.server.address,
        )
        came(database, TicketChannel.TEXT, caller="0901234567")
        came(database, TicketChannel.ZALO, mail_address=USER, mail_id="z1")
        channels = hotline_channels(settings, database) | {"sms": line}
        assert sender(database, channels).send_due() == 2
        for each in channels.values():
            each.close()
    finally:
        zalo.server.stop()
    assert [each.to for each in line.sent] == [AN]
    assert [each["recipient"]["user_id"] for each in zalo.sent] == [USER]
    with database.read() as session:
        codes = list(session.scalars(select(HotlineTicket.code).order_by(HotlineTicket.id)))
    assert f"{codes[0][:4]}-{codes[0][4:]}" in line.sent[0].text
    assert f"{codes[1][:4]}-{codes[1][4:]}" in zalo.sent[0]["message"]["text"]


class Broken(Line):
    """A gateway that does not take what it is handed."""

    def __init__(self, outcome: Outcome, *, idempotent: bool = True) -> None:
        super().__init__()
        self.outcome, self.idempotent = outcome, idempotent

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        for each in messages:
            self.sent.append(each)
            yield each, self.outcome


def test_a_gateway_that_is_down_for_an_hour_loses_no_answer_and_one_that_never_comes_back_is_told_of(
    both_databases: Database,
) -> None:
    came(both_databases, TicketChannel.TEXT, caller="0901234567")
    down = Broken(ChannelProblem("down", permanent=False))
    at = NOW
    for _ in range(4):
        assert sender(both_databases, {"sms": down}, at).send_due() == 1
        at += timedelta(minutes=20)
    assert told(both_databases) == []
    up = Line()
    assert sender(both_databases, {"sms": up}, at).send_due() == 1
    assert len({each.reference for each in (*down.sent, *up.sent)}) == 1
    with both_databases.write() as session:
        receipt = Receipt(f"g-{up.sent[0].reference}", delivered=False, at=at, detail="")
        assert take_receipts(session, [receipt]) == 1
    assert told(both_databases) == [{"message": "received", "state": "failed"}]


@pytest.mark.parametrize(
    ("channels", "state"),
    [
        ({}, PromptState.FAILED),
        ({"sms": Broken(ChannelProblem("no", permanent=True))}, PromptState.FAILED),
        ({"sms": Broken(Uncertain(), idempotent=False)}, PromptState.UNCERTAIN),
    ],
)
def test_what_cannot_be_said_stands_on_the_ticket(database: Database, channels: dict[str, Channel], state: PromptState) -> None:
    came(database, TicketChannel.TEXT, caller="0901234567")
    sender(database, channels).send_due()
    assert [each.state for each in rows(database)] == [state]
    assert told(database) == [{"message": "received", "state": state.value}]


def test_what_a_dead_worker_had_claimed_is_handed_over_again_under_the_same_name(both_databases: Database) -> None:
    came(both_databases, TicketChannel.TEXT, caller="0901234567")

    class Dies(Line):
        def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
            self.sent.append(next(messages))
            yield from ()
            raise SystemExit

    dies, line = Dies(), Line()
    with pytest.raises(SystemExit):
        sender(both_databases, {"sms": dies}).send_due()
    assert sender(both_databases, {"sms": line}, NOW + LEASE / 2, "w2").send_due() == 0
    assert sender(both_databases, {"sms": line}, NOW + LEASE, "w2").send_due() == 1
    assert [each.reference for each in line.sent] == [each.reference for each in dies.sent]
    with both_databases.write() as session:
        assert take_receipts(session, [Receipt("", True, NOW + LEASE, reference=line.sent[0].reference)]) == 1
    assert [each.state for each in rows(both_databases)] == [PromptState.DELIVERED]
