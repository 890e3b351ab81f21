"""The page of a person: how they stand, what staff note there, and that all of it follows the rules of a case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from monitor.database.database import Database
from monitor.database.together import read
from monitor.models.accounts import AuditEntry, Role
from monitor.models.incidents import ContactAttempt, Incident, IncidentKind, IncidentState, Urgency
from monitor.models.people.measurements import Measurement
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import minutes, world
from tests.worlds.signed_in import signed_in
from web.console.application import create_console
from web.console.people.timeline import Shown, timeline


class Desk:
    """A nurse at the page of An, who has a schedule and answers on nobody's phone but her own."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.zone, (self.an, self.binh) = world(database, "An", "Bình")
        self.at = minutes(0)
        settings = Settings(data_folder=folder, language="en", sms_gateway_url="http://127.0.0.1:9/send")
        vault = Vault(folder / "vault", bytes(32))
        self.app = create_console(settings, database, vault, now=lambda: self.at)
        self.app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own
        self.chi = self.client("chi")

    def client(self, name: str, zones: list[int] | None = None) -> FlaskClient:
        return signed_in(self.app, self.database, name, Role.STAFF, zones, self.at, "en")

    def post(self, what: str, **form: str) -> str:
        """What the page says after a form was sent there."""
        sent = self.chi.post(f"/residents/{self.an}/{what}", data=form)
        assert sent.status_code == 303, sent.text
        return self.chi.get(sent.location.partition("#")[0]).text

    def incidents(self, kind: IncidentKind) -> list[Incident]:
        with self.database.read() as session:
            return list(session.scalars(select(Incident).where(Incident.resident_id == self.an, Incident.kind == kind)))


@pytest.fixture
def desk(both_databases: Database, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def test_a_call_goes_to_the_case_that_waits_and_stands_alone_where_none_does(desk: Desk) -> None:
    assert "Your attempt was saved." in desk.post("contacts", way="call", outcome="no_answer", note="")
    open_due_rounds(desk.database, minutes(0))
    close_due(desk.database, minutes(25))
    desk.at = minutes(30)
    assert "also on the incident" in desk.post("contacts", way="visit", outcome="well", note="Ngủ quên.")
    with desk.database.read() as session:
        alone, of_case = session.scalars(select(ContactAttempt).order_by(ContactAttempt.id)).all()
        assert alone.incident_id is None
        assert of_case.incident_id is not None
        case = session.get_one(Incident, of_case.incident_id)
        assert case.state is IncidentState.ACKNOWLEDGED, "whoever acts on it has taken it on"
        resident = session.get_one(Resident, desk.an)
        shown, _more = read(session, timeline(resident, None, None, "UTC", [Shown.VISITS]))
    assert [(entry.note, entry.by) for entry in shown] == [("Ngủ quên.", "chi")]
    page = desk.post("contacts", way="call", outcome="unknown", note="")
    assert "Please choose the result." in page


def test_a_call_to_somebody_ill_opens_a_case_though_nobody_waited(desk: Desk) -> None:
    desk.post("contacts", way="call", outcome="unwell", note="Khó thở từ sáng.")
    (case,) = desk.incidents(IncidentKind.UNWELL)
    assert "Khó thở từ sáng." in str(case.reason)


def test_values_outside_roll_calls_have_the_limits_and_consequences_of_an_answer(desk: Desk) -> None:
    assert "The values were saved." in desk.post("values", temperature="36,9", spo2="98", how="by_staff")
    assert desk.incidents(IncidentKind.UNWELL) == []
    page = desk.post("values", temperature="39,2", spo2="88", how="told", measured_at="2026-11-23T09:30")
    assert "They tell of illness" in page
    (case,) = desk.incidents(IncidentKind.UNWELL)
    assert case.urgency is Urgency.DANGER, "by the table of warning signs"
    assert 'id="curve-temperature"' in page
    assert "beyond the limit" in page
    for wrong, said in (
        ({"temperature": "52", "how": "told"}, "Enter a temperature from 34 to 43"),
        ({"temperature": "", "how": "told"}, "Enter a temperature, an oxygen saturation, or both."),
        ({"spo2": "97", "how": "guessed"}, "Choose how this is known."),
        ({"spo2": "97", "how": "told", "measured_at": "2026-11-01T09:30"}, "within the last 7 days"),
        ({"spo2": "97", "how": "told", "measured_at": "2026-11-24T09:30"}, "within the last 7 days"),
    ):
        assert said in desk.post("values", **wrong)
    with desk.database.read() as session:
        kept = session.scalars(select(Measurement).order_by(Measurement.id)).all()
        assert [(each.temperature, each.spo2) for each in kept] == [(36.9, 98), (39.2, 88)]
        trail = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.VALUES_ENTERED)).all()
        assert [each.details["fields"] for each in trail] == [["temperature", "spo2"]] * 2
        assert "39" not in str([each.details for each in trail]), "the trail does not say how ill somebody is"


