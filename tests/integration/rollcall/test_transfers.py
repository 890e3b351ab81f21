"""People go from zone to zone with all that is open about them; both databases, two at once on PostgreSQL, and who is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from monitor.alerts.escalation import Rules
from monitor.changes import Topic
from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import acknowledge, open_incident
from monitor.models.accounts import AuditEntry
from monitor.models.alerts import Alert, AlertIncident, AlertState
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.models.people.guardians import Guardian, GuardianRelation
from monitor.models.people.moves import PlannedChange, PlannedState, TransferState
from monitor.models.people.residents import Exemption, Household, Media, MediaKind, QuarantineOrder, Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.plans import Plan, PlanKind, PlanResident
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.models.service import Change
from monitor.people.order_deeds import Deed
from monitor.problems import BadInput, Conflict
from monitor.words import words
from rollcall.alerting.raising import raise_due
from rollcall.orders.planned import plan_change
from rollcall.orders.rooms import RoomWished, move_room
from rollcall.orders.transfers import APART, TOGETHER, TakenIn, accept, offer, refuse, withdraw
from rollcall.people.guardians import number_of
from rollcall.rounds.opening import people_of
from tests.worlds.small_zone import NOW
from tests.worlds.two_zones import DAY, WHY, TwoZones

RULES = Rules(wait=timedelta(seconds=60), soon=timedelta(minutes=5), group=timedelta(minutes=5))


@pytest.fixture
def zones(both_databases: Database) -> TwoZones:
    return TwoZones(both_databases)


def offered(zones: TwoZones, resident: int | None = None) -> int:
    with zones.database.write() as session:
        return offer(session, resident or zones.an, zones.there, WHY, None, zones.account, NOW).id


def taken_in(zones: TwoZones, transfer: int, room: str = "102", **how: str) -> None:
    taken = TakenIn(zones.room(room, zones.there), **how)  # type: ignore[arg-type]
    zones.do(lambda session: accept(session, transfer, taken, zones.other_account, NOW))


def test_until_it_is_accepted_somebody_stays_where_they_are(zones: TwoZones) -> None:
    transfer = offered(zones)
    assert (zones.resident(zones.an).zone_id, zones.order(zones.an).zone_id) == (zones.here, zones.here)
    with pytest.raises(Conflict, match="already offered"):
        offered(zones)
    with pytest.raises(Conflict, match="no free bed"):
        taken_in(zones, transfer, "101")
    assert zones.transfer(transfer).state is TransferState.OFFERED
    taken_in(zones, transfer)
    an = zones.resident(zones.an)
    assert (an.zone_id, an.room_id, an.arrived_at) == (zones.there, zones.room("102", zones.there), NOW)
    assert zones.order(zones.an).zone_id == zones.there
    assert zones.transfer(transfer).state is TransferState.ACCEPTED
    with pytest.raises(Conflict, match="already answered"):
        taken_in(zones, transfer)
    told = [each.after for each in zones.changes(zones.an)]
    assert told[0] == {"zone_id": str(zones.there)}
    assert (told[1]["zone"], told[1]["room"]) == ("Khu B", "102")
    with zones.database.read() as session:
        trail = session.execute(select(AuditEntry.action, AuditEntry.zone_id).where(AuditEntry.action.like("transfer-%")))
        assert [tuple(row) for row in trail] == [
            ("transfer-offered", zones.here),
            ("transfer-accepted", zones.here),
            ("transfer-accepted", zones.there),
        ]
        live = {tuple(row) for row in session.execute(select(Change.zone_id, Change.topic))}
    assert {(zone, Topic.CAMERA.value) for zone in (zones.here, zones.there)} <= live


@pytest.mark.parametrize(("end", "state"), [(refuse, TransferState.REFUSED), (withdraw, TransferState.WITHDRAWN)])
def test_it_is_refused_or_withdrawn_with_a_reason_and_can_be_offered_again(
    zones: TwoZones, end: Callable[..., object], state: TransferState
) -> None:
    transfer = offered(zones)
    with pytest.raises(BadInput, match="1 to 300"):
        zones.do(lambda session: end(session, transfer, " ", zones.other_account, NOW))
    zones.do(lambda session: end(session, transfer, "Hết giường", zones.other_account, NOW))
    assert (zones.transfer(transfer).state, zones.transfer(transfer).decision) == (state, "Hết giường")
    with pytest.raises(Conflict, match="already answered"):
        taken_in(zones, transfer)
    assert offered(zones) == transfer + 1


def test_nobody_is_offered_to_a_closed_zone_or_their_own_or_without_an_order_that_goes_on(zones: TwoZones) -> None:
    with pytest.raises(BadInput, match="in that zone already"):
        zones.do(lambda session: offer(session, zones.an, zones.here, WHY, None, zones.account, NOW))
    with pytest.raises(BadInput, match="This day is past"):
        zones.do(lambda session: offer(session, zones.an, zones.there, WHY, NOW.date() - DAY, zones.account, NOW))
    transfer = offered(zones)
    with zones.database.write() as session:
        session.get_one(Zone, zones.there).closed_at = NOW
    with pytest.raises(Conflict, match="Zone Khu B was closed"):
        taken_in(zones, transfer)
    with pytest.raises(Conflict, match="Zone Khu B was closed"):
        offered(zones, zones.binh)
    zones.act(zones.cuc, Deed.HOSPITAL)
    with pytest.raises(Conflict, match="in hospital"):
        offered(zones, zones.cuc)


def test_an_offer_ends_with_the_order(zones: TwoZones) -> None:
    transfer = offered(zones)
    zones.do(lambda session: plan_change(session, zones.an, Deed.RELEASE, NOW + DAY, WHY, zones.account, NOW))
    zones.act(zones.an, Deed.RELEASE)
    assert (zones.transfer(transfer).state, zones.transfer(transfer).decided_by) == (TransferState.WITHDRAWN, None)
    assert zones.planned().state is PlannedState.CANCELLED
    with pytest.raises(Conflict):
        taken_in(zones, transfer)


def test_what_is_open_goes_along_and_history_stays(zones: TwoZones) -> None:
    with zones.database.write() as session:
        plan = Plan(zone_id=zones.here, name="Sáng", kind=PlanKind.TIMES, times=["08:00"], next_round_at=NOW + DAY)
        alone = Plan(zone_id=zones.here, name="Riêng", kind=PlanKind.TIMES, times=["08:00"], next_round_at=NOW + DAY)
        session.add_all([plan, alone])
        session.flush()
        session.add_all([PlanResident(plan_id=plan.id, resident_id=each) for each in (zones.an, zones.binh)])
        session.add(PlanResident(plan_id=alone.id, resident_id=zones.an))
        plans = plan.id, alone.id
        states = (CheckInState.VERIFIED, CheckInState.IN_REVIEW, CheckInState.PROMPTED)
        for number, state in enumerate(states):
            round_ = RollCall(plan_id=plan.id, zone_id=zones.here, opens_at=NOW - number * DAY, closes_at=NOW)
            session.add(round_)
            session.flush()
            session.add(
                CheckIn(
                    roll_call_id=round_.id,
                    resident_id=zones.an,
                    zone_id=zones.here,
                    state=state,
                    opened_at=NOW,
                    nonce="n",
                    state_since=NOW,
                )
            )
        session.add_all(
            [
                Exemption(resident_id=zones.an, zone_id=zones.here, starts_at=NOW - DAY, ends_at=NOW, reason="cũ"),
                Exemption(resident_id=zones.an, zone_id=zones.here, starts_at=NOW, ends_at=NOW + DAY, reason="mới"),
                Media(zone_id=zones.here, resident_id=zones.an, kind=MediaKind.SELFIE, name="m", owner="o", taken_at=NOW),
                Guardian(
                    zone_id=zones.here,
                    resident_id=zones.an,
                    full_name="Dì",
                    relation=GuardianRelation.RELATIVE,
                    phone="+84900000999",
                    set_at=NOW,
                ),
            ]
        )
        moving = {"room_id": zones.room("103"), "crowded": False}
        plan_change(session, zones.an, Deed.ROOM, NOW + DAY, WHY, zones.account, NOW, values=moving)
        plan_change(session, zones.an, Deed.RELEASE, NOW + 2 * DAY, WHY, zones.account, NOW)
    taken_in(zones, offered(zones))
    with zones.database.read() as session:
        found = {check_in.state: check_in.zone_id for check_in in session.scalars(select(CheckIn))}
        assert found == {
            CheckInState.VERIFIED: zones.here,
            CheckInState.IN_REVIEW: zones.there,
            CheckInState.EXCUSED: zones.here,
        }
        away = {each.reason: each.zone_id for each in session.scalars(select(Exemption))}
        assert away == {"cũ": zones.here, "mới": zones.there}
        for model in (Media, Guardian):
            assert session.scalars(select(model.zone_id)).one() == zones.there
        planned = {each.kind.value: (each.state, each.zone_id) for each in session.scalars(select(PlannedChange))}
        assert planned == {
            "room": (PlannedState.CANCELLED, zones.here),
            "release": (PlannedState.WAITING, zones.there),
        }
        # Without a name it would ask the whole zone.
        assert [session.get_one(Plan, each).active for each in plans] == [True, False]
        assert people_of(session, session.get_one(Plan, plans[0]), NOW) == [zones.binh]
        assert session.scalars(select(PlanResident.resident_id).where(PlanResident.plan_id == plans[0])).all() == [zones.binh]
        orders = session.scalars(select(QuarantineOrder.zone_id).where(QuarantineOrder.resident_id == zones.an)).all()
        assert orders == [zones.there]


def danger(zones: TwoZones, *people: int) -> None:
    with zones.database.write() as session:
        for each in people:
            args = {"zone_id": zones.here, "resident_id": each, "reason": words("x"), "now": NOW}
            open_incident(session, IncidentKind.UNWELL, causes.unwell(each), **args)
        for incident in session.scalars(select(Incident)):
            incident.urgency = Urgency.DANGER
    raise_due(zones.database, NOW, RULES)


def alerts(zones: TwoZones) -> dict[int, set[int]]:
    """Zone -> whom its open alerts are about."""
    with zones.database.read() as session:
        rows = session.execute(
            select(Alert.zone_id, Incident.resident_id)
            .join(AlertIncident, AlertIncident.alert_id == Alert.id)
            .join(Incident, Incident.id == AlertIncident.incident_id)
            .where(Alert.state == AlertState.OPEN)
        ).all()
    found: dict[int, set[int]] = {}
    for zone_id, resident_id in rows:
        found.setdefault(zone_id, set()).add(resident_id)
    return found


def test_a_case_is_alerted_where_its_person_is(zones: TwoZones) -> None:
    danger(zones, zones.an)
    assert alerts(zones) == {zones.here: {zones.an}}
    taken_in(zones, offered(zones))
    assert alerts(zones) == {zones.there: {zones.an}}
    with zones.database.read() as session:
        assert session.scalars(select(Alert.next_step_at)).one() == NOW


def test_an_alert_about_several_goes_on_for_the_others_and_is_raised_anew_for_who_went(zones: TwoZones) -> None:
    danger(zones, zones.an, zones.binh)
    taken_in(zones, offered(zones))
    assert alerts(zones) == {zones.here: {zones.binh}}
    raise_due(zones.database, NOW, RULES)
    assert alerts(zones) == {zones.here: {zones.binh}, zones.there: {zones.an}}


def test_a_case_that_somebody_of_the_old_zone_took_on_waits_for_somebody_anew(zones: TwoZones) -> None:
    danger(zones, zones.an)
    with zones.database.write() as session:
        incident = session.scalars(select(Incident.id)).one()
        acknowledge(session, incident, zones.account, now=NOW)
    taken_in(zones, offered(zones))
    with zones.database.read() as session:
        row = session.get_one(Incident, incident)
        assert (row.state, row.acknowledged_by, row.zone_id) == (IncidentState.OPEN, None, zones.there)


def household(zones: TwoZones) -> int:
    with zones.database.write() as session:
        home = Household(zone_id=zones.here, name="Nhà An", phone="+84911111111")
        session.add(home)
        session.flush()
        for each in (zones.an, zones.binh):
            resident = session.get_one(Resident, each)
            resident.household_id, resident.phone = home.id, ""
        return home.id


def numbers(zones: TwoZones) -> list[str]:
    with zones.database.read() as session:
        return [number_of(session, each) for each in (zones.an, zones.binh)]


def test_who_leaves_others_of_the_household_says_with_which_phone_they_answer(zones: TwoZones) -> None:
    home = household(zones)
    transfer = offered(zones)
    with pytest.raises(BadInput, match="with which phone"):
        taken_in(zones, transfer)
    with pytest.raises(BadInput):
        taken_in(zones, transfer, household=APART, phone="12")
    taken_in(zones, transfer, household=APART, phone="0912 000 002")
    assert numbers(zones) == ["+84912000002", "+84911111111"]
    assert zones.resident(zones.an).household_id is None
    assert zones.resident(zones.binh).household_id == home


def test_the_phone_of_the_household_goes_on_to_be_that_of_both_and_it_goes_along_with_the_last(zones: TwoZones) -> None:
    home = household(zones)
    taken_in(zones, offered(zones), household=TOGETHER)
    assert numbers(zones) == ["+84911111111"] * 2
    with zones.database.read() as session:
        assert session.get_one(Household, home).zone_id == zones.here
    with zones.database.write() as session:
        session.add(Room(zone_id=zones.there, name="103", beds=1))
    taken_in(zones, offered(zones, zones.binh), "103", household=TOGETHER)
    with zones.database.read() as session:
        assert session.get_one(Household, home).zone_id == zones.there


def at_once(*deeds: Callable[[], object]) -> list[BaseException | None]:
    """Each in a thread of its own, begun at the same moment; what each raised."""
    start, found = threading.Barrier(len(deeds)), dict[int, BaseException | None]()

    def run(number: int, deed: Callable[[], object]) -> None:
        start.wait()
        try:
            deed()
            found[number] = None
        except BaseException as problem:
            found[number] = problem

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[number] for number in range(len(deeds))]


def test_of_two_who_want_the_last_bed_at_once_one_gets_it(zones: TwoZones) -> None:
    with zones.database.write() as session:
        session.get_one(Room, zones.room("103")).beds = 2
    room = zones.room("103")

    def move(resident: int) -> Callable[[], object]:
        return lambda: zones.do(lambda session: move_room(session, resident, RoomWished(room), WHY, zones.account, NOW))

    for turn in range(8):
        results = at_once(move(zones.an), move(zones.binh))
        refused = [each for each in results if each is not None]
        assert len(refused) == 1, (turn, results)
        assert isinstance(refused[0], Conflict)
        assert zones.people_in(room) == 2
        back = zones.room("101") if results[0] is None else zones.room("102")
        who = zones.an if results[0] is None else zones.binh
        zones.do(lambda session, who=who, back=back: move_room(session, who, RoomWished(back), WHY, zones.account, NOW))


def test_of_two_who_accept_at_once_or_release_meanwhile_one_wins(zones: TwoZones) -> None:
    transfer = offered(zones)
    results = at_once(
        lambda: taken_in(zones, transfer), lambda: taken_in(zones, transfer), lambda: zones.act(zones.an, Deed.RELEASE)
    )
    assert sum(each is None for each in results[:2]) <= 1
    assert all(each is None or isinstance(each, Conflict) for each in results), results
    order, an = zones.order(zones.an), zones.resident(zones.an)
    assert order.zone_id == an.zone_id


def test_swaps_and_moves_of_the_same_people_at_once_leave_nobody_without_a_bed(zones: TwoZones) -> None:
    from rollcall.orders.rooms import swap_rooms

    def swap(one: int, other: int) -> Callable[[], object]:
        return lambda: zones.do(lambda session: swap_rooms(session, one, other, (None, None), WHY, zones.account, NOW))

    for _turn in range(5):
        results = at_once(swap(zones.an, zones.binh), swap(zones.binh, zones.an), swap(zones.binh, zones.cuc))
        assert results == [None] * 3
    rooms = sorted(zones.resident(each).room_id or 0 for each in (zones.an, zones.binh, zones.cuc))
    assert rooms == sorted(zones.room(name) for name in ("101", "102", "103"))
