"""The list of cases, a case, the table of warning signs and what somebody in danger reads, at 360 pixels: nothing for axe to find."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Resident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import words
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.browsing import look_at, serving, sign_in
from tests.worlds.due_round import SECRET, token_of, world
from tests.worlds.small_zone import NOW
from tests.worlds.tables import make_tables
from web.console.application import create_console
from web.residents.application import create_residents

pytestmark = pytest.mark.browser

PASSWORD = "đúng là mật khẩu"


def test_from_the_phone_of_who_cannot_breathe_to_the_case_on_the_list(browser: Browser, tmp_path: Path) -> None:
    database, vault = Database(f"sqlite:///{tmp_path}/t.db", bytes(32)), Vault(tmp_path / "vault", bytes(32))
    make_tables(database)
    zone, (resident, other) = world(database, "Nguyễn Thị An", "Trần Văn Bình", evidence="acknowledged")
    with database.write() as session:
        session.execute(update(Resident).values(pregnant=True))
        add_account(session, "bs-lan", PASSWORD, Role.SUPERVISOR, zones=None, now=NOW, language="vi")
        for kind, cause in (
            (IncidentKind.WISH, causes.wish(other)),
            (IncidentKind.TEXT_UNCLEAR, causes.text_unclear(resident)),
        ):
            open_incident(session, kind, cause, zone_id=zone, resident_id=resident, reason=words("“hết gạo”"), now=NOW)
    open_due_rounds(database, NOW)
    settings = Settings(data_folder=tmp_path, web_threads=8, secret_key=SECRET.decode())
    console = create_console(settings, database, vault, now=lambda: NOW)
    residents = create_residents(settings, database, vault, now=lambda: NOW)
    context = browser.new_context(viewport={"width": 360, "height": 780}, color_scheme="dark")
    page = context.new_page()
    with serving(console) as desk, serving(residents) as phone:
        page.goto(f"{phone}/a/{token_of(database, resident)}")
        page.get_by_text("Tôi không khỏe").check()
        page.get_by_text("Khó thở", exact=True).check()
        page.get_by_label("Độ bão hòa oxy").fill("30")
        page.get_by_role("button", name="Gửi", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("SpO₂")
        page.get_by_label("Độ bão hòa oxy").fill("92")
        look_at(page, "answer-with-oxygen")
        page.get_by_role("button", name="Gửi", exact=True).click()
        expect(page.locator("h1")).to_have_text("Gọi ngay 115. Đừng chờ chúng tôi gọi.")
        expect(page.locator("#outcome")).to_contain_text("Tin đã được đánh dấu khẩn cấp trong danh sách của nhân viên y tế.")
        expect(page.locator("#outcome a[href='tel:115']")).to_be_visible()
        look_at(page, "outcome-danger")
        sign_in(page, desk, "bs-lan", PASSWORD)
        page.goto(f"{desk}/incidents")
        first = page.locator(".lines > li").first
        for said in ("Nguy hiểm: trong vài phút", "Không khỏe", "Khó thở", "SpO₂ 92 %", "đang mang thai"):
            expect(first).to_contain_text(said)
        expect(page.locator(".lines > li")).to_have_count(2)
        look_at(page, "cases")
        first.get_by_role("link").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#urgency")).to_contain_text("Vì sao khẩn cấp")
        look_at(page, "case")
        page.goto(f"{desk}/triage")
        look_at(page, "table-of-warning-signs")
        page.get_by_label("Vì sao thay đổi bảng, theo quyết định của ai").fill("Hội đồng chuyên môn")
        page.get_by_role("button", name="Lưu thành phiên bản mới").click()
        expect(page.get_by_role("status").first).to_contain_text("Đã lưu phiên bản mới")
    with database.read() as session:
        case = session.scalars(select(Incident).where(Incident.case_of == resident, Incident.lead_id.is_(None))).one()
        assert case.urgency == "danger"
    context.close()
    console.extensions["live"].close()
    database.dispose()
