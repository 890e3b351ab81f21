"""Template messages of Zalo against a server on loopback: templates by kind and language, parameters, refusals, receipts, price."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.settings import Settings, SettingsProblem
from monitor.vault.vault import Vault
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.names import channel_names
from rollcall.inbound.zalo_events import signature
from rollcall.rounds.opening import open_due_rounds
from rollcall.texts.prices import prices_of
from rollcall.texts.style import Style
from rollcall.work.channel_set_up import make_channels
from tests.doubles.vendor_server import Answer
from tests.doubles.zalo_server import FIRST, ZaloServer
from tests.worlds.due_round import WITHOUT_NIGHT, check_in_of, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

AN = "+84900000101"


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    made = ZaloServer()
    made.templates = {"1001": {"ten", "gio", "duong"}, "1002": {"ten", "gio", "duong"}}
    yield made
    made.server.stop()


def settings_of(zalo: ZaloServer, folder: Path, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "data_folder": folder,
        "zalo_app_id": "42",
        "zalo_app_secret": "app-secret",
        "zalo_refresh_token": FIRST,
        "zalo_oa_secret": "oa-secret",
        "zalo_login_base": zalo.server.address,
        "zns_base": zalo.server.address,
        "zns_templates": "first=1001 first.en=1002",
        "zns_parameters": "ten={name} gio={due} duong={path}",
        "price_zns": 300,
        **more,
    }
    return Settings(**values)


def hand_over(zalo: ZaloServer, database: Database, folder: Path, *messages: Message) -> list[Outcome]:
    channel = make_channels(settings_of(zalo, folder), database)["zns"]
    try:
        return [outcome for _, outcome in channel.send(iter(messages))]
    finally:
        channel.close()


def message(to: str = AN, kind: str = "first", language: str = "vi") -> Message:
    name = "Công Tằng Tôn Nữ Nguyễn Thị Ánh Nguyệt"
    return Message(to, "x", "r1", "", "https://phones.vn/h/abc.def", language, kind, {"name": name, "due": "10:20"})


def test_a_template_is_filled_and_goes_to_the_number(zalo: ZaloServer, database: Database, tmp_path: Path) -> None:
    assert hand_over(zalo, database, tmp_path, message("0900 000 101")) == [Sent("n-1")]
    assert zalo.sent == [
        {
            "phone": "84900000101",
            "template_id": "1001",
            "template_data": {"ten": "Công Tằng Tôn Nữ Nguyễn Thị Án", "gio": "10:20", "duong": "h/abc.def"},
            "tracking_id": "r1",
        }
    ]
    # Zalo took the token back meanwhile: the message goes out with a new one.
    zalo.access = "taken back"
    assert hand_over(zalo, database, tmp_path, message(language="en")) == [Sent("n-2")]
    assert zalo.sent[1]["template_id"] == "1002"
    assert zalo.given == 2


def test_a_kind_without_a_template_is_left_to_the_next_channel(zalo: ZaloServer, database: Database, tmp_path: Path) -> None:
    (outcome,) = hand_over(zalo, database, tmp_path, message(kind="household"))
    assert isinstance(outcome, ChannelProblem)
    assert outcome.permanent
    assert zalo.sent == []


@pytest.mark.parametrize(
    ("answer", "permanent", "says"),
    [
        ({"error": -108, "message": "Phone number invalid"}, True, "Nobody at this number"),
        ({"error": -118, "message": "Zalo account not existed"}, True, "Nobody at this number"),
        ({"error": -141, "message": "User has blocked ZNS of the OA"}, True, "Nobody at this number"),
        ({"error": -115, "message": "Out of balance"}, True, "quota or balance"),
        ({"error": -144, "message": "OA has exceeded its daily quota"}, True, "quota or balance"),
        ({"error": -133, "message": "This template may not be sent at night"}, True, "error -133"),
        ({"error": -131, "message": "Template not approved"}, True, "error -131"),
        ({"error": -1121, "message": "Template data missing"}, True, "error -1121"),
        ({"error": -100, "message": "Unknown error, please try again later"}, False, "error -100"),
        ({"error": -32, "message": "Your application reached limit call api"}, False, "error -32"),
    ],
)
def test_refusals_for_good_and_those_of_the_moment_are_told_apart(
    answer: dict[str, Any], permanent: bool, says: str, zalo: ZaloServer, database: Database, tmp_path: Path
) -> None:
    zalo.says = [Answer(200, answer)]
    (outcome,) = hand_over(zalo, database, tmp_path, message())
    assert isinstance(outcome, ChannelProblem)
    assert outcome.permanent is permanent
    assert says in str(outcome)
    assert (outcome.wait == 60.0) == (answer["error"] == -32)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(0, b"", cut=True), Uncertain),
        (Answer(504, b""), Uncertain),
        (Answer(200, {"error": 0, "message": "Success"}), Uncertain),
        (Answer(503, b""), ChannelProblem),
    ],
)
def test_what_may_have_gone_out_is_uncertain(
    answer: Answer, kind: type, zalo: ZaloServer, database: Database, tmp_path: Path
) -> None:
    zalo.says = [answer]
    (outcome,) = hand_over(zalo, database, tmp_path, message())
    assert isinstance(outcome, kind)


def test_a_prompt_leaves_with_its_price_and_its_arrival_is_told_even_before_our_own_note(
    zalo: ZaloServer, both_databases: Database, tmp_path: Path
) -> None:
    database, settings = both_databases, settings_of(zalo, tmp_path)
    _, (one, two) = world(database, "An", "Bình", channels=[["zns", 3], ["sms", 3]], ladder=[], **WITHOUT_NIGHT)
    with database.write() as session:
        for each, phone in ((one, AN), (two, "12")):
            session.execute(update(Resident).where(Resident.id == each).values(phone=phone))
    assert channel_names(settings) == {"zalo", "zns"}
    open_due_rounds(database, NOW, channel_names(settings))
    channels = make_channels(settings, database)
    sender = make_sender(
        database, channels, tmp_path / "o", address="https://phones.vn", style=Style(prices=prices_of(settings))
    )
    sender.send_due(NOW)
    for each in channels.values():
        each.close()
    with database.read() as session:
        prompts = {row.resident_id: row for row in session.scalars(select(Prompt))}
    assert (prompts[one].state, prompts[one].gateway_reference, prompts[one].cost) == (PromptState.SENT, "n-1", 300)
    assert re.fullmatch(r"[0-9a-z]{26}", zalo.sent[0]["template_data"]["duong"])
    # The second number is none: refused for good, so the text message is due at once.
    assert prompts[two].state == PromptState.FAILED
    assert check_in_of(database, two).step_at is not None
    arrived = {
        "event_name": "user_received_message",
        "app_id": "42",
        "timestamp": "1626926350000",
        "recipient": {"id": "84900000101"},
        "message": {"delivery_time": "1626926349999", "msg_id": "of another run", "tracking_id": prompts[one].reference},
    }
    body = json.dumps(arrived).encode()
    headers = {
        "X-ZEvent-Signature": signature("42", body, "1626926350000", "oa-secret"),
        "Content-Type": "application/json",
    }
    client = create_residents(settings, database, Vault(tmp_path / "vault", bytes(32))).test_client()
    assert client.post("/hooks/zalo", data=body, headers=headers).status_code == 200
    with database.read() as session:
        assert session.get_one(Prompt, prompts[one].id).state == PromptState.DELIVERED


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("zns_templates", "second=1"),
        ("zns_templates", "first"),
        ("zns_templates", "first.fr=1"),
        ("zns_parameters", "ten={who}"),
        ("zns_parameters", "ten"),
    ],
)
def test_settings_that_cannot_work_are_told(
    setting: str, value: str, zalo: ZaloServer, database: Database, tmp_path: Path
) -> None:
    with pytest.raises(SettingsProblem, match=setting):
        make_channels(settings_of(zalo, tmp_path, **{setting: value}), database)
