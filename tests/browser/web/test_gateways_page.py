"""The page of gateways in Debian's Chromium: it fits a phone and a desk, axe finds nothing, and a keyboard is enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from monitor.database.database import Database
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.channels.heard import heard_receipt
from rollcall.channels.receipt_states import Decision
from rollcall.inbound.gateway_notes import GatewayNotes
from tests.doubles.browsing import look_at, serving, sign_in
from tests.worlds.province import PASSWORD, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser
LONG = "id:0870928761 sub:001 dlvrd:001 submit date:2611231000 done date:2611231001 stat:"


def test_the_page_of_gateways_fits_and_is_clean_at_each_width(browser: Browser, tmp_path: Path) -> None:
    seed(tmp_path)
    database, vault = Database(f"sqlite:///{tmp_path}/seed.db", bytes(32)), Vault(tmp_path / "vault", bytes(32))
    told = [heard_receipt("+84900000101", f"{LONG}DELIVRD err:000", "0870928761", "DELIVRD", Decision.DELIVERED)]
    told.append(heard_receipt("+84900000102", f"{LONG}HLR_OK err:000", "0870928762", "HLR_OK", None))
    GatewayNotes(database, "smpp").note(told, NOW)
    console = create_console(Settings(data_folder=tmp_path, web_threads=8, smpp_host="smsc"), database, vault, now=lambda: NOW)
    with serving(console) as desk:
        for width, scheme in ((360, "dark"), (768, "light"), (1280, "light")):
            page = browser.new_context(
                viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
            ).new_page()
            sign_in(page, desk, "administrator", PASSWORD)
            expect(page.locator("#zones")).to_be_visible()
            page.goto(f"{desk}/messages/gateways")
            look_at(page, "gateways")
            page.locator("form[action='/messages/gateways'] button").focus()
            page.keyboard.press("Enter")
            expect(page.locator("tr[id^=sample-]")).to_have_count(2)
            look_at(page, "gateways-shown")
            page.context.close()
    console.extensions["live"].close()
    database.dispose()
