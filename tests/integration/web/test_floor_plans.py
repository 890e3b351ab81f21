"""Maps of floors over HTTP: made with a picture, drawn by two at once, read with what is believed of each room, removed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.floor_plans import FloorPlan, PlanPlace
from monitor.models.places import Room
from monitor.places.drawn_plans import draw, places_on, plans_of
from monitor.places.floor_plans import Place as Spot
from monitor.places.floor_plans import version_of
from monitor.places.room_changes import merge_rooms
from monitor.problems import Conflict
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.province import NOW, Place, add_place
from tests.worlds.signed_in import signed_in
from web.console.application import create_console

Made = tuple[FlaskClient, FlaskClient, Place]


@pytest.fixture
def made(database: Database, vault: Vault, tmp_path: Path) -> Made:
    """A supervisor and a nurse of a zone whose six rooms stand in a grid."""
    here = add_place(database, vault, "Khu A")
    app = create_console(Settings(data_folder=tmp_path), database, vault, now=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    return (
        signed_in(app, database, "supervisor", Role.SUPERVISOR, [here.zone], NOW, "en"),
        signed_in(app, database, "nurse", Role.STAFF, [here.zone], NOW, "vi"),
        here,
    )


def png(width: int, height: int) -> BytesIO:
    content = BytesIO()
    Image.new("RGB", (width, height), "white").save(content, "PNG")
    content.seek(0)
    return content


def test_a_map_says_of_each_room_what_is_believed(made: Made) -> None:
    page = made[1].get(f"/zones/{made[2].zone}/map").text
    # A screen reader hears what the pattern shows.
    assert "<title>phòng 101: 1 × Có mặt</title>" in page
    assert "<title>phòng 103: 1 × Vắng mặt; 1 sự việc</title>" in page
    assert 'class="room absent" fill="url(#floor-absent)"' in page
    looked_at = page[page.index("Phòng cần xem") :]
    assert "phòng 103" in looked_at
    assert "phòng 101" not in looked_at


def test_a_picture_is_made_plain_and_kept_and_goes_with_the_map(made: Made, database: Database, vault: Vault) -> None:
    supervisor, _nurse, here = made
    sent = {"name": " Tầng  2 ", "floor": "*", "picture": (png(4000, 1000), "plan.png")}
    answer = supervisor.post(f"/zones/{here.zone}/maps/new", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    with database.read() as session:
        plan = session.scalars(select(FloorPlan).order_by(FloorPlan.id.desc())).first()
        assert plan is not None
        assert (plan.name, plan.width, plan.height) == ("Tầng 2", 2000, 500)
        # All rooms were on the first map already.
        assert places_on(session, plan.id) == []
    shown = supervisor.get(f"/maps/{plan.id}/picture")
    assert Image.open(BytesIO(shown.data)).format == "JPEG"
    assert supervisor.post(f"/maps/{plan.id}/remove").status_code == 303
    assert supervisor.get(f"/maps/{plan.id}/picture").status_code == 404
    with database.read() as session:
        assert [each.name for each in plans_of(session, here.zone)] == ["Tầng 1"]
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.startswith("floor-plan")).order_by(AuditEntry.id)
        ).all()
    assert actions == ["floor-plan-changed", "floor-plan-removed"]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"name": " "}, "Give the map a name"),
        ({"name": "x" * 81}, "Give the map a name"),
        ({"name": "2", "picture": (BytesIO(b"not a picture"), "plan.png")}, "cannot open this picture"),
        ({"name": "", "picture": (png(30, 30), "plan.png")}, "Give the map a name"),
    ],
)
def test_what_is_wrong_is_told_on_the_form_and_nothing_stays(
    made: Made, database: Database, vault: Vault, tmp_path: Path, sent: dict[str, object], told: str
) -> None:
    files = sorted(path.name for path in (tmp_path / "vault").rglob("*") if path.is_file())
    answer = made[0].post(f"/zones/{made[2].zone}/maps/new", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert told in answer.text
    with database.read() as session:
        assert session.scalar(select(func.count(FloorPlan.id))) == 1
    left = {path.name for path in (tmp_path / "vault").rglob("*") if path.is_file()} - set(files)
    # A key for the zone's maps may have been made; no picture is left.
    assert not [name for name in left if len(name) == 32]


def test_of_two_who_draw_at_once_the_second_is_told(made: Made, database: Database) -> None:
    supervisor, nurse, here = made
    with database.read() as session:
        places = places_on(session, here.floor_plan)
    body = {
        "version": version_of(places),
        "places": [{"x": 0.5, "y": 0.5, "width": 0.2, "height": 0.2, "room": places[0].room}],
    }
    first = supervisor.post(f"/maps/{here.floor_plan}", json=body)
    assert first.status_code == 200
    assert supervisor.post(f"/maps/{here.floor_plan}", json=body).status_code == 409
    assert supervisor.post(f"/maps/{here.floor_plan}", json={**body, "version": first.json["version"]}).status_code == 200  # type: ignore[index]
    assert nurse.post(f"/maps/{here.floor_plan}", json=body).status_code == 403
    assert "5 phòng chưa có trên sơ đồ nào" in nurse.get(f"/zones/{here.zone}/map").text


def test_a_room_that_two_were_merged_into_has_both_places(both_databases: Database, vault: Vault) -> None:
    here = add_place(both_databases, vault, "Khu A")
    with both_databases.write() as session:
        empty = Room(zone_id=here.zone, name="107")
        session.add(empty)
        session.flush()
        plan = session.get_one(FloorPlan, here.floor_plan)
        drawn = places_on(session, plan.id)
        version = draw(session, plan, [*drawn, Spot(0.8, 0.6, 0.1, 0.1, room=empty.id)], version_of(drawn))
        with pytest.raises(Conflict):
            draw(session, plan, [], version_of(drawn))
        merge_rooms(session, empty.id, here.room, NOW)
        assert version_of(places_on(session, plan.id)) != version
        of_room = session.scalar(select(func.count(PlanPlace.id)).where(PlanPlace.room_id == here.room))
    assert of_room == 2
