"""The screens of zones and rooms in Debian's Chromium: they fit a phone, axe finds nothing, and a unit is offered as it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.places.units.loading import load_units
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import arrived, fits, picture, serving, sign_in, violations
from tests.worlds.province import PASSWORD
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

pytestmark = pytest.mark.browser


@pytest.fixture
def console(tmp_path: Path, database: Database, vault: Vault) -> Iterator[str]:
    """The address of a console with a zone, and the administrator `quantri` of all zones."""
    add_zone(database)
    load_units(database, NOW)
    with database.write() as session:
        add_account(session, "quantri", PASSWORD, Role.ADMINISTRATOR, zones=None, now=NOW)
    app = create_console(Settings(data_folder=tmp_path), database, vault)
    with serving(app) as address:
        yield address
        app.extensions["live"].close()


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 360, "height": 780}, color_scheme="dark", locale="vi-VN")


def test_a_zone_and_its_rooms_are_made_on_a_phone(console: str, page: Page) -> None:
    def looked_at(name: str) -> None:
        assert violations(page) == [], name
        for width in (1280, 768, 360):
            page.set_viewport_size({"width": width, "height": 780})
            assert fits(page), (name, width)
            picture(page, name)

    sign_in(page, console, "quantri", PASSWORD)
    page.goto(f"{console}/zones")
    looked_at("zones")
    page.goto(f"{console}/zones/new")
    page.fill("#name", "Khu B, Bến Nghé")
    page.locator("#unit").press_sequentially("ben nghe")
    expect(page.locator("#unit-offers option").first).to_have_attribute("value", "Phường Sài Gòn, Thành phố Hồ Chí Minh")
    page.fill("#unit", "Phường Bến Nghé")
    page.check("#together-sex")
    page.click("main form button.main")
    expect(page.get_by_role("radio")).to_be_checked()
    looked_at("zone-unit")
    page.click("main form button.main")
    page.fill("#pattern", "101-120, 101A, x\u0007..y")
    page.click("details button.main")
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at("rooms-refused")
    page.fill("#pattern", "101-120, A1..A12")
    page.fill("#beds", "4")
    page.click("details button.main")
    looked_at("rooms-preview")
    page.click("#preview-title ~ form button.main")
    expect(page.locator("#rooms-title")).to_contain_text("32")
    looked_at("rooms")
    page.click("tbody a:text-is('A12')")
    looked_at("room")


def test_rooms_are_drawn_by_keyboard_and_mouse(console: str, page: Page, database: Database) -> None:
    sign_in(page, console, "quantri", PASSWORD)
    page.goto(f"{console}/zones/1/maps/new")
    assert violations(page) == []
    page.fill("#name", "Tầng 1")
    page.click("main form button.main")
    arrived(page, re.compile(r"/maps/\d+$"))
    room = page.get_by_role("button", name="phòng 101").first
    room.focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowLeft", "Shift+ArrowUp"):
        page.keyboard.press(key)
    # The same element by another name: where it is now is what a screen reader says.
    moved = page.locator("#drawn .placed")
    expect(moved).to_be_focused()
    expect(moved).to_have_attribute("aria-label", re.compile("cách mép trái 7 %, cách mép trên 7 %"))
    page.click("#save")
    expect(page.locator("#status")).to_have_text("Đã lưu.")
    page.reload()
    expect(moved).to_have_attribute("aria-label", re.compile("cách mép trái 7 %"))
    frame = page.locator("#plan-editor svg.floor").bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.6, frame["y"] + frame["height"] * 0.6, steps=3)
    page.mouse.up()
    expect(page.locator("#status")).to_have_text("Chưa lưu.")
    assert violations(page) == []
    for width in (1280, 768, 360):
        page.set_viewport_size({"width": width, "height": 780})
        assert fits(page), width
    page.keyboard.press("Delete")
    expect(page.locator("#drawn .placed")).to_have_count(0)
    expect(page.locator("#left button")).to_be_focused()
