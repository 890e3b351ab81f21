"""What is set for a later time is done then, once, or told to staff; and one thing is done to hundreds of people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from monitor.database.database import Database
from monitor.database.together import read
from monitor.models.accounts import AuditEntry
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.moves import PlannedChange, PlannedState
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.places import Room
from monitor.people.order_deeds import Deed
from monitor.places.room_changes import merge_rooms
from monitor.problems import BadInput, Conflict
from rollcall.orders import planned as planned_module
from rollcall.orders.many import Filter, ManyDeed, Seen, Wanted, do, judge, people_of
from rollcall.orders.movements import count_movements, movements
from rollcall.orders.planned import cancel, plan_change, run_planned
from tests.worlds.small_zone import NOW
from tests.worlds.two_zones import DAY, WHY, TwoZones

HOUR = timedelta(hours=1)
EVERYBODY = Filter()
LATER = NOW + 2 * HOUR


@pytest.fixture
def zones(both_databases: Database) -> TwoZones:
    return TwoZones(both_databases)


def plan(zones: TwoZones, resident: int, deed: Deed, due_at=LATER, **values: object) -> int:  # type: ignore[no-untyped-def]
    with zones.database.write() as session:
        return plan_change(session, resident, deed, due_at, WHY, zones.account, NOW, values=values).id


def test_what_is_due_is_done_once_and_by_nobody_in_particular(zones: TwoZones) -> None:
    plan(zones, zones.an, Deed.RELEASE)
    plan(zones, zones.binh, Deed.ROOM, room_id=zones.room("103"))
    end = zones.order(zones.cuc).ends_at + DAY
    plan(zones, zones.cuc, Deed.EXTEND, ends_at=end.isoformat())
    assert run_planned(zones.database, LATER - timedelta(seconds=1)) == 0
    assert run_planned(zones.database, LATER) == 3
    assert run_planned(zones.database, LATER) == 0
    assert (zones.order(zones.an).state, zones.order(zones.an).ended_at) == (OrderState.RELEASED, LATER)
    assert zones.resident(zones.binh).room_id == zones.room("103")
    assert zones.order(zones.cuc).ends_at == end
    assert {each.account_id for who in (zones.an, zones.binh, zones.cuc) for each in zones.changes(who)} == {None}
    assert {zones.planned(number).state for number in (1, 2, 3)} == {PlannedState.DONE}


def test_one_that_cannot_be_done_is_told_to_staff_and_keeps_no_other_from_its_turn(
    zones: TwoZones, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = plan(zones, zones.an, Deed.ROOM, room_id=zones.room("103"))
    second = plan(zones, zones.binh, Deed.RELEASE)
    third = plan(zones, zones.cuc, Deed.RELEASE)
    with zones.database.write() as session:
        session.get_one(Room, zones.room("103")).beds = 1
    real = planned_module._do

    def broken(session, row, now):  # type: ignore[no-untyped-def]
        if row.id == second:
            raise RuntimeError("a fault of ours")
        real(session, row, now)

    monkeypatch.setattr(planned_module, "_do", broken)
    assert run_planned(zones.database, LATER) == 2
    assert [zones.planned(each).state for each in (first, second, third)] == [
        PlannedState.FAILED,
        PlannedState.WAITING,
        PlannedState.DONE,
    ]
    with zones.database.read() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.kind, incident.resident_id) == (IncidentKind.CHANGE_FAILED, zones.an)
        assert "no free bed" in str(incident.reason)
        seen = movements(session, zones.here, LATER)
        assert [each.change.id for each in seen.failed] == [first]
        assert read(session, count_movements(zones.here, LATER)).failed == 1
    monkeypatch.undo()
    # Our own fault is no reason to give up: it is tried again.
    assert run_planned(zones.database, LATER) == 1
    assert zones.order(zones.binh).state is OrderState.RELEASED


def test_it_is_called_off_once_and_the_same_is_planned_once(zones: TwoZones) -> None:
    number = plan(zones, zones.an, Deed.RELEASE)
    with pytest.raises(Conflict, match="already planned"):
        plan(zones, zones.an, Deed.RELEASE)
    zones.do(lambda session: cancel(session, number, zones.account, NOW))
    with pytest.raises(Conflict, match="already done or called off"):
        zones.do(lambda session: cancel(session, number, zones.account, NOW))
    assert run_planned(zones.database, LATER) == 0
    assert zones.order(zones.an).state is OrderState.ACTIVE
    assert plan(zones, zones.an, Deed.RELEASE) == number + 1


def test_what_cannot_be_is_not_planned(zones: TwoZones) -> None:
    with pytest.raises(BadInput, match="already past"):
        plan(zones, zones.an, Deed.RELEASE, due_at=NOW)
    end = zones.order(zones.an).ends_at
    with pytest.raises(BadInput, match="ends before that time"):
        plan(zones, zones.an, Deed.EXTEND, due_at=end + DAY, ends_at=(end + 2 * DAY).isoformat())
    zones.act(zones.an, Deed.RELEASE)
    for deed in (Deed.RELEASE, Deed.BACK, Deed.HOSPITAL, Deed.ROOM):
        with pytest.raises(Conflict, match="already released"):
            plan(zones, zones.an, deed, room_id=zones.room("103"))
    with zones.database.read() as session:
        assert session.scalar(select(func.count()).select_from(PlannedChange)) == 0


def test_who_left_is_not_released_by_what_was_planned_before(zones: TwoZones) -> None:
    number = plan(zones, zones.an, Deed.RELEASE)
    zones.act(zones.an, Deed.LEFT)
    assert run_planned(zones.database, LATER) == 0
    assert (zones.order(zones.an).state, zones.planned(number).state) == (OrderState.LEFT, PlannedState.CANCELLED)


def test_a_planned_move_leads_to_what_its_room_has_become_a_part_of(zones: TwoZones) -> None:
    plan(zones, zones.an, Deed.ROOM, room_id=zones.room("103"))
    target = zones.room("102")
    with zones.database.write() as session:
        session.get_one(Room, target).beds = 4
        merge_rooms(session, zones.room("103"), target, NOW)
    run_planned(zones.database, LATER)
    assert zones.resident(zones.an).room_id == target


def seen_of(zones: TwoZones, which: Filter = EVERYBODY) -> list[Seen]:
    with zones.database.read() as session:
        people = people_of(session, zones.here, which, NOW)
    return [Seen(each.resident_id, each.order.version if each.order else 0, each.room_id or 0) for each in people]


def test_many_are_chosen_by_room_and_by_the_day_their_order_ends(zones: TwoZones) -> None:
    zones.act(zones.an, Deed.EXTEND, ends_at=NOW + 20 * DAY)
    assert [each.resident_id for each in seen_of(zones)] == [zones.an, zones.binh, zones.cuc]
    assert [each.resident_id for each in seen_of(zones, Filter(room_id=zones.room("102")))] == [zones.binh]
    assert seen_of(zones, Filter(room_id=0)) == []
    assert [each.resident_id for each in seen_of(zones, Filter(ends_before=NOW + 13 * DAY))] == [zones.binh, zones.cuc]


def test_each_is_done_by_itself_and_the_preview_says_before_what_would_be_refused(zones: TwoZones) -> None:
    zones.act(zones.an, Deed.LEFT)
    zones.act(zones.an, Deed.FOUND)
    zones.act(zones.binh, Deed.HOSPITAL)
    seen = seen_of(zones)
    wanted = Wanted(ManyDeed.EXEMPT, "Xe xét nghiệm", times=(NOW, NOW + HOUR))
    with zones.database.read() as session:
        judged = judge(session, people_of(session, zones.here, Filter(), NOW), wanted, NOW)
    assert [each.refused is None for each in judged] == [True, False, True]
    done = do(zones.database, [zones.here], seen, wanted, zones.account, lambda: NOW)
    assert [each.refused and each.refused.template[:28] for each in done] == [None, "This person is in hospital. ", None]
    again = do(zones.database, [zones.here], seen, wanted, zones.account, lambda: NOW)
    assert all(each.refused is not None for each in again)
    # Of another zone nobody is touched, whatever is sent.
    assert do(zones.database, [zones.here], [Seen(zones.dung, 1, 0)], wanted, zones.account, lambda: NOW) == []
    with pytest.raises(BadInput, match="1 to 300"):
        do(zones.database, [zones.here], seen, Wanted(ManyDeed.RELEASE, " "), zones.account, lambda: NOW)


def test_rooms_by_a_table_are_taken_one_after_the_other_on_paper_and_in_deed(zones: TwoZones) -> None:
    with zones.database.write() as session:
        session.execute(update(Room).where(Room.zone_id == zones.here).values(beds=1))
        session.add(Room(zone_id=zones.here, name="104", beds=1))
    rooms = {zones.an: "104", zones.binh: "101", zones.cuc: "101"}
    wanted = Wanted(ManyDeed.ROOM, WHY, rooms=rooms)
    with zones.database.read() as session:
        judged = judge(session, people_of(session, zones.here, Filter(), NOW), wanted, NOW)
    assert [each.refused is None for each in judged] == [True, True, False]
    done = do(zones.database, [zones.here], seen_of(zones), wanted, zones.account, lambda: NOW)
    assert [each.refused is None for each in done] == [True, True, False]
    assert zones.people_in(zones.room("101")) == zones.people_in(zones.room("104")) == 1
    bad = Wanted(ManyDeed.ROOM, WHY, rooms={zones.an: "phòng lạ"})
    an = [each for each in seen_of(zones) if each.resident_id == zones.an]
    assert "no open room" in str(do(zones.database, [zones.here], an, bad, zones.account, lambda: NOW))


def test_a_release_at_a_moment_is_planned_for_each(zones: TwoZones) -> None:
    done = do(zones.database, [zones.here], seen_of(zones), Wanted(ManyDeed.RELEASE, WHY, at=LATER), zones.account, lambda: NOW)
    assert all(each.refused is None for each in done)
    assert run_planned(zones.database, LATER) == 3
    assert zones.order(zones.cuc).state is OrderState.RELEASED


def test_hundreds_are_extended_each_with_its_history(both_databases: Database) -> None:
    zones = TwoZones(both_databases)
    people = 200
    with zones.database.write() as session:
        for number in range(people):
            resident = Resident(zone_id=zones.here, full_name=f"Người {number}", created_at=NOW)
            session.add(resident)
            session.flush()
            term = {"starts_at": NOW - DAY, "ends_at": NOW + 9 * DAY, "authority": "Sở Y tế", "reason": "F1"}
            session.add(QuarantineOrder(resident_id=resident.id, zone_id=zones.here, **term))
    seen = seen_of(zones)
    done = do(
        zones.database, [zones.here], seen, Wanted(ManyDeed.EXTEND, WHY, ends_at=NOW + 20 * DAY), zones.account, lambda: NOW
    )
    assert len(done) == people + 3
    assert all(each.refused is None for each in done)
    with zones.database.read() as session:
        trail = select(func.count()).where(AuditEntry.action == "order-changed")
        assert session.scalar(trail) == people + 3
