"""Letters in Debian's Chromium: made on a phone, told what is missing, for many people, and the page of a code; both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.letters import letters as shell
from monitor.letters.codes import new_token
from monitor.letters.letters import make_letters
from monitor.models.accounts import Role
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import fits, picture, serving, sign_in, violations
from tests.worlds.province import PASSWORD
from tests.worlds.small_zone import add_zone
from web.console.application import create_console
from web.residents.application import create_residents

pytestmark = pytest.mark.browser


class Running:
    """Both applications over one small zone, whose last person lacks a date of birth."""

    def __init__(self, folder: Path, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault
        now = datetime.now(UTC)
        self.zone, _people = add_zone(database, residents=("Nguyễn Thị An", "Trần Văn Bình", "Lê Thị Cúc"))
        with database.write() as session:
            session.execute(update(Resident).where(Resident.full_name != "Lê Thị Cúc").values(birth_date=date(1980, 2, 1)))
            session.execute(
                update(QuarantineOrder).values(
                    number="12/QĐ-UBND", legal_basis="Luật Phòng bệnh", starts_at=now, ends_at=now + timedelta(days=14)
                )
            )
            add_account(session, "giamsat", PASSWORD, Role.SUPERVISOR, zones=[self.zone], now=now)
        self.settings = Settings(data_folder=folder)
        self.console_app = create_console(self.settings, database, vault)
        self.residents_app = create_residents(self.settings, database, vault)


@pytest.fixture
def running(tmp_path: Path, database: Database, vault: Vault) -> Iterator[tuple[Running, str, str]]:
    world = Running(tmp_path, database, vault)
    with serving(world.console_app) as console, serving(world.residents_app) as residents:
        yield world, console, residents
        world.console_app.extensions["live"].close()


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 360, "height": 780}, color_scheme="light", locale="vi-VN")


def looked_at(page: Page, name: str) -> None:
    assert violations(page) == [], name
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 780})
        assert fits(page), (name, width)
        picture(page, name)


def test_letters_are_made_on_a_phone_for_one_and_for_many_and_their_code_is_confirmed(
    running: tuple[Running, str, str], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, console, residents = running
    token = new_token()
    tokens = iter([token, *(new_token() for _each in range(9))])
    monkeypatch.setattr(shell, "new_token", lambda: next(tokens))
    sign_in(page, console, "giamsat", PASSWORD)
    page.goto(f"{console}/zones/{world.zone}")
    page.click("text=Nguyễn Thị An")
    page.locator("a[href='/orders/1/letters']").click()
    looked_at(page, "letters")
    page.check("#kind-release")
    page.click("button.main")
    expect(page.locator(".wrong[role=alert]")).to_be_visible()
    looked_at(page, "letters-missing")
    page.check("#kind-quarantine")
    page.fill("#place", "Phú Cường")
    page.fill("#signer_role", "Chủ tịch")
    page.fill("#signer_name", "Trần Văn B")
    page.click("form button.main")
    expect(page.locator("#made-title ~ ul .badge")).to_be_visible()
    with page.expect_download() as saved:
        page.locator("a[href$='.pdf']").click()
    assert Path(saved.value.path()).read_bytes().startswith(b"%PDF")
    looked_at(page, "letters-made")
    page.fill("#delivered_on", date.today().isoformat())  # noqa: DTZ011 - as whoever types
    page.locator("#delivered-title ~ form button").click()
    page.goto(f"{console}/zones/{world.zone}/letters")
    looked_at(page, "many-letters")
    page.check("#kind-quarantine")
    page.click("form button.main")
    expect(page.locator("#letters progress")).to_be_visible()
    looked_at(page, "letter-batch-waiting")
    make_letters(world.database, world.vault, residents, datetime.now(UTC))
    expect(page.locator("#refused-title")).to_be_visible(timeout=20_000)
    looked_at(page, "letter-batch")
    for language in ("vi", "en"):
        page.goto(f"{residents}/l/{token}?lang={language}")
        looked_at(page, f"letter-code-{language}")
        page.goto(f"{residents}/l/{new_token()}?lang={language}")
        looked_at(page, f"letter-unknown-{language}")
