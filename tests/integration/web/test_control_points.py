"""Places on the public pages: registered, confirmed, run; people scanned by themselves and by guards, once, judged, and told of."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from monitor.control_points.keys import signed_fragment, withdraw_key
from monitor.control_points.registering import decide, replace_codes
from monitor.control_points.settling import settle
from monitor.database.database import Database
from monitor.models.accounts import Account, Role
from monitor.models.control_points import (
    ControlPlace,
    ControlPoint,
    Direction,
    ListedWorker,
    PlaceChecker,
    PlaceScan,
    PlaceState,
    Source,
)
from monitor.models.declarations import Declarant, Declaration, DeclarationState, Signs, Way
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.gate import PhoneConfirmation
from monitor.models.people.residents import Exemption
from monitor.people.typed import read_insurance
from monitor.places.units.loading import load_units
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.confirming.codes import code_of
from tests.worlds.control_points import add_declared, add_place, give_checker
from tests.worlds.declared import add_declarant, add_declaration
from tests.worlds.declaring import WELL, fields_of, filled
from tests.worlds.small_zone import NOW, add_zone
from web.public.application import create_public

SECRET = "x" * 32
HERE = ZoneInfo("Asia/Ho_Chi_Minh")
MS = 1000


class Clock:
    """A clock that a test sets."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", bytes(32))


@pytest.fixture
def phone(database: Database, tmp_path: Path, vault: Vault, clock: Clock) -> FlaskClient:
    settings = Settings(
        data_folder=tmp_path,
        secret_key=SECRET,
        answer_key="ab" * 32,
        sms_gateway_url="http://127.0.0.1:9/",
        sms_gateway_token="t",
        public_url="http://localhost",
        language="en",
    )
    return create_public(settings, database, vault, now=clock).test_client()


def token_of(page: str) -> str:
    found = re.search(r'(?:name="csrf_token" value|data-token)="([^"]+)"', page)
    assert found, page
    return found[1]


def sent(phone: FlaskClient, address: str, form: dict[str, object], frm: str = "") -> tuple[int, str]:
    """A form as a browser sends it, and the page that follows."""
    token = token_of(phone.get(frm or address).text)
    answer = phone.post(address, data=form | {"csrf_token": token}, follow_redirects=True)
    return answer.status_code, answer.text


def asked(phone: FlaskClient, address: str, body: dict[str, object]) -> tuple[int, dict[str, object]]:
    token = token_of(phone.get("/v").text)
    answer = phone.post(address, json=body, headers={"X-CSRFToken": token, "Accept": "application/json"})
    return answer.status_code, answer.get_json()


PLACE = {
    "name": "May Bình Minh",
    "kind": "factory",
    "unit": "Phường Thủ Dầu Một, Hồ Chí Minh",
    "address": "12/3 Phú Cường",
    "owner_name": "Trần Văn Chủ",
    "owner_phone": "0901234567",
    "latitude": "10,9804",
    "longitude": "106.6519",
    "most_people": "2",
}


def register(phone: FlaskClient, **other: str) -> tuple[int, str]:
    page = phone.get("/places/new").text
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return sent(phone, "/places/new", {**PLACE, "token": found[1], "language": "en"} | other)


def approved(database: Database) -> None:
    with database.write() as session:
        session.execute(update(ControlPlace).values(state=PlaceState.APPROVED))


def owner_link(phone: FlaskClient, database: Database) -> str:
    """Register a place, confirm its number, and return the owner's link."""
    status, page = register(phone)
    assert status == 200, page
    with database.read() as session:
        place = session.scalars(select(ControlPlace)).one()
    address = f"/places/{place.token}/confirm"
    assert sent(phone, f"/places/{place.token}/code", {}, address)[0] == 200
    with database.read() as session:
        asked_for = session.scalars(select(PhoneConfirmation).order_by(PhoneConfirmation.id.desc())).first()
        assert asked_for is not None
        assert (asked_for.about, asked_for.resident_id) == (f"place-{place.id}", None)
    code = code_of(SECRET.encode(), asked_for.nonce, asked_for.phone)
    answer = phone.post(address, data={"code": code, "csrf_token": token_of(phone.get(address).text)})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


