"""The hotline's public page at 360 pixels, by keyboard: reported, followed by its code, answered, opened again and rated; without a violation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.database.migrate import upgrade
from monitor.hotline.codes import shown_code
from monitor.hotline.doing import Doer, answer, mark
from monitor.hotline.steps import Party
from monitor.models.accounts import Role
from monitor.models.hotline import HotlineTicket, TicketKind, TicketState
from monitor.vault.vault import Vault
from tests.doubles.browsing import look_at
from tests.worlds.public_pages import public

pytestmark = pytest.mark.browser


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"nobody reaches {selector} by keyboard")


def _answer(database: Database) -> HotlineTicket:
    with database.write() as session:
        account = add_account(session, "desk", "đúng là mật khẩu", Role.STAFF, zones=[], now=datetime.now(UTC)).id
        ticket = session.scalars(select(HotlineTicket)).one()
        doer = Doer(account, frozenset({Party.DESK}))
        return answer(session, ticket.id, doer, datetime.now(UTC), seen=mark(ticket), words="Gạo đến lúc 17 giờ.")[0]


def _ticket(database: Database) -> HotlineTicket:
    with database.read() as session:
        return session.scalars(select(HotlineTicket)).one()


def test_a_request_at_360_pixels_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    database, vault = Database(f"sqlite:///{tmp_path}/t.db", bytes(32)), Vault(tmp_path / "vault", bytes(32))
    upgrade(database)
    with public(tmp_path, database, vault, language="vi") as address:
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
        page = context.new_page()
        page.goto(f"{address}/1022")
        look_at(page, "hotline-ask")
        _tab_to(page, "button.main")
        page.keyboard.press("Enter")
        expect(page.locator("#kind-wrong")).to_be_visible()
        look_at(page, "hotline-ask-wrong")
        _tab_to(page, "#kind")
        # The second choice: the first says "please choose".
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("Nhà tôi hết gạo từ hôm qua, có hai cháu nhỏ")
        _tab_to(page, "#phone")
        page.keyboard.type("0901234567")
        _tab_to(page, "button.main")
        page.keyboard.press("Enter")
        expect(page.locator(".request-code")).to_be_visible()
        look_at(page, "hotline-sent")
        ticket = _ticket(database)
        assert (ticket.kind, ticket.caller) == (TicketKind.FOOD, "+84901234567")
        assert page.locator(".request-code").inner_text() == shown_code(ticket.code)
        _answer(database)
        dark = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark", locale="en-GB")
        other = dark.new_page()
        other.goto(f"{address}/1022?lang=en")
        other.locator("#code").fill(ticket.code.lower())
        other.keyboard.press("Enter")
        expect(other.locator("h1")).to_contain_text(shown_code(ticket.code))
        expect(other.locator("main")).not_to_contain_text("17 giờ")
        look_at(other, "hotline-state-dark")
        dark.close()
        page.reload()
        expect(page.locator(".said")).to_have_text("Gạo đến lúc 17 giờ.")
        look_at(page, "hotline-answered")
        _tab_to(page, "input[name=satisfaction]")
        page.keyboard.press("Space")
        _tab_to(page, "form[action$=rate] button")
        page.keyboard.press("Enter")
        expect(page.locator("form[action$=rate] [role=status]")).to_be_visible()
        _tab_to(page, "#words")
        page.keyboard.type("Gạo vẫn chưa tới")
        _tab_to(page, "form[action$=reopen] button")
        page.keyboard.press("Enter")
        expect(page.locator("#words")).to_have_count(0)
        again = _ticket(database)
        assert (again.state, again.reopened) == (TicketState.NEW, 1)
        page.goto(f"{address}/1022/0000-0000")
        look_at(page, "hotline-unknown")
        context.close()
    database.dispose()
