"""A camera's page and forms on paper, without devices: settings, schedule, areas, what is found, and who may see what of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from cameras.adding.request_secrets import open_login
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry
from monitor.models.cameras.cameras import (
    Camera,
    CameraArea,
    CameraSource,
    CameraTruth,
    MediaProfile,
    Observation,
    ObservationKind,
)
from monitor.models.cameras.requests import CameraRequest, CameraRequestKind, CameraRequestState
from monitor.models.places import Room
from monitor.models.service import ProcessBeat
from monitor.settings import Settings
from monitor.vault.vault import Vault, camera_owner
from monitor.words import N_, words
from tests.worlds.province import Place, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console

TODAY = date(2026, 11, 23)


@dataclass
class Desk:
    """The console over a copy of a small province."""

    app: Flask
    database: Database
    vault: Vault
    here: Place
    there: Place
    tokens: Path

    def client(self, username: str = "supervisor") -> FlaskClient:
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = (self.tokens / username).read_text()
        return client

    def camera(self) -> Camera:
        with self.database.read() as session:
            return session.get_one(Camera, self.here.camera)

    def change(self, account: str = "supervisor", **form: Any) -> int:
        kept = {"name": "Cam 1", "enabled": "on", "uses_events": "on"}
        return self.client(account).post(f"/cameras/{self.here.camera}", data=kept | form).status_code

    def audited(self, action: str) -> list[AuditEntry]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Place, Place]:
    folder = tmp_path_factory.mktemp("settings")
    here, there = seed(folder)
    return folder, here, there


@pytest.fixture
def desk(seeded: tuple[Path, Place, Place], tmp_path: Path) -> Iterator[Desk]:
    folder, here, there = seeded
    (tmp_path / "test.db").write_bytes((folder / "seed.db").read_bytes())
    database, vault = Database(f"sqlite:///{tmp_path}/test.db", bytes(32)), Vault(folder / "vault", bytes(32))
    with database.write() as session:
        camera = session.get_one(Camera, here.camera)
        camera.username, camera.sealed_password = "nurse", vault.seal(camera_owner(here.camera), b"secret", about="password")
    app = create_console(Settings(data_folder=tmp_path), database, vault, now=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    yield Desk(app, database, vault, here, there, folder)
    app.extensions["live"].close()
    database.dispose()


def test_no_form_of_a_camera_works_from_another_site(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = True
    client, camera = desk.client(), desk.here.camera
    for path in (
        f"/cameras/{camera}",
        f"/cameras/{camera}/ask",
        f"/cameras/{camera}/areas",
        "/cameras/add",
        "/cameras/add/1/take",
    ):
        assert client.post(path, data={"name": "x", "kind": "fit", "addresses": "10.0.0.1"}).status_code == 400, path
    assert desk.camera().name == "Cam 1"


def test_a_camera_moves_to_a_room_and_to_another_zone_with_its_areas(desk: Desk) -> None:
    with desk.database.write() as session:
        room = session.scalars(select(Room.id).where(Room.zone_id == desk.there.zone)).first()
        session.add(CameraArea(camera_id=desk.here.camera, zone_id=desk.here.zone, kind="ignore", points=[]))
    assert desk.change(place=f"{desk.there.zone}/{room}") == 422, "not a zone of the supervisor"
    assert desk.change(place=f"{desk.here.zone}/{room}") == 422, "not a room of that zone"
    assert desk.change(place="²") == 422
    assert desk.change(place=f"{desk.here.zone}") == 303
    assert desk.camera().room_id is None
    # A camera there has this name, so it gets another.
    assert desk.change("everywhere", place=f"{desk.there.zone}/{room}") == 409
    assert desk.change("everywhere", place=f"{desk.there.zone}/{room}", name="Cửa mới") == 303
    camera = desk.camera()
    assert (camera.zone_id, camera.room_id) == (desk.there.zone, room)
    with desk.database.read() as session:
        assert session.scalars(select(CameraArea.zone_id)).all() == [desk.there.zone]
    # Both zones see in their audit trails that it went.
    assert {entry.zone_id for entry in desk.audited("camera-changed")} == {desk.here.zone, desk.there.zone}
    assert desk.change() == 404, "it is out of the supervisor's reach now"


def test_a_known_password_never_goes_to_another_device(desk: Desk) -> None:
    address = desk.camera().address
    assert desk.change(address="10.9.9.9") == 422
    assert desk.change(address=address.replace("http:", "https:")) == 422
    assert desk.camera().address == address
    assert desk.change(address=address + "?channel=2") == 303, "the same device"
    assert desk.change(address="rtsp://10.9.9.9/live", password="new one") == 303
    camera = desk.camera()
    assert (camera.address, camera.source, camera.make) == ("rtsp://10.9.9.9/live", CameraSource.RTSP, "")
    assert desk.vault.unseal(camera_owner(camera.id), camera.sealed_password, about="password") == b"new one"
    with desk.database.read() as session:
        # It is asked for its streams anew.
        assert session.scalars(select(MediaProfile.id).where(MediaProfile.camera_id == camera.id)).all() == []
        other = session.scalar(select(Camera.address).where(Camera.zone_id == desk.there.zone))
    assert desk.change(address=other, password="x") == 409
    assert desk.change(address="http://[x", password="x") == 422


def test_the_password_is_neither_shown_nor_written_down_and_goes_with_the_user_name(desk: Desk) -> None:
    assert desk.change(username="nurse", password="tuyệt mật") == 303
    assert "tuyệt mật" not in desk.client().get(f"/cameras/{desk.here.camera}").text
    (entry,) = desk.audited("camera-changed")
    assert entry.details["changed"] == ["sealed_password"]
    assert desk.change(username="nurse") == 303
    assert desk.camera().sealed_password
    assert desk.change(username="") == 303
    assert desk.camera().sealed_password == b""


def test_a_schedule_is_kept_and_a_wrong_one_is_told(desk: Desk) -> None:
    form = {"times": "1", "days-0": ["6", "0"], "from-0": "22:00", "until-0": "06:00", "from-1": "08:00", "until-1": "09:00"}
    assert desk.change(**form) == 303
    assert desk.camera().schedule == [{"days": [0, 6], "from": "22:00", "until": "06:00"}]
    page = desk.client().get(f"/cameras/{desk.here.camera}").text
    assert re.search(r'name="days-0" value="6" checked', page)
    assert not re.search(r'name="days-1" value="\d" checked', page)
    assert desk.change(**form | {"until-0": "25:00"}) == 422
    assert desk.change() == 303
    assert desk.camera().schedule, "a form that does not speak of times leaves them"
    assert desk.change(times="1") == 303
    assert desk.camera().schedule == []


@pytest.mark.parametrize("sensitivity", ["-0.1", "1.1", "nan", "much"])
def test_a_sensitivity_that_is_none_is_refused(desk: Desk, sensitivity: str) -> None:
    assert desk.change(sensitivity=sensitivity) == 422
    assert desk.camera().sensitivity == 0.5


def test_only_onvif_cameras_are_asked_for_commands(desk: Desk) -> None:
    ask = f"/cameras/{desk.here.camera}/ask"
    assert desk.client().post(ask, data={"kind": "add"}).status_code == 422
    assert desk.client().post(ask, data={"kind": "fit"}).status_code == 303
    with desk.database.write() as session:
        session.get_one(Camera, desk.here.camera).source = CameraSource.RTSP
    assert desk.client().post(ask, data={"kind": "fit"}).status_code == 422


def test_a_camera_out_of_use_is_found_again_by_those_who_may_use_it_again(desk: Desk) -> None:
    client = desk.client()
    assert client.post(f"/cameras/{desk.here.camera}", data={"name": "Cam 1"}).status_code == 303
    link = f'"/cameras/{desk.here.camera}"'
    assert link in client.get("/cameras").text
    assert "Not in use" in client.get("/cameras").text
    assert link not in desk.client("staff").get("/cameras").text
    assert desk.change() == 303
    assert link in desk.client("staff").get("/cameras").text


def test_the_page_tells_how_often_the_camera_was_right_over_7_and_over_30_days(desk: Desk) -> None:
    days = {0: (9, 1, 0, 2), 6: (10, 0, 0, 0), 7: (20, 0, 3, 0), 29: (40, 0, 0, 0), 30: (500, 0, 0, 0)}
    with desk.database.write() as session:
        for ago, (agreed, absent, present, unknown) in days.items():
            day = TODAY - timedelta(days=ago)
            counts = {"agreed": agreed, "false_absent": absent, "false_present": present, "unknown": unknown}
            session.add(CameraTruth(camera_id=desk.here.camera, day=day, **counts))
    page = re.sub(r"\s+", " ", desk.client().get(f"/cameras/{desk.here.camera}").text)
    week, month = page[page.index("Last 7 days") : page.index("Last 30 days")], page[page.index("Last 30 days") :]
    assert "Agreed with 19 of 20 answers." in week
    assert "1 time it showed nobody, though the resident was there." in week
    assert "2 times the camera could not tell." in week
    assert "Agreed with 79 of 83 answers." in month
    assert "3 times it showed the resident, who was not there." in month


def test_who_runs_the_service_sees_the_camera_and_nobodys_incidents(desk: Desk) -> None:
    with desk.database.read() as session:
        covered = session.scalar(select(Camera.id).where(Camera.zone_id == desk.here.zone, Camera.name == "Cam 2"))
    assert 'href="/incidents/' in desk.client("staff").get(f"/cameras/{covered}").text
    assert 'href="/incidents/' not in desk.client("administrator").get(f"/cameras/{covered}").text
    assert 'name="password"' not in desk.client("staff").get(f"/cameras/{covered}").text


def test_what_moved_a_moment_ago_is_told_and_what_moved_before_is_not(desk: Desk) -> None:
    path = f"/cameras/{desk.here.camera}/motion"
    for seconds, boxes in ((60, [[0, 0, 1, 1]]), (3, [[0.1, 0.2, 0.3, 0.4]])):
        assert desk.client("staff").get(path).json == {"boxes": [], "at": None}
        at = NOW - timedelta(seconds=seconds)
        with desk.database.write() as session:
            session.add(
                Observation(
                    zone_id=desk.here.zone,
                    camera_id=desk.here.camera,
                    kind=ObservationKind.MOTION,
                    started_at=at,
                    last_at=at,
                    details={"boxes": boxes},
                )
            )
    assert desk.client("staff").get(path).json == {"boxes": [[0.1, 0.2, 0.3, 0.4]], "at": at.isoformat()}


AREA = {"kind": "privacy", "name": "Giường", "points": [[0, 0], [1, 0], [1, 1]], "schedule": []}


@pytest.mark.parametrize(
    ("areas", "told"),
    [
        ([AREA, AREA | {"points": [[0, 0], [1, 0]]}], "Area 2: An area has 3"),
        ([AREA | {"kind": "elsewhere"}], "Area 1: Choose"),
        ([AREA | {"schedule": [{"days": [], "from": "22:00", "until": "06:00"}]}], "Area 1: Choose at least one day"),
        ([AREA | {"points": [[0, 0], [float("nan"), 0], [1, 1]]}], "Area 1: Each point"),
        ([7], "Area 1"),
        ("none", "at most 32"),
        ([AREA] * 33, "at most 32"),
    ],
)
def test_of_wrong_areas_none_is_saved_and_which_is_wrong_is_told(desk: Desk, areas: Any, told: str) -> None:
    path = f"/cameras/{desk.here.camera}/areas"
    version = re.search(r'data-version="(\w+)"', desk.client().get(path).text)
    assert version is not None
    answer = desk.client().post(path, json={"version": version[1], "areas": areas}, headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert told in (answer.json or {})["problem"]
    with desk.database.read() as session:
        assert session.scalars(select(CameraArea.id)).all() == []


def test_taking_a_private_part_away_is_seen_in_the_audit_trail(desk: Desk) -> None:
    path, version = f"/cameras/{desk.here.camera}/areas", ""
    for areas in ([AREA, AREA, AREA | {"kind": "watch"}], [AREA]):
        if not version:
            version = (re.search(r'data-version="(\w+)"', desk.client().get(path).text) or [""] * 2)[1]
        answer = desk.client().post(path, json={"version": version, "areas": areas})
        assert answer.status_code == 200
        version = (answer.json or {})["version"]
    assert [entry.details["areas"] for entry in desk.audited("camera-areas-changed")] == [
        {"privacy": 2, "watch": 1},
        {"privacy": 1},
    ]


def search(desk: Desk, answer: dict[str, Any] | None = None, **form: Any) -> str:
    """A search as a process that watches would have answered it; the address of its page."""
    reply = desk.client().post("/cameras/add", data={"username": "nurse", "password": "secret"} | form)
    assert reply.status_code == 303
    if answer is not None:
        with desk.database.write() as session:
            asked = session.get_one(CameraRequest, int(reply.location.rsplit("/", 1)[1]))
            asked.answer, asked.state, asked.done_at = answer, CameraRequestState.DONE, NOW
    return str(reply.location)


def found(number: int, address: str, **more: Any) -> dict[str, Any]:
    told = {"address": address, "make": "Lotus", "model": "L1", "firmware": "1", "source": "onvif", "clock_offset_s": 0.0}
    rest = {"events": True, "ptz": False, "profiles": [], "diagnosis": [], "in_use": False, "picture": None, "names": {}}
    return {"asked": address, "number": number} | told | rest | more


def unreachable(number: int, address: str) -> dict[str, Any]:
    return {"asked": address, "number": number, "names": {}, "problem": words(N_("There is no picture.")).dump()}


def requests(desk: Desk) -> list[CameraRequest]:
    with desk.database.read() as session:
        return list(session.scalars(select(CameraRequest).order_by(CameraRequest.id)))


def test_that_nobody_watches_is_told_instead_of_waiting_for_ever(desk: Desk) -> None:
    page = search(desk, addresses="10.0.0.1")
    assert "no watching process is running" in desk.client().get(page).text
    with desk.database.write() as session:
        session.add(ProcessBeat(name="watch-1", kind="watch", pid=1, started_at=NOW, beat_at=NOW))
    text = desk.client().get(page).text
    assert "no watching process" not in text
    assert "Searching" in text


def test_a_found_camera_keeps_its_number_when_others_come_before_it(desk: Desk) -> None:
    """Its form is filled in while the search goes on; the page must not put another camera around it."""
    page = search(desk, {"found": [found(5, "10.0.0.6")], "asked": 1, "of": 9}, addresses="10.0.0.1-9")
    assert 'id="take-5"' in desk.client().get(page).text
    both = {"found": [found(2, "10.0.0.3"), found(5, "10.0.0.6"), unreachable(0, "10.0.0.1")], "asked": 3, "of": 9}
    page = search(desk, both, addresses="10.0.0.1-9")
    text = desk.client().get(page).text
    form = text[text.index('id="take-5"') :]
    assert re.search(r'name="number" value="([^"]+)"', form)[1] == "5"  # type: ignore[index]
    assert 'id="take-0"' not in text, "who did not answer cannot be taken into use"


def test_one_camera_is_taken_into_use_in_a_zone_of_the_readers_only(desk: Desk) -> None:
    page = search(
        desk, {"found": [found(0, "10.0.0.1"), unreachable(1, "10.0.0.2")], "asked": 2, "of": 2}, addresses="10.0.0.1-2"
    )
    good = {"number": "0", "name": "Cửa", "place": f"{desk.here.zone}"}
    wrong = ({"place": f"{desk.there.zone}"}, {"place": "²"}, {"place": ""}, {"number": "1"}, {"number": "2"})
    for each in wrong:
        assert desk.client().post(f"{page}/take", data=good | each).status_code == 404, each
    assert desk.client().post(f"{page}/take", data=good | {"name": " "}).status_code == 422
    assert desk.client("administrator").post(f"{page}/take", data=good).status_code == 404, "somebody else's search"
    assert len(requests(desk)) == 1
    assert desk.client().post(f"{page}/take", data=good).status_code == 303
    adding = requests(desk)[-1]
    assert adding.kind is CameraRequestKind.ADD
    assert adding.target["wanted"] == [{"address": "10.0.0.1", "zone": "Khu A", "room": "", "name": "Cửa"}]
    assert adding.target["zones"] == [desk.here.zone]
    assert open_login(desk.vault, adding) == ("nurse", "secret")
    (entry,) = desk.audited("camera-added")
    assert (entry.zone_id, entry.details["name"]) == (desk.here.zone, "Cửa")


def test_all_of_a_table_are_taken_into_use_where_the_table_says(desk: Desk, tmp_path: Path) -> None:
    rows = (
        "10.0.0.1,Khu A,101,Một",
        "10.0.0.2,Khu A,,Hai",
        "10.0.0.3,Khu B,,Ba",
        "10.0.0.4,Khu A,999,Bốn",
        "10.0.0.5,Khu A,101,",
    )
    path = tmp_path / "cameras.csv"
    path.write_text("address,zone,room,name\n" + "\n".join(rows), "utf-8")
    answer = [
        found(number, address, names={"address": address, "zone": zone, "room": room, "name": name})
        for number, (address, zone, room, name) in enumerate(row.split(",") for row in rows)
    ]
    with path.open("rb") as table:
        page = search(desk, {"found": answer, "asked": 5, "of": 5}, table=(table, "cameras.csv"))
    assert "2 cameras answered and have their name and place" in desk.client().get(page).text
    assert desk.client().post(f"{page}/take", data={"all": "1"}).status_code == 303
    wanted = requests(desk)[-1].target["wanted"]
    assert [(each["name"], each["zone"], each["room"]) for each in wanted] == [("Một", "Khu A", "101"), ("Hai", "Khu A", "")]
    assert len(desk.audited("camera-added")) == 2


def test_what_came_of_taking_cameras_into_use_is_shown(desk: Desk) -> None:
    page = search(desk, {"found": [found(0, "10.0.0.1")], "asked": 1, "of": 1}, addresses="10.0.0.1")
    form = {"number": "0", "name": "Cửa", "place": f"{desk.here.zone}"}
    adding = desk.client().post(f"{page}/take", data=form).location
    with desk.database.write() as session:
        asked = session.get_one(CameraRequest, int(adding.rsplit("/", 1)[1]))
        refused = {"name": "Sân", "problem": words(N_("There is no picture.")).dump()}
        asked.answer = {"added": [{"name": "Cửa", "camera": desk.here.camera}, refused], "asked": 2, "of": 2}
        asked.state, asked.done_at = CameraRequestState.DONE, NOW
    text = desk.client().get(adding).text
    assert f'href="/cameras/{desk.here.camera}"' in text
    assert "Sân: There is no picture." in text
    assert f'href="{page}"' in text, "back to what was found"


def test_an_interface_that_is_no_address_is_told(desk: Desk) -> None:
    for interface in ("eth0", "é", "1.2.3"):
        assert desk.client().post("/cameras/add", data={"interface": interface}).status_code == 422
    assert requests(desk) == []


SECRET = "rtsp://10.0.0.1:554/user=admin_password=tlJw_pbo6_channel=1_stream=0.sdp"
HIDDEN = SECRET.replace("admin", "•••").replace("tlJw_pbo6", "•••")


def test_a_password_in_an_address_is_shown_to_nobody_and_written_nowhere_in_clear(desk: Desk, tmp_path: Path) -> None:
    page = search(desk, {"found": [found(0, SECRET)], "asked": 1, "of": 1}, addresses=SECRET)
    assert "tlJw_pbo6" not in desk.client().get(page).text
    assert HIDDEN in desk.client().get(page).text
    assert (
        desk.client().post(f"{page}/take", data={"number": "0", "name": "Cửa", "place": f"{desk.here.zone}"}).status_code == 303
    )
    assert requests(desk)[-1].target["wanted"][0]["address"] == SECRET
    with desk.database.write() as session:
        session.get_one(Camera, desk.here.camera).address = SECRET
        session.execute(update(MediaProfile).where(MediaProfile.camera_id == desk.here.camera).values(uri=SECRET))
    shown = desk.client().get(f"/cameras/{desk.here.camera}").text
    assert "tlJw_pbo6" not in shown
    assert HIDDEN in shown
    # What the form shows and nobody changed is no new address.
    changed = desk.client().post(f"/cameras/{desk.here.camera}", data={"name": "Cửa sau", "address": HIDDEN})
    assert changed.status_code == 303
    with desk.database.read() as session:
        assert session.get_one(Camera, desk.here.camera).address == SECRET
        assert session.scalar(select(Camera.id).where(Camera.address == SECRET)) == desk.here.camera
    assert all("tlJw_pbo6" not in str(entry.details) for entry in desk.audited("camera-added"))
    if desk.database.is_sqlite:
        desk.database.dispose()
        files = [each.read_bytes() for each in tmp_path.rglob("*.db*")]
        assert files
        assert not any(b"tlJw_pbo6" in each for each in files)
