"""What people say by text, by a key and on their page becomes one case with its urgency, and they are told 115 and who really knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.incidents.incidents import acknowledge, resolve
from monitor.models.accounts import Role
from monitor.models.hotline import HotlineTicket, TicketChannel, TicketKind
from monitor.models.incidents import Incident, IncidentKind, Urgency
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.rounds import CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import Words, translator
from rollcall.answers.admission import AlreadyAnswered
from rollcall.answers.answers import take_on_page
from rollcall.answers.page import open_page
from rollcall.answers.said import Said
from rollcall.inbound.reply_queue import MOST_REPLIES
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.phones import AN, Phones
from tests.worlds.due_round import SECRET, check_in_of, minutes, token_of, world
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

CALL_115 = "Call 115 now, do not wait for us to call."
ON_THE_LIST = "Your report is marked urgent on the list of health staff."


@pytest.fixture
def phones(both_databases: Database, vault: Vault, tmp_path: Path) -> Iterator[Phones]:
    running = Phones(both_databases, vault, tmp_path)
    yield running
    running.stop()


def people(database: Database, *names: str, **plan: object) -> list[int]:
    """Residents with numbers +84900000101, …102 and no smartphone, two in a room, whose round is open."""
    _, residents = world(database, *names, **plan)
    with database.write() as session:
        room = session.scalars(select(Resident.room_id)).first()
        for number, resident in enumerate(residents):
            values = {"phone": f"+849000001{number + 1:02}", "without_smartphone": True, "language": "en", "room_id": room}
            session.execute(update(Resident).where(Resident.id == resident).values(values))
    open_due_rounds(database, NOW)
    return residents


def incidents(database: Database) -> list[Incident]:
    with database.read() as session:
        return list(session.scalars(select(Incident).order_by(Incident.id)))


def account(session: Session) -> int:
    return add_account(session, "hoa", "đúng là mật khẩu", Role.STAFF, zones=None, now=NOW).id


def deliver(database: Database, at: datetime) -> None:
    """All messages of the round arrive."""
    with database.write() as session:
        session.execute(update(Prompt).values(state=PromptState.DELIVERED, sent_at=at, delivered_at=at))


def reasons(incident: Incident) -> str:
    return "; ".join(Words.load(each).say(translator("en")) for each in incident.urgency_reasons)


def test_who_texts_that_they_cannot_breathe_is_told_115_and_what_is_so(phones: Phones, both_databases: Database) -> None:
    people(both_databases, "An", "Bình")
    phones.send()
    phones.write("khó thở quá", AN)
    (case,) = incidents(both_databases)
    assert (case.kind, case.urgency, case.deadline_at) == (IncidentKind.UNWELL, Urgency.DANGER, NOW + timedelta(minutes=5))
    assert reasons(case) == "Short of breath"
    assert phones.send() == [f"{CALL_115} {ON_THE_LIST} Hotline 1022."]


def test_that_reply_goes_to_who_wrote_stop_and_to_who_had_all_messages_of_the_day(
    phones: Phones, both_databases: Database
) -> None:
    (an, _binh) = people(both_databases, "An", "Bình")
    phones.send()
    phones.write("STOP", AN)
    phones.send()
    with both_databases.write() as session:
        check_in = check_in_of(both_databases, an)
        for number in range(MOST_REPLIES + 9):
            more = {"resident_id": an, "zone_id": check_in.zone_id, "address": AN, "sent_at": NOW, "created_at": NOW}
            session.add(
                Prompt(
                    check_in_id=check_in.id,
                    kind=PromptKind.REPLY_TAKEN,
                    channel=f"c{number}",
                    reference=f"r{number}",
                    state=PromptState.SENT,
                    **more,
                )
            )
    phones.write("khó thở", AN)
    assert phones.send() == [f"{CALL_115} {ON_THE_LIST} Hotline 1022."]


def test_what_is_no_danger_gets_the_usual_reply(phones: Phones, both_databases: Database) -> None:
    people(both_databases, "An", "Bình")
    phones.send()
    phones.write("ho", AN)
    (case,) = incidents(both_databases)
    assert (case.urgency, case.deadline_at) == (Urgency.SOON, NOW + timedelta(minutes=30))
    (reply,) = phones.send()
    assert reply.startswith("Your message is on the list of health staff; they will call you.")
    assert "have been told" not in reply


def test_food_and_medicine_are_tickets_and_no_case_and_an_answer_may_make_both(
    phones: Phones, both_databases: Database
) -> None:
    people(both_databases, "An", "Bình", "Cúc")
    phones.send()
    phones.write("hết thuốc", AN)
    assert incidents(both_databases) == []
    phones.write("sốt, hết gạo", "+84900000102")
    (case,) = incidents(both_databases)
    assert (case.kind, case.case_of is None) == (IncidentKind.UNWELL, False)
    with both_databases.read() as session:
        made = session.scalars(select(HotlineTicket).order_by(HotlineTicket.id)).all()
    assert [(each.kind, each.channel, each.incident_id) for each in made] == [
        (TicketKind.MEDICINE, TicketChannel.TEXT, None),
        (TicketKind.FOOD, TicketChannel.TEXT, case.id),
    ]
    # Who only asks for help may be ill.
    phones.write("3", "+84900000103")
    asks = incidents(both_databases)[-1]
    assert (asks.kind, asks.urgency) == (IncidentKind.UNWELL, Urgency.SOON)
    assert reasons(asks) == "Asks for help without saying what for"


def test_key_4_of_a_call_is_a_danger_and_says_whom_to_call(phones: Phones, both_databases: Database) -> None:
    (an,) = people(both_databases, "An", channels=[["voice", 3]], ladder=[])
    phones.send()
    (call,) = phones.voice.sent
    assert "press 4 and call 115" in call.text
    says = phones.press(call.reference, "4")["say"]
    assert says.startswith(f"Please hang up and call 115 now. Do not wait for us to call. {ON_THE_LIST}")
    (case,) = incidents(both_databases)
    assert (case.urgency, case.case_of) == (Urgency.DANGER, an)
    assert reasons(case).startswith("Trouble breathing, chest pain or danger")
    # Once more, after somebody took it on: that is told, since it is so.
    with both_databases.write() as session:
        acknowledge(session, case.id, account(session), now=NOW)
    assert "Health staff took on your report at" in phones.press(call.reference, "4")["say"]


def test_who_was_ill_and_falls_silent_becomes_a_danger_in_the_same_case(both_databases: Database) -> None:
    database = both_databases
    an, binh = people(database, "An", "Bình")
    with database.write() as session:
        session.get_one(Resident, an).long_illness = True
        check_in = check_in_of(database, an)
        session.add(
            Answer(
                check_in_id=check_in.id,
                resident_id=an,
                zone_id=check_in.zone_id,
                received_at=NOW - timedelta(days=1),
                unwell=True,
            )
        )
    deliver(database, minutes(1))
    close_due(database, minutes(25))
    cases = {each.resident_id: each for each in incidents(database)}
    assert (cases[an].kind, cases[an].urgency) == (IncidentKind.MISSED, Urgency.DANGER)
    assert reasons(cases[an]) == "Ill before, then roll-calls without an answer: 1; At risk: long-term illness"
    assert (cases[binh].urgency, reasons(cases[binh])) == (Urgency.SOON, "Roll-calls missed in a row: 1")
    assert cases[binh].deadline_at == minutes(55)


def test_an_ill_person_whose_round_closes_has_one_case(phones: Phones, both_databases: Database) -> None:
    (an, _binh) = people(both_databases, "An", "Bình", channels=[["sms", 3]])
    phones.send()
    phones.write("xyzzy plugh", AN)
    deliver(both_databases, minutes(1))
    close_due(both_databases, minutes(25))
    mine = [each for each in incidents(both_databases) if each.resident_id == an]
    assert [each.kind for each in mine] == [IncidentKind.TEXT_UNCLEAR, IncidentKind.MISSED]
    assert [each.lead_id for each in mine] == [None, mine[0].id]


class Page:
    """Somebody's page."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        _, (self.resident, _other) = world(database, "An", "Bình", evidence="acknowledged")
        with database.write() as session:
            session.execute(update(Resident).values(language="en", room_id=1))
        open_due_rounds(database, NOW)
        self.vault = Vault(folder / "vault", bytes(32))
        settings = Settings(data_folder=folder, secret_key=SECRET.decode())
        self.token = token_of(database, self.resident)
        self.link = f"/a/{self.token}"
        self.client = create_residents(settings, database, self.vault, now=lambda: NOW).test_client()

    def answer(self, **said: object) -> str:
        sent = self.client.post(f"{self.link}?lang=en", data={"unwell": "yes", **said}, follow_redirects=True)
        assert sent.status_code == 200, sent.text
        return sent.text


