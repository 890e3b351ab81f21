"""Answers by text and by keys, over real sockets: taken once, judged by what the plan asks, replied to in few words."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Household, QuarantineOrder, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.inbound import InboundMeaning, InboundMessage, TextStop
from monitor.models.rollcalls.messages import MessageKind
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.personal_data.purge import Purge
from monitor.settings import Settings, SettingsProblem, load_settings
from monitor.vault.vault import Vault
from rollcall.inbound.keeping import MOST_UNKNOWN_A_DAY, Arrived, keep, take_waiting, tidy
from rollcall.inbound.reply_queue import MOST_REPLIES
from rollcall.rounds.closing import close_due
from rollcall.rounds.ladder_steps import climb_due
from rollcall.rounds.opening import open_due_rounds
from rollcall.texts.own_words import save_text
from rollcall.verdicts.code_word import code_of
from tests.doubles import patient
from tests.doubles.phones import AN, TOKEN, VOICE_TOKEN, Phones
from tests.worlds.due_round import add_plan, check_in_of, minutes
from tests.worlds.phone_people import people
from tests.worlds.small_zone import NOW


@pytest.fixture
def phones(both_databases: Database, vault: Vault, tmp_path: Path) -> Iterator[Phones]:
    running = Phones(both_databases, vault, tmp_path)
    yield running
    running.stop()


@pytest.fixture
def start(vault: Vault, tmp_path: Path) -> Iterator[Callable[..., Phones]]:
    made: list[Phones] = []

    def run(database: Database, **more: Any) -> Phones:
        made.append(Phones(database, vault, tmp_path, **more))
        return made[-1]

    yield run
    for each in made:
        each.stop()


def incidents(database: Database) -> dict[IncidentKind, int]:
    with database.read() as session:
        return {
            row.kind: row.many
            for row in session.execute(select(Incident.kind, func.count().label("many")).group_by(Incident.kind))
        }


def answers(database: Database) -> list[Answer]:
    with database.read() as session:
        return list(session.scalars(select(Answer).order_by(Answer.id)))


def texts(database: Database) -> list[InboundMessage]:
    with database.read() as session:
        return list(session.scalars(select(InboundMessage).order_by(InboundMessage.id)))


def test_who_has_no_smartphone_is_told_how_to_answer_and_answers_by_text(phones: Phones, both_databases: Database) -> None:
    (one,) = people(both_databases, "Nguyễn Văn An")
    (asked,) = phones.send()
    assert "text 1 if you are well" in asked
    assert "http" not in asked
    phones.write(unicodedata.normalize("NFD", "Dạ, có ạ"))
    check_in = check_in_of(both_databases, one)
    assert (check_in.state, check_in.evidence) == (CheckInState.VERIFIED, EvidenceLevel.ACKNOWLEDGED)
    (answer,) = answers(both_databases)
    assert (answer.channel, answer.unwell, answer.note) == ("sms", False, unicodedata.normalize("NFD", "Dạ, có ạ"))
    assert phones.send() == ["Received. Thank you! Need help? Call 1022."]
    assert incidents(both_databases) == {}


def test_the_same_text_counts_once_and_is_replied_to_once(phones: Phones, both_databases: Database) -> None:
    people(both_databases, "An")
    phones.send()
    for name in ("t-1", "t-1", "t-2", ""):
        phones.write("CO", name=name)
    assert len(texts(both_databases)) == 3
    assert len(answers(both_databases)) == 1
    assert len(phones.send()) == 1
    assert phones.send() == []


def test_without_a_name_of_the_gateways_the_same_words_are_the_same_text_for_some_minutes(
    phones: Phones, both_databases: Database
) -> None:
    people(both_databases, "An")
    for minute in (0, 1, 30):
        phones.now = minutes(minute)
        phones.post("sms/messages", json={"from": AN, "text": "CO"}).raise_for_status()
    assert [each.received_at for each in texts(both_databases)] == [minutes(0), minutes(30)]


def test_who_feels_ill_or_asks_for_help_reaches_staff_at_once_whatever_the_hour_and_the_round(
    phones: Phones, both_databases: Database
) -> None:
    one, two, three = people(both_databases, "An", "Bình", "Cúc", smartphone=True)
    phones.send()
    phones.write("Sốt 38,5 khó thở")
    phones.write("CỨU", "0900 000 102")
    states = {each.resident_id: each for each in answers(both_databases)}
    assert (states[one].symptoms, states[one].temperature) == (["fever", "breathless"], 38.5)
    assert states[two].help_wanted == ["help"]
    assert incidents(both_databases)[IncidentKind.UNWELL] == 2
    # Three hours after the round, at night.
    phones.now = NOW + timedelta(hours=15)
    close_due(both_databases, phones.now - timedelta(minutes=1))
    phones.write("om", "+84900000103")
    assert incidents(both_databases)[IncidentKind.UNWELL] == 3
    assert check_in_of(both_databases, three).state == CheckInState.UNREACHED
    replied = phones.send()
    assert len(replied) == 1
    assert "on the list of health staff" in replied[0]
    # Days after the last round.
    phones.now = NOW + timedelta(days=3)
    phones.write("khó thở", "+84900000103")
    (told,) = phones.send()
    assert told.startswith("Call 115 now")


def test_a_plan_that_asks_for_a_face_lets_a_person_look_unless_there_is_no_smartphone(
    phones: Phones, both_databases: Database
) -> None:
    one, two = people(both_databases, "An", "Bình", smartphone=True, evidence=EvidenceLevel.FACE)
    with both_databases.write() as session:
        session.execute(update(Resident).where(Resident.id == two).values(without_smartphone=True))
    asked = phones.send()
    assert ["http" in each for each in asked] == [True, False]
    phones.write("CO")
    phones.write("CO", "+84900000102")
    assert check_in_of(both_databases, one).state == CheckInState.IN_REVIEW
    assert check_in_of(both_databases, two).state == CheckInState.VERIFIED
    assert incidents(both_databases) == {IncidentKind.FACE_DOUBTFUL: 1}
    assert any("Health staff will check" in each for each in phones.send())


def test_a_code_word_is_asked_for_once_and_proves_that_the_message_was_read(phones: Phones, both_databases: Database) -> None:
    one, two = people(both_databases, "An", "Bình", evidence_by_text=EvidenceLevel.CODE_WORD)
    codes = [code_of(check_in_of(both_databases, each).nonce) for each in (one, two)]
    asked = phones.send()
    assert f"1 {codes[0]} if you are well" in asked[0]
    phones.write("CO")
    assert check_in_of(both_databases, one).state == CheckInState.PROMPTED
    assert f"1 {codes[0]}" in phones.send()[0]
    phones.write(f"co {codes[0]}")
    check_in = check_in_of(both_databases, one)
    assert (check_in.state, check_in.evidence) == (CheckInState.VERIFIED, EvidenceLevel.CODE_WORD)
    wrong = "3000" if codes[1] != "3000" else "3001"
    for _ in range(2):
        phones.write(f"CO {wrong}", "+84900000102")
    assert check_in_of(both_databases, two).state == CheckInState.IN_REVIEW


def test_a_phone_that_several_share_answers_for_all_or_for_those_who_are_named(
    phones: Phones, both_databases: Database
) -> None:
    residents = people(both_databases, "Trần An", "Trần Bình", "Trần Cúc", one_phone=True)
    (asked,) = phones.send()
    assert "1 An, 2 Binh, 3 Cuc" in asked
    phones.write("CO 1 3")
    states = [check_in_of(both_databases, each).state for each in residents]
    assert states == [CheckInState.VERIFIED, CheckInState.PROMPTED, CheckInState.VERIFIED]
    (reply,) = phones.send()
    assert "2 Binh" in reply
    assert "Cuc" not in reply
    phones.write("SOT 2")
    assert check_in_of(both_databases, residents[1]).state == CheckInState.VERIFIED
    assert [each.symptoms for each in answers(both_databases)] == [[], [], ["fever"]]
    assert incidents(both_databases) == {IncidentKind.UNWELL: 1}


def test_all_of_a_shared_phone_are_well_with_one_word(phones: Phones, both_databases: Database) -> None:
    residents = people(both_databases, "Trần An", "Trần Bình", one_phone=True)
    phones.write("co")
    assert {check_in_of(both_databases, each).state for each in residents} == {CheckInState.VERIFIED}
    phones.write("CO 7")
    assert texts(both_databases)[-1].meaning == InboundMeaning.UNCLEAR


def test_a_household_that_was_asked_answers_for_who_has_a_number_of_their_own(phones: Phones, both_databases: Database) -> None:
    (one,) = people(both_databases, "An", window_minutes=50.0, ladder=[[35, "household"]])
    with both_databases.write() as session:
        zone = session.scalars(select(Resident.zone_id)).one()
        session.add(Household(id=1, zone_id=zone, name="Nhà 12", phone="0900 000 999"))
        session.flush()
        session.execute(update(Resident).values(household_id=1))
    phones.send()
    phones.write("CO", "+84900000999")
    assert check_in_of(both_databases, one).state == CheckInState.PROMPTED
    climb_due(both_databases, minutes(36))
    phones.now = minutes(37)
    phones.send()
    phones.write("CO", "+84900000999")
    assert check_in_of(both_databases, one).state == CheckInState.VERIFIED
    phones.send()
    assert phones.sms.sent[-1].to == "+84900000999"


def test_what_is_not_understood_is_shown_to_staff_and_explained_once_a_round(phones: Phones, both_databases: Database) -> None:
    people(both_databases, "An")
    phones.send()
    for text in ("Chừng nào tôi được về", "alo"):
        phones.write(text)
    assert incidents(both_databases) == {IncidentKind.TEXT_UNCLEAR: 1}
    with both_databases.read() as session:
        assert "alo" in str(session.scalars(select(Incident.reason)).one())
    (reply,) = phones.send()
    assert "text 1" in reply
    phones.write("?")
    assert "1022" in phones.send()[0]


def test_stop_keeps_texts_from_a_number_until_start_and_staff_agree_on_another_way(
    phones: Phones, both_databases: Database
) -> None:
    (one,) = people(both_databases, "An", channels=[["sms", 3], ["voice", 3]], ladder=[[10, "reminder"]])
    phones.write("DỪNG")
    said = phones.send()
    # The confirmation leaves, the roll-call does not, and the next channel follows at once.
    assert len(said) == 1
    assert "START" in said[0]
    with both_databases.read() as session:
        first = session.scalars(select(Prompt).where(Prompt.kind == PromptKind.FIRST)).one()
        assert "STOP" in str(first.problem)
        assert session.scalars(select(CheckIn.step_at)).one() == NOW
    assert incidents(both_databases) == {IncidentKind.TEXTS_STOPPED: 1}
    climb_due(both_databases, NOW)
    phones.send()
    assert [each.to for each in phones.voice.sent] == [AN]
    phones.write("CO")
    assert phones.send() == []
    phones.write("BẬT")
    assert "again" in phones.send()[0]
    with both_databases.read() as session:
        assert session.scalars(select(TextStop.ended_at)).one() is not None
        assert session.scalars(select(Incident.cause_ended_at)).one() is not None
    assert check_in_of(both_databases, one).state == CheckInState.VERIFIED


def test_who_got_only_a_reply_was_not_asked_and_missed_nothing(phones: Phones, both_databases: Database) -> None:
    (one,) = people(both_databases, "An", ladder=[])
    phones.write("STOP")
    phones.send()
    with both_databases.write() as session:
        sent = session.scalars(select(Prompt).where(Prompt.kind == PromptKind.REPLY_STOPPED)).one()
        reference = sent.reference
    assert sent.state == PromptState.SENT
    assert check_in_of(both_databases, one).state == CheckInState.SCHEDULED
    body = {"id": f"g-{reference}", "reference": reference, "status": "delivered"}
    phones.post("sms/receipts", json=body).raise_for_status()
    close_due(both_databases, minutes(30))
    assert check_in_of(both_databases, one).state == CheckInState.UNREACHED


def test_replies_leave_in_the_night_but_few_a_day(phones: Phones, both_databases: Database) -> None:
    people(both_databases, "An")
    phones.send()
    phones.now = NOW + timedelta(hours=12)
    for text in ("help", "co", "alo", "stop", "start", "om", "?"):
        phones.write(text)
    assert len(phones.send()) == MOST_REPLIES


def test_an_answer_after_the_window_is_late_and_one_that_was_written_before_it_says_so(
    phones: Phones, both_databases: Database
) -> None:
    one, two = people(both_databases, "An", "Bình")
    phones.send()
    close_due(both_databases, minutes(30))
    phones.now = minutes(31)
    phones.write("CO")
    phones.write("CO", "+84900000102", at=minutes(5).isoformat())
    assert [(each.late, each.in_window) for each in answers(both_databases)] == [(True, False), (True, True)]
    # What was written in time, as the gateway says, counts; the other waits for a person.
    assert check_in_of(both_databases, one).state == CheckInState.UNREACHED
    assert check_in_of(both_databases, two).state == CheckInState.VERIFIED


def test_a_text_answers_no_round_that_opened_after_it_was_written(phones: Phones, both_databases: Database) -> None:
    (one,) = people(both_databases, "An")
    with both_databases.read() as session:
        zone = session.scalars(select(Resident.zone_id)).one()
    add_plan(both_databases, zone, next_round_at=minutes(60))
    open_due_rounds(both_databases, minutes(60))
    phones.now = minutes(61)
    phones.write("CO", at=minutes(2).isoformat())
    assert check_in_of(both_databases, one).state == CheckInState.SCHEDULED


def test_who_is_released_is_thanked_for_nothing_and_heard_when_ill(phones: Phones, both_databases: Database) -> None:
    (one,) = people(both_databases, "An")
    with both_databases.write() as session:
        session.execute(update(QuarantineOrder).values(state="released"))
    phones.write("CO")
    assert check_in_of(both_databases, one).state == CheckInState.SCHEDULED
    phones.write("sot")
    assert incidents(both_databases) == {IncidentKind.UNWELL: 1}


def test_texts_of_unknown_numbers_are_kept_in_bounds_as_long_as_is_set_and_never_answered(
    phones: Phones, both_databases: Database, tmp_path: Path
) -> None:
    people(both_databases, "An")
    phones.send()
    for number in range(2 * MOST_UNKNOWN_A_DAY):
        phones.write(f"CO {number}", "+84911111111")
    phones.write("giúp", "VIETTEL")
    kept = texts(both_databases)
    assert len(kept) == MOST_UNKNOWN_A_DAY + 1
    assert {each.resident_id for each in kept} == {None}
    assert phones.send() == []
    assert answers(both_databases) == []
    days = Settings().keep_unknown_texts_days
    purge = Purge(both_databases, Vault(tmp_path / "vault", bytes(32)), Settings())
    tidy(both_databases, NOW + timedelta(days=days - 1))
    purge.run(NOW + timedelta(days=days - 1))
    assert len(texts(both_databases)) == len(kept)
    purge.run(NOW + timedelta(days=days))
    assert texts(both_databases) == []


def test_keys_answer_a_call_and_say_what_comes_of_it(phones: Phones, both_databases: Database) -> None:
    one, two = people(both_databases, "An", "Bình", channels=[["voice", 3]], ladder=[])
    phones.send()
    spoken = {each.to: each for each in phones.voice.sent}
    assert "press 1" in spoken[AN].text
    reference = spoken[AN].reference
    assert phones.press(reference, "5")["again"]
    assert phones.press(reference, "9")["say"] == spoken[AN].text
    assert check_in_of(both_databases, one).state == CheckInState.PROMPTED
    assert "Your answer has arrived" in phones.press(reference, "1")["say"]
    assert "already" in phones.press(reference, "1")["say"]
    assert check_in_of(both_databases, one).state == CheckInState.VERIFIED
    assert "on the health staff’s list" in phones.press(spoken["+84900000102"].reference, "3#")["say"]
    assert [(each.channel, each.help_wanted) for each in answers(both_databases)] == [("voice", []), ("voice", ["help"])]
    assert incidents(both_databases) == {IncidentKind.UNWELL: 1}
    assert [each.text for each in texts(both_databases)] == ["1", "3"]
    with both_databases.read() as session:
        assert set(session.scalars(select(Prompt.state))) == {PromptState.DELIVERED}
    assert check_in_of(both_databases, two).state == CheckInState.VERIFIED
    nobody = phones.post("voice/keys", VOICE_TOKEN, json={"reference": "nobody's", "key": "1"})
    assert nobody.status_code == 404


@pytest.mark.parametrize(
    ("told", "state", "says"),
    [
        ({"status": "answered"}, PromptState.DELIVERED, None),
        ({"status": "completed", "answered_by": "human"}, PromptState.DELIVERED, None),
        ({"status": "completed", "answered_by": "machine_start"}, PromptState.FAILED, "machine"),
        ({"status": "machine"}, PromptState.FAILED, "machine"),
        ({"status": "no_answer"}, PromptState.FAILED, "Nobody answered"),
        ({"status": "BUSY"}, PromptState.FAILED, "busy"),
        ({"status": "ringing"}, PromptState.SENT, None),
    ],
)
def test_a_call_that_nobody_took_is_no_delivery(
    start: Callable[..., Phones],
    database: Database,
    told: dict[str, str],
    state: PromptState,
    says: str | None,
) -> None:
    phones = start(database)
    people(database, "An", channels=[["voice", 3]], ladder=[])
    phones.send()
    body = {"id": "call-1", "reference": phones.voice.sent[0].reference, **told}
    phones.post("voice/receipts", VOICE_TOKEN, json=body).raise_for_status()
    with database.read() as session:
        prompt = session.scalars(select(Prompt)).one()
    assert prompt.state == state
    assert says is None or says in str(prompt.problem)


def test_only_the_gateway_may_hand_over_texts_in_the_fields_that_it_has(
    start: Callable[..., Phones], database: Database
) -> None:
    phones = start(
        database, sms_inbound_token="another", sms_inbound_fields="id=MessageSid from=From text=Body", voice_fields="key=Digits"
    )
    people(database, "An")
    form = {"MessageSid": "SM1", "From": AN, "Body": "CO"}
    address = f"{phones.address}/hooks/sms/messages"
    assert patient.post(address, data=form).status_code == 401
    assert phones.post("sms/messages", TOKEN, data=form).status_code == 401
    assert patient.post(address, data=form, auth=("another", "")).status_code == 401
    broken = {"Authorization": "Bearer another", "Content-Type": "application/json"}
    assert patient.post(address, content=b"{", headers=broken).status_code == 422
    assert phones.post("sms/messages", "another", data={"From": "", "Body": "CO"}).status_code == 422
    assert phones.post("sms/messages", "another", data=form | {"Body": "x" * 20_000}).status_code == 413
    assert texts(database) == []
    # Twilio and others take a name and a password in the address.
    assert patient.post(address, data=form, auth=("gateway", "another")).status_code == 200
    assert [each.gateway_reference for each in texts(database)] == ["SM1"]
    assert len(answers(database)) == 1
    tries = [patient.post(address, data=form).status_code for _ in range(40)]
    assert tries[-1] == 429


def test_settings_that_name_no_field_are_told_at_start() -> None:
    for wrong in ("Body", "words=Body", "text="):
        with pytest.raises(SettingsProblem):
            load_settings({"QUARANTINE_SMS_INBOUND_FIELDS": wrong})


KILLED = """
import os, sys
from datetime import datetime
from monitor.database.database import Database
from rollcall.inbound import keeping
database = Database(sys.argv[1], bytes(32))
with database.write() as session:
    keeping.keep(session, [keeping.Arrived("+84900000101", "CO", datetime.fromisoformat(sys.argv[2]), sys.argv[3])])
