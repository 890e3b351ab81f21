"""What becomes of texts that people reported as misread, over the gateway's real socket: a person is asked to look, or texts stop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.accounts.access import Reader
from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.inbound import InboundMeaning, InboundMessage, TextStop
from monitor.models.rollcalls.rounds import CheckInState
from monitor.vault.vault import Vault
from rollcall.followup.reviews import decide
from tests.doubles.phones import Phones
from tests.worlds.due_round import check_in_of
from tests.worlds.phone_people import people
from tests.worlds.small_zone import NOW


@pytest.fixture
def phones(database: Database, vault: Vault, tmp_path: Path) -> Iterator[Phones]:
    running = Phones(database, vault, tmp_path)
    yield running
    running.stop()


def write_each(phones: Phones, database: Database, *texts: str) -> list[int]:
    """Each text from somebody else, who was asked by text and has no smartphone."""
    residents = people(database, *(f"Nguyễn Văn {chr(65 + number)}" for number in range(len(texts))))
    phones.send()
    for number, text in enumerate(texts, 1):
        phones.write(text, f"+849000001{number:02}")
    return residents


def kinds(database: Database) -> list[IncidentKind]:
    with database.read() as session:
        return list(session.scalars(select(Incident.kind)))


def test_what_is_not_understood_is_read_by_a_person_and_is_no_answer(phones: Phones, database: Database) -> None:
    residents = write_each(
        phones,
        database,
        "Nhầm số rồi",
        "Anh ấy mất rồi",
        "Người này đã chuyển đi rồi",
        "Em bị 2 vạch rồi",
        "có cháy",
        "Có hơi khó chịu",
        "Nobody lives here anymore",
        "Sorry, I'm busy. Call you later ok",
    )
    assert kinds(database) == [IncidentKind.TEXT_UNCLEAR] * len(residents)
    assert {check_in_of(database, each).state for each in residents} == {CheckInState.PROMPTED}
    assert all("a person will read it" in each for each in phones.send())


def test_who_denies_being_well_is_not_well(phones: Phones, database: Database) -> None:
    texts = ("I don't feel well", "I don’t feel good", "She isn't well", "Tôi không cảm thấy được khoẻ", "Có, ðau đầu")
    write_each(phones, database, *texts)
    assert kinds(database) == [IncidentKind.UNWELL] * len(texts)


def test_a_fever_is_told_to_staff_and_kept(phones: Phones, database: Database) -> None:
    write_each(phones, database, "Có, 39 độ", "co 39 do", "Có 38 độ 5", "ok 39C", "Temperature 102F, ok")
    assert kinds(database) == [IncidentKind.UNWELL] * 5
    with database.read() as session:
        kept = session.scalars(select(Answer.temperature).order_by(Answer.id))
        assert [round(each or 0, 1) for each in kept] == [39.0, 39.0, 38.5, 39.0, 38.9]


def test_a_quotation_of_our_message_is_no_answer_and_gets_none(phones: Phones, database: Database) -> None:
    (one,) = people(database, "Nguyễn Văn An")
    (message,) = phones.send()
    for before in ("Liked “{}”", "Disliked “{}”", "> {}"):
        phones.write(before.format(message))
    assert check_in_of(database, one).state is CheckInState.PROMPTED
    assert kinds(database) == []
    assert phones.send() == []
    with database.read() as session:
        rows = list(session.scalars(select(InboundMessage)))
    assert {each.meaning for each in rows} == {InboundMeaning.QUOTATION}
    assert "says nothing" in str(rows[0].outcome)
    phones.write(f"Có\n> {message}")
    assert check_in_of(database, one).state is CheckInState.VERIFIED


def test_who_wants_no_texts_gets_none(phones: Phones, database: Database) -> None:
    texts = ("Stop. Thank you", "STOP 8149", "STOPALL", "QUIT", "END", "ngừng", "đừng nhắn nữa")
    write_each(phones, database, *texts)
    with database.read() as session:
        assert len(set(session.scalars(select(TextStop.number)))) == len(texts)


def test_the_name_and_number_of_the_writer_are_understood_and_anybody_elses_are_not(phones: Phones, database: Database) -> None:
    (one,) = people(database, "Nguyễn Văn An")
    phones.send()
    phones.write("Lan đây, em khỏe")
    assert check_in_of(database, one).state is CheckInState.PROMPTED
    phones.write("Nguyen Van An, khỏe. Gửi 8149")
    assert check_in_of(database, one).state is CheckInState.VERIFIED


def test_on_a_shared_phone_somebody_who_is_named_is_answered_for_and_i_alone_am_not_all_of_us(
    phones: Phones, database: Database
) -> None:
    residents = people(database, "Trần An", "Trần Bình", one_phone=True)
    phones.send()
    phones.write("Tôi khỏe")
    assert {check_in_of(database, each).state for each in residents} == {CheckInState.PROMPTED}
    phones.write("An khỏe")
    assert [check_in_of(database, each).state for each in residents] == [CheckInState.VERIFIED, CheckInState.PROMPTED]
    phones.write("Bình đau ngực")
    assert IncidentKind.UNWELL in kinds(database)
    with database.read() as session:
        newest = session.scalars(select(Answer).order_by(Answer.id.desc()).limit(1)).one()
    assert (newest.resident_id, newest.symptoms) == (residents[1], ["chest_pain"])


def test_what_is_urgent_counts_at_once_and_what_was_not_understood_beside_it_is_read_and_decided_by_a_person(
    phones: Phones, database: Database
) -> None:
    (resident,) = write_each(phones, database, "Chào cán bộ, từ hôm qua đến giờ tôi không được khoẻ")
    assert sorted(kinds(database)) == [IncidentKind.TEXT_UNCLEAR, IncidentKind.UNWELL]
    check_in = check_in_of(database, resident)
    assert check_in.state == CheckInState.IN_REVIEW
    with database.write() as session:
        account = add_account(session, "chi", "đúng là mật khẩu", Role.SUPERVISOR, zones=None, now=NOW).id
        decide(session, check_in.id, Reader(account, "chi", Role.SUPERVISOR, None, "vi"), True, "Đã gọi, đúng người", NOW)
    assert check_in_of(database, resident).state == CheckInState.ACCEPTED
    with database.read() as session:
        waiting = session.scalars(select(Incident.kind).where(Incident.cause_ended_at.is_(None))).all()
    assert waiting == [IncidentKind.UNWELL], "whoever decided read it; who is ill is still to be called"
