"""Scans become stays and figures, once however often they come and in whatever order; people inside, lists and the capture rate follow."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update

from monitor.control_points.inside import counted_by_point, counted_of_place
from monitor.control_points.lists import Wanted, all_of, capture_of, page_of
from monitor.control_points.occupancy import occupancy
from monitor.control_points.registering import points_of
from monitor.control_points.settling import settle
from monitor.database.database import Database
from monitor.models.cameras.cameras import LineHour
from monitor.models.control_points import (
    ControlPoint,
    Direction,
    ListedWorker,
    OutKind,
    PlaceHour,
    PlaceScan,
    PlaceStay,
    Source,
)
from monitor.models.declarations import Declarant, Declaration
from monitor.personal_data.control_points import purge_scans, purge_worker_lists
from monitor.problems import BadInput
from tests.worlds.control_points import add_declared, add_place, scan
from tests.worlds.small_zone import NOW, add_zone
from tests.worlds.watched_rooms import add_camera

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
IN, OUT = Direction.IN, Direction.OUT
HOUR = timedelta(hours=1)


def _stays(database: Database) -> list[tuple[int, OutKind | None]]:
    with database.read() as session:
        rows = session.scalars(select(PlaceStay).order_by(PlaceStay.possible_from, PlaceStay.id))
        return [(row.point_id, row.out_kind) for row in rows]


def test_a_scan_that_is_sent_again_is_one_scan(both_databases: Database) -> None:
    _place, (gate, *_) = add_place(both_databases)
    who = add_declared(both_databases)
    assert scan(both_databases, gate, who, IN, made="tablet-1-scan-1") == 1
    assert scan(both_databases, gate, who, IN, made="tablet-1-scan-1") == 0
    _other, (elsewhere, *_) = add_place(both_databases, "Chợ Thủ")
    # Of another place it is another one: nobody takes away its name.
    assert scan(both_databases, elsewhere, who, IN, made="tablet-1-scan-1") == 1
    with pytest.raises(BadInput):
        scan(both_databases, gate, who, IN, made="short")


def test_stays_and_hours_follow_and_settling_again_changes_nothing(both_databases: Database) -> None:
    _place, (gate, canteen, _) = add_place(both_databases)
    who = add_declared(both_databases)
    scan(both_databases, gate, who, IN, NOW - 3 * HOUR)
    scan(both_databases, gate, who, IN, NOW - 3 * HOUR + timedelta(minutes=1))
    scan(both_databases, canteen, who, IN, NOW - 2 * HOUR)
    assert settle(both_databases, NOW, HERE) == 3
    assert _stays(both_databases) == [(gate, None), (canteen, None)]
    scan(both_databases, gate, who, OUT, NOW)
    assert settle(both_databases, NOW, HERE) == 1
    assert settle(both_databases, NOW, HERE) == 0
    assert _stays(both_databases) == [(gate, OutKind.SCANNED), (canteen, OutKind.NEXT_CHECK_IN)]
    with both_databases.read() as session:
        hours = {(row.point_id, row.hour): (row.ins, row.outs, row.unseen) for row in session.scalars(select(PlaceHour))}
        # Held there twice is one person.
        assert hours == {(gate, NOW - 3 * HOUR): (1, 0, 0), (gate, NOW): (0, 1, 0), (canteen, NOW - 2 * HOUR): (1, 0, 0)}
        assert not session.scalar(select(PlaceScan.id).where(PlaceScan.settled.is_(False)))


def test_a_tablet_that_sends_in_the_evening_puts_the_morning_right(both_databases: Database) -> None:
    _place, (gate, *_) = add_place(both_databases)
    who = add_declared(both_databases)
    scan(both_databases, gate, who, OUT, NOW)
    settle(both_databases, NOW, HERE)
    assert _stays(both_databases) == [(gate, OutKind.SCANNED)]
    with both_databases.read() as session:
        assert session.scalars(select(PlaceStay)).one().in_at is None
    scan(both_databases, gate, who, IN, NOW - 8 * HOUR, source=Source.GUARD)
    settle(both_databases, NOW, HERE)
    with both_databases.read() as session:
        (stay,) = session.scalars(select(PlaceStay)).all()
        assert (stay.in_at, stay.out_at, stay.certain_from, stay.certain_to) == (NOW - 8 * HOUR, NOW, NOW - 8 * HOUR, NOW)


def test_what_nobody_ended_ends_at_night_and_a_hotel_s_guests_stay(both_databases: Database) -> None:
    _place, (gate, *_) = add_place(both_databases)
    _hotel, (lobby, *_) = add_place(both_databases, "Khách sạn Bình Dương", closes_at="")
    worker, guest = add_declared(both_databases), add_declared(both_databases, "Kim Min-jun")
    scan(both_databases, gate, worker, IN, NOW)
    scan(both_databases, lobby, guest, IN, NOW)
    settle(both_databases, NOW, HERE)
    assert settle(both_databases, NOW + 24 * HOUR, HERE) == 1
    assert sorted(_stays(both_databases), key=str) == sorted([(gate, OutKind.CLOSED_AT_NIGHT), (lobby, None)], key=str)
    # Four days later the guest leaves: one stay, though it began long before what is usually looked at.
    scan(both_databases, lobby, guest, OUT, NOW + 96 * HOUR)
    settle(both_databases, NOW + 96 * HOUR, HERE)
    with both_databases.read() as session:
        stay = session.scalars(select(PlaceStay).where(PlaceStay.declarant_id == guest)).one()
        assert (stay.out_kind, stay.certain_to - stay.certain_from) == (OutKind.SCANNED, timedelta(days=4))  # type: ignore[operator]


def test_who_is_inside_comes_with_its_error(both_databases: Database) -> None:
    place, (gate, canteen, _) = add_place(both_databases)
    people = [add_declared(both_databases, f"Nguyễn Văn {name}") for name in ("An", "Bảo", "Chi", "Dũng")]
    for who in people[:3]:
        scan(both_databases, gate, who, IN, NOW - HOUR)
    scan(both_databases, canteen, people[0], IN, NOW - timedelta(minutes=30))
    scan(both_databases, gate, people[1], OUT, NOW - timedelta(minutes=10))
    scan(both_databases, gate, people[3], OUT, NOW - timedelta(minutes=5))
    settle(both_databases, NOW, HERE)
    with both_databases.read() as session:
        points = points_of(session, place)
        counted = counted_by_point(session, [point.id for point in points], NOW)
        whole = counted_of_place(points, counted)
        assert whole is not None
        now_inside = occupancy(whole, NOW)
        assert (now_inside.inside, now_inside.least, now_inside.most) == (2, 2, 3)
        assert counted[canteen].inside == 1
        assert session.get_one(ControlPoint, gate).most_at_once == 2
    # Thirteen hours later they have perhaps left without scanning.
    with both_databases.read() as session:
        late = counted_by_point(session, [gate], NOW + 13 * HOUR)[gate]
        assert (late.inside, late.long_inside) == (2, 2)


def test_an_inspector_s_list_holds_a_day_a_point_and_a_person(both_databases: Database) -> None:
    place, (gate, canteen, _) = add_place(both_databases)
    one, other = add_declared(both_databases, "Nguyễn Văn An"), add_declared(both_databases, "Lê Thị Bé")
    scan(both_databases, gate, one, IN, NOW - 26 * HOUR)
    scan(both_databases, gate, one, OUT, NOW - 20 * HOUR)
    scan(both_databases, gate, other, IN, NOW)
    scan(both_databases, canteen, other, IN, NOW + timedelta(minutes=1))
    settle(both_databases, NOW + HOUR, HERE)
    today = NOW.astimezone(HERE).date()
    with both_databases.read() as session:
        listed = list(all_of(session, Wanted(place, today, HERE), NOW + HOUR))
        assert [(each.full_name, each.point, each.goes_on) for each in listed] == [
            ("Lê Thị Bé", "Cổng chính", True),
            ("Lê Thị Bé", "Nhà ăn", True),
        ]
        assert listed[0].possible_to == NOW + HOUR
        first = page_of(session, Wanted(place, today, HERE), NOW + HOUR, after=None, most=1)
        rest = page_of(
            session, Wanted(place, today, HERE), NOW + HOUR, after=(first[0].possible_from, first[0].stay_id), most=9
        )
        assert [each.stay_id for each in first + rest] == [each.stay_id for each in listed]
        assert len(list(all_of(session, Wanted(place, today, HERE, point_id=canteen), NOW))) == 1
        yesterday = Wanted(place, today - timedelta(days=1), HERE)
        assert [each.full_name for each in all_of(session, yesterday, NOW)] == ["Nguyễn Văn An"]
        assert list(all_of(session, Wanted(place, today, HERE, declarants=[one]), NOW)) == []


def test_the_capture_rate_holds_crossings_against_scans(both_databases: Database) -> None:
    place, (gate, *_) = add_place(both_databases)
    zone, _residents = add_zone(both_databases)
    camera = add_camera(both_databases, zone, None, NOW)
    with both_databases.write() as session:
        session.execute(update(ControlPoint).where(ControlPoint.id == gate).values(camera_id=camera, camera_line="Cổng"))
        session.add(LineHour(camera_id=camera, line="Cổng", hour=NOW, ins=15, outs=5))
        session.add(LineHour(camera_id=camera, line="Kho", hour=NOW, ins=99, outs=99))
    for number in range(3):
        scan(both_databases, gate, add_declared(both_databases, f"Người {number}"), IN, NOW)
    settle(both_databases, NOW, HERE)
    with both_databases.read() as session:
        (hour,) = capture_of(session, points_of(session, place), NOW - HOUR, NOW + HOUR)
        assert (hour.crossed, hour.scanned, hour.share) == (20, 3, 0.15)


def test_with_a_person_go_their_scans_and_stays(both_databases: Database) -> None:
    _place, (gate, *_) = add_place(both_databases)
    who = add_declared(both_databases)
    scan(both_databases, gate, who, IN)
    settle(both_databases, NOW, HERE)
    with both_databases.write() as session:
        session.execute(delete(Declaration).where(Declaration.declarant_id == who))
        session.execute(delete(Declarant).where(Declarant.id == who))
    with both_databases.read() as session:
        assert session.scalar(select(PlaceScan.id)) is None
        assert session.scalar(select(PlaceStay.id)) is None


def test_scans_are_kept_for_their_time_and_lists_of_workers_for_theirs(both_databases: Database) -> None:
    place, (gate, *_) = add_place(both_databases)
    who = add_declared(both_databases)
    scan(both_databases, gate, who, IN, NOW - timedelta(days=22))
    scan(both_databases, gate, who, IN, NOW)
    with both_databases.write() as session:
        session.add(ListedWorker(place_id=place, full_name="An", phone="+84912345678", listed_at=NOW - timedelta(days=60)))
    settle(both_databases, NOW, HERE)
    assert purge_scans(both_databases, NOW - timedelta(days=21)) == 1
    assert purge_scans(both_databases, NOW - timedelta(days=21)) == 0
    assert purge_worker_lists(both_databases, NOW - timedelta(days=60)) == 1
    with both_databases.read() as session:
        assert [row.at for row in session.scalars(select(PlaceScan))] == [NOW]
        assert [row.in_at for row in session.scalars(select(PlaceStay))] == [NOW]