os._exit(9)
"""


def test_a_text_whose_taker_was_killed_is_read_by_the_clocks_tick_and_counts_once(
    both_databases: Database, phones: Phones
) -> None:
    (one,) = people(both_databases, "An")
    url = both_databases.engine.url.render_as_string(hide_password=False)
    root = str(Path(__file__).parents[3])
    for _ in range(2):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, url, NOW.isoformat(), "t-9"], env={**os.environ, "PYTHONPATH": root}, check=False
        )
        assert killed.returncode == 9
    assert check_in_of(both_databases, one).state == CheckInState.SCHEDULED
    take_waiting(both_databases, NOW)
    assert check_in_of(both_databases, one).state == CheckInState.VERIFIED
    assert len(texts(both_databases)) == 1
    phones.write("CO", name="t-9")
    assert len(answers(both_databases)) == len(texts(both_databases)) == 1


def test_a_text_that_cannot_be_read_for_a_fault_of_ours_is_tried_again_and_holds_up_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(database, "An", "Bình")
    with database.write() as session:
        keep(session, [Arrived(AN, "bug", NOW, "t-1"), Arrived("+84900000102", "CO", NOW, "t-2")])
        session.execute(update(InboundMessage).where(InboundMessage.text == "bug").values(said_at=NOW))
    from rollcall.inbound import handling, keeping

    def fail(session: Any, row: InboundMessage, now: datetime, answer_number: str) -> None:
        if row.text == "bug":
            raise RuntimeError("a bug")
        handling.take_text(session, row, now, answer_number)

    monkeypatch.setattr(keeping, "take_text", fail)
    assert take_waiting(database, NOW) == 2
    assert len(answers(database)) == 1
    for hours in range(1, 8):
        take_waiting(database, NOW + timedelta(hours=hours))
    assert take_waiting(database, NOW + timedelta(days=1)) == 0
    assert texts(database)[0].attempts == 5
    assert "Please read it" in str(texts(database)[0].outcome)


def test_a_provinces_own_words_of_a_call_are_said_again_as_they_were(phones: Phones, both_databases: Database) -> None:
    people(both_databases, "An", channels=[["voice", 3]], ladder=[])
    with both_databases.write() as session:
        by = add_account(session, "giamsat", "đúng là mật khẩu", Role.SUPERVISOR, zones=None, now=NOW).id
        save_text(
            session, None, MessageKind.VOICE, "en", "Good day {name}. Press 1 if well.", plain=False, account_id=by, now=NOW
        )
    phones.send()
    (call,) = phones.voice.sent
    assert call.text == "Good day An. Press 1 if well."
    assert phones.press(call.reference, "9")["say"] == call.text
