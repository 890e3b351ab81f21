"""A hundred roll-calls without an answer, decided by two supervisors at once by keyboard in Debian's Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentState
from monitor.models.rollcalls.answers import Review
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.browsing import arrived, look_at, serving, settle, sign_in
from tests.worlds.due_round import minutes, world
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser
PEOPLE = 100


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[str]:
    world(database, *(f"Nguyễn Văn Số {number}" for number in range(PEOPLE)))
    open_due_rounds(database, NOW)
    close_due(database, minutes(25))
    with database.write() as session:
        for name, language in (("chi", "vi"), ("dao", "en")):
            add_account(session, name, PASSWORD, Role.SUPERVISOR, zones=None, now=NOW, language=language)
    vault = Vault(tmp_path / "vault", bytes(32))
    console = create_console(Settings(data_folder=tmp_path), database, vault, now=lambda: minutes(30))
    with serving(console) as address:
        yield address
    console.extensions["live"].close()


class Supervisor:
    """One at a keyboard, whose presses are counted."""

    def __init__(self, browser: Browser, desk: str, name: str, width: int, scheme: str) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        self.desk, self.keys = desk, 0
        sign_in(self.page, desk, name, PASSWORD)
        self.page.goto(f"{desk}/review")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def here(self) -> str:
        expect(self.page.locator("#decide, #nothing-left").first).to_be_visible()
        settle(self.page)
        return self.page.url

    def decide(self, *keys: str) -> None:
        """By these keys; the next case is there when this returns."""
        before = self.here()
        self.press(*keys)
        self.page.wait_for_url(lambda address: address != before and not address.endswith("/review"), wait_until="load")


def test_a_hundred_are_cleared_by_keyboard_and_nobody_decides_what_another_has(
    browser: Browser, desk: str, database: Database
) -> None:
    chi = Supervisor(browser, desk, "chi", 1280, "light")
    dao = Supervisor(browser, desk, "dao", 360, "dark")
    for one, language in ((chi, "vi"), (dao, "en")):
        look_at(one.page, f"review-case-{language}")
    for turn in range(PEOPLE // 2 - 1):
        assert chi.here() != dao.here()
        chi.decide("e", "2")
        dao.decide("3", "w") if turn % 10 == 0 else dao.decide("a", "1")
    # The last two; who is left with nothing is told.
    for one, language in ((chi, "vi"), (dao, "en")):
        one.here()
        one.press("e", "2")
        expect(one.page.locator("#nothing-left")).to_be_visible()
        look_at(one.page, f"review-done-{language}")
    assert max(chi.keys, dao.keys) <= 3 * PEOPLE // 2
    with database.read() as session:
        unresolved = select(func.count()).select_from(Incident).where(Incident.state != IncidentState.RESOLVED)
        assert session.scalar(unresolved) == 0
        decided = session.scalars(select(Review.check_in_id)).all()
        left = session.scalars(select(CheckIn.id).where(CheckIn.state.in_((CheckInState.MISSED, CheckInState.UNREACHED)))).all()
    assert len(set(decided)) == len(decided), "nobody's was decided twice"
    assert len(decided) + len(left) == PEOPLE
    chi.page.close()
    dao.page.close()


def test_keys_are_listed_do_nothing_while_one_writes_and_who_leaves_lets_the_case_go(browser: Browser, desk: str) -> None:
    chi = Supervisor(browser, desk, "chi", 768, "dark")
    case = chi.here()
    chi.page.locator("#text").fill("e2 không có sóng")
    chi.page.locator("#text").press("e")
    assert chi.page.locator("[name=decision]:checked").count() == 0
    chi.page.locator("#text").blur()
    chi.press("?")
    expect(chi.page.locator("dialog[open]")).to_contain_text("Được miễn")
    look_at(chi.page, "review-keys-vi")
    chi.press("Escape", "n")
    expect(chi.page).not_to_have_url(case)
    skipped = chi.here()
    dao = Supervisor(browser, desk, "dao", 768, "light")
    assert dao.here() == case, "what was skipped is free again"
    dao.page.goto(skipped)
    expect(dao.page.locator("#held")).to_be_visible()
    look_at(dao.page, "review-held-en")
    chi.page.evaluate("window.here = 'still'")
    chi.decide("e", "2")
    assert chi.page.evaluate("window.here") == "still", "the next case was there before it was asked for"
    look_at(chi.page, "review-saved-vi")
    chi.press("z")
    arrived(chi.page, skipped)
    expect(chi.page.locator("#decide")).to_be_visible()
    chi.press("c")
    expect(chi.page).not_to_have_url(skipped)
    dao.page.goto(f"{desk}/calls")
    expect(dao.page.locator("#calls li[id]")).to_have_count(1)
    look_at(dao.page, "calls-en")
    left = chi.here()
    chi.page.goto(f"{desk}/")
    dao.page.goto(left)
    expect(dao.page.locator("#decide")).to_be_visible()
    chi.page.close()
    dao.page.close()
