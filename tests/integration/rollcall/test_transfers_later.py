"""A transfer is accepted for a set time, and many are offered and taken in at once; both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from monitor.database.database import Database
from monitor.database.together import read
from monitor.models.accounts import AuditEntry
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.moves import PlannedKind, PlannedState, Transfer, TransferState
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Room, Zone
from monitor.people.order_deeds import Deed
from monitor.problems import BadInput, Conflict
from rollcall.orders.many import ManyDeed, Seen, Wanted, do, judge, named_people
from rollcall.orders.many_transfers import Welcome, coming_to, look_at, rooms_proposed, take_in_many
from rollcall.orders.movements import count_movements, movements
from rollcall.orders.planned import cancel, run_planned
from rollcall.orders.transfers import APART, TakenIn, accept, agree, offer, withdraw
from tests.worlds.small_zone import NOW
from tests.worlds.two_zones import DAY, WHY, TwoZones

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def zones(both_databases: Database) -> TwoZones:
    return TwoZones(both_databases)


def offered(zones: TwoZones, resident: int) -> int:
    with zones.database.write() as session:
        return offer(session, resident, zones.there, WHY, None, zones.account, NOW).id


def agreed(zones: TwoZones, transfer: int, room: str = "102", due_at=LATER, **how: str) -> int:  # type: ignore[no-untyped-def]
    taken = TakenIn(zones.room(room, zones.there), **how)  # type: ignore[arg-type]
    with zones.database.write() as session:
        return agree(session, transfer, taken, due_at, zones.other_account, NOW).id


def test_somebody_accepted_for_a_set_time_goes_then_and_both_zones_see_it(zones: TwoZones) -> None:
    transfer = offered(zones, zones.an)
    number = agreed(zones, transfer)
    assert (zones.resident(zones.an).zone_id, zones.transfer(transfer).state) == (zones.here, TransferState.OFFERED)
    with pytest.raises(Conflict, match="time is set"):
        agreed(zones, transfer, due_at=LATER + DAY)
    with zones.database.read() as session:
        here, there = movements(session, zones.here, NOW), movements(session, zones.there, NOW)
        for each in (*here.going, *there.coming):
            assert each.agreed is not None
            assert each.agreed.due_at == LATER
        assert [(each.change.kind, each.room) for each in here.planned] == [(PlannedKind.TRANSFER, "102")]
    assert run_planned(zones.database, LATER) == 1
    assert (zones.resident(zones.an).zone_id, zones.resident(zones.an).arrived_at) == (zones.there, LATER)
    done = zones.transfer(transfer)
    assert (done.state, done.decided_at, done.decided_by) == (TransferState.ACCEPTED, LATER, zones.other_account)
    assert zones.planned(number).state is PlannedState.DONE
    with zones.database.read() as session:
        trail = session.execute(
            select(AuditEntry.action, AuditEntry.zone_id, AuditEntry.account_id)
            .where(AuditEntry.action.in_(("transfer-agreed", "transfer-accepted")))
            .order_by(AuditEntry.id)
        )
        assert [tuple(row) for row in trail] == [
            ("transfer-agreed", zones.here, zones.other_account),
            ("transfer-agreed", zones.there, zones.other_account),
            ("transfer-accepted", zones.here, None),
            ("transfer-accepted", zones.there, None),
        ]


def test_a_set_time_ends_with_the_offer_and_can_be_called_off(zones: TwoZones) -> None:
    transfer = offered(zones, zones.an)
    first = agreed(zones, transfer)
    zones.do(lambda session: cancel(session, first, zones.account, NOW))
    second = agreed(zones, transfer)
    zones.do(lambda session: withdraw(session, transfer, WHY, zones.account, NOW))
    third = agreed(zones, again := offered(zones, zones.an))
    taken = TakenIn(zones.room("102", zones.there))
    zones.do(lambda session: accept(session, again, taken, zones.other_account, NOW))
    fourth = agreed(zones, offered(zones, zones.binh), "101", crowded=True)  # type: ignore[arg-type]
    zones.act(zones.binh, Deed.RELEASE)
    assert {zones.planned(each).state for each in (first, second, third, fourth)} == {PlannedState.CANCELLED}
    assert run_planned(zones.database, LATER) == 0


def test_a_bed_that_is_gone_by_then_is_told_in_both_zones_and_the_offer_still_waits(zones: TwoZones) -> None:
    transfer = offered(zones, zones.an)
    number = agreed(zones, transfer)
    with zones.database.write() as session:
        session.get_one(Room, zones.room("102", zones.there)).beds = 0
    assert run_planned(zones.database, LATER) == 1
    assert (zones.planned(number).state, zones.transfer(transfer).state) == (PlannedState.FAILED, TransferState.OFFERED)
    with zones.database.read() as session:
        told = session.execute(select(Incident.kind, Incident.zone_id, Incident.resident_id).order_by(Incident.zone_id))
        assert [tuple(row) for row in told] == [
            (IncidentKind.CHANGE_FAILED, zones.here, zones.an),
            (IncidentKind.CHANGE_FAILED, zones.there, None),
        ]
        waiting = movements(session, zones.there, LATER).coming[0].agreed
        assert waiting is not None
        assert waiting.state is PlannedState.FAILED
        assert read(session, count_movements(zones.there, LATER)).coming == 1
    agreed(zones, transfer, "101", due_at=LATER + DAY, crowded=True)  # type: ignore[arg-type]


def test_a_time_that_cannot_be_or_a_phone_of_ones_own_is_refused(zones: TwoZones) -> None:
    transfer = offered(zones, zones.an)
    for due_at, wrong in ((NOW, "already past"), (zones.order(zones.an).ends_at, "ends before")):
        with pytest.raises(BadInput, match=wrong):
            agreed(zones, transfer, due_at=due_at)
    with pytest.raises(Conflict, match="no free bed"):
        agreed(zones, transfer, "101")
    with pytest.raises(BadInput, match="accepted at once"):
        agreed(zones, transfer, household=APART)
    with zones.database.write() as session:
        session.get_one(Zone, zones.there).closed_at = NOW
    with pytest.raises(Conflict, match="was closed"):
        agreed(zones, transfer)


def test_many_are_offered_each_by_itself_and_who_cannot_be_is_said_before(zones: TwoZones) -> None:
    zones.act(zones.binh, Deed.HOSPITAL)
    offered(zones, zones.cuc)
    wanted = Wanted(ManyDeed.TRANSFER, WHY, to_zone=zones.there)
    with zones.database.read() as session:
        people = named_people(session, [zones.here], (zones.an, zones.binh, zones.cuc), NOW)
        judged = {each.person.resident_id: each.refused for each in judge(session, people, wanted, NOW)}
    assert judged[zones.an] is None
    assert "in hospital" in judged[zones.binh].template  # type: ignore[union-attr]
    assert "already offered" in judged[zones.cuc].template  # type: ignore[union-attr]
    seen = [Seen(each, zones.order(each).version, 0) for each in (zones.an, zones.binh, zones.cuc)]
    done = do(zones.database, [zones.here], [*seen, Seen(zones.an, 7, 0)], wanted, zones.account, lambda: NOW)
    assert [each.refused is None for each in done] == [True, False, False, False]
    with zones.database.read() as session:
        waiting = session.scalars(select(Transfer.resident_id).where(Transfer.state == TransferState.OFFERED))
        assert sorted(waiting) == sorted((zones.an, zones.cuc))
    with zones.database.write() as session:
        session.get_one(Zone, zones.there).closed_at = NOW
    with zones.database.read() as session, pytest.raises(Conflict, match="was closed"):
        judge(session, people, wanted, NOW)


def test_many_are_taken_in_with_a_bed_each_and_a_family_keeps_its_phone(zones: TwoZones) -> None:
    with zones.database.write() as session:
        household = Household(zone_id=zones.here, name="Nhà ông Tư", phone="+84912345678")
        session.add(household)
        session.flush()
        for each in (zones.an, zones.binh):
            resident = session.get_one(Resident, each)
            resident.household_id, resident.phone = household.id, ""
        session.add(Room(zone_id=zones.there, name="103", beds=2))
    numbers = [offered(zones, each) for each in (zones.an, zones.binh, zones.cuc)]
    with zones.database.read() as session:
        people = coming_to(session, zones.there)
        rooms = rooms_proposed(session, session.get_one(Zone, zones.there), people, NOW)
        assert {rooms[number] for number in numbers} == {"102", "103"}
        assert rooms[numbers[0]] == rooms[numbers[1]]
        looked = look_at(session, zones.there, people, Welcome({**rooms, numbers[2]: "101"}), NOW)
    assert [each.coming.resident.id for each in looked if each.refused] == [zones.cuc]
    chosen = {zones.an, zones.binh}
    alone = take_in_many(
        zones.database, zones.there, [numbers[0]], {zones.an}, Welcome(rooms), zones.other_account, lambda: NOW
    )
    assert "stay behind" in str(alone[0].refused)
    done = take_in_many(
        zones.database, zones.there, numbers, chosen, Welcome({**rooms, numbers[2]: "101"}), zones.other_account, lambda: NOW
    )
    assert [each.refused is None for each in done] == [True, True, False]
    assert [zones.resident(each).zone_id for each in (zones.an, zones.binh, zones.cuc)] == [zones.there] * 2 + [zones.here]
    assert zones.transfer(numbers[2]).state is TransferState.OFFERED
    with zones.database.read() as session:
        assert session.get_one(Household, household.id).zone_id == zones.there
    later = take_in_many(
        zones.database,
        zones.there,
        numbers,
        {zones.cuc},
        Welcome({numbers[2]: "102"}, due_at=LATER),
        zones.other_account,
        lambda: NOW,
    )
    assert [each.refused for each in later] == [None]
    run_planned(zones.database, LATER)
    assert zones.resident(zones.cuc).zone_id == zones.there
