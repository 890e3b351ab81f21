"""The page of a person on a phone, by touch: from the menu to values entered, the curve, and a part of the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.browsing import look_at, serving, sign_in
from tests.worlds.due_round import minutes, world
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[str]:
    _zone, (an,) = world(database, "Nguyễn Thị An")
    open_due_rounds(database, NOW)
    close_due(database, minutes(25))
    with database.write() as session:
        for name, language in (("chi", "vi"), ("dao", "en")):
            add_account(session, name, PASSWORD, Role.SUPERVISOR, zones=None, now=NOW, language=language)
    vault = Vault(tmp_path / "vault", bytes(32))
    console = create_console(Settings(data_folder=tmp_path), database, vault, now=lambda: NOW + timedelta(minutes=30))
    with serving(console) as address:
        yield f"{address}/residents/{an}"
    console.extensions["live"].close()


def test_a_nurse_enters_a_fever_on_her_phone_and_sees_what_follows(browser: Browser, desk: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    page = context.new_page()
    sign_in(page, desk.partition("/residents")[0], "chi", PASSWORD)
    page.goto(desk)
    look_at(page, "person-vi")
    page.locator("#deeds > summary").tap()
    page.locator("#deeds a[href='#value-temperature']").tap()
    page.locator("#value-temperature").fill("39,4")
    page.locator("#value-spo2").fill("93")
    look_at(page, "person-values-vi")
    page.locator("#values button").tap()
    expect(page.locator("#curve-temperature .beyond").first).to_be_visible()
    expect(page.locator("#to-do .line")).to_have_count(1)
    expect(page.locator("#to-do")).to_contain_text("Không khỏe")
    # A roll-call is one line, which opens.
    roll_call = page.locator("#timeline li[id^='entry-2-']")
    expect(roll_call).to_have_count(1)
    expect(roll_call.locator(".within")).to_be_hidden()
    roll_call.locator("summary").tap()
    expect(roll_call.locator(".within li").first).to_be_visible()
    look_at(page, "person-opened-vi")
    page.locator(".filters > summary").tap()
    page.locator("label[for='show-values']").tap()
    page.locator(".filters button").tap()
    expect(page.locator("#timeline > ol > li")).to_have_count(1)
    context.close()


def test_the_page_is_read_at_a_desk_in_the_dark(browser: Browser, desk: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    sign_in(page, desk.partition("/residents")[0], "dao", PASSWORD)
    page.goto(desk)
    page.keyboard.press("Tab")
    page.locator("#deeds > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#deeds a[href='#ask-button']")).to_be_visible()
    look_at(page, "person-menu-en")
    page.close()
