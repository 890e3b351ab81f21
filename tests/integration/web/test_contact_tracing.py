"""Contact tracing on the console: from a case over its interview to contacts that people release, tasks and an order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.contacts.cases import CaseInterview, CasePurpose, CaseState, InfectionCase, Milestone
from monitor.models.contacts.contacts import (
    CaseContact,
    ContactLink,
    ContactState,
    ContactTask,
    Exposure,
    ExposureSource,
    TaskKind,
)
from monitor.models.people.residents import FStatus, QuarantineOrder, Resident, StatusPeriod
from monitor.personal_data.contacts import erase_cases, erase_contacts_of_resident
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console
from web.public.application import create_public

DAY = timedelta(days=1)


class World:
    """One zone with two residents, a nurse, a colleague of hers, and a supervisor."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.at = database, NOW
        self.zone, (self.an, self.binh) = add_zone(database, residents=("Nguyễn Thị An", "Trần Văn Bình"))
        self.settings = Settings(data_folder=folder, secret_key="x" * 32, public_url="https://khai.example")
        vault = Vault(folder / "vault", bytes(32))
        self.app = create_console(self.settings, database, vault, now=lambda: self.at)
        self.public = create_public(self.settings, database, vault, now=lambda: self.at)
        for app in (self.app, self.public):
            app.config["WTF_CSRF_ENABLED"] = False
        zones = [self.zone]
        self.nurse = self._account("nurse", Role.STAFF, zones)
        self.colleague = self._account("colleague", Role.STAFF, zones)
        self.supervisor = self._account("supervisor", Role.SUPERVISOR, zones)

    def _account(self, name: str, role: Role, zones: list[int]) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, zones, NOW, "en")

    def enter(self, **more: str) -> int:
        """A case of An; returns its number."""
        today = f"{NOW:%Y-%m-%d}"
        form = {
            "token": "t" * 20,
            "resident": str(self.an),
            "disease": "covid-19",
            "onset_on": today,
            "found_where": "workplace",
        }
        answer = self.nurse.post("/cases/new", data=form | more)
        assert answer.status_code == 303, answer.text
        return int(answer.location.rsplit("/", 1)[1])

    def interview(self, case: int) -> None:
        assert self.nurse.post(f"/cases/{case}/interview/begin", data={"way": "telephone"}).status_code == 303

    def stop(self, case: int, **more: str) -> int:
        """A place this morning."""
        times = {"stop_from": local(NOW - timedelta(hours=5)), "stop_to": local(NOW - timedelta(hours=1))}
        answer = self.nurse.post(f"/cases/{case}/interview/stops", data={"stop_place": "Căn tin", **times, **more})
        assert answer.status_code == 303, answer.text
        return self.one(select(Milestone.id).order_by(Milestone.id.desc()).limit(1))

    def name(self, case: int, stop: int | str, name: str = "Lê Thị Cúc", phone: str = "0912345678", **more: str) -> int:
        """Somebody whom An names; returns the contact's number."""
        form = {"token": f"{name}{phone}"[:60], "met_full_name": name, "met_phone": phone, "met_stop": str(stop)}
        form |= {"met_proximity": "near", "met_minutes": "45"}
        answer = self.nurse.post(f"/cases/{case}/interview/people", data=form | more)
        assert answer.status_code == 303, answer.text
        return self.one(select(CaseContact.id).order_by(CaseContact.id.desc()).limit(1))

    def look(self, client: FlaskClient, case: int) -> None:
        assert client.post(f"/cases/{case}/why", data={"reason": "Truy vết F1"}).status_code == 303

    def released(self) -> tuple[int, int]:
        """A case and its one contact, released."""
        case = self.enter()
        self.interview(case)
        contact = self.name(case, self.stop(case))
        self.look(self.supervisor, case)
        assert self.supervisor.post(f"/case-contacts/{contact}/release", data={"version": "1"}).status_code == 303
        return case, contact

    def one(self, query: object) -> int:
        with self.database.read() as session:
            found = session.scalar(query)  # type: ignore[call-overload]
        assert isinstance(found, int)
        return found

    def contact(self, number: int) -> CaseContact:
        with self.database.read() as session:
            return session.get_one(CaseContact, number)

    def actions(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def local(at: datetime) -> str:
    return f"{at + timedelta(hours=7):%Y-%m-%dT%H:%M}"


@pytest.fixture
def world(both_databases: Database, tmp_path: Path) -> Iterator[World]:
    made = World(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def test_from_an_interview_over_a_release_to_an_order(world: World) -> None:
    case = world.enter()
    assert world.nurse.get("/cases").text.count("Nguyễn Thị An") == 1
    world.interview(case)
    stop = world.stop(case, stop_done="ăn trưa")
    contact = world.name(case, stop)
    page = world.nurse.get(f"/cases/{case}/interview").text
    assert "Lê Thị Cúc" in page
    assert "Căn tin" in page
    # It must be read back before it ends.
    assert world.nurse.post(f"/cases/{case}/interview/end", data={"notes": ""}).status_code == 422
    assert world.nurse.post(f"/cases/{case}/interview/read-back").status_code == 303
    assert world.nurse.post(f"/cases/{case}/interview/end", data={"notes": ""}).status_code == 303
    # A nurse proposes, a supervisor decides.
    assert world.nurse.post(f"/case-contacts/{contact}/release", data={"version": "1"}).status_code == 403
    assert world.supervisor.post(f"/case-contacts/{contact}/release", data={"version": "1"}).location.endswith(
        f"/cases/{case}#look"
    )
    world.look(world.supervisor, case)
    assert world.supervisor.post(f"/case-contacts/{contact}/release", data={"version": "1"}).status_code == 303
    found = world.contact(contact)
    assert (found.state, found.tier, found.degree) == (ContactState.RELEASED, "f1", 1)
    with world.database.read() as session:
        tasks = {each.kind: each for each in session.scalars(select(ContactTask))}
        exposure = session.scalars(select(Exposure)).one()
        assert exposure.rule_key == "1909-2022"
        assert exposure.rule["source"].startswith("Công văn 1909")
    # An F1 of that rule need not isolate: no order is proposed.
    assert set(tasks) == {TaskKind.CALL, TaskKind.TEST}
    assert tasks[TaskKind.CALL].due_at == NOW + DAY
    assert "Lê Thị Cúc" in world.nurse.get("/contact-tasks").text
    called = {"outcome": "done", "note": "Đã nghe máy"}
    assert world.nurse.post(f"/case-contacts/{contact}/tasks/{tasks[TaskKind.CALL].id}", data=called).status_code == 303
    # Somebody new becomes a record, and an F1.
    made = world.supervisor.post(
        f"/case-contacts/{contact}/person", data={"version": "2", "person": "new", "zone": str(world.zone)}
    )
    assert made.status_code == 303, made.text
    resident = world.contact(contact).resident_id
    assert resident is not None
    with world.database.read() as session:
        record = session.get_one(Resident, resident)
        assert (record.full_name, record.phone, record.f_status) == ("Lê Thị Cúc", "+84912345678", FStatus.F1)
        assert session.get_one(Resident, world.an).f_status is FStatus.F0


def test_an_order_is_filled_in_by_the_rule_of_the_day_and_ends_what_the_contact_infects(world: World) -> None:
    _add_rule(world)
    _case, contact = world.released()
    with world.database.read() as session:
        kinds = set(session.scalars(select(ContactTask.kind)))
    assert kinds == {TaskKind.CALL, TaskKind.TEST, TaskKind.ORDER}
    world.supervisor.post(f"/case-contacts/{contact}/person", data={"version": "2", "person": "new", "zone": str(world.zone)})
    resident = world.contact(contact).resident_id
    page = world.supervisor.get(f"/residents/{resident}/orders/new?contact={contact}").text
    last = (NOW - timedelta(hours=1) + timedelta(hours=7)).date()
    fields = dict(re.findall(r'id="(\w+)" name="\w+"[^>]*value="([^"]*)"', page))
    assert fields["ends_at"] == (last + timedelta(days=7)).isoformat()
    assert "QĐ 12" in fields["legal_basis"]
    # Who orders it is never filled in.
    assert fields["authority"] == ""
    given = fields | {"authority": "Sở Y tế", "contact": str(contact)}
    assert world.supervisor.post(f"/residents/{resident}/orders/new", data=given).status_code == 303
    found = world.contact(contact)
    with world.database.read() as session:
        order = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == resident)).one()
        done = session.scalars(select(ContactTask).where(ContactTask.kind == TaskKind.ORDER)).one()
    assert found.order_id == order.id
    assert done.done_at == NOW
    assert found.isolated_at == order.starts_at


