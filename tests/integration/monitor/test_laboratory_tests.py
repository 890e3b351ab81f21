"""Laboratory tests from their planning to their result, on both databases: each step once, and none that skips another."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.laboratory.states import NEXT, OPEN, days_from, read_sample, told
from monitor.laboratory.steps import cancel, note_result, plan, plan_zone, release, send, take
from monitor.models.accounts import AuditEntry, Role
from monitor.models.incidents import Incident, IncidentKind, Urgency
from monitor.models.people.laboratory import LaboratoryTest, LabResult, LabTestKind, LabTestState, ResultSource
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.people.due_tests import due_by
from monitor.problems import BadInput, Conflict
from monitor.register.criteria import Criteria, read_criteria
from monitor.register.listing import page_of
from tests.worlds.small_zone import NOW, add_zone

TODAY = date(2026, 11, 23)
PCR, STAFF = LabTestKind.PCR, ResultSource.STAFF


class World:
    """A zone with two people whose order began two days ago, a nurse, and a test that is due today for the first of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.zone, (self.an, self.binh) = add_zone(database, residents=("Nguyễn Thị An", "Trần Văn Bình"))
        with database.write() as session:
            self.nurse = add_account(session, "dieuduong", "một mật khẩu dài", Role.STAFF, zones=[self.zone], now=NOW).id
            plan(session, [(session.get_one(Resident, self.an), [TODAY])], PCR, "", self.nurse, NOW)
        (self.test,) = self.tests()

    def tests(self) -> list[LaboratoryTest]:
        with self.database.read() as session:
            return list(session.scalars(select(LaboratoryTest).order_by(LaboratoryTest.id)))

    def test_state(self) -> LabTestState:
        return self.tests()[0].state

    def actions(self) -> list[str]:
        with self.database.read() as session:
            query = select(AuditEntry.action).where(AuditEntry.action.startswith("test-")).order_by(AuditEntry.id)
            return list(session.scalars(query))


@pytest.fixture
def world(both_databases: Database) -> World:
    return World(both_databases)


def test_a_test_goes_its_way_and_each_step_is_in_the_trail(world: World) -> None:
    with world.database.write() as session:
        take(session, world.test.id, " ab 12-7", world.nurse, NOW)
        send(session, world.test.id, "", "CDC tỉnh", world.nurse, NOW)
        note_result(session, world.test.id, LabResult.NEGATIVE, TODAY, STAFF, world.nurse, NOW)
        release(session, world.test.id, world.nurse, NOW)
    (test,) = world.tests()
    assert (test.state, test.sample_number, test.laboratory) == (LabTestState.RESULTED, "AB12-7", "CDC tỉnh")
    assert (test.result, test.released_at) == (LabResult.NEGATIVE, NOW)
    assert world.actions() == ["test-planned", "test-taken", "test-sent", "test-result-noted", "test-result-released"]


def test_two_tablets_at_one_bed_note_it_once(world: World) -> None:
    with world.database.write() as session:
        take(session, world.test.id, "A1", world.nurse, NOW)
    with pytest.raises(Conflict), world.database.write() as session:
        take(session, world.test.id, "A2", world.nurse, NOW)
    assert world.tests()[0].sample_number == "A1"
    assert world.actions().count("test-taken") == 1


def test_nothing_skips_a_step_and_nothing_follows_an_end(world: World) -> None:
    with pytest.raises(Conflict), world.database.write() as session:
        send(session, world.test.id, "A1", "CDC", world.nurse, NOW)
    with world.database.write() as session:
        cancel(session, world.test.id, "Đã về nhà", world.nurse, NOW)
    for step in (
        lambda session: take(session, world.test.id, "A1", world.nurse, NOW),
        lambda session: note_result(session, world.test.id, LabResult.NEGATIVE, TODAY, STAFF, world.nurse, NOW),
        lambda session: release(session, world.test.id, world.nurse, NOW),
    ):
        with pytest.raises(Conflict), world.database.write() as session:
            step(session)
    assert world.test_state() is LabTestState.CANCELLED


def test_one_number_is_on_one_waiting_sample_only(world: World) -> None:
    with world.database.write() as session:
        plan(session, [(session.get_one(Resident, world.binh), [TODAY])], PCR, "", world.nurse, NOW)
        take(session, world.test.id, "A1", world.nurse, NOW)
    other = world.tests()[1].id
    with pytest.raises(Conflict), world.database.write() as session:
        take(session, other, "a1", world.nurse, NOW)
    with world.database.write() as session:
        note_result(session, world.test.id, LabResult.NEGATIVE, TODAY, STAFF, world.nurse, NOW)
        # Numbers begin anew at some laboratories.
        take(session, other, "a1", world.nurse, NOW)


def test_a_sample_leaves_under_a_number_for_a_laboratory_with_a_name(world: World) -> None:
    with world.database.write() as session:
        take(session, world.test.id, "", world.nurse, NOW)
    for sample, laboratory, field in (("", "CDC", "sample_number"), ("A1", " ", "laboratory")):
        with pytest.raises(BadInput) as problem, world.database.write() as session:
            send(session, world.test.id, sample, laboratory, world.nurse, NOW)
        assert problem.value.field == field


