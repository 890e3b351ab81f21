"""The page of the clock and of damage in Debian's Chromium: it fits a phone, axe finds nothing, and one button confirms the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from monitor.accounts.accounts import add_account
from monitor.clock import Reading, SteadyClock
from monitor.damage.looking import DamageWatch
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.settings import Settings
from monitor.timekeeping.keeping import settle
from monitor.vault.vault import Vault
from rollcall.work.clock_tick import tick_clock
from tests.doubles.browsing import look_at, serving, sign_in
from tests.worlds.province import PASSWORD
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

pytestmark = pytest.mark.browser


@pytest.fixture
def console(tmp_path: Path, database: Database, vault: Vault) -> Iterator[str]:
    """A console whose machine's clock jumped twice, the second time for good; and one damaged number."""
    add_zone(database)
    reading = [NOW.timestamp(), 1000.0]
    clock = SteadyClock(lambda: Reading(*reading))
    settle(database, clock)
    for wall, running in ((40 * 86400.0, 0.0), (10.0, 10.0), (-150.0, 30.0)):
        reading[:] = [NOW.timestamp() + wall, 1000.0 + running]
        tick_clock(database, clock)
        reading[1] += 20
        reading[0] += 20
        tick_clock(database, clock)
    with database.write() as session:
        add_account(session, "quantri", PASSWORD, Role.ADMINISTRATOR, zones=None, now=NOW)
        session.execute(text("UPDATE resident SET phone = 'ZGFtYWdlZA=='"))
    DamageWatch(database, vault).look(NOW)
    app = create_console(Settings(data_folder=tmp_path), database, vault, now=clock.now)
    with serving(app) as address:
        yield address
        app.extensions["live"].close()


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_a_person_sees_what_jumped_and_says_which_time_is_right(
    console: str, browser: Browser, width: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 780}, color_scheme=scheme, locale="vi-VN")  # type: ignore[arg-type]
    sign_in(page, console, "quantri", PASSWORD)
    notice = page.get_by_role("link", name="Xem đồng hồ")
    expect(notice).to_be_visible()
    look_at(page, "clock-notice")
    notice.click()
    look_at(page, "service")
    page.locator("#jump-1 button").click()
    expect(page.locator("#jump-1 .badge.good")).to_be_visible()
    page.locator("#jump-2 button[value=kept]").click()
    expect(page.locator("#jump-2 .badge.good")).to_be_visible()
    # Nothing waits any more, and while it lasts the other time can still be found right.
    expect(page.locator("#jump-2 button")).to_have_count(1)
    look_at(page, "service-confirmed")
    page.close()
