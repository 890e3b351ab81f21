"""Staff and health declarations: looked up, entered, read for a purpose that stands in the trail; the form changed, and its answers kept."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from monitor.database.database import Database
from monitor.declarations.erasing import erase
from monitor.declarations.versions import form_in_force, form_of
from monitor.models.accounts import AuditEntry, Role
from monitor.models.declarations import Declarant, Declaration, DeclarationForm, DeclarationState, Signs, Way
from monitor.models.incidents import Incident, IncidentState
from monitor.models.people.residents import Resident
from monitor.models.people.retention import DeletionScope
from monitor.personal_data.deletion import forget
from monitor.places.units.loading import load_units
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from monitor.words import N_, words
from tests.worlds.declaring import WELL, WHO, Phone, fields_of, filled
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console


class Desk:
    """A zone, its nurse, a supervisor of the province, and a phone of the public."""

    def __init__(self, database: Database, folder: Path) -> None:
        load_units(database, NOW)
        self.database, self.now = database, NOW
        self.zone, (self.resident,) = add_zone(database)
        other, _people = add_zone(database, "Khu B")
        self.phone = Phone(database, folder)
        self.vault = Vault(folder / "vault", bytes(32))
        app = create_console(Settings(data_folder=folder, secret_key="x" * 32), database, self.vault, now=lambda: self.now)
        app.config["WTF_CSRF_ENABLED"] = False
        self.nurse = signed_in(app, database, "nurse", Role.STAFF, [self.zone], NOW, "en")
        self.elsewhere = signed_in(app, database, "elsewhere", Role.STAFF, [other], NOW, "en")
        self.chief = signed_in(app, database, "chief", Role.SUPERVISOR, None, NOW, "en")

    def all(self, model: type) -> list:  # type: ignore[type-arg]
        with self.database.read() as session:
            return list(session.scalars(select(model).order_by(model.id)))

    def noted(self, action: Action) -> list[AuditEntry]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


@pytest.fixture
def desk(both_databases: Database, tmp_path: Path) -> Desk:
    return Desk(both_databases, tmp_path)


def search(client: FlaskClient, typed: str) -> str:
    return client.post("/declarations/search", data={"typed": typed}).text


def test_somebody_is_found_by_what_they_show_and_nothing_else_is_told(desk: Desk) -> None:
    who = WHO | {"phone": "0901234567", "document_number": "079085001234", "insurance_number": "DN4740112345678"}
    desk.phone.declare(WELL | {"q-symptoms": ["fever"]}, who)
    (person,) = desk.all(Declarant)
    card = "079085001234||Trần Thị Bình|05091980|Nữ|Lê Lợi|01012022"
    for typed in (f"http://x/c#{person.code}", person.code.lower(), card, "079085001234", "0112345678", "0901 234 567"):
        page = search(desk.nurse, typed)
        assert "In force until" in page, typed
        assert "Fever" not in page
    assert "Nobody has declared" in search(desk.nurse, "0909999999")
    assert desk.nurse.post("/declarations/search", data={"typed": "ab"}).status_code == 422
    assert len(desk.noted(Action.DECLARATIONS_SEARCHED)) == 7
    # Pages of people are not found by counting numbers on.
    assert desk.nurse.get(f"/declarations/people/{person.id}").status_code == 200
    assert desk.elsewhere.get(f"/declarations/people/{person.id}").status_code == 404


def test_a_declaration_is_opened_for_the_care_that_it_is_about_or_with_a_reason(desk: Desk) -> None:
    desk.phone.declare(WELL | {"q-symptoms": ["fever"]})
    desk.phone.declare(WELL, WHO | {"full_name": "Lê Văn Cường"})
    ill, well = desk.all(Declaration)
    page = desk.nurse.get(f"/declarations/{ill.id}").text
    assert "Fever" in page
    assert "Trần Thị Bình" in page
    (incident,) = desk.all(Incident)
    assert f"/declarations/{ill.id}" in desk.nurse.get(f"/incidents/{incident.id}").text
    assert desk.elsewhere.get(f"/declarations/{ill.id}").status_code == 404
    # The other says nothing that anybody must look after: who wants it says why.
    asked = desk.nurse.get(f"/declarations/{well.id}").text
    assert "Lê Văn Cường" not in asked
    assert desk.nurse.post(f"/declarations/{well.id}", data={"reason": "so"}).status_code == 422
    assert "Lê Văn Cường" in desk.nurse.post(f"/declarations/{well.id}", data={"reason": "Theo yêu cầu của Sở Y tế"}).text
    (opened,), (joined,) = desk.noted(Action.DECLARATION_OPENED), desk.noted(Action.DECLARATION_JOINED)
    assert (opened.details["purpose"], joined.details["purpose"]) == ("care", "other")
    assert joined.details["reason"] == "Theo yêu cầu của Sở Y tế"


def test_staff_enter_what_somebody_says_or_wrote_on_paper(desk: Desk) -> None:
    fields = fields_of(desk.nurse.get("/declarations/new").text, "/declarations/new")
    paper = {"way": "paper", "declared_on": (NOW - timedelta(days=2)).date().isoformat()}
    done = desk.nurse.post("/declarations/new", data=filled(fields, WHO | WELL | paper))
    assert done.status_code == 303
    assert desk.nurse.post("/declarations/new", data=filled(fields, WHO | WELL | paper)).status_code == 303
    (row,) = desk.all(Declaration)
    assert (row.way, row.state, row.declared_on) == (Way.PAPER, DeclarationState.TAKEN, (NOW - timedelta(days=2)).date())
    # Seven days from the end of the paper's day, on the province's clock.
    assert row.until == NOW.replace(hour=17, minute=0) - timedelta(days=2) + timedelta(days=7)
    assert row.made_by is not None
    assert "<svg" in desk.nurse.get(done.headers["Location"]).text
    for wrong in ({"way": "paper"}, {"way": "paper", "declared_on": "2026-01-01"}, {"way": "self"}, {"full_name": ""}):
        answer = desk.nurse.post("/declarations/new", data=filled(fields, WHO | WELL | paper | {"declared_on": ""} | wrong))
        assert answer.status_code == 422
    assert len(desk.all(Declaration)) == 1
    pdf = desk.nurse.get("/declarations/form.pdf?in=vi")
    assert pdf.data.startswith(b"%PDF")


def test_what_waits_is_confirmed_by_whoever_sees_the_person(both_databases: Database, tmp_path: Path) -> None:
    desk = Desk(both_databases, tmp_path)
    desk.phone = Phone(both_databases, tmp_path, public_per_minute=1)
    desk.phone.declare(WELL, client=desk.phone.another())
    desk.phone.declare(WELL | {"q-symptoms": ["cough"]}, WHO | {"phone": "0901234567"})
    assert desk.all(Incident) == []
    assert "to be confirmed" in search(desk.nurse, "0901234567")
    person = desk.all(Declarant)[-1]
    assert desk.nurse.post(f"/declarations/people/{person.id}/confirm").status_code == 303
    assert "In force until" in search(desk.nurse, "0901234567")
    assert len(desk.all(Incident)) == 1
    assert desk.nurse.post(f"/declarations/people/{person.id}/code").status_code == 303
    assert "replaced by a newer one" in search(desk.nurse, person.code)


def test_who_is_in_quarantine_has_it_in_their_timeline(desk: Desk) -> None:
    with desk.database.write() as session:
        session.get_one(Resident, desk.resident).document_number = "079085001234"
    desk.phone.declare(WELL | {"q-symptoms": ["fever"]}, WHO | {"document_number": "079085001234"})
    page = desk.nurse.get(f"/residents/{desk.resident}").text
    assert "Health declaration: Symptom declared" in page
    # With the person's data goes what they declared.
    forget(
        desk.database, desk.vault, desk.resident, DeletionScope.PERSON, reason=words(N_("Purpose")), account_id=None, now=NOW
    )
    assert desk.all(Declaration) == desk.all(Declarant) == []


def edited(desk: Desk, key: str, **changed: object) -> MultiDict[str, str]:
    """The fields of a question's page, with some otherwise."""
    path = f"/declarations/form/questions/{key}"
    html = desk.chief.get(path).text
    fields = fields_of(html, path)
    for name, value in re.findall(r'<textarea id="[^"]*" name="([^"]+)"[^>]*>([^<]*)</textarea>', html):
        fields[name] = value
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return filled(fields, changed)


