"""Coverage and reporters on the console: what is shown of kept rows, entered, imported, called and printed."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.hotline import HotlineMessage
from monitor.models.legal import Disclosure
from monitor.models.places import Zone
from monitor.models.reporters import CollectedEntry, CollectedField, Reporter, ReporterChase, ReporterCount, ReporterKind
from monitor.reports.collected.counts import CountDetails, keep_count
from monitor.reports.collected.fields import ship_fields
from monitor.reports.collected.reporters import ReporterDetails, add_reporter, reporter_of_link, seed_communes
from monitor.reports.coverage.counting import count_coverage
from monitor.settings import Settings
from monitor.stated import Stated, take
from monitor.vault.vault import Vault
from tests.worlds.reporters import PROVINCE, add_declared, add_units, commune
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


class Console:
    """A province of three communes and an enterprise, and somebody of staff who is signed in."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        add_units(database)
        self.zone, _residents = add_zone(database)
        with database.write() as session:
            row = session.get_one(Zone, self.zone)
            row.unit_code, row.unit_from = commune(1).code, commune(1).valid_from
            seed_communes(session, PROVINCE, NOW)
            ship_fields(session, NOW)
            details = ReporterDetails(ReporterKind.ENTERPRISE, "Dệt May", None, "Chị Hoa", "+84901234567")
            self.enterprise = add_reporter(session, details, NOW) or 0
            self.one = session.scalars(select(Reporter.id).where(Reporter.name == "Phường Một")).one()
            self.two = session.scalars(select(Reporter.id).where(Reporter.name == "Xã Hai")).one()
            keep_count(session, self.one, CountDetails(date(2026, 9, 1), "Khảo sát tháng 9", 20, 10, 4), None, NOW)
            keep_count(session, self.two, CountDetails(date(2026, 1, 1), "Nhà mạng", smartphone_users=4), None, NOW)
        settings = Settings(data_folder=folder, secret_key="x" * 32, sms_gateway_url="http://127.0.0.1:9/sms")
        self.app: Flask = create_console(settings, database, Vault(folder / "vault", bytes(32)), now=lambda: NOW)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.client = self.signed_in("chi_hoa", None)

    def signed_in(self, name: str, zones: set[int] | None, role: Role = Role.SUPERVISOR) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, zones, NOW, language="en")

    def get(self, path: str, client: FlaskClient | None = None) -> str:
        answer = (client or self.client).get(path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def post(self, path: str, **form: str) -> tuple[int, str]:
        answer = self.client.post(path, data=form, follow_redirects=True)
        return answer.status_code, unescape(answer.text)

    def count(self, table: type) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def console(database: Database, tmp_path: Path) -> Console:
    return Console(database, tmp_path)


@pytest.fixture
def stated() -> object:
    take(Stated(unit=str(PROVINCE)))
    yield
    take(Stated())


def test_coverage_shows_kept_rows_with_definition_day_and_source_on_a_map_and_in_a_table(console: Console) -> None:
    assert "Nothing is counted yet." in console.get("/coverage")
    for number in range(8):
        add_declared(console.database, f"A{number}", commune(1), made=(NOW - timedelta(days=8),), days=9)
    assert count_coverage(console.database, NOW - timedelta(days=7), HERE)
    for number in range(3):
        add_declared(console.database, f"B{number}", commune(2))
    with console.database.write() as session:
        session.execute(update(Reporter).where(Reporter.id == console.two).values(contact_name="x"))
    assert count_coverage(console.database, NOW, HERE)
    text = console.get("/coverage")
    assert "The number of smartphone users is the newest that was entered" in text
    for said in ("Khảo sát tháng 9", "1 September 2026", "1 January 2026 (old)", "78.6 %", "80.0 %", "75.0 %"):
        assert said in text, said
    tiles = re.findall(r"<title>([^<]+)</title>", text.partition('class="tiles"')[2])
    assert [" ".join(each.split()) for each in tiles] == ["Phường Một: 80.0 %", "Xã Hai: 75.0 %", "Xã Ba: –"]
    # Told without colour: each tile has its pattern and its number.
    assert text.count("url(#band-near)") == 3
    assert text.count("url(#band-unknown)") == 2
    # Who fell behind, and how many are missing: nine of ten, and four of four.
    behind = text.partition('id="behind-title"')[2].partition("</section>")[0]
    assert [int(each) for each in re.findall(r'People still to declare">(\d+)<', behind)] == [1, 1]
    assert "below the goal" in behind


def test_a_file_of_coverage_says_the_same(console: Console) -> None:
    add_declared(console.database, "A", commune(1))
    count_coverage(console.database, NOW, HERE)
    rows = list(csv.reader(io.StringIO(console.client.get("/coverage.csv").data.decode("utf-8-sig"))))
    one = next(row for row in rows if row[1] == "Phường Một")
    assert one[:8] == ["Commune", "Phường Một", "20", "10", "2026-09-01", "Khảo sát tháng 9", "1", "10.0"]
    assert {row[0] for row in rows[1:]} == {"Commune", "Organisation", "Zone"}
    assert console.client.get("/coverage.xlsx").data.startswith(b"PK")


def test_who_has_certain_zones_sees_their_communes_and_nothing_of_the_province(console: Console) -> None:
    count_coverage(console.database, NOW, HERE)
    here = console.signed_in("cua_khu", {console.zone})
    text = console.get("/coverage", here)
    assert "Phường Một" in text
    for hidden in ("Xã Hai", "Dệt May", "The province", "No commune stated"):
        assert hidden not in text
    assert "Xã Hai" not in here.get("/coverage.csv").text
    for path in (f"/reporters/{console.two}", f"/collected/{console.two}", f"/collected/{console.enterprise}"):
        assert here.get(path).status_code == 404
    listed = console.get("/reporters", here)
    assert ("Phường Một" in listed, "Dệt May" in listed) == (True, False)


def test_planned_cameras_need_a_number_a_day_and_a_source(console: Console) -> None:
    count_coverage(console.database, NOW, HERE)
    good = {"zone": str(console.zone), "cameras": "12", "source": "Kế hoạch 45", "counted_on": "2026-11-20"}
    for wrong, says in (
        ({"cameras": "nhiều"}, "is not a whole number"),
        ({"source": ""}, "Say where the number is from"),
        ({"counted_on": "2027-01-01"}, "still to come"),
    ):
        status, text = console.post("/coverage/cameras", **good | wrong)
        assert status == 422
        assert says in text
        assert 'value="Kế hoạch 45"' in text or "source" in wrong
    assert console.post("/coverage/cameras", **good | {"zone": "9999"})[0] == 404
    assert console.post("/coverage/cameras", **good)[0] == 200
    count_coverage(console.database, NOW + timedelta(minutes=15), HERE)
    assert "20 November 2026, Kế hoạch 45" in console.get("/coverage")


def test_a_reporter_is_entered_once_counted_with_history_and_closed(console: Console) -> None:
    status, text = console.post("/reporters", kind="enterprise", name="Dệt  may", phone="", email="")
    assert (status, "on the list already" in text) == (422, True)
    status, text = console.post("/reporters", kind="agency", name="Sở Y tế", phone="12", email="")
    assert status == 422
    assert 'value="Sở Y tế"' in text
    assert console.post("/reporters", kind="agency", name="Sở Y tế", phone="0274 3822 123", email="so@x.vn")[0] == 200
    path = f"/reporters/{console.one}"
    assert console.post(f"{path}/count", smartphone_users="11", source="Nhà mạng", counted_on="2026-11-01")[0] == 200
    status, text = console.post(f"{path}/count", smartphone_users="30", people="20", source="Nhà mạng", counted_on="2026-11-01")
    assert (status, "more smartphone users than people" in text, 'value="30"' in text) == (422, True, True)
    text = console.get(path)
    assert text.index("1 November 2026") < text.index("1 September 2026")
    assert console.post(f"{path}/close", version="1")[0] == 200
    assert "nothing is asked of it" in console.get(path)
    assert "changed this meanwhile" in console.post(f"{path}/close", version="1", again="yes")[1]


def test_a_link_is_shown_once_or_sent_and_opens_their_page(console: Console) -> None:
    path = f"/reporters/{console.enterprise}"
    _status, text = console.post(f"{path}/link", by="shown")
    link = re.search(r"/r/([\w-]{22})", text)
    assert link is not None
    assert link[1] not in console.get(path)
    with console.database.read() as session:
        assert reporter_of_link(session, link[1]).id == console.enterprise
    assert "on its way" in console.post(f"{path}/link", by="sent")[1]
    assert "Print the link instead." in console.post(f"/reporters/{console.one}/link", by="sent")[1]
    with console.database.read() as session:
        (message,) = session.scalars(select(HotlineMessage)).all()
        assert message.address == "+84901234567"
        assert session.get_one(Reporter, console.one).key is None
    # The three communes can only be printed for.
    assert "0 links are on their way" in console.post("/reporters/links", by="send")[1]
    assert len(re.findall(r"/r/[\w-]{22}", console.post("/reporters/links", by="print")[1])) == 3


def test_a_table_is_seen_before_it_is_entered_and_adds_nothing_the_second_time(console: Console, stated: object) -> None:
    table = "Loại,Tên đơn vị,Xã/phường,Smartphones\nphường,Phường Một,,12\nkcn,Sóng Thần,,900\nxã,Xã Lạ,,\n"

    def sent() -> str:
        form = {"table": (io.BytesIO(table.encode()), "don-vi.csv"), "source": "Sở TTTT", "counted_on": "2026-11-01"}
        answer = console.client.post("/reporters/files", data=form, follow_redirects=True)
        assert answer.status_code == 200
        return unescape(answer.text)

    before = console.count(Reporter), console.count(ReporterCount)
    text = sent()
    assert "Row 4: This province has no commune, ward or special zone named “Xã Lạ”" in text
    assert "Enter 2 rows" in text
    assert (console.count(Reporter), console.count(ReporterCount)) == before
    assert "Entered: 1 new, 1 with something changed, 0 that were so already." in console.post("/reporters/files/1/enter")[1]
    assert "entered already" in console.post("/reporters/files/1/enter")[1]
    assert (console.count(Reporter), console.count(ReporterCount)) == (before[0] + 1, before[1] + 2)
    assert "There is nothing new in this table." in sent()
    other = console.signed_in("anh_ba", None)
    assert other.get("/reporters/files/2").status_code == 404


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nothing", "Số\n1\n".encode(), b"\xff\xfe\x00"])
def test_a_file_that_is_no_table_is_told_and_nothing_is_kept(console: Console, content: bytes) -> None:
    answer = console.client.post("/reporters/files", data={"table": (io.BytesIO(content), "x.xlsx")})
    assert answer.status_code == 422


def test_communes_are_seeded_by_one_button_once_the_province_is_stated(console: Console, stated: object) -> None:
    with console.database.write() as session:
        for row in session.scalars(select(Reporter).where(Reporter.id == console.two)):
            row.same_as = "other"
    before = console.count(Reporter)
    assert "1 commune was entered." in console.post("/reporters/seed")[1]
    assert "0 communes were entered." in console.post("/reporters/seed")[1]
    assert console.count(Reporter) == before + 1


def test_staff_enter_for_a_reporter_and_the_trail_says_who_did(console: Console) -> None:
    path = f"/collected/{console.enterprise}"
    keys = re.findall(r'<input id="(\w+)" name="\1" inputmode', console.get(path))
    assert len(keys) == 5
    good = dict.fromkeys(keys, "3") | {"day": "2026-11-23"}
    status, text = console.post(path, **good | {"at_work": "đông"})
    assert (status, "is not a whole number" in text, 'value="đông"' in text) == (422, True, True)
    assert console.post(path, **good)[0] == 200
    text = console.get("/collected")
    assert "1 of 4 reporters entered their numbers; 3 did not." in text
    assert "entered by chi_hoa for them" in console.get(f"/reporters/{console.enterprise}")
    with console.database.read() as session:
        noted = select(AuditEntry.details).where(AuditEntry.action == "collected-entered").order_by(AuditEntry.id)
        assert session.scalars(noted).all() == [{"reporter": console.enterprise, "day": "2026-11-23"}]
        assert session.scalar(select(CollectedEntry.entered_by)) is not None


def test_a_call_has_a_number_kind_words_and_a_result_in_one_tap(console: Console) -> None:
    with console.database.write() as session:
        for reporter in (console.enterprise, console.one):
            session.add(ReporterChase(day=NOW.date(), reporter_id=reporter, message_key="", call_at=NOW, note=""))
    text = console.get("/collected/to-call")
    assert 'href="tel:+84901234567"' in text
    assert "Is anything making it difficult?" in text
    assert "No telephone number is known." in text
    assert "Noted." in console.post(f"/collected/to-call/{console.enterprise}", outcome="will_enter")[1]
    assert "already called" in console.post(f"/collected/to-call/{console.enterprise}", outcome="no_answer")[1]
    assert "Dệt May" not in console.get("/collected/to-call")
    assert "Choose one of the options." in console.post(f"/collected/to-call/{console.one}", outcome="maybe")[1]


def test_numbers_asked_for_are_changed_closed_and_never_more_than_ten(console: Console) -> None:
    new = {"name_vi": "Số mới", "name_en": "New number", "asked_of": "all", "position": "9", "most": "50"}
    for wrong in ({"name_en": ""}, {"most": "0"}, {"asked_of": "nobody"}, {"most": "-3"}):
        status, text = console.post("/collected/fields", **new | wrong)
        assert status == 422
        assert 'value="Số mới"' in text
    assert console.post("/collected/fields", **new)[0] == 200
    assert console.post("/collected/fields", **new)[0] == 200
    assert console.post("/collected/fields", **new)[0] == 409
    assert console.count(CollectedField) == 10
    assert "Saved." in console.post("/collected/fields/1/close", version="1")[1]
    assert console.post("/collected/fields/1/close", version="1")[0] == 409
    assert console.post("/collected/fields", id="2", version="1", **new)[0] == 200


def test_a_list_for_the_doors_is_printed_and_registered(console: Console) -> None:
    add_declared(console.database, "Trần Hết Hạn", commune(1), made=(NOW - timedelta(days=9),), address="2 Lê Lợi")
    unit = {"unit": "Phường Một, Tỉnh Chín", "unit_asked": "Phường Một, Tỉnh Chín", "unit_key": str(commune(1))}
    status, text = console.post("/doors/list", **unit, recipient="", legal_basis="Luật 114")
    assert (status, "who receives it" in text) == (422, True)
    answer = console.client.post("/doors/list", data={**unit, "recipient": "Tổ khu phố 1", "legal_basis": "Luật 114"})
    assert answer.mimetype == "application/pdf"
    text = pypdf.PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    assert "Trần Hết Hạn" in text
    assert "Tổ khu phố 1" in text
    with console.database.read() as session:
        (handed,) = session.scalars(select(Disclosure)).all()
        assert (handed.recipient, handed.legal_basis) == ("Tổ khu phố 1", "Luật 114")
        assert session.scalar(select(func.count()).where(AuditEntry.action == "doors-printed")) == 1
    here = console.signed_in("cua_khu", {console.zone})
    other = {"unit": "Xã Hai, Tỉnh Chín", "unit_asked": "Xã Hai, Tỉnh Chín", "unit_key": str(commune(2))}
    assert here.post("/doors/list", data={**other, "recipient": "x", "legal_basis": "y"}).status_code == 422
    nobody = {**other, "recipient": "Tổ", "legal_basis": "Luật"}
    assert "Nobody is on the list of Xã Hai" in console.post("/doors/list", **nobody)[1]
