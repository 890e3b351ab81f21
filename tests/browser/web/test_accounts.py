"""Accounts in Debian's Chromium: a passkey from a virtual authenticator, a tablet that locks itself, and screens that fit and have no fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from monitor.accounts.accounts import set_pin
from monitor.accounts.invitations import invite
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Account, Role, SignInSession
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import arrived, look_at, serving
from tests.doubles.ports import free_port
from tests.worlds.province import PASSWORD, add_accounts, add_place
from web.console.application import create_console

pytestmark = pytest.mark.browser

# Width: height, language, colours; the others of each are seen at another width.
SIZES = {360: (780, "vi", "dark"), 768: (1024, "vi", "light"), 1280: (900, "en", "light")}


@dataclass
class Site:
    """A console that is served under a name, as passkeys need it; every role must have a second factor."""

    address: str
    database: Database
    accounts: dict[str, int]


@pytest.fixture
def site(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "test.db").write_bytes(migrated_sqlite.read_bytes())
    database, vault = Database(f"sqlite:///{tmp_path}/test.db", bytes(32)), Vault(tmp_path / "vault", bytes(32))
    accounts = add_accounts(database, add_place(database, vault, "Khu A"), now=utc_now())
    port = free_port()
    settings = Settings(data_folder=tmp_path, web_threads=8, console_url=f"http://localhost:{port}")
    console = create_console(settings, database, vault, needing=Role)
    with serving(console, "localhost", port):
        yield Site(settings.console_address, database, accounts)
    console.extensions["live"].close()
    database.dispose()


def with_authenticator(page: Page) -> None:
    """A device inside this browser that keeps passkeys and makes sure who holds it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page: Page, site: Site, name: str, *, shared: bool = False) -> None:
    page.goto(f"{site.address}/sign-in")
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    if shared:
        page.check("#shared")
    page.press("#password", "Enter")


def test_from_an_invitation_to_signing_in_with_a_passkey_alone(browser: Browser, site: Site) -> None:
    with site.database.write() as session:
        code = invite(session, "lan", Role.SUPERVISOR, zones=None, language="vi", by=None, now=utc_now()).code
    context = browser.new_context(viewport={"width": 360, "height": 780}, color_scheme="dark")
    page = context.new_page()
    with_authenticator(page)
    page.goto(f"{site.address}/sign-in")
    expect(page.locator("form[data-passkey=get] button")).to_be_visible()
    look_at(page, "accounts-sign-in")
    page.goto(f"{site.address}/invitation")
    look_at(page, "accounts-invitation-code")
    page.fill("#code", code.lower())
    page.press("#code", "Enter")
    look_at(page, "accounts-invitation")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.press("#again", "Enter")
    sign_in(page, site, "lan")
    # Led to set up a factor before anything else.
    expect(page.locator("[role=alert]:visible").first).to_be_visible()
    arrived(page, f"{site.address}/account?next=/")
    look_at(page, "accounts-factor-needed")
    page.click("form[data-passkey=create] button")
    expect(page.locator(".notice[role=status]")).to_be_visible()
    look_at(page, "accounts-own")
    page.click("form[action='/account/recovery-codes'] button")
    expect(page.locator(".recovery li")).to_have_count(10)
    look_at(page, "accounts-recovery-codes")
    page.click("form[action='/sign-out'] button")
    # After the password the passkey is the second factor.
    sign_in(page, site, "lan")
    arrived(page, f"{site.address}/sign-in/second")
    look_at(page, "accounts-second-step")
    page.click("form[data-passkey=get] button")
    arrived(page, f"{site.address}/")
    page.click("form[action='/sign-out'] button")
    # And it signs in alone.
    page.click("form[data-passkey=get] button")
    arrived(page, f"{site.address}/")
    expect(page.locator("nav[aria-label]").first).to_be_visible()
    # Under another name of the same machine it does not answer, and the page says where it would.
    page.click("form[action='/sign-out'] button")
    page.goto(f"{site.address.replace('localhost', '127.0.0.1')}/sign-in")
    page.click("form[data-passkey=get] button")
    expect(page.locator("form[data-passkey=get] [role=alert]")).to_contain_text(site.address)
    context.close()


def test_a_shared_tablet_locks_itself_while_nobody_touches_it(browser: Browser, site: Site) -> None:
    with site.database.write() as session:
        set_pin(session, site.accounts["staff"], "491827", now=utc_now())
    context = browser.new_context(viewport={"width": 768, "height": 1024})
    page = context.new_page()
    with_authenticator(page)
    page.clock.install()
    sign_in(page, site, "staff", shared=True)
    page.click("form[data-passkey=create] button")
    expect(page.locator(".notice[role=status]")).to_be_visible()
    page.goto(f"{site.address}/")
    # A minute passes for the page, and for the console, which does not take the page's word.
    with site.database.write() as session:
        session.execute(update(SignInSession).values(seen_at=utc_now() - timedelta(minutes=2)))
    page.clock.run_for(62_000)
    expect(page.locator("#pin")).to_be_visible()
    look_at(page, "accounts-locked")
    page.keyboard.type("491827")
    page.keyboard.press("Enter")
    expect(page.locator("nav[aria-label]").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", list(SIZES))
def test_the_administrators_screens(browser: Browser, site: Site, width: int) -> None:
    height, language, scheme = SIZES[width]
    secret = pyotp.random_base32()
    with site.database.write() as session:
        session.execute(update(Account).where(Account.username == "administrator").values(totp_secret=secret, all_zones=True))
        session.execute(update(Account).where(Account.username == "auditor").values(active=False))
        session.execute(update(Account).values(language=language))
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, site, "administrator")
    page.fill("#code-app", pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.locator("nav[aria-label]").first).to_be_visible()
    for name, path in (
        ("all", "/accounts"),
        ("one", f"/accounts/{site.accounts['staff']}"),
        ("closed", f"/accounts/{site.accounts['auditor']}"),
        ("access", "/access"),
        ("own-admin", "/account"),
        ("confirm", "/account/confirm"),
        ("new", "/accounts/new"),
    ):
        page.goto(site.address + path)
        if name == "access":
            page.click("main details:not(.help) > summary")
        look_at(page, f"accounts-{name}")
    # By keyboard alone.
    page.focus("#username")
    page.keyboard.type("moi")
    page.focus("#every_zone")
    page.keyboard.press("Space")
    page.focus("form.card button.main")
    page.keyboard.press("Enter")
    expect(page.locator(".handed svg")).to_be_visible()
    look_at(page, "accounts-handed-over")
    page.goto(f"{site.address}/account")
    page.click("form[action='/account/app'] button")
    expect(page.locator(".handed svg")).to_be_visible()
    look_at(page, "accounts-app")
    context.close()
