"""The screens of people's rights in Debian's Chromium: they fit a phone and a desk in both languages, and axe finds nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select, update
from werkzeug.serving import make_server

from monitor import audit
from monitor.database import Database
from monitor.models import Account, CheckIn, Plan, Resident
from monitor.settings import Settings
from monitor.vault import Vault
from monitor.working_days import read_holidays
from rollcall.data_requests import Asked, RequestKind, take_request
from rollcall.links import make_link
from tests.console_world import PASSWORD, Place, seed
from tests.rounds import SECRET
from tests.support import NOW
from web.console import create_console
from web.residents import create_residents

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CHROMIUM = "/usr/bin/chromium"
PICTURES = Path(__file__).parents[2] / "pictures"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
SIZES = {360: (780, "vi", "dark"), 1280: (900, "en", "light")}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; `make setup-development` installs it")
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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


def look_at(page: Page, name: str) -> None:
    """Fits, without a violation, and a picture of it."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    found = find_spec("axe_core_python")
    assert found is not None
    assert found.origin is not None
    page.evaluate((Path(found.origin).parent / "axe.min.js").read_text())
    result = page.evaluate("axe.run(document)")
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in result["violations"]] == [], name
    PICTURES.mkdir(exist_ok=True)
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)


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
    page.goto(f"{desk}/sign-in")
    page.fill("[name=username]", "supervisor")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.locator("nav[aria-label]").first).to_be_visible()
    other = page.locator(f"button[name=language][value={language}]")
    if other.count():
        other.click()
        expect(page.locator(f"html[lang={language}]")).to_be_attached()
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
