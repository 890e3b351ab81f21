"""The screens of quiet hours, a message in an emergency, and a plan that waits for a second supervisor, at a phone's and a desk's width."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import Account, Role
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.prompts.emergency import Typed, send_emergency
from tests.doubles.browsing import look_at, serving, sign_in
from tests.worlds.due_round import SECRET
from tests.worlds.province import PASSWORD, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser

NIGHT = NOW + timedelta(hours=13)
SIZES = {360: (780, "vi", "dark"), 1280: (900, "en", "light")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """(the console's address at night, the zone)"""
    folder = tmp_path_factory.mktemp("quiet")
    here, _there = seed(folder)
    database, vault = Database(f"sqlite:///{folder}/seed.db", bytes(32)), Vault(folder / "vault", bytes(32))
    with database.write() as session:
        accounts = {row.role: row.id for row in session.execute(select(Account.id, Account.role))}
        plan = session.get_one(Plan, here.plan)
        plan.share_percent, plan.share_wanted, plan.share_wanted_by = 10, 100, accounts[Role.ADMINISTRATOR]
        typed = Typed.read("Cháy ở nhà B, xin ra sân ngay", "", "Cháy ở nhà B")
        send_emergency(session, session.get_one(Zone, here.zone), typed, accounts[Role.SUPERVISOR], {"sms"}, NIGHT)
    settings = Settings(
        data_folder=folder,
        web_threads=8,
        secret_key=SECRET.decode(),
        sms_gateway_url="http://127.0.0.1:1/",
        sms_gateway_token="token",
        price_sms_part=300,
    )
    console = create_console(settings, database, vault, now=lambda: NIGHT)
    with serving(console) as desk:
        yield desk, here.zone
    console.extensions["live"].close()
    database.dispose()


@pytest.mark.parametrize("width", list(SIZES))
def test_the_screens(browser: Browser, site: tuple[str, int], width: int) -> None:
    height, language, scheme = SIZES[width]
    desk, zone = site
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, desk, "supervisor", PASSWORD, language)
    page.goto(f"{desk}/messages")
    look_at(page, "messages-record")
    page.goto(f"{desk}/messages/emergency")
    look_at(page, "emergency")
    page.fill("[name=vietnamese]", "Cháy ở nhà B, xin mọi người ra sân ngay, không dùng thang máy.")
    page.fill("[name=reason]", "Cháy ở nhà B")
    page.locator("form[action$=preview] button").click()
    expect(page.locator("dl.facts")).to_be_visible()
    look_at(page, "emergency-preview")
    page.goto(f"{desk}/zones/{zone}/plans")
    expect(page.locator("[id$=-share] button")).to_be_visible()
    look_at(page, "plan-share")
    context.close()
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, desk, "administrator", PASSWORD, language)
    page.goto(f"{desk}/night-rest")
    look_at(page, "night-rest")
    context.close()
