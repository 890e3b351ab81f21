"""The screens of people's rights in Debian's Chromium: they fit a phone and a desk in both languages, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.accounts import Account
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.rounds import CheckIn
from monitor.settings import Settings
from monitor.trail import audit
from monitor.vault.vault import Vault
from monitor.working_days import read_holidays
from rollcall.people.links import make_link
from rollcall.rights.data_requests import Asked, RequestKind, take_request
from tests.doubles.browsing import look_at, serving, sign_in
from tests.worlds.due_round import SECRET
from tests.worlds.province import PASSWORD, Place, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console
from web.residents.application import create_residents

pytestmark = pytest.mark.browser

SIZES = {360: (780, "vi", "dark"), 1280: (900, "en", "light")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Place]]:
    """(the console's address, the link of somebody with requests and looks, the place)"""
    folder = tmp_path_factory.mktemp("rights")
    here, _there = seed(folder)
    database, vault = Database(f"sqlite:///{folder}/seed.db", bytes(32)), Vault(folder / "vault", bytes(32))
    resident = here.residents[1]
    with database.write() as session:
        session.execute(update(Plan).where(Plan.zone_id == here.zone).values(view_reason=True))
        session.execute(update(Resident).where(Resident.id == here.residents[2]).values(refuses_faces=True))
        for kind, text in ((RequestKind.SEE, ""), (RequestKind.CORRECT, "Ngày sinh của tôi là 12/3/1985, không phải 3/12.")):
            take_request(session, resident, Asked(kind, text, "Con gái"), read_holidays(), NOW)
        account = session.scalars(select(Account.id).where(Account.username == "supervisor")).one()
        more: dict[str, Any] = {"at": NOW, "account_id": account, "zone_id": here.zone, "resident_id": resident}
        audit.note(session, "photo-viewed", why="other", reason="Mất vòng tay", **more)
        audit.note(session, "record-opened", **more)
        token = {}
        for person in (resident, here.residents[2]):
            check_in = session.scalars(
                select(CheckIn.id).where(CheckIn.resident_id == person).order_by(CheckIn.id.desc())
            ).first()
            assert check_in is not None
            token[person] = make_link(SECRET, "", check_in, "n")
    settings = Settings(data_folder=folder, web_threads=8, secret_key=SECRET.decode())
    console = create_console(settings, database, vault, now=lambda: NOW)
    residents = create_residents(settings, database, vault, now=lambda: NOW)
    with serving(console) as desk, serving(residents) as phone:
        yield desk, phone + token[resident] + "|" + phone + token[here.residents[2]], here
    console.extensions["live"].close()
    database.dispose()


@pytest.mark.parametrize("width", list(SIZES))
def test_the_residents_screens(browser: Browser, site: tuple[str, str, Place], width: int) -> None:
    height, language, scheme = SIZES[width]
    mine, refusing = site[1].split("|")
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{mine}/data?lang={language}")
    look_at(page, "own-data")
    page.goto(f"{mine}/data/looked?lang={language}")
    look_at(page, "who-looked")
    page.goto(f"{refusing}/data?lang={language}")
    look_at(page, "own-data-refusing")
    page.goto(f"{refusing}?lang={language}")
    look_at(page, "answer-without-picture")
    context.close()


@pytest.mark.parametrize("width", list(SIZES))
def test_the_consoles_screens(browser: Browser, site: tuple[str, str, Place], width: int) -> None:
    height, language, scheme = SIZES[width]
    desk, _links, here = site
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    sign_in(page, desk, "supervisor", PASSWORD, language)
    resident = here.residents[1]
    for name, path in (
        ("requests", "/requests"),
        ("request", "/requests/2"),
        ("looked", f"/residents/{resident}/looked"),
        ("resident-rights", f"/residents/{resident}"),
        ("plan-reason", f"/plans/{here.plan}/replace"),
        ("enrolment-reason", f"/residents/{resident}/photos"),
    ):
        page.goto(desk + path)
        for summary in page.locator("section[aria-labelledby=rights-title] summary").all():
            summary.click()
        look_at(page, name)
    context.close()
