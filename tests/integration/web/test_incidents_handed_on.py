"""Incidents narrowed, handed on to a colleague, and opened anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, text, update

from monitor.database.database import Database
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import Account, AuditEntry, Role
from monitor.models.alerts import Alert, AlertDelivery
from monitor.models.incidents import Incident, IncidentKind, IncidentNote, IncidentState, Urgency
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from monitor.words import words
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console
from web.console.incidents.listed import PAGE

MANY = PAGE + 7


class Desk:
    """Two zones with incidents, and three of staff: two for both, one for the second alone."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.here, (self.an,) = add_zone(database, "Khu A")
        self.there, (self.binh,) = add_zone(database, "Khu B", ("Bình",))
        self.at = NOW
        vault = Vault(folder / "vault", bytes(32))
        self.app = create_console(Settings(data_folder=folder, language="en"), database, vault, now=lambda: self.at)
        self.app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own
        self.chi, self.dao = self.client("chi"), self.client("dao")
        self.elsewhere = self.client("elsewhere", [self.there])

    def client(self, name: str, zones: list[int] | None = None) -> FlaskClient:
        return signed_in(self.app, self.database, name, Role.STAFF, zones, self.at, "en")

    def account(self, name: str) -> int:
        with self.database.read() as session:
            return session.scalars(select(Account.id).where(Account.username == name)).one()

    def open(self, kind: IncidentKind, cause: str, zone: int | None = None, resident: int | None = None) -> int:
        with self.database.write() as session:
            about = {"zone_id": zone or self.here, "resident_id": resident}
            open_incident(session, kind, cause, reason=words("Something."), now=self.at, **about)
            return session.scalars(select(Incident.id).where(Incident.cause == cause).order_by(Incident.id.desc())).first() or 0

    def state(self, incident: int) -> Incident:
        with self.database.read() as session:
            return session.get_one(Incident, incident)

    def listed(self, **narrowed: str) -> str:
        page = self.chi.get("/incidents", query_string=narrowed)
        assert page.status_code == 200, page.text
        return page.text