def test_a_province_changes_a_question_and_old_answers_keep_theirs(desk: Desk) -> None:
    desk.phone.declare(WELL)
    path = "/declarations/form/questions/been"
    saved = desk.chief.post(path, data=edited(desk, "been", vi="Có đi khỏi tỉnh không?", en="Did you leave the province?"))
    assert saved.status_code == 303
    # A draft is nobody's form yet.
    assert "Có đi khỏi tỉnh" not in desk.phone.declare({}, WHO).text
    new = {
        "key": "work",
        "kind": "text",
        "vi": "Nơi làm việc?",
        "en": "Where do you work?",
        "when": "been=yes",
        "required": "on",
    }
    assert desk.chief.post("/declarations/form/questions/new", data=new).status_code == 303
    assert desk.chief.post("/declarations/form/rules", data={"days": "3"}).status_code == 303
    preview = desk.chief.get("/declarations/form/preview?in=vi").text
    assert "Có đi khỏi tỉnh không?" in preview
    publish = fields_of(preview, "/declarations/form/publish")
    assert desk.chief.post("/declarations/form/publish", data=filled(publish, {"why": " "})).status_code == 422
    # Somebody changed it since it was looked at.
    desk.chief.post("/declarations/form/rules", data={"days": "4"})
    assert desk.chief.post("/declarations/form/publish", data=filled(publish, {"why": "Theo QĐ 12."})).status_code == 409
    publish = fields_of(desk.chief.get("/declarations/form/preview").text, "/declarations/form/publish")
    assert desk.chief.post("/declarations/form/publish", data=filled(publish, {"why": "Theo QĐ 12."})).status_code == 303
    (noted,) = desk.noted(Action.DECLARATION_FORM_PUBLISHED)
    assert noted.details["why"] == "Theo QĐ 12."
    desk.phone.declare(WELL | {"q-work": "never asked"}, client=desk.phone.another())
    before, after = desk.all(Declaration)
    assert after.until == NOW + timedelta(days=4)
    assert "work" not in after.answers
    with desk.database.read() as session:
        assert form_of(session, before.form_id).question("work") is None
        assert form_of(session, after.form_id) == form_in_force(session)
        # What was answered then is read with the question of then.
    page = desk.nurse.post(f"/declarations/{before.id}", data={"reason": "Đối chiếu theo quyết định."}).text
    assert "have you been to another province" in page


