"""What people text to the hotline, and what residents need: one ticket each, added to, asked about by its code, and never a stranger's to see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.hotline.doing import Doer, answer, mark
from monitor.hotline.steps import Party
from monitor.models.accounts import Role
from monitor.models.hotline import (
    EventKind,
    HotlineEvent,
    HotlineMessage,
    HotlineTicket,
    MessageAbout,
    TicketChannel,
    TicketKind,
    TicketState,
)
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Household, Resident
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.vault.vault import Vault
from rollcall.inbound.hotline_texts import STATES_AN_HOUR
from tests.doubles.phones import AN, Phones
from tests.worlds.phone_people import people
from tests.worlds.small_zone import NOW

STRANGER, OTHER = "+84911222333", "+84911222444"


@pytest.fixture
def phones(both_databases: Database, vault: Vault, tmp_path: Path) -> Iterator[Phones]:
    made = Phones(both_databases, vault, tmp_path)
    yield made
    made.stop()


def tickets(database: Database) -> list[HotlineTicket]:
    with database.read() as session:
        return list(session.scalars(select(HotlineTicket).order_by(HotlineTicket.id)))


def events(database: Database, *kinds: EventKind) -> list[tuple[int, str]]:
    with database.read() as session:
        found = select(HotlineEvent.ticket_id, HotlineEvent.words).where(HotlineEvent.kind.in_(kinds)).order_by(HotlineEvent.id)
        return [(row.ticket_id, row.words) for row in session.execute(found)]


def told(database: Database, about: MessageAbout) -> list[HotlineMessage]:
    with database.read() as session:
        found = select(HotlineMessage).where(HotlineMessage.about == about).order_by(HotlineMessage.id)
        return list(session.scalars(found))


def outcomes(database: Database) -> list[str]:
    with database.read() as session:
        return [str(each) for each in session.scalars(select(InboundMessage.outcome).order_by(InboundMessage.id))]


def test_a_text_of_somebody_unknown_is_a_ticket_and_goes_on_in_the_next(phones: Phones, both_databases: Database) -> None:
    phones.write("Nhà tôi hết gạo", STRANGER, name="t1")
    phones.write("Nhà tôi hết gạo", STRANGER, name="t1")
    phones.now = NOW + timedelta(minutes=10)
    phones.write("ở số 5 hẻm 12", STRANGER)
    phones.write("mẹ tôi khó thở", STRANGER)
    phones.now = NOW + timedelta(minutes=50)
    phones.write("gạo chưa tới", STRANGER)
    first, emergency, later = tickets(both_databases)
    assert (first.kind, first.channel, first.caller, first.said) == (
        TicketKind.FOOD,
        TicketChannel.TEXT,
        STRANGER,
        "Nhà tôi hết gạo",
    )
    assert (first.first_contact_at, first.due_at) == (NOW, NOW + timedelta(hours=5))
    assert events(both_databases, EventKind.ADDED) == [(first.id, "ở số 5 hẻm 12")]
    assert (emergency.kind, later.said) == (TicketKind.EMERGENCY, "gạo chưa tới")
    code = f"{first.code[:4]}-{first.code[4:]}"
    assert code in told(both_databases, MessageAbout.RECEIVED)[0].text
    assert code in outcomes(both_databases)[0]


def test_what_networks_and_shops_send_and_what_stops_texts_is_no_ticket(phones: Phones, both_databases: Database) -> None:
    phones.write("Khuyến mãi 50%", "VIETTEL")
    phones.write("Ban da het dung luong", "191")
    phones.write("STOP", STRANGER)
    assert tickets(both_databases) == []


def test_a_code_tells_its_state_to_anybody_and_nothing_personal(phones: Phones, both_databases: Database) -> None:
    phones.write("Nhà tôi hết gạo, tôi là Trần Thị Cúc", STRANGER)
    (ticket,) = tickets(both_databases)
    phones.write(f"1022 {ticket.code.lower()}", OTHER)
    (state,) = told(both_databases, MessageAbout.STATE)
    assert (state.address, state.channel) == (OTHER, TicketChannel.TEXT)
    assert ticket.code[:4] in state.text
    for personal in ("Cúc", "gạo", STRANGER[3:]):
        assert personal not in state.text
    wrong = "0" if ticket.code[-1] != "0" else "1"
    phones.write(f"1022 {ticket.code[:-1]}{wrong}", OTHER)
    assert (
        "eight signs" in told(both_databases, MessageAbout.STATE)[-1].text
        or "tám" in told(both_databases, MessageAbout.STATE)[-1].text
    )
    for _ in range(10):
        phones.write(f"1022 {ticket.code}", OTHER)
    assert len(told(both_databases, MessageAbout.STATE)) == STATES_AN_HOUR
    # A stranger who says more by somebody's code says it for themselves.
    phones.now = NOW + timedelta(hours=1)
    phones.write(f"1022 {ticket.code} đổi địa chỉ", OTHER)
    assert tickets(both_databases)[-1].caller == OTHER
    assert all(number != ticket.id for number, _ in events(both_databases, EventKind.ADDED, EventKind.REOPENED))


def test_a_caller_says_more_rates_and_reopens_by_text(phones: Phones, both_databases: Database) -> None:
    phones.write("Nhà tôi hết gạo", STRANGER)
    (ticket,) = tickets(both_databases)
    phones.write(f"1022 {ticket.code} có hai cháu nhỏ", STRANGER)
    assert events(both_databases, EventKind.ADDED) == [(ticket.id, "có hai cháu nhỏ")]
    with both_databases.write() as session:
        account = add_account(session, "desk", "đúng là mật khẩu", Role.STAFF, zones=[], now=NOW).id
        row = session.get_one(HotlineTicket, ticket.id)
        answer(session, row.id, Doer(account, frozenset({Party.DESK})), NOW, seen=mark(row), words="Gạo đến lúc 17 giờ.")
    phones.now = NOW + timedelta(hours=1)
    phones.write(f"1022 {ticket.code} cảm ơn", STRANGER)
    phones.write(f"1022 {ticket.code} 4", STRANGER)
    assert (tickets(both_databases)[0].satisfaction, tickets(both_databases)[0].state) == (4, TicketState.ANSWERED)
    phones.now = NOW + timedelta(hours=71)
    phones.write(f"1022 {ticket.code} vẫn chưa có gạo", STRANGER)
    (again,) = tickets(both_databases)
    assert (again.state, again.reopened, again.due_at) == (TicketState.NEW, 1, ticket.due_at)
    assert events(both_databases, EventKind.REOPENED) == [(ticket.id, "vẫn chưa có gạo")]


def test_after_three_days_the_same_words_are_a_new_ticket(phones: Phones, both_databases: Database) -> None:
    phones.write("Nhà tôi hết gạo", STRANGER)
    with both_databases.write() as session:
        session.execute(update(HotlineTicket).values(state=TicketState.ANSWERED, answered_at=NOW, first_answered_at=NOW))
    (ticket,) = tickets(both_databases)
    phones.now = NOW + timedelta(hours=73)
    phones.write(f"1022 {ticket.code} vẫn chưa có gạo", STRANGER)
    _, fresh = tickets(both_databases)
    assert fresh.first_contact_at == NOW + timedelta(hours=73)


def test_what_a_resident_needs_is_one_ticket_however_often_it_is_said_and_symptoms_are_a_case(
    phones: Phones, both_databases: Database
) -> None:
    people(both_databases, "An")
    phones.send()
    phones.write("hết gạo rồi", AN)
    phones.now = NOW + timedelta(hours=4)
    phones.write("vẫn hết gạo", AN)
    phones.write("hết tiền", AN)
    phones.now = NOW + timedelta(hours=5)
    phones.write("1022 cho tôi hỏi khi nào được về?", AN)
    food, money, question = tickets(both_databases)
    assert [each.kind for each in (food, money)] == [TicketKind.FOOD, TicketKind.MONEY]
    assert (food.resident_id, food.caller, food.caller_name) == (question.resident_id, AN, "An")
    assert events(both_databases, EventKind.ADDED) == [(food.id, "vẫn hết gạo")]
    with both_databases.read() as session:
        assert session.scalars(select(Incident)).all() == []
    phones.write("sốt", AN)
    with both_databases.read() as session:
        assert session.scalars(select(Incident.kind)).one() is IncidentKind.UNWELL
    assert len(tickets(both_databases)) == 3


def test_who_wants_no_more_texts_is_sent_none_and_is_on_the_list_all_the_same(phones: Phones, both_databases: Database) -> None:
    people(both_databases, "An")
    phones.send()
    phones.write("STOP", AN)
    phones.write("hết gạo rồi", AN)
    assert len(tickets(both_databases)) == 1
    assert told(both_databases, MessageAbout.RECEIVED) == []


def test_what_a_family_with_one_telephone_needs_is_answered_on_that_telephone(phones: Phones, both_databases: Database) -> None:
    people(both_databases, "An")
    with both_databases.write() as session:
        person = session.scalars(select(Resident)).one()
        household = Household(zone_id=person.zone_id, name="Nhà An", phone="+84900000777")
        session.add(household)
        session.flush()
        person.household_id, person.phone = household.id, ""
    phones.send()
    phones.write("hết gạo rồi", "+84900000777")
    (ticket,) = tickets(both_databases)
    assert (ticket.caller, ticket.household_id is not None) == ("+84900000777", True)
    assert [each.address for each in told(both_databases, MessageAbout.RECEIVED)] == ["+84900000777"]
