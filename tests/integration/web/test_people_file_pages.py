"""Pages of people from files: who sees which file, what is written into the trail, what leaves as a file, and what is too large."""

from __future__ import annotations

import http.client
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from monitor.database.database import Database
from monitor.enrolment.files import written_people
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.imports import ImportRow, PeopleImport, RowState
from monitor.models.people.residents import Resident
from monitor.settings import Settings
from monitor.sheets import FileKind, read_sheet
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from tests.doubles.browsing import serving
from tests.worlds.people_files import AN, BINH, NOW, FilesWorld
from tests.worlds.signed_in import signed_in
from web.console.application import create_console

AN_AGAIN = {"full_name": "Nguyen Van An", "birth": "05/09/1980", "phone": "0901234567", "address": "12 Lê Lợi"}
WRONG = {**BINH, "birth": "31/02/1975"}


class Site:
    """A console with that world, and browsers of its people."""

    def __init__(self, database: Database, vault: Vault, folder: Path) -> None:
        self.world = FilesWorld(database, vault)
        self.app: Flask = create_console(Settings(data_folder=folder), database, vault, now=lambda: NOW)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.database = database

    def browser(self, name: str, *zones: int, language: str = "en") -> FlaskClient:
        return signed_in(self.app, self.database, name, Role.SUPERVISOR, zones, NOW, language)

    def trail(self, action: Action) -> list[AuditEntry]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


@pytest.fixture
def site(database: Database, vault: Vault, tmp_path: Path) -> Iterator[Site]:
    made = Site(database, vault, tmp_path)
    yield made
    made.app.extensions["live"].close()


def send(browser: FlaskClient, zone: int, rows: list[dict[str, str]]) -> int:
    content = b"".join(written_people(rows, FileKind.XLSX, "vi"))
    answer = browser.post("/people/files", data={"zone": zone, "table": (io.BytesIO(content), "danh sách.xlsx")})
    assert answer.status_code == 303
    return int(answer.location.rsplit("/", 1)[1])


def test_a_file_is_seen_entered_and_undone_and_the_trail_says_so(site: Site) -> None:
    browser, zone = site.browser("gs", site.world.zone), site.world.zone
    number = send(browser, zone, [AN, WRONG])
    assert "Waits to be read" in browser.get(f"/people/files/{number}").text
    site.world.run(NOW)
    page = browser.get(f"/people/files/{number}").text
    assert "1 person would be entered" in page
    assert "There is no such day: 31/02/1975." in page
    assert browser.post(f"/people/files/{number}/enter").status_code == 303
    # Somebody on another tablet does it as well.
    again = browser.post(f"/people/files/{number}/enter")
    assert (again.status_code, "has gone on with this file meanwhile" in again.text) == (409, True)
    site.world.run(NOW)
    assert "Nguyễn Văn An" in browser.get(f"/people/files/{number}?rows=entered").text
    assert "1 person was entered by this file" in browser.get(f"/people/files/{number}/undo").text
    assert browser.post(f"/people/files/{number}/undo").status_code == 303
    assert browser.post(f"/people/files/{number}/undo").status_code == 409
    for action, said in (
        (Action.PEOPLE_FILE_SENT, {"file": number, "name": "danh sách.xlsx"}),
        (Action.PEOPLE_FILE_CONFIRMED, {"file": number, "rows": 1}),
        (Action.PEOPLE_FILE_UNDONE, {"file": number, "people": 1}),
    ):
        assert [(each.zone_id, each.details) for each in site.trail(action)] == [(zone, said)], action
    assert len(site.trail(Action.PERSON_ENTERED)) == 1


def test_refused_rows_leave_as_a_file_with_what_is_wrong(site: Site) -> None:
    browser = site.browser("gs", site.world.zone, language="vi")
    number = send(browser, site.world.zone, [AN, WRONG])
    site.world.run(NOW)
    for kind in ("csv", "xlsx"):
        fetched = browser.get(f"/people/files/{number}/refused.{kind}")
        sheet = read_sheet(fetched.data, most_rows=10)
        (line,) = sheet.lines
        assert (sheet.head[0], sheet.head[-1], line.cells[0]) == ("Họ và tên *", "Lỗi", "Trần Thị Bình")
        assert line.cells[-1] == "Ngày sinh: Không có ngày này: 31/02/1975."
    assert [each.details["rows"] for each in site.trail(Action.REFUSED_ROWS_FETCHED)] == [1, 1]
    assert browser.get(f"/people/files/{number}/refused.pdf").status_code == 404
    assert browser.post(f"/people/files/{number}/drop").status_code == 303
    assert browser.get(f"/people/files/{number}/refused.csv").status_code == 404


def test_nobody_sees_a_file_that_leads_into_a_zone_of_others(site: Site) -> None:
    world = site.world
    number = world.rows([AN, {**BINH, "zone": "Khu B"}, WRONG])
    for name, zones, status in (
        ("all", (world.zone, world.other), 200),
        ("aa", (world.zone,), 404),
        ("cc", (world.foreign,), 404),
    ):
        browser = site.browser(name, *zones)
        listed = browser.get("/people/files").text
        assert ("people.csv" in listed) is (status == 200)
        for address in ("", "/undo", "/refused.csv"):
            assert browser.get(f"/people/files/{number}{address}").status_code == status, (name, address)
        if status == 404:
            for address in ("/enter", "/drop", "/undo"):
                assert browser.post(f"/people/files/{number}{address}").status_code == 404
    assert world.people() == []


