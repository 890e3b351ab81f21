"""The demonstration's communes and organisations: seeded with coverage of two weeks, and entering their numbers over HTTP, but for one."""

from __future__ import annotations

import random
from pathlib import Path

from sqlalchemy import select

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.demonstration.control_points import VISITORS, seed_factory
from monitor.demonstration.reporters import SILENT, hand_links, seed_reporters
from monitor.models.reporters import CollectedEntry, Reporter
from monitor.places.units.loading import load_units
from monitor.reports.coverage.reading import curve, newest_day, units_on
from monitor.reports.coverage.standing import fell_behind
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.demonstration.offices import Office
from rollcall.demonstration.visitors import read_configuration
from tests.doubles.browsing import serving
from tests.doubles.ports import free_port
from tests.worlds.small_zone import add_zone
from web.public.application import create_public


def test_offices_enter_their_numbers_once_a_day_and_one_never_does(database: Database, vault: Vault, tmp_path: Path) -> None:
    load_units(database, utc_now())
    add_zone(database)
    port = free_port()
    settings = Settings(data_folder=tmp_path, public_port=port, secret_key="x" * 32, answer_key="ab" * 32)
    with database.write() as session:
        seed_factory(session, vault, settings, utc_now())
        hand_links(tmp_path, seed_reporters(session, settings, utc_now()))
    configuration = read_configuration(tmp_path / VISITORS)
    offices = [Office(configuration.address, link, random.Random(1)) for link in configuration.reporters]
    with serving(create_public(settings, database, vault), port=port):
        assert [office.step() for office in offices] == [True] * len(offices)
        assert not any(office.step() for office in offices)
    for office in offices:
        office.close()
    with database.read() as session:
        entered = set(session.scalars(select(CollectedEntry.reporter_id)))
        silent = session.scalars(select(Reporter).where(Reporter.id.not_in(entered))).all()
        assert [each.unit_code for each in silent] == list(SILENT)
        day = newest_day(session)
        assert day is not None
        lines = units_on(session, day, None)
        assert all(share is not None for _day, share in curve(session, day, 15))
        behind = fell_behind(line.covered for line in lines)
    # One fell, some are below the goal, some have reached it, and of one nobody knows.
    assert [each.whose.name for each in behind if each.fell] == ["Phường Tân Khánh"]
    assert 1 < len(behind) < len(lines)
    assert [line.name for line in lines if line.share is None] == ["Phường An Phú"]