def test_who_looks_says_why_first_and_the_person_reads_it(world: World) -> None:
    case = world.enter()
    answer = world.colleague.get(f"/cases/{case}/contacts")
    assert answer.location.endswith(f"/cases/{case}#look")
    assert world.colleague.post(f"/cases/{case}/why", data={"reason": "x"}).status_code == 422
    world.look(world.colleague, case)
    assert world.colleague.get(f"/cases/{case}/contacts").status_code == 200
    with world.database.read() as session:
        purpose = session.scalars(select(CasePurpose)).one()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == Action.CASE_PURPOSE_GIVEN)).one()
    assert purpose.reason == entry.details["reason"] == "Truy vết F1"
    assert entry.resident_id == world.an
    assert "Truy vết F1" in world.supervisor.get(f"/residents/{world.an}/looked").text
    # The next day it is asked again.
    world.at = NOW + timedelta(hours=9)
    assert world.colleague.get(f"/cases/{case}/contacts").status_code == 303


def test_an_interview_is_kept_as_one_types_and_a_colleague_takes_it_over(world: World) -> None:
    case = world.enter()
    world.interview(case)
    typed = {"stop_place": "Chợ", "met_full_name": "Hoa", "notes": "gọi lại 15 giờ"}
    assert world.nurse.post(f"/cases/{case}/interview/draft", data=typed).json == {"saved": True}
    page = world.nurse.get(f"/cases/{case}/interview").text
    assert all(each in page for each in typed.values())
    # A colleague is told who has it, and does not begin another.
    assert world.colleague.post(f"/cases/{case}/interview/begin").location.endswith(f"/cases/{case}")
    assert "nurse is interviewing" in world.colleague.get(f"/cases/{case}").text
    assert world.one(select(func.count()).select_from(CaseInterview)) == 1
    assert world.colleague.post(f"/cases/{case}/interview/take-over", data={"version": "1"}).location.endswith("/interview")
    assert "gọi lại 15 giờ" in world.colleague.get(f"/cases/{case}/interview").text
    # Her own screen saves nothing over it, and says so.
    refused = world.nurse.post(f"/cases/{case}/interview/draft", data={"notes": "khác"}, headers={"Accept": "application/json"})
    assert refused.status_code == 409
    with world.database.read() as session:
        assert session.scalars(select(CaseInterview)).one().notes == "gọi lại 15 giờ"
    # Two who press at the same time: the second take-over is of a version that is over.
    assert world.nurse.post(f"/cases/{case}/interview/take-over", data={"version": "1"}).location.endswith(f"/cases/{case}")


