"""Guardians: messages, calls, texts and pages about a child go to who answers for it, with their consent; on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.guardians import ConsentWay, Guardian
from monitor.models.people.residents import Household, QuarantineOrder, Resident
from monitor.models.people.retention import DeletionScope
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.rounds import CheckInState
from monitor.people.order_deeds import Deed
from monitor.personal_data.deletion import forget
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import words
from rollcall.orders.orders import Asked, act
from rollcall.people.guardians import set_guardian
from rollcall.plans.typed_plan import Draft
from rollcall.prompts.rehearsal import rehearse
from rollcall.rounds.ladder_steps import climb_due
from rollcall.rounds.opening import open_due_rounds
from rollcall.texts.style import Style
from tests.doubles import patient
from tests.doubles.phones import Phones
from tests.worlds.due_round import SECRET, check_in_of, minutes, token_of, world
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW
from web.console.application import create_console

MOTHER, AUNT, HOME = "+84912000001", "+84912000002", "+84912000003"


class Family:
    """A child without a telephone in a household, a mother in quarantine too, a cousin; an aunt outside."""

    def __init__(self, database: Database, vault: Vault, folder: Path) -> None:
        self.database, self.vault, self.folder = database, vault, folder
        self.zone, (self.child, self.mother, self.cousin) = world(
            database, "Bé Na", "Trần Thị Mai", "Bé Tí", evidence="acknowledged", ladder=[[10, "reminder"], [12, "household"]]
        )
        with database.write() as session:
            account = add_account(session, "giamsat", "đúng là mật khẩu", Role.SUPERVISOR, zones=None, now=NOW)
            session.flush()
            self.account = account.id
            home = Household(zone_id=self.zone, name="Nhà Mai", phone=HOME)
            session.add(home)
            session.flush()
            for each, phone in ((self.child, ""), (self.mother, MOTHER), (self.cousin, "")):
                session.execute(update(Resident).where(Resident.id == each).values(phone=phone, household_id=home.id))
        self.phones = Phones(database, vault, folder)

    def let(self, resident: int, kin: int | None = None, consent: str = "spoken", phone: str = AUNT, **more: str) -> int:
        with self.database.write() as session:
            row = set_guardian(
                session,
                session.get_one(Resident, resident),
                kin=session.get_one(Resident, kin) if kin else None,
                full_name=more.get("full_name", "Lê Thị Dì"),
                relation=more.get("relation", "relative"),
                phone=phone,
                language="en",
                consent=consent,
                account_id=self.account,
                now=NOW,
            )
            return row.id

    def sent(self) -> dict[str, str]:
        """What leaves by text now, by number; several to one number behind each other."""
        before = len(self.phones.sms.sent)
        self.phones.send()
        found: dict[str, str] = {}
        for each in self.phones.sms.sent[before:]:
            found[each.to] = f"{found.get(each.to, '')} {each.text}".strip()
        return found

    def incidents(self) -> dict[IncidentKind, int | None]:
        with self.database.read() as session:
            return {row.kind: row.resident_id for row in session.scalars(select(Incident))}

    def page(self, resident: int, path: str = "") -> httpx.Response:
        return patient.get(f"{self.phones.address}/a/{token_of(self.database, resident)}{path}?lang=en")

    def decide(self, resident: int, guardian: int, agree: str) -> httpx.Response:
        form = {"agree": agree, "guardian": str(guardian)}
        return patient.post(f"{self.phones.address}/a/{token_of(self.database, resident)}/guardian?lang=en", data=form)


@pytest.fixture
def family(both_databases: Database, vault: Vault, tmp_path: Path) -> Iterator[Family]:
    made = Family(both_databases, vault, tmp_path)
    yield made
    made.phones.stop()


def test_a_childs_messages_go_to_the_guardian_outside_and_name_the_child(family: Family) -> None:
    family.let(family.child)
    open_due_rounds(family.database, NOW)
    sent = family.sent()
    assert set(sent) == {AUNT, MOTHER, HOME}
    assert sent[AUNT].startswith("Roll-call for Be Na: please answer by")
    assert "Be Na" not in sent[HOME]
    # The household is another number than the aunt's, so it is asked as the ladder says; the aunt is reminded first.
    family.phones.now = minutes(11)
    climb_due(family.database, minutes(11))
    assert family.sent()[AUNT].startswith("Reminder: no answer yet for Be Na")
    family.phones.now = minutes(13)
    climb_due(family.database, minutes(13))
    assert "Be Na has not answered" in family.sent()[HOME]


def test_a_guardian_in_quarantine_gets_one_message_for_all_they_answer_for(family: Family) -> None:
    family.let(family.child, family.mother, relation="mother")
    family.let(family.cousin, family.mother, relation="relative")
    with family.database.write() as session:
        mail = {"channel": "email", "address": "mai@example.vn", "created_at": NOW}
        session.add(ContactAddress(resident_id=family.mother, zone_id=family.zone, **mail))
    open_due_rounds(family.database, NOW)
    sent = family.sent()
    assert set(sent) == {MOTHER}
    page = patient.get(family.phones.address + sent[MOTHER].split("http://phones")[1].split()[0], params={"lang": "en"}).text
    assert [name in page for name in ("Bé Na", "Bé Tí", "Trần Thị Mai answers for Bé Na.")] == [True] * 3
    family.phones.write("CO", MOTHER)
    for each in (family.child, family.mother, family.cousin):
        assert check_in_of(family.database, each).state == CheckInState.VERIFIED
    with family.database.read() as session:
        given = {row.resident_id: row.guardian_id is not None for row in session.scalars(select(Answer))}
    assert given == {family.child: True, family.mother: False, family.cousin: True}


def test_a_text_of_the_guardian_counts_for_the_child_and_one_of_the_household_only_when_it_was_asked(family: Family) -> None:
    family.let(family.child)
    open_due_rounds(family.database, NOW)
    family.sent()
    family.phones.write("CO", HOME)
    assert check_in_of(family.database, family.cousin).state == CheckInState.VERIFIED
    assert check_in_of(family.database, family.child).state == CheckInState.PROMPTED
    family.phones.write("Bé bị sốt", AUNT)
    assert check_in_of(family.database, family.child).state == CheckInState.VERIFIED
    assert family.incidents() == {IncidentKind.UNWELL: family.child}


def test_a_call_to_the_guardian_says_for_whom_it_is_and_takes_keys(family: Family) -> None:
    family.let(family.child)
    with family.database.write() as session:
        session.execute(update(Resident).where(Resident.id != family.child).values(phone="", household_id=None))
        session.execute(update(Plan).values(channels=[["voice", 3]]))
    open_due_rounds(family.database, NOW)
    family.phones.send()
    (call,) = family.phones.voice.sent
    assert call.to == AUNT
    assert "for Bé Na, for whom you answer" in call.text
    assert family.phones.press(call.reference, "9")["say"] == call.text
    assert "Your answer has arrived" in family.phones.press(call.reference, "1")["say"]
    assert check_in_of(family.database, family.child).state == CheckInState.VERIFIED


def test_a_guardian_agrees_once_on_the_page_before_the_first_answer(family: Family) -> None:
    guardian = family.let(family.child, consent="")
    open_due_rounds(family.database, NOW)
    asked = family.page(family.child)
    assert "Will you answer for Bé Na?" in asked.text
    assert "Lê Thị Dì, the health service asks you" in asked.text
    assert 'name="unwell"' not in asked.text
    assert asked.headers["X-Answer-Until"] == "0" if "X-Answer-Until" in asked.headers else True
    assert family.decide(family.child, guardian, "yes").status_code == 303
    assert family.decide(family.child, guardian, "yes").status_code == 303
    form = family.page(family.child).text
    assert "Lê Thị Dì, you are answering for Bé Na." in form
    assert "How is Bé Na feeling?" in form
    with family.database.read() as session:
        row = session.get_one(Guardian, guardian)
        assert (row.consented_at, row.consent_way, row.consent_version) == (NOW, ConsentWay.PAGE, "1")
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "guardian-agreed")).all()
        assert [(each.resident_id, each.details["guardian"]) for each in entries] == [(family.child, guardian)]
    link = f"{family.phones.address}/a/{token_of(family.database, family.child)}?lang=en"
    assert patient.post(link, data={"unwell": "no"}, headers={"Accept": "application/json"}).status_code == 201
    assert "Lê Thị Dì, you are answering for Bé Na." in family.page(family.child).text
    with family.database.read() as session:
        assert session.scalars(select(Answer.guardian_id)).one() == guardian


def test_who_does_not_agree_is_asked_no_more_and_staff_look_for_somebody_else(family: Family) -> None:
    guardian = family.let(family.child, consent="")
    open_due_rounds(family.database, NOW)
    assert "Will you answer" in family.page(family.child).text
    declined = family.decide(family.child, guardian, "no")
    assert "You will get no more messages about Bé Na." in declined.text
    assert family.incidents() == {IncidentKind.GUARDIAN_NEEDED: family.child}
    assert set(family.sent()) == {HOME, MOTHER}
    # The page of before, pressed again after somebody else was found, changes nothing.
    other = family.let(family.child, family.mother)
    assert family.decide(family.child, guardian, "no").status_code == 409
    with family.database.read() as session:
        assert session.scalars(select(Guardian.id).where(Guardian.ended_at.is_(None))).all() == [other]
        assert session.scalars(select(Incident.cause_ended_at)).one() is not None


@pytest.mark.parametrize(("deed", "still"), [(Deed.HOSPITAL, True), (Deed.DIED, False)])
def test_a_guardian_who_is_in_hospital_or_dead_is_replaced_by_a_person(family: Family, deed: Deed, still: bool) -> None:
    family.let(family.child, family.mother)
    with family.database.write() as session:
        order = session.scalars(select(QuarantineOrder.id).where(QuarantineOrder.resident_id == family.mother)).one()
        act(session, order, Asked(deed, "Chuyển viện"), family.account, NOW)
    assert family.incidents() == {IncidentKind.GUARDIAN_NEEDED: family.child}
    with family.database.read() as session:
        assert bool(session.scalars(select(Guardian).where(Guardian.ended_at.is_(None))).all()) == still


def test_a_rehearsal_tells_whose_telephone_it_would_be(family: Family) -> None:
    family.let(family.child)
    with family.database.read() as session:
        draft = Draft("Sáng", PlanKind.TIMES, share_percent=100)
        found = rehearse(
            session, family.zone, draft, None, NOW, available={"sms"}, budget=8, style=Style(), address="https://p.vn"
        )
    (child,) = [each for each in found.people if each.resident_id == family.child]
    assert child.address == AUNT
    assert [str(each.values.get("name")) for each in child.remarks if "answers for this person" in each.template] == [
        "Lê Thị Dì"
    ]


def test_whoever_is_forgotten_takes_the_guardians_name_and_number_along(family: Family) -> None:
    family.let(family.child)
    family.let(family.cousin, family.mother)
    for each in (family.child, family.mother):
        reason = words("x")
        forget(family.database, family.vault, each, DeletionScope.PERSON, reason=reason, account_id=None, now=NOW)
    with family.database.read() as session:
        rows = session.scalars(select(Guardian)).all()
        assert [(row.full_name, row.phone, row.ended_at) for row in rows] == [("", "", NOW)] * 2


def test_a_supervisor_sets_and_ends_a_guardian_and_the_trail_names_nobody(family: Family) -> None:
    settings = Settings(data_folder=family.folder, secret_key=SECRET.decode())
    app = create_console(settings, family.database, family.vault, now=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    client = signed_in(app, family.database, "other", Role.SUPERVISOR, None, NOW, "en")
    path = f"/residents/{family.child}/guardian"
    outside = {"kin": "", "full_name": "Lê Thị Dì", "phone": "0912 000 002", "relation": "relative", "language": "vi"}
    for wrong, says in (
        ({"relation": ""}, "how this person is related"),
        ({"full_name": " "}, "name of the person who answers"),
        ({"phone": "none"}, "telephone number"),
        ({"kin": str(family.child)}, "cannot answer for themselves"),
        ({"consent": "perhaps"}, "how the guardian agreed"),
    ):
        answer = client.post(path, data=outside | wrong)
        assert answer.status_code == 422
        assert re.search(says, answer.get_data(as_text=True)), wrong
    assert client.post(path, data=outside | {"consent": "paper"}).status_code == 303
    page = client.get(f"/residents/{family.child}").get_data(as_text=True)
    assert "Lê Thị Dì" in page
    assert AUNT.removeprefix("+") in page
    assert "agreed on paper" in page
    # The number that calls back is found.
    assert "Bé Na" in client.post("/people", data={"typed": "0912000002"}).get_data(as_text=True)
    # Who answers for others cannot be answered for, and the other way round.
    assert client.post(path, data={**outside, "kin": str(family.mother)}).status_code == 303
    chain = client.post(f"/residents/{family.cousin}/guardian", data={**outside, "kin": str(family.child)})
    assert chain.status_code == 422
    assert client.post(f"/residents/{family.mother}/guardian", data={**outside, "kin": str(family.cousin)}).status_code == 422
    assert "Bé Na" in client.get(f"/residents/{family.mother}").get_data(as_text=True)
    assert client.post(f"{path}/end").status_code == 303
    assert client.post(f"{path}/end").status_code == 409
    with family.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("guardian"))).all()
        assert [each.action for each in entries] == ["guardian-set", "guardian-set", "guardian-ended"]
        assert {each.account_id for each in entries} != {None}
        assert not any("Dì" in str(each.details) or "912" in str(each.details) for each in entries)
    app.extensions["live"].close()
