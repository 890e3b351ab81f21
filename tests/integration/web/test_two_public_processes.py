"""Two processes that serve the public pages: each counts for itself, and what must hold for all is held by the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.declarations.pressure import OF_ONE_CALLER
from monitor.models.declarations import Declaration, DeclarationState
from monitor.models.incidents import Incident
from monitor.places.units.loading import load_units
from monitor.vault.vault import open_vault
from tests.worlds.small_zone import add_zone
from web.benchmarks.public import form_of_person
from web.benchmarks.public_service import serving
from web.benchmarks.under_way import settings_in
from web.public.application import create_public

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
MACHINE, MORE = "203.0.113.66", 5


@pytest.fixture
def doors(migrated_sqlite: Path, tmp_path: Path) -> Iterator[tuple[Database, list[httpx.Client]]]:
    """The database, and a machine's way to two processes on it: a service as it is shipped, and this one."""
    (tmp_path / "bench.db").write_bytes(migrated_sqlite.read_bytes())
    settings = settings_in(tmp_path)
    vault = open_vault(settings)
    database = Database(f"sqlite:///{tmp_path}/bench.db", vault.column_key())
    load_units(database, utc_now())
    add_zone(database)
    here = httpx.WSGITransport(app=create_public(settings, database, vault), remote_addr=MACHINE)
    with (
        serving(tmp_path, database) as other,
        httpx.Client(base_url=other.address, trust_env=False, headers={"X-Forwarded-For": MACHINE}) as there,
        httpx.Client(base_url="http://localhost", transport=here) as client,
    ):
        yield database, [there, client]
    database.dispose()


def test_a_machine_at_one_address_gets_as_many_again_from_a_second_process_and_rings_once_all_the_same(
    doors: tuple[Database, list[httpx.Client]],
) -> None:
    database, machines = doors
    for process, machine in enumerate(machines):
        found = TOKEN.search(machine.get("/declare").text)
        assert found
        for number in range(OF_ONE_CALLER + MORE):
            form = form_of_person(1000 * process + number, found[1]) | {"key": f"machine-{process}-{number}"}
            if number >= OF_ONE_CALLER:
                form["q-symptoms"] = "breathless"
            assert machine.post("/declare", data=form).status_code == 303
    with database.read() as session:
        states = dict(session.execute(select(Declaration.state, func.count()).group_by(Declaration.state)).all())
        rung = session.scalar(select(func.count()).select_from(Incident))
    assert states == {DeclarationState.TAKEN: 2 * OF_ONE_CALLER, DeclarationState.WAITING: 2 * MORE}
    assert rung == 1