def test_a_positive_result_asks_staff_to_act_within_the_hour_and_a_correction_takes_that_back(world: World) -> None:
    with world.database.write() as session:
        note_result(session, world.test.id, LabResult.POSITIVE, TODAY, STAFF, world.nurse, NOW)
        release(session, world.test.id, world.nurse, NOW)
    with world.database.read() as session:
        (incident,) = session.scalars(select(Incident))
        assert (incident.kind, incident.urgency, incident.resident_id) == (IncidentKind.TEST_POSITIVE, Urgency.SOON, world.an)
        assert incident.cause_ended_at is None
    again = {"correcting": LabResult.NEGATIVE, "reason": "Nhầm ống"}
    with pytest.raises(Conflict), world.database.write() as session:
        note_result(session, world.test.id, LabResult.INVALID, TODAY, STAFF, world.nurse, NOW, **again)  # type: ignore[arg-type]
    with world.database.write() as session:
        again["correcting"] = LabResult.POSITIVE
        note_result(session, world.test.id, LabResult.NEGATIVE, TODAY, STAFF, world.nurse, NOW, **again)  # type: ignore[arg-type]
    with world.database.read() as session:
        assert session.scalars(select(Incident)).one().cause_ended_at == NOW
    # Who was told something wrong is told anew by a person.
    assert world.tests()[0].released_at is None


def test_no_result_comes_from_the_future(world: World) -> None:
    with pytest.raises(BadInput), world.database.write() as session:
        note_result(session, world.test.id, LabResult.NEGATIVE, TODAY + timedelta(days=1), STAFF, world.nurse, NOW)


def test_a_zone_is_planned_from_the_first_day_of_each_order_and_never_twice(world: World) -> None:
    with world.database.write() as session:
        zone = session.get_one(Zone, world.zone)
        # Day 1 is gone by; day 3 is today, and An's of today is there already.
        assert plan_zone(session, zone, PCR, "1, 3 7", "", world.nurse, NOW) == (3, 2)
        assert plan_zone(session, zone, PCR, "1, 3, 7", "", world.nurse, NOW) == (0, 0)
        assert plan_zone(session, zone, LabTestKind.ANTIGEN, "3", "", world.nurse, NOW) == (2, 2)
        with pytest.raises(BadInput):
            plan_zone(session, zone, PCR, "", "", world.nurse, NOW)
    due = sorted((test.resident_id, test.due_on) for test in world.tests() if test.kind is PCR)
    assert due == [(who, day) for who in (world.an, world.binh) for day in (TODAY, TODAY + timedelta(days=4))]


def test_the_list_of_everybody_is_narrowed_to_whose_test_is_due(world: World) -> None:
    with world.database.write() as session:
        plan(session, [(session.get_one(Resident, world.binh), [TODAY + timedelta(days=3)])], PCR, "", world.nurse, NOW)

    def found(days: int) -> list[int]:
        with world.database.read() as session:
            return [each.resident.id for each in page_of(session, Criteria(test_due_days=days), None, NOW).entries]

    assert found(0) == [world.an]
    assert sorted(found(3)) == [world.an, world.binh]
    with world.database.write() as session:
        take(session, world.test.id, "A1", world.nurse, NOW)
    assert found(0) == []
    assert read_criteria(Criteria(test_due_days=0).address()) == Criteria(test_due_days=0)


def test_what_is_due_is_found_by_its_index(database: Database) -> None:
    asked = select(LaboratoryTest.resident_id).where(due_by(TODAY))
    said = str(asked.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": False}))
    with database.read() as session:
        steps = session.execute(text(f"EXPLAIN QUERY PLAN {said.replace('?', ':day')}"), {"day": TODAY.isoformat()})
        assert "ix_laboratory_test_due_on" in " ".join(str(row) for row in steps)


def test_every_open_state_can_end_and_no_end_goes_on() -> None:
    assert set(NEXT) == set(LabTestState)
    assert all(LabTestState.CANCELLED in NEXT[state] and LabTestState.RESULTED in NEXT[state] for state in OPEN)
    assert set(NEXT) - set(OPEN) == {LabTestState.RESULTED, LabTestState.CANCELLED}


def test_a_result_is_told_when_staff_say_so_or_a_day_later_whatever_it_is() -> None:
    assert not told(None, None, NOW)
    assert not told(NOW, None, NOW + timedelta(hours=23, minutes=59))
    assert told(NOW, None, NOW + timedelta(hours=24))
    assert told(NOW, NOW, NOW)


@pytest.mark.parametrize("typed", ["A B\x00", "<b>", "x" * 41, "-A1"])
def test_a_sample_number_is_what_stands_on_a_tube(typed: str) -> None:
    with pytest.raises(BadInput):
        read_sample(typed)


@pytest.mark.parametrize("typed", ["0", "1;x", "367", "-1", "1.5", ","])
def test_days_that_are_no_days_are_told(typed: str) -> None:
    with pytest.raises(BadInput):
        days_from(typed, TODAY)
