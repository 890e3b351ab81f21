"""Millions of stays at control points, made by the database itself: a province's weeks to find contacts in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, text
from sqlalchemy.schema import CreateIndex, DropIndex

from monitor.database.database import Database
from monitor.models.control_points import ControlPlace, ControlPoint, PlaceKind, PlaceState, PlaceStay, PointKind
from monitor.models.every_table import METADATA

STAYS_OF_A_PLACE = 1000
STAYS_OF_A_PERSON = 10
WEEK_S = 7 * 86_400
_PIECE = 1_000_000
"""Rows of one statement: what SQLite keeps of a transaction stays bounded."""


def fill(database: Database, stays: int, begin: datetime) -> None:
    """Fill an empty database with so many stays of a week from `begin` on, in the order in which people came, and all that they refer to.

    Indexes are made at the end, as when a backup is loaded: what is measured is finding, not filling.
    """
    places, people = max(1, stays // STAYS_OF_A_PLACE), max(1, stays // STAYS_OF_A_PERSON)
    indexes = sorted(METADATA.tables[PlaceStay.__tablename__].indexes, key=lambda index: str(index.name))
    with database.write() as session:
        connection = session.connection()
        _fill_places(connection, places, begin)
        _fill_people(connection, people)
        for index in indexes:
            connection.execute(DropIndex(index))
    if database.is_sqlite:
        # What is filled in refers to rows that were made just now; looking each of them up takes longer than all the rest.
        _fill_stays_of_sqlite(database, stays, places, people, begin)
    else:
        with database.write() as session:
            connection = session.connection()
            connection.execute(text("ALTER TABLE place_stay DISABLE TRIGGER ALL"))
            for first in range(0, stays, _PIECE):
                _fill_stays(connection, first, min(_PIECE, stays - first), stays, places, people, begin)
            connection.execute(text("ALTER TABLE place_stay ENABLE TRIGGER ALL"))
    with database.write() as session:
        for index in indexes:
            session.connection().execute(CreateIndex(index))
    database.take_stock()


def _fill_stays_of_sqlite(database: Database, stays: int, places: int, people: int, begin: datetime) -> None:
    with database.engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = OFF")
    for first in range(0, stays, _PIECE):
        with database.write() as session:
            _fill_stays(session.connection(), first, min(_PIECE, stays - first), stays, places, people, begin)
    database.dispose()


def _numbers(connection: Connection, first: str, many: str) -> str:
    if connection.dialect.name == "sqlite":
        return f"(WITH RECURSIVE number(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM number LIMIT {many}) SELECT n FROM number)"  # noqa: S608 - numbers only
    return f"(SELECT generate_series(CAST({first} AS bigint), CAST({first} AS bigint) + {many} - 1) AS n) AS numbers"


def _fill_places(connection: Connection, places: int, begin: datetime) -> None:
    """Each with one point of the same number."""
    kept = {"kind": PlaceKind.FACTORY, "unit_code": "00000", "unit_from": begin.date(), "owner_name": "", "owner_phone": ""}
    kept |= {"language": "vi", "state": PlaceState.APPROVED, "registered_at": begin}
    rows = [
        kept | {"id": number, "token": f"place-{number}", "name": f"Place {number}", "folded": f"place {number}"}
        for number in range(1, places + 1)
    ]
    connection.execute(insert(ControlPlace), rows)
    made = {"name": "Gate", "kind": PointKind.GATE, "made_at": begin, "codes_from": begin}
    connection.execute(insert(ControlPoint), [made | {"id": row["id"], "place_id": row["id"]} for row in rows])


def _fill_people(connection: Connection, people: int) -> None:
    numbers = _numbers(connection, "1", str(people))
    connection.execute(
        text(
            "INSERT INTO declarant (id, full_name, birth_precision, nationality, document_number, insurance_number, phone, address, language,"  # noqa: S608 - numbers only
            " code, code_made_at, page_key, created_at)"
            " SELECT n, 'Person ' || n, 'day', '', '', '', '', '', 'vi', 'code-' || n, '2025-07-01 00:00:00.000000', 'page-' || n,"
            f" '2025-07-01 00:00:00.000000' FROM {numbers}"
        )
    )


def _fill_stays(connection: Connection, first: int, many: int, stays: int, places: int, people: int, begin: datetime) -> None:
    """One piece. Times go up with the number; places are spread by a prime, people by Knuth's multiplicative hash."""
    sqlite = connection.dialect.name == "sqlite"
    numbers = _numbers(connection, str(first + 1), str(many))
    # Half an hour to eight and a half; every fourth exit was not scanned.
    lasts = "(1800 + (n * 7919) % 28800)"
    begun = f"(n * {WEEK_S} / {stays})"
    if sqlite:
        when = f"strftime('%Y-%m-%d %H:%M:%S.000000', {int(begin.timestamp())} + {begun}, 'unixepoch')"
        until = f"strftime('%Y-%m-%d %H:%M:%S.000000', {int(begin.timestamp())} + {begun} + {lasts}, 'unixepoch')"
    else:
        when = f"to_timestamp({int(begin.timestamp())} + {begun})"
        until = f"to_timestamp({int(begin.timestamp())} + {begun} + {lasts})"
    connection.execute(
        text(
            "INSERT INTO place_stay (id, declarant_id, place_id, point_id, in_at, out_at, out_kind, certain_from, certain_to, possible_from,"  # noqa: S608 - numbers only
            " possible_to)"
            f" SELECT n, 1 + (n * 2654435761 % 4294967296) % {people}, 1 + (n * 7901) % {places}, 1 + (n * 7901) % {places}, {when}, {until},"
            f" CASE WHEN n % 4 = 0 THEN 'place_default' ELSE 'scanned' END, {when}, CASE WHEN n % 4 = 0 THEN {when} ELSE {until} END,"
            f" {when}, {until} FROM {numbers}"
        )
    )