@pytest.fixture
def units(database: Database) -> None:
    load_units(database, NOW)


@pytest.mark.usefixtures("units")
def test_a_place_is_registered_and_confirmed_once(phone: FlaskClient, database: Database) -> None:
    link = owner_link(phone, database)
    page = phone.get(link).text
    assert "Waits for the ward’s decision" in page
    assert "Poster" not in page
    with database.read() as session:
        place = session.scalars(select(ControlPlace)).one()
        assert (place.state, place.unit_code, place.latitude, place.owner_phone) == (
            PlaceState.WAITING,
            "25747",
            10.9804,
            "+84901234567",
        )
        assert [point.name for point in session.scalars(select(ControlPoint))] == ["Main gate"]
        # What stands in the link stands nowhere.
        assert link.rsplit("/", 1)[1] not in (place.owner_key or "")
    # Sent again with the same form it is the same place.
    assert phone.get(link + "x").status_code == 404


@pytest.mark.usefixtures("units")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Please enter the name of the place."),
        ({"kind": ""}, "Please choose what kind of place it is."),
        ({"unit": "Phường Không Có Thật"}, "No commune, ward or province has this name."),
        ({"unit": ""}, "Please say in which ward or commune the place is."),
        ({"owner_phone": "123"}, "is a short number"),
        ({"latitude": "north"}, "Write the location as two numbers"),
        ({"most_people": "-1"}, "Write a whole number from 1"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_half_done(
    phone: FlaskClient, database: Database, wrong: dict[str, str], said: str
) -> None:
    status, page = register(phone, **wrong)
    assert status == 422
    assert said in page
    with database.read() as session:
        assert session.scalar(select(ControlPlace.id)) is None


@pytest.mark.usefixtures("units")
def test_a_place_that_is_registered_twice_is_noticed_and_a_wrong_code_confirms_nothing(
    phone: FlaskClient, database: Database
) -> None:
    register(phone)
    register(phone, name="Công ty TNHH May Bình Minh", owner_phone="0907654321")
    with database.read() as session:
        first, second = session.scalars(select(ControlPlace).order_by(ControlPlace.id))
        assert second.twin_id == first.id
    sent(phone, f"/places/{second.token}/code", {}, f"/places/{second.token}/confirm")
    status, page = sent(phone, f"/places/{second.token}/confirm", {"code": "000000"})
    assert status == 422
    assert "This is not the code." in page
    with database.read() as session:
        assert session.get_one(ControlPlace, second.id).state is PlaceState.UNCONFIRMED


@pytest.mark.usefixtures("units")
def test_who_runs_a_place_prints_posters_adds_points_and_guards(phone: FlaskClient, database: Database) -> None:
    link = owner_link(phone, database)
    assert phone.get(f"{link}/posters.pdf").status_code == 409
    approved(database)
    status, page = sent(phone, f"{link}/points", {"point_name": "Canteen", "point_kind": "canteen"}, link)
    assert (status, "Added: Canteen." in page) == (200, True)
    assert (
        "has a point with this name already"
        in sent(phone, f"{link}/points", {"point_name": "Canteen", "point_kind": "gate"}, link)[1]
    )
    pdf = phone.get(f"{link}/posters.pdf")
    assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")
    status, page = sent(phone, f"{link}/checkers", {"checker_name": "Lê Văn Gác", "checker_phone": "0901234568"}, link)
    assert "It is shown this once" in page
    guard = re.search(r'value="http://localhost(/g/[^"]+)"', page)
    assert guard
    assert phone.get(guard[1]).status_code == 200
    with database.read() as session:
        checker = session.scalars(select(PlaceChecker)).one()
    sent(phone, f"{link}/checkers/{checker.id}/end", {}, link)
    assert phone.get(guard[1]).status_code == 404


@pytest.mark.usefixtures("units")
def test_an_employer_sees_of_their_own_list_who_has_declared_and_nothing_else(phone: FlaskClient, database: Database) -> None:
    link = owner_link(phone, database)
    add_declared(database, "Nguyễn Văn An", phone="+84912345678")
    declarant = add_declarant(database, "Lê Thị Bé", phone="+84912345679")
    add_declaration(database, declarant, made_at=NOW - timedelta(days=30), signs=Signs.SYMPTOM)
    table = "Họ và tên,Số điện thoại,Mã NV\nNguyễn Văn An,912345678,A1\nLê Thị Bé,0912 345 679,A2\n"

    def send(text: str) -> tuple[int, str]:
        token = token_of(phone.get(link).text)
        body = {"csrf_token": token, "table": (BytesIO(text.encode()), "list.csv")}
        answer = phone.post(f"{link}/workers", data=body, follow_redirects=True)
        return answer.status_code, answer.text

    status, page = send(table)
    assert (status, "1 of 2 have a declaration in force." in page) == (200, True)
    assert re.search(r"Nguyễn Văn An.*?✓", page, re.DOTALL)
    for secret in ("symptom", "+84", "912345"):
        assert secret not in page
    status, page = send(table + "Không Số,,A3\nTrần Hai,9.12345E+08,A4\n")
    assert status == 422
    assert "Row 4:" in page
    assert "Row 5:" in page
    with database.read() as session:
        assert len(session.scalars(select(ListedWorker)).all()) == 2
    assert "The first row must name the columns" in send("a,b\n1,2\n")[1]


# --- visitors


def fragment(phone: FlaskClient, database: Database, vault: Vault, point_id: int, at: datetime = NOW) -> str:
    with database.write() as session:
        return signed_fragment(session, vault, session.get_one(ControlPoint, point_id), at)


def with_people(phone: FlaskClient, database: Database, *declarants: int) -> None:
    """This phone has declared for them."""
    with database.read() as session:
        keys = [session.get_one(Declarant, each).page_key for each in declarants]
    with phone.session_transaction() as cookie:
        cookie["people"] = keys


def body(
    code: str, direction: str = "in", people: tuple[int, ...] = (0,), made: str = "a" * 18, at: datetime = NOW
) -> dict[str, object]:
    moment = int(at.timestamp() * MS)
    return {"code": code, "direction": direction, "people": list(people), "made": made, "scanned_at": moment, "sent_at": moment}


def scans(database: Database) -> list[tuple[int, Direction, Source]]:
    with database.read() as session:
        return [
            (row.declarant_id, row.direction, row.source) for row in session.scalars(select(PlaceScan).order_by(PlaceScan.id))
        ]


def test_a_family_goes_in_and_out_with_one_tap_each(phone: FlaskClient, database: Database, vault: Vault) -> None:
    _place, (gate, *_) = add_place(database)
    mother, child = add_declared(database, "Trần Thị Bình"), add_declared(database, "Lê Bé Na")
    with_people(phone, database, mother, child)
    code = fragment(phone, database, vault, gate)
    status, told = asked(phone, "/v/point", {"code": code})
    assert (status, told) == (200, {"place": "May Bình Minh", "point": "Cổng chính", "people": ["Trần Thị Bình", "Lê Bé Na"]})
    status, told = asked(phone, "/v/scan", body(code, people=(0, 1)))
    assert [each["sign"] for each in told["people"]] == ["go", "go"]  # type: ignore[attr-defined]
    # A second try after a broken line is the same scan.
    asked(phone, "/v/scan", body(code, people=(0, 1)))
    asked(phone, "/v/scan", body(code, "out", (1,), "b" * 18))
    assert scans(database) == [
        (mother, Direction.IN, Source.SELF),
        (child, Direction.IN, Source.SELF),
        (child, Direction.OUT, Source.SELF),
    ]


def test_who_has_not_declared_is_asked_to_and_not_noted(phone: FlaskClient, database: Database, vault: Vault) -> None:
    _place, (gate, *_) = add_place(database)
    with_people(phone, database, add_declarant(database))
    _status, told = asked(phone, "/v/scan", body(fragment(phone, database, vault, gate)))
    (person,) = told["people"]  # type: ignore[misc]
    assert (person["sign"], person["declare"]) == ("ask", True)
    assert scans(database) == []
    assert asked(phone, "/v/scan", body(fragment(phone, database, vault, gate), people=(5,)))[0] == 422


def test_a_personal_code_is_added_to_a_phone_and_opens_nothing(phone: FlaskClient, database: Database) -> None:
    with database.read() as session:
        code = session.get_one(Declarant, add_declared(database)).code
    assert asked(phone, "/v/person", {"text": f"http://localhost/c#{code}"}) == (200, {"people": ["Trần Thị Bình"]})
    assert asked(phone, "/v/person", {"text": "ABCDEFGHIJKLMNOPQRSTUVWX"})[0] == 404
    assert asked(phone, "/v/person", {"text": "không"})[0] == 404


def test_a_forged_a_foreign_and_a_replaced_poster_are_refused_in_words(
    phone: FlaskClient, database: Database, vault: Vault
) -> None:
    _place, (gate, canteen, _) = add_place(database)
    code = fragment(phone, database, vault, gate)

    def said(text: str) -> str:
        status, told = asked(phone, "/v/point", {"code": text})
        assert status == 409
        return str(told["problem"])

    assert "not genuine" in said(code.replace(f".{gate}.", f".{canteen}.", 1))
    assert "another province" in said(f"https://khaibao.tayninh.example/v#{code}")
    assert "not the code of a control point" in said("079185001234|024567890|Nguyễn Thị An")
    with database.write() as session:
        replace_codes(session, session.get_one(ControlPoint, gate), NOW + timedelta(minutes=1))
    time.sleep(3.1)  # what is believed of points lasts three seconds
    assert "it was replaced" in said(code)


def test_a_key_that_was_withdrawn_yesterday_opens_nothing_and_the_next_poster_has_another(
    phone: FlaskClient, database: Database, vault: Vault, clock: Clock
) -> None:
    _place, (gate, *_) = add_place(database)
    code = fragment(phone, database, vault, gate)
    with database.write() as session:
        account = Account(username="an", password_hash="x", role=Role.ADMINISTRATOR, created_at=NOW)
        session.add(account)
        session.flush()
        withdraw_key(session, code.split(".")[3], "a poster was copied", account_id=account.id, now=NOW)
    clock.now = NOW + timedelta(days=1)
    assert asked(phone, "/v/point", {"code": code})[1] == {
        "problem": "This poster is no longer good: its key was withdrawn. Ask who runs the place for the new poster."
    }
    fresh = fragment(phone, database, vault, gate, clock.now)
    assert fresh.split(".")[3] != code.split(".")[3]


# --- guards


def guard_body(
    point: int, text: str, direction: str = "in", at: datetime = NOW, made: str = "c" * 18, **more: object
) -> dict[str, object]:
    moment = int(at.timestamp() * MS)
    return {"point": point, "direction": direction, "text": text, "made": made, "scanned_at": moment, "sent_at": moment} | more


CARD = "079185001234|024567890|Trần Thị Bình|04051985|Nữ|12/3, Phú Cường, Thủ Dầu Một, Bình Dương|22122021"
OLD_BHYT = "DN4740112345678|5472e1baa76e205468e1bb8b2042c3ac6e68|04/05/1985|2|Phú Cường|79 - 034|$"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("code", id="the personal code"),
        pytest.param(CARD, id="a citizen card"),
        pytest.param(CARD.replace("|024567890", ""), id="a card with six fields"),
        pytest.param(CARD.replace("04051985", "1985"), id="a card with the year alone"),
        pytest.param("079185001234", id="the number of a card alone"),
        pytest.param(OLD_BHYT, id="an insurance card, name in hex, facility with blanks"),
        pytest.param(OLD_BHYT.replace("5678|", "567812|", 1), id="an insurance number of 17 signs"),
        pytest.param(OLD_BHYT.replace("DN474", "", 1), id="an insurance card with ten digits"),
        pytest.param("0112345678", id="an insurance number of ten digits alone"),
        pytest.param("DN 4 74 0112345678", id="an insurance number, typed"),
        pytest.param("0912345678", id="a telephone number, typed"),
        pytest.param("+84 912 345 678", id="the same, as it stands on a card"),
    ],
)
def test_a_guard_scans_a_code_a_card_or_a_number(phone: FlaskClient, database: Database, text: str) -> None:
    place, (gate, *_) = add_place(database)
    link = give_checker(database, place)
    # As a declaration keeps it.
    insured = read_insurance("DN4740112345678")
    who = add_declared(database, document_number="079185001234", insurance_number=insured, phone="+84912345678")
    if text == "code":
        with database.read() as session:
            text = session.get_one(Declarant, who).code
    told = phone.post(f"/g/{link}/scan", json=guard_body(gate, text)).get_json()
    assert (told["sign"], told["name"], told["kept"]) == ("go", "Trần Thị Bình", True)
    assert scans(database) == [(who, Direction.IN, Source.GUARD)]


