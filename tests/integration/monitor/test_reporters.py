"""Reporters and what they enter, on both databases: entered once however often it is sent, history kept, and read as of a moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from monitor.database.database import Database
from monitor.models.reporters import AskedOf, CollectedEntry, CollectedField, Reporter, ReporterCount, ReporterKind
from monitor.models.units import AdministrativeUnit, UnitSuccession
from monitor.places.units.search import UnitKey
from monitor.problems import Conflict, NotFound
from monitor.reports.collected.communes import communes_of, index_of, today_of
from monitor.reports.collected.counts import (
    CountDetails,
    Counted,
    counts_by,
    history_of,
    keep_count,
    plan_cameras,
    planned_by_zone,
)
from monitor.reports.collected.entries import history_of as earlier_of
from monitor.reports.collected.entries import keep_entry
from monitor.reports.collected.fields import FieldDetails, add_field, close_field, fields_in_force, reopen_field, ship_fields
from monitor.reports.collected.files import Fate, enter_file, judged, keep_file
from monitor.reports.collected.reporters import (
    ReporterDetails,
    add_reporter,
    close_reporter,
    digest_of,
    ended_communes,
    new_link,
    reporter_of_link,
    seed_communes,
)
from monitor.reports.collected.tables import read_table
from monitor.reports.for_report import collected_on
from monitor.sheets import read_sheet
from tests.worlds.reporters import PROVINCE, add_staff, add_units, commune
from tests.worlds.small_zone import NOW, add_zone

TODAY = NOW.date()
HOUR = timedelta(hours=1)


def rows(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_one_button_enters_each_commune_of_the_province_once(both_databases: Database) -> None:
    database = both_databases
    add_units(database)
    with database.write() as session:
        assert [unit.name for unit in communes_of(session, PROVINCE)] == ["Phường Một", "Xã Hai", "Xã Ba"]
        assert seed_communes(session, PROVINCE, NOW) == 3
    with database.write() as session:
        assert seed_communes(session, PROVINCE, NOW) == 0
    assert rows(database, Reporter) == 3


def test_a_commune_that_ended_is_named_and_its_people_count_where_they_live_now(both_databases: Database) -> None:
    database = both_databases
    add_units(database)
    with database.write() as session:
        seed_communes(session, PROVINCE, NOW)
        ended = session.get_one(AdministrativeUnit, (commune(2).code, commune(2).valid_from))
        ended.valid_to = TODAY
        session.add(
            UnitSuccession(
                code=commune(2).code,
                valid_from=commune(2).valid_from,
                into_code=commune(1).code,
                into_from=commune(1).valid_from,
            )
        )
    with database.read() as session:
        assert [each.reporter.name for each in ended_communes(session)] == ["Xã Hai"]
        lives = [
            (each.code, each.valid_from) for each in (commune(1), commune(2), UnitKey("9001", commune(1).valid_from), PROVINCE)
        ]
        # Of a whole province nobody can tell the commune; a neighbourhood lies in the one above it.
        assert today_of(session, lives) == {lives[0]: commune(1), lives[1]: commune(1), lives[2]: commune(1)}
        assert index_of(session, PROVINCE).after("xã hai") == ("Phường Một",)


def test_a_link_opens_one_reporter_until_it_is_renewed_or_the_reporter_closed(both_databases: Database) -> None:
    with both_databases.write() as session:
        made = add_reporter(session, ReporterDetails(ReporterKind.AGENCY, "Sở Y tế", None), NOW)
        assert made is not None
        assert add_reporter(session, ReporterDetails(ReporterKind.ENTERPRISE, "SỞ Y TẾ", None), NOW) is None
        reporter = session.get_one(Reporter, made)
        first = new_link(session, reporter, NOW)
        second = new_link(session, reporter, NOW)
    # 128 bits, of which the database has a digest alone.
    assert len(first) == 22
    with both_databases.read() as session:
        assert session.scalar(select(Reporter.key)) == digest_of(second)
        assert reporter_of_link(session, second).id == made
        for wrong in (first, "", "x" * 22):
            with pytest.raises(NotFound):
                reporter_of_link(session, wrong)
    with both_databases.write() as session:
        close_reporter(session, made, 1, NOW)
        with pytest.raises(Conflict):
            close_reporter(session, made, 1, None)
    with both_databases.read() as session, pytest.raises(NotFound):
        reporter_of_link(session, second)


TABLE = """Loại,Tên đơn vị,Xã/phường,Số điện thoại,Người dùng điện thoại thông minh,Ngày số liệu,Nguồn
phường,Phường Một,,0901234567,15400,30/10/2026,Khảo sát
xã,,9200,,,,
doanh nghiệp,Dệt May,Phường Một,,800,30/10/2026,Khảo sát
xã,Xã Lạ,,,,,
"""


def test_the_same_table_twice_adds_nothing_and_bad_rows_come_back(both_databases: Database) -> None:
    database = both_databases
    add_units(database)
    account = add_staff(database)

    def sent() -> tuple[dict[Fate, int], list[int]]:
        with database.write() as session:
            found, wrong = read_table(read_sheet(TABLE.encode(), most_rows=100), index_of(session, PROVINCE), TODAY)
            fates = [each.fate for each in judged(session, found)]
            file = keep_file(session, "units.csv", found, wrong, account, NOW)
            done = enter_file(session, file, NOW)
            assert [done[fate] for fate in Fate] == [fates.count(fate) for fate in Fate]
            with pytest.raises(Conflict):
                enter_file(session, file, NOW)
        return dict(done), [each.number for each in wrong]

    assert sent() == ({Fate.NEW: 3}, [5])
    assert sent() == ({Fate.SAME: 3}, [5])
    assert (rows(database, Reporter), rows(database, ReporterCount)) == (3, 2)


def test_a_table_changes_contacts_and_adds_counts_but_empties_nothing(both_databases: Database) -> None:
    database = both_databases
    add_units(database)
    account = add_staff(database)
    for number, table in enumerate(
        (TABLE, TABLE.replace("0901234567", "").replace("15400", "15500"), TABLE.replace("0901234567", "0907654321"))
    ):
        with database.write() as session:
            found, wrong = read_table(read_sheet(table.encode(), most_rows=100), index_of(session, PROVINCE), TODAY)
            enter_file(session, keep_file(session, "x", found, wrong, account, NOW), NOW + number * HOUR)
    with database.read() as session:
        one = session.scalars(select(Reporter).where(Reporter.name == "Phường Một")).one()
        assert one.contact_phone == "+84907654321"
        assert [each.smartphone_users for each in history_of(session, one.id)] == [15400, 15500, 15400]
        assert counts_by(session, TODAY)[one.id].smartphone_users == 15400


def test_the_newest_count_on_or_before_a_day_counts_each_number_by_itself(both_databases: Database) -> None:
    with both_databases.write() as session:
        made = add_reporter(session, ReporterDetails(ReporterKind.AGENCY, "Sở Y tế", None), NOW) or 0

        def counted(day: date, **numbers: int) -> bool:
            return keep_count(session, made, CountDetails(day, "Khảo sát", **numbers), None, NOW)

        assert counted(date(2026, 3, 1), smartphone_users=100, people=120)
        assert counted(date(2026, 9, 1), smartphone_users=110)
        assert not counted(date(2026, 9, 1), smartphone_users=110)
        # Entered later, of an earlier day; and a correction of the same day, which is the last word on it.
        assert counted(date(2026, 6, 1), smartphone_users=90, places_known=7)
        assert counted(date(2026, 9, 1), smartphone_users=111)

    def at(day: date) -> Counted | None:
        with both_databases.read() as session:
            return counts_by(session, day).get(made)

    assert at(date(2026, 2, 28)) is None
    assert at(date(2026, 5, 1)) == Counted(120, 100, date(2026, 3, 1), "Khảo sát", None)
    assert at(date(2026, 8, 31)) == Counted(120, 90, date(2026, 6, 1), "Khảo sát", 7)
    assert at(date(2026, 9, 1)) == Counted(120, 111, date(2026, 9, 1), "Khảo sát", 7)


def test_planned_cameras_have_a_day_and_a_source_and_the_newest_count(both_databases: Database) -> None:
    zone, _residents = add_zone(both_databases)
    account = add_staff(both_databases)
    with both_databases.write() as session:
        for typed, day in (("40", "1/9/2026"), ("60", "1/11/2026"), ("50", "1/10/2026")):
            plan_cameras(session, zone, typed, "Kế hoạch 45", day, TODAY, account, NOW)
    with both_databases.read() as session:
        assert [planned_by_zone(session, day)[zone].cameras for day in (date(2026, 9, 30), date(2026, 10, 31), TODAY)] == [
            40,
            50,
            60,
        ]
        assert planned_by_zone(session, date(2026, 8, 31)) == {}


def test_an_entry_is_kept_once_the_newer_holds_and_what_stood_before_is_history(both_databases: Database) -> None:
    database = both_databases
    with database.write() as session:
        made = add_reporter(session, ReporterDetails(ReporterKind.AGENCY, "Sở Y tế", None), NOW - HOUR) or 0
        other = add_reporter(session, ReporterDetails(ReporterKind.AGENCY, "Sở Công an", None), NOW - HOUR) or 0
        ship_fields(session, NOW - HOUR)
        ship_fields(session, NOW - HOUR)

    def entered(number: int, at: datetime) -> tuple[bool, bool]:
        with database.write() as session:
            kept = keep_entry(session, made, TODAY, {"codes_put_up": number}, same_confirmed=False, account_id=None, now=at)
            return kept.new, kept.changed

    assert entered(3, NOW) == (True, True)
    assert entered(3, NOW + HOUR) == (False, False)
    assert entered(4, NOW + 2 * HOUR) == (False, True)
    assert entered(5, NOW + 3 * HOUR) == (False, True)
    with database.read() as session:
        assert [each.numbers for each in earlier_of(session, made, TODAY)] == [{"codes_put_up": 4}, {"codes_put_up": 3}]
        assert rows(database, CollectedEntry) == 1

        def told(at: datetime) -> tuple[int, tuple[int, ...], list[int]]:
            day = collected_on(session, TODAY, at)
            put_up = next(each for each in day.fields if each.key == "codes_put_up")
            return put_up.total, put_up.entered, [each.reporter_id for each in day.missing]

        # As it stood at each moment, however often it was corrected since.
        assert told(NOW - timedelta(seconds=1)) == (0, (), [other, made])
        assert told(NOW + HOUR) == (3, (made,), [other])
        assert told(NOW + 2 * HOUR) == (4, (made,), [other])
        assert told(NOW + 4 * HOUR) == (5, (made,), [other])


def test_ten_numbers_at_most_are_asked_for_and_a_closed_one_keeps_what_was_entered(both_databases: Database) -> None:
    with both_databases.write() as session:
        ship_fields(session, NOW)
        first = fields_in_force(session)[0]
        details = FieldDetails("Số khác", "Another number", AskedOf.ALL, 20, 100)
        for _each in range(2):
            add_field(session, details, NOW)
        with pytest.raises(Conflict):
            add_field(session, details, NOW)
        close_field(session, first.id, 1, NOW)
        with pytest.raises(Conflict):
            close_field(session, first.id, 1, NOW)
        add_field(session, details, NOW)
        with pytest.raises(Conflict):
            reopen_field(session, first.id, 2)
        assert len(fields_in_force(session)) == 10
        assert len(fields_in_force(session, ReporterKind.COMMUNE)) < 10
    assert rows(both_databases, CollectedField) == 11