@pytest.fixture
def desk(both_databases: Database, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def test_a_list_is_narrowed_by_zone_kind_urgency_owner_and_age(desk: Desk) -> None:
    desk.at = NOW - timedelta(hours=5)
    ill = desk.open(IncidentKind.UNWELL, "unwell-resident-1", resident=desk.an)
    wish = desk.open(IncidentKind.WISH, "wish-resident-2", desk.there, desk.binh)
    desk.at = NOW
    desk.chi.post(f"/incidents/{wish}/acknowledge")
    camera = desk.open(IncidentKind.CAMERA_OFFLINE, "camera-1-offline")

    def found(**narrowed: str) -> set[int]:
        page = desk.listed(**narrowed)
        return {each for each in (ill, wish, camera) if f'id="incident-{each}"' in page}

    assert found() == {ill, camera}
    assert found(zone=str(desk.there)) == set()
    assert found(zone=str(desk.there), state="acknowledged") == {wish}
    assert found(kind="unwell") == {ill}
    assert found(urgency="soon") == {ill}
    assert found(older="4") == {ill}
    assert found(owner="mine", state="acknowledged") == {wish}
    assert found(owner="others", state="acknowledged") == set()
    assert found(owner="nobodys") == {ill, camera}
    # A case is found by each of its parts.
    missed = desk.open(IncidentKind.MISSED, "missed-resident-1", resident=desk.an)
    assert desk.state(missed).lead_id == ill
    assert found(kind="missed") == {ill}
    assert desk.chi.get("/incidents?kind=forgotten").status_code == 422
    assert desk.elsewhere.get(f"/incidents?zone={desk.here}").status_code == 200
    assert f'id="incident-{ill}"' not in desk.elsewhere.get(f"/incidents?zone={desk.here}").text


def test_pages_by_key_show_each_once_the_most_urgent_first_and_follow_an_index(desk: Desk) -> None:
    with desk.database.write() as session:
        rows = [
            {
                "zone_id": desk.here,
                "kind": IncidentKind.CAMERA_OFFLINE,
                "cause": f"camera-{number}-offline",
                "state": IncidentState.OPEN,
                "urgency": Urgency.SOON if number % 3 == 0 else Urgency.ROUTINE,
                "reason": words("Off.").dump(),
                "opened_at": NOW,
                "last_occurred_at": NOW,
                "deadline_at": NOW + timedelta(minutes=number // 2),
            }
            for number in range(MANY)
        ]
        session.execute(insert(Incident), rows)
    seen: list[str] = []
    page = desk.listed(kind="camera_offline")
    while True:
        seen += [part.split('"')[0] for part in page.split('id="incident-')[1:]]
        following = re.search(r'href="(/incidents\?[^"]*after=[^"]*)"', page)
        if following is None:
            break
        assert "kind=camera_offline" in following[1]
        page = desk.chi.get(following[1].replace("&amp;", "&")).text
    with desk.database.read() as session:
        wanted = session.scalars(
            select(Incident.id).order_by(Incident.urgency != Urgency.SOON, Incident.deadline_at, Incident.id)
        ).all()
        assert seen == [str(each) for each in wanted]
        if session.connection().dialect.name == "sqlite":
            waiting = (
                "EXPLAIN QUERY PLAN SELECT id FROM incident WHERE lead_id IS NULL AND state = ? AND state != 'resolved' AND urgency = ?"
                " ORDER BY deadline_at, id LIMIT 41"
            )
            plan = str(session.connection().exec_driver_sql(waiting, ("open", "soon")).all())
            assert "ix_incident_waiting" in plan
            assert "TEMP B-TREE" not in plan
            resolved = (
                "EXPLAIN QUERY PLAN SELECT id FROM incident WHERE lead_id IS NULL AND state = 'resolved' AND kind = 'wish'"
                " ORDER BY resolved_at DESC, id DESC LIMIT 41"
            )
            plan = str(session.execute(text(resolved)).all())
            assert "ix_incident_resolved_kind" in plan
            assert "TEMP B-TREE" not in plan


def test_handing_on_calls_the_colleague_only_where_it_is_urgent(desk: Desk) -> None:
    wish = desk.open(IncidentKind.WISH, "wish-resident-1", resident=desk.an)
    ill = desk.open(IncidentKind.UNWELL, "unwell-resident-1", resident=desk.an)
    dao = desk.account("dao")
    desk.chi.post(f"/incidents/{ill}/acknowledge")
    assert desk.chi.post(f"/incidents/{ill}/assign", data={"to": str(desk.account("elsewhere")), "seen": ""}).status_code == 422
    for incident in (wish, ill):
        assert desk.chi.post(f"/incidents/{incident}/assign", data={"to": str(dao), "seen": ""}).status_code == 303
        assert desk.chi.post(f"/incidents/{incident}/assign", data={"to": str(dao), "seen": ""}).status_code == 409, "once"
    with desk.database.read() as session:
        assert set(session.scalars(select(AlertDelivery.account_id))) == {dao}
        (alert,) = session.scalars(select(Alert)).all()
        assert alert.kind is IncidentKind.UNWELL
        assert alert.next_step_at is not None, "others are called if that person does not answer"
        trail = session.scalars(select(AuditEntry.details).where(AuditEntry.action == Action.INCIDENT_ASSIGNED)).all()
        assert [(each["incident_id"], each["assigned_to"]) for each in trail] == [(wish, "dao"), (ill, "dao")]
    assert desk.state(ill).state is IncidentState.OPEN, "nobody has it until that person takes it on"
    assert "You were asked to take this on." in desk.dao.get(f"/incidents/{ill}").text
    assert f'id="incident-{ill}"' in desk.dao.get("/incidents?owner=mine").text
    desk.dao.post(f"/incidents/{ill}/acknowledge")
    assert (desk.state(ill).acknowledged_by, desk.state(ill).assigned_to) == (dao, None)


def test_what_is_not_over_is_opened_again_with_its_parts_and_a_reason(desk: Desk) -> None:
    ill = desk.open(IncidentKind.UNWELL, "unwell-resident-1", resident=desk.an)
    missed = desk.open(IncidentKind.MISSED, "missed-resident-1", resident=desk.an)
    desk.chi.post(f"/incidents/{ill}/resolve", data={"text": "Hết sốt."})
    assert {desk.state(each).state for each in (ill, missed)} == {IncidentState.RESOLVED}
    desk.at = NOW + timedelta(hours=3)
    assert desk.dao.post(f"/incidents/{ill}/reopen", data={"text": " "}).status_code == 422
    assert desk.dao.post(f"/incidents/{ill}/reopen", data={"text": "Lại sốt 39 độ."}).status_code == 303
    assert desk.dao.post(f"/incidents/{ill}/reopen", data={"text": "Lại sốt."}).status_code == 409
    lead = desk.state(ill)
    assert (lead.state, lead.resolved_at, lead.acknowledged_by) == (IncidentState.OPEN, None, None)
    assert lead.deadline_at > desk.at, "with as long a time as on its first day"
    assert desk.state(missed).state is IncidentState.OPEN
    with desk.database.read() as session:
        assert "Lại sốt 39 độ." in session.scalars(select(IncidentNote.text)).all()
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == Action.INCIDENT_REOPENED)).one()
    # Once more resolved, and a new one of the same person waits: then that is gone on with.
    desk.chi.post(f"/incidents/{ill}/resolve", data={"text": "Hết sốt."})
    desk.open(IncidentKind.UNREACHED, "unreached-resident-1", resident=desk.an)
    answer = desk.dao.post(f"/incidents/{ill}/reopen", data={"text": "Lại sốt."})
    assert answer.status_code == 409
    assert "Another incident about the same is open already." in answer.text


def test_what_ends_by_deciding_an_answer_is_not_opened_again(desk: Desk) -> None:
    face = desk.open(IncidentKind.FACE_DOUBTFUL, "face-resident-1", resident=desk.an)
    with desk.database.write() as session:
        session.execute(update(Incident).where(Incident.id == face).values(state=IncidentState.RESOLVED, resolved_at=NOW))
    answer = desk.chi.post(f"/incidents/{face}/reopen", data={"text": "Không phải người đó."})
    assert answer.status_code == 409
    assert "ended when it was decided" in answer.text
    assert 'id="reopen"' not in desk.chi.get(f"/incidents/{face}").text