def test_a_zone_of_others_takes_no_file(site: Site) -> None:
    browser = site.browser("aa", site.world.zone)
    data = {"zone": site.world.other, "table": (io.BytesIO(b"x"), "x.csv")}
    assert browser.post("/people/files", data=data).status_code == 404
    with site.database.read() as session:
        assert session.scalars(select(PeopleImport)).all() == []


def doubtful(site: Site, zone_of_an: int, zone_of_row: int) -> int:
    """An is entered in one zone; somebody like him waits in another. The row's key."""
    world = site.world
    names = {world.zone: "Khu A", world.other: "Khu B"}
    world.entered([{**AN, "zone": names[zone_of_an]}])
    world.entered([{**AN_AGAIN, "zone": names[zone_of_row]}])
    with site.database.read() as session:
        return session.scalars(select(ImportRow.id).where(ImportRow.state == RowState.PARKED)).one()


def test_a_doubtful_row_is_decided_field_by_field(site: Site) -> None:
    row = doubtful(site, site.world.zone, site.world.zone)
    browser = site.browser("gs", site.world.zone)
    assert "Nguyen Van An" in browser.get("/people/doubtful").text
    page = browser.get(f"/people/doubtful/{row}").text
    assert "Same name, date of birth and telephone number." in page
    assert 'id="take-address"' in page
    assert 'id="take-phone"' not in page
    assert browser.post(f"/people/doubtful/{row}", data={"decision": "x"}).status_code == 422
    late = {"decision": "same", "take": "address", "version": "7"}
    assert browser.post(f"/people/doubtful/{row}", data=late).status_code == 409
    assert browser.post(f"/people/doubtful/{row}", data={**late, "version": "1"}).status_code == 303
    (an,) = site.world.people()
    assert an.address == "12 Lê Lợi"
    (shown,) = site.trail(Action.DOUBTFUL_SHOWN)
    (decided,) = site.trail(Action.DOUBTFUL_DECIDED)
    assert shown.resident_id == decided.resident_id == an.id
    assert decided.details["decision"] == "same"
    assert browser.get(f"/people/doubtful/{row}").status_code == 404


def test_two_records_that_a_row_may_be_become_one_from_its_page_and_the_row_goes_on_waiting(site: Site) -> None:
    row = doubtful(site, site.world.zone, site.world.zone)
    browser, address = site.browser("gs", site.world.zone), f"/people/doubtful/{row}"
    (an,) = site.world.people()
    page = browser.get(address).text
    assert (f'"/residents/{an.id}/merge"' in page, "Entered twice?" in page) == (True, False)

    def twin(zone: int) -> int:
        with site.database.write() as session:
            one = Resident(
                zone_id=zone, full_name="Nguyễn Văn Ân", birth_date=an.birth_date, phone=an.phone, created_at=NOW
            )  # fmt: skip
            session.add(one)
            session.flush()
            return one.id

    elsewhere, again = twin(site.world.other), twin(site.world.zone)
    page = browser.get(address).text
    assert "Entered twice?" in page
    assert (f"/residents/{an.id}/merge/{again}" in page, f"/residents/{an.id}/merge/{elsewhere}" in page) == (True, False)
    sure = {"version": "1", "other_version": str(an.version), "reason": "Cùng một người", "sure": "yes"}
    assert browser.post(f"/residents/{again}/merge/{an.id}", data=sure).status_code == 303
    # The record that the row may be is now a part of the other one.
    assert "Nguyễn Văn Ân" in browser.get("/people/doubtful").text
    page = browser.get(address).text
    assert (f'"/residents/{again}"' in page, f"#{again}" in page) == (True, False)
    taken = {"decision": "same", "take": "address", "version": "2"}
    assert browser.post(address, data=taken | {"version": "1"}).status_code == 303
    (kept,) = [each for each in site.world.people() if each.id == again]
    assert kept.address == "12 Lê Lợi"


def test_of_a_record_in_a_zone_of_others_only_the_zone_is_told(site: Site) -> None:
    row = doubtful(site, site.world.other, site.world.zone)
    with site.database.write() as session:
        an = session.scalars(select(Resident)).one()
        an.full_name, an.help_needed = "Nguyễn Văn An", "xe lăn"
    browser = site.browser("aa", site.world.zone)
    for address in ("/people/doubtful", f"/people/doubtful/{row}"):
        page = browser.get(address).text
        assert "Nguyễn Văn An" not in page
        assert "079080001234" not in page
    assert "Khu B" in page
    assert browser.post(f"/people/doubtful/{row}", data={"decision": "same"}).status_code == 409
    assert [each.resident_id for each in site.trail(Action.DOUBTFUL_SHOWN)] == [None]
    # Whoever works where the record is does not see the row.
    assert site.browser("bb", site.world.other).get(f"/people/doubtful/{row}").status_code == 404
    assert browser.post(f"/people/doubtful/{row}", data={"decision": "other"}).status_code == 303
    assert len(site.world.people()) == 2


def test_300_megabytes_are_refused_in_words_while_they_are_being_sent(site: Site) -> None:
    browser = site.browser("gs", site.world.zone)
    cookie = browser.get_cookie("quarantine_console")
    assert cookie is not None
    length = 300 * 2**20
    with serving(site.app) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        connection.putrequest("POST", "/people/files")
        connection.putheader("Cookie", f"quarantine_console={cookie.value}")
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", str(length))
        connection.endheaders()
        piece = bytes(2**20)
        for _ in range(length // len(piece)):
            connection.send(piece)
        answer = connection.getresponse()
        assert (answer.status, "larger than 12 MB" in answer.read().decode()) == (413, True)
        connection.close()
    with site.database.read() as session:
        assert session.scalars(select(PeopleImport)).all() == []
