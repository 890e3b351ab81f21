"""People from a file in Debian's Chromium: upload, every row, entering, a doubtful pair, undoing; on a phone and at a desk, in both languages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.enrolment.files import written_people
from monitor.models.accounts import Role
from monitor.models.people.residents import Resident
from monitor.settings import Settings
from monitor.sheets import FileKind
from monitor.vault.vault import Vault
from rollcall.imports import ImportWork
from tests.doubles.browsing import look_at, serving, sign_in
from tests.doubles.waiting import PATIENCE
from tests.worlds.province import PASSWORD
from tests.worlds.small_zone import add_zone
from web.console.application import create_console

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE * 1000)
ORDER = {"starts_at": "30/11/2026", "ends_at": "14/12/2026", "authority": "UBND phường Phú Cường"}
ROWS = [
    {"full_name": "Trần Văn Bình", "sex": "Nam", "birth": "05/09/1980", "phone": "0901234567", "document_number": "079080001234", "room": "101", **ORDER},
    {"full_name": "Lê Thị Cúc", "sex": "Nữ", "birth": "1975", "household": "Hộ bà Cúc", "household_phone": "0907654321", **ORDER},
    # Somebody with the same name, day and telephone is there.
    {"full_name": "Nguyễn Thị An", "sex": "Nữ", "birth": "02/03/1990", "phone": "0900000001", "address": "12 Lê Lợi", **ORDER},
    {"full_name": "Phạm Dũng", "birth": "31/02/1980", "phone": "9.12E+08", **ORDER},
    {"full_name": "Hoàng Hà", "starts_at": "14/12/2026", "ends_at": "30/11/2026", "authority": "UBND"},
]  # fmt: skip


@contextmanager
def working(database: Database, vault: Vault) -> Iterator[None]:
    """A worker beside the console."""
    work, stop = ImportWork(database, vault, "w"), threading.Event()

    def run() -> None:
        while not stop.is_set():
            if not work.step(utc_now()):
                stop.wait(0.1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def console(tmp_path: Path, database: Database, vault: Vault) -> Iterator[str]:
    """The address of a console with two zones and the supervisor `phutrach` of both."""
    _zone, (an,) = add_zone(database)
    add_zone(database, "Khu B")
    with database.write() as session:
        resident = session.get_one(Resident, an)
        resident.full_name, resident.phone, resident.birth_date = (
            "Nguyễn Thị An",
            "+84900000001",
            utc_now().date().replace(1990, 3, 2),
        )
        add_account(session, "phutrach", PASSWORD, Role.SUPERVISOR, zones=None, now=utc_now())
    app = create_console(Settings(data_folder=tmp_path), database, vault)
    with working(database, vault), serving(app) as address:
        yield address
        app.extensions["live"].close()


def opened(browser: Browser, address: str, width: int, language: str, scheme: str) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 780}, color_scheme=scheme)  # type: ignore[arg-type]
    sign_in(page, address, "phutrach", PASSWORD, language)
    return page


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "vi", "dark"), (1280, "en", "light")])
def test_a_file_is_sent_looked_at_entered_decided_and_undone(
    browser: Browser, console: str, database: Database, tmp_path: Path, width: int, language: str, scheme: str
) -> None:
    kind = FileKind.CSV if width == 360 else FileKind.XLSX
    table = tmp_path / f"danh sách.{kind.value}"
    # More than a small form may have: what bounds forms must not bound files.
    notes = dict.fromkeys(("help_needed", "home_note", "supplies_note"), "x" * 290)
    many = [{"full_name": f"Người {number}", **notes} for number in range(400)]
    table.write_bytes(b"".join(written_people([*ROWS, *many], kind, "vi")))
    page = opened(browser, console, width, language, scheme)
    page.goto(f"{console}/people/files")
    look_at(page, f"people-files-{language}")
    page.select_option("#zone", label="Khu A")
    page.set_input_files("#table", table)
    page.locator("form.card button.main").click()
    # By the live stream, without a look at the page again.
    enter = page.locator("form[action$='/enter'] button.main")
    expect(enter).to_contain_text("402")
    expect(page.locator("tbody tr")).to_have_count(2)
    look_at(page, f"people-file-{language}")
    with page.expect_download() as fetched:
        page.locator("a[href$='refused.xlsx']").click()
    assert fetched.value.suggested_filename == "refused.xlsx"
    enter.click()
    undo = page.locator("a[href$='/undo']")
    expect(undo).to_be_visible()
    look_at(page, f"people-file-done-{language}")
    page.goto(f"{console}/people/doubtful")
    look_at(page, f"people-doubtful-{language}")
    page.locator("tbody a").first.click()
    look_at(page, f"people-pair-{language}")
    # The same person was entered twice: the two are compared from here.
    with database.write() as session:
        an = session.scalars(select(Resident).where(Resident.phone == "+84900000001").order_by(Resident.id).limit(1)).one()
        twin = Resident(
            zone_id=an.zone_id, full_name="Nguyễn Thị Ân", phone=an.phone, birth_date=an.birth_date, created_at=utc_now()
        )
        session.add(twin)
    pair = page.url
    page.reload()
    look_at(page, f"people-pair-twice-{language}")
    page.locator("section[aria-labelledby=twice-title] a").click()
    look_at(page, f"people-pair-merge-{language}")
    page.goto(pair)
    page.check("#take-address")
    page.locator("button[value=same]").click()
    expect(page.locator("p.notice").first).to_be_visible()
    page.goto(f"{console}/people/files")
    page.locator("#files a").first.click()
    undo.click()
    look_at(page, f"people-undo-{language}")
    page.locator("button.danger").click()
    expect(page.locator("#file p.notice")).to_be_visible()
    look_at(page, f"people-file-undone-{language}")


def test_a_file_that_is_too_large_is_told_before_it_is_sent(browser: Browser, console: str, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(13 << 20)
    page = opened(browser, console, 360, "vi", "light")
    page.goto(f"{console}/people/files")
    page.set_input_files("#table", large)
    expect(page.locator("#table-large")).to_be_visible()
    page.set_input_files("#table", [])
    expect(page.locator("#table-large")).to_be_hidden()
