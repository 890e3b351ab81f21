"""A number is not a person: whom a text is about where several people have, or had, the number that it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckInState
from monitor.vault.vault import Vault
from rollcall.checkins.excusing import excuse_resident
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.phones import AN, Phones
from tests.worlds.due_round import add_plan, check_in_of, minutes, world
from tests.worlds.small_zone import NOW, add_zone


@pytest.fixture
def phones(both_databases: Database, vault: Vault, tmp_path: Path) -> Iterator[Phones]:
    running = Phones(both_databases, vault, tmp_path)
    yield running
    running.stop()


def one_phone(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Resident).values(phone=AN, without_smartphone=True, language="en"))


def release(database: Database, resident: int, at: datetime = NOW - timedelta(days=3)) -> None:
    with database.write() as session:
        gone = {"state": OrderState.RELEASED, "ended_at": at}
        session.execute(update(QuarantineOrder).where(QuarantineOrder.resident_id == resident).values(**gone))


def incidents(database: Database) -> list[tuple[int, int | None, IncidentKind]]:
    with database.read() as session:
        rows = session.scalars(select(Incident).order_by(Incident.id))
        return [(each.zone_id, each.resident_id, each.kind) for each in rows]


@pytest.fixture
def handed_on(both_databases: Database) -> tuple[int, int]:
    """A number of somebody released three days ago elsewhere, that somebody in quarantine has now. Zone and resident of these."""
    (before, (old,)), (here, (new,)) = (
        add_zone(both_databases, "Khu A", ("An Cũ",)),
        add_zone(both_databases, "Khu B", ("Bình Mới",)),
    )
    add_plan(both_databases, before)
    add_plan(both_databases, here)
    one_phone(both_databases)
    release(both_databases, old)
    open_due_rounds(both_databases, NOW)
    return here, new


def test_a_text_to_be_read_reaches_the_staff_of_who_is_in_quarantine(
    phones: Phones, both_databases: Database, handed_on: tuple[int, int]
) -> None:
    here, new = handed_on
    phones.send()
    phones.write("Tôi cần gặp bác sĩ ngay")
    assert {each[:2] for each in incidents(both_databases)} == {(here, new)}
    with both_databases.read() as session:
        assert session.scalars(select(InboundMessage.resident_id)).one() == new


@pytest.mark.parametrize("text", ["CO 1", "OM 1", "CO", "1"])
def test_number_1_is_who_is_in_quarantine(
    text: str, phones: Phones, both_databases: Database, handed_on: tuple[int, int]
) -> None:
    here, new = handed_on
    phones.send()
    phones.write(text)
    assert check_in_of(both_databases, new).state == CheckInState.VERIFIED
    assert {each[:2] for each in incidents(both_databases)} <= {(here, new)}


def test_temperature_and_words_are_kept_of_the_only_one_under_an_order(
    phones: Phones, both_databases: Database, handed_on: tuple[int, int]
) -> None:
    phones.send()
    phones.write("sốt 38.9")
    with both_databases.read() as session:
        (answer,) = session.scalars(select(Answer))
    assert (answer.temperature, answer.note) == (38.9, "sốt 38.9")
    assert {each[1] for each in incidents(both_databases)} == {handed_on[1]}


def test_stop_asks_nobody_about_who_was_released(phones: Phones, both_databases: Database, handed_on: tuple[int, int]) -> None:
    phones.write("STOP")
    assert incidents(both_databases) == [(*handed_on, IncidentKind.TEXTS_STOPPED)]


def test_numbers_stay_those_of_the_message_when_one_is_released_or_renamed_meanwhile(
    phones: Phones, both_databases: Database
) -> None:
    _, (an, binh, cuc) = world(both_databases, "Trần An", "Trần Bình", "Trần Cúc")
    one_phone(both_databases)
    open_due_rounds(both_databases, NOW)
    (asked,) = phones.send()
    assert "1 An, 2 Binh, 3 Cuc" in asked
    release(both_databases, an, minutes(1))
    with both_databases.write() as session:
        excuse_resident(session, an, minutes(1))
        session.execute(update(Resident).where(Resident.id == cuc).values(full_name="Ánh Trần"))
    phones.now = minutes(2)
    phones.write("CO 2, OM 3")
    states = [check_in_of(both_databases, each).state for each in (an, binh, cuc)]
    assert states == [CheckInState.EXCUSED, CheckInState.VERIFIED, CheckInState.VERIFIED]
    assert [each[1:] for each in incidents(both_databases)] == [(cuc, IncidentKind.UNWELL)]
    # About who was released, and asked for nothing.
    phones.write("CO 1")
    phones.write("CO 4")
    assert [each[1:] for each in incidents(both_databases)][1:] == [(binh, IncidentKind.TEXT_UNCLEAR)]


def test_who_was_released_before_the_message_is_not_in_it_and_the_others_keep_their_numbers(
    phones: Phones, both_databases: Database
) -> None:
    _, (an, binh, cuc) = world(both_databases, "Trần An", "Trần Bình", "Trần Cúc")
    one_phone(both_databases)
    open_due_rounds(both_databases, NOW)
    release(both_databases, an, NOW)
    (asked,) = phones.send()
    assert "2 Binh, 3 Cuc" in asked
    assert "1 An" not in asked
    phones.write("CO 3")
    assert [check_in_of(both_databases, each).state for each in (binh, cuc)] == [CheckInState.PROMPTED, CheckInState.VERIFIED]


def test_a_message_names_two_of_one_name_apart(phones: Phones, both_databases: Database) -> None:
    world(both_databases, "Nguyễn Văn An", "Nguyễn Thị An", "John Smith")
    one_phone(both_databases)
    open_due_rounds(both_databases, NOW)
    (asked,) = phones.send()
    assert "1 Van An, 2 Thi An, 3 Smith" in asked


def test_where_only_released_people_have_the_number_their_staff_read_it_and_nobody_is_answered(
    phones: Phones, both_databases: Database
) -> None:
    (_, (first,)), (there, (last,)) = add_zone(both_databases, "Khu A", ("An",)), add_zone(both_databases, "Khu B", ("Bình",))
    one_phone(both_databases)
    release(both_databases, first, NOW - timedelta(days=9))
    release(both_databases, last, NOW - timedelta(days=3))
    phones.write("CO")
    assert incidents(both_databases) == []
    phones.write("Bao giờ có giấy ra viện")
    assert incidents(both_databases) == [(there, last, IncidentKind.TEXT_UNCLEAR)]
    phones.write("khó thở")
    assert (there, last, IncidentKind.UNWELL) in incidents(both_databases)
    assert phones.send() == []


def test_two_with_a_message_of_their_own_each_have_no_numbers(phones: Phones, both_databases: Database) -> None:
    (one, (an,)), (other, (binh,)) = add_zone(both_databases, "Khu A", ("An",)), add_zone(both_databases, "Khu B", ("Bình",))
    add_plan(both_databases, one)
    add_plan(both_databases, other)
    one_phone(both_databases)
    open_due_rounds(both_databases, NOW)
    phones.send()
    phones.write("CO 2")
    # No message said who is 2: a person finds out.
    assert [each[2] for each in incidents(both_databases)] == [IncidentKind.TEXT_UNCLEAR]
    phones.write("CO")
    assert {check_in_of(both_databases, each).state for each in (an, binh)} == {CheckInState.VERIFIED}


def test_a_text_that_was_written_before_the_message_was_sent_answers_nothing(phones: Phones, both_databases: Database) -> None:
    _, (one,) = world(both_databases, "An")
    one_phone(both_databases)
    open_due_rounds(both_databases, NOW)
    with both_databases.write() as session:
        session.execute(update(Prompt).values(state=PromptState.SENT, sent_at=minutes(10), next_attempt_at=None))
    phones.now = minutes(12)
    phones.write("CO", at=minutes(5).isoformat())
    assert check_in_of(both_databases, one).state == CheckInState.SCHEDULED
    # The gateway's clock may be somewhat behind.
    phones.write("CO", at=(minutes(10) - timedelta(seconds=30)).isoformat())
    assert check_in_of(both_databases, one).state == CheckInState.VERIFIED