@pytest.mark.parametrize(
    ("text", "said", "undeclared"),
    [
        ("0102345678|5472e1baa76e|04/05/1985|2|x|79034|$", "Nobody has declared with this.", True),
        (CARD, "Nobody has declared with this.", True),
        ("0912345678", "Nobody has declared with this.", True),
        ("https://example.com", "This is a web address", False),
        ("ABCDEFGHIJKLMNOPQRSTUVWX", "This code is not known here.", False),
        ("xyz", "neither the code of a citizen card", False),
    ],
)
def test_what_means_nobody_is_said_and_noted_nowhere(
    phone: FlaskClient, database: Database, text: str, said: str, undeclared: bool
) -> None:
    place, (gate, *_) = add_place(database)
    told = phone.post(f"/g/{give_checker(database, place)}/scan", json=guard_body(gate, text)).get_json()
    assert told["sign"] == "ask"
    assert said in told["said"]
    assert told["undeclared"] is undeclared
    assert scans(database) == []


def test_several_who_share_a_telephone_are_asked_for(phone: FlaskClient, database: Database) -> None:
    place, (gate, *_) = add_place(database)
    link = give_checker(database, place)
    mother = add_declared(database, "Trần Thị Bình", phone="+84912345678")
    add_declared(database, "Lê Bé Na", phone="+84912345678")
    told = phone.post(f"/g/{link}/scan", json=guard_body(gate, "0912345678")).get_json()
    assert told["choose"] == ["Lê Bé Na (1985)", "Trần Thị Bình (1985)"]
    assert scans(database) == []
    told = phone.post(f"/g/{link}/scan", json=guard_body(gate, "0912345678", choice=1)).get_json()
    assert (told["sign"], scans(database)) == ("go", [(mother, Direction.IN, Source.GUARD)])


