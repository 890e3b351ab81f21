"""The list of everybody in Debian's Chromium: it follows what is typed, fits a phone, and no number stands in an address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.residents import BirthPrecision, FStatus, Presence, PresenceState, Resident, Sex
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from tests.doubles.browsing import fits, picture, serving, sign_in, violations
from tests.worlds.province import PASSWORD
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

pytestmark = pytest.mark.browser
NAMES = [f"{family} {middle} {given}" for family in ("Nguyễn", "Trần", "Lê") for middle in ("Thị", "Văn") for given in
         ("An", "Ánh", "Bình", "Châu", "Đào", "Giang", "Hoà", "Khánh", "Lan", "Yến")]  # fmt: skip


@pytest.fixture
def console(tmp_path: Path, database: Database, vault: Vault) -> Iterator[str]:
    """The address of a console with sixty people, and the nurse `dieuduong`."""
    zone, _people = add_zone(database, "Khu A", NAMES)
    with database.write() as session:
        for place, one in enumerate(session.scalars(select(Resident).order_by(Resident.id))):
            one.birth_date, one.sex = date(1940 + place, 3, 1), (Sex.FEMALE if " Thị " in one.full_name else Sex.MALE)
            one.birth_precision = BirthPrecision.YEAR if place % 7 == 0 else BirthPrecision.DAY
            one.f_status, one.pregnant, one.phone = (FStatus.F1 if place % 3 else None), place == 3, f"+8490123{place:04}"
            if place % 2:
                session.add(Presence(resident_id=one.id, zone_id=zone, state=PresenceState.PRESENT, since=NOW, reason={}))
        add_account(session, "dieuduong", PASSWORD, Role.STAFF, zones=[zone], now=NOW)
    app = create_console(Settings(data_folder=tmp_path), database, vault)
    with serving(app) as address:
        yield address
        app.extensions["live"].close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_somebody_is_found_as_one_types(console: str, browser: Browser, database: Database, language: str) -> None:
    page: Page = browser.new_page(viewport={"width": 360, "height": 780}, color_scheme="dark" if language == "vi" else "light")
    sign_in(page, console, "dieuduong", PASSWORD, language)
    page.goto(f"{console}/people")

    def looked_at(name: str) -> None:
        assert violations(page) == [], name
        for width in (1280, 768, 360):
            page.set_viewport_size({"width": width, "height": 780})
            assert fits(page), (name, width)
            picture(page, f"{name}-{language}")

    rows = page.locator("#people tbody tr")
    expect(rows).to_have_count(50)
    looked_at("people")
    page.click("a[rel=next]")
    expect(rows).to_have_count(10)
    page.goto(f"{console}/people")
    page.locator("#typed").press_sequentially("tran dao")
    expect(rows).to_have_count(2)
    expect(page.locator("#typed")).to_be_focused()
    assert "typed=tran+dao" in page.url
    page.click("#search summary")
    page.fill("#typed", "")
    page.select_option("#f_status", "F1")
    page.fill("#age_from", "80")
    page.keyboard.press("Tab")
    expect(rows.first).to_contain_text("F1")
    expect(rows).to_have_count(4)
    looked_at("people-filtered")
    # Whole, or its last four signs: by the button, and neither in the address.
    for number in ("0901230007", "0007"):
        page.goto(f"{console}/people")
        page.locator("#typed").press_sequentially(number)
        page.keyboard.press("Enter")
        expect(rows).to_have_count(1)
        assert number not in page.url
        assert number[-4:] not in page.url
    looked_at("people-by-number")
    page.goto(f"{console}/people/print")
    expect(page.locator("tbody tr")).to_have_count(60)
    looked_at("people-printed")
    page.close()
    with database.read() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.PERSON_SEARCHED)).all()
    assert len(noted) == 2
    assert not any("0007" in str(vars(entry)) for entry in noted)
