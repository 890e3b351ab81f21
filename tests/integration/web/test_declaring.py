"""Somebody of the public declares: page by page without a script, once, again in one page; slowed where a machine does; on both databases."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from monitor.database.database import Database
from monitor.declarations.pressure import KEPT_OF_ONE_CALLER, OF_ONE_CALLER, Load, Step, step_of
from monitor.declarations.standing import in_force_of, who_of_code
from monitor.declarations.taking import confirm
from monitor.declarations.waiting import waiting_dangers
from monitor.models.declarations import Declarant, Declaration, DeclarationState, Signs, Way
from monitor.models.incidents import Incident, IncidentKind, Urgency
from monitor.models.people.residents import Resident
from monitor.places.units.loading import load_units
from tests.worlds.declaring import WELL, WHO, Phone, fields_of, filled
from tests.worlds.made_up_language import CODE, write_made_up
from tests.worlds.small_zone import NOW, add_zone


@pytest.fixture
def phone(both_databases: Database, tmp_path: Path) -> Phone:
    load_units(both_databases, NOW)
    return Phone(both_databases, tmp_path)


def rows(database: Database) -> list[Declaration]:
    with database.read() as session:
        return list(session.scalars(select(Declaration).order_by(Declaration.id)))


def people(database: Database) -> list[Declarant]:
    with database.read() as session:
        return list(session.scalars(select(Declarant).order_by(Declarant.id)))


def test_a_declaration_is_made_page_by_page_and_leads_to_a_code(phone: Phone, both_databases: Database) -> None:
    done = phone.declare(WELL, WHO | {"phone": "0901 234 567", "document_number": "079 080 001 234"})
    assert done.status_code == 303
    page = phone.client.get(done.headers["Location"]).text
    assert "Trần Thị Bình" in page
    assert "<svg" in page
    (row,), (person,) = rows(both_databases), people(both_databases)
    assert (row.way, row.state, row.signs) == (Way.SELF, DeclarationState.TAKEN, Signs.NONE)
    assert row.until == NOW + timedelta(days=7)
    assert row.answers == {"been": "no", "symptoms": ["none"], "met_case": "no", "met_abroad": "no", "met_ill": "no"}
    assert (person.phone, person.document_number, person.unit_code) == ("+84901234567", "079080001234", "26740")
    with both_databases.read() as session:
        assert who_of_code(session, person.code).id == person.id
        assert in_force_of(session, [person.id], NOW) is not None


def test_nothing_is_kept_before_the_last_page_and_what_is_missing_is_said(phone: Phone, both_databases: Database) -> None:
    answer = phone.declare({}, {"full_name": "", "birth": "32/13/2000", "unit": "Xã Không Có", "phone": "12"})
    assert answer.status_code == 422
    for name in ("full_name", "birth", "unit", "phone"):
        assert f'id="{name}-said"' in answer.text
    assert phone.declare(WELL | {"q-symptoms": ""}).status_code == 422
    assert rows(both_databases) == people(both_databases) == []


def test_a_double_tap_is_one_declaration_and_the_next_person_on_the_same_form_is_another(
    phone: Phone, both_databases: Database
) -> None:
    answer = phone.client.get("/declare")
    fields = fields_of(answer.text, "/declare")
    fields = filled(fields, {**WHO, **WELL, "step": "2", "go": "next"})
    first = phone.client.post("/declare", data=fields)
    again = phone.client.post("/declare", data=fields)
    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    assert len(rows(both_databases)) == 1
    fields["full_name"] = "Lê Văn Cường"
    assert phone.client.post("/declare", data=fields).headers["Location"] != first.headers["Location"]
    assert [each.full_name for each in people(both_databases)] == ["Trần Thị Bình", "Lê Văn Cường"]


def test_the_second_time_is_one_page(phone: Phone, both_databases: Database) -> None:
    person = phone.declare(WELL, WHO | {"phone": "0901234567"}).headers["Location"].partition("?")[0]
    phone.now = NOW + timedelta(days=6)
    page = phone.client.get(f"{person}/again").text
    fields = fields_of(page, f"{person}/again")
    # Somebody has to say so: nothing is chosen before.
    assert "changed" not in fields
    fields["changed"] = "no"
    done = phone.client.post(f"{person}/again", data=fields)
    assert done.headers["Location"].partition("?")[0] == person
    first, second = rows(both_databases)
    assert second.answers == first.answers
    assert second.declarant_id == first.declarant_id
    assert second.until == phone.now + timedelta(days=7)
    assert len(people(both_databases)) == 1
    # Something is otherwise: the whole form, filled in with who it is.
    fields["changed"] = "yes"
    led = phone.client.post(f"{person}/again", data=fields)
    assert "Trần Thị Bình" in phone.client.get(led.headers["Location"]).text


def test_for_somebody_else_says_by_whom(phone: Phone, both_databases: Database) -> None:
    refused = phone.declare(WELL, WHO | {"for": "other"}, start="?for=other")
    assert refused.status_code == 422
    assert 'id="by_whom-said"' in refused.text
    done = phone.declare(WELL, WHO | {"for": "other", "by_whom": "Nguyễn Văn Con"}, start="?for=other")
    assert done.status_code == 303
    (row,) = rows(both_databases)
    assert (row.way, row.by_whom) == (Way.OTHER, "Nguyễn Văn Con")


def test_another_phone_opens_nothing_of_this_one(phone: Phone) -> None:
    person = phone.declare(WELL).headers["Location"].partition("?")[0]
    other = phone.another()
    for path in ("", "/again", "/card"):
        assert other.get(f"{person}{path}").status_code == 404
    assert other.get("/me").headers["Location"] == "/declare"
    # A personal code that a camera reads opens a page that says nothing of whose it is.
    assert "Trần" not in other.get("/c").text


def test_a_page_sent_from_elsewhere_is_refused(phone: Phone, both_databases: Database) -> None:
    phone.client.get("/declare")
    answer = phone.client.post("/declare", data={**WHO, **WELL, "step": "2", "go": "next"})
    assert answer.status_code == 400
    assert rows(both_databases) == []


@pytest.mark.parametrize(
    ("answers", "kind", "urgency"),
    [
        ({"q-met_ill": "yes"}, IncidentKind.DECLARED_CONTACT, Urgency.ROUTINE),
        ({"q-symptoms": ["cough", "tired"]}, IncidentKind.DECLARED_SYMPTOM, Urgency.ROUTINE),
        ({"q-symptoms": ["breathless"]}, IncidentKind.DECLARED_DANGER, Urgency.DANGER),
    ],
)
def test_signs_are_a_task_of_the_health_station_at_once(
    phone: Phone, both_databases: Database, answers: dict[str, object], kind: IncidentKind, urgency: Urgency
) -> None:
    zone, _people = add_zone(both_databases)
    done = phone.declare(WELL | answers)
    assert done.status_code == 303
    with both_databases.read() as session:
        (task,) = session.scalars(select(Incident))
        assert (task.kind, task.urgency, task.zone_id, task.resident_id) == (kind, urgency, zone, None)
        # On the list stands no name: who looks after it opens the declaration.
        assert "Trần" not in str(task.reason)
    (row,) = rows(both_databases)
    assert task.cause == f"declaration-{row.id}"
    page = phone.client.get(done.headers["Location"]).text
    assert ("tel:115" in page) == (kind is IncidentKind.DECLARED_DANGER)


def test_whoever_is_in_quarantine_has_it_in_their_own_case(phone: Phone, both_databases: Database) -> None:
    _zone, (resident,) = add_zone(both_databases)
    with both_databases.write() as session:
        session.get_one(Resident, resident).document_number = "079080001234"
    phone.declare(WELL | {"q-symptoms": ["fever"]}, WHO | {"document_number": "079080001234"})
    assert people(both_databases)[0].resident_id == resident
    with both_databases.read() as session:
        (case,) = session.scalars(select(Incident))
        assert (case.kind, case.case_of) == (IncidentKind.UNWELL, resident)
    # Nobody is taken for somebody by less than a card's number.
    phone.declare(WELL, {"full_name": "Nguyễn Thị An", "birth": "1980", "unit": WHO["unit"], "phone": "0900000101"})
    assert people(both_databases)[1].resident_id is None


@pytest.mark.parametrize(
    ("load", "known", "step"),
    [
        (Load(1, 1, 1), False, Step.AT_ONCE),
        (Load(OF_ONE_CALLER, 1, 1), False, Step.AT_ONCE),
        (Load(OF_ONE_CALLER + 1, 1, 1), False, Step.ONE_MORE),
        (Load(1, 1, 601), False, Step.ONE_MORE),
        (Load(KEPT_OF_ONE_CALLER + 1, 1, 1), False, Step.ONE_MORE),
        (Load(KEPT_OF_ONE_CALLER + 1, 2, 1), False, Step.LATER),
        # Whoever declared with this phone before is no machine's, whatever comes from the same address.
        (Load(10**6, 100, 10**6), True, Step.AT_ONCE),
    ],
)
def test_what_is_asked_of_whom_under_which_load(load: Load, known: bool, step: Step) -> None:
    assert step_of(load, known=known, a_minute=600) is step


def test_a_machine_at_one_address_stops_nobody(phone: Phone, both_databases: Database) -> None:
    regular = phone.declare(WELL).headers["Location"].partition("?")[0]
    machine = phone.another()
    page = machine.get("/declare").text
    fields = fields_of(page, "/declare")
    fields = filled(fields, {**WHO, **WELL, "step": "2", "go": "next"})
    for number in range(OF_ONE_CALLER + 5):
        fields["full_name"] = f"Tên Giả {chr(65 + number % 26)}{chr(65 + number // 26)}"
        assert machine.post("/declare", data=fields).status_code == 303
    with both_databases.read() as session:
        states = dict(session.execute(select(Declaration.state, func.count()).group_by(Declaration.state)).all())
    assert states == {DeclarationState.TAKEN: 1 + OF_ONE_CALLER, DeclarationState.WAITING: 5}
    # Behind the same address: somebody new is kept, and told what to do; who declared before is taken at once.
    client = phone.another()
    done = phone.declare(WELL | {"q-symptoms": ["fever"]}, WHO | {"full_name": "Lê Thị Hoa"}, client=client)
    told = client.get(done.headers["Location"]).text
    assert "chưa được tính" in told
    assert rows(both_databases)[-1].state is DeclarationState.WAITING
    phone.client.environ_base["REMOTE_ADDR"] = "203.0.113.8"
    fields = fields_of(phone.client.get(f"{regular}/again").text, f"{regular}/again")
    assert phone.client.post(f"{regular}/again", data=filled(fields, {"changed": "no"})).status_code == 303
    assert rows(both_databases)[-1].state is DeclarationState.TAKEN


def test_from_a_thousand_addresses_first_declarations_wait_for_one_more_step(both_databases: Database, tmp_path: Path) -> None:
    load_units(both_databases, NOW)
    phone = Phone(both_databases, tmp_path, public_per_minute=3)
    for number in range(5):
        assert phone.declare(WELL, client=phone.another(f"198.51.100.{number}")).status_code == 303
    assert [each.state.value for each in rows(both_databases)] == ["taken"] * 3 + ["waiting"] * 2


def test_danger_in_a_flood_rings_once_and_is_on_a_list(both_databases: Database, tmp_path: Path) -> None:
    load_units(both_databases, NOW)
    zone, _people = add_zone(both_databases)
    phone = Phone(both_databases, tmp_path, public_per_minute=1)
    phone.declare(WELL, client=phone.another())
    danger = WELL | {"q-symptoms": ["breathless"]}
    for number in range(4):
        who = WHO | {"full_name": f"Lê Văn {chr(65 + number)}", "phone": f"090123456{number}"}
        assert phone.declare(danger, who, client=phone.another(f"198.51.100.{number}")).status_code == 303
    with both_databases.read() as session:
        (one,) = session.scalars(select(Incident)).all()
        assert (one.kind, one.urgency, one.zone_id) == (IncidentKind.DECLARED_DANGER, Urgency.DANGER, zone)
        waiting = waiting_dangers(session, {zone}, before=None, most=10)
        assert [person.full_name for _row, person in waiting] == ["Lê Văn D", "Lê Văn C", "Lê Văn B", "Lê Văn A"]
        assert waiting_dangers(session, {zone + 1}, before=None, most=10) == []
        declarant = waiting[1][1].id
    # Staff called, and one of them answers for themselves: from then on it is an incident of its own.
    with both_databases.write() as session:
        assert confirm(session, session.get_one(Declarant, declarant), NOW) == 1
    with both_databases.read() as session:
        own = session.scalars(select(Incident).order_by(Incident.id)).all()
        assert [each.kind for each in own] == [IncidentKind.DECLARED_DANGER] * 2
        assert len(waiting_dangers(session, None, before=None, most=10)) == 3


def test_what_waits_counts_once_its_number_is_confirmed_and_only_then_calls_staff(
    both_databases: Database, tmp_path: Path
) -> None:
    from rollcall.confirming.codes import code_of

    load_units(both_databases, NOW)
    add_zone(both_databases)
    phone = Phone(both_databases, tmp_path, public_per_minute=1, sms_gateway_url="http://127.0.0.1:9/x")
    phone.declare(WELL, client=phone.another())
    answers = WELL | {"q-symptoms": ["fever"]}
    person = phone.declare(answers, WHO | {"phone": "0901234567"}).headers["Location"].partition("?")[0]
    with both_databases.read() as session:
        assert session.scalar(select(func.count()).select_from(Incident)) == 0
    page = phone.client.get(person).text
    assert phone.client.post(f"{person}/code", data=fields_of(page, f"{person}/code")).status_code == 303
    from monitor.models.people.gate import PhoneConfirmation

    with both_databases.read() as session:
        sent = session.scalars(select(PhoneConfirmation)).one()
        assert sent.phone == "+84901234567"
        code = code_of(b"x" * 32, sent.nonce, sent.phone)
    page = phone.client.get(person).text
    fields = fields_of(page, f"{person}/code/typed")
    wrong = phone.client.post(f"{person}/code/typed", data=filled(fields, {"code": "000000" if code != "000000" else "111111"}))
    assert wrong.status_code == 409
    assert phone.client.post(f"{person}/code/typed", data=filled(fields, {"code": code})).status_code == 303
    assert rows(both_databases)[-1].state is DeclarationState.TAKEN
    assert people(both_databases)[-1].phone_confirmed_at == NOW
    with both_databases.read() as session:
        assert session.scalars(select(Incident.kind)).all() == [IncidentKind.DECLARED_SYMPTOM]


def test_a_new_code_replaces_the_old_one_and_a_person_can_be_taken_off_a_phone(phone: Phone, both_databases: Database) -> None:
    person = phone.declare(WELL).headers["Location"].partition("?")[0]
    before = people(both_databases)[0].code
    page = phone.client.get(person).text
    assert phone.client.post(f"{person}/code/new", data=fields_of(page, f"{person}/code/new")).status_code == 303
    assert people(both_databases)[0].code != before
    assert phone.client.post(f"{person}/forget", data=fields_of(page, f"{person}/forget")).status_code == 303
    assert phone.client.get(person).status_code == 404
    assert len(rows(both_databases)) == 1


def test_a_card_fills_in_who_it_is(phone: Phone) -> None:
    page = phone.client.get("/declare").text
    card = "079185001234||Trần Thị Bình|05091985|Nữ|12 Lê Lợi, Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh|01012022"
    fields = fields_of(page, "/declare/card")
    answer = phone.client.post("/declare/card", data=filled(fields, {"card": card}))
    assert answer.status_code == 200
    found = fields_of(answer.text, "/declare")
    assert (found["full_name"], found["birth"], found["document_number"]) == ("Trần Thị Bình", "05/09/1985", "079185001234")
    assert "Bến Nghé" in found["unit"]
    # Six fields, and what is no card.
    assert phone.client.post("/declare/card", data=filled(fields, {"card": "0791850|x|y|z|a|b"})).status_code == 422
    assert phone.client.post("/declare/card", data=filled(fields, {"card": ""})).status_code == 422


def test_no_page_shows_a_sentence_that_cannot_be_translated(both_databases: Database, tmp_path: Path) -> None:
    """In a made-up language each letter of ours has an accent: a plain English word that is left was not translated."""
    write_made_up(tmp_path / "translations")
    load_units(both_databases, NOW)
    phone = Phone(both_databases, tmp_path, public_per_minute=2)
    phone.client.get(f"/?lang={CODE}")
    person = phone.declare(WELL, WHO | {"full_name": "Ấn", "phone": "0901234567"}).headers["Location"]
    base = person.partition("?")[0]
    seen = {"/": phone.client.get("/").text, "/c": phone.client.get("/c").text}
    for path in (person, f"{base}/again", f"{base}/card", "/me", "/declare", "/declare?for=other", "/nowhere"):
        seen[path] = phone.client.get(path).text
    fields = fields_of(seen["/declare"], "/declare")
    for step in ("1", "2"):
        seen[f"step {step}"] = phone.client.post(
            "/declare",
            data={**fields, **WHO, "step": str(int(step) - 1), "go": "next"}
            | ({} if step == "1" else {"q-been": "no", "q-symptoms": "none"}),
        ).text
    seen["wrong"] = phone.client.post("/declare", data=filled(fields, {"step": "0", "go": "next", "birth": "99/99/9999"})).text
    for path, html in seen.items():
        body = re.sub(r"<(svg|script|style|title)\b.*?</\1>", " ", html.partition("<body>")[2], flags=re.DOTALL)
        # What has a language of its own is no sentence of this one; names of units are names.
        body = re.sub(r'<a [^>]*hreflang="[^"]*"[^>]*>.*?</a>', " ", body, flags=re.DOTALL)
        shown = re.sub(r"<[^>]+>", " ", body) + " ".join(re.findall(r'(?:aria-label|placeholder|alt)="([^"]*)"', body))
        plain = re.findall(r"[A-Za-z]{4,}", shown.replace("Trần Thị Bình", "").replace("Phường", ""))
        # Months, and units in English, which are names.
        known = {"Esperanto", "Novembro", "Decembro", "Saigon", "Ward", "Minh", "City"}
        assert not [word for word in plain if word not in known and not word.isupper()], (path, plain[:12])