def test_somebody_under_an_order_waits_and_the_name_goes_to_who_is_on_duty(phone: FlaskClient, database: Database) -> None:
    place, (gate, *_) = add_place(database)
    link = give_checker(database, place)
    zone, (resident,) = add_zone(database)
    add_declared(database, "Nguyễn Thị An", phone="+84912345678", resident_id=resident)
    told = phone.post(f"/g/{link}/scan", json=guard_body(gate, "0912345678")).get_json()
    assert told["sign"] == "wait"
    assert told["said"] == "Please wait here. Health staff have been told and will come or call."
    assert told["name"] == ""
    assert "An" not in str(told)
    assert scans(database) == []
    phone.post(f"/g/{link}/scan", json=guard_body(gate, "0912345678", made="d" * 18))
    with database.read() as session:
        (incident,) = session.scalars(select(Incident).where(Incident.kind == IncidentKind.AT_CONTROL_POINT)).all()
        assert (incident.zone_id, incident.resident_id) == (zone, resident)
    # Away with permission: asked as everyone is.
    with database.write() as session:
        session.add(
            Exemption(
                resident_id=resident,
                zone_id=zone,
                starts_at=NOW - timedelta(hours=1),
                ends_at=NOW + timedelta(hours=1),
                reason="test",
            )
        )
    assert phone.post(f"/g/{link}/scan", json=guard_body(gate, "0912345678", made="e" * 18)).get_json()["sign"] == "go"


