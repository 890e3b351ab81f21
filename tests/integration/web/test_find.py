"""Find anything: each only what the reader may open, in bounded number and time, and no number of a person in an address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.cameras.cameras import Camera
from monitor.models.people.residents import Resident
from monitor.models.places import Room, RoomKind, Zone
from monitor.trail.actions import Action
from tests.worlds.accounts_console import World
from tests.worlds.small_zone import NOW, add_zone

PHONE = "+84901234567"


class Places(World):
    """Two zones with people, rooms and cameras; staff of the first."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        self.mine, (self.an, *_rest) = add_zone(database, "Trường Tiểu học Phú Lợi", ("Nguyễn Thị Ân", "Lý Đào"))
        self.others, _people = add_zone(database, "Nhà khách Thanh niên", ("Nguyễn Văn Ân",))
        with database.write() as session:
            session.get_one(Resident, self.an).phone = PHONE
            for zone in (self.mine, self.others):
                session.add(Room(zone_id=zone, name="Phòng sinh hoạt chung", kind=RoomKind.COMMON))
                session.add(Room(zone_id=zone, name="1203", kind=RoomKind.ROOM))
                address = f"http://10.0.{zone}.1/onvif/device_service"
                session.add(Camera(zone_id=zone, name="Cổng chính", address=address, state_since=NOW))


@pytest.fixture
def places(both_databases: Database, tmp_path: Path) -> Places:
    return Places(both_databases, tmp_path)


def found(client: FlaskClient, typed: str) -> dict[str, list[tuple[str, str]]]:
    """(name, address) of what is found, by the heading it stands under."""
    page = client.get("/find", query_string={"typed": typed})
    assert page.status_code == 200
    sections = re.findall(r'<section class="card".*?</section>', page.text, re.DOTALL)
    return {
        re.sub(r"<.*?>", "", re.findall(r"<h2.*?</h2>", section, re.DOTALL)[0]).strip(): [
            (name, address) for address, name in re.findall(r'<li><a href="([^"]+)">([^<]+)', section)
        ]
        for section in sections
    }


def test_all_kinds_are_found_without_accents_and_only_in_the_own_zones(places: Places) -> None:
    nurse = places.in_session("nurse", Role.STAFF, [places.mine])
    assert found(nurse, "nguyen an") == {"People": [("Nguyễn Thị Ân", f"/residents/{places.an}")]}
    assert found(nurse, "phu loi")["Zones"] == [("Trường Tiểu học Phú Lợi", f"/zones/{places.mine}")]
    assert found(nurse, "thanh nien") == {}
    assert [name for name, _ in found(nurse, "sinh hoat")["Rooms"]] == ["Phòng sinh hoạt chung"]
    assert [name for name, _ in found(nurse, "cong phu")["Cameras"]] == ["Cổng chính"]
    assert found(nurse, "visit") == {"Pages": [("People to visit", "/visits")]}
    assert found(nurse, "") == {}
    every = places.with_factor("boss", Role.SUPERVISOR)
    assert len(found(every, "sinh hoat")["Rooms"]) == 2
    # A word of the zone tells one of two rooms of a name.
    assert len(found(every, "sinh hoat thanh nien")["Rooms"]) == 1


def test_each_thing_that_is_found_can_be_opened_by_who_found_it(places: Places) -> None:
    for role in Role:
        client = places.with_factor(role.value, role)
        for typed in ("an", "phu loi", "sinh hoat", "cong", "a", "t", "k", "c"):
            for hits in found(client, typed).values():
                assert len(hits) <= 6
                for _name, address in hits:
                    assert client.get(address.replace("&amp;", "&")).status_code == 200, (role, address)
    administrator = places.with_factor("another", Role.ADMINISTRATOR)
    assert "People" not in found(administrator, "nguyen")


def test_a_number_is_looked_up_by_the_list_of_people_which_writes_it_down_and_stands_in_no_address(places: Places) -> None:
    nurse = places.in_session("nurse", Role.STAFF, [places.mine])
    answer = nurse.post("/find", data={"typed": PHONE}, follow_redirects=False)
    assert (answer.status_code, answer.location) == (307, "/people")
    page = nurse.post("/find", data={"typed": PHONE}, follow_redirects=True)
    assert "Nguyễn Thị Ân" in page.text
    # The last four signs may be a room's as well: both are there, the people after one more press.
    page = nurse.post("/find", data={"typed": "1203"})
    assert page.status_code == 200
    assert ">1203</a>" in page.text
    assert 'id="by-number"' in page.text
    assert nurse.post("/find", data={"typed": "ly dao"}).location == "/find?typed=ly+dao"
    # Nothing of it in an address either where somebody may look up no numbers.
    administrator = places.with_factor("quantri", Role.ADMINISTRATOR)
    page = administrator.post("/find", data={"typed": PHONE})
    assert (page.status_code, "Ân" in page.text) == (200, False)
    with places.database.read() as session:
        searched = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.PERSON_SEARCHED)).all()
    assert len(searched) == 1
    assert PHONE[-7:] not in str(searched[0].details)


def test_what_is_looked_at_does_not_grow_with_what_there_is(database: Database, tmp_path: Path) -> None:
    places = Places(database, tmp_path)
    client = places.with_factor("boss", Role.SUPERVISOR)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: statements.append(str(told[2])))

    def asked(typed: str) -> int:
        statements.clear()
        assert client.get("/find", query_string={"typed": typed}).status_code == 200
        return len(statements)

    before = asked("phong")
    with database.write() as session:
        zones = [Zone(name=f"Khu {number}", kind="facility") for number in range(40)]
        session.add_all(zones)
        session.flush()
        for zone in zones:
            session.add_all(Room(zone_id=zone.id, name=f"Phòng {number}") for number in range(25))
    assert asked("phong") <= before + 1
    assert len(found(client, "phong")["Rooms"]) == 6
    assert len(found(client, "khu")["Zones"]) == 6