def test_noting_a_place_keeps_what_is_typed_of_a_person(world: World) -> None:
    case = world.enter()
    world.interview(case)
    world.nurse.post(f"/cases/{case}/interview/draft", data={"stop_place": "Chợ", "met_full_name": "Hoa"})
    world.stop(case)
    with world.database.read() as session:
        assert session.scalars(select(CaseInterview)).one().draft == {"met_full_name": "Hoa"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"onset_on": ""}, "Give the first day with signs"),
        ({"onset_on": f"{NOW + 3 * DAY:%Y-%m-%d}"}, "still to come"),
        ({"isolated_at": local(NOW - 3 * DAY)}, "The first signs came after the isolation"),
        ({"onset_on": "32/13/2026"}, "Write a day"),
        ({"found_where": ""}, "Choose where the infection was found"),
    ],
)
def test_a_case_whose_dates_cannot_be_true_is_told_so_and_nothing_is_written(
    world: World, more: dict[str, str], said: str
) -> None:
    form = {"token": "t" * 20, "resident": str(world.an), "disease": "covid-19", "found_where": "community"}
    form |= {"onset_on": f"{NOW:%Y-%m-%d}"}
    answer = world.nurse.post("/cases/new", data=form | more)
    assert answer.status_code == 422
    assert said in answer.text
    assert world.one(select(func.count()).select_from(InfectionCase)) == 0
    assert Action.CASE_ENTERED not in world.actions()


