"""Gateways as they really write: receipts of SMPP in every form, parts over HTTP, times; what is not understood is noted, in bounds."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.gateways import GatewayReading, GatewaySample
from monitor.models.rollcalls.inbound import InboundDoubt, InboundMeaning, InboundMessage
from monitor.models.rollcalls.prompts import ParkedReceipt, Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings, SettingsProblem, load_settings
from monitor.vault.vault import Vault
from rollcall.channels.channel import Receipt
from rollcall.channels.heard import Heard
from rollcall.channels.receipt_names import other_names
from rollcall.inbound.gateway_notes import MOST_A_MINUTE, MOST_KEPT, MOST_WORDS_A_DAY, GatewayNotes
from rollcall.inbound.gateway_report import counted, samples
from rollcall.inbound.keeping import JOIN_WITHIN, take_one, tidy
from rollcall.prompts.receipts import take_crossed, take_receipts
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from rollcall.work.channel_set_up import make_channels
from tests.doubles import patient
from tests.doubles.phones import AN, TOKEN, Phones
from tests.doubles.smpp_gateway import INSTALLED, PASSWORD, SYSTEM_ID, SmppServer
from tests.doubles.waiting import wait_until
from tests.worlds.due_round import WITHOUT_NIGHT, check_in_of, minutes, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW

needs_gateway = pytest.mark.skipif(not INSTALLED and not os.environ.get("CI"), reason="needs node and the npm package smpp")


@pytest.fixture
def start(vault: Vault, tmp_path: Path) -> Iterator[Callable[..., Phones]]:
    made: list[Phones] = []

    def run(database: Database, **more: Any) -> Phones:
        made.append(Phones(database, vault, tmp_path, **more))
        return made[-1]

    yield run
    for each in made:
        each.stop()


def person(database: Database, **plan: Any) -> int:
    _, (one,) = world(database, "Nguyễn Văn An", **plan)
    with database.write() as session:
        session.execute(update(Resident).values(phone=AN, without_smartphone=True, language="en"))
    open_due_rounds(database, NOW)
    return one


def texts(database: Database) -> list[InboundMessage]:
    with database.read() as session:
        return list(session.scalars(select(InboundMessage).order_by(InboundMessage.id)))


def incidents(database: Database) -> list[IncidentKind]:
    with database.read() as session:
        return list(session.scalars(select(Incident.kind).order_by(Incident.id)))


def readings(database: Database, now: Any) -> dict[GatewayReading, int]:
    with database.read() as session:
        return {each.reading: each.number for each in counted(session, now)}


@needs_gateway
@pytest.mark.parametrize(
    ("dialect", "settings", "wanted"),
    [
        ({}, {}, PromptState.DELIVERED),
        ({"hex": True}, {}, PromptState.DELIVERED),
        ({"hex": True}, {"smpp_receipt_ids": "decimal"}, PromptState.DELIVERED),
        ({"hex": True, "swap": True}, {}, PromptState.DELIVERED),
        ({"hex": True}, {"smpp_receipt_ids": "same"}, PromptState.SENT),
        ({"lower": True}, {}, PromptState.DELIVERED),
        ({"esm_class": 0}, {}, PromptState.DELIVERED),
        ({"ucs2": True}, {}, PromptState.DELIVERED),
        ({"ucs2": True, "payload": True, "esm_class": 0}, {}, PromptState.DELIVERED),
        ({"payload": True}, {}, PromptState.DELIVERED),
        ({"tlv": 2, "bare": True, "esm_class": 0}, {}, PromptState.DELIVERED),
        ({"tlv": 5, "bare": True}, {}, PromptState.FAILED),
        ({"stat": "DELIVERED"}, {}, PromptState.DELIVERED),
        ({"stat": "BUFFERED"}, {}, PromptState.SENT),
        ({"stat": "SCHEDULED", "esm_class": 0}, {}, PromptState.SENT),
        ({"stat": "HLR_OK", "esm_class": 0}, {}, PromptState.SENT),
        ({"stat": "HLR_OK", "esm_class": 0}, {"sms_receipt_states": "delivered=HLR_OK"}, PromptState.DELIVERED),
    ],
)
def test_a_receipt_is_read_as_the_gateway_writes_it_and_is_never_a_text(
    dialect: dict[str, Any], settings: dict[str, str], wanted: PromptState, database: Database, tmp_path: Path
) -> None:
    server = SmppServer(tmp_path, "dialect", json.dumps(dialect))
    _, (_one,) = world(database, "An", **WITHOUT_NIGHT)
    with database.write() as session:
        session.execute(update(Resident).values(phone="0900 000 101", without_smartphone=True))
    open_due_rounds(database, NOW)
    smpp = {"smpp_port": server.port, "smpp_system_id": SYSTEM_ID, "smpp_password": PASSWORD, "smpp_sender": "8149"}
    channels = make_channels(Settings(data_folder=tmp_path, smpp_host="127.0.0.1", **smpp, **settings), database)
    try:
        assert make_sender(database, channels, tmp_path / "outbox").send_due(utc_now()) == 1
        wait_until(lambda: channels["sms"].take_in() or server.receipts_answered)  # type: ignore[attr-defined]
    finally:
        for each in channels.values():
            each.close()
        server.stop()
    with database.read() as session:
        prompt = session.scalars(select(Prompt)).one()
        parked = session.scalar(select(func.count()).select_from(ParkedReceipt))
    assert (prompt.state, texts(database), incidents(database)) == (wanted, [], [])
    assert bool(parked) == (settings.get("smpp_receipt_ids") == "same")
    assert sum(readings(database, utc_now()).values()) == 1
    with database.read() as session:
        (sample,) = samples(session)
    assert "000101" not in sample.number + sample.content


SENT = {"state": PromptState.SENT, "gateway_reference": "100", "sent_at": NOW, "next_attempt_at": None}


def receipt(name: str, number: str = "84900000101", at: Any = NOW) -> Receipt:
    return Receipt(name, True, at, other_names=other_names(name), number=number)


def test_the_same_digits_in_another_form_are_another_message_unless_the_number_agrees(both_databases: Database) -> None:
    person(both_databases)
    with both_databases.write() as session:
        session.execute(update(Prompt).values(**SENT))
        # Of another system at the same gateway: 256 is 100 in hexadecimal digits.
        assert take_receipts(session, [receipt("256", "84911111111")]) == 0
        assert session.scalars(select(Prompt.state)).one() == PromptState.SENT
        assert take_receipts(session, [receipt("256")]) == 1
        assert session.scalars(select(Prompt.state)).one() == PromptState.DELIVERED


def test_a_receipt_in_another_form_that_crosses_our_note_is_found_a_second_later(both_databases: Database) -> None:
    person(both_databases)
    with both_databases.write() as session:
        assert take_receipts(session, [receipt("0000000256")]) == 0
    with both_databases.write() as session:
        session.execute(update(Prompt).values(**SENT))
    assert take_crossed(both_databases, minutes(0.1)) == 1
    with both_databases.read() as session:
        assert session.scalars(select(Prompt.state)).one() == PromptState.DELIVERED
        assert session.scalars(select(ParkedReceipt)).all() == []


PARTS = ("Chào cán bộ, tôi là An ở phòng 101 đây, từ hôm qua đến giờ tôi không", " được khoẻ")


def hand_over(phones: Phones, text: str, number: int, total: int = 2, **more: str) -> None:
    form = {"messageId": f"0B{number}", "msisdn": AN[1:], "to": "8149", "text": text, "type": "unicode", "concat": "true"}
    form |= {"concat-ref": "7", "concat-total": str(total), "concat-part": str(number), **more}
    phones.post("sms/messages", data=form).raise_for_status()


VONAGE = "id=messageId from=msisdn text=text at=message-timestamp"


@pytest.mark.parametrize("order", [(1, 2), (2, 1), (2, 2, 1, 1)])
def test_parts_that_come_over_http_are_read_together(
    order: tuple[int, ...], start: Callable[..., Phones], both_databases: Database
) -> None:
    person(both_databases)
    phones = start(both_databases, sms_inbound_fields=VONAGE)
    for number in order:
        assert phones.send() is not None
        hand_over(phones, PARTS[number - 1], number, **{"message-timestamp": "2026-11-23 03:00:00"})
    (text,) = texts(both_databases)
    assert (text.text, text.meaning, text.doubt, text.said_at) == ("".join(PARTS), InboundMeaning.ILL, None, NOW)
    assert IncidentKind.UNWELL in incidents(both_databases)
    assert readings(both_databases, NOW)[GatewayReading.PART] >= 1


def test_a_part_alone_is_no_answer_and_is_shown_to_staff_after_a_while(
    start: Callable[..., Phones], both_databases: Database
) -> None:
    one = person(both_databases)
    phones = start(both_databases, sms_inbound_fields=VONAGE)
    phones.send()
    hand_over(phones, PARTS[1], 2)
    tidy(both_databases, NOW + JOIN_WITHIN / 2)
    assert texts(both_databases) == []
    tidy(both_databases, NOW + JOIN_WITHIN + timedelta(seconds=1))
    with both_databases.read() as session:
        (number,) = session.scalars(select(InboundMessage.id))
    take_one(both_databases, number, minutes(11))
    (text,) = texts(both_databases)
    assert (text.text, text.doubt, text.meaning) == (f"[…]{PARTS[1]}", InboundDoubt.INCOMPLETE, InboundMeaning.UNCLEAR)
    assert check_in_of(both_databases, one).state == CheckInState.PROMPTED
    assert incidents(both_databases) == [IncidentKind.TEXT_UNCLEAR]


def test_a_part_that_does_not_say_of_what_is_no_answer_and_what_is_urgent_in_it_is_told(
    start: Callable[..., Phones], both_databases: Database
) -> None:
    one = person(both_databases)
    phones = start(both_databases, sms_inbound_fields=VONAGE)
    phones.send()
    for number, text in enumerate(("CO", "khó thở quá")):
        form = {"messageId": str(number), "msisdn": AN[1:], "text": text, "concat": "true"}
        phones.post("sms/messages", data=form).raise_for_status()
    assert check_in_of(both_databases, one).state == CheckInState.PROMPTED
    assert set(incidents(both_databases)) == {IncidentKind.TEXT_UNCLEAR, IncidentKind.UNWELL}
    assert readings(both_databases, NOW)[GatewayReading.INCOMPLETE] == 2


def test_a_character_that_is_cut_in_two_is_whole_again(start: Callable[..., Phones], database: Database) -> None:
    person(database)
    phones = start(database)
    for number, text in enumerate(("CO \ud83d", "\ude00"), 1):
        body = {"from": AN, "text": text, "concat-ref": "1", "concat-total": 2, "concat-part": number}
        # Half a character is no UTF-8, and in JSON it is.
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        patient.post(f"{phones.address}/hooks/sms/messages", content=json.dumps(body), headers=headers).raise_for_status()
    assert [each.text for each in texts(database)] == ["CO 😀"]


def test_a_header_that_is_handed_over_as_it_came_and_several_texts_in_one_request_are_read(
    start: Callable[..., Phones], database: Database
) -> None:
    person(database)
    phones = start(database, sms_inbound_fields="id=messageId at=receivedAt")
    results = [
        {"messageId": "1", "from": AN, "text": "CO 1", "receivedAt": "2026-11-23T03:00:00.000+0000", "smsCount": 1},
        {"messageId": "2", "from": AN, "text": "toi ", "udh": "050003070201"},
        {"messageId": "3", "from": AN, "text": "khoe", "udh": "050003070202"},
    ]
    phones.post("sms/messages", json={"results": results, "messageCount": 3}).raise_for_status()
    assert [each.text for each in texts(database)] == ["CO 1", "toi khoe"]


def test_of_many_texts_in_one_request_a_bad_one_costs_no_other(start: Callable[..., Phones], database: Database) -> None:
    person(database)
    results = [{"messageId": str(number), "from": AN, "text": f"CO {number} {'x' * 400}"} for number in range(60)]
    results[7] |= {"from": ""}
    results[9] |= {"messageId": "a\0b"}
    results[11] |= {"receivedAt": "Mon, 23 Nov 99999999999 10:00:00"}
    phones = start(database, sms_inbound_fields="id=messageId at=receivedAt")
    phones.post("sms/messages", json={"results": results}).raise_for_status()
    assert len(texts(database)) == 59


AT_10_02 = ["2026-11-23 03:02:00", "1795402920", 1795402920, 1795402920000, "2026-11-23T10:02:00+0700", "23/11/2026 10:02"]
AT_10_02 += [
    "Mon, 23 Nov 2026 03:02:00 +0000",
    "20261123030200",
    "261123030200000+",
    "2026-11-23T03:02:00Z",
    "10:02 23/11/2026",
]


@pytest.mark.parametrize("at", [*AT_10_02, "just now", "23/11", True])
def test_a_text_that_was_held_for_hours_answers_no_round_that_opened_after_it_was_written(
    at: object, start: Callable[..., Phones], database: Database
) -> None:
    person(database, window_minutes=20.0)
    phones = start(database)
    phones.send()
    close_due(database, minutes(60))
    open_due_rounds(database, minutes(180))
    phones.now = minutes(181)
    phones.write("CO", at=at)
    with database.read() as session:
        first, second = session.scalars(select(CheckIn).order_by(CheckIn.id))
        late = session.scalars(select(Answer.check_in_id)).all()
    assert second.state == CheckInState.SCHEDULED
    (text,) = texts(database)
    if at in AT_10_02:
        assert (text.doubt, late) == (None, [first.id])
        assert text.said_at is not None
        assert minutes(2) <= text.said_at < minutes(3)
    else:
        # Kept as it came, and shown to a person.
        assert (text.doubt, text.said, text.said_at, late) == (InboundDoubt.TIME_UNREADABLE, str(at), None, [])
        assert IncidentKind.TEXT_UNCLEAR in incidents(database)


@pytest.mark.parametrize("at", [minutes(420).isoformat(), "1970-01-02 00:00:00", "2026-10-01T00:00:00Z"])
def test_a_time_that_cannot_be_moves_nothing(at: str, start: Callable[..., Phones], both_databases: Database) -> None:
    one = person(both_databases)
    phones = start(both_databases)
    phones.send()
    phones.write("CO", at=at)
    (text,) = texts(both_databases)
    assert text.doubt in (InboundDoubt.TIME_IMPOSSIBLE, InboundDoubt.TIME_UNREADABLE)
    assert text.said == at
    assert check_in_of(both_databases, one).state == CheckInState.PROMPTED
    assert incidents(both_databases) == [IncidentKind.TEXT_UNCLEAR]
    # Somewhat ahead a gateway's clock may be.
    phones.write("CO", at=minutes(2).isoformat())
    assert check_in_of(both_databases, one).state == CheckInState.VERIFIED


def test_with_a_time_that_cannot_be_read_what_is_urgent_is_told_a_command_is_done_and_the_code_word_tells_the_round(
    start: Callable[..., Phones], both_databases: Database
) -> None:
    one = person(both_databases, evidence_by_text="code_word", evidence="code_word")
    phones = start(both_databases)
    (asked,) = phones.send()
    code = next(each for each in asked.replace(",", " ").split() if each.isdigit() and len(each) == 4 and each != "8149")
    phones.write("sốt 39", at="?")
    assert set(incidents(both_databases)) == {IncidentKind.TEXT_UNCLEAR, IncidentKind.UNWELL}
    assert check_in_of(both_databases, one).state == CheckInState.PROMPTED
    phones.write(f"1 {code}", at="?")
    assert check_in_of(both_databases, one).state == CheckInState.VERIFIED
    phones.write("STOP", at="?")
    assert IncidentKind.TEXTS_STOPPED in incidents(both_databases)


def test_a_receipt_that_comes_where_texts_come_is_no_text(start: Callable[..., Phones], database: Database) -> None:
    person(database)
    phones = start(database, sms_inbound_fields=VONAGE)
    told = {"msisdn": AN[1:], "to": "8149", "messageId": "0B1", "status": "delivered", "err-code": "0", "scts": "2611230300"}
    phones.post("sms/messages", data=told).raise_for_status()
    words = "id:7 sub:001 dlvrd:001 submit date:2611231000 done date:2611231001 stat:DELIVRD err:000 text:CO"
    phones.post("sms/messages", data={"messageId": "0B2", "msisdn": AN[1:], "text": words}).raise_for_status()
    assert (texts(database), incidents(database)) == ([], [])
    assert readings(database, NOW) == {GatewayReading.UNREADABLE: 2}
    # Nothing but a picture, or a space: somebody wrote, and a person looks.
    phones.post("sms/messages", data={"messageId": "0B3", "msisdn": AN[1:], "text": ""}).raise_for_status()
    assert incidents(database) == [IncidentKind.TEXT_UNCLEAR]


def test_a_setting_says_the_zone_of_a_gateways_times(start: Callable[..., Phones], database: Database) -> None:
    person(database)
    phones = start(database, sms_timezone="Asia/Ho_Chi_Minh")
    phones.now = minutes(5)
    phones.write("CO", at="2026-11-23 10:02:00")
    assert texts(database)[0].said_at == minutes(2)
    for name, wrong in (("SMS_TIMEZONE", "Hanoi"), ("SMS_RECEIPT_STATES", "lost=X"), ("SMPP_RECEIPT_IDS", "octal")):
        with pytest.raises(SettingsProblem):
            load_settings({f"QUARANTINE_{name}": wrong})


def test_a_status_of_an_own_gateway_in_usual_words_is_understood_and_an_unknown_one_is_refused_and_counted(
    start: Callable[..., Phones], database: Database
) -> None:
    person(database)
    phones = start(database, sms_receipt_states="delivered=OK")
    phones.send()
    with database.read() as session:
        reference = session.scalars(select(Prompt.reference)).one()
    body = {"id": f"g-{reference}", "reference": reference}
    assert phones.post("sms/receipts", json={**body, "status": "pigeon"}).status_code == 422
    assert phones.post("sms/receipts", json={**body, "status": "ACCEPTD"}).json() == {"new": False}
    assert phones.post("sms/receipts", json={**body, "status": "OK", "at": 1795402800}).json() == {"new": True}
    with database.read() as session:
        assert session.scalars(select(Prompt.state)).one() == PromptState.DELIVERED
        found = [(each.reading, each.word) for each in counted(session, NOW) if not each.understood]
    assert found == [(GatewayReading.UNKNOWN_STATE, "pigeon")]


def test_what_is_noted_of_a_gateway_stays_in_bounds_and_is_forgotten(both_databases: Database) -> None:
    notes = GatewayNotes(both_databases, "smpp")
    values = {"name": "7", "word": "x"}
    many = [Heard(GatewayReading.UNKNOWN_STATE, word=f"W{number}", values=values) for number in range(2 * MOST_WORDS_A_DAY)]
    for _ in range(3):
        notes.note(many, NOW)
        notes.note([Heard(GatewayReading.DELIVERED, values=values)] * 500, NOW)
    for _ in range(5):
        GatewayNotes(both_databases, "smpp").note(many, NOW)
    with both_databases.read() as session:
        found = counted(session, NOW)
        kept = session.scalar(select(func.count()).select_from(GatewaySample)) or 0
    assert len(found) <= MOST_WORDS_A_DAY + 3
    assert sum(each.number for each in found if not each.understood) == 8 * len(many)
    assert MOST_A_MINUTE < kept <= MOST_KEPT
    tidy(both_databases, NOW + timedelta(days=40))
    with both_databases.read() as session:
        assert (counted(session, NOW), samples(session)) == ([], [])
