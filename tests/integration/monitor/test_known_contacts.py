"""Contacts from what is known: each source finds whom it should, by where people were then; asked twice it adds nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.contacts.known.finding import Outcome, find_known
from monitor.control_points.settling import settle
from monitor.database.database import Database
from monitor.models.cameras.cameras import Camera, Observation, ObservationKind
from monitor.models.contacts.cases import CaseState, FoundWhere, InfectionCase
from monitor.models.contacts.contacts import CaseContact, Certainty, ContactState, Exposure, ExposureSource, Proximity
from monitor.models.control_points import ControlPoint, Direction, PointKind
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Room
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.problems import BadInput, Conflict
from rollcall.orders.rooms import RoomWished, move_room
from tests.worlds.control_points import add_declared, add_place, scan
from tests.worlds.small_zone import NOW
from tests.worlds.traced import Traced, at

HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def traced(both_databases: Database) -> Traced:
    return Traced(both_databases)


def look(traced: Traced, now: datetime = NOW) -> Outcome:
    with traced.database.write() as session:
        return find_known(session, session.merge(traced.the_case()), now)


def found(traced: Traced, source: ExposureSource) -> list[Exposure]:
    return [each for each in traced.exposures() if each.source is source]


def who(traced: Traced, exposure: Exposure) -> int | None:
    with traced.database.read() as session:
        return session.get_one(CaseContact, exposure.contact_id).resident_id


def share_room(traced: Traced, *people: int) -> None:
    with traced.database.write() as session:
        room = session.get_one(Resident, people[0]).room_id
        for each in people:
            session.get_one(Resident, each).room_id = room
            session.get_one(Resident, each).room_since = at(-8)


def test_who_shared_the_room_is_a_certain_contact_with_the_rule_of_the_day(traced: Traced) -> None:
    share_room(traced, *traced.people[:2])
    outcome = look(traced)
    (exposure,) = found(traced, ExposureSource.ROOM)
    assert who(traced, exposure) == traced.people[1]
    assert (exposure.certainty, exposure.proximity, exposure.noted_by) == (Certainty.CERTAIN, Proximity.SAME_ROOM, None)
    assert exposure.certain_from is not None
    assert exposure.minutes == (exposure.possible_to - exposure.possible_from) // timedelta(minutes=1)
    assert exposure.possible_to == NOW
    assert exposure.rule_key
    assert exposure.tier
    assert outcome.fresh == 1


def test_looking_twice_adds_nothing_and_changes_no_decision(traced: Traced) -> None:
    share_room(traced, *traced.people[:2])
    look(traced)
    with traced.database.write() as session:
        session.scalars(select(CaseContact)).one().state = ContactState.REFUSED
    before = [(each.id, each.possible_to) for each in traced.exposures()]
    outcome = look(traced, NOW + HOUR)
    assert (outcome.fresh, outcome.found) == (0, {ExposureSource.ROOM: 1})
    assert [(each.id, each.possible_to) for each in traced.exposures()] == before
    with traced.database.read() as session:
        assert session.scalars(select(CaseContact)).one().state is ContactState.REFUSED


def test_people_count_where_they_were_then_and_not_where_they_are_now(both_databases: Database) -> None:
    traced = Traced(both_databases)
    case, then, now = traced.people
    with both_databases.write() as session:
        rooms = {each: session.get_one(Resident, each).room_id for each in traced.people}
        session.get_one(Resident, then).room_id = rooms[case]
        for each in traced.people:
            session.get_one(Resident, each).room_since = at(-8)
    with both_databases.write() as session:
        # One was in the case's room until yesterday and lives elsewhere now; another came after the case had moved out.
        _move(session, then, rooms[then], at(-1))
        _move(session, case, rooms[then], at(-0.9))
        _move(session, now, rooms[case], at(-0.8))
    look(traced)
    by_room = [(who(traced, each), each.possible_to) for each in found(traced, ExposureSource.ROOM)]
    assert (then, at(-1)) in by_room
    assert {person for person, _until in by_room} == {then}


def _move(session: Session, resident_id: int, room_id: int | None, when: datetime) -> None:
    assert room_id is not None
    seen = session.get_one(Resident, resident_id).room_id
    move_room(session, resident_id, RoomWished(room_id, seen, crowded=True), "đổi phòng", None, when)


def test_people_of_one_floor_are_possible_contacts_and_those_of_another_are_none(traced: Traced) -> None:
    with traced.database.write() as session:
        for number, floor in enumerate(("1", "1", "2")):
            room = session.get_one(Room, session.get_one(Resident, traced.people[number]).room_id)
            room.floor = floor
    look(traced)
    (exposure,) = found(traced, ExposureSource.WARD)
    assert who(traced, exposure) == traced.people[1]
    assert (exposure.certainty, exposure.proximity, exposure.certain_from) == (Certainty.POSSIBLE, Proximity.SAME_PLACE, None)


def test_a_household_that_was_divided_among_rooms_is_possible_only(traced: Traced) -> None:
    with traced.database.write() as session:
        home = Household(zone_id=traced.zone, name="Nhà An")
        session.add(home)
        session.flush()
        for each in traced.people:
            session.get_one(Resident, each).household_id = home.id
    share_room(traced, traced.people[0], traced.people[2])
    look(traced)
    members = {who(traced, each): each.certain_from is not None for each in found(traced, ExposureSource.HOUSEHOLD)}
    assert members == {traced.people[1]: False, traced.people[2]: True}


def test_a_line_into_the_room_makes_who_belongs_there_and_answered_a_possible_contact_and_no_face_is_asked_for(
    traced: Traced,
) -> None:
    case, roommate, silent = traced.people
    share_room(traced, *traced.people)
    with traced.database.write() as session:
        room = session.get_one(Resident, case).room_id
        camera = Camera(zone_id=traced.zone, room_id=room, name="Cửa 101", address="http://10.0.0.9/onvif", state_since=NOW)
        session.add(camera)
        session.flush()
        lines = {"lines": {"Cửa": {"in": at(-1).isoformat()}}}
        shared = {"zone_id": traced.zone, "camera_id": camera.id, "room_id": room}
        session.add(Observation(**shared, kind=ObservationKind.CROSSING, started_at=at(-1), last_at=at(-1), details=lines))
        # A face of somebody else at the same moment changes nothing.
        session.add(Observation(**shared, kind=ObservationKind.FACE, resident_id=silent, started_at=at(-1), last_at=at(-1)))
        _answered(session, traced, roommate, at(-1.1))
    look(traced)
    (exposure,) = found(traced, ExposureSource.CAMERA_LINE)
    assert who(traced, exposure) == roommate
    assert (exposure.certainty, exposure.certain_from, exposure.possible_from) == (Certainty.POSSIBLE, None, at(-1))


def _answered(session: Session, traced: Traced, resident: int, when: datetime) -> None:
    plan = Plan(zone_id=traced.zone, name="Điểm danh", kind=PlanKind.EVERY, every_minutes=180.0, window_minutes=20.0, ladder=[])
    session.add(plan)
    session.flush()
    call = RollCall(plan_id=plan.id, zone_id=traced.zone, opens_at=when, closes_at=when + HOUR)
    session.add(call)
    session.flush()
    kept = {"roll_call_id": call.id, "zone_id": traced.zone, "opened_at": when, "state_since": when, "nonce": "x"}
    session.add(CheckIn(**kept, resident_id=resident, state=CheckInState.VERIFIED))


def test_check_ins_at_the_same_point_and_time_make_contacts_with_their_minutes(traced: Traced) -> None:
    database = traced.database
    place, (gate, *_rest) = add_place(database)
    mine = add_declared(database, "An", made_at=at(-3), resident_id=traced.people[0])
    known = add_declared(database, "Bình", made_at=at(-3), resident_id=traced.people[1])
    stranger, late = add_declared(database, "Dung", made_at=at(-3)), add_declared(database, "Em", made_at=at(-3))
    for person, begun, ended in ((mine, 0, 2), (known, 1, 3), (stranger, 0, None), (late, 4, 5)):
        scan(database, gate, person, Direction.IN, at(-2, begun))
        if ended is not None:
            scan(database, gate, person, Direction.OUT, at(-2, ended))
    settle(database, NOW, ZONE)
    look(traced)
    exposures = {each.figures["minutes"]: each for each in found(traced, ExposureSource.CHECK_IN)}
    assert len(exposures) == 2
    sure = next(each for each in exposures.values() if each.certain_from is not None)
    assert (who(traced, sure), sure.minutes, sure.control_place_id, sure.point_id) == (traced.people[1], 90, place, gate)
    with database.read() as session:
        others = select(CaseContact.declarant_id).where(CaseContact.resident_id.is_(None))
        assert list(session.scalars(others)) == [stranger]


def test_behind_a_code_that_is_too_coarse_nobody_is_certain_and_it_says_so(traced: Traced) -> None:
    database = traced.database
    _place, (gate,) = add_place(database, points=(("Cổng", PointKind.GATE),))
    for name, resident in (("An", traced.people[0]), ("Bình", traced.people[1])):
        person = add_declared(database, name, made_at=at(-3), resident_id=resident)
        scan(database, gate, person, Direction.IN, at(-2))
        scan(database, gate, person, Direction.OUT, at(-2, 2))
    settle(database, NOW, ZONE)
    with database.write() as session:
        session.get_one(ControlPoint, gate).most_at_once = 51
    look(traced)
    (exposure,) = found(traced, ExposureSource.CHECK_IN)
    assert exposure.figures["coarse"] is True
    assert (exposure.certainty, exposure.certain_from, exposure.proximity) == (Certainty.POSSIBLE, None, Proximity.SAME_PLACE)


def test_who_declared_with_the_same_number_is_asked_about(traced: Traced) -> None:
    with traced.database.read() as session:
        phone = session.get_one(Resident, traced.people[0]).phone
    add_declared(traced.database, "An", made_at=at(-3), resident_id=traced.people[0], phone=phone)
    child = add_declared(traced.database, "Con của An", made_at=at(-3), phone=phone)
    add_declared(traced.database, "Người khác", made_at=at(-3), phone="+84909999999")
    look(traced)
    (exposure,) = found(traced, ExposureSource.DECLARATION)
    with traced.database.read() as session:
        assert session.get_one(CaseContact, exposure.contact_id).declarant_id == child


def test_a_case_without_period_or_that_ended_is_told_so_and_nothing_is_written(traced: Traced) -> None:
    isolated = traced.enter(
        traced.people[1], date(2021, 3, 10), isolated_at=datetime(2021, 3, 1, tzinfo=ZONE), found_where=FoundWhere.QUARANTINE
    )
    with traced.database.write() as session:
        with pytest.raises(BadInput, match="isolated before"):
            find_known(session, session.get_one(InfectionCase, isolated), NOW)
        ended = session.get_one(InfectionCase, traced.case)
        ended.state = CaseState.CLOSED
        with pytest.raises(Conflict, match="Tracing of this person has ended"):
            find_known(session, ended, NOW)
    assert traced.exposures() == []
