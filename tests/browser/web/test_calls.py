"""The day's calls on a phone, by touch: from the list to one person after the other, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.incidents import ContactAttempt, ContactOutcome
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.browsing import arrived, look_at, serving, sign_in
from tests.worlds.due_round import minutes, world
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[str]:
    world(database, "Nguyễn Thị An", "Trần Văn Bình", "Lê Thị Cúc")
    open_due_rounds(database, NOW)
    close_due(database, minutes(25))
    with database.write() as session:
        for name, language in (("chi", "vi"), ("dao", "en")):
            add_account(session, name, PASSWORD, Role.STAFF, zones=None, now=NOW, language=language)
    vault = Vault(tmp_path / "vault", bytes(32))
    console = create_console(Settings(data_folder=tmp_path), database, vault, now=lambda: minutes(30))
    with serving(console) as address:
        yield address
    console.extensions["live"].close()


def test_a_nurse_makes_the_days_calls_with_one_hand(browser: Browser, desk: str, database: Database) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True, color_scheme="dark")
    page = context.new_page()
    sign_in(page, desk, "chi", PASSWORD)
    page.goto(f"{desk}/calls")
    expect(page.locator("#calls .line")).to_have_count(3)
    look_at(page, "calls-vi")
    page.locator("a[href='/calls/next']").tap()
    called = []
    for outcome in (ContactOutcome.WELL, ContactOutcome.UNWELL, ContactOutcome.NO_ANSWER):
        expect(page.locator(".dial")).to_have_attribute("href", re.compile(r"^tel:\+84"))
        called.append(page.locator("h1").inner_text())
        look_at(page, "call-vi")
        page.locator(f"[name=outcome][value={outcome.value}]").tap()
        page.wait_for_load_state()
    arrived(page, f"{desk}/calls")
    assert sorted(called) == ["Lê Thị Cúc", "Nguyễn Thị An", "Trần Văn Bình"]
    with database.read() as session:
        assert len(session.scalars(select(ContactAttempt)).all()) == 3
    context.close()
    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
    sign_in(page, desk, "dao", PASSWORD)
    page.goto(f"{desk}/calls")
    look_at(page, "calls-en")
    page.close()
