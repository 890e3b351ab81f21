"""Administrators set up cameras and see no picture of where people live; of other rooms they do, and that is written down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry
from monitor.models.cameras.cameras import AreaKind, Camera
from monitor.models.places import Room, RoomKind
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.province import Place, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console

WITHHELD = "Only health staff and supervisors see this picture"
AREA = {"kind": AreaKind.PRIVACY.value, "name": "", "points": [[0, 0], [0.5, 0], [0, 1]], "schedule": []}


@pytest.fixture
def console(tmp_path: Path) -> Iterator[tuple[Flask, Database, Place]]:
    here, _there = seed(tmp_path)
    database = Database(f"sqlite:///{tmp_path}/seed.db", bytes(32))
    app = create_console(
        Settings(data_folder=tmp_path, language="en"), database, Vault(tmp_path / "vault", bytes(32)), now=lambda: NOW
    )
    app.config["WTF_CSRF_ENABLED"] = False
    yield app, database, here
    app.extensions["live"].close()
    database.dispose()


def client_of(app: Flask, folder: Path, name: str) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = (folder / name).read_text()
    return client


def look_into(database: Database, place: Place, kind: RoomKind | None) -> None:
    """The zone's first camera looks into a room of this kind from now on."""
    with database.write() as session:
        room = Room(zone_id=place.zone, name=f"Nơi {kind}", kind=kind) if kind else None
        if room:
            session.add(room)
            session.flush()
        session.get_one(Camera, place.camera).room_id = room.id if room else None


def looks(database: Database) -> int:
    with database.read() as session:
        return len(
            session.scalars(select(AuditEntry).where(AuditEntry.action.in_(["camera-viewed", "camera-live-viewed"]))).all()
        )


@pytest.mark.parametrize("kind", [RoomKind.ROOM, RoomKind.HOME, None])
def test_of_where_people_live_an_administrator_sees_no_picture_and_draws_no_areas(
    console: tuple[Flask, Database, Place], tmp_path: Path, kind: RoomKind | None
) -> None:
    app, database, place = console
    look_into(database, place, kind)
    administrator, camera = client_of(app, tmp_path, "administrator"), f"/cameras/{place.camera}"
    for refused in (f"{camera}/picture", f"{camera}/live", f"/cameras/feed?cameras={place.camera}", f"{camera}/areas"):
        assert administrator.get(refused).status_code == 403
    assert administrator.post(f"{camera}/areas", json={"version": "", "areas": [AREA]}).status_code == 403
    page = administrator.get(camera).text
    assert WITHHELD in page
    for absent in (f"{camera}/picture", f"{camera}/live", f"{camera}/areas"):
        assert f'"{absent}"' not in page
    # What sets it up is there all the same.
    assert f'action="{camera}"' in page
    assert WITHHELD in administrator.get("/cameras").text
    assert "<figure" not in administrator.get("/cameras/wall").text
    assert looks(database) == 0
    nurse = client_of(app, tmp_path, "staff")
    assert nurse.get(f"{camera}/picture").status_code == 200
    assert WITHHELD not in nurse.get(camera).text


@pytest.mark.parametrize("kind", [RoomKind.CORRIDOR, RoomKind.OUTDOORS])
def test_of_a_room_that_nobody_lives_in_they_do_and_it_is_written_down(
    console: tuple[Flask, Database, Place], tmp_path: Path, kind: RoomKind
) -> None:
    app, database, place = console
    look_into(database, place, kind)
    administrator, camera = client_of(app, tmp_path, "administrator"), f"/cameras/{place.camera}"
    assert administrator.get(f"{camera}/picture").status_code == 200
    assert administrator.get(f"{camera}/areas").status_code == 200
    assert administrator.get("/cameras/wall").text.count("<figure") == 1
    assert looks(database) == 1


def test_pictures_of_incidents_are_for_who_may_see_residents(console: tuple[Flask, Database, Place], tmp_path: Path) -> None:
    app, _database, _place = console
    assert client_of(app, tmp_path, "administrator").get("/incident-media/1").status_code == 403