@pytest.fixture
def page(both_databases: Database, tmp_path: Path) -> Page:
    return Page(both_databases, tmp_path)


def test_the_page_of_who_cannot_breathe_says_115_and_who_knows(page: Page) -> None:
    shown = page.answer(symptoms=["breathless"])
    assert "Call 115 now. Do not wait for us to call." in shown
    assert 'href="tel:115"' in shown
    assert ON_THE_LIST in shown
    assert "have been told" not in shown
    (case,) = incidents(page.database)
    with page.database.write() as session:
        acknowledge(session, case.id, account(session), now=NOW)
    assert "Health staff took on your report at 10:00" in page.client.get(f"{page.link}?lang=en").text
    state = page.client.get(f"{page.link}/state?lang=en").json
    assert state["words"][0] == "Health staff took on your report at 10:00."
    with page.database.write() as session:
        resolve(session, case.id, 1, "Xe cấp cứu đã đến.", now=NOW)
    after = page.client.get(f"{page.link}?lang=en").text
    assert "tel:115" not in after
    assert "Health staff have looked into it." in after


def test_oxygen_is_asked_of_who_is_at_risk_kept_and_judged(page: Page) -> None:
    assert 'name="spo2"' not in page.client.get(page.link).text
    with page.database.write() as session:
        session.get_one(Resident, page.resident).long_illness = True
    assert 'name="spo2"' in page.client.get(page.link).text
    refused = page.client.post(f"{page.link}?lang=en", data={"unwell": "no", "spo2": "30"})
    assert refused.status_code == 422
    assert "from 50 to 100" in refused.text
    shown = page.answer(unwell="no", spo2="93 %")
    assert "Call 115 now" in shown
    with page.database.read() as session:
        answer = session.scalars(select(Answer)).one()
        assert (answer.spo2, answer.unwell) == (93, True)
    (case,) = incidents(page.database)
    assert reasons(case) == "SpO₂ 93 %; At risk: long-term illness"
    assert "SpO₂ 93 %" in page.client.get(f"{page.link}/history?lang=en").text


