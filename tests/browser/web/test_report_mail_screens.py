"""What left by mail, recipients, schedules and the day sheet in Debian's Chromium: seen, settled, printed; by axe at each width."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import look_at, serving, sign_in
from tests.doubles.smtp_server import Deed, odd_server
from tests.worlds.mailed_reports import BOX, COPY, MailedReports
from tests.worlds.tables import make_tables
from web.console.application import create_console

pytestmark = pytest.mark.browser

PASSWORD = "đúng là mật khẩu"


@pytest.mark.parametrize(("width", "colours"), [(360, "dark"), (768, "light"), (1280, "light")])
def test_a_mail_of_which_nobody_knows_is_settled_and_a_day_sheet_is_printed(
    browser: Browser, tmp_path: Path, width: int, colours: str
) -> None:
    database, vault = Database(f"sqlite:///{tmp_path}/t.db", bytes(32)), Vault(tmp_path / "vault", bytes(32))
    make_tables(database)
    with odd_server(Deed.DELAY, Deed.DELAY, Deed.DROP) as server:
        world = MailedReports(database, vault, [server.port])
        world.recipient(BOX)
        world.recipient(COPY, copy=True, language="en")
        world.release(12, provisional=True)
        world.wait()
        world.wait(minutes=1)
    with database.write() as session:
        add_account(session, "giamsat", PASSWORD, Role.SUPERVISOR, zones=None, now=world.now, language="vi")
    settings = Settings(
        data_folder=tmp_path, web_threads=8, second_factor_roles="", smtp_host="127.0.0.1", mail_from="cachly@tinh.example.vn"
    )
    console = create_console(settings, database, vault, now=lambda: world.now)
    context = browser.new_context(viewport={"width": width, "height": 780}, color_scheme=colours)  # type: ignore[arg-type]
    page = context.new_page()
    with serving(console) as desk:
        sign_in(page, desk, "giamsat", PASSWORD)
        page.goto(f"{desk}/reports/sending")
        expect(page.locator("main")).to_contain_text("Báo cáo số 12/2026 ngày 24/11/2026")
        look_at(page, "sending")
        page.locator("main .line a").first.click()
        expect(page.locator("main")).to_contain_text("450 4.2.0 greylisted, try again")
        page.get_by_text("Tất cả lần gửi").first.click()
        look_at(page, "document")
        page.get_by_role("button", name="Đã đến nơi").first.click()
        expect(page.get_by_role("status").first).to_contain_text("Thư không được gửi lại")
        look_at(page, "document-settled")
        page.goto(f"{desk}/reports/recipients")
        page.get_by_label("Địa chỉ thư điện tử").fill("so-y-te@tinh.example.vn")
        page.get_by_label("Tên ghi ở mục “Nơi nhận” của báo cáo").fill("Sở Y tế")
        look_at(page, "recipients")
        page.get_by_role("button", name="Thêm", exact=True).click()
        expect(page.locator("main")).to_contain_text("so-y-te@tinh.example.vn")
        page.goto(f"{desk}/reports/schedules")
        page.get_by_label("Khu (phiếu hằng ngày)").select_option(label="Khu cách ly 1")
        page.get_by_label("Địa chỉ thư điện tử, cách nhau bằng dấu phẩy").fill("tram@tinh.example.vn")
        look_at(page, "schedules")
        page.get_by_role("button", name="Thêm", exact=True).click()
        expect(page.locator("main")).to_contain_text("hằng ngày, 17:00")
        page.goto(f"{desk}/zones/{world.zone}/day-sheet")
        look_at(page, "day-sheet")
        pdf = context.request.get(f"{desk}/zones/{world.zone}/day-sheet.pdf?day=2026-11-23&form=filled")
        assert pdf.headers["content-type"] == "application/pdf"
        assert pdf.body().startswith(b"%PDF")
    context.close()
    console.extensions["live"].close()
    database.dispose()
