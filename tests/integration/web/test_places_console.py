"""Zones and rooms on the console: added, changed, merged, closed, by whoever may; what is typed wrong is told, and nothing is half done."""

from __future__ import annotations

import html
import re
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from cameras.adding.register import Wanted, _store
from cameras.profiles import Probed, Profile
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.cameras.cameras import Camera, CameraState
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.places import Room, RoomKind, Zone
from monitor.places.units.loading import load_units
from monitor.problems import BadInput
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.workbooks import bomb, xlsx
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

FORM = {"name": "Khu B", "kind": "facility", "timezone": "Asia/Ho_Chi_Minh"}
ORDER = {"camera_order_number": "7/QĐ", "camera_order_date": "2026-11-01", "camera_order_authority": "Ủy ban nhân dân tỉnh"}


class Console:
    """The console with a zone of one resident, and one browser of each role that may do something here."""

    def __init__(self, folder: Path, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault
        self.zone, (self.an,) = add_zone(database)
        self.app = create_console(Settings(data_folder=folder), database, vault, now=lambda: NOW)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.administrator = self.signed_in("quantri", Role.ADMINISTRATOR)
        self.supervisor = self.signed_in("giamsat", Role.SUPERVISOR, [self.zone])

    def signed_in(self, name: str, role: Role, zones: list[int] | None = None) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, zones, NOW, "en")

    def room(self, name: str) -> Room:
        with self.database.read() as session:
            return session.scalars(select(Room).where(Room.name == name)).one()

    def rooms(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(Room.name).where(Room.zone_id == self.zone).order_by(Room.id)))

    def trail(self, action: str) -> list[dict[str, object]]:
        with self.database.read() as session:
            return [entry.details for entry in session.scalars(select(AuditEntry).where(AuditEntry.action == action))]

    def zone_named(self, name: str) -> Zone:
        with self.database.read() as session:
            return session.scalars(select(Zone).where(Zone.name == name)).one()


@pytest.fixture
def console(tmp_path: Path, database: Database, vault: Vault) -> Console:
    return Console(tmp_path, database, vault)


def text(answer) -> str:  # type: ignore[no-untyped-def]
    return html.unescape(answer.get_data(as_text=True))


def carried(page: str, name: str = "rooms") -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_an_administrator_adds_a_zone_with_all_that_belongs_to_it(console: Console) -> None:
    load_units(console.database, NOW)
    form = FORM | ORDER | {
        "unit": "thu dau mot 25747",
        "address": "12 Bạch Đằng",
        "latitude": "10,98",
        "longitude": "106.65",
        "radius_metres": "300",
        "quiet_from": "20h30",
        "quiet_to": "7:30",
        "contacts": "Trực cổng: 0274 3822 123\nCấp cứu: 115\n",
        "beds": "120",
        "together": ["household", "sex"],
    }  # fmt: skip
    assert console.administrator.post("/zones", data=form).status_code == 303
    zone = console.zone_named("Khu B")
    assert (zone.unit_code, str(zone.unit_from), zone.latitude, zone.beds) == ("25747", "2025-07-01", 10.98, 120)
    assert (zone.quiet_from, zone.quiet_to, zone.together) == ("20:30", "07:30", ["household", "sex"])
    assert zone.contacts == [{"name": "Trực cổng", "phone": "+842743822123"}, {"name": "Cấp cứu", "phone": "115"}]
    assert console.trail("zone-made") == [{"name": "Khu B"}]
    # What is shown can be sent back as it stands.
    page = text(console.administrator.get(f"/zones/{zone.id}/settings"))
    for shown in ("Phường Thủ Dầu Một, Thành phố Hồ Chí Minh", "Trực cổng: +842743822123", 'value="07:30"', 'value="7/QĐ"'):
        assert shown in page
    again = form | {"unit": "Phường Thủ Dầu Một, Thành phố Hồ Chí Minh", "version": "1", "beds": ""}
    assert console.administrator.post(f"/zones/{zone.id}/settings", data=again).status_code == 303
    assert console.trail("zone-changed") == [{"changed": ["beds"]}]
    assert "Phường Thủ Dầu Một".replace("Phường ", "") in text(console.administrator.get("/zones"))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "Give the zone a name"),
        ({"name": "x" * 200}, "Give the zone a name"),
        ({"name": "Khu\x07"}, "Give the zone a name"),
        ({"name": "khu a"}, "Another zone has this name"),
        ({"kind": "prison"}, "Choose what sort of zone"),
        ({"timezone": "Asia/Atlantis"}, "no time zone named Asia/Atlantis"),
        ({"quiet_from": "25:00", "quiet_to": "06:00"}, "Enter a time like 21:00"),
        ({"quiet_from": "21:00"}, "Enter a time like 21:00"),
        ({"quiet_from": "21:00", "quiet_to": "21:00"}, "It ends when it begins"),
        ({"quiet_from": "22:00", "quiet_to": "07:00"}, "can only be longer than those of the province, 21:00–07:00"),
        ({"quiet_from": "21:00", "quiet_to": "06:59"}, "can only be longer than those of the province, 21:00–07:00"),
        ({"contacts": "0274 3822 123"}, "needs a name, a colon"),
        ({"contacts": "Cổng: gọi tôi"}, "needs a name, a colon"),
        ({"contacts": "\n".join(f"A: 09000000{number:02}" for number in range(21))}, "At most 20"),
        ({"beds": "-1"}, "from 0 to 20000"),
        ({"beds": "٣"}, "from 0 to 20000"),
        ({"latitude": "95", "longitude": "1", "radius_metres": "50"}, "from -90 to 90"),
        ({"camera_order_number": "7/QĐ"}, "An order needs its number"),
        (ORDER | {"camera_order_date": "2026-02-31"}, "This day does not exist"),
        ({"unit": "xã không có đâu"}, "No commune, ward or province has this name"),
    ],
)
def test_what_cannot_be_is_told_and_no_zone_is_made(console: Console, wrong: dict[str, str], says: str) -> None:
    answer = console.administrator.post("/zones", data=FORM | wrong)
    assert answer.status_code == 422
    assert says in text(answer)
    with console.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Zone)) == 1