def test_the_same_form_twice_is_one_case_and_a_person_is_traced_once(world: World) -> None:
    assert world.enter() == world.enter()
    again = {"token": "u" * 20, "resident": str(world.an), "disease": "covid-19", "found_where": "community"}
    answer = world.nurse.post("/cases/new", data=again | {"onset_on": f"{NOW:%Y-%m-%d}"})
    assert answer.status_code == 409
    assert "being traced already" in answer.text


def test_a_contact_who_is_the_case_is_refused_with_what_to_do(world: World) -> None:
    with world.database.write() as session:
        session.get_one(Resident, world.an).phone = "+84911111111"
    case = world.enter()
    world.interview(case)
    stop = world.stop(case)
    form = {"token": "x", "met_full_name": "Nguyễn Thị An", "met_phone": "0911111111", "met_stop": str(stop)}
    answer = world.nurse.post(f"/cases/{case}/interview/people", data=form | {"met_proximity": "near"})
    assert answer.status_code == 422
    assert "This is the infected person" in answer.text
    assert world.one(select(func.count()).select_from(CaseContact)) == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"stop_to": local(NOW - timedelta(hours=6))}, "The end must be later"),
        ({"stop_from": ""}, "from when until when"),
        ({"stop_place": ""}, "Say where it was"),
        ({"stop_room": "99999"}, "Choose one of the rooms"),
        ({"stop_from": local(NOW + DAY), "stop_to": local(NOW + 2 * DAY)}, "still to come"),
    ],
)
def test_a_place_that_cannot_be_is_told_on_the_screen_with_what_was_typed(
    world: World, more: dict[str, str], said: str
) -> None:
    case = world.enter()
    world.interview(case)
    times = {"stop_from": local(NOW - timedelta(hours=5)), "stop_to": local(NOW - timedelta(hours=1))}
    answer = world.nurse.post(
        f"/cases/{case}/interview/stops", data={"stop_place": "Căn tin", "stop_done": "ăn trưa", **times, **more}
    )
    assert answer.status_code == 422
    assert said in answer.text
    assert "ăn trưa" in answer.text
    assert world.one(select(func.count()).select_from(Milestone)) == 0


def test_named_twice_is_one_contact_with_two_meetings_and_sent_twice_is_one_meeting(world: World) -> None:
    case = world.enter()
    world.interview(case)
    stop = world.stop(case)
    first = world.name(case, stop)
    assert world.name(case, stop) == first
    assert world.name(case, stop, token="another", met_done="họp") == first
    assert world.one(select(func.count()).select_from(Exposure)) == 2


def test_two_entries_of_one_person_become_one_and_lose_no_meeting(world: World) -> None:
    case = world.enter()
    world.interview(case)
    stop = world.stop(case)
    one, other = world.name(case, stop), world.name(case, stop, name="Chị Cúc", phone="")
    world.look(world.supervisor, case)
    assert world.supervisor.post(f"/case-contacts/{other}/merge", data={"version": "1", "into": str(one)}).status_code == 303
    assert world.contact(other).state is ContactState.MERGED
    with world.database.read() as session:
        assert set(session.scalars(select(Exposure.contact_id))) == {one}
    # The entry that went is no page any more.
    assert world.supervisor.get(f"/case-contacts/{other}").status_code == 404


