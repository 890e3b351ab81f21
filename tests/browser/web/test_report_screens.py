"""The report to the province in a browser: a day from the first reminder to the corrected report, as a supervisor goes through it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.people.laboratory import LaboratoryTest, LabResult, LabTestKind, LabTestState
from monitor.models.places import Zone
from monitor.models.reporters import ReporterKind
from monitor.models.rollcalls.channels import ChannelName
from monitor.people.order_deeds import Deed
from monitor.places.units.search import UnitKey
from monitor.reports.collected.fields import ship_fields
from monitor.reports.collected.reporters import ReporterDetails, add_reporter
from monitor.reports.stating import keep_times
from monitor.reports.times import SHIPPED
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.reporting.daily import tick_reports
from rollcall.reporting.reminding import Ways, tick_collecting
from tests.doubles.browsing import arrived, look_at, serving, sign_in
from tests.worlds.reporting import DAY, FIRST, HERE, HOUR, SECOND, WHY, SmallProvince, cut_off
from web.console.application import create_console

pytestmark = pytest.mark.browser
PASSWORD = "đúng là mật khẩu"
BETWEEN = cut_off(FIRST) + 3 * HOUR


@dataclass
class Console:
    """A console whose clock the test sets."""

    province: SmallProvince
    address: str = ""
    now: datetime = field(default=cut_off(SECOND))

    def tick(self, at: datetime) -> None:
        """Let it be later, and the clock of reports come by."""
        self.now = at
        tick_collecting(self.province.database, at, Ways(HERE, {ChannelName.SMS}))
        tick_reports(self.province.database, at, HERE)

    def add_reporter(self, name: str) -> None:
        """An enterprise that is asked for the numbers of each day."""
        with self.province.database.write() as session:
            zone = session.get_one(Zone, self.province.zones["Trại Đông"])
            assert zone.unit_code is not None
            assert zone.unit_from is not None
            unit = UnitKey(zone.unit_code, zone.unit_from)
            add_reporter(session, ReporterDetails(ReporterKind.ENTERPRISE, name, unit, "", "+84901234000"), cut_off(FIRST))
            ship_fields(session, cut_off(FIRST))


@pytest.fixture
def console(database: Database, tmp_path: Path) -> Iterator[Console]:
    there = Console(SmallProvince(database))
    with database.write() as session:
        add_account(session, "lan", PASSWORD, Role.SUPERVISOR, zones=None, now=cut_off(FIRST), language="en")
        keep_times(session, SHIPPED, cut_off(FIRST) - DAY, account_id=None)
    there.province.report(FIRST)
    app = create_console(Settings(data_folder=tmp_path), database, Vault(tmp_path / "vault", bytes(32)), now=lambda: there.now)
    with serving(app) as address:
        there.address = address
        yield there
    app.extensions["live"].close()


def test_a_day_from_the_first_reminder_to_the_corrected_report(browser: Browser, console: Console) -> None:
    province, at = console.province, cut_off(SECOND)
    province.person("Hà Thị Muộn", "Trại Đông", cut_off(FIRST) - DAY, entered_at=BETWEEN)
    province.person("Lò Văn Mới", "Nhà Tây", BETWEEN)
    province.act(province.binh, Deed.RELEASE, BETWEEN)
    # Half an hour before, who has entered nothing is reminded; at the cut-off somebody calls them.
    console.add_reporter("Công ty May")
    console.tick(at - HOUR / 2)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    sign_in(page, console.address, "lan", PASSWORD)
    page.goto(f"{console.address}/collected/to-call")
    expect(page.get_by_text("There is nobody to call now.")).to_be_visible()
    console.tick(at)
    page.reload()
    card = page.get_by_role("region", name="Công ty May")
    expect(card.get_by_role("link", name="+84901234000")).to_be_visible()
    card.get_by_role("button", name="They will enter the numbers").click()
    expect(page.get_by_text("There is nobody to call now.")).to_be_visible()
    page.goto(f"{console.address}/reports")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Version 1, without a number")
    look_at(page, "reports")
    page.get_by_role("link", name="Version 1, without a number").click()
    expect(page.get_by_text("1 person does not add up with the last report.")).to_be_visible()
    # Who is named can be read in the list, and is accepted with a reason.
    page.get_by_role("link", name="Names and reasons").click()
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("Hà Thị Muộn")
    expect(row).to_contain_text("before the last report, and was entered on 17:00 23/11/2026")
    row.get_by_role("checkbox").check()
    page.get_by_label("Reason for these corrections").fill(WHY)
    look_at(page, "report-differences")
    page.get_by_role("button", name="Accept as corrections").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text(WHY)
    # At a quarter to three nobody has released it: it left by itself, and its successor waits.
    console.tick(at + HOUR / 2)
    console.tick(at + 3 * HOUR / 4)
    page.goto(f"{console.address}/reports")
    page.get_by_role("link", name="No. 2/2026").click()
    expect(page.get_by_text("No person had released this report by 14:45")).to_be_visible()
    expect(page.get_by_text("Công ty May").first).to_be_visible()
    page.get_by_role("link", name="Version 2, without a number").click()
    expect(page.get_by_text("It adds up with 1 correction that a person accepted.")).to_be_visible()
    page.get_by_role("button", name="Release as final").click()
    expect(page.get_by_text("No. 3/2026").first).to_be_visible()
    expect(page.get_by_text("replaces no. 2")).to_be_visible()
    # A number opens its list.
    page.get_by_role("row", name=re.compile("^New since the last report")).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New since the last report: 1")
    expect(page.get_by_text("Lò Văn Mới")).to_be_visible()
    look_at(page, "report-list")
    # A result was forgotten: the correction says what it changes.
    with province.database.write() as session:
        done = {"state": LabTestState.RESULTED, "result": LabResult.POSITIVE, "taken_at": BETWEEN, "resulted_at": BETWEEN}
        test = {"kind": LabTestKind.PCR, "due_on": SECOND, "planned_at": BETWEEN}
        session.add(LaboratoryTest(resident_id=province.an, zone_id=province.zones["Trại Tây"], **test, **done))
    page.go_back()
    page.get_by_text("Correct this report").click()
    page.get_by_label("Correction and its reason").fill("Quên một kết quả.")
    page.get_by_role("button", name="Begin the correction").click()
    arrived(page, re.compile(r"/reports/4$"))
    console.tick(at + HOUR)
    page.reload()
    expect(page.get_by_role("row", name=re.compile("^Results: positive"))).to_contain_text("was 0")
    page.get_by_role("button", name="Release as final").click()
    expect(page.get_by_text("replaces no. 3")).to_be_visible()
    look_at(page, "report")
    page.goto(f"{console.address}/reports/times")
    look_at(page, "report-times")
