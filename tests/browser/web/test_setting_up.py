"""From the address that the service prints to a whole set-up, by screens alone in Debian's Chromium: skipped, taken up, done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.accounts.factors import needing
from monitor.accounts.invitations import invite_first
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.places.units.loading import load_units
from monitor.settings import Settings
from monitor.stated import Stated, stated, take
from monitor.vault.vault import open_vault
from tests.doubles.browsing import arrived, look_at, serving, texts
from tests.doubles.ports import free_port
from tests.doubles.vendor_server import Answer, VendorServer
from tests.worlds.signed_in import PASSWORD
from web.console.application import create_console

pytestmark = pytest.mark.browser


@dataclass
class Site:
    """A console on an empty database, its first address, and a gateway that takes text messages."""

    address: str
    first: str
    gateway: VendorServer


@pytest.fixture
def site(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "quarantine.db").write_bytes(migrated_sqlite.read_bytes())
    gateway = VendorServer(lambda _asked: Answer(200, {"id": "g-1"}))
    port = free_port()
    settings = Settings(
        data_folder=tmp_path, web_threads=8, console_url=f"http://127.0.0.1:{port}", sms_gateway_url=f"{gateway.address}/sms"
    )
    vault = open_vault(settings)
    database = Database(settings.database, vault.column_key())
    load_units(database, utc_now())
    with database.write() as session:
        handed = invite_first(session, now=utc_now())
    assert handed is not None
    console = create_console(settings, database, vault, needing=needing(settings.second_factor_roles))
    with serving(console, "127.0.0.1", port):
        yield Site(settings.console_address, f"{settings.console_address}/start/{handed.code}", gateway)
    console.extensions["live"].close()
    database.dispose()
    gateway.stop()
    take(Stated())


def begin(page: Page, site: Site, language: str) -> None:
    """From the printed address to a first administrator with an authenticator app."""
    page.goto(site.first)
    look_at(page, f"first-start-{language}")
    page.click(f".sign-in button[value={language}]")
    page.fill("#username", "quantri")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("button.main")
    page.fill("#username", "quantri")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.click("form[action='/account/app'] button")
    key = page.locator("code.note-text").inner_text()
    page.fill("#code", pyotp.TOTP(re.sub(r"[^A-Z2-7]", "", key)).now())
    page.click("form[action='/account/app/confirm'] button")
    # The account's page leads on.
    page.click("main a[href='/set-up']")
    expect(page.locator("#go-on")).to_be_visible()


def say_who(page: Page, language: str) -> None:
    page.goto(page.url.split("/set-up")[0] + "/set-up/authority")
    page.fill("#hotline", "gọi trạm")
    page.fill("#authority", "Trạm Y tế phường Phú Cường")
    page.click(".card form button.main")
    expect(page.locator("#hotline-said")).to_be_visible()
    look_at(page, f"set-up-authority-wrong-{language}")
    page.fill("#hotline", "1900 9095")
    page.click(".card form button.main")
    arrived(page, re.compile("/set-up/recovery_sheet$"))


def keep_the_sheet(page: Page, language: str) -> None:
    look_at(page, f"set-up-sheet-before-{language}")
    page.click("form[action='/set-up/recovery_sheet'] button")
    groups = texts(page.locator(".groups code"), 16)
    look_at(page, f"set-up-sheet-{language}")
    for field in page.locator("input[name^=group-]").all():
        number = int((field.get_attribute("name") or "").removeprefix("group-"))
        field.fill(groups[number - 1])
    page.click("form[action='/set-up/recovery_sheet/confirm'] button")
    arrived(page, re.compile("/set-up/zone$"))
    assert not any(each in page.content() for each in groups[:3])


def add_a_zone(page: Page, language: str) -> None:
    look_at(page, f"set-up-zone-{language}")
    page.click("a[href='/zones/new']")
    page.fill("#name", "Khu A")
    page.click("main form button.main >> nth=-1")
    page.fill("#pattern", "101-103")
    page.click("form[action$='/rooms/preview'] button.main")
    page.click("form[action$='/rooms'] button.main")
    page.goto(page.url.split("/zones")[0] + "/set-up/zone")
    expect(page.locator(".card .badge.good")).to_be_visible()


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "vi", "dark"), (360, "en", "light"), (1280, "vi", "light")])
def test_from_the_printed_address_through_every_step(
    browser: Browser, site: Site, width: int, language: str, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    begin(page, site, language)
    assert stated().language == language
    look_at(page, f"set-up-begun-{language}")
    # Whatever is left is led to: skip it, see that it is skipped, and come back to it from the list.
    page.click("#go-on")
    arrived(page, re.compile("/set-up/authority$"))
    look_at(page, f"set-up-authority-{language}")
    page.click("#skip")
    arrived(page, re.compile("/set-up/recovery_sheet$"))
    page.goto(f"{site.address}/set-up")
    page.click(".steps a[href='/set-up/authority']")
    say_who(page, language)
    keep_the_sheet(page, language)
    add_a_zone(page, language)
    page.goto(f"{site.address}/set-up/channels")
    look_at(page, f"set-up-channels-{language}")
    page.fill("#address-sms", "0912 345 678")
    page.click(".channel button")
    expect(page.locator(".notice[role=status]")).to_be_visible()
    assert [each.json["to"] for each in site.gateway.asked] == ["+84912345678"]
    for step in ("language", "administrator", "mail", "cameras", "people", "plan"):
        page.goto(f"{site.address}/set-up/{step}")
        look_at(page, f"set-up-{step}-{language}")
    page.check("#template-home")
    page.click("form[action='/set-up/plan'] button")
    expect(page.locator(".facts").first).to_be_visible()
    look_at(page, f"set-up-plan-made-{language}")
    for step in ("mail", "cameras", "people"):
        page.goto(f"{site.address}/set-up/{step}")
        page.click("#skip")
    arrived(page, re.compile("/set-up$"))
    expect(page.locator("#go-on")).to_have_count(0)
    look_at(page, f"set-up-whole-{language}")
    # The address that was printed leads nowhere any more.
    assert page.goto(site.first).status == 410  # type: ignore[union-attr]
    context.close()
