"""Coverage counted from real rows on both databases: who holds a declaration where, kept by day, and lists for the doors."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pypdf
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.cameras.cameras import Camera, CameraTruth
from monitor.models.control_points import ControlPlace, PlaceState
from monitor.models.declarations import DeclarationState
from monitor.models.people.residents import Resident
from monitor.models.places import Zone, ZoneKind
from monitor.models.reporters import CoverageDay, Reporter, ReporterKind
from monitor.places.units.search import UnitKey
from monitor.reports.collected.counts import CountDetails, keep_count, plan_cameras
from monitor.reports.collected.reporters import ReporterDetails, add_reporter, seed_communes
from monitor.reports.coverage.counting import (
    ELSEWHERE,
    NOT_STATED,
    Counts,
    about_unit,
    count_coverage,
    declarants_in_force,
)
from monitor.reports.coverage.counting import (
    PROVINCE as WHOLE,
)
from monitor.reports.coverage.doors import Door, Why, address_key, doors_of, in_walking_order, place_of
from monitor.reports.coverage.doors_printed import Round, parts_of, written
from monitor.reports.coverage.reading import curve, organisations_on, units_on, whole_of, zones_on
from monitor.reports.for_report import coverage_at
from monitor.words import translator
from tests.worlds.control_points import add_place
from tests.worlds.declared import add_declaration
from tests.worlds.reporters import PROVINCE, add_declared, add_staff, add_units, commune
from tests.worlds.small_zone import NOW, add_zone

HERE, TODAY = ZoneInfo("Asia/Ho_Chi_Minh"), NOW.date()
DAY = timedelta(days=1)
QUARTER = UnitKey("9001", commune(1).valid_from)


def province(database: Database) -> dict[str, int]:
    """Three communes, of which two have a number of smartphone users. Name -> reporter."""
    add_units(database)
    with database.write() as session:
        seed_communes(session, PROVINCE, NOW)
        found = {row.name: row.id for row in session.scalars(select(Reporter))}
        keep_count(session, found["Phường Một"], CountDetails(date(2026, 3, 1), "Khảo sát", 20, 10, 4), None, NOW)
        keep_count(session, found["Xã Hai"], CountDetails(date(2026, 9, 1), "Nhà mạng", smartphone_users=4), None, NOW)
    return found


def counted(database: Database, now: datetime = NOW) -> dict[str, Counts]:
    with database.read() as session:
        found = coverage_at(session, TODAY, now)
    return {each.about: each for each in (found.whole, *found.units, *found.organisations, *found.zones)}


def test_people_count_where_they_live_while_their_newest_declaration_is_in_force(both_databases: Database) -> None:
    database = both_databases
    province(database)
    add_declared(database, "Còn hiệu lực", commune(1))
    add_declared(database, "Trong khu phố", QUARTER)
    add_declared(database, "Hai lần", commune(1), made=(NOW - DAY, NOW - DAY / 2))
    add_declared(database, "Hết hạn", commune(1), made=(NOW - 4 * DAY,))
    # Until the very moment it is in force, from it on not.
    add_declared(database, "Vừa hết", commune(2), made=(NOW - 3 * DAY,))
    add_declared(database, "Chờ", commune(2), state=DeclarationState.WAITING)
    # An older one that lasts longer says nothing once there is a newer one.
    longer = add_declared(database, "Mới hơn đã hết", commune(2), made=(NOW - 5 * DAY,), days=30)
    add_declaration(database, longer, made_at=NOW - 2 * DAY, days=1)
    # Two rows of one identity card are one person; two without are two.
    add_declared(database, "Trùng 1", commune(2), document_number="079085001234")
    add_declared(database, "Trùng 2", commune(2), document_number="079085001234")
    add_declared(database, "Không nơi ở", None)
    add_declared(database, "Cả tỉnh", PROVINCE)
    add_declared(database, "Tỉnh khác", UnitKey("26740", commune(1).valid_from))
    add_declared(database, "Tương lai", commune(3), made=(NOW + DAY,))
    rows = counted(database)
    assert [rows[about_unit(commune(each))].in_force for each in (1, 2, 3)] == [3, 1, 0]
    assert (rows[NOT_STATED].in_force, rows[ELSEWHERE].in_force) == (3, 0)
    whole = rows[WHOLE]
    # Of the three in commune 3 and elsewhere nobody's smartphones are known: they are in no share.
    assert (whole.in_force, whole.covered, whole.smartphone_users, whole.counted_on) == (7, 4, 14, date(2026, 3, 1))
    with database.read() as session:
        lists = declarants_in_force(session, NOW)
    assert {about: len(each) for about, each in lists.items()} == {
        about_unit(commune(1)): 3,
        about_unit(commune(2)): 2,
        NOT_STATED: 3,
    }


def test_control_points_organisations_and_cameras_are_counted_beside_it(both_databases: Database) -> None:
    database = both_databases
    found = province(database)
    here = {"unit_code": commune(1).code, "unit_from": commune(1).valid_from}
    place, _points = add_place(database, "May", **here)
    add_place(database, "Chờ", state=PlaceState.WAITING, **here)
    zone, _residents = add_zone(database)
    account = add_staff(database)
    with database.write() as session:
        listed = update(ControlPlace).where(ControlPlace.id == place)
        session.execute(listed.values(listed=50, listed_declared=40))
        made = add_reporter(session, ReporterDetails(ReporterKind.ENTERPRISE, "Công ty May", commune(1)), NOW)
        session.get_one(Reporter, made).control_place_id = place
        other = add_reporter(session, ReporterDetails(ReporterKind.AGENCY, "Sở Y tế", None), NOW)
        plan_cameras(session, zone, "5", "Kế hoạch 45", "1/11/2026", TODAY, account, NOW)
        for name, ago, agreed, wrong in (("sound", 5, 20, 1), ("old", 31, 20, 0), ("doubtful", 5, 3, 3), ("new", 5, 1, 0)):
            camera = Camera(zone_id=zone, name=name, address=name, state_since=NOW, analysed_at=NOW - timedelta(seconds=ago))
            session.add(camera)
            session.flush()
            session.add(CameraTruth(camera_id=camera.id, day=TODAY, agreed=agreed, false_absent=wrong))
    rows = counted(database)
    one = rows[about_unit(commune(1))]
    assert (one.places_registered, one.places_known) == (1, 4)
    mine = rows[f"organisation:{made}"]
    assert (mine.listed, mine.covered, mine.smartphone_users) == (50, 40, None)
    cameras = rows[f"zone:{zone}"]
    assert (cameras.cameras_planned, cameras.cameras_working, cameras.cameras_believed, cameras.cameras_judged) == (5, 3, 2, 3)
    assert count_coverage(database, NOW, HERE)
    with database.read() as session:
        assert [(line.name, line.share) for line in organisations_on(session, TODAY, None)] == [
            ("Công ty May", 0.8),
            ("Sở Y tế", None),
        ]
        assert [line.row.about for line in organisations_on(session, TODAY, None, start=1, most=1)] == [f"organisation:{other}"]
        assert [line.name for line in zones_on(session, TODAY, frozenset())] == []
        assert [line.name for line in zones_on(session, TODAY, None)] == ["Khu A"]
        assert {line.reporter_id for line in units_on(session, TODAY, {(commune(2).code, commune(2).valid_from)})} == {
            found["Xã Hai"]
        }


def test_a_day_is_counted_each_quarter_of_an_hour_and_kept_beside_the_week_before(both_databases: Database) -> None:
    database = both_databases
    province(database)
    for number in range(4):
        add_declared(database, f"A{number}", commune(1), days=20, made=(NOW - 8 * DAY,))
    before = NOW - 7 * DAY
    assert count_coverage(database, before, HERE)
    assert not count_coverage(database, before + timedelta(minutes=14), HERE)
    # A clock that was set back far is no reason to count nothing for hours.
    assert count_coverage(database, before + timedelta(minutes=15), HERE)
    assert count_coverage(database, before - timedelta(hours=2), HERE)
    for number in range(5):
        add_declared(database, f"B{number}", commune(1))
    assert count_coverage(database, NOW, HERE)
    with database.read() as session:
        one = next(line for line in units_on(session, TODAY, None) if line.name == "Phường Một")
        assert (one.share, one.week_ago) == (0.9, 0.4)
        days = dict(curve(session, TODAY, 8))
        whole = whole_of(session, TODAY)
        # Of the commune without a number of smartphone users nothing is known, and it is not 0.
        assert next(line for line in units_on(session, TODAY, None) if line.name == "Xã Ba").share is None
    assert whole is not None
    assert (round(days[TODAY] or 0, 3), round(days[TODAY - 7 * DAY] or 0, 3), days[TODAY - DAY]) == (0.643, 0.286, None)
    with database.read() as session:
        assert len(session.scalars(select(CoverageDay).where(CoverageDay.day == TODAY)).all()) == 6


def test_addresses_stand_as_one_walks() -> None:
    walked = ["2 Lê Lợi", "9 Lê Lợi", "12 Lê Lợi", "12/3 Lê Lợi", "1 Trần Phú", "Tổ 4"]
    assert sorted(sorted(walked), key=address_key) == [
        "2 Lê Lợi",
        "9 Lê Lợi",
        "12 Lê Lợi",
        "12/3 Lê Lợi",
        "Tổ 4",
        "1 Trần Phú",
    ]


def at_home(database: Database, name: str, unit: UnitKey | None, **more: object) -> int:
    zone, (resident,) = add_zone(database, f"Nhà {name}", (name,))
    with database.write() as session:
        session.get_one(Zone, zone).kind = ZoneKind.HOME_CLUSTER
        row = session.get_one(Resident, resident)
        row.unit_code, row.unit_from = (unit.code, unit.valid_from) if unit else (None, None)
        for column, value in more.items():
            setattr(row, column, value)
    return resident


def test_the_list_for_the_doors_names_who_is_at_home_and_whose_declaration_ran_out_and_nobody_else(
    both_databases: Database,
) -> None:
    database = both_databases
    province(database)
    home = at_home(database, "Ở Nhà", QUARTER, address="12 Lê Lợi", phone="+84901230001")
    at_home(database, "Xã Khác", commune(2))
    _zone, _residents = add_zone(database, "Khu tập trung", ("Trong Khu",))
    add_declared(database, "Hết Hạn", commune(1), made=(NOW - 5 * DAY,), address="2 Lê Lợi")
    add_declared(database, "Còn Hạn", commune(1), address="3 Lê Lợi")
    # The same person in two rows holds one; and who is at home stands there once.
    add_declared(database, "Trùng", commune(1), made=(NOW - 9 * DAY,), document_number="079085001234")
    add_declared(database, "Trùng", commune(1), document_number="079085001234")
    add_declared(database, "Ở Nhà", commune(1), made=(NOW - 9 * DAY,), resident_id=home)
    add_declared(database, "Chờ", commune(1), state=DeclarationState.WAITING)
    with database.read() as session:
        place = place_of(session, commune(1))
        assert place is not None
        doors = doors_of(session, place, None, NOW, HERE)
        nobody = doors_of(session, place, frozenset({9999}), NOW, HERE)
        quarter = place_of(session, QUARTER)
        assert quarter is not None
        assert [door.full_name for door in doors_of(session, quarter, None, NOW, HERE)] == ["Ở Nhà"]
    assert [(door.full_name, door.neighbourhood, door.why) for door in doors] == [
        ("Ở Nhà", "Khu phố 1", Why.AT_HOME),
        ("Hết Hạn", "Phường Một", Why.RUN_OUT),
    ]
    # Residents of other zones are not the reader's; then their old declaration is what is known of them.
    assert "Hết Hạn" in [door.full_name for door in nobody]
    assert [door.resident_id for door in nobody if door.why is Why.AT_HOME] == []
    pdf, kind = written(doors, Round("Phường Một", "Tổ COVID khu phố 1", "Sở Y tế", TODAY, "vi"), translator("vi"))
    assert kind == "pdf"
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    for said in ("Đi từng nhà: Phường Một", "Khu phố 1", "Ở Nhà", "12 Lê Lợi", "Hết Hạn", "Tổ COVID khu phố 1", "Đã gặp"):
        assert said in text


def test_five_thousand_doors_are_set_in_parts_by_neighbourhood_within_the_memory_of_letters() -> None:
    doors = [
        Door(f"Khu phố {number % 7}", f"{number}/3 Lê Lợi", "Nguyễn Thị Phương Thảo ☃", "+84901234567", Why.RUN_OUT, TODAY)
        for number in range(5000)
    ]
    parts = parts_of(in_walking_order(doors))
    assert [len(part) for part in parts] == [715, 715, 714, 714, 714, 714, 714]
    content, kind = written(in_walking_order(doors), Round("Phường Một", "Tổ 4", "Sở Y tế", TODAY, "vi"), translator("vi"))
    assert kind == "zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [f"{number:02}.pdf" for number in range(1, 8)]
        last = pypdf.PdfReader(io.BytesIO(archive.read("07.pdf")))
    text = last.pages[-1].extract_text()
    assert "5000" in text
    # A sign that the font lacks is a box, and the person stands on the list all the same.
    assert "Thảo □" in text


def test_parts_keep_small_neighbourhoods_together_and_cut_only_those_that_are_too_large() -> None:
    def door(name: str) -> Door:
        return Door(name, "", "", "", Why.RUN_OUT, None)

    doors = [*(door("A") for _ in range(300)), *(door("B") for _ in range(300)), *(door("C") for _ in range(2100))]
    assert [len(part) for part in parts_of(doors)] == [600, 1000, 1000, 100]
