"""A resident's own tests by their link: told kindly and in time; and a calendar that tells nobody anything else."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from monitor.database.database import Database
from monitor.laboratory.steps import note_result, plan, release
from monitor.models.people.laboratory import LaboratoryTest, LabResult, LabTestKind, ResultSource
from monitor.models.people.residents import Resident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.people.withdrawn_links import withdraw_links
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import SECRET, token_of, world
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

TODAY = date(2026, 11, 23)


class Phone:
    """Nguyễn Thị An's link, on a clock of the test's."""

    def __init__(self, tmp_path: Path, database: Database) -> None:
        self.database, self.now = database, NOW
        self.zone, (self.resident, _other) = world(database, "Nguyễn Thị An", "Trần Văn Bình")
        open_due_rounds(database, NOW)
        settings = Settings(data_folder=tmp_path, secret_key=SECRET.decode())
        app = create_residents(settings, database, Vault(tmp_path / "vault", bytes(32)), now=lambda: self.now)
        self.client: FlaskClient = app.test_client()
        self.token = token_of(database, self.resident)

    def plan(self, *days: date) -> list[int]:
        with self.database.write() as session:
            resident = session.get_one(Resident, self.resident)
            plan(session, [(resident, days)], LabTestKind.PCR, "Nghi mắc COVID-19", None, NOW)
        with self.database.read() as session:
            return list(session.scalars(select(LaboratoryTest.id).order_by(LaboratoryTest.id)))

    def page(self, language: str = "en") -> str:
        answer = self.client.get(f"/a/{self.token}/tests?lang={language}")
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def phone(tmp_path: Path, both_databases: Database) -> Phone:
    return Phone(tmp_path, both_databases)


@pytest.mark.parametrize("result", [LabResult.POSITIVE, LabResult.NEGATIVE, LabResult.INVALID])
def test_every_result_is_told_alike_when_staff_say_so_or_a_day_later(phone: Phone, result: LabResult) -> None:
    (test,) = phone.plan(TODAY)
    word = {"positive": "Positive.", "negative": "Negative:", "invalid": "could not be read"}[result]
    assert "Planned." in phone.page()
    with phone.database.write() as session:
        note_result(session, test, result, TODAY, ResultSource.LABORATORY, None, NOW)
    waiting = phone.page()
    assert word not in waiting
    assert "The result is there." in waiting
    phone.now = NOW + timedelta(hours=23, minutes=59)
    assert word not in phone.page()
    phone.now = NOW + timedelta(hours=24)
    assert word in phone.page()
    phone.now = NOW + timedelta(minutes=1)
    with phone.database.write() as session:
        release(session, test, None, phone.now)
    assert word in phone.page()
    assert "COVID" not in phone.page()


def test_the_copy_by_link_tells_no_result_before(phone: Phone) -> None:
    (test,) = phone.plan(TODAY)
    with phone.database.write() as session:
        note_result(session, test, LabResult.POSITIVE, TODAY, ResultSource.LABORATORY, None, NOW)
    copy = phone.client.post(f"/a/{phone.token}/data/copy")
    assert copy.status_code == 200
    assert b"laboratory_test" not in copy.data


def test_the_calendar_holds_days_and_nothing_that_tells_why(phone: Phone) -> None:
    first, second = phone.plan(TODAY, TODAY + timedelta(days=4))
    with phone.database.write() as session:
        note_result(session, first, LabResult.NEGATIVE, TODAY, ResultSource.STAFF, None, NOW)
    answer = phone.client.get(f"/a/{phone.token}/calendar.ics?lang=vi")
    assert answer.content_type.startswith("text/calendar")
    calendar = Calendar.from_ical(answer.data)
    events = {event.decoded("dtstart"): event for event in calendar.walk("VEVENT")}
    assert list(events) == [TODAY + timedelta(days=4), NOW + timedelta(days=12)]
    assert {str(event["summary"]) for event in events.values()} == {"Hẹn y tế"}
    assert len({str(event["uid"]) for event in events.values()}) == 2
    said = answer.data.decode()
    for secret in ("An", "COVID", "PCR", "xét nghiệm", "cách ly", f"test-{second}"):
        assert secret not in said.replace("PRODID:-//Quarantine watch//Calendar//VI", "")
    # A moved event keeps its name, so that it is moved in the phone too.
    again = Calendar.from_ical(phone.client.get(f"/a/{phone.token}/calendar.ics?lang=en").data)
    assert {str(event["uid"]) for event in again.walk("VEVENT")} == {str(event["uid"]) for event in events.values()}
    assert {str(event["summary"]) for event in again.walk("VEVENT")} == {"Health appointment"}


def test_both_end_with_the_link(phone: Phone) -> None:
    phone.plan(TODAY)
    with phone.database.write() as session:
        withdraw_links(session, phone.resident, NOW)
    for page in ("tests", "calendar.ics"):
        assert phone.client.get(f"/a/{phone.token}/{page}").status_code in (404, 410)
        assert phone.client.get(f"/a/{'0' * len(phone.token)}/{page}").status_code == 404