def test_a_contact_who_has_a_record_is_joined_with_it_by_the_rules_of_enrolment(world: World) -> None:
    with world.database.write() as session:
        session.get_one(Resident, world.binh).phone = "+84912345678"
    case = world.enter()
    world.interview(case)
    contact = world.name(case, world.stop(case), name="Văn Bình")
    world.look(world.supervisor, case)
    world.supervisor.post(f"/case-contacts/{contact}/release", data={"version": "1"})
    assert "Trần Văn Bình" in world.supervisor.get(f"/case-contacts/{contact}").text
    joined = {"version": "2", "person": str(world.binh), "zone": str(world.zone)}
    assert world.supervisor.post(f"/case-contacts/{contact}/person", data=joined).status_code == 303
    assert world.contact(contact).resident_id == world.binh
    # From F1 to F0 nothing is lost: the period of the F1 ends and stays.
    again = {"token": "v" * 20, "resident": str(world.binh), "disease": "covid-19", "found_where": "quarantine"}
    assert world.nurse.post("/cases/new", data=again | {"sampled_on": f"{NOW:%Y-%m-%d}"}).status_code == 303
    with world.database.read() as session:
        query = select(StatusPeriod).where(StatusPeriod.resident_id == world.binh).order_by(StatusPeriod.id)
        periods = [(each.status, each.ends_on) for each in session.scalars(query)]
    assert periods == [(FStatus.F1, NOW.date()), (FStatus.F0, None)]


def test_dates_that_change_judge_anew_what_nobody_has_decided_about(world: World) -> None:
    case = world.enter()
    world.interview(case)
    contact = world.name(case, world.stop(case))
    assert world.contact(contact).tier == "f1"
    later = {"version": "1", "onset_on": f"{NOW:%Y-%m-%d}", "ended_on": "", "found_where": "workplace", "without_signs": ""}
    earlier = f"{NOW - 20 * DAY:%Y-%m-%d}"
    changed = later | {"onset_on": earlier, "ended_on": f"{NOW - 5 * DAY:%Y-%m-%d}"}
    assert world.nurse.post(f"/cases/{case}/dates", data=changed).status_code == 303
    assert world.contact(contact).tier == ""
    # A colleague's page is of before.
    assert world.nurse.post(f"/cases/{case}/dates", data=changed).status_code == 409


def test_a_contact_lists_their_own_once_and_learns_nothing_of_who_is_ill(world: World) -> None:
    _add_rule(world)
    _case, contact = world.released()
    # Who has not said why gets none.
    assert world.colleague.post(f"/case-contacts/{contact}/link").location.endswith("#look")
    page_text = world.supervisor.post(f"/case-contacts/{contact}/link", data={"language": "vi"}).text
    found = re.search(r"https://khai\.example/l/([\w-]{22})", page_text)
    assert found is not None
    client = world.public.test_client()
    form = client.get(f"/l/{found[1]}").text
    assert "Nguyễn" not in form
    assert "An" not in re.sub(r"[^A-Za-z ]", "", form).split()
    listed = {
        "name-0": "Đỗ Văn Dũng",
        "phone-0": "0987654321",
        "day-0": f"{NOW + timedelta(hours=7):%Y-%m-%d}",
        "near-0": "near",
        "name-1": "Hoàng Thị Em",
        "day-1": f"{NOW - 30 * DAY:%Y-%m-%d}",
        "near-1": "touch",
    }
    refused = client.post(f"/l/{found[1]}", data=listed)
    assert refused.status_code == 422
    listed["day-1"] = listed["day-0"]
    assert client.post(f"/l/{found[1]}", data=listed).status_code == 303
    with world.database.read() as session:
        second = session.scalars(select(CaseContact).where(CaseContact.degree == 2).order_by(CaseContact.id)).all()
        sources = set(session.scalars(select(Exposure.source).where(Exposure.through_id == contact)))
    assert [(each.full_name, each.through_id, each.state) for each in second] == [
        ("Đỗ Văn Dũng", contact, ContactState.PROPOSED),
        ("Hoàng Thị Em", contact, ContactState.PROPOSED),
    ]
    assert sources == {ExposureSource.OWN_LIST}
    # It is good once.
    assert client.get(f"/l/{found[1]}").status_code == 404
    assert client.post(f"/l/{found[1]}", data=listed).status_code == 404


