"""What was seen to be ugly or wrong on screens, once each: weekdays, the trail, what stands beside a live picture, the gap above rounds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.database.database import Database
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import look_at, serving, sign_in
from tests.worlds.province import PASSWORD, Place, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser
WIDTHS = (360, 768, 1280)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Place]]:
    folder = tmp_path_factory.mktemp("console")
    here, _there = seed(folder)
    database = Database(f"sqlite:///{folder}/seed.db", bytes(32))
    app = create_console(Settings(data_folder=folder), database, Vault(folder / "vault", bytes(32)), now=lambda: NOW)
    with serving(app) as address:
        yield address, here
        app.extensions["live"].close()
    database.dispose()


@pytest.fixture(scope="module")
def page(console: tuple[str, Place], browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    sign_in(page, console[0], "supervisor", PASSWORD, "vi")
    yield page
    page.close()


def at_each_width(page: Page) -> Iterator[int]:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        yield width


def test_weekdays_stand_in_one_line_each(page: Page, console: tuple[str, Place]) -> None:
    address, place = console
    page.goto(f"{address}/cameras/{place.camera}")
    for _width in at_each_width(page):
        days = page.locator("div.days label")
        expect(days).to_have_count(7)
        for day in days.all():
            box = day.bounding_box()
            assert box is not None
            assert box["height"] < 32, day.inner_text()
        look_at(page, "camera-settings")


def test_the_trail_is_read_without_pushing_it_aside(page: Page, console: tuple[str, Place]) -> None:
    page.goto(f"{console[0]}/audit")
    expect(page.locator("table.trail")).to_be_visible()
    for _width in at_each_width(page):
        assert page.locator(".scroll").evaluate("(e) => e.scrollWidth <= e.clientWidth")
        look_at(page, "trail")


def test_a_round_keeps_away_from_the_buttons_above_it(page: Page, console: tuple[str, Place]) -> None:
    address, place = console
    page.goto(f"{address}/zones/{place.zone}")
    for _width in at_each_width(page):
        buttons = page.locator("section:has(#rounds) .buttons").bounding_box()
        rounds = page.locator("#rounds").bounding_box()
        assert buttons is not None
        assert rounds is not None
        assert rounds["y"] - buttons["y"] - buttons["height"] >= 12


def test_beside_a_picture_stands_one_state_and_not_two(page: Page, console: tuple[str, Place]) -> None:
    page.goto(f"{console[0]}/cameras/wall")
    expect(page.locator(".tile")).to_have_count(3)
    # One of the three works; the state of the connection says all about it.
    expect(page.locator(".tile .badge")).to_have_count(2)


def test_a_models_name_is_broken_between_words_alone(page: Page, console: tuple[str, Place]) -> None:
    page.goto(f"{console[0]}/cameras")
    for _width in at_each_width(page):
        wraps = page.locator(".camera .facts dd").evaluate_all("(all) => all.map((e) => getComputedStyle(e).overflowWrap)")
        assert set(wraps) == {"break-word"}


def test_that_somebody_has_no_smartphone_is_asked_before_it_is_so(page: Page, console: tuple[str, Place]) -> None:
    address, place = console
    page.goto(f"{address}/residents/{place.residents[0]}")
    switch = page.locator("#smartphone button")
    expect(switch).to_be_hidden()
    page.click("#smartphone > summary")
    expect(page.locator("#smartphone p")).to_contain_text("Từ tin nhắn tiếp theo")
    switch.click()
    expect(page.locator(".notice[role=status]").first).to_be_visible()
