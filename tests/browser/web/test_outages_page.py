"""The page of outages in Debian's Chromium: it fits a phone, axe finds nothing, and Set-up and health leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.models.service import OutagePart, ServiceOutage
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.browsing import look_at, serving, sign_in
from tests.worlds.due_round import world
from tests.worlds.province import PASSWORD
from tests.worlds.small_zone import NOW
from web.console.application import create_console
from web.console.records.outages import PAGE

pytestmark = pytest.mark.browser


@pytest.fixture
def console(tmp_path: Path, database: Database, vault: Vault) -> Iterator[str]:
    """A console after many outages; one lasts, and one excused two people."""
    world(database, "An", "Bình")
    open_due_rounds(database, NOW)
    with database.write() as session:
        add_account(session, "quantri", PASSWORD, Role.ADMINISTRATOR, zones=None, now=NOW)
        session.add(ServiceOutage(part=OutagePart.PAGE, started_at=NOW - timedelta(minutes=9), seen_at=NOW, cause="no-answer"))
        for number in range(PAGE):
            ended = NOW - timedelta(hours=number + 1)
            session.add(
                ServiceOutage(
                    part=OutagePart.WORKER,
                    started_at=ended - timedelta(minutes=5),
                    ended_at=ended,
                    seen_at=ended,
                    cause="no-sign",
                )
            )
        session.flush()
        session.execute(update(CheckIn).values(state=CheckInState.EXCUSED, outage_id=2))
    app = create_console(Settings(data_folder=tmp_path), database, vault, now=lambda: NOW)
    with serving(app) as address:
        yield address
        app.extensions["live"].close()


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_an_administrator_sees_what_failed_and_whom_it_touched(console: str, browser: Browser, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 780}, color_scheme=scheme, locale="vi-VN")  # type: ignore[arg-type]
    sign_in(page, console, "quantri", PASSWORD)
    page.goto(f"{console}/set-up")
    page.get_by_role("link", name="Những lần gián đoạn").click()
    # What lasts stands first.
    expect(page.locator("main li[id]").first.locator(".badge.bad")).to_be_visible()
    expect(page.locator("#outage-2")).to_contain_text("2 người cách ly")
    look_at(page, "outages")
    page.get_by_role("link", name="Cũ hơn").click()
    expect(page.locator("main li[id]")).to_have_count(1)
    page.close()
