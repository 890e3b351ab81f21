"""The gate on the console: whoever comes can be entered and found, once; what is typed wrong is told, and nothing is half done."""

from __future__ import annotations

import html
import re
import threading
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import segno
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.gate import GateEntry, PhoneConfirmation
from monitor.models.people.guardians import Guardian
from monitor.models.people.residents import (
    BirthPrecision,
    FStatus,
    Household,
    QuarantineOrder,
    Resident,
    StatusPeriod,
)
from monitor.models.people.retention import DeletionScope
from monitor.models.people.rights import Consent, ConsentKind
from monitor.models.places import Room, Zone
from monitor.personal_data.deletion import forget
from monitor.places.units.loading import load_units
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import words
from rollcall.confirming.codes import code_of
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

CARD = "079185001234|024567890|Nguyễn Thị Ánh|05091985|Nữ|12/3, Phú Cường, Thủ Dầu Một, Bình Dương|22122021"
ORDER = {"number": "12/QĐ", "authority": "UBND phường", "starts_at": "20/11/2026", "ends_at": "04/12/2026", "reason": "F1"}


class Gate:
    """A console with two zones, a nurse of the first, and a supervisor of both."""

    def __init__(self, folder: Path, database: Database, vault: Vault) -> None:
        self.database, self.now = database, NOW
        self.zone, (self.an,) = add_zone(database)
        self.other, (self.far,) = add_zone(database, "Khu B", ("Lê Thị Xa",))
        self.settings = Settings(data_folder=folder, sms_gateway_url="http://127.0.0.1:9/sms")
        self.app = create_console(self.settings, database, vault, now=lambda: self.now)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.nurse = self.signed_in("nurse", Role.STAFF, [self.zone])

    def signed_in(self, name: str, role: Role, zones: list[int] | None) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, zones, NOW, "en")

    def enter(self, full_name: str, token: str = "", **typed: str) -> int:
        """The number of somebody who is entered."""
        form = {
            "zone": str(self.zone),
            "token": token or full_name[:40] + typed.get("birth", ""),
            "full_name": full_name,
            **typed,
        }
        answer = self.nurse.post("/enrol/new", data=form)
        assert answer.status_code == 303, said(answer)
        return int(answer.headers["Location"].rsplit("/", 1)[-1])

    def person(self, number: int) -> Resident:
        with self.database.read() as session:
            return session.get_one(Resident, number)

    def count(self, model: type) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def trail(self, action: str) -> list[AuditEntry]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


@pytest.fixture
def gate(tmp_path: Path, both_databases: Database, vault: Vault) -> Gate:
    return Gate(tmp_path, both_databases, vault)


