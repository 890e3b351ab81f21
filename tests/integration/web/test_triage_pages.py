"""The list of cases, a case, the table of warning signs and the risks of a resident, as staff see and change them."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.incidents.triage import Heard, Told
from monitor.incidents.triage_table import dump, in_force, shipped, table_of
from monitor.models.accounts import AuditEntry, Role
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.models.people.residents import Resident
from monitor.models.triage import TriageTable
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import words
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console
from web.console.incidents.listed import PAGE

NAMES = ("An", "Bình", "Cúc", "Dũng")


class Desk:
    """The console over a zone, at NOW."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.zone, self.people = add_zone(database, residents=NAMES)
        self.app = create_console(
            Settings(data_folder=folder, language="en"), database, Vault(folder / "v", bytes(32)), now=lambda: NOW
        )
        self.app.config["WTF_CSRF_ENABLED"] = False

    def client(self, name: str, role: Role = Role.STAFF, zones: Collection[int] | None = None) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, zones, NOW, "en")

    def tell(self, who: int, kind: IncidentKind, *signs: str, said: str = "") -> None:
        person = self.people[who]
        heard = Heard(Told(frozenset(signs))) if signs else None
        cause = {IncidentKind.UNWELL: causes.unwell, IncidentKind.WISH: causes.wish}.get(kind, causes.text_unclear)(person)
        reason = words("%(name)s says: %(said)s", name=NAMES[who], said=said)
        with self.database.write() as session:
            open_incident(session, kind, cause, zone_id=self.zone, reason=reason, now=NOW, resident_id=person, heard=heard)


@pytest.fixture
def desk(both_databases: Database, tmp_path: Path) -> Desk:
    return Desk(both_databases, tmp_path)


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_list_has_a_row_for_each_case_the_most_urgent_first_with_what_was_said(desk: Desk) -> None:
    desk.tell(0, IncidentKind.WISH, said="rice")
    desk.tell(1, IncidentKind.TEXT_UNCLEAR, said="mmm")
    desk.tell(1, IncidentKind.UNWELL, "cough", said="a cough")
    desk.tell(2, IncidentKind.UNWELL, "cough", said="a cough too")
    desk.tell(3, IncidentKind.UNWELL, "breathless", said="no air")
    staff = desk.client("hoa")
    page = staff.get("/incidents").text
    rows = [words_of(each) for each in page.split('<li id="incident-')[1:]]
    assert len(rows) == 4
    assert [next(name for name in NAMES if f"· {name}" in row) for row in rows] == ["Dũng", "Bình", "Cúc", "An"]
    assert "Danger: within minutes" in rows[0]
    assert "no air" in rows[0]
    assert "Short of breath" in rows[0]
    assert "Within the hour" in rows[1]
    assert "Feels unwell · Bình" in rows[1]
    assert "+ Text message to read" in rows[1]
    assert "rice" in rows[3]
    assert '<span class="count">4<' in page, "the navigation counts cases"
    overview = words_of(staff.get("/").text)
    assert overview.index("no air") < overview.index("a cough") < overview.index("rice")


def test_pages_of_the_list_go_on_where_the_last_one_ended(desk: Desk) -> None:
    with desk.database.write() as session:
        for number in range(PAGE + 15):
            urgency = (Urgency.ROUTINE, Urgency.DANGER, Urgency.SOON)[number % 3]
            at = NOW + timedelta(minutes=number % 7)
            values = {"kind": IncidentKind.FACE_DOUBTFUL, "reason": words("x").dump(), "state": IncidentState.OPEN}
            session.add(
                Incident(
                    zone_id=desk.zone,
                    cause=f"c{number}",
                    urgency=urgency,
                    opened_at=NOW,
                    last_occurred_at=NOW,
                    deadline_at=at,
                    **values,
                )
            )
    staff = desk.client("hoa")
    seen: list[str] = []
    address = "/incidents"
    while address:
        page = staff.get(address).text
        seen += re.findall(r'<li id="incident-(\d+)"', page)
        more = re.search(r'href="(/incidents\?state=open&amp;after=[^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == PAGE + 15
    with desk.database.read() as session:
        rows = {each.id: each for each in session.scalars(select(Incident))}
    order = [(["danger", "soon", "routine"].index(rows[int(each)].urgency), rows[int(each)].deadline_at) for each in seen]
    assert order == sorted(order)


def test_a_case_is_one_page_and_is_taken_and_resolved_by_whichever_part(desk: Desk) -> None:
    desk.tell(0, IncidentKind.TEXT_UNCLEAR, said="mmm")
    desk.tell(0, IncidentKind.UNWELL, "breathless", said="no air")
    with desk.database.write() as session:
        session.get_one(Resident, desk.people[0]).pregnant = True
        lead, part = session.scalars(select(Incident.id).order_by(Incident.id))
    staff = desk.client("hoa")
    page = words_of(staff.get(f"/incidents/{part}").text)
    assert page.count("Feels unwell: An") == 1
    for said in (
        "mmm",
        "no air",
        "Danger: within minutes",
        "Short of breath",
        f"version {shipped().version}",
        "pregnant, alone",
    ):
        assert said in page, said
    assert f"/incidents/{lead}/resolve" in staff.get(f"/incidents/{part}").text
    assert staff.post(f"/incidents/{part}/acknowledge").status_code == 303
    assert "You are handling this." in words_of(staff.get(f"/incidents/{lead}").text)
    assert staff.post(f"/incidents/{part}/attempts", data={"way": "call", "outcome": "well", "note": "Ổn"}).status_code == 303
    assert "Ổn" in staff.get(f"/incidents/{lead}").text
    assert staff.post(f"/incidents/{part}/resolve", data={"text": "Đã gọi."}).status_code == 303
    with desk.database.read() as session:
        assert {each.state for each in session.scalars(select(Incident))} == {IncidentState.RESOLVED}
        audited = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.like("incident-%")).order_by(AuditEntry.id)
        ).all()
    assert sorted(audited) == ["incident-acknowledged", "incident-resolved"]
    assert "Text message to read" in words_of(staff.get("/incidents?state=resolved").text)