def test_an_old_name_leads_to_the_new_one_and_a_divided_one_is_asked_about(console: Console) -> None:
    load_units(console.database, NOW)
    asked = console.administrator.post("/zones", data=FORM | {"unit": "Phường Bến Nghé"})
    page = text(asked)
    assert asked.status_code == 422
    assert "it is now part of Phường Sài Gòn, Thành phố Hồ Chí Minh" in page
    chosen = {"unit": "Phường Bến Nghé", "unit_asked": "Phường Bến Nghé", "unit_key": "26740_2025-07-01"}
    assert 'value="26740_2025-07-01" checked' in page
    divided = text(console.administrator.post("/zones", data=FORM | {"unit": "phường hiệp thành thủ dầu một"}))
    assert "it was divided between Phường Phú Lợi, Phường Thủ Dầu Một" in divided
    # An ended unit, one that does not exist, and a choice among those of another text are asked about again.
    for forged in ({"unit_key": "26740_2004-07-08"}, {"unit_key": "1_1"}, {"unit_asked": "Huế"}):
        assert console.administrator.post("/zones", data=FORM | chosen | forged).status_code == 422
    assert console.administrator.post("/zones", data=FORM | chosen).status_code == 303
    assert console.zone_named("Khu B").unit_code == "26740"
    offered = console.supervisor.get("/units?q=ben nghe").get_json()[0]
    assert (offered["until"], offered["became"][0]["key"]) == ("2025-06-30", "26740_2025-07-01")
    assert console.supervisor.get("/units?q=" + "%00" * 9).get_json() == []


def test_rooms_are_looked_at_first_and_then_added_all_or_none(console: Console) -> None:
    rooms = f"/zones/{console.zone}/rooms"
    form = {"pattern": "101-103, A1..A2", "kind": "room", "floor": "1", "beds": "4", "as_zone": "on"}
    page = text(console.supervisor.post(f"{rooms}/preview", data=form))
    assert "4 rooms would be added" in page
    assert "The zone already has a room “101”" in page
    assert console.rooms() == ["101"]
    assert console.supervisor.post(rooms, data={"rooms": carried(page)}).status_code == 303
    assert console.rooms() == ["101", "102", "103", "A1", "A2"]
    assert (console.room("A2").beds, console.room("A2").floor, console.room("A2").together) == (4, "1", None)
    assert console.trail("rooms-made") == [{"rooms": 4, "first": "102", "last": "A2"}]
    # Somebody was faster, or the page is old: none of them is made.
    late = console.supervisor.post(rooms, data={"rooms": "name\n200\n103"})
    assert (late.status_code, console.rooms()[-1]) == (409, "A2")
    refused = text(console.supervisor.post(f"{rooms}/preview", data=form | {"pattern": "120-101"}))
    assert "Write 101..120" in refused
    assert 'value="120-101"' in refused


