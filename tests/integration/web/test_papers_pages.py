"""Papers and the last day of admission on the console: read by those who answer for data, decided by administrators of the province."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.sunset import EnrolmentSunset
from monitor.people.sunset import sunset_of
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console


class Desk:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.zone, _ = add_zone(database)
        settings = Settings(data_folder=folder, authority="Trạm Y tế Phú Cường")
        self.app = create_console(settings, database, Vault(folder / "v", bytes(32)), now=lambda: NOW)
        self.app.config["WTF_CSRF_ENABLED"] = False

    def client(self, name: str, role: Role, zones: Collection[int] | None = None) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, zones, NOW, "en")


@pytest.fixture
def desk(both_databases: Database, tmp_path: Path) -> Desk:
    return Desk(both_databases, tmp_path)


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_an_administrator_decides_with_a_reason_and_everybody_who_answers_for_data_reads_it(desk: Desk) -> None:
    administrator, auditor = desk.client("quan", Role.ADMINISTRATOR), desk.client("kiem", Role.AUDITOR)
    assert "no day decided" in words_of(auditor.get("/enrolment-end").text)
    assert "<form class" not in auditor.get("/enrolment-end").text
    done = administrator.post("/enrolment-end", data={"last_day": "2027-03-31", "why": " Quyết định 12/QĐ-UBND "})
    assert done.status_code == 303
    # As browsers without a date field send it.
    administrator.post("/enrolment-end", data={"last_day": "24/12/2026", "why": "Dịch giảm"})
    with desk.database.read() as session:
        found = sunset_of(session)
        assert found is not None
        assert found.last_day == date(2026, 12, 24)
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.ENROLMENT_RENEWED)).all()
        assert [each.details for each in entries] == [
            {"last_day": "2027-03-31", "reason": "Quyết định 12/QĐ-UBND"},
            {"last_day": "2026-12-24", "reason": "Dịch giảm"},
        ]
    page = words_of(auditor.get("/enrolment-end").text)
    assert page.index("Dịch giảm") < page.index("Quyết định 12/QĐ-UBND")
    assert "quan" in page
    assert "until the end of 24 December 2026" in page
    assert "24/12/2026" in words_of(auditor.get("/papers/impact-assessment/vi").text)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"last_day": "31/02/2027", "why": "x"}, "Please enter a day."),
        ({"why": "x"}, "Please enter a day."),
        ({"last_day": "2026-11-01", "why": "x"}, "Choose a day from 23/11/2026 to 24/11/2027"),
        ({"last_day": "2026-12-24", "why": "  "}, "Please say why"),
    ],
)
def test_what_cannot_be_decided_is_told_with_what_to_do_and_nothing_is_changed(
    desk: Desk, form: dict[str, str], said: str
) -> None:
    answer = desk.client("quan", Role.ADMINISTRATOR).post("/enrolment-end", data=form)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert 'aria-describedby="decide-problem"' in answer.text
    with desk.database.read() as session:
        assert session.scalar(select(EnrolmentSunset)) is None


def test_who_administers_one_zone_does_not_decide_for_the_province(desk: Desk) -> None:
    local = desk.client("khu", Role.ADMINISTRATOR, {desk.zone})
    assert "<form class" not in local.get("/enrolment-end").text
    assert local.post("/enrolment-end", data={"last_day": "2026-12-24", "why": "x"}).status_code == 403


def test_papers_are_shown_with_a_policy_of_their_own(desk: Desk) -> None:
    supervisor = desk.client("phu-trach", Role.SUPERVISOR)
    links = re.findall(r'href="(/papers/[^"]+)"', supervisor.get("/papers").text)
    assert len(set(links)) == 7
    for link in set(links):
        answer = supervisor.get(link)
        assert answer.status_code == 200
        assert "Phú Cường" in answer.text
        assert answer.headers.get_all("Content-Security-Policy") == [answer.headers["Content-Security-Policy"]]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for wrong in ("/papers/notice/fr", "/papers/page/vi", "/papers/..%2Fpapers/vi"):
        assert supervisor.get(wrong).status_code == 404
    assert desk.client("hoa", Role.STAFF).get("/papers").status_code == 403
