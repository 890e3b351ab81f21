"""Pieces that come at once share one transaction, each is heard of after its commit, and one that cannot be written harms no other."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.grouped import GroupedWrites
from monitor.models.control_points import PlaceHour
from tests.worlds.small_zone import NOW


class Kept:
    """Writes an hour of each point, and remembers how many came at once; the first one waits until it is told to go on."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def write(self, session: Session, points: Sequence[int]) -> list[int]:
        self.groups.append(len(points))
        self.begun.set()
        assert self.go_on.wait(20)
        for point in points:
            session.connection().execute(insert(PlaceHour), {"point_id": point, "hour": NOW})
        return list(points)


def _written(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(PlaceHour)) or 0


def test_who_comes_while_another_writes_is_written_with_all_who_came(both_databases: Database) -> None:
    kept = Kept()
    writes = GroupedWrites(both_databases, kept.write)
    with ThreadPoolExecutor(12) as pool:
        first = pool.submit(writes.do, 1)
        assert kept.begun.wait(20)
        others = [pool.submit(writes.do, point) for point in range(2, 12)]
        while len(writes._waiting) < 10:
            pass
        # Nothing is told before it is on the disk.
        assert not first.done()
        kept.go_on.set()
        assert [each.result(20) for each in (first, *others)] == list(range(1, 12))
    assert kept.groups == [1, 10]
    assert _written(both_databases) == 11


def test_one_that_cannot_be_written_keeps_none_of_the_others_from_it(both_databases: Database) -> None:
    kept = Kept()
    writes = GroupedWrites(both_databases, kept.write)
    with ThreadPoolExecutor(12) as pool:
        first = pool.submit(writes.do, 1)
        assert kept.begun.wait(20)
        good, twice = pool.submit(writes.do, 2), pool.submit(writes.do, 1)
        while len(writes._waiting) < 2:
            pass
        kept.go_on.set()
        assert (first.result(20), good.result(20)) == (1, 2)
        with pytest.raises(IntegrityError):
            twice.result(20)
    assert _written(both_databases) == 2
    # And who comes afterwards is written as ever.
    assert writes.do(3) == 3
