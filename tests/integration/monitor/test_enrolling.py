"""People are entered and changed, whole or not at all, on both databases; who is there already is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.enrolment.details import Details, read_details
from monitor.enrolment.duplicates import Sameness, marks_of, matches
from monitor.enrolment.enrolling import Place, change_details, enrol
from monitor.enrolment.orders import read_order
from monitor.models.accounts import Account, Role
from monitor.models.people.residents import (
    BirthPrecision,
    FStatus,
    QuarantineOrder,
    Resident,
    Sex,
    StatusPeriod,
)
from monitor.models.places import Room, Zone, ZoneKind
from monitor.people.births import Birth
from monitor.problems import Conflict

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
AN = {
    "full_name": "Nguyễn Văn An",
    "birth": "05/09/1980",
    "sex": "Nam",
    "phone": "0901234567",
    "document_number": "079080001234",
}


def account(session: Session) -> int:
    row = session.scalar(select(Account))
    if row is None:
        row = Account(username="gs", password_hash="x", role=Role.SUPERVISOR, created_at=NOW)
        session.add(row)
        session.flush()
    return row.id


def details(**more: str) -> Details:
    read, faults = read_details({**AN, **more}, NOW.date())
    assert read is not None, faults
    return read


@pytest.fixture
def place(both_databases: Database) -> Place:
    with both_databases.write() as session:
        zone = Zone(name="A", kind=ZoneKind.FACILITY)
        session.add(zone)
        session.flush()
        room = Room(zone_id=zone.id, name="101", beds=1)
        session.add(room)
        session.flush()
        return Place(zone.id, room.id)


def add(database: Database, place: Place, **more: str) -> int:
    with database.write() as session:
        return enrol(session, details(**more), place, None, None, NOW).id


def test_a_person_with_an_order_stands_in_the_tables_as_was_said(both_databases: Database, place: Place) -> None:
    order, _faults = read_order(
        {"starts_at": "30/11/2026", "ends_at": "14/12/2026", "authority": "UBND phường", "written_on": "29/11/2026"},
        "Asia/Ho_Chi_Minh",
    )
    with both_databases.write() as session:
        enrol(session, details(f_status="f1", f_rule_on="2026-11-01"), place, order, account(session), NOW)
    with both_databases.read() as session:
        an = session.scalars(select(Resident)).one()
        kept = session.scalars(select(QuarantineOrder)).one()
        period = session.scalars(select(StatusPeriod)).one()
    assert (an.full_name, an.sex, an.birth_date, an.phone) == ("Nguyễn Văn An", Sex.MALE, date(1980, 9, 5), "+84901234567")
    assert an.name_folded == " nguyen van an"
    assert an.sort_key
    # The last day is theirs until it is over, on the zone's clock.
    assert kept.ends_at == datetime(2026, 12, 14, 17, tzinfo=UTC)
    assert (kept.written_on, kept.delivered_on) == (date(2026, 11, 29), None)
    assert (period.status, period.rule_on, period.ends_on) == (FStatus.F1, date(2026, 11, 1), None)


def test_one_bed_takes_one_person_and_a_second_is_told(both_databases: Database, place: Place) -> None:
    add(both_databases, place)
    with pytest.raises(Conflict, match="There is no free bed in room 101; it has 1"):
        add(both_databases, place, full_name="Trần Bình", document_number="079080005678")
    with both_databases.read() as session:
        assert session.scalar(select(func.count()).select_from(Resident)) == 1
    add(both_databases, Place(place.zone_id, place.room_id, crowded=True), full_name="Trần Bình", document_number="")


@pytest.mark.parametrize(
    "again",
    [{}, {"full_name": "Nguyen An"}, {"document_number": "024123456", "earlier_number": "079080001234"}],
)
def test_the_same_card_is_not_entered_twice(both_databases: Database, place: Place, again: dict[str, str]) -> None:
    elsewhere = Place(place.zone_id)
    add(both_databases, elsewhere)
    with pytest.raises(Conflict, match="already entered with this number"):
        add(both_databases, elsewhere, **again)


@pytest.mark.parametrize(
    ("more", "sameness"),
    [
        ({}, Sameness.CERTAIN),
        ({"document_number": "", "phone": "0907654321"}, Sameness.POSSIBLE),
        ({"document_number": ""}, Sameness.LIKELY),
        # Another citizen's card: twins, or namesakes of one house.
        ({"document_number": "079080009999"}, Sameness.POSSIBLE),
        ({"document_number": "", "full_name": "Lê An", "birth": ""}, Sameness.POSSIBLE),
        ({"document_number": "", "full_name": "Lê An", "birth": "1990"}, None),
        ({"document_number": "", "phone": "", "birth": ""}, None),
        ({"document_number": "", "phone": "", "birth": "1980"}, None),
        ({"document_number": "", "full_name": "Nguyễn Thị Bình"}, None),
    ],
)
def test_who_may_be_the_same_is_found_and_never_by_name_alone(
    both_databases: Database, place: Place, more: dict[str, str], sameness: Sameness | None
) -> None:
    known = add(both_databases, Place(place.zone_id))
    with both_databases.read() as session:
        (found,) = matches(session, [marks_of(details(**more))])
    assert [(each.resident_id, each.sameness) for each in found] == ([] if sameness is None else [(known, sameness)])


def test_a_change_on_top_of_somebody_elses_is_refused(both_databases: Database, place: Place) -> None:
    an = add(both_databases, place)

    def change(seen: int, **more: str) -> list[str]:
        with both_databases.write() as session:
            return change_details(session, session.get_one(Resident, an), details(**more), seen, account(session), NOW)

    assert change(1, full_name="Nguyễn Văn Ân", birth="1980") == ["birth_date", "birth_precision", "full_name"]
    with pytest.raises(Conflict, match="Someone else has changed"):
        change(1, full_name="X")
    with both_databases.read() as session:
        now = session.get_one(Resident, an)
        assert (now.full_name, now.name_folded, now.birth_precision, now.version) == (
            "Nguyễn Văn Ân",
            " nguyen van an",
            BirthPrecision.YEAR,
            2,
        )


ODD: list[tuple[dict[str, str], Callable[[Details], Any], Any]] = [
    ({"full_name": "Y"}, lambda who: who.full_name, "Y"),
    ({"full_name": "  H'Hen\u200f  Niê "}, lambda who: who.full_name, "H'Hen Niê"),
    ({"full_name": "Con của Nguyễn Thị Lan", "name_awaited": "x"}, lambda who: who.name_awaited, True),
    ({"full_name": "A" * 120}, lambda who: len(who.full_name), 120),
    ({"full_name": "Ðào Thị Ơn"}, lambda who: who.full_name, "Đào Thị Ơn"),
    ({"full_name": "Маша"}, lambda who: who.full_name, "Маша"),
    ({"birth": "1915"}, lambda who: who.birth, Birth(date(1915, 1, 1), BirthPrecision.YEAR)),
    ({"document_number": "b 1234567", "nationality": "gb"}, lambda who: who.document_number, "B1234567"),
    ({"insurance_number": "DN 4 74 0112345678"}, lambda who: who.insurance_number, "0112345678"),
    ({"sex": "nữ"}, lambda who: who.sex, Sex.FEMALE),
    ({"vaccine_doses": "2", "last_dose_on": "1/9/2021"}, lambda who: who.last_dose_on, date(2021, 9, 1)),
    ({"home_possible": "không"}, lambda who: who.home_possible, False),
]


@pytest.mark.parametrize(("typed", "what", "value"), ODD)
def test_odd_people_can_be_entered(typed: dict[str, str], what: Callable[[Details], Any], value: object) -> None:
    assert what(details(**typed)) == value


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = {
        "full_name": "12",
        "birth": "31/02/1990",
        "sex": "?",
        "phone": "9.12E+08",
        "document_number": "12",
        "insurance_number": "123",
        "nationality": "Laos",
        "f_status": "F9",
        "vaccine_doses": "hai",
        "last_dose_on": "1/1/2030",
        "home_possible": "maybe",
        "help_needed": "x" * 301,
    }
    read, faults = read_details(wrong, NOW.date())
    assert read is None
    assert {fault.field for fault in faults} == set(wrong)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"starts_at": "30/11/2026", "ends_at": "29/11/2026"}, "ends_at"),
        ({"starts_at": "30/11/2026", "ends_at": "31/02/2027"}, "ends_at"),
        ({"starts_at": "30/11/2026"}, "ends_at"),
        ({"starts_at": "30/11/2026", "ends_at": "30/11/2028"}, "ends_at"),
        ({"starts_at": "30/11/2026", "ends_at": "14/12/2026", "authority": ""}, "authority"),
    ],
)
def test_nothing_of_an_order_is_filled_in(typed: dict[str, str], field: str) -> None:
    order, faults = read_order({"authority": "UBND", **typed}, "Asia/Ho_Chi_Minh")
    assert order is None
    assert [fault.field for fault in faults] == [field]
    assert read_order({}, "Asia/Ho_Chi_Minh") == (None, ())


def test_a_zone_that_was_closed_takes_nobody(both_databases: Database, place: Place) -> None:
    with both_databases.write() as session:
        session.get_one(Zone, place.zone_id).closed_at = NOW - timedelta(days=1)
    with pytest.raises(Conflict, match="was closed"):
        add(both_databases, place)
