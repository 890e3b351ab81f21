"""The database's words mean the same on SQLite and PostgreSQL: counted changes, locks, minutes, JSON objects, random digits."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, insert, literal, select, update

from monitor.database.database import Database
from monitor.database.expressions import json_object, minute_of, random_digits
from monitor.database.job_tables import have_jobs
from monitor.database.locks import Lock, only_one
from monitor.database.statements import changed, changed_values, inserted
from monitor.models.base import UtcDateTime
from monitor.models.places import Zone, ZoneKind
from monitor.models.service import Change

NOW = datetime(2026, 3, 1, 8, 4, 59, 999999, tzinfo=UTC)


@pytest.fixture
def zones(both_databases: Database) -> list[int]:
    with both_databases.write() as session:
        made = [Zone(name=name, kind=ZoneKind.FACILITY) for name in ("Khu A", "Khu B", "Khu C")]
        session.add_all(made)
        session.flush()
        return [each.id for each in made]


def test_a_change_tells_how_many_rows_it_changed(both_databases: Database, zones: list[int]) -> None:
    with both_databases.write() as session:
        assert changed(session, update(Zone).where(Zone.id.in_(zones[:2])).values(timezone="Asia/Bangkok")) == 2
        assert changed(session, update(Zone).where(Zone.id == 0).values(timezone="Asia/Bangkok")) == 0
        back = update(Zone).where(Zone.timezone == "Asia/Bangkok").values(timezone="Asia/Hanoi").returning(Zone.id)
        assert changed_values(session, back.where(Zone.id == 0)) == []
        assert sorted(changed_values(session, back)) == zones[:2]
        assert changed(session, delete(Zone).where(Zone.id == zones[2])) == 1
    with both_databases.read() as session:
        assert session.scalars(select(Zone.timezone).order_by(Zone.id)).all() == ["Asia/Hanoi", "Asia/Hanoi"]


def test_an_insert_of_what_was_selected_tells_how_many_rows_came_in(both_databases: Database, zones: list[int]) -> None:
    told = select(Zone.id, literal("people"), literal(NOW, UtcDateTime())).where(Zone.id > zones[0])
    with both_databases.write() as session:
        assert inserted(session, insert(Change).from_select(["zone_id", "topic", "at"], told)) == 2
        assert inserted(session, insert(Change).from_select(["zone_id", "topic", "at"], told.where(Zone.id == 0))) == 0


def test_a_moment_is_cut_to_its_minute_whatever_the_clock_around_it(both_databases: Database, zones: list[int]) -> None:
    in_vietnam = (NOW + timedelta(days=1)).astimezone(timezone(timedelta(hours=7)))
    with both_databases.write() as session:
        rows = [{"zone_id": zone, "topic": "people", "at": at} for zone, at in zip(zones, (NOW, in_vietnam), strict=False)]
        session.execute(insert(Change), rows)
    with both_databases.read() as session:
        minute = minute_of(Change.at).label("minute")
        first = datetime(2026, 3, 1, 8, 4, tzinfo=UTC)
        assert session.scalars(select(minute).order_by(Change.id)).all() == [first, first + timedelta(days=1)]
        # The same expression twice in one statement is the same to the database.
        assert session.execute(select(minute_of(Change.at).label("minute")).group_by(minute_of(Change.at))).all()
        assert session.scalar(select(minute_of(literal(None, UtcDateTime())))) is None


def test_an_object_is_made_of_what_the_database_knows(both_databases: Database, zones: list[int]) -> None:
    with both_databases.read() as session:
        made = json_object(zone=Zone.name, of=json_object(number=Zone.id, nothing=literal(None, Zone.name.type)))
        assert session.scalar(select(made).where(Zone.id == zones[0])) == {
            "zone": "Khu A",
            "of": {"number": zones[0], "nothing": None},
        }


def test_random_digits_differ_from_row_to_row(both_databases: Database, zones: list[int]) -> None:
    with both_databases.read() as session:
        digits = session.scalars(select(random_digits()).select_from(Zone)).all()
    assert len(set(digits)) == len(zones)
    assert all(len(each) == 32 and not set(each) - set("0123456789abcdef") for each in digits)


def test_what_only_one_may_do_waits_for_the_other_and_then_sees_what_it_did(both_databases: Database, zones: list[int]) -> None:
    holds, seen = threading.Event(), []

    def second() -> None:
        assert holds.wait(10)
        with both_databases.write() as session:
            only_one(session, Lock.CLAIMING)
            seen.append(session.scalar(select(Zone.name).where(Zone.id == zones[0])))

    other = threading.Thread(target=second)
    other.start()
    with both_databases.write() as session:
        only_one(session, Lock.CLAIMING)
        holds.set()
        other.join(0.5)
        assert not seen
        changed(session, update(Zone).where(Zone.id == zones[0]).values(name="Khu X"))
    other.join(10)
    assert seen == ["Khu X"]


def test_different_locks_do_not_wait_for_one_another(postgresql: Database) -> None:
    with postgresql.write() as one, postgresql.write() as other:
        only_one(one, Lock.CLAIMING)
        only_one(other, Lock.KEEPING_TEXTS)


def test_locks_keep_their_numbers_since_processes_of_an_older_version_hold_them_too() -> None:
    numbers = {"MIGRATIONS": 20210630, "END_OF_TRAIL": 20210701, "LEADER": 20210702, "CLAIMING": 20210703}
    assert {each.name: each.value for each in Lock} == numbers | {
        "KEEPING_TEXTS": 20210704,
        "ALERTING": 20210705,
        "ENROLLING": 20210706,
        "RELEASING": 20210707,
        "ADMINISTRATORS": 20210726,
    }


def test_only_postgresql_lets_many_write_at_once_and_has_jobs(both_databases: Database) -> None:
    many = both_databases.kind == "postgresql"
    assert both_databases.writers(4) == (4 if many else 1)
    assert have_jobs(both_databases.engine) == many
    both_databases.take_stock()
