"""One case for a person: opened once, raised, ended part by part, taken on and resolved as a whole, whoever works at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.database.migrate import upgrade
from monitor.incidents import causes
from monitor.incidents.cases import OF_CARE, in_danger, leads, parts_of, unresolved
from monitor.incidents.incidents import (
    acknowledge,
    end_cause,
    escalate_overdue,
    open_incident,
    resolve,
    take_on,
)
from monitor.incidents.triage import Heard, Rule, Silence, Told
from monitor.incidents.triage_table import in_force, save, shipped
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.models.people.residents import Resident
from monitor.problems import BadInput, Conflict
from monitor.words import words
from tests.worlds.small_zone import NOW, add_zone

MINUTE = timedelta(minutes=1)
COUGH, BREATHLESS = Heard(Told(frozenset({"cough"}))), Heard(Told(frozenset({"breathless"})))


class Ward:
    """A zone of people who share a room, somebody of staff, and what is told of the people."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.zone, self.people = add_zone(database, residents=("An", "Bình"))
        with database.write() as session:
            room = session.scalars(select(Resident.room_id)).first()
            for each in session.scalars(select(Resident)):
                each.room_id = room
            self.staff = add_account(session, "hoa", "đúng là mật khẩu", Role.STAFF, zones=None, now=NOW).id

    def tell(self, kind: IncidentKind, at: datetime, heard: Heard | None = None, *, who: int = 0, text: str = "") -> bool:
        person = self.people[who]
        cause = causes.unwell(person) if kind is IncidentKind.UNWELL else f"{kind}-resident-{person}"
        with self.database.write() as session:
            return open_incident(
                session, kind, cause, zone_id=self.zone, reason=words(text or kind), now=at, resident_id=person, heard=heard
            )

    def all(self, *, who: int = 0) -> list[Incident]:
        with self.database.read() as session:
            query = select(Incident).where(Incident.resident_id == self.people[who]).order_by(Incident.id)
            return list(session.scalars(query))

    def case(self, *, who: int = 0) -> Incident:
        (lead,) = [each for each in self.all(who=who) if each.lead_id is None and each.state != IncidentState.RESOLVED]
        return lead


@pytest.fixture
def ward(both_databases: Database) -> Ward:
    return Ward(both_databases)


def test_illness_silence_and_absence_of_one_person_are_one_case(ward: Ward) -> None:
    for number, kind in enumerate(OF_CARE):
        assert ward.tell(kind, NOW + number * MINUTE)
    ward.tell(IncidentKind.UNWELL, NOW, who=1)
    # What is no care of a person stands for itself.
    ward.tell(IncidentKind.WISH, NOW)
    ward.tell(IncidentKind.FACE_DOUBTFUL, NOW)
    lead, *others = ward.all()
    assert [each.lead_id for each in others] == [*[lead.id] * (len(OF_CARE) - 1), None, None]
    assert [each.case_of for each in others[-2:]] == [None, None]
    with ward.database.read() as session:
        assert [each.kind for each in parts_of(session, [lead.id])[lead.id]] == list(OF_CARE)
        assert len(session.scalars(select(Incident).where(leads(), unresolved(), Incident.case_of.is_not(None))).all()) == 2


def test_the_case_becomes_as_urgent_as_the_worst_that_was_told_and_never_less(ward: Ward) -> None:
    ward.tell(IncidentKind.MISSED, NOW)
    lead = ward.case()
    assert (lead.urgency, lead.deadline_at, lead.urgent_since) == (Urgency.SOON, NOW + 30 * MINUTE, None)
    assert lead.triage_version == shipped().version
    ward.tell(IncidentKind.UNWELL, NOW + MINUTE, BREATHLESS, text="breathless")
    lead = ward.case()
    assert (lead.urgency, lead.deadline_at, lead.urgent_since) == (Urgency.DANGER, NOW + 6 * MINUTE, NOW + MINUTE)
    assert [each["template"] for each in lead.urgency_reasons] == ["Short of breath"]
    with ward.database.read() as session:
        assert in_danger(session, ward.people)
        assert not in_danger(session, ward.people[1:])
    # Less is no reason to look later; what was told last is shown all the same.
    ward.tell(IncidentKind.UNWELL, NOW + 2 * MINUTE, COUGH, text="a cough")
    again = ward.case()
    assert (again.urgency, again.deadline_at, again.urgent_since) == (Urgency.DANGER, NOW + 6 * MINUTE, NOW + MINUTE)
    assert ward.all()[1].reason == words("a cough").dump()
    # Another danger adds its reason, and calls nobody anew.
    ward.tell(IncidentKind.UNWELL, NOW + 3 * MINUTE, Heard(Told(spo2=91)))
    more = ward.case()
    assert more.urgent_since == NOW + MINUTE
    assert [each["template"] for each in more.urgency_reasons] == ["Short of breath", "SpO₂ %(percent)s %%"]


