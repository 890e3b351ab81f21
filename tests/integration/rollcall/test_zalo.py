"""Zalo: messages, tokens got once by many workers, refusals as documented, and what Zalo tells us, against a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.hotline import HotlineMessage, HotlineTicket, MessageAbout, TicketChannel, TicketKind
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.messages import ChannelPace, ChannelToken
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.settings import Settings, SettingsProblem, load_settings
from monitor.vault.vault import Vault
from rollcall.channels.channel import AddressGone, ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.names import channel_names
from rollcall.channels.zalo import Zalo
from rollcall.channels.zalo_tokens import ZaloTokens
from rollcall.inbound.zalo_events import link_code, signature
from rollcall.rounds.opening import open_due_rounds
from rollcall.work.channel_set_up import make_channels
from tests.doubles.vendor_server import Answer
from tests.doubles.zalo_server import FIRST, USER, ZaloServer
from tests.worlds.due_round import WITHOUT_NIGHT, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents


@pytest.fixture
def zalo() -> Iterator[ZaloServer]:
    made = ZaloServer()
    yield made
    made.server.stop()


def settings_of(zalo: ZaloServer, folder: Path, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "data_folder": folder,
        "zalo_app_id": "42",
        "zalo_app_secret": "app-secret",
        "zalo_refresh_token": FIRST,
        "zalo_oa_secret": "oa-secret",
        "zalo_base": zalo.server.address,
        "zalo_login_base": zalo.server.address,
        **more,
    }
    return Settings(**values)


def channel_of(zalo: ZaloServer, database: Database, folder: Path, **more: Any) -> Zalo:
    made = make_channels(settings_of(zalo, folder, **more), database)["zalo"]
    assert isinstance(made, Zalo)
    return made


def hand_over(channel: Zalo) -> Outcome:
    ((_, outcome),) = channel.send(iter([Message(USER, "Điểm danh: https://x/a/1", "r1")]))
    return outcome


def test_a_message_goes_to_a_follower(zalo: ZaloServer, database: Database, tmp_path: Path) -> None:
    channel = channel_of(zalo, database, tmp_path)
    assert hand_over(channel) == Sent("z-1")
    assert hand_over(channel) == Sent("z-2")
    channel.close()
    assert zalo.sent[0] == {"recipient": {"user_id": USER}, "message": {"text": "Điểm danh: https://x/a/1"}}
    assert zalo.given == 1, "one token is enough for two messages"


def test_many_workers_get_one_token_between_them(zalo: ZaloServer, both_databases: Database, tmp_path: Path) -> None:
    settings = settings_of(zalo, tmp_path)
    settings.secret("master_key")
    zalo.slow = 0.3
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ZaloTokens(both_databases, settings).access(), range(8)))
    assert set(found) == {"access-1"}
    assert zalo.given == 1
    with both_databases.write() as session:
        session.execute(update(ChannelToken).values(expires_at=utc_now()))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ZaloTokens(both_databases, settings).access(), range(8)))
    assert set(found) == {"access-2"}
    assert zalo.given == 2


def test_tokens_are_sealed_where_they_are_kept(zalo: ZaloServer, database: Database, tmp_path: Path) -> None:
    with closing(channel_of(zalo, database, tmp_path)) as channel:
        hand_over(channel)
    with database.read() as session:
        row = session.scalars(select(ChannelToken)).one()
    assert b"access-1" not in row.sealed
    assert b"refresh-1" not in row.sealed
    assert FIRST not in row.begun_with


def test_a_token_that_zalo_takes_back_is_replaced_and_the_message_goes_out(
    zalo: ZaloServer, database: Database, tmp_path: Path
) -> None:
    channel = channel_of(zalo, database, tmp_path)
    hand_over(channel)
    zalo.access = "taken back"
    assert hand_over(channel) == Sent("z-2")
    assert zalo.given == 2
    channel.close()


def test_a_worker_that_died_while_it_asked_keeps_nobody_waiting_for_ever(
    zalo: ZaloServer, database: Database, tmp_path: Path
) -> None:
    settings = settings_of(zalo, tmp_path)
    ZaloTokens(database, settings).access()
    with database.write() as session:
        session.execute(update(ChannelToken).values(expires_at=utc_now(), refreshing_until=utc_now()))
    assert ZaloTokens(database, settings).access() == "access-2"


def test_where_zalo_gives_no_token_nothing_is_handed_over_and_a_new_setting_begins_anew(
    zalo: ZaloServer, database: Database, tmp_path: Path
) -> None:
    messages = iter([Message(USER, "x", "r1")])
    with (
        closing(channel_of(zalo, database, tmp_path, zalo_refresh_token="used up")) as channel,
        pytest.raises(ChannelProblem) as problem,
    ):
        list(channel.send(messages))
    assert not problem.value.permanent
    assert "zalo_refresh_token" in str(problem.value)
    assert next(messages)
    with closing(channel_of(zalo, database, tmp_path)) as channel:
        assert hand_over(channel) == Sent("z-1")
    # Let in anew later: the newer setting counts, not what was kept.
    zalo.refresh, zalo.access = "let in anew", "other"
    with closing(channel_of(zalo, database, tmp_path, zalo_refresh_token="let in anew")) as channel:
        assert hand_over(channel) == Sent("z-2")


@pytest.mark.parametrize(
    ("answer", "kind", "permanent"),
    [
        ({"error": -230, "message": "User has not interacted with the OA in the past 7 days"}, ChannelProblem, True),
        ({"error": -213, "message": "User has not followed OA"}, AddressGone, True),
        ({"error": -227, "message": "User is banned or has been inactive for more than 45 days"}, AddressGone, True),
        ({"error": -211, "message": "Out of quota"}, ChannelProblem, True),
        ({"error": -200, "message": "Send message failed"}, ChannelProblem, False),
        ({"error": -32, "message": "Your application reached limit call api"}, ChannelProblem, False),
        ({"error": 0, "message": "Success"}, Uncertain, None),
        ([], Uncertain, None),
    ],
)
def test_refusals_are_those_that_zalo_documents(
    answer: Any, kind: type, permanent: bool | None, zalo: ZaloServer, database: Database, tmp_path: Path
) -> None:
    channel = channel_of(zalo, database, tmp_path)
    zalo.says = [Answer(200, answer)]
    outcome = hand_over(channel)
    channel.close()
    assert type(outcome) is kind
    if isinstance(outcome, ChannelProblem):
        assert outcome.permanent is permanent
        assert (outcome.wait == 60.0) == (answer["error"] == -32)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(Answer(0, b"", cut=True), Uncertain), (Answer(502, b""), Uncertain), (Answer(503, b""), ChannelProblem)],
)
def test_what_may_have_gone_out_is_uncertain(
    answer: Answer, kind: type, zalo: ZaloServer, database: Database, tmp_path: Path
) -> None:
    channel = channel_of(zalo, database, tmp_path)
    zalo.says = [answer]
    assert isinstance(hand_over(channel), kind)
    channel.close()


def tell(settings: Settings, database: Database, folder: Path, event: dict[str, Any], secret: str = "oa-secret") -> int:
    app = create_residents(settings, database, Vault(folder / "vault", bytes(32)))
    body = json.dumps(event).encode()
    signed = signature("42", body, str(event.get("timestamp", "")), secret)
    headers = {"X-ZEvent-Signature": signed, "Content-Type": "application/json"}
    return app.test_client().post("/hooks/zalo", data=body, headers=headers).status_code


def test_a_resident_links_zalo_is_asked_there_and_the_arrival_is_told(
    zalo: ZaloServer, database: Database, tmp_path: Path
) -> None:
    settings = settings_of(zalo, tmp_path)
    _, (one, two) = world(database, "An", "Bình", channels=[["zalo", 3], ["sms", 3]], ladder=[], **WITHOUT_NIGHT)
    code = link_code(settings.secret("secret_key"), one)
    wrote = {"event_name": "user_send_text", "sender": {"id": USER}, "timestamp": "1677721200000", "app_id": "42"}
    stranger = f"DK {two} AAAAAAAA"
    assert tell(settings, database, tmp_path, wrote | {"message": {"msg_id": "a", "text": stranger}}) == 200
    assert tell(settings, database, tmp_path, wrote | {"message": {"msg_id": "b", "text": code}}, secret="guessed") == 401
    with database.read() as session:
        assert session.scalars(select(ContactAddress)).all() == []
    assert tell(settings, database, tmp_path, wrote | {"message": {"msg_id": "c", "text": f"xin chào, {code.lower()}"}}) == 200
    with database.read() as session:
        row = session.scalars(select(ContactAddress)).one()
    assert (row.resident_id, row.channel, row.address) == (one, "zalo", USER)
    assert "zalo" in channel_names(settings)
    open_due_rounds(database, NOW, channel_names(settings))
    channels = make_channels(settings, database)
    sender = make_sender(database, channels, tmp_path / "o")
    sender.send_due(NOW)
    channels["zalo"].close()

    def states() -> dict[int, PromptState]:
        with database.read() as session:
            return {row.resident_id: row.state for row in session.scalars(select(Prompt))}

    assert states() == {one: PromptState.SENT, two: PromptState.FAILED}
    arrived = {"event_name": "user_received_message", "message": {"msg_id": "z-1"}, "timestamp": "1677721300000"}
    assert tell(settings, database, tmp_path, arrived) == 200
    assert states()[one] == PromptState.DELIVERED
    gone = {"event_name": "unfollow", "follower": {"id": USER}, "timestamp": "1677721400000"}
    assert tell(settings, database, tmp_path, gone) == 200
    with database.read() as session:
        assert session.scalars(select(ContactAddress)).all() == []


def test_what_somebody_writes_on_zalo_is_the_hotlines_and_a_residents_illness_a_case(
    zalo: ZaloServer, both_databases: Database, tmp_path: Path
) -> None:
    world(both_databases)
    settings = settings_of(zalo, tmp_path)
    at = utc_now() - timedelta(hours=1)
    millis = str(int(at.timestamp() * 1000))

    def write(text: str, user: str = USER, name: str = "z-9") -> None:
        event = {
            "event_name": "user_send_text",
            "sender": {"id": user},
            "timestamp": millis,
            "message": {"text": text, "msg_id": name},
        }
        assert tell(settings, both_databases, tmp_path, event) == 200

    for _ in range(2):
        write("Nhà tôi hết gạo")
    with both_databases.read() as session:
        ticket = session.scalars(select(HotlineTicket)).one()
    assert (ticket.channel, ticket.kind, ticket.mail_address, ticket.caller) == (TicketChannel.ZALO, TicketKind.FOOD, USER, "")
    assert abs(ticket.first_contact_at - at) < timedelta(milliseconds=2)
    write(f"1022 {ticket.code}", "777", "z-10")
    with both_databases.read() as session:
        told = session.execute(select(HotlineMessage.address, HotlineMessage.about).order_by(HotlineMessage.id)).all()
    assert [tuple(each) for each in told] == [(USER, MessageAbout.RECEIVED), ("777", MessageAbout.STATE)]
    with both_databases.write() as session:
        person = session.scalars(select(Resident)).first()
        assert person is not None
        session.add(
            ContactAddress(resident_id=person.id, zone_id=person.zone_id, channel="zalo", address="888", created_at=utc_now())
        )
    write("tôi khó thở", "888", "z-11")
    write("xin cho hỏi", "888", "z-12")
    with both_databases.read() as session:
        assert session.scalars(select(Incident.kind)).all() == [IncidentKind.UNWELL]
        assert session.scalars(select(HotlineTicket.resident_id).order_by(HotlineTicket.id)).all() == [None, person.id]


def test_the_minute_that_zalo_counts_in_is_waited_for_by_all(zalo: ZaloServer, database: Database, tmp_path: Path) -> None:
    zone, people = world(
        database, *(f"Người {number}" for number in range(12)), channels=[["zalo", 3]], ladder=[], **WITHOUT_NIGHT
    )
    with database.write() as session:
        for each in people:
            session.add(ContactAddress(resident_id=each, zone_id=zone, channel="zalo", address=str(each), created_at=NOW))
    open_due_rounds(database, NOW)
    channels = make_channels(settings_of(zalo, tmp_path), database)
    zalo.says = [Answer(200, {"error": -32, "message": "Your OA reached limit call api"})] * 12
    sender = make_sender(database, channels, tmp_path / "o")
    began = utc_now()
    assert sender.send_due(began) == 12
    with database.read() as session:
        assert set(session.scalars(select(Prompt.state))) == {PromptState.QUEUED}
        assert 59 < (session.scalars(select(ChannelPace.free_at)).one() - began).total_seconds() < 70
    assert sender.send_due(utc_now()) == 0
    channels["zalo"].close()


def test_half_a_setting_is_told() -> None:
    with pytest.raises(SettingsProblem, match="zalo_app_secret"):
        load_settings({"QUARANTINE_ZALO_APP_ID": "42"})
