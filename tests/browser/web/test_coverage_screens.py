"""The reporter's page on a small phone with a bad line, and coverage with its map, in a real browser."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.reporters import CollectedEntry, Reporter, ReporterChase, ReporterKind
from monitor.reports.collected.counts import CountDetails, keep_count
from monitor.reports.collected.entries import keep_entry
from monitor.reports.collected.fields import ship_fields
from monitor.reports.collected.reporters import ReporterDetails, add_reporter, new_link, seed_communes
from monitor.reports.coverage.counting import Counts, count, keep
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import arrived, fits, look_at, serving, sign_in, violations
from tests.worlds.public_pages import public
from tests.worlds.reporters import PROVINCE, add_declared, add_units, commune
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import add_zone
from web.console.application import create_console

pytestmark = pytest.mark.browser
HERE = ZoneInfo("Asia/Ho_Chi_Minh")
WIDTHS = (360, 768, 1280)


def today() -> date:
    return utc_now().astimezone(HERE).date()


def test_a_units_page_on_a_small_phone_keeps_what_was_typed_and_says_what_is_wrong(
    browser: Browser, database: Database, vault: Vault, tmp_path: Path
) -> None:
    now = utc_now()
    add_units(database)
    with database.write() as session:
        ship_fields(session, now)
        seed_communes(session, PROVINCE, now)
        one = session.scalars(select(Reporter).where(Reporter.name == "Phường Một")).one()
        link, reporter = new_link(session, one, now), one.id
        before = {"arrived": 12, "homes_visited": 340, "helped_to_declare": 45, "volunteers": 20, "sent_to_station": 1}
        keep_entry(
            session,
            reporter,
            today() - timedelta(days=1),
            {**before, "codes_put_up": 3},
            same_confirmed=False,
            account_id=None,
            now=now,
        )
    with public(tmp_path, database, vault, "vi") as site:
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme, locale="vi-VN")
            page.goto(f"{site}/r/{link}")
            assert fits(page)
            assert violations(page) == []
            page.get_by_label("Người mới đến từ nơi khác trong ngày").fill("mười hai")
            for name, value in (
                ("Hộ gia đình đã đến tận nhà trong ngày", "350"),
                ("Người được giúp khai báo y tế trong ngày", "-1"),
                ("Thành viên tổ cộng đồng làm nhiệm vụ", "21"),
                ("Người được chuyển đến trạm y tế", "1"),
                ("Điểm dán mã mới trong ngày", "2"),
            ):
                page.get_by_label(name).fill(value)
            page.get_by_role("button", name="Gửi số liệu").click()
            page.get_by_text("“mười hai” không phải số nguyên.").wait_for()
            assert page.get_by_text("Số nhỏ hơn 0 không thể đúng.").is_visible()
            assert page.get_by_label("Hộ gia đình đã đến tận nhà trong ngày").input_value() == "350"
            assert fits(page)
            assert violations(page) == []
            look_at(page, f"reporter-wrong-{scheme}")
            page.close()
        page = browser.new_page(viewport={"width": 360, "height": 740}, locale="vi-VN")
        page.goto(f"{site}/r/{link}")
        for key, value in ({**before, "codes_put_up": 3}).items():
            page.locator(f"#{key}").fill(str(value))
        page.keyboard.press("Enter")
        page.get_by_text("Các số này giống hệt ngày hôm trước.").wait_for()
        assert violations(page) == []
        look_at(page, "reporter-same-again")
        page.get_by_label("Đúng, số liệu không thay đổi").check()
        page.get_by_role("button", name="Gửi số liệu").click()
        page.get_by_text("Xin cảm ơn. Đã lưu số liệu.").wait_for()
        look_at(page, "reporter-saved")
        page.close()
    with database.read() as session:
        kept = session.scalars(select(CollectedEntry).where(CollectedEntry.day == today())).one()
        assert (kept.numbers["homes_visited"], kept.same_confirmed) == (340, True)


def test_coverage_and_its_pages_fit_three_widths_without_faults(
    browser: Browser, database: Database, vault: Vault, tmp_path: Path
) -> None:
    now = utc_now()
    add_units(database)
    add_zone(database)
    with database.write() as session:
        add_account(session, "hoa", PASSWORD, Role.SUPERVISOR, zones=None, now=now)
        ship_fields(session, now)
        seed_communes(session, PROVINCE, now)
        details = ReporterDetails(ReporterKind.ENTERPRISE, "Công ty Dệt May", None, "Chị Hoa", "+84901234567")
        enterprise = add_reporter(session, details, now)
        assert enterprise is not None
        session.add(ReporterChase(day=today(), reporter_id=enterprise, message_key="", call_at=now, note=""))
        for name, users in (("Phường Một", 10), ("Xã Hai", 4)):
            mine = session.scalars(select(Reporter.id).where(Reporter.name == name)).one()
            keep_count(session, mine, CountDetails(today(), "Khảo sát", 30, users), None, now)
    for number in range(7):
        add_declared(database, f"A{number}", commune(1), made=(now - timedelta(hours=1),))
    with database.write() as session:
        rows = count(session, today(), now)
        keep(session, today(), rows, now)
        # A week before more had declared: the commune fell behind.
        for ago in range(1, 20):
            keep(session, today() - timedelta(days=ago), [_earlier(row) for row in rows], now)
    settings = Settings(data_folder=tmp_path, secret_key="x" * 32)
    with serving(create_console(settings, database, vault)) as desk:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        sign_in(page, desk, "hoa", PASSWORD, "vi")
        for path, name in (
            ("/coverage", "coverage"),
            ("/reporters", "reporters"),
            (f"/reporters/{enterprise}", "reporter"),
            ("/collected", "collected"),
            (f"/collected/{enterprise}", "collected-entry"),
            ("/collected/to-call", "to-call"),
            ("/collected/fields", "fields"),
            ("/doors", "doors"),
            ("/reporters/files/new", "reporter-file"),
        ):
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme="dark" if width == 768 else "light")
                page.goto(desk + path)
                look_at(page, name)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{desk}/collected/to-call")
        page.get_by_role("button", name="Đơn vị sẽ tự nhập").click()
        page.get_by_text("Hiện không cần gọi đơn vị nào.").wait_for()
        page.goto(f"{desk}/coverage")
        tile = page.locator("svg.tiles g", has_text="70")
        assert tile.locator("title").text_content() == "Phường Một: 70,0 %"
        page.get_by_text("giảm 20,0 điểm phần trăm, dưới mục tiêu").wait_for()
        page.get_by_role("link", name="Phường Một").first.click()
        arrived(page, re.compile(r"/reporters/\d+$"))
        page.close()


def _earlier(row: Counts) -> Counts:
    more = 2 if row.about in ("province", f"unit:{commune(1)}") else 0
    return Counts(**{**vars(row), "covered": (row.covered or 0) + more, "in_force": (row.in_force or 0) + more})
