"""The menu, the field that finds anything and the shortcuts in Debian's Chromium: three widths, both languages, keyboard, touch, no script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.database.database import Database
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import arrived, look_at, serving, sign_in
from tests.worlds.province import PASSWORD, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser
WIDTHS = {360: 640, 768: 1024, 1280: 900}
# Of 640 px on a phone.
MOST_OF_HEAD = 110


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a console with an account for each role, marked as a demonstration: the head is highest then."""
    folder = tmp_path_factory.mktemp("console")
    seed(folder)
    database = Database(f"sqlite:///{folder}/seed.db", bytes(32))
    made = Settings(data_folder=folder, demonstration=True)
    app = create_console(made, database, Vault(folder / "vault", bytes(32)), now=lambda: NOW)
    with serving(app) as address:
        yield address
        app.extensions["live"].close()
    database.dispose()


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})


def top_of(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.parametrize(("role", "language", "scheme"), [("supervisor", "vi", "light"), ("administrator", "en", "dark")])
def test_the_menu_is_whole_at_each_width_and_moves_nothing(
    console: str, browser: Browser, role: str, language: str, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    sign_in(page, console, role, PASSWORD, language)
    page.goto(f"{console}/roll-calls")
    front, more = page.locator(".in-front > li"), page.locator("#more > summary")
    for width in WIDTHS:
        resize(page, width)
        head = page.locator("header.top").bounding_box()
        assert head is not None
        assert width > 360 or head["height"] <= MOST_OF_HEAD
        for entry in front.all():
            box = entry.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["height"] >= 44
            # What it says is not cut off.
            assert entry.locator(":scope > *").first.evaluate("(e) => e.scrollWidth <= e.clientWidth + 1"), entry.inner_text()
        look_at(page, f"menu-{role}")
        before = top_of(page, "h1")
        more.click()
        expect(page.locator(".behind")).to_be_visible()
        assert top_of(page, "h1") == before
        look_at(page, f"menu-{role}-more")
        page.keyboard.press("Escape")
        expect(page.locator(".behind")).to_be_hidden()
        expect(more).to_be_focused()
    page.close()


def test_by_keyboard_alone_one_gets_behind_the_last_entry_and_out_again(console: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    sign_in(page, console, "supervisor", PASSWORD, "en")
    page.locator("#more > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".behind a").first).to_be_focused()
    page.locator(".behind a").last.focus()
    page.keyboard.press("Tab")
    expect(page.locator(".behind")).to_be_hidden()
    page.locator("#more > summary").focus()
    page.keyboard.press("Space")
    page.locator(".behind a", has_text="Audit trail").focus()
    page.keyboard.press("Enter")
    arrived(page, re.compile("/audit$"))
    expect(page.locator("#more > summary")).to_have_attribute("aria-current", "true")
    expect(page.locator(".behind a[aria-current=page]")).to_have_text("Audit trail")
    page.close()


@pytest.mark.parametrize(("language", "scheme"), [("vi", "dark"), ("en", "light")])
def test_anything_is_found_as_one_types(console: str, browser: Browser, language: str, scheme: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 640}, color_scheme=scheme)
    sign_in(page, console, "supervisor", PASSWORD, language)
    field, options = page.locator("#find"), page.locator("#find-list [role=option]")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/find" in request.url else None)
    for width in WIDTHS:
        resize(page, width)
        page.keyboard.press("Control+k")
        expect(field).to_be_focused()
        field.press_sequentially("tran b")
        expect(options).to_have_count(1)
        expect(field).to_have_attribute("aria-expanded", "true")
        # What is found does not hide what is typed.
        assert top_of(page, "#find-list") > top_of(page, "#find") + 30
        look_at(page, f"find-{language}")
        page.keyboard.press("Escape")
        expect(options).to_have_count(0)
        expect(field).to_be_focused()
        field.fill("")
    field.press_sequentially("cam")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.nth(1).get_attribute("id") or "")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    arrived(page, re.compile(r"/cameras/\d+$"))
    # A number goes by the form, and stands in no address that was asked.
    asked.clear()
    field.press_sequentially("0901234567")
    expect(page.locator("#find-list p")).to_be_visible()
    page.keyboard.press("Enter")
    arrived(page, re.compile("/people$"))
    assert not any("0901" in address for address in asked)
    # Enter without a choice shows the page of results.
    field.press_sequentially("khu a")
    expect(options.first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#found section").first).to_be_visible()
    look_at(page, f"found-{language}")
    page.close()


@pytest.mark.parametrize(("language", "scheme"), [("vi", "light"), ("en", "dark")])
def test_shortcuts_are_listed_do_nothing_in_fields_and_can_be_switched_off(
    console: str, browser: Browser, language: str, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    sign_in(page, console, "supervisor", PASSWORD, language)
    dialog = page.locator("#shortcuts-dialog")
    for width in WIDTHS:
        resize(page, width)
        page.keyboard.press("?")
        expect(dialog).to_be_visible()
        look_at(page, f"shortcuts-{language}")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("r")
    arrived(page, re.compile("/roll-calls$"))
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("?gp/")
    expect(page.locator("#find")).to_have_value("?gp/")
    expect(dialog).to_be_hidden()
    page.locator("h1").click()
    # By the menu too, for who has no keyboard; and off from here on, but for Ctrl-K.
    page.click("#more > summary")
    page.click("#menu a[href='/shortcuts']")
    expect(dialog).to_be_visible()
    dialog.locator("#keys-on").uncheck()
    dialog.locator("button").click()
    page.keyboard.press("?")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.keyboard.press("Control+k")
    expect(page.locator("#find")).to_be_focused()
    expect(dialog).to_be_hidden()
    arrived(page, re.compile("/roll-calls$"))
    page.goto(f"{console}/shortcuts")
    expect(page.locator("#keys-on")).not_to_be_checked()
    page.close()


def test_by_touch_and_without_a_script_the_menu_opens_and_things_are_found(console: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, console, "staff", PASSWORD)
    page.tap("#more > summary")
    page.tap(".behind a[href='/enrol']")
    arrived(page, re.compile("/enrol"))
    page.fill("#find", "tran binh")
    page.tap("#find-form button")
    arrived(page, re.compile(r"/find\?typed="))
    page.tap("#found a")
    arrived(page, re.compile(r"/residents/\d+$"))
    # What a page is for opens in its place.
    page.tap(".help > summary")
    expect(page.locator(".help > p")).to_be_visible()
    context.close()