def form_of(table_version: str, **more: object) -> dict[str, object]:
    """The form as it is shown, with changes."""
    table = shipped()
    form: dict[str, object] = {"version": table_version, "old_from": table.old_from, "why": "Theo hội đồng chuyên môn"}
    for number, rule in enumerate(table.rules):
        form |= {f"usual-{number}": rule.usual.value, f"risk-{number}": rule.at_risk.value}
        if rule.limit is not None:
            form[f"limit-{number}"] = f"{rule.limit:g}".replace(".", ",")
    form["risks"] = [each.value for each in table.risks]
    for urgency, (usual, first) in table.minutes.items():
        form |= {f"minutes-{urgency}-usual": usual, f"minutes-{urgency}-risk": first}
    return form | more


def test_the_table_is_read_by_all_and_changed_with_date_reason_and_name(desk: Desk) -> None:
    doctor = desk.client("bs-lan", Role.SUPERVISOR)
    shown = doctor.get("/triage").text
    assert 'name="usual-0"' in shown
    assert "Oxygen saturation (SpO₂) under 94 %" in shown
    cough = [each.sign for each in shipped().rules].index("cough")
    saved = doctor.post("/triage", data=form_of(shipped().version, **{f"risk-{cough}": "danger", "old_from": "60"}))
    assert saved.status_code == 303, words_of(saved.text)
    with desk.database.read() as session:
        row = session.scalars(select(TriageTable)).one()
        table = in_force(session, NOW)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "triage-changed")).one()
    assert (table.version, table.old_from, table.rules[cough].at_risk) == (str(row.id), 60, Urgency.DANGER)
    assert dump(table) == dump(table_of(row))
    assert (entry.details["version"], entry.details["reason"]) == (row.id, "Theo hội đồng chuyên môn")
    page = words_of(doctor.get("/triage").text)
    assert "bs-lan" in page
    assert "Theo hội đồng chuyên môn" in page
    desk.tell(0, IncidentKind.UNWELL, "cough", said="a cough")
    with desk.database.read() as session:
        case = session.scalars(select(Incident)).one()
    assert (case.urgency, case.triage_version) == (Urgency.DANGER, str(row.id)), "An is alone in the room"
    # What was before stays, and is shown as what does not hold any more.
    before = words_of(doctor.get(f"/triage/{shipped().version}").text)
    assert "does not hold now" in before
    assert doctor.get("/triage/999").status_code == 404
    # Two doctors at once: the second sees the first one's version before deciding.
    again = doctor.post("/triage", data=form_of(shipped().version))
    assert again.status_code == 422
    assert "Someone changed the table meanwhile" in again.text


def test_a_table_that_cannot_hold_is_explained_and_who_may_not_changes_nothing(desk: Desk) -> None:
    doctor = desk.client("bs-lan", Role.SUPERVISOR)
    spo2 = [each.sign for each in shipped().rules].index("spo2")
    for wrong, said in (
        ({f"limit-{spo2}": "20"}, "from 50 to 100"),
        ({f"limit-{spo2}": "x"}, "out of date"),
        ({"old_from": "abc"}, "whole number"),
        ({"minutes-danger-usual": "0"}, "A deadline must be"),
        ({"why": " "}, "why the table changes"),
        ({"valid_from": "soon"}, "a day and a time"),
        ({"usual-0": "panic"}, "out of date"),
    ):
        refused = doctor.post("/triage", data=form_of(shipped().version, **wrong))
        assert refused.status_code == 422, wrong
        assert said in refused.text, wrong
    staff, here = desk.client("hoa"), desk.client("chi", Role.SUPERVISOR, [desk.zone])
    for client in (staff, here):
        assert 'name="usual-0"' not in client.get("/triage").text
        assert client.post("/triage", data=form_of(shipped().version)).status_code == 403
    with desk.database.read() as session:
        assert session.scalars(select(TriageTable)).all() == []


def test_risks_are_chosen_on_the_residents_page_and_with_the_photos(desk: Desk) -> None:
    staff = desk.client("hoa")
    address = f"/residents/{desk.people[0]}"
    for where in (address, f"{address}/photos"):
        assert 'name="risks" value="pregnant"' in staff.get(where).text
    assert staff.post(f"{address}/risks", data={"risks": ["pregnant", "alone"], "back": "photos"}).location.endswith("/photos")
    assert staff.post(f"{address}/risks", data={"risks": ["long_illness"]}).location.endswith(address)
    with desk.database.read() as session:
        one = session.get_one(Resident, desk.people[0])
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "risks-changed")).all()
    assert (one.long_illness, one.pregnant, one.lives_alone) == (True, False, False)
    assert [each.resident_id for each in entries] == [desk.people[0]] * 2
    elsewhere = desk.client("lan", zones=[])
    assert elsewhere.post(f"{address}/risks", data={}).status_code == 404