def said(answer) -> str:  # type: ignore[no-untyped-def]
    """What the page says."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def value(answer, name: str) -> str:  # type: ignore[no-untyped-def]
    """What a field of the page holds."""
    field = re.search(rf'<input id="{name}"[^>]*? value="([^"]*)"', answer.text)
    assert field, name
    return html.unescape(field[1])


# ---- whoever comes -------------------------------------------------------------------------------------------------


def test_twins_are_told_apart_by_a_person_and_both_entered(gate: Gate) -> None:
    first = gate.enter("Nguyễn Văn An", birth="01/09/2010", phone="0901234567")
    form = {"zone": str(gate.zone), "token": "t2", "full_name": "Nguyễn Văn Ân", "birth": "01/09/2010", "phone": "0901234567"}
    told = gate.nurse.post("/enrol/new", data=form)
    assert told.status_code == 409
    assert "Same name, date of birth and telephone number." in said(told)
    assert f'value="{first}"' in told.text
    second = gate.nurse.post("/enrol/new", data={**form, "apart": str(first)})
    assert second.status_code == 303
    assert gate.count(Resident) == 4


@pytest.mark.parametrize(
    ("full_name", "typed", "kept"),
    [
        pytest.param("Tuyết", {}, "Tuyết", id="a name of one word"),
        pytest.param("Trần Thị Sáu", {"birth": "1948"}, "Trần Thị Sáu", id="the year of birth alone"),
        pytest.param("Jean-Pierre O’Neil", {"document_number": "FR12AB345", "nationality": "FR"}, "Jean-Pierre O’Neil", id="a passport"),
        pytest.param("Nguyễn Thị Cửu", {"birth": "02/03/1911"}, "Nguyễn Thị Cửu", id="somebody of 115 years"),
        pytest.param("\u202bمحمد علي\u202c", {"nationality": "EG"}, "محمد علي", id="marks of direction"),
        pytest.param(
            " ".join(["Công", "Tằng", "Tôn", "Nữ"] * 7)[:118] + "An", {}, (" ".join(["Công", "Tằng", "Tôn", "Nữ"] * 7)[:118] + "An"),
            id="a name of 120 letters",
        ),
    ],
)  # fmt: skip
def test_whoever_comes_can_be_entered_and_found(gate: Gate, full_name: str, typed: dict[str, str], kept: str) -> None:
    number = gate.enter(full_name, **typed, **ORDER)
    person = gate.person(number)
    assert person.full_name == kept
    if "birth" in typed and "/" not in typed["birth"]:
        assert person.birth_precision is BirthPrecision.YEAR
    assert kept in said(gate.nurse.get(f"/residents/{number}"))
    # Among those without a room, on the zone's page; that is where who is under an order stands.
    assert kept in said(gate.nurse.get(f"/zones/{gate.zone}"))
    assert kept in said(gate.nurse.get(f"/enrol/{number}"))
    assert kept in said(gate.nurse.get("/enrol"))


def test_a_newborn_without_a_name_is_entered_under_the_mothers_and_the_name_is_asked_for(gate: Gate) -> None:
    mother = gate.enter("Phạm Thị Lan", birth="01/02/1999", phone="0901234567")
    child = gate.enter("Phạm Thị Lan", birth="20/11/2026", name_awaited="yes", sex="female", household="last")
    assert gate.person(mother).household_id == gate.person(child).household_id is not None
    start = gate.nurse.get("/enrol")
    assert "Child of Phạm Thị Lan" in said(start)
    page = gate.nurse.get(f"/enrol/{child}")
    assert "A child: someone answers the roll-calls for them." in said(page)
    answer = gate.nurse.post(f"/enrol/{child}/guardian", data={"kin": str(mother), "relation": "mother", "consent": "spoken"})
    assert answer.headers["Location"].endswith("#step-room")
    with gate.database.read() as session:
        assert session.scalars(select(Guardian)).one().kin_id == mother
    form = gate.nurse.get(f"/residents/{child}/details")
    changed = gate.nurse.post(
        f"/residents/{child}/details",
        data={"full_name": "Phạm Gia Bảo", "birth": "20/11/2026", "sex": "female", "version": value_of_hidden(form, "version")},
    )
    assert changed.status_code == 303
    assert (gate.person(child).full_name, gate.person(child).name_awaited) == ("Phạm Gia Bảo", False)
    assert "Child of" not in said(gate.nurse.get("/enrol"))


def value_of_hidden(answer, name: str) -> str:  # type: ignore[no-untyped-def]
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, name
    return found[1]


# ---- cards ---------------------------------------------------------------------------------------------------------


def test_a_card_fills_the_form_leads_to_todays_commune_and_keeps_nothing(gate: Gate) -> None:
    load_units(gate.database, NOW)
    before = {model: gate.count(model) for model in (Resident, GateEntry, AuditEntry)}
    page = gate.nurse.post("/enrol/card", data={"code": CARD + "\r\n"})
    assert page.status_code == 200
    assert [value(page, name) for name in ("full_name", "birth", "document_number", "earlier_number", "address")] == [
        "Nguyễn Thị Ánh",
        "05/09/1985",
        "079185001234",
        "024567890",
        "12/3, Phú Cường, Thủ Dầu Một, Bình Dương",
    ]
    assert "existed until 30 June 2025; it is now part of Phường Thủ Dầu Một" in said(page)
    assert {model: gate.count(model) for model in before} == before
    form = dict(re.findall(r'<input[^>]*name="(token|zone|unit_asked)" value="([^"]*)"', page.text))
    key = re.search(r'name="unit_key" value="([^"]*)" checked', page.text)
    assert key
    form |= {name: value(page, name) for name in ("full_name", "birth", "document_number", "address", "unit")}
    entered = gate.nurse.post(
        "/enrol/new", data={name: html.unescape(text) for name, text in form.items()} | {"unit_key": key[1], "sex": "female"}
    )
    assert entered.status_code == 303, said(entered)
    with gate.database.read() as session:
        person = session.scalars(select(Resident).order_by(Resident.id.desc())).first()
        assert person is not None
        assert (person.unit_code, person.address) == ("25747", "12/3, Phú Cường, Thủ Dầu Một, Bình Dương")


@pytest.mark.parametrize("code", ["https://example.com", "x" * 9000, "", "<script>alert(1)</script>"])
def test_what_is_no_card_is_said_and_shown_as_text(gate: Gate, code: str) -> None:
    page = gate.nurse.post("/enrol/card", data={"code": code})
    assert page.status_code == 422
    assert "<script>alert" not in page.text
    assert 'role="alert"' in page.text
    assert len(page.text) < 30_000


def test_a_photo_of_a_card_is_read_by_the_service(gate: Gate) -> None:
    drawn = BytesIO()
    segno.make(CARD, error="m").save(drawn, kind="png", scale=5, border=4)
    photo = Image.new("RGB", (1600, 1200), (90, 90, 90))
    photo.paste(Image.open(drawn).convert("RGB").rotate(4, expand=True, fillcolor=(90, 90, 90)), (500, 400))
    good, empty = BytesIO(), BytesIO()
    photo.save(good, "JPEG")
    Image.new("RGB", (400, 300)).save(empty, "JPEG")
    page = gate.nurse.post("/enrol/photo", data={"photo": (BytesIO(good.getvalue()), "card.jpg")})
    assert page.status_code == 200
    assert value(page, "full_name") == "Nguyễn Thị Ánh"
    nothing = gate.nurse.post("/enrol/photo", data={"photo": (BytesIO(empty.getvalue()), "card.jpg")})
    assert (nothing.status_code, "No code was found" in said(nothing)) == (422, True)
    for bytes_, status in ((b"no picture", 415), (b"", 415)):
        assert gate.nurse.post("/enrol/photo", data={"photo": (BytesIO(bytes_), "card.jpg")}).status_code == status
    assert gate.nurse.post("/enrol/photo").status_code == 422


def test_only_the_page_that_scans_may_run_webassembly_and_the_camera(gate: Gate) -> None:
    scanning, form = gate.nurse.get("/enrol"), gate.nurse.get("/enrol/new")
    assert "'wasm-unsafe-eval'" in scanning.headers["Content-Security-Policy"]
    assert scanning.headers["Permissions-Policy"].startswith("camera=(self)")
    assert "wasm" not in form.headers["Content-Security-Policy"]
    assert form.headers["Permissions-Policy"].startswith("camera=()")
    with gate.nurse.get("/static/zxing/zxing_reader.wasm") as wasm:
        assert (wasm.status_code, wasm.headers["Content-Type"]) == (200, "application/wasm")


# ---- once ----------------------------------------------------------------------------------------------------------


def test_a_button_that_is_pressed_twice_enters_once(gate: Gate) -> None:
    one = gate.enter("Đỗ Văn Hai", "the same form", birth="1990")
    assert gate.enter("Đỗ Văn Hai", "the same form", birth="1990") == one
    # Also at the same moment, by two threads of the server.
    numbers: list[int] = []
    clients = [gate.signed_in(f"nurse{number}", Role.STAFF, [gate.zone]) for number in range(4)]

    def press(client: FlaskClient) -> None:
        form = {"zone": str(gate.zone), "token": "at once", "full_name": "Đỗ Văn Ba", "birth": "1991"}
        numbers.append(int(client.post("/enrol/new", data=form).headers["Location"].rsplit("/", 1)[-1]))

    threads = [threading.Thread(target=press, args=(client,)) for client in clients]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(numbers) == 4
    assert len(set(numbers)) == 1
    assert gate.count(GateEntry) == 2


def test_the_same_number_is_not_entered_twice_unless_a_person_says_that_it_was_wrong(gate: Gate) -> None:
    first = gate.enter("Nguyễn Thị Ánh", document_number="079185001234")
    form = {"zone": str(gate.zone), "token": "t", "full_name": "Nguyễn Thị Anh", "document_number": "079 185 001 234"}
    told = gate.nurse.post("/enrol/new", data=form)
    assert told.status_code == 409
    assert "Same number of the identity card or passport." in said(told)
    assert f"/residents/{first}" in told.text
    assert gate.count(Resident) == 3
    assert gate.nurse.post("/enrol/new", data={**form, "apart": str(first)}).status_code == 303


def test_while_somebody_types_it_is_told_who_they_may_be_and_what_the_number_says(gate: Gate) -> None:
    first = gate.enter("Nguyễn Thị Ánh", document_number="079185001234", birth="05/09/1985")
    form = {"zone": str(gate.zone), "document_number": "079185001234", "birth": "06/09/1986", "sex": "male", "unit": "?"}
    told = gate.nurse.post("/enrol/alike", data=form)
    assert f'value="{first}"' in told.text
    assert "born in 1985" in said(told)
    assert "other sex" in said(told)
    # Nobody is named who is in a zone of others.
    with gate.database.write() as session:
        session.get_one(Resident, gate.far).document_number = "079085009999"
    elsewhere = said(gate.nurse.post("/enrol/alike", data={"zone": str(gate.zone), "document_number": "079085009999"}))
    assert "Someone in another zone" in elsewhere
    assert "Lê Thị Xa" not in elsewhere


def test_what_is_wrong_is_told_field_by_field_and_nothing_is_written(gate: Gate) -> None:
    form = {
        "zone": str(gate.zone),
        "token": "t",
        "full_name": "",
        "birth": "31/02/1990",
        "phone": "9.12E+08",
        "starts_at": "04/12/2026",
        "ends_at": "20/11/2026",
        "authority": "UBND",
        "household": "new",
    }
    told = gate.nurse.post("/enrol/new", data=form)
    assert told.status_code == 422
    for sentence in ("Please write the name.", "There is no such day: 31/02/1990.", "would end before it begins"):
        assert sentence in said(told)
    assert 'value="31/02/1990"' in told.text
    again = gate.nurse.post("/enrol/new", data={"zone": str(gate.zone), "token": "t", "full_name": "An", "household": "new"})
    assert "Give the household a name" in said(again)
    assert (gate.count(Resident), gate.count(GateEntry), gate.count(Household)) == (2, 0, 0)


# ---- orders and households -----------------------------------------------------------------------------------------


def test_an_order_is_taken_from_the_last_person_only_where_somebody_says_so(gate: Gate) -> None:
    first = gate.enter("Vũ Văn Một", birth="1970", **ORDER, delivered_on="22/11/2026")
    with gate.database.read() as session:
        order = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == first)).one()
    form = gate.nurse.get("/enrol/new")
    assert "The same order as Vũ Văn Một" in said(form)
    assert "checked" not in (re.search(r'<input[^>]*id="same_order"[^>]*>', form.text) or [""])[0]
    without = gate.enter("Vũ Văn Hai", birth="1971")
    # Whoever was entered last had none.
    assert "The same order as" not in said(gate.nurse.get("/enrol/new"))
    third = gate.enter("Vũ Văn Ba", birth="1972", **ORDER)
    with gate.database.read() as session:
        newest = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == third)).one()
        assert session.scalar(select(QuarantineOrder.id).where(QuarantineOrder.resident_id == without)) is None
    both = gate.nurse.post(
        "/enrol/new",
        data={"zone": str(gate.zone), "token": "b", "full_name": "Vũ Văn Tư", "same_order": str(newest.id), "reason": "F2"},
    )
    assert (both.status_code, "Either take the last person’s order" in said(both)) == (422, True)
    stale = gate.nurse.post(
        "/enrol/new", data={"zone": str(gate.zone), "token": "b", "full_name": "Vũ Văn Tư", "same_order": str(order.id)}
    )
    assert (stale.status_code, "not at hand any more" in said(stale)) == (422, True)
    fourth = gate.enter("Vũ Văn Tư", birth="1973", same_order=str(newest.id), delivered_on="23/11/2026")
    with gate.database.read() as session:
        copied = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == fourth)).one()
    assert (copied.number, copied.ends_at, copied.authority) == (newest.number, newest.ends_at, newest.authority)
    # The day on which the paper came into their hands is each person's own.
    assert copied.delivered_on is not None


def test_people_join_a_household_or_make_one_and_none_of_another_zone(gate: Gate) -> None:
    first = gate.enter("Bùi Văn Cha", birth="1980", household="new", household_name="Nhà ông Cha")
    home = gate.person(first).household_id
    assert home is not None
    second = gate.enter("Bùi Thị Con", birth="2001", household=str(home))
    third = gate.enter("Bùi Thị Cháu", birth="2003", household="last")
    assert {gate.person(each).household_id for each in (second, third)} == {home}
    with gate.database.write() as session:
        session.add(Household(zone_id=gate.other, name="Nhà xa"))
        session.flush()
        far = session.scalar(select(func.max(Household.id)))
    refused = gate.nurse.post(
        "/enrol/new", data={"zone": str(gate.zone), "token": "f", "full_name": "Bùi Văn Lạ", "household": str(far)}
    )
    assert (refused.status_code, "Choose a household of this zone." in said(refused)) == (422, True)


def test_a_new_household_has_its_telephone_and_home_from_the_gate_and_who_answers_for_whom(gate: Gate) -> None:
    load_units(gate.database, NOW)
    form = {"household": "new", "household_name": "Nhà ông Cha", "household_phone": "12", "household_unit": "Nơi không có"}
    wrong = gate.nurse.post("/enrol/new", data={"zone": str(gate.zone), "token": "h", "full_name": "Bùi Văn Cha", **form})
    assert (wrong.status_code, 'id="household_unit-said"' in wrong.text) == (422, True)
    wrong = gate.nurse.post(
        "/enrol/new", data={"zone": str(gate.zone), "token": "h", "full_name": "Bùi Văn Cha", **form, "household_unit": ""}
    )
    assert (wrong.status_code, 'id="household_phone-said"' in wrong.text) == (422, True)
    assert (gate.count(Household), gate.count(GateEntry)) == (0, 0)
    home = {"household_phone": "0901 234 567", "household_address": "12 ngõ 3", "household_unit": "25747"}
    first = gate.enter("Bùi Văn Cha", birth="1940", **form | home)
    second = gate.enter("Bùi Thị Con", birth="1970", household="last")
    with gate.database.read() as session:
        household = session.scalars(select(Household)).one()
        assert (household.phone, household.address, household.unit_code) == ("+84901234567", "12 ngõ 3", "25747")
        assert {gate.person(each).household_id for each in (first, second)} == {household.id}
        made = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "household-made")
        assert session.scalar(made) == 1
    steps = said(gate.nurse.get(f"/enrol/{first}"))
    assert "Only for those who cannot answer alone" in steps
    answer = gate.nurse.post(f"/enrol/{first}/guardian", data={"kin": str(second), "relation": "relative", "consent": "spoken"})
    assert answer.status_code == 303
    with gate.database.read() as session:
        assert session.scalars(select(Guardian.kin_id)).one() == second


# ---- steps ---------------------------------------------------------------------------------------------------------


def test_each_step_is_kept_and_the_next_one_follows(gate: Gate) -> None:
    number = gate.enter("Lý Văn Bước", birth="1980", phone="0901234567", **ORDER)
    page = f"/enrol/{number}"
    with gate.database.write() as session:
        room = session.scalars(select(Room).where(Room.zone_id == gate.zone)).one()
        room.beds = 1
        room_id = room.id
    full = gate.nurse.get(page)
    assert "No bed is free; it has 1." in said(full)
    refused = gate.nurse.post(f"{page}/room", data={"room": str(room_id)})
    assert refused.headers["Location"].endswith("#step-room")
    assert "There is no free bed in" in said(gate.nurse.get(page))
    given = gate.nurse.post(f"{page}/room", data={"room": str(room_id), "crowded": "yes"})
    assert given.headers["Location"].endswith("#step-phone")
    assert gate.person(number).room_id == room_id
    gate.nurse.post(f"{page}/code", data={})
    with gate.database.read() as session:
        row = session.scalars(select(PhoneConfirmation)).one()
    code = code_of(gate.settings.secret("secret_key"), row.nonce, row.phone)
    wrong = gate.nurse.post(f"{page}/code/typed", data={"code": "12"})
    assert wrong.headers["Location"].endswith("#step-phone")
    right = gate.nurse.post(f"{page}/code/typed", data={"code": code})
    assert right.headers["Location"].endswith("#step-notice")
    assert gate.person(number).phone_confirmed_at == NOW
    assert gate.nurse.post(f"{page}/notice", data={"way": "aloud"}).headers["Location"].endswith("#step-notice")
    assert gate.count(Consent) == 0
    told = gate.nurse.post(f"{page}/notice", data={"way": "aloud", "agrees": "no", "given_by": "Con gái"})
    assert told.headers["Location"].endswith("#step-bracelet")
    with gate.database.read() as session:
        consents = {each.kind: each for each in session.scalars(select(Consent))}
    assert {kind: (each.given, each.given_by) for kind, each in consents.items()} == {
        ConsentKind.NOTICE: (True, "Con gái"),
        ConsentKind.FACES: (False, "Con gái"),
    }
    assert gate.person(number).refuses_faces
    bracelet = gate.nurse.get(f"/zones/{gate.zone}/bracelets?person={number}")
    assert "Lý Văn Bước" in said(bracelet)
    assert "Nguyễn Thị An" not in said(bracelet)
    assert "Lý Văn Bước" in said(gate.nurse.get("/enrol"))
    assert gate.nurse.post(f"{page}/finish").headers["Location"] == "/enrol"
    assert "Lý Văn Bước" not in said(gate.nurse.get("/enrol"))
    assert [entry.details.get("right") for entry in gate.trail("code-typed")] == [False, True]
    assert [entry.details["told"] for entry in gate.trail("notice-given")] == ["aloud"]
    assert len(gate.trail("room-given")) == len(gate.trail("person-entered")) == 1


def test_a_number_that_rang_is_confirmed_and_a_changed_one_no_longer_is(gate: Gate) -> None:
    number = gate.enter("Cao Thị Chuông", birth="1980", phone="0901234567")
    assert "not confirmed" in said(gate.nurse.get(f"/residents/{number}"))
    gate.nurse.post(f"/enrol/{number}/rang")
    assert gate.person(number).phone_confirmed_at == NOW
    form = {"full_name": "Cao Thị Chuông", "birth": "1980", "phone": "0907654321", "version": "1"}
    assert gate.nurse.post(f"/residents/{number}/details", data=form).status_code == 303
    assert gate.person(number).phone_confirmed_at is None


def test_codes_are_limited_and_the_page_says_what_to_do(gate: Gate) -> None:
    number = gate.enter("Cao Thị Mã", birth="1980", phone="0901234567")
    for _press in range(2):
        gate.nurse.post(f"/enrol/{number}/code")
    assert gate.count(PhoneConfirmation) == 1
    assert "Another one can be sent in" in said(gate.nurse.get(f"/enrol/{number}"))
    for _press in range(4):
        gate.now += timedelta(minutes=2)
        gate.nurse.post(f"/enrol/{number}/code")
    assert gate.count(PhoneConfirmation) == 3
    assert "Mark it as not confirmed" in said(gate.nurse.get(f"/enrol/{number}"))


def test_the_zone_is_asked_once_and_a_closed_or_foreign_one_is_refused(gate: Gate) -> None:
    both = gate.signed_in("both", Role.SUPERVISOR, [gate.zone, gate.other])
    assert "At which zone’s gate are you?" in said(both.get("/enrol"))
    assert both.get("/enrol/new").headers["Location"] == "/enrol"
    both.post("/enrol/zone", data={"zone": str(gate.other)})
    assert "Khu B" in said(both.get("/enrol/new"))
    form = {"full_name": "Người Lạ", "token": "x"}
    assert gate.nurse.post("/enrol/new", data={**form, "zone": str(gate.other)}).status_code == 404
    with gate.database.write() as session:
        session.get_one(Zone, gate.zone).closed_at = NOW
    closed = gate.nurse.post("/enrol/new", data={**form, "zone": str(gate.zone)})
    assert closed.status_code == 409
    assert gate.count(Resident) == 2
    assert "None of your zones is open." in said(gate.nurse.get("/enrol"))


# ---- corrections ---------------------------------------------------------------------------------------------------


def test_details_are_corrected_and_the_trail_says_which_fields(gate: Gate) -> None:
    number = gate.enter("Hồ Thi Sai", birth="1980", document_number="079180001234", sex="female")
    page = gate.nurse.get(f"/residents/{number}/details")
    assert value(page, "document_number") == "079180001234"
    record = said(gate.nurse.get(f"/residents/{number}"))
    assert "…1234" in record
    assert "079180001234" not in record
    form = {
        "full_name": "Hồ Thị Đúng",
        "birth": "02/1980",
        "document_number": "079180004321",
        "sex": "female",
        "f_status": "F1",
        "f_rule_on": "19/07/2026",
        "home_possible": "no",
        "vaccine_doses": "2",
        "version": value_of_hidden(page, "version"),
    }
    assert gate.nurse.post(f"/residents/{number}/details", data=form).status_code == 303
    person = gate.person(number)
    assert (person.full_name, person.document_number, person.home_possible, person.f_status) == (
        "Hồ Thị Đúng",
        "079180004321",
        False,
        FStatus.F1,
    )
    (entry,) = gate.trail("person-changed")
    assert {"full_name", "document_number", "birth_date", "birth_precision", "f_status"} <= set(entry.details["fields"])
    assert "079180004321" not in str(entry.details)
    shown = said(gate.nurse.get(f"/residents/{number}"))
    for fact in ("02/1980", "Female", "F1", "…4321"):
        assert fact in shown
    # The same status by another rule is another period.
    again = {**form, "f_rule_on": "01/08/2026", "version": str(person.version)}
    assert gate.nurse.post(f"/residents/{number}/details", data=again).status_code == 303
    with gate.database.read() as session:
        rules = [
            each.rule_on.isoformat() for each in session.scalars(select(StatusPeriod).order_by(StatusPeriod.id)) if each.rule_on
        ]
    assert rules == ["2026-07-19", "2026-08-01"]


def test_nobody_writes_over_what_somebody_else_has_just_written(gate: Gate) -> None:
    number = gate.enter("Hồ Thị Chung", birth="1980")
    seen = value_of_hidden(gate.nurse.get(f"/residents/{number}/details"), "version")
    form = {"full_name": "Hồ Thị Chung", "birth": "1980", "version": seen}
    assert gate.nurse.post(f"/residents/{number}/details", data={**form, "address": "Số 1"}).status_code == 303
    late = gate.nurse.post(f"/residents/{number}/details", data={**form, "address": "Số 2"})
    assert (late.status_code, "Someone else has changed this record" in said(late)) == (409, True)
    assert 'value="Số 2"' in late.text
    assert gate.person(number).address == "Số 1"


def test_a_correction_that_makes_somebody_like_another_is_told_first(gate: Gate) -> None:
    first = gate.enter("Hồ Văn Giống", birth="01/01/1980", document_number="079080001111")
    second = gate.enter("Hồ Văn Giông Tố", birth="01/01/1980")
    form = {"full_name": "Hồ Văn Giống", "birth": "01/01/1980", "version": "1"}
    told = gate.nurse.post(f"/residents/{second}/details", data=form)
    assert (told.status_code, "Same name and date of birth." in said(told)) == (409, True)
    assert gate.nurse.post(f"/residents/{second}/details", data={**form, "apart": str(first)}).status_code == 303
    # A number of another person's card is never theirs.
    taken = gate.nurse.post(
        f"/residents/{second}/details", data={**form, "version": "2", "document_number": "079080001111", "apart": str(first)}
    )
    assert (taken.status_code, "already entered with this number" in said(taken)) == (409, True)


def test_administrators_and_other_zones_see_nothing_of_the_gate(gate: Gate) -> None:
    number = gate.enter("Hồ Thị Kín", birth="1980")
    administrator = gate.signed_in("admin", Role.ADMINISTRATOR, None)
    elsewhere = gate.signed_in("elsewhere", Role.STAFF, [gate.other])
    for path in (f"/enrol/{number}", f"/residents/{number}/details"):
        assert (administrator.get(path).status_code, elsewhere.get(path).status_code) == (403, 404)
    for step in ("room", "guardian", "code", "code/typed", "rang", "notice", "finish"):
        assert administrator.post(f"/enrol/{number}/{step}").status_code == 403
        assert elsewhere.post(f"/enrol/{number}/{step}").status_code == 404
    assert "Enrol" not in said(administrator.get("/"))


def test_whoever_is_forgotten_leaves_no_code_and_no_entry_of_the_gate(gate: Gate, vault: Vault) -> None:
    number = gate.enter("Hồ Thị Quên", birth="1980", phone="0901234567")
    gate.nurse.post(f"/enrol/{number}/code")
    assert gate.count(PhoneConfirmation) == gate.count(GateEntry) == 1
    forget(gate.database, vault, number, DeletionScope.PERSON, reason=words("x"), account_id=None, now=NOW)
    assert gate.count(PhoneConfirmation) == gate.count(GateEntry) == 0
    assert gate.nurse.get(f"/enrol/{number}").status_code == 404
    assert gate.nurse.get(f"/residents/{number}/details").status_code == 404
