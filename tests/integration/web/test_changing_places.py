"""Who runs a place changes it: what the ward looked at waits for the ward, the rest holds at once; nothing is overwritten unseen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from monitor.control_points.changing import decide_change, proposed_of, refused_of
from monitor.control_points.registering import digest_of
from monitor.control_points.twins import folded_name
from monitor.database.database import Database
from monitor.models.control_points import ControlPlace, PlaceKind, PlaceState
from monitor.places.units.loading import load_units
from monitor.problems import BadInput, Conflict
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.control_points import add_place
from tests.worlds.declaring import fields_of, filled
from tests.worlds.small_zone import NOW
from web.public.application import create_public

LINK = "the-link-of-an-owner"
PAGE = f"/o/{LINK}/details"


@pytest.fixture
def phone(both_databases: Database, tmp_path: Path) -> FlaskClient:
    load_units(both_databases, NOW)
    settings = Settings(data_folder=tmp_path, secret_key="x" * 32, language="en")
    return create_public(settings, both_databases, Vault(tmp_path / "vault", bytes(32)), now=lambda: NOW).test_client()


def place_of(database: Database, place_id: int) -> ControlPlace:
    with database.read() as session:
        return session.get_one(ControlPlace, place_id)


def change(phone: FlaskClient, given: Mapping[str, object], page: str = "") -> tuple[int, str]:
    """The form as it comes, with other values, and what follows."""
    page = page or phone.get(PAGE).text
    kind = re.search(r'<option value="(\w+)" selected', page)
    assert kind
    answer = phone.post(PAGE, data=filled(fields_of(page, PAGE), {"kind": kind[1], **given}), follow_redirects=True)
    return answer.status_code, answer.text


def test_hours_and_limit_hold_at_once_and_a_new_name_waits_for_the_ward(phone: FlaskClient, both_databases: Database) -> None:
    place_id, _points = add_place(both_databases, owner_key=digest_of(LINK), closes_at="03:00")
    assert "waits for the ward" in phone.get(PAGE).text
    assert "Nothing was changed." in change(phone, {})[1]
    page = change(phone, {"most_people": "250", "closes_at": "01:30", "owner_name": "Lê Thị Chủ"})[1]
    assert "It holds from now on." in page
    place = place_of(both_databases, place_id)
    assert (place.most_people, place.closes_at, place.owner_name, place.proposed_at) == (250, "01:30", "Lê Thị Chủ", None)
    page = change(phone, {"name": "May Bình Minh 2", "latitude": "10,98", "longitude": "106,65", "most_people": "300"})[1]
    assert "waits for the ward" in page
    place = place_of(both_databases, place_id)
    assert (place.name, place.state, place.most_people) == ("May Bình Minh", PlaceState.APPROVED, 300)
    waits = proposed_of(place)
    assert waits is not None
    assert (waits.name, waits.kind, waits.pin) == ("May Bình Minh 2", PlaceKind.FACTORY, (10.98, 106.65))
    # The owner sees what they asked for when they come again, and the old one when they take it back.
    assert "May Bình Minh 2" in phone.get(PAGE).text
    change(phone, {"name": "May Bình Minh", "latitude": "", "longitude": ""})
    assert place_of(both_databases, place_id).proposed_at is None


def test_the_ward_decides_about_the_version_that_it_looked_at(phone: FlaskClient, both_databases: Database) -> None:
    place_id, _points = add_place(both_databases, owner_key=digest_of(LINK))
    change(phone, {"name": "Chợ Mới"})
    seen = place_of(both_databases, place_id).version
    change(phone, {"name": "Chợ Rất Mới"})
    with pytest.raises(Conflict), both_databases.write() as session:
        decide_change(session, session.get_one(ControlPlace, place_id), approve=True, why="", seen=seen)
    with pytest.raises(BadInput), both_databases.write() as session:
        decide_change(session, session.get_one(ControlPlace, place_id), approve=False, why=" ", seen=seen + 1)
    with both_databases.write() as session:
        decide_change(session, session.get_one(ControlPlace, place_id), approve=False, why="Tên đã có nơi khác", seen=seen + 1)
    place = place_of(both_databases, place_id)
    assert (place.name, refused_of(place)) == ("May Bình Minh", "Tên đã có nơi khác")
    assert "Tên đã có nơi khác" in phone.get(f"/o/{LINK}").text
    other, _points = add_place(both_databases, "Chợ Thủ")
    change(phone, {"name": "Chợ Thủ"})
    assert place_of(both_databases, place_id).twin_id == other
    with both_databases.write() as session:
        row = session.get_one(ControlPlace, place_id)
        decide_change(session, row, approve=True, why="", seen=row.version)
    place = place_of(both_databases, place_id)
    assert (place.name, place.folded, place.proposed) == ("Chợ Thủ", folded_name("Chợ Thủ"), None)


def test_a_refused_place_waits_again_and_an_older_page_overwrites_nothing(phone: FlaskClient, both_databases: Database) -> None:
    place_id, _points = add_place(
        both_databases, state=PlaceState.REFUSED, owner_key=digest_of(LINK), decided_why="Thiếu số nhà"
    )
    older = phone.get(PAGE).text
    assert "decides about the place again" in change(phone, {"address": "14 Phú Cường"})[1]
    place = place_of(both_databases, place_id)
    assert (place.state, place.address, place.decided_why) == (PlaceState.WAITING, "14 Phú Cường", "")
    status, page = change(phone, {"address": "99 Khác"}, older)
    assert (status, "changed meanwhile" in page) == (409, True)
    status, page = change(phone, {"name": "", "most_people": "viele"})
    assert status == 422
    assert place_of(both_databases, place_id).address == "14 Phú Cường"
    assert phone.get("/o/somebody-elses/details").status_code == 404