def test_an_old_value_completes_the_curve_and_calls_nobody(desk: Desk) -> None:
    desk.post("values", temperature="39,2", how="by_staff", measured_at="2026-11-21T09:30")
    assert desk.incidents(IncidentKind.UNWELL) == []


def test_one_person_is_asked_now_once_with_all_rules_of_sending(desk: Desk) -> None:
    assert "The roll-call is open" in desk.post("ask")
    assert "is open already" in desk.post("ask")
    with desk.database.read() as session:
        (round_,) = session.scalars(select(RollCall)).all()
        assert round_.extra
        (check_in,) = session.scalars(select(CheckIn)).all()
        assert (check_in.resident_id, check_in.state) == (desk.an, CheckInState.SCHEDULED)
        assert session.scalars(select(Prompt.resident_id)).all() == [desk.an]
        assert session.scalar(select(func.count()).where(AuditEntry.action == Action.ONE_PERSON_ASKED)) == 1
    # It keeps no round of the plan from being opened, and the same steps follow a silence.
    assert open_due_rounds(desk.database, minutes(1)) == 1
    close_due(desk.database, minutes(25))
    assert desk.incidents(IncidentKind.MISSED) or desk.incidents(IncidentKind.UNREACHED)


def test_nobody_is_asked_at_night_or_without_a_schedule(desk: Desk) -> None:
    desk.at = minutes(13 * 60)
    desk.chi = desk.client("dao")
    assert "These are the quiet hours" in desk.post("ask")
    with desk.database.write() as session:
        session.execute(update(Plan).values(active=False))
    assert "No schedule of roll-calls asks this person." in desk.post("ask")
    with desk.database.read() as session:
        assert session.scalars(select(CheckIn)).all() == []


def test_a_roll_call_is_one_line_that_opens_and_the_page_says_how_somebody_stands(desk: Desk) -> None:
    open_due_rounds(desk.database, minutes(0))
    close_due(desk.database, minutes(25))
    desk.at = minutes(30)
    page = desk.chi.get(f"/residents/{desk.an}").text
    assert "In quarantine until" in page
    assert "Last roll-call" in page
    with desk.database.read() as session:
        resident = session.get_one(Resident, desk.an)
        entries, _more = read(session, timeline(resident, minutes(0) - timedelta(days=1), None, "UTC", [Shown.ROLL_CALLS]))
        everything, _more = read(session, timeline(resident, minutes(0) - timedelta(days=1), None, "UTC"))
    assert len(entries) == 1
    assert {part.rank for part in entries[0].parts} == {1, 2}, "messages and steps"
    assert sorted(entry.rank for entry in everything) == [2, 4], "the roll-call and what it led to"
    narrowed = desk.chi.get(f"/residents/{desk.an}?show=incidents").text
    assert 'id="entry-4-' in narrowed
    assert 'id="entry-2-' not in narrowed