def test_a_form_that_cannot_be_is_refused_in_words_and_not_published(desk: Desk) -> None:
    for fields, said in (
        ({"key": "x", "kind": "yes_no", "vi": "A", "en": ""}, "in Vietnamese and in English"),
        ({"key": "been", "kind": "yes_no", "vi": "A", "en": "A"}, "same short name"),
        ({"key": "x", "kind": "choice", "vi": "A", "en": "A"}, "answers to choose from"),
        ({"key": "x", "kind": "yes_no", "vi": "A", "en": "A", "when": "later=yes"}, "not in the form"),
        ({"key": "x", "kind": "no such", "vi": "A", "en": "A"}, "Choose one of the options"),
    ):
        answer = desk.chief.post("/declarations/form/questions/new", data=fields)
        assert answer.status_code == 422
        assert said in answer.text
    assert desk.all(DeclarationForm) == []
    # Moved above what it depends on: kept as a draft, told, and not to be published.
    for _twice in range(2):
        desk.chief.post("/declarations/form/move", data={"key": "places", "to": "up"})
    assert "on a later question" in desk.chief.get("/declarations/form/edit").text
    preview = desk.chief.get("/declarations/form/preview").text
    assert "cannot be published" in preview
    (draft,) = desk.all(DeclarationForm)
    answer = desk.chief.post("/declarations/form/publish", data={"digest": draft.digest, "why": "Thử."})
    assert answer.status_code == 422
    assert desk.chief.post("/declarations/form/drop").status_code == 303
    assert desk.all(DeclarationForm) == []
    # The form holds for the province: who has some zones only does not change it.
    assert desk.nurse.post("/declarations/form/rules", data={"days": "3"}).status_code == 403


def test_declarations_end_by_rule_unless_a_case_holds_them(desk: Desk) -> None:
    desk.phone.declare(WELL)
    desk.phone.declare(WELL | {"q-symptoms": ["fever"]}, WHO | {"full_name": "Lê Văn Cường"}, client=desk.phone.another())
    later = NOW + timedelta(days=22)
    assert erase(desk.database, later - timedelta(days=21), later) == 1
    (held,) = desk.all(Declaration)
    assert held.signs is Signs.SYMPTOM
    assert [each.full_name for each in desk.all(Declarant)] == ["Lê Văn Cường"]
    with desk.database.write() as session:
        session.scalars(select(Incident)).one().state = IncidentState.RESOLVED
    assert erase(desk.database, later - timedelta(days=21), later) == 1
    assert desk.all(Declaration) == desk.all(Declarant) == []


def test_a_case_of_somebody_in_quarantine_holds_what_they_declared_and_nobody_elses(desk: Desk) -> None:
    with desk.database.write() as session:
        session.get_one(Resident, desk.resident).document_number = "079085001234"
    # Another's comes first: whose case it is must be asked of each by itself.
    desk.phone.declare(WELL, WHO | {"full_name": "Lê Văn Cường"}, client=desk.phone.another())
    desk.phone.declare(WELL | {"q-symptoms": ["fever"]}, WHO | {"document_number": "079085001234"})
    desk.phone.declare(WELL, WHO | {"full_name": "Hoàng Thị Em"}, client=desk.phone.another())
    later = NOW + timedelta(days=22)
    assert erase(desk.database, later - timedelta(days=21), later) == 2
    assert [each.full_name for each in desk.all(Declarant)] == ["Trần Thị Bình"]
    with desk.database.write() as session:
        for incident in session.scalars(select(Incident)):
            incident.state = IncidentState.RESOLVED
    assert erase(desk.database, later - timedelta(days=21), later) == 1