def test_a_case_that_becomes_a_danger_waits_for_somebody_anew(ward: Ward) -> None:
    ward.tell(IncidentKind.UNWELL, NOW, COUGH)
    with ward.database.write() as session:
        acknowledge(session, ward.case().id, ward.staff, now=NOW + MINUTE)
    # A further part that is no worse is in the hands of who has taken the case on.
    ward.tell(IncidentKind.MISSED, NOW + 2 * MINUTE)
    assert [(each.state, each.acknowledged_by) for each in ward.all()] == [(IncidentState.ACKNOWLEDGED, ward.staff)] * 2
    ward.tell(IncidentKind.UNWELL, NOW + 3 * MINUTE, BREATHLESS)
    assert {each.state for each in ward.all()} == {IncidentState.OPEN}
    assert ward.case().acknowledged_by == ward.staff, "who had it is still known"
    with ward.database.write() as session:
        assert take_on(session, ward.case().id, ward.staff, now=NOW + 4 * MINUTE)
    ward.tell(IncidentKind.UNWELL, NOW + 5 * MINUTE, BREATHLESS, text="still")
    assert {each.state for each in ward.all()} == {IncidentState.ACKNOWLEDGED}, "once is enough"


def test_each_cause_ends_by_itself_and_the_case_by_a_person(ward: Ward) -> None:
    ward.tell(IncidentKind.MISSED, NOW)
    ward.tell(IncidentKind.UNWELL, NOW, COUGH)
    with ward.database.write() as session:
        assert end_cause(session, causes.asked_after(ward.people[0])[0], now=NOW + MINUTE)
    assert [each.cause_ended_at for each in ward.all()] == [NOW + MINUTE, None]
    assert {each.state for each in ward.all()} == {IncidentState.OPEN}
    with ward.database.read() as session:
        lead = ward.case().id
        assert [each.kind for each in parts_of(session, [lead])[lead]] == [IncidentKind.UNWELL, IncidentKind.MISSED]
    # By whichever part it is done, it is done for all of it.
    with ward.database.write() as session:
        done = resolve(session, ward.all()[1].id, ward.staff, "Đã gọi, ổn.", now=NOW + 2 * MINUTE)
    assert done.id == ward.all()[0].id
    assert [(each.state, each.resolved_by) for each in ward.all()] == [(IncidentState.RESOLVED, ward.staff)] * 2
    with pytest.raises(Conflict), ward.database.write() as session:
        resolve(session, ward.all()[0].id, ward.staff, "Nữa", now=NOW + 3 * MINUTE)
    # What comes later is another case.
    ward.tell(IncidentKind.UNWELL, NOW + 4 * MINUTE, COUGH)
    assert ward.case().id == ward.all()[-1].id


def test_a_case_that_is_overdue_comes_onto_the_supervisors_list_once(ward: Ward) -> None:
    ward.tell(IncidentKind.UNWELL, NOW, COUGH)
    ward.tell(IncidentKind.MISSED, NOW)
    assert escalate_overdue(ward.database, NOW + timedelta(hours=1)) == 1


def test_a_person_who_moved_is_looked_after_where_they_are(ward: Ward) -> None:
    ward.tell(IncidentKind.UNWELL, NOW, COUGH)
    elsewhere, _ = add_zone(ward.database, "Khu B")
    ward.zone = elsewhere
    ward.tell(IncidentKind.MISSED, NOW + MINUTE)
    assert ward.case().zone_id == elsewhere


def test_risks_and_silence_after_illness_count(ward: Ward) -> None:
    with ward.database.write() as session:
        session.get_one(Resident, ward.people[0]).pregnant = True
    ward.tell(IncidentKind.UNWELL, NOW, COUGH)
    lead = ward.case()
    assert lead.deadline_at == NOW + 15 * MINUTE
    assert lead.urgency_reasons[-1]["template"] == "At risk: %(what)s"
    ward.tell(IncidentKind.MISSED, NOW + MINUTE, Heard(silence=Silence(1, 1, after_illness=True)))
    assert ward.case().urgency == Urgency.DANGER


def test_two_reports_at_once_make_one_case(ward: Ward) -> None:
    kinds = [IncidentKind.UNWELL, IncidentKind.MISSED, IncidentKind.TEXT_UNCLEAR, IncidentKind.UNWELL] * 3
    barrier = Barrier(len(kinds))

    def tell(kind: IncidentKind) -> None:
        barrier.wait()
        ward.tell(kind, NOW, BREATHLESS if kind is IncidentKind.UNWELL else None)

    with ThreadPoolExecutor(len(kinds)) as pool:
        list(pool.map(tell, kinds))
    everything = ward.all()
    assert sorted(each.kind for each in everything) == ["missed", "text_unclear", "unwell"]
    lead = ward.case()
    assert lead.urgency == Urgency.DANGER
    assert {each.lead_id for each in everything if each is not lead and each.id != lead.id} == {lead.id}