def test_a_symptom_asks_and_the_guard_may_let_in(phone: FlaskClient, database: Database) -> None:
    place, (gate, *_) = add_place(database)
    link = give_checker(database, place)
    who = add_declarant(database, phone="+84912345678")
    add_declaration(database, who, signs=Signs.SYMPTOM)
    told = phone.post(f"/g/{link}/scan", json=guard_body(gate, "0912345678")).get_json()
    assert (told["sign"], told["may_allow"], told["kept"]) == ("ask", True, False)
    assert scans(database) == []
    told = phone.post(f"/g/{link}/scan", json=guard_body(gate, "0912345678", allow=True)).get_json()
    assert (told["kept"], scans(database)) == (True, [(who, Direction.IN, Source.GUARD)])


def test_a_tablet_s_clock_that_is_a_day_off_is_noticed_and_put_right(phone: FlaskClient, database: Database) -> None:
    place, (gate, *_) = add_place(database)
    who = add_declared(database, phone="+84912345678")
    told = phone.post(
        f"/g/{give_checker(database, place)}/scan", json=guard_body(gate, "0912345678", at=NOW + timedelta(days=1))
    ).get_json()
    assert "1440 minutes ahead" in told["clock"]
    with database.read() as session:
        scan = session.scalars(select(PlaceScan)).one()
        assert (scan.declarant_id, scan.at, scan.device_at) == (who, NOW, NOW + timedelta(days=1))


