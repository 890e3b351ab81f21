"""A place with points at a fixed time, put into the tables as they are; people who have declared; scans."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import select

from monitor.control_points.clocks import Said
from monitor.control_points.registering import add_checker
from monitor.control_points.scanning import NewScan, Point, keep_scans, read_point
from monitor.control_points.twins import folded_name
from monitor.database.database import Database
from monitor.models.control_points import ControlPlace, ControlPoint, Direction, PlaceKind, PlaceState, PointKind, Source
from tests.worlds.declared import add_declarant, add_declaration
from tests.worlds.small_zone import NOW

UNIT = ("25747", date(2025, 7, 1))
POINTS = (("Cổng chính", PointKind.GATE), ("Nhà ăn", PointKind.CANTEEN), ("Xưởng 1", PointKind.FLOOR))


def add_place(
    database: Database,
    name: str = "May Bình Minh",
    *,
    state: PlaceState = PlaceState.APPROVED,
    points: tuple[tuple[str, PointKind], ...] = POINTS,
    **more: object,
) -> tuple[int, list[int]]:
    """Returns its number and those of its points."""
    columns: dict[str, object] = {
        "token": secrets.token_urlsafe(16),
        "kind": PlaceKind.FACTORY,
        "name": name,
        "folded": folded_name(name),
        "address": "12/3 Phú Cường",
        "unit_code": UNIT[0],
        "unit_from": UNIT[1],
        "owner_name": "Trần Văn Chủ",
        "owner_phone": "+84901234567",
        "language": "vi",
        "state": state,
        "registered_at": NOW - timedelta(days=1),
        "confirmed_at": NOW - timedelta(days=1),
    }
    with database.write() as session:
        place = ControlPlace(**columns | more)
        session.add(place)
        session.flush()
        rows = [
            ControlPoint(place_id=place.id, name=each, kind=kind, made_at=NOW, codes_from=NOW - timedelta(days=1))
            for each, kind in points
        ]
        session.add_all(rows)
        session.flush()
        return place.id, [each.id for each in rows]


def add_declared(database: Database, name: str = "Trần Thị Bình", *, made_at: datetime = NOW, **more: object) -> int:
    """Somebody with a declaration in force from then on. Returns their number."""
    declarant = add_declarant(database, name, **more)
    add_declaration(database, declarant, made_at=made_at)
    return declarant


def give_checker(database: Database, place_id: int, name: str = "Lê Văn Gác") -> str:
    """What stands in the link of somebody who scans there."""
    with database.write() as session:
        place = session.scalars(select(ControlPlace).where(ControlPlace.id == place_id)).one()
        return add_checker(session, place, name, "0901234568", now=NOW)[1]


def scan(
    database: Database,
    point_id: int,
    declarant_id: int,
    way: Direction,
    at: datetime = NOW,
    *,
    source: Source = Source.SELF,
    made: str = "",
) -> int:
    """One scan that came at once. Returns how many rows are new."""
    with database.write() as session:
        point = read_point(session, point_id)
        assert isinstance(point, Point)
        said = Said(at, at, at)
        return keep_scans(session, point, [NewScan(made or secrets.token_hex(10), declarant_id, way, said)], source=source)
