"""Leases of cameras: shares, holders that died, and two claimants of the same cameras."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from cameras.service.lease import LEASE, RENEW_SECONDS, claim, fair_share, left_behind, release, renew, share_now
from monitor.database.database import Database
from monitor.models.cameras.cameras import Camera
from monitor.models.service import ProcessBeat
from tests.worlds.small_zone import NOW, add_zone


def add_cameras(database: Database, count: int) -> list[int]:
    zone, _ = add_zone(database)
    with database.write() as session:
        cameras = [
            Camera(zone_id=zone, name=str(number), address=f"http://camera-{number}/", state_since=NOW)
            for number in range(count)
        ]
        session.add_all(cameras)
        session.flush()
        return [camera.id for camera in cameras]


@pytest.mark.parametrize(("cameras", "watchers", "share"), [(6, 1, 6), (6, 2, 3), (7, 2, 4), (0, 3, 0), (5, 0, 5), (2, 3, 1)])
def test_shares_together_cover_all_cameras(cameras: int, watchers: int, share: int) -> None:
    assert fair_share(cameras, watchers) == share


@pytest.mark.parametrize(
    ("holders", "gone"),
    [
        ({"here:10", "here:11"}, {"here:11"}),
        ({"there:11"}, set()),
        ({"here:1", "nonsense", "here:x"}, set()),
        (set(), set()),
    ],
)
def test_only_dead_processes_of_this_machine_are_known_to_be_gone(holders: set[str], gone: set[str]) -> None:
    assert left_behind(holders, "here:1", {1, 10}) == gone


def test_a_dead_watchers_cameras_are_taken_over_within_thirty_seconds() -> None:
    assert LEASE.total_seconds() + RENEW_SECONDS <= 30


def test_two_claimants_at_once_never_watch_the_same_camera(both_databases: Database) -> None:
    ids = add_cameras(both_databases, 12)
    start, got = threading.Barrier(2), {}

    def work(holder: str) -> None:
        start.wait()
        mine: list[int] = []
        for _ in range(6):
            with both_databases.write() as session:
                mine += claim(session, holder, NOW, 2)
        got[holder] = mine

    threads = [threading.Thread(target=work, args=[name]) for name in ("a:1", "b:2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got["a:1"] + got["b:2"]) == ids


def test_a_lease_is_kept_by_renewing_and_lost_by_silence(both_databases: Database) -> None:
    ids = add_cameras(both_databases, 2)
    later = NOW + LEASE - timedelta(seconds=1)
    with both_databases.write() as session:
        assert claim(session, "a:1", NOW, 9) == ids
        assert claim(session, "b:2", later, 9) == []
        assert renew(session, "a:1", later) == ids
        assert claim(session, "b:2", NOW + LEASE + timedelta(seconds=1), 9) == []
    silent = later + LEASE + timedelta(seconds=1)
    with both_databases.write() as session:
        assert claim(session, "b:2", silent, 1) == ids[:1]
        assert renew(session, "a:1", silent) == ids[1:]


def test_leases_of_the_dead_are_taken_at_once(both_databases: Database) -> None:
    ids = add_cameras(both_databases, 2)
    with both_databases.write() as session:
        claim(session, "a:1", NOW, 9)
        assert claim(session, "a:2", NOW, 9, gone={"a:1"}) == ids


def test_a_camera_that_is_switched_off_is_neither_renewed_nor_claimed(both_databases: Database) -> None:
    ids = add_cameras(both_databases, 2)
    with both_databases.write() as session:
        claim(session, "a:1", NOW, 9)
        camera = session.get_one(Camera, ids[0])
        camera.enabled = False
        session.flush()
        assert renew(session, "a:1", NOW) == ids[1:]
        release(session, "a:1")
        assert claim(session, "b:1", NOW, 9) == ids[1:]
    with both_databases.read() as session:
        assert session.scalar(select(Camera.leased_by).where(Camera.id == ids[0])) is None


def test_only_living_watchers_count_in_the_share(both_databases: Database) -> None:
    add_cameras(both_databases, 6)
    with both_databases.write() as session:
        for name, kind, age in (
            ("watch-1", "watch", 1),
            ("watch-2", "watch", 2),
            ("watch-3", "watch", 60),
            ("web-1", "web", 1),
        ):
            beat = NOW - timedelta(seconds=age)
            session.add(ProcessBeat(name=name, kind=kind, pid=1, started_at=beat, beat_at=beat, details={}))
        session.flush()
        assert share_now(session, NOW) == 3