def test_a_paper_list_is_entered_later_once(phone: FlaskClient, database: Database) -> None:
    place, (gate, *_) = add_place(database)
    link = give_checker(database, place)
    who = add_declared(database, phone="+84912345678")
    line = {"text": "0912345678", "point": str(gate), "direction": "in", "day": "2026-11-20", "clock": "07:30"}
    assert "Entered: Trần Thị Bình." in phone.post(f"/g/{link}/paper", data=line).text
    assert "stands here with this time already" in phone.post(f"/g/{link}/paper", data=line).text
    assert "has not come yet" in phone.post(f"/g/{link}/paper", data=line | {"day": "2026-11-24"}).text
    assert "Nobody has declared with this." in phone.post(f"/g/{link}/paper", data=line | {"text": "0987654321"}).text
    with database.read() as session:
        (row,) = session.scalars(select(PlaceScan)).all()
        assert (row.declarant_id, row.source, row.at) == (who, Source.PAPER, datetime(2026, 11, 20, 0, 30, tzinfo=UTC))


def test_too_many_people_warn_on_the_guard_s_page(phone: FlaskClient, database: Database) -> None:
    place, (gate, *_) = add_place(database, most_people=1)
    link = give_checker(database, place)
    for number in range(2):
        add_declared(database, f"Người {number}", phone=f"+8491234567{number}")
        phone.post(f"/g/{link}/scan", json=guard_body(gate, f"091234567{number}", made=f"{number}" * 18))
    settle(database, NOW, HERE)
    assert phone.get(f"/g/{link}/inside").get_json() == {"text": "Inside now: 2. More than the limit of 1.", "over": True}


