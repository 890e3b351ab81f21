"""The demonstration's factory: seeded with posters, a guard and workers, whose phones come and go over HTTP."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import select

from monitor.clock import utc_now
from monitor.control_points.capture import together
from monitor.control_points.lists import capture_of
from monitor.control_points.settling import settle
from monitor.database.database import Database
from monitor.demonstration.control_points import POSTERS, VISITORS, links_of, seed_factory, watch_gate
from monitor.models.control_points import ControlPoint, PlaceScan, PlaceStay
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.demonstration.visitors import Visitor, read_configuration
from tests.doubles.browsing import serving
from tests.doubles.ports import free_port
from tests.worlds.small_zone import add_zone
from tests.worlds.watched_rooms import add_camera
from web.public.application import create_public


def test_phones_come_and_go_at_the_demonstration_s_factory(database: Database, vault: Vault, tmp_path: Path) -> None:
    port = free_port()
    settings = Settings(data_folder=tmp_path, public_port=port, secret_key="x" * 32, answer_key="ab" * 32)
    with database.write() as session:
        seed_factory(session, vault, settings, utc_now())
    zone, _people = add_zone(database)
    camera = add_camera(database, zone, None, utc_now())
    with database.write() as session:
        watch_gate(session, camera, "Cửa ra", utc_now())
        hours = capture_of(session, session.scalars(select(ControlPoint)).all(), utc_now() - timedelta(days=1), utc_now())
        whole = together(hours)
        assert len(hours) == 8
        assert whole is not None
        assert whole.share is not None
        assert 0.5 < whole.share < 1
    assert (tmp_path / POSTERS).read_bytes()[:5] == b"%PDF-"
    configuration = read_configuration(tmp_path / VISITORS)
    assert (len(configuration.codes), len(configuration.people)) == (3, 12)
    chance = random.Random(1)
    visitors = [Visitor(configuration, person, chance) for person in configuration.people]
    with serving(create_public(settings, database, vault), port=port):
        for _each in range(6):
            for visitor in visitors:
                visitor.step()
        for name, link in links_of(tmp_path).items():
            assert httpx.get(link, trust_env=False).status_code == 200, name
    for visitor in visitors:
        visitor.close()
    settle(database, utc_now(), settings.zone)
    with database.read() as session:
        scans = session.scalars(select(PlaceScan)).all()
        # One of them has not declared for long: that one goes nowhere in.
        assert len({scan.declarant_id for scan in scans if scan.direction == "in"}) == 11
        assert {scan.point_id for scan in scans} == set(session.scalars(select(ControlPoint.id)))
        assert session.scalars(select(PlaceStay).where(PlaceStay.out_kind.is_(None))).first() is not None
