"""From the interview to the order by keyboard, at 360 pixels, and the contact's own list; axe finds nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.contacts.rules import rule_of, shipped, written
from monitor.contacts.stored_rules import add_rule
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.contacts.contacts import CaseContact, ContactState
from monitor.models.people.residents import QuarantineOrder
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import arrived, look_at, serving, sign_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

pytestmark = pytest.mark.browser
PASSWORD = "đúng là mật khẩu"


@pytest.fixture
def console(database: Database, tmp_path: Path) -> Iterator[str]:
    zone, _people = add_zone(database)
    with database.write() as session:
        boss = add_account(session, "son", PASSWORD, Role.SUPERVISOR, zones=[zone], now=NOW)
        session.flush()
        content = written(next(each for each in shipped() if each.key == "3638-2021"))
        ordering = content | {"starts_on": "2026-01-01", "ends_on": None, "name_vi": "Quy định của tỉnh", "own": True}
        add_rule(session, rule_of(ordering), boss.id, NOW)
    settings = Settings(data_folder=tmp_path)
    app = create_console(settings, database, Vault(tmp_path / "vault", bytes(32)), now=lambda: NOW)
    with serving(app) as address:
        yield address
    app.extensions["live"].close()


def tab_to(page: Page, selector: str) -> None:
    for _ in range(90):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"nobody reaches {selector} by keyboard")


def press(page: Page, selector: str) -> None:
    """Reach a button or link by keyboard, and press it."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state()


def test_from_the_interview_to_the_order_by_keyboard(browser: Browser, console: str, database: Database) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
    page = context.new_page()
    sign_in(page, console, "son", PASSWORD, "vi")
    page.goto(f"{console}/cases/new?resident=1")
    look_at(page, "case-new")
    page.locator("#onset_on").fill(f"{NOW:%Y-%m-%d}")
    page.locator("#found_where").select_option("workplace")
    press(page, "form.card button.main")
    arrived(page, re.compile(r"/cases/\d+$"))
    look_at(page, "case")
    press(page, "form[action$='interview/begin'] button")
    arrived(page, re.compile("/interview$"))
    look_at(page, "case-interview-empty")
    start, end = NOW + timedelta(hours=2), NOW + timedelta(hours=6)
    page.locator("#stop_from").fill(f"{start:%Y-%m-%dT%H:%M}")
    page.locator("#stop_to").fill(f"{end:%Y-%m-%dT%H:%M}")
    page.locator("#stop_place").focus()
    page.keyboard.type("Căn tin 12")
    # What is typed is saved by itself, and there when the page is opened again.
    expect(page.locator("#saved")).not_to_be_empty()
    page.reload()
    expect(page.locator("#stop_place")).to_have_value("Căn tin 12")
    page.locator("#stop_place").focus()
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.wait_for_load_state()
    page.locator("#met_full_name").focus()
    page.keyboard.type("Lê Thị Cúc")
    page.keyboard.press("Tab")
    page.keyboard.type("0912345678")
    tab_to(page, "#near input")
    # A digit says how near, and leads on to the minutes.
    page.keyboard.press("2")
    assert page.locator("#near-2").is_checked()
    expect(page.locator("#met_minutes")).to_be_focused()
    page.keyboard.type("45")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.wait_for_load_state()
    expect(page.locator("[aria-labelledby=told-title]")).to_contain_text("Lê Thị Cúc")
    look_at(page, "case-interview")
    press(page, "form[action$=read-back] button")
    press(page, "#end button")
    arrived(page, re.compile("/contacts$"))
    look_at(page, "case-contacts")
    press(page, "#contact-1 h2 a")
    look_at(page, "case-contact")
    press(page, "form[action$=release] button")
    press(page, "form[action$=person] button")
    look_at(page, "case-contact-released")
    press(page, "[id^=task] a.button.main")
    arrived(page, re.compile("/orders/new"))
    look_at(page, "case-contact-order")
    tab_to(page, "#authority")
    page.keyboard.type("Sở Y tế")
    press(page, "form.narrow button.main")
    with database.read() as session:
        contact = session.scalars(select(CaseContact)).one()
        order = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == contact.resident_id)).one()
    assert (contact.state, contact.order_id) == (ContactState.RELEASED, order.id)
    for address, name in (("/cases", "cases"), ("/contact-tasks", "contact-tasks"), ("/contact-rules", "contact-rules")):
        page.goto(console + address)
        look_at(page, name)
    context.close()


def test_the_pages_in_english_wide_and_dark(browser: Browser, console: str, database: Database) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", color_scheme="dark")
    page = context.new_page()
    sign_in(page, console, "son", PASSWORD, "en")
    page.goto(f"{console}/cases/new?resident=1")
    page.locator("#found_where").select_option("community")
    with page.expect_navigation():
        page.locator("form.card button.main").click()
    page.wait_for_load_state()
    # Without dates: told with what to do.
    expect(page.locator("main .wrong").first).to_contain_text("first day with signs")
    look_at(page, "case-new-wrong-en-dark")
    page.locator("#onset_on").fill(f"{NOW:%Y-%m-%d}")
    with page.expect_navigation():
        page.locator("form.card button.main").click()
    page.wait_for_load_state()
    look_at(page, "case-en-dark")
    page.locator("form[action$='interview/begin'] button").click()
    arrived(page, re.compile("/interview$"))
    look_at(page, "case-interview-en-dark")
    page.goto(f"{console}/contact-rules")
    look_at(page, "contact-rules-en-dark")
    context.close()
