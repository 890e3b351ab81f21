"""Now, a zone and a round: each number opens the list of whom it counts, and no page grows with the zone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.people.residents import Resident
from monitor.models.places import Room
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.province import Place, add_place
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW
from web.console.application import create_console
from web.console.places.rooms_shown import PAGE


class World:
    def __init__(self, folder: Path, database: Database, vault: Vault) -> None:
        self.database = database
        self.place: Place = add_place(database, vault, "Khu A")
        app = create_console(Settings(data_folder=folder), database, vault, now=lambda: NOW)
        app.config["WTF_CSRF_ENABLED"] = False
        self.supervisor: FlaskClient = signed_in(app, database, "giamsat", Role.SUPERVISOR, [self.place.zone], NOW, "en")
        with database.read() as session:
            self.names = dict(session.execute(select(Resident.id, Resident.full_name)).all())

    def shown(self, address: str) -> str:
        answer = self.supervisor.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    def named(self, text: str) -> list[int]:
        """The people whose records a page leads to, in its order."""
        return [int(each) for each in re.findall(r'href="/residents/(\d+)"', text)]


@pytest.fixture
def world(tmp_path: Path, both_databases: Database, vault: Vault) -> World:
    return World(tmp_path, both_databases, vault)


def test_each_number_of_a_zone_opens_the_rooms_of_whom_it_counts(world: World) -> None:
    now = world.shown("/")
    zone = world.place.zone
    for state, people in (("present", 3), ("absent", 1), ("unknown", 2)):
        assert re.search(rf'href="/zones/{zone}\?show={state}">.*?: {people}</a>', now, re.S), state
        found = world.named(world.shown(f"/zones/{zone}?show={state}").split('id="rooms"')[1])
        assert len(found) == people, state
    assert world.named(world.shown(f"/zones/{zone}?show=absent").split('id="rooms"')[1]) == [world.place.residents[2]]


def test_the_rooms_of_a_large_zone_come_a_page_at_a_time_and_are_found_by_name_and_floor(world: World) -> None:
    zone, rooms = world.place.zone, [f"9{number:03}" for number in range(2 * PAGE)]
    with world.database.write() as session:
        session.add_all(Room(zone_id=zone, name=name, floor="9") for name in rooms)
    seen: list[str] = []
    address: str | None = f"/zones/{zone}"
    while address is not None:
        text = world.shown(address)
        cards = re.findall(r'<article class="card room".*?<h3>(.*?)</h3>', text, re.S)
        assert len(cards) <= PAGE
        seen += cards
        following = re.search(r'rel="next" href="([^"#]+)', text)
        address = following[1].replace("&amp;", "&") if following else None
    assert [each for each in seen if each in rooms] == rooms
    assert len(seen) == len(set(seen))
    assert re.findall(r"<h3>(9\d+)</h3>", world.shown(f"/zones/{zone}?room={rooms[-1]}")) == [rooms[-1]]
    assert "<h3>101</h3>" not in world.shown(f"/zones/{zone}?floor=9")
    assert "No room is like this." in world.shown(f"/zones/{zone}?room=no-such-room")


def test_a_round_says_who_answered_how_and_when_and_who_did_not(world: World) -> None:
    number = re.search(r'href="/rounds/(\d+)"', world.shown(f"/zones/{world.place.zone}").split('id="rounds"')[1])
    assert number is not None
    whole = world.shown(f"/rounds/{number[1]}")
    assert sorted(world.named(whole)) == sorted(world.place.residents)
    silent = world.named(world.shown(f"/rounds/{number[1]}?state=silent"))
    assert set(silent) == {world.place.residents[2], world.place.residents[5]}
    assert world.named(world.shown(f"/rounds/{number[1]}?state=verified")) == [world.place.residents[0]]
    printed = world.shown(f"/rounds/{number[1]}/print?state=verified")
    assert world.names[world.place.residents[0]] in printed
    assert world.names[world.place.residents[2]] not in printed
    assert world.supervisor.get(f"/rounds/{number[1]}?state=nonsense").status_code == 422
