"""Tests and households in Debian's Chromium, on a narrow tablet: planned, scanned, sent, a laboratory's file, told to the person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.laboratory import LaboratoryTest, LabResult, ParkedResult
from monitor.models.people.residents import Household, QuarantineOrder, Resident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import fits, picture, serving, sign_in, violations
from tests.worlds.province import PASSWORD
from tests.worlds.small_zone import add_zone
from web.console.application import create_console

pytestmark = pytest.mark.browser
NAMES = ("Nguyễn Thị An", "Trần Văn Bình", "Lê Thị Châu")


class Console:
    """Its address, and the zone with three people whose orders began today."""

    def __init__(self, address: str, zone: int, people: list[int]) -> None:
        self.address, self.zone, self.people = address, zone, people


@pytest.fixture
def console(tmp_path: Path, database: Database, vault: Vault) -> Iterator[Console]:
    zone, people = add_zone(database, "Khu A", NAMES)
    now = utc_now()
    with database.write() as session:
        for order in session.scalars(select(QuarantineOrder)):
            order.starts_at, order.ends_at = now, now.replace(year=now.year + 1)
        for place, one in enumerate(session.scalars(select(Resident).order_by(Resident.id)), start=1):
            one.birth_date, one.document_number = date(1980 + place, 2, 3), f"07908000000{place}"
        add_account(session, "phutrach", PASSWORD, Role.SUPERVISOR, zones=[zone], now=now)
    app = create_console(Settings(data_folder=tmp_path), database, vault)
    with serving(app) as address:
        yield Console(address, zone, people)
        app.extensions["live"].close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_from_a_plan_to_a_result(console: Console, browser: Browser, database: Database, language: str) -> None:
    page: Page = browser.new_page(viewport={"width": 360, "height": 780}, color_scheme="dark" if language == "en" else "light")
    sign_in(page, console.address, "phutrach", PASSWORD, language)

    def looked_at(name: str) -> None:
        assert violations(page) == [], name
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 780})
            assert fits(page), (name, width)
            picture(page, f"{name}-{language}")

    page.goto(f"{console.address}/zones/{console.zone}/tests")
    page.locator("details > summary").last.click()
    page.select_option("#kind", "pcr")
    page.fill("#days", "1, 7")
    page.locator("form[action$='/tests/plan'] button").click()
    samples = page.locator("input.sample")
    expect(samples).to_have_count(3)
    # A scanner types and presses Enter: the next tube is waited for, and the person is ticked.
    for number in range(1, 4):
        samples.nth(number - 1).focus()
        page.keyboard.type(f"l-{number}")
        page.keyboard.press("Enter")
    expect(page.locator("input[name=test]:checked")).to_have_count(3)
    looked_at("tests-due")
    page.locator("form[action$='/tests/taken'] button").click()
    expect(page.locator("form[action$='/tests/sent'] input.sample").first).to_have_value("L-1")
    for box in page.locator("input[name=test]").all():
        box.check()
    page.fill("#laboratory", "CDC tỉnh")
    page.locator("form[action$='/tests/sent'] button").click()
    expect(page.locator("#sent-title")).to_contain_text("(3)")
    looked_at("tests-sent")

    today = date.today().strftime("%d/%m/%Y")  # noqa: DTZ011 - no later than the zone's day
    rows = f"Mã mẫu,Họ tên,Ngày sinh,Kết quả,Ngày kết quả\nL-1,,,Dương tính,{today}\n,Trần Văn Bình,1982,Âm tính,{today}\nX9,,,?,{today}\n"
    page.goto(f"{console.address}/laboratory")
    page.set_input_files("#table", {"name": "kq.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.locator("form[action$='/preview'] button").click()
    expect(page.locator("#preview-title")).to_be_visible()
    looked_at("laboratory-preview")
    page.locator("form[action$='/laboratory'] button").click()
    expect(page.locator("#parked article")).to_have_count(1)
    looked_at("laboratory-parked")
    page.locator("#parked input[value^='test-']").first.check()
    page.locator("#parked article button").click()
    expect(page.locator("#parked article")).to_have_count(0)
    with database.read() as session:
        results = session.scalars(select(LaboratoryTest.result).order_by(LaboratoryTest.resident_id, LaboratoryTest.id)).all()
        assert [each for each in results if each] == [LabResult.POSITIVE, LabResult.NEGATIVE]
        assert [each.kind for each in session.scalars(select(Incident))] == [IncidentKind.TEST_POSITIVE]
        assert session.scalars(select(ParkedResult)).one().cells is None
    page.goto(f"{console.address}/residents/{console.people[0]}")
    expect(page.locator("#roles")).to_be_visible()
    looked_at("resident-with-tests")
    page.locator("#tests form[action$='/release'] button").click()
    expect(page.locator("#tests form[action$='/release']")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_household_is_made_filled_and_dissolved(
    console: Console, browser: Browser, database: Database, language: str
) -> None:
    page: Page = browser.new_page(viewport={"width": 360, "height": 780})
    sign_in(page, console.address, "phutrach", PASSWORD, language)
    page.goto(f"{console.address}/zones/{console.zone}/households")
    page.fill("#name", "Nhà ông Ba")
    page.fill("#phone", "0901234567")
    page.locator("form[action$='/households'] button").click()
    page.select_option("#resident", str(console.people[0]))
    page.locator("form[action$='/members'] button").click()
    expect(page.locator("#members-title")).to_contain_text("(1)")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 780})
        assert fits(page)
        picture(page, f"household-{language}")
    assert violations(page) == []
    page.fill("#phone", "0907654321")
    page.locator("form:has(#name) button").click()
    page.goto(f"{console.address}/zones/{console.zone}/households")
    assert violations(page) == []
    picture(page, f"households-{language}")
    page.locator("section h2 a").first.click()
    with database.read() as session:
        household = session.scalars(select(Household)).one()
        assert (household.phone, household.phone_tail) == ("+84907654321", "4321")
    page.locator("summary").last.click()
    page.check("#sure")
    page.locator("form[action$='/dissolve'] button").click()
    expect(page.locator(".empty")).to_be_visible()
    with database.read() as session:
        assert session.scalars(select(Household)).all() == []
        assert session.get_one(Resident, console.people[0]).household_id is None
    page.close()
