"""Whether faces may be compared, asked in one tap on a phone of 360 pixels, in both languages: before any camera opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.browsing import look_at, serving
from tests.worlds.due_round import SECRET, add_plan, token_of
from tests.worlds.small_zone import NOW, add_zone
from web.residents.application import create_residents

pytestmark = pytest.mark.browser

YES = {"vi": "Tôi đồng ý cho so khớp ảnh của tôi", "en": "I agree that my photo is compared"}
NO = {"vi": "Tôi không đồng ý: trả lời cách khác", "en": "I do not agree: answer another way"}
SCHEMES = {"vi": "light", "en": "dark"}


@pytest.fixture
def site(tmp_path: Path, database: Database, vault: Vault) -> Iterator[tuple[str, Database, list[str]]]:
    """(the address of the residents' pages, the database, the links of two who were never asked)"""
    zone, people = add_zone(database, residents=("Nguyễn Thị An", "Trần Văn Bình"))
    add_plan(database, zone, evidence=EvidenceLevel.FACE)
    with database.write() as session:
        session.execute(update(Resident).values(agrees_to_faces=False))
    open_due_rounds(database, NOW)
    settings = Settings(data_folder=tmp_path, secret_key=SECRET.decode())
    with serving(create_residents(settings, database, vault, now=lambda: NOW)) as address:
        yield address, database, [f"{address}/a/{token_of(database, each)}" for each in people]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_one_tap_agrees_and_the_other_way_stands_beside_it(
    browser: Browser, site: tuple[str, Database, list[str]], language: str
) -> None:
    _address, database, (first, second) = site
    context = browser.new_context(viewport={"width": 360, "height": 780}, color_scheme=SCHEMES[language])  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{first}?lang={language}")
    yes, no = (page.get_by_role("button", name=each[language]) for each in (YES, NO))
    expect(yes).to_be_visible()
    expect(no).to_be_visible()
    expect(page.locator("#open, #photo")).to_have_count(0)
    # Both are on the first screen, and big enough for a thumb.
    for button in (yes, no):
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= 780
    look_at(page, f"agreement-{language}")
    yes.click()
    expect(page.locator("#open")).to_be_visible()
    expect(page.locator("#agreement")).to_have_count(0)
    look_at(page, f"agreed-{language}")
    page.goto(f"{second}?lang={language}")
    page.get_by_role("button", name=NO[language]).click()
    expect(page.locator("#open, #photo")).to_have_count(0)
    page.locator("input[name=unwell][value=no]").check()
    page.locator("[data-step=feeling] button[type=submit]").click()
    expect(page.locator("#outcome")).to_have_attribute("data-state", "verified")
    look_at(page, f"answered-another-way-{language}")
    with database.read() as session:
        assert session.execute(select(Resident.agrees_to_faces, Resident.refuses_faces).order_by(Resident.id)).all() == [
            (True, False),
            (False, True),
        ]
    context.close()