def test_another_place_s_guard_and_a_closed_place_scan_nothing(phone: FlaskClient, database: Database) -> None:
    place, _points = add_place(database)
    _other, (elsewhere, *_) = add_place(database, "Chợ Thủ")
    link = give_checker(database, place)
    assert phone.post(f"/g/{link}/scan", json=guard_body(elsewhere, "0912345678")).status_code == 404
    with database.write() as session:
        account = Account(username="an", password_hash="x", role=Role.STAFF, created_at=NOW)
        session.add(account)
        session.execute(update(ControlPlace).where(ControlPlace.id == place).values(state=PlaceState.WAITING))
        session.flush()
        decide(session, place, approve=False, why="no such house", account_id=account.id, now=NOW)
    assert phone.get(f"/g/{link}").status_code == 409


@pytest.mark.usefixtures("units")
def test_hundreds_of_points_come_from_a_table_whole_or_not_at_all(phone: FlaskClient, database: Database) -> None:
    link = owner_link(phone, database)

    def send(text: str) -> tuple[int, str]:
        body = {"csrf_token": token_of(phone.get(link).text), "table": (BytesIO(text.encode()), "points.csv")}
        answer = phone.post(f"{link}/points/file", data=body, follow_redirects=True)
        return answer.status_code, answer.text

    def names() -> list[str]:
        with database.read() as session:
            return list(session.scalars(select(ControlPoint.name).order_by(ControlPoint.id)))

    rows = "".join(f"Xưởng {number},xưởng\n" for number in range(1, 121))
    status, page = send(f"Tên điểm,Loại\n{rows}Ca đêm,ca\n,cổng\n")
    assert (status, "Row 123:" in page) == (422, True)
    assert names() == ["Main gate"]
    # A name that is there already: none of the others either.
    assert "has a point with this name already" in send(f"Tên điểm,Loại\n{rows}Main gate,cổng\n")[1]
    assert names() == ["Main gate"]
    status, page = send(f"Tên điểm,Loại\n{rows}Ca đêm,ca\n")
    assert (status, "121 points were added." in page) == (200, True)
    assert len(names()) == 122
    assert "Choose a file first" in send("")[1]


@pytest.mark.usefixtures("units")
def test_a_guard_declares_for_somebody_without_a_phone_and_lets_them_in(phone: FlaskClient, database: Database) -> None:
    place, (gate, *_) = add_place(database)
    link = f"/g/{give_checker(database, place)}"
    told = phone.post(f"{link}/scan", json=guard_body(gate, CARD)).get_json()
    assert (told["sign"], told["undeclared"], told["kept"]) == ("ask", True, False)
    address = f"{link}/declare"
    page = phone.get(address).text
    fields = fields_of(page, address)
    read = phone.post(address, data=filled(fields, {"card": CARD, "go": "card"})).text
    assert "Trần Thị Bình" in read
    fields = filled(fields_of(read, address), {"unit": "Phường Thủ Dầu Một", "sex": "female", "go": "send", **WELL})
    missing = phone.post(address, data=filled(fields, {"birth": ""}))
    assert missing.status_code == 422
    for _twice in range(2):
        done = phone.post(address, data=fields)
        assert (done.status_code, done.headers["Location"]) == (303, link)
    with database.read() as session:
        (row,) = session.scalars(select(Declaration)).all()
        assert (row.way, row.by_whom, row.state) == (Way.GUARD, "Lê Văn Gác", DeclarationState.TAKEN)
    # The tablet keeps nothing of it, and the same card is good now.
    assert "Trần Thị Bình" not in phone.get(address).text
    told = phone.post(f"{link}/scan", json=guard_body(gate, CARD)).get_json()
    assert (told["sign"], told["kept"]) == ("go", True)