def test_nothing_is_lost_that_is_told_while_the_case_is_resolved(ward: Ward) -> None:
    for number in range(8):
        at = NOW + number * timedelta(hours=1)
        ward.tell(IncidentKind.UNWELL, at, COUGH)
        lead, barrier = ward.case().id, Barrier(2)

        def close(lead: int = lead, barrier: Barrier = barrier, at: datetime = at) -> None:
            barrier.wait()
            with ward.database.write() as session:
                resolve(session, lead, ward.staff, "Đã gọi.", now=at)

        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(close)
            barrier.wait()
            ward.tell(IncidentKind.TEXT_UNCLEAR, at)
            done.result()
        for each in ward.all():
            whole = next((other for other in ward.all() if other.id == each.lead_id), each)
            assert each.state == whole.state, "a part of what is resolved would stand on no list"
        waiting = [each for each in ward.all() if each.state != IncidentState.RESOLVED]
        if waiting:
            with ward.database.write() as session:
                resolve(session, waiting[0].id, ward.staff, "Đã đọc.", now=at)


def test_the_table_that_holds_is_the_newest_whose_time_has_come(ward: Ward) -> None:
    def make(old_from: int, valid_from: datetime) -> str:
        table = shipped()
        with ward.database.write() as session:
            changed = type(table)("", table.rules, table.risks, old_from, table.minutes)
            row = save(session, changed, valid_from=valid_from, why="Theo hội đồng", account_id=ward.staff, now=NOW)
            return str(row.id)

    def holds(at: datetime) -> tuple[str, int]:
        with ward.database.read() as session:
            table = in_force(session, at)
            return table.version, table.old_from

    assert holds(NOW) == (shipped().version, 65)
    first, later = make(70, NOW), make(60, NOW + timedelta(days=1))
    assert holds(NOW - MINUTE) == (shipped().version, 65)
    assert holds(NOW) == (first, 70)
    assert holds(NOW + timedelta(days=1)) == (later, 60)
    # Nothing is decided anew that was decided already.
    past = make(50, NOW - timedelta(days=9))
    assert holds(NOW - MINUTE) == (shipped().version, 65)
    assert holds(NOW) == (past, 50)
    ward.tell(IncidentKind.UNWELL, NOW, COUGH)
    assert ward.case().triage_version == past
    with pytest.raises(BadInput), ward.database.write() as session:
        save(session, shipped(), valid_from=NOW, why=" ", account_id=ward.staff, now=NOW)
    assert Rule("cough", Urgency.SOON, Urgency.SOON) in shipped().rules


def test_what_waits_side_by_side_in_an_older_database_becomes_one_case(empty_database_url: str) -> None:
    database = Database(empty_database_url, bytes(32))
    upgrade(database, "0019")
    row = (
        "INSERT INTO incident (id, zone_id, kind, cause, state, urgency, resident_id, reason, opened_at, deadline_at, occurrences,"
        " last_occurred_at) VALUES ({0}, 1, '{1}', 'c{0}', '{2}', '{3}', {4}, '{{}}', '2026-01-01 00:00:00',"
        " '2026-01-01 0{0}:00:00', 1, '2026-01-01 00:00:00')"
    )
    with database.engine.execution_options(write=True).begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO zone (id, name, kind, address, timezone) VALUES (1, 'A', 'facility', '', 'UTC')"
        )
        for values in (
            (2, "missed", "acknowledged", "routine", 7),
            (1, "unwell", "open", "danger", 7),
            (3, "text_unclear", "open", "routine", 7),
            (4, "missed", "resolved", "routine", 7),
            (5, "face_doubtful", "open", "routine", 7),
            (6, "unreached", "acknowledged", "routine", 8),
            (9, "site_outage", "open", "routine", "NULL"),
        ):
            connection.exec_driver_sql(row.format(*values))
    upgrade(database)
    with database.read() as session:
        rows = {each.id: each for each in session.scalars(select(Incident))}
    grouped = {key: (each.case_of, each.lead_id, each.state.value, each.urgency.value) for key, each in rows.items()}
    assert grouped == {
        1: (7, None, "open", "danger"),
        2: (7, 1, "open", "soon"),
        3: (7, 1, "open", "soon"),
        4: (None, None, "resolved", "routine"),
        5: (None, None, "open", "routine"),
        6: (8, None, "acknowledged", "soon"),
        9: (None, None, "open", "routine"),
    }
    assert rows[1].deadline_at.hour == 1
    database.dispose()