def test_a_second_answer_is_not_taken_and_what_it_says_of_illness_is(page: Page) -> None:
    page.answer(unwell="no")
    assert incidents(page.database) == []
    again = page.client.post(f"{page.link}?lang=en", data={"unwell": "yes", "symptoms": "chest_pain"})
    assert again.status_code == 409
    assert "Call 115 now" in again.text
    (case,) = incidents(page.database)
    assert case.urgency == Urgency.DANGER
    # The same where the page was opened before the other answer came.
    with page.database.read() as session:
        opened = open_page(session, SECRET, page.token, NOW)
    said = Said(made_at=NOW, unwell=True, symptoms=("confusion",))
    with pytest.raises(AlreadyAnswered):
        take_on_page(page.database, page.vault, opened, said, now=NOW, max_bytes=1000)
    assert "Confused" in reasons(incidents(page.database)[0])
    assert page.client.post(page.link, data={"unwell": "yes", "symptoms": "spell"}).status_code == 422


def test_who_is_in_danger_is_told_so_and_heard_also_where_the_time_of_writing_is_in_doubt(
    phones: Phones, both_databases: Database
) -> None:
    people(both_databases, "An")
    phones.send()
    phones.write("khó thở, sốt 40,2, spo2 85", at="no time at all")
    (told,) = phones.send()
    assert told.startswith("Call 115 now")
    case = next(each for each in incidents(both_databases) if each.kind is IncidentKind.UNWELL)
    assert case.case_of is not None
    assert "SpO₂ 85" in Words.load(case.reason).say(translator("en"))
    assert check_in_of(both_databases, case.case_of).state == CheckInState.PROMPTED