def test_a_link_ends_by_its_time_by_hand_and_by_a_newer_one(world: World) -> None:
    _case, contact = world.released()

    def link() -> str:
        page = world.supervisor.post(f"/case-contacts/{contact}/link", data={"language": "en"}).text
        found = re.search(r"/l/([\w-]{22})", page)
        assert found is not None
        return found[1]

    client = world.public.test_client()
    first = link()
    assert client.get(f"/l/{first}").status_code == 200
    second = link()
    assert client.get(f"/l/{first}").status_code == 404
    world.supervisor.post(f"/case-contacts/{contact}/link/withdraw")
    assert client.get(f"/l/{second}").status_code == 404
    third = link()
    world.at = NOW + 3 * DAY
    assert client.get(f"/l/{third}").status_code == 404
    assert client.get("/l/" + "A" * 22).status_code == 404
    with world.database.read() as session:
        assert all(third not in each for each in session.scalars(select(ContactLink.key)))


def test_whom_an_f1_met_after_the_isolation_is_no_f2(world: World) -> None:
    _add_rule(world)
    _case, contact = world.released()
    link = re.search(r"/l/([\w-]{22})", world.supervisor.post(f"/case-contacts/{contact}/link").text)
    assert link is not None
    day = f"{NOW + timedelta(hours=7):%Y-%m-%d}"
    world.public.test_client().post(f"/l/{link[1]}", data={"name-0": "Dũng", "day-0": day, "near-0": "near"})
    second = world.one(select(CaseContact.id).where(CaseContact.degree == 2))
    assert world.contact(second).tier == "f2"
    since = {"isolated_at": local(NOW - timedelta(hours=20)), "version": "2"}
    assert world.supervisor.post(f"/case-contacts/{contact}/isolated", data=since).status_code == 303
    assert world.contact(second).tier == ""


def test_refused_needs_a_reason_and_can_be_decided_again(world: World) -> None:
    case = world.enter()
    world.interview(case)
    contact = world.name(case, world.stop(case))
    world.look(world.supervisor, case)
    assert world.supervisor.post(f"/case-contacts/{contact}/refuse", data={"version": "1", "reason": ""}).status_code == 422
    assert (
        world.supervisor.post(f"/case-contacts/{contact}/refuse", data={"version": "1", "reason": "Nhầm người"}).status_code
        == 303
    )
    # Two supervisors: the second's page is of before.
    assert world.supervisor.post(f"/case-contacts/{contact}/release", data={"version": "1"}).status_code == 409
    again = {"version": "2", "reason": "Gọi lại: đúng"}
    assert world.supervisor.post(f"/case-contacts/{contact}/reconsider", data=again).status_code == 303
    assert world.contact(contact).state is ContactState.PROPOSED


def test_the_end_of_tracing_needs_a_supervisor_and_a_reason(world: World) -> None:
    case = world.enter()
    form = {"version": "1", "state": "closed", "why": "Đã đủ"}
    assert world.nurse.post(f"/cases/{case}/end", data=form).status_code == 403
    assert world.supervisor.post(f"/cases/{case}/end", data=form | {"why": ""}).status_code == 422
    assert world.supervisor.post(f"/cases/{case}/end", data=form).status_code == 303
    with world.database.read() as session:
        assert session.get_one(InfectionCase, case).state is CaseState.CLOSED
    answer = world.nurse.post(f"/cases/{case}/interview/begin", follow_redirects=True)
    assert "has ended" in answer.text


def test_another_zones_case_is_as_if_it_were_not_there(world: World) -> None:
    case = world.enter()
    other, _people = add_zone(world.database, name="Khu B")
    away = signed_in(world.app, world.database, "away", Role.SUPERVISOR, [other], NOW)
    for address in (f"/cases/{case}", f"/cases/{case}/contacts", f"/cases/{case}/interview"):
        assert away.get(address).status_code == 404
    assert "Nguyễn Thị An" not in away.get("/cases").text


