"""Orders, rooms and transfers in Debian's Chromium, on a phone: extended, moved, offered and accepted, released; axe finds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, select

from monitor.accounts.accounts import add_account
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Account, Role
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import fits, picture, serving, sign_in, violations
from tests.worlds.province import PASSWORD
from tests.worlds.two_zones import DAY, TwoZones
from web.console.application import create_console

pytestmark = pytest.mark.browser
REASON = {"vi": "Có kết quả xét nghiệm mới", "en": "A new test result"}


@pytest.fixture
def zones(database: Database) -> TwoZones:
    """Orders that are in force today, and a supervisor of both zones in each language."""
    zones = TwoZones(database)
    with database.write() as session:
        for order in session.scalars(select(QuarantineOrder)):
            order.starts_at, order.ends_at = utc_now() - DAY, utc_now() + 2 * DAY
            order.number, order.delivered_on = "12/QĐ-UBND", utc_now().date()
        for language in ("vi", "en"):
            add_account(session, language, PASSWORD, Role.SUPERVISOR, zones=None, now=utc_now(), language=language)
        for account in session.scalars(select(Account)):
            account.totp_secret = None
    return zones


@pytest.fixture
def console(tmp_path: Path, zones: TwoZones) -> Iterator[str]:
    app = create_console(Settings(data_folder=tmp_path), zones.database, Vault(tmp_path / "vault", bytes(32)))
    with serving(app) as address:
        yield address
        app.extensions["live"].close()


def looking(page: Page, language: str) -> Callable[[str], None]:
    def looked_at(name: str) -> None:
        assert violations(page) == [], name
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 780})
            assert fits(page), (name, width)
            picture(page, f"{name}-{language}")

    return looked_at


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_order_is_extended_a_person_moves_is_taken_in_elsewhere_and_released(
    console: str, zones: TwoZones, browser: Browser, language: str
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 780}, color_scheme="light" if language == "vi" else "dark")
    looked_at, reason = looking(page, language), REASON[language]
    sign_in(page, console, language, PASSWORD)
    record = f"{console}/residents/{zones.an}"

    page.goto(record)
    page.locator("#order-card a[href$='/extend']").click()
    expect(page.locator("#follows-title")).to_be_visible()
    looked_at("order-extend")
    page.fill("#ends_at", f"{(utc_now() + DAY).date():%Y-%m-%d}")
    page.fill("#reason", reason)
    page.click("main form button.main")
    expect(page.locator("p.wrong[role=alert]")).to_be_visible()
    looked_at("order-extend-refused")
    page.fill("#ends_at", f"{(utc_now() + 9 * DAY).date():%Y-%m-%d}")
    page.click("main form button.main")
    expect(page.locator("#order-card .order-changes li")).to_have_count(1)

    page.locator("#order-card a[href$='/room']").click()
    page.select_option("#room", label=page.locator("#room option").nth(1).inner_text())
    page.fill("#reason", reason)
    looked_at("order-room")
    page.locator("form:has(#room) button.main").click()
    expect(page.locator("#order-card .order-changes li")).to_have_count(2)

    page.locator("#order-card a[href$='/transfer']").click()
    page.select_option("#to_zone", label="Khu B")
    page.fill("#reason", reason)
    looked_at("transfer-offer")
    page.click("main form button.main")
    expect(page.locator("form[action$='/accept']")).to_be_visible()
    looked_at("transfer-offered")
    page.goto(f"{console}/zones/{zones.there}/movements")
    looked_at("movements")
    page.locator("[id^='transfer-'] a").first.click()
    page.select_option("#room", label=page.locator("#room option").nth(2).inner_text())
    page.check("#when-later")
    page.fill("#due_at", f"{utc_now() + DAY:%Y-%m-%dT%H:%M}")
    page.click("form[action$='/accept'] button.main")
    expect(page.locator("form[action$='/call-off']")).to_be_visible()
    looked_at("transfer-agreed")
    page.click("form[action$='/call-off'] button")
    page.select_option("#room", label=page.locator("#room option").nth(2).inner_text())
    page.click("form[action$='/accept'] button.main")
    expect(page.locator("#order-card .order-changes li").first).to_contain_text("Khu B")
    page.locator("#order-card details summary").first.click()
    looked_at("order-card")

    page.locator("#order-card a[href$='/release']").click()
    page.check("#when-later")
    page.fill("#due_at", f"{utc_now() + 2 * DAY:%Y-%m-%dT%H:%M}")
    page.fill("#reason", reason)
    looked_at("order-release")
    page.click("main form button.main")
    expect(page.locator("#order-card .planned")).to_have_count(1)
    page.locator("#order-card .planned button").click()
    expect(page.locator("#order-card .planned")).to_have_count(0)
    page.locator("#order-card a[href$='/release']").click()
    page.fill("#reason", reason)
    page.click("main form button.main")
    expect(page.locator("#order-card .badge.good").first).to_be_visible()
    page.close()


def test_many_are_released_after_a_preview_and_the_page_shows_how_far_it_is(
    console: str, zones: TwoZones, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 780}, locale="vi-VN")
    looked_at = looking(page, "vi")
    sign_in(page, console, "vi", PASSWORD)
    page.goto(f"{console}/zones/{zones.here}/many")
    page.check(f"#person-{zones.an}")
    page.check(f"#person-{zones.binh}")
    page.check("#deed-release")
    page.fill("#reason", REASON["vi"])
    looked_at("many")
    page.click("#many button.main")
    looked_at("many-preview")
    page.click("#carry-out button.main")
    expect(page.locator("#after")).to_be_visible()
    expect(page.locator("#progress [role=status]")).to_contain_text("2")
    looked_at("many-done")
    with zones.database.read() as session:
        states = session.execute(
            select(QuarantineOrder.state).where(QuarantineOrder.zone_id == zones.here).order_by(QuarantineOrder.id)
        )
        assert [row.state.value for row in states] == ["released", "released", "active"]
    page.close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_many_are_offered_and_taken_in_with_rooms_that_are_proposed(
    console: str, zones: TwoZones, browser: Browser, language: str
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 780}, color_scheme="light" if language == "vi" else "dark")
    looked_at = looking(page, language)
    sign_in(page, console, language, PASSWORD)
    page.goto(f"{console}/zones/{zones.here}/many")
    page.check("#everybody")
    page.check("#deed-transfer")
    page.select_option("#to_zone", label="Khu B")
    page.fill("#reason", REASON[language])
    page.click("#many button.main")
    looked_at("many-offer-preview")
    page.click("#carry-out button.main")
    expect(page.locator("#after")).to_be_visible()
    page.goto(f"{console}/zones/{zones.there}/movements")
    page.locator("a[href$='/coming']").click()
    looked_at("many-coming")
    page.click("#coming button.main")
    # One bed is free: for one there is a room, the others have none written.
    expect(page.locator("#not-title")).to_be_visible()
    looked_at("many-coming-preview")
    page.click("#carry-out button.main")
    expect(page.locator("#after")).to_be_visible()
    looked_at("many-coming-done")
    # The others are refused, after a look at whom.
    page.goto(f"{console}/zones/{zones.there}/coming")
    page.locator("#coming details summary").focus()
    page.keyboard.press("Enter")
    page.fill("#reason", REASON[language])
    looked_at("many-refusing")
    page.click("button[value=refuse]")
    looked_at("many-refusing-preview")
    page.click("#carry-out button.main")
    expect(page.locator("#after")).to_be_visible()
    expect(page.locator("#progress [role=status]")).to_contain_text("2")
    page.goto(f"{console}/zones/{zones.there}/coming")
    expect(page.locator("p.empty")).to_be_visible()
    assert sorted(zones.resident(each).zone_id for each in (zones.an, zones.binh, zones.cuc)) == [zones.here] * 2 + [
        zones.there
    ]
    page.close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_order_begins_otherwise_and_two_records_become_one(
    console: str, zones: TwoZones, browser: Browser, language: str
) -> None:
    with zones.database.write() as session:
        session.execute(delete(QuarantineOrder).where(QuarantineOrder.resident_id == zones.binh))
        session.get_one(Resident, zones.binh).full_name = session.get_one(Resident, zones.an).full_name
        session.get_one(Resident, zones.binh).document_number = "079085001234"
    page = browser.new_page(viewport={"width": 360, "height": 780}, color_scheme="light" if language == "vi" else "dark")
    looked_at = looking(page, language)
    sign_in(page, console, language, PASSWORD)
    page.goto(f"{console}/zones/{zones.here}")
    expect(page.locator("#unordered .person")).to_have_count(1)
    looked_at("zone-waiting")
    page.goto(f"{console}/residents/{zones.an}")
    page.locator("#order-card a[href$='/start']").click()
    page.fill("#starts_at", f"{utc_now() + 9 * DAY:%Y-%m-%dT%H:%M}")
    page.fill("#reason", REASON[language])
    page.click("main form button.main")
    expect(page.locator("#starts_at[aria-invalid]")).to_be_visible()
    looked_at("order-start-refused")
    page.fill("#starts_at", f"{utc_now() - 3 * DAY:%Y-%m-%dT%H:%M}")
    page.click("main form button.main")
    expect(page.locator("#order-card .order-changes li")).to_have_count(1)
    page.locator("#deeds > summary").click()
    page.locator("a[href$='/merge']").click()
    page.fill("#number", f"#{zones.binh}")
    page.click("main form button")
    looked_at("merge-find")
    page.locator(f"form a[href$='/merge/{zones.binh}']").click()
    looked_at("merge")
    page.check("#take-document_number")
    page.fill("#reason", REASON[language])
    page.check("#sure")
    page.click("main form button.main")
    expect(page.locator("#order-card .order-changes li")).to_have_count(1)
    assert zones.resident(zones.an).document_number == "079085001234"
    page.close()
