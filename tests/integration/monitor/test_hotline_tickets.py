"""The one way in: once for each contact, with a due time that the database itself keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from monitor.database.database import Database
from monitor.hotline.codes import read_code
from monitor.hotline.erasing import erase_tickets, erase_tickets_of_resident
from monitor.hotline.tickets import Contact, take_in
from monitor.models.hotline import (
    LAW_LIMIT,
    CloseReason,
    HotlineEvent,
    HotlineMessage,
    HotlineTicket,
    TicketChannel,
    TicketKind,
    TicketState,
)
from monitor.problems import BadInput
from tests.worlds.small_zone import NOW, add_zone

MINUTE = timedelta(minutes=1)
WORDS = "Nhà tôi hết gạo từ hôm qua, xin giúp."


def test_what_is_handed_over_twice_is_one_ticket(both_databases: Database) -> None:
    contact = Contact(TicketChannel.TEXT, "m-1", WORDS, TicketKind.FOOD, at=NOW - MINUTE, caller="0901 234 567")
    with both_databases.write() as session:
        first = take_in(session, contact, NOW)
    with both_databases.write() as session:
        again = take_in(session, contact, NOW + 10 * MINUTE)
        assert again.id == first.id
    with both_databases.read() as session:
        (ticket,) = session.scalars(select(HotlineTicket)).all()
        assert (ticket.said, ticket.caller, ticket.state) == (WORDS, "+84901234567", TicketState.NEW)
        assert ticket.due_at == NOW - MINUTE + LAW_LIMIT
        assert read_code(ticket.code) == ticket.code
        (confirmation,) = session.scalars(select(HotlineMessage)).all()
        assert ticket.code[:4] in confirmation.text
        assert len(session.scalars(select(HotlineEvent)).all()) == 1
    with both_databases.engine.connect() as connection:
        stored = str(connection.exec_driver_sql("SELECT * FROM hotline_ticket").all())
    assert "901234567" not in stored
    assert "gạo" not in stored


def test_the_database_itself_keeps_the_clock(both_databases: Database) -> None:
    with both_databases.write() as session:
        ticket = take_in(session, Contact(TicketChannel.PAGE, "f-1", WORDS), NOW)
    for wrong in (
        {"due_at": ticket.due_at + MINUTE},
        {"first_contact_at": ticket.first_contact_at + MINUTE},
        {"due_at": ticket.due_at + MINUTE, "first_contact_at": ticket.first_contact_at + MINUTE},
        {"state": TicketState.CLOSED},
    ):
        with pytest.raises(DBAPIError), both_databases.write() as session:
            session.execute(update(HotlineTicket).values(**wrong))
    with pytest.raises(DBAPIError), both_databases.write() as session:
        session.execute(text("UPDATE hotline_ticket SET due_at = first_contact_at"))


def test_a_number_leads_to_its_resident_and_their_household(both_databases: Database) -> None:
    zone_id, (an, _binh) = add_zone(both_databases, residents=("Nguyễn Thị An", "Trần Văn Bình"))
    with both_databases.write() as session:
        theirs = take_in(session, Contact(TicketChannel.TELEPHONE, "c-0", WORDS, caller=f"090000{zone_id:02}101"), NOW)
        assert (theirs.resident_id, theirs.zone_id) == (an, zone_id)
        ticket = take_in(session, Contact(TicketChannel.TELEPHONE, "c-1", WORDS, caller=""), NOW)
        assert (ticket.resident_id, ticket.household_id) == (None, None)
        # Nobody's staff see nothing: the nearest zone does.
        assert ticket.zone_id is not None
        with pytest.raises(BadInput, match="what it is about"):
            take_in(session, Contact(TicketChannel.PAGE, "f-2", "  "), NOW)


def test_machines_that_answer_one_another_stop(both_databases: Database) -> None:
    with both_databases.write() as session:
        for number in range(9):
            take_in(session, Contact(TicketChannel.EMAIL, f"mail-{number}", WORDS, mail_address="a@example.vn"), NOW)
        assert len(session.scalars(select(HotlineMessage)).all()) == 5


def test_words_are_erased_by_rule_and_figures_stay(both_databases: Database) -> None:
    with both_databases.write() as session:
        ticket = take_in(session, Contact(TicketChannel.TEXT, "m-1", WORDS, caller="0901234567"), NOW)
        ended = {"state": TicketState.CLOSED, "close_reason": CloseReason.WITHDRAWN, "closed_at": NOW}
        session.execute(update(HotlineTicket).values(**ended))
    assert erase_tickets(both_databases, NOW - MINUTE, NOW) == 0
    assert erase_tickets(both_databases, NOW, NOW + MINUTE) == 1
    assert erase_tickets(both_databases, NOW, NOW + MINUTE) == 0
    with both_databases.read() as session:
        left = session.get_one(HotlineTicket, ticket.id)
        assert (left.said, left.caller, left.due_at) == ("", "", ticket.due_at)


def test_with_a_persons_data_goes_what_they_told_and_nothing_waits_without_words(both_databases: Database) -> None:
    _zone, (an,) = add_zone(both_databases)
    with both_databases.write() as session:
        ticket = take_in(session, Contact(TicketChannel.ANSWER, "a-1", WORDS, resident_id=an), NOW)
        erase_tickets_of_resident(session, an, NOW + MINUTE)
    with both_databases.read() as session:
        left = session.get_one(HotlineTicket, ticket.id)
        assert (left.said, left.resident_id, left.due_at) == ("", None, ticket.due_at)
        assert (left.state, left.close_reason) == (TicketState.CLOSED, CloseReason.WITHDRAWN)
        assert session.scalars(select(HotlineMessage)).all() == []