def _add_rule(world: World) -> None:
    """A rule of the province that is in force and wants an order."""
    province = signed_in(world.app, world.database, "province", Role.SUPERVISOR, None, NOW, "en")
    form = {
        "name": "Quy định của tỉnh",
        "disease": "covid-19",
        "source": "QĐ 12/QĐ-UBND",
        "starts_on": f"{date(2026, 1, 1)}",
        "metres": "2",
        "near-near": "yes",
        "before_onset_days": "3",
        "before_sample_days": "3",
        "until": "isolation",
        "order_days": "7",
        "test_days": "1, 7",
        "second": "yes",
    }
    assert province.post("/contact-rules", data=form | {"ends_on": "2025-12-31"}).status_code == 422
    assert world.supervisor.post("/contact-rules", data=form).status_code == 403
    assert province.post("/contact-rules", data=form).status_code == 303
    assert "Quy định của tỉnh" in province.get("/contact-rules").text


def test_a_withdrawn_rule_judges_nothing_more_and_stays_on_what_it_judged(world: World) -> None:
    _add_rule(world)
    _case, contact = world.released()
    rule = world.one(select(func.max(InfectionCase.id)))
    assert rule
    province = signed_in(world.app, world.database, "province2", Role.SUPERVISOR, None, NOW, "en")
    assert province.post("/contact-rules/1/withdraw", data={"reason": ""}).status_code == 422
    assert province.post("/contact-rules/1/withdraw", data={"reason": "Hết hiệu lực"}).status_code == 303
    assert "Hết hiệu lực" in province.get("/contact-rules").text
    with world.database.read() as session:
        assert session.scalars(select(Exposure.rule_key)).one() == "own-1"
    assert "Quy định của tỉnh" in world.supervisor.get(f"/case-contacts/{contact}").text


def test_what_was_said_and_who_was_named_is_erased_when_its_time_is_over_and_dates_stay(world: World) -> None:
    case, contact = world.released()
    world.nurse.post(f"/cases/{case}/interview/draft", data={"stop_place": "Chợ", "notes": "Ở trọ"})
    assert erase_cases(world.database, NOW + DAY, NOW + DAY) == 0
    end = {"version": "1", "state": "closed", "why": "Đã đủ"}
    assert world.supervisor.post(f"/cases/{case}/end", data=end).status_code == 303
    assert erase_cases(world.database, NOW - DAY, NOW + DAY) == 0
    assert erase_cases(world.database, NOW + DAY, NOW + DAY) == 1
    assert erase_cases(world.database, NOW + DAY, NOW + DAY) == 0
    found = world.contact(contact)
    with world.database.read() as session:
        interview = session.scalars(select(CaseInterview)).one()
        stop = session.scalars(select(Milestone)).one()
        exposure = session.scalars(select(Exposure)).one()
    assert (found.full_name, found.phone, interview.notes, interview.draft, stop.place, exposure.words) == (
        "",
        "",
        "",
        None,
        "",
        "",
    )
    # That they met, when, and by which rule is counted on.
    assert (exposure.tier, found.first_at) == ("f1", exposure.possible_from)
    assert "deleted by rule" in world.nurse.get(f"/cases/{case}").text


def test_with_the_data_of_a_person_go_their_interviews_and_their_name_among_contacts(world: World) -> None:
    case, contact = world.released()
    world.supervisor.post(f"/case-contacts/{contact}/person", data={"version": "2", "person": "new", "zone": str(world.zone)})
    resident = world.contact(contact).resident_id
    assert resident is not None
    with world.database.write() as session:
        erase_contacts_of_resident(session, resident, NOW)
        # The infected person is another one: what they told stays.
        assert session.scalars(select(Milestone)).one().place == "Căn tin"
    assert (world.contact(contact).full_name, world.contact(contact).phone) == ("", "")
    with world.database.write() as session:
        erase_contacts_of_resident(session, world.an, NOW)
    with world.database.read() as session:
        assert session.get_one(InfectionCase, case).state is CaseState.CLOSED
        assert session.scalars(select(Milestone)).one().place == ""
