"""Answers in doubt on the page of their incident, in Debian's Chromium: what a nurse sees, and what a supervisor decides by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.incidents import Incident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import create_engine
from rollcall.faces.verification import verify_due
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.browsing import arrived, look_at, serving, sign_in
from tests.worlds.due_round import answer_by_link, jpeg, minutes, world
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The address of a console, and the incident about two answers in whose pictures nobody is."""
    vault = Vault(tmp_path / "vault", bytes(32))
    _zone, (resident,) = world(database, "Nguyễn Thị An")
    engine = create_engine("sface")
    for opened in (0, 180):
        open_due_rounds(database, minutes(opened))
        answer_by_link(database, vault, resident, jpeg(), now=minutes(opened + 1))
        verify_due(database, vault, lambda: engine, lambda: engine, worker="w-1", now=minutes(opened + 2))
    with database.write() as session:
        for name, role in (("hoa", Role.STAFF), ("chi", Role.SUPERVISOR)):
            add_account(session, name, PASSWORD, role, zones=None, now=NOW, language="vi")
        incident = session.scalars(select(Incident.id)).one()
    console = create_console(Settings(data_folder=tmp_path), database, vault, now=lambda: minutes(190))
    with serving(console) as desk:
        yield desk, incident
    console.extensions["live"].close()


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "vi", "dark"), (1280, "en", "light")])
def test_what_waits_is_shown_where_it_is_decided(
    browser: Browser, site: tuple[str, int], width: int, language: str, scheme: str
) -> None:
    desk, incident = site
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    sign_in(page, desk, "hoa", PASSWORD, language)
    page.goto(f"{desk}/incidents/{incident}")
    expect(page.locator("#waits")).to_contain_text("2")
    expect(page.locator("#resolve")).to_have_count(0)
    expect(page.locator(".review form")).to_have_count(0)
    look_at(page, f"answers-waiting-{language}")
    page.close()
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    sign_in(page, desk, "chi", PASSWORD, language)
    page.goto(f"{desk}/incidents/{incident}")
    expect(page.locator(".review img")).to_have_count(2)
    look_at(page, f"answers-to-decide-{language}")
    for left in (1, 0):
        page.locator(".review textarea").first.focus()
        page.keyboard.type("Đã gọi, đúng người")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".review")).to_have_count(left)
        arrived(page, f"{desk}/incidents/{incident}")
    expect(page.locator("#notes .note-text")).to_have_text("Đã gọi, đúng người")
    look_at(page, f"answers-decided-{language}")
    page.close()
