"""The papers and the last day of admission in Debian's Chromium: seen, decided, and each paper as it is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import look_at, serving, sign_in, violations
from tests.worlds.small_zone import NOW
from tests.worlds.tables import make_tables
from web.console.application import create_console

pytestmark = pytest.mark.browser

PASSWORD = "đúng là mật khẩu"


@pytest.mark.parametrize(("width", "colours"), [(360, "dark"), (1280, "light")])
def test_papers_and_the_last_day(browser: Browser, tmp_path: Path, width: int, colours: str) -> None:
    database = Database(f"sqlite:///{tmp_path}/t.db", bytes(32))
    make_tables(database)
    with database.write() as session:
        add_account(session, "quan", PASSWORD, Role.ADMINISTRATOR, zones=None, now=NOW, language="vi")
    settings = Settings(data_folder=tmp_path, web_threads=8, authority="Trạm Y tế phường Phú Cường")
    console = create_console(settings, database, Vault(tmp_path / "vault", bytes(32)), now=lambda: NOW)
    context = browser.new_context(viewport={"width": width, "height": 780}, color_scheme=colours)  # type: ignore[arg-type]
    page = context.new_page()
    with serving(console) as desk:
        sign_in(page, desk, "quan", PASSWORD)
        page.goto(f"{desk}/papers")
        look_at(page, "papers")
        page.get_by_role("link", name="Các quyết định đã có").click()
        page.get_by_label("Ngày cuối cùng được tiếp nhận người cách ly").fill("2026-12-24")
        page.get_by_label("Lý do, theo quyết định của ai").fill("Quyết định 12/QĐ-UBND của tỉnh")
        look_at(page, "enrolment-end")
        page.get_by_role("button", name="Lưu").click()
        expect(page.get_by_role("status").first).to_contain_text("đến hết ngày này")
        expect(page.locator("main")).to_contain_text("24/12/2026")
        look_at(page, "enrolment-end-decided")
        for name in ("impact-assessment", "notice", "camera-sign", "retention"):
            page.goto(f"{desk}/papers/{name}/vi")
            assert page.evaluate("getComputedStyle(document.body).fontFamily.includes('Times')"), "the style sheet is used"
            page.emulate_media(color_scheme="light")
            assert violations(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        page.goto(f"{desk}/papers/camera-sign/vi")
        sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True)))
        assert sheets == 1, "a sign is one sheet"
    context.close()
    console.extensions["live"].close()
    database.dispose()