def test_rooms_come_from_a_file_and_its_refused_rows_go_back_as_one(console: Console) -> None:
    rooms = f"/zones/{console.zone}/rooms"
    cells: dict[str, str | float] = {
        "A1": "Phòng",
        "B1": "Loại",
        "C1": "Số giường",
        "A2": 301,
        "C2": 4,
        "A3": 302,
        "B3": "=bếp",
        "A4": "WC",
        "B4": "nhà vệ sinh",
    }

    def sent(content: bytes, name: str):  # type: ignore[no-untyped-def]
        return console.supervisor.post(
            f"{rooms}/preview", data={"table": (BytesIO(content), name)}, content_type="multipart/form-data"
        )

    page = text(sent(xlsx(cells), "phong.xlsx"))
    assert "2 rooms would be added" in page
    assert "“=bếp” is not a kind of room" in page
    file = console.supervisor.post(f"{rooms}/refused", data={"refused": carried(page, "refused")})
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "302,'=bếp" in file.get_data(as_text=True)
    # Mended, it is taken.
    mended = text(sent(file.get_data().replace("'=bếp".encode(), b"common"), "rooms-refused.csv"))
    assert "1 room would be added" in mended
    assert console.supervisor.post(rooms, data={"rooms": carried(page)}).status_code == 303
    assert console.room("WC").kind is RoomKind.WASHROOM
    for content, says in ((bomb(), "Unpacked"), (b"\x00" * 99, "cannot be read")):
        answer = sent(content, "x.xlsx")
        assert (answer.status_code, says in text(answer)) == (422, True)
    huge = {"CONTENT_LENGTH": str(300 << 20), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    large = console.supervisor.post(f"{rooms}/preview", environ_overrides=huge)
    assert (large.status_code, "too large" in text(large)) == (413, True)


def test_a_room_is_changed_merged_and_closed_and_who_is_in_it_is_named(console: Console) -> None:
    page = f"/rooms/{console.room('101').id}"
    change = {
        "name": "101A",
        "kind": "room",
        "floor": "2",
        "beds": "2",
        "together": ["sex"],
        "empty_allowed_minutes": "30",
        "version": "1",
    }
    assert console.supervisor.post(page, data=change).status_code == 303
    assert (console.room("101A").together, console.room("101A").empty_allowed_minutes) == (["sex"], 30.0)
    (noted,) = console.trail("room-changed")
    assert (noted["before"], noted["after"]) == ("101", "101A")
    # The page that was open before is told, not written over.
    assert console.supervisor.post(page, data=change | {"name": "B"}).status_code == 409
    for wrong in (
        {"name": "x" * 200},
        {"beds": "many"},
        {"empty_allowed_minutes": "inf"},
        {"kind": "cell"},
        {"floor": "x" * 30},
    ):
        assert console.supervisor.post(page, data=change | {"version": "2"} | wrong).status_code == 422
    refused = console.supervisor.post(f"{page}/close")
    assert refused.status_code == 409
    assert f'href="/residents/{console.an}"' in text(refused)
    # An administrator closes rooms too, and sees no names for that.
    assert "Nguyễn Thị An" not in text(console.administrator.post(f"{page}/close"))
    console.supervisor.post(f"/zones/{console.zone}/rooms", data={"rooms": "name\n102"})
    other = console.room("102").id
    assert console.supervisor.post(f"{page}/merge", data={"into": str(other)}).status_code == 303
    with console.database.read() as session:
        assert session.get_one(Resident, console.an).room_id == other
    assert console.trail("rooms-merged") == [{"room": "101A", "into": "102", "people": 1, "cameras": 0}]
    assert console.supervisor.get(page).status_code == 404
    assert "101A" not in text(console.supervisor.get(f"/zones/{console.zone}"))
    with console.database.write() as session:
        session.scalars(select(QuarantineOrder)).one().state = OrderState.RELEASED
    assert console.supervisor.post(f"/rooms/{other}/close").status_code == 303
    assert "This room was closed on" in text(console.supervisor.get(f"/rooms/{other}"))
    assert console.supervisor.post(f"/rooms/{other}/reopen").status_code == 303


def test_a_zone_with_people_is_not_closed_and_says_where_they_are(console: Console) -> None:
    refused = console.administrator.post(f"/zones/{console.zone}/close")
    assert refused.status_code == 409
    assert f'href="/rooms/{console.room("101").id}"' in text(refused)
    with console.database.write() as session:
        session.scalars(select(QuarantineOrder)).one().state = OrderState.RELEASED
    assert console.administrator.post(f"/zones/{console.zone}/close").status_code == 303
    assert "Khu A" not in text(console.supervisor.get("/")).partition("<main")[2]
    assert "This zone is closed" in text(console.supervisor.get(f"/zones/{console.zone}/rooms"))
    assert console.supervisor.post(f"/zones/{console.zone}/rooms", data={"rooms": "name\n9"}).status_code == 409
    assert console.administrator.post(f"/zones/{console.zone}/reopen").status_code == 303
    assert [console.trail(action) for action in ("zone-closed", "zone-reopened")] == [[{"name": "Khu A"}]] * 2


def test_an_administrator_of_one_zone_makes_no_other(console: Console) -> None:
    limited = console.signed_in("quantri2", Role.ADMINISTRATOR, [console.zone])
    assert limited.post("/zones", data=FORM).status_code == 403
    assert limited.get(f"/zones/{console.zone}/settings").status_code == 200


def _camera(console: Console, room: str | None) -> int:
    room_id = console.room(room).id if room else None
    with console.database.write() as session:
        camera = Camera(
            zone_id=console.zone, room_id=room_id, name="Cửa", address="http://c/x", state=CameraState.ONLINE, state_since=NOW
        )
        session.add(camera)
        session.flush()
        return camera.id


def test_a_camera_is_given_a_bedroom_by_an_order_alone_and_no_washroom_ever(console: Console) -> None:
    console.supervisor.post(
        f"/zones/{console.zone}/rooms", data={"rooms": "name,kind\nWC,washroom\nSân,outdoors\nHành lang,corridor"}
    )
    camera = _camera(console, None)

    def moved(room: str) -> tuple[int, str]:
        place = f"{console.zone}/{console.room(room).id}"
        answer = console.supervisor.post(f"/cameras/{camera}", data={"name": "Cửa", "place": place})
        return answer.status_code, text(answer)

    assert moved("101")[0] == 303
    status, says = moved("WC")
    assert (status, "No camera may look into a washroom" in says) == (422, True)
    # The order cannot go while a camera looks by it; afterwards no other bedroom is given, and what was there goes on.
    settings = f"/zones/{console.zone}/settings"
    kept = console.administrator.post(settings, data=FORM | {"name": "Khu A", "version": "1"})
    assert (kept.status_code, "By this order cameras look into bedrooms: Cửa" in text(kept)) == (422, True)
    with console.database.write() as session:
        session.get_one(Zone, console.zone).camera_order_number = ""
    assert moved("101")[0] == 303
    assert moved("Sân")[0] == 303
    status, says = moved("101")
    assert (status, "only by an order of the authority" in says) == (422, True)
    # Nor does the room become one that it may not look into.
    yard = console.room("Sân").id
    for kind in ("room", "home", "washroom"):
        assert console.supervisor.post(f"/rooms/{yard}", data={"name": "Sân", "kind": kind, "version": "1"}).status_code == 422
    assert console.supervisor.post(f"/rooms/{yard}/merge", data={"into": str(console.room("101").id)}).status_code == 422
    assert console.supervisor.post(f"/rooms/{yard}/merge", data={"into": str(console.room("Hành lang").id)}).status_code == 303


@pytest.mark.parametrize(
    ("room", "ordered", "taken"), [("WC", True, False), ("101", False, False), ("101", True, True), ("", False, True)]
)
def test_a_camera_that_is_taken_into_use_is_judged_the_same(console: Console, room: str, ordered: bool, taken: bool) -> None:
    with console.database.write() as session:
        session.add(Room(zone_id=console.zone, name="WC", kind=RoomKind.WASHROOM))
        if not ordered:
            session.get_one(Zone, console.zone).camera_order_number = ""
    profile = Profile("sub", "sub", "H264", 640, 360, 12.0, "rtsp://10.0.0.9/sub")
    probed = Probed("http://10.0.0.9/onvif", "", "", "", "", 0.0, (profile,))
    wanted = Wanted(probed.address, "Khu A", room, "Cửa")
    with console.database.write() as session:
        if taken:
            assert _store(session, console.vault, wanted, probed, "", "", NOW, None)
        else:
            with pytest.raises(BadInput):
                _store(session, console.vault, wanted, probed, "", "", NOW, None)


def test_forms_need_their_token(console: Console) -> None:
    console.app.config["WTF_CSRF_ENABLED"] = True
    room = console.room("101").id
    for address in (
        "/zones",
        f"/zones/{console.zone}/rooms",
        f"/zones/{console.zone}/close",
        f"/rooms/{room}",
        f"/rooms/{room}/merge",
    ):
        assert console.administrator.post(address, data=FORM).status_code == 400
