"""Pages of the report: from a draft to a correction, lists as they were at the cut-off, who sees whom, and times with their history."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from monitor.accounts.accounts import sign_in
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.daily_report import Report, ReportState, ReportTimes
from monitor.models.people.laboratory import LaboratoryTest, LabResult, LabTestKind, LabTestState
from monitor.models.people.residents import OrderChange, QuarantineOrder
from monitor.models.people.retention import DeletionScope
from monitor.people.order_deeds import Deed
from monitor.personal_data.deletion import forget
from monitor.reports.stating import keep_times
from monitor.reports.times import SHIPPED
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import words
from rollcall.reporting.daily import tick_reports
from tests.worlds.hotline import come
from tests.worlds.reporting import DAY, FIRST, HERE, HOUR, SECOND, WHY, SmallProvince, cut_off
from tests.worlds.signed_in import PASSWORD, signed_in
from web.console.application import create_console

NOW = cut_off(SECOND) + HOUR / 2
BETWEEN = cut_off(FIRST) + 3 * HOUR


class Office:
    """A console at half past two of the second day, whose report is a draft with one person who does not add up."""

    def __init__(self, database: Database, vault: Vault, folder: Path) -> None:
        self.vault, self.folder = vault, folder
        self.province = SmallProvince(database)
        with database.write() as session:
            keep_times(session, SHIPPED, cut_off(FIRST) - DAY, account_id=None)
        self.yesterday = self.province.report(FIRST)
        self.late = self.province.person("Muộn", "Trại Đông", cut_off(FIRST) - DAY, entered_at=BETWEEN)
        self.report = self.province.report(SECOND, leaves=None)
        self.app = self.console(NOW)
        self.supervisor = self.client("supervisor", Role.SUPERVISOR)

    def console(self, now: object) -> Flask:
        app = create_console(Settings(data_folder=self.folder), self.province.database, self.vault, now=lambda: now)
        app.config["WTF_CSRF_ENABLED"] = False
        return app

    def client(self, name: str, role: Role, *zones: str, language: str = "en") -> FlaskClient:
        numbers = [self.province.zones[each] for each in zones] or None
        return signed_in(self.app, self.province.database, name, role, numbers, NOW, language)

    def tick(self) -> None:
        tick_reports(self.province.database, NOW, HERE)

    def trail(self, action: str) -> list[AuditEntry]:
        with self.province.database.read() as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


@pytest.fixture
def office(database: Database, vault: Vault, tmp_path: Path) -> Office:
    return Office(database, vault, tmp_path)


def said(page: str) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_day_goes_from_a_draft_that_does_not_add_up_to_a_corrected_report(office: Office) -> None:
    boss, path = office.supervisor, f"/reports/{office.report}"
    page = said(boss.get(path).text)
    assert "1 person does not add up with the last report." in page
    assert "Release as final" not in page
    assert "do not add up" in said(boss.post(f"{path}/release", data={"seen": "1"}).text)
    names = said(boss.get(f"{path}/differences").text)
    assert "Muộn Trại Đông not in quarantine Central quarantine, Commune Đông The order began on 14:00 22/11/2026" in names
    refused = boss.post(f"{path}/accept", data={"person": str(office.late), "why": " "})
    assert refused.status_code == 422
    assert boss.post(f"{path}/accept", data={"why": WHY}).status_code == 422
    done = boss.post(f"{path}/accept", data={"person": str(office.late), "why": WHY, "alike": "yes"})
    assert done.location.endswith("/differences")
    page = said(boss.get(path).text)
    assert "It adds up with 1 correction that a person accepted." in page
    # What was looked at before is not what would be released.
    assert boss.post(f"{path}/release", data={"seen": "1"}).status_code == 409
    seen = re.search(r'name="seen" value="(\d+)"', boss.get(path).text)
    assert seen is not None
    assert boss.post(f"{path}/release", data={"seen": seen[1]}).status_code == 303
    assert "No. 2/2026" in said(boss.get(path).text)
    # A figure is wrong after all: the correction takes its place, and says what it changes.
    office.province.act(office.province.binh, Deed.SHORTEN, NOW, ends_at=NOW + HOUR)
    with office.province.database.write() as session:
        session.add(
            LaboratoryTest(
                resident_id=office.province.an,
                zone_id=office.province.zones["Trại Tây"],
                kind=LabTestKind.PCR,
                due_on=SECOND,
                state=LabTestState.RESULTED,
                planned_at=BETWEEN,
                taken_at=BETWEEN,
                resulted_at=BETWEEN,
                result=LabResult.POSITIVE,
            )
        )
    assert boss.post(f"{path}/correct", data={"why": ""}).status_code == 422
    begun = boss.post(f"{path}/correct", data={"why": "Quên một kết quả."})
    again = begun.location
    assert "being counted" in said(boss.get(again).text)
    office.tick()
    page = said(boss.get(again).text)
    assert "replaces no. 2" in page
    assert "was 0" in page
    # Accepted once, it needs no second look.
    assert "It adds up with 1 correction" in page
    seen = re.search(r'name="seen" value="(\d+)"', boss.get(again).text)
    assert seen is not None
    boss.post(f"{again}/release", data={"seen": seen[1]})
    listed = said(boss.get("/reports").text)
    assert listed.index("No. 3/2026") < listed.index("No. 2/2026") < listed.index("No. 1/2026")
    assert len(office.trail("report-difference-accepted")) == 1
    assert [each.details["number"] for each in office.trail("report-released")][-2:] == ["2/2026", "3/2026"]


def test_counting_again_waits_for_the_clock_and_finds_what_was_put_right(office: Office) -> None:
    boss, path = office.supervisor, f"/reports/{office.report}"
    with office.province.database.write() as session:
        for model in (OrderChange, QuarantineOrder):
            for row in session.scalars(select(model).where(model.resident_id == office.late)):
                session.delete(row)
    assert boss.post(f"{path}/count").status_code == 303
    assert boss.post(f"{path}/release", data={"seen": "2"}).status_code == 409
    office.tick()
    assert "Yes: everyone who is in quarantine" in said(boss.get(path).text)
    assert len(office.trail("report-counted")) == 1


def test_a_list_is_as_it_was_at_the_cut_off_also_a_year_later_and_the_erased_stay_counted(office: Office) -> None:
    province, database = office.province, office.province.database
    path = f"/reports/{office.report}/central.now"
    assert "In quarantine now: 3" in said(office.supervisor.get(path).text)
    year_later = NOW + timedelta(days=366)
    for person in (province.an, province.binh):
        province.act(person, Deed.RELEASE, NOW)
    forget(database, office.vault, province.an, DeletionScope.PERSON, reason=words("x"), account_id=None, now=NOW + 30 * DAY)
    office.app.extensions["now"] = lambda: year_later
    office.supervisor = office.client("later", Role.SUPERVISOR)
    with office.supervisor.session_transaction() as cookie, database.write() as session:
        cookie["token"] = sign_in(session, "later", PASSWORD, now=year_later)
    page = said(office.supervisor.get(path).text)
    assert "In quarantine now: 3" in page
    assert "The data of 1 of these 3 people was erased since." in page
    assert f"#{province.an} erased, certificate no. " in page
    assert "Bình" in page
    assert "An " not in page.replace("An toàn", "")
    assert [each.details["figure"] for each in office.trail("report-list-seen")] == ["central.now"] * 2


def test_a_reader_of_some_zones_sees_all_numbers_and_only_their_own_people(office: Office) -> None:
    nurse = office.client("nurse", Role.STAFF, "Trại Đông")
    page = said(nurse.get(f"/reports/{office.report}").text)
    assert "Release as final" not in page
    assert "Count again" not in page
    listed = said(nurse.get(f"/reports/{office.report}/all.now").text)
    assert "In quarantine now: 5" in listed
    assert "1 of these 5 are in your zones and listed here." in listed
    assert "Muộn" in listed
    assert "Dũng" not in listed
    assert "Muộn" in nurse.get(f"/reports/{office.report}/differences").text
    west = office.client("west", Role.SUPERVISOR, "Trại Tây")
    assert "Everyone in your zones adds up." in said(west.get(f"/reports/{office.report}/differences").text)
    for deed in ("count", "accept", "release", "correct"):
        assert west.post(f"/reports/{office.report}/{deed}", data={"why": WHY}).status_code == 403
    auditor = office.client("auditor", Role.AUDITOR)
    assert "/all.now" not in auditor.get(f"/reports/{office.report}").text
    assert auditor.get(f"/reports/{office.report}/all.now").status_code == 403


def test_what_is_no_list_is_not_found(office: Office) -> None:
    for path in ("all.nothing", "checks.share", "all.now?start=-1"):
        assert office.supervisor.get(f"/reports/{office.report}/{path}").status_code == 404
    empty = said(office.supervisor.get(f"/reports/{office.report}/hotline.came").text)
    assert "Nobody and nothing was counted here." in empty
    assert "Nobody and nothing" in said(office.supervisor.get(f"/reports/{office.report}/all.now?unit=00000_2020-01-01").text)
    assert office.supervisor.get("/reports?before=yesterday").status_code == 404


def test_lists_of_tests_and_tickets_lead_to_them(office: Office) -> None:
    database = office.province.database
    with database.write() as session:
        session.add(
            LaboratoryTest(
                resident_id=office.province.an,
                zone_id=office.province.zones["Trại Tây"],
                kind=LabTestKind.PCR,
                due_on=SECOND,
                state=LabTestState.SENT,
                planned_at=BETWEEN,
                taken_at=BETWEEN,
            )
        )
    with database.write() as session:
        ticket = come(session, BETWEEN, reference="gao").id
    office.province.count(office.report, SECOND)
    tests = said(office.supervisor.get(f"/reports/{office.report}/samples.waiting").text)
    assert "Samples waiting for a result: 1" in tests
    assert "An" in tests
    tickets = office.supervisor.get(f"/reports/{office.report}/hotline.late").text
    assert f"/hotline/{ticket}" in tickets


def test_times_are_set_with_a_history_and_wrong_ones_change_nothing(office: Office) -> None:
    boss = office.supervisor
    given = {
        "remind_at": "13:30",
        "call_at": "14:00",
        "cut_off_at": "14:00",
        "alarm_at": "14:30",
        "provisional_at": "14:45",
        "due_at": "15:00",
    }
    page = boss.get("/reports/times").text
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    for wrong in ({"cut_off_at": "25:00"}, {"alarm_at": "13:00"}, {"due_at": "14:40"}, {"alarm_account_id": "999"}):
        answer = boss.post("/reports/times", data=given | {"runs": "yes", "seen": seen[1]} | wrong)
        assert answer.status_code == 422
        assert 'class="wrong"' in answer.text
    chosen = given | {"runs": "yes", "seen": seen[1], "due_at": "16:00", "alarm_account_id": str(office.province.account)}
    assert boss.post("/reports/times", data=chosen).status_code == 303
    # A second click, or somebody who had not seen it.
    assert boss.post("/reports/times", data=chosen).status_code == 409
    page = said(boss.get("/reports/times").text)
    assert "supervisor 14:00 14:30 14:45 16:00 giamsat" in page
    with office.province.database.read() as session:
        assert len(session.scalars(select(ReportTimes)).all()) == 2
    assert [each.details["changed"] for each in office.trail("report-times-changed")] == [["due_at", "alarm_account_id"]]


def test_nothing_is_made_before_times_are_set_and_the_page_says_so(database: Database, vault: Vault, tmp_path: Path) -> None:
    app = create_console(Settings(data_folder=tmp_path), database, vault, now=lambda: NOW)
    boss = signed_in(app, database, "boss", Role.SUPERVISOR, None, NOW, "vi")
    assert "Chưa lập báo cáo." in boss.get("/reports").text
    assert boss.get("/reports/1").status_code == 404
    with database.read() as session:
        assert session.scalar(select(Report.id).where(Report.state == ReportState.DRAFT)) is None
