"""Whatever supervisors do in whatever order: one order at a time, a bed for everybody, and a history that leads to what is there now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from monitor.database.database import Database
from monitor.enrolment.orders import OrderDetails
from monitor.models.people.moves import PlannedChange, PlannedState, Transfer, TransferState
from monitor.models.people.residents import OrderChange, OrderState, QuarantineOrder, Resident
from monitor.models.places import Room, Zone, ZoneKind
from monitor.people.order_deeds import Deed
from monitor.people.order_words import as_text
from monitor.people.orders import GOES_ON, in_force
from monitor.people.placed import placed
from monitor.problems import Problem
from rollcall.orders.orders import Asked, act, give_order
from rollcall.orders.planned import cancel, plan_change, run_planned
from rollcall.orders.rooms import RoomWished, move_room, swap_rooms
from rollcall.orders.transfers import TakenIn, accept, offer, withdraw
from tests.worlds.small_zone import NOW
from tests.worlds.two_zones import WHY, TwoZones

DAY = timedelta(days=1)
PEOPLE, ROOMS = st.integers(0, 2), st.integers(0, 3)
STATE_DEEDS = st.sampled_from(
    [Deed.HOSPITAL, Deed.BACK, Deed.RELEASE, Deed.MOVED_AWAY, Deed.LEFT, Deed.FOUND, Deed.DIED, Deed.REOPEN]
)


class Supervisors(RuleBasedStateMachine):
    """Three people, two zones with two rooms each, of one bed; what is refused changes nothing."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        with self.database.write() as session:
            number = session.scalar(select(func.count()).select_from(Zone)) or 0
            zones = [Zone(name=f"Khu {number + each}", kind=ZoneKind.FACILITY) for each in range(2)]
            session.add_all(zones)
            session.flush()
            rooms = [Room(zone_id=zone.id, name=name, beds=1) for zone in zones for name in ("1", "2")]
            session.add_all(rooms)
            session.flush()
            people = [Resident(zone_id=zones[0].id, full_name=f"Người {each}", created_at=NOW) for each in range(3)]
            people[0].room_id, people[1].room_id = rooms[0].id, rooms[1].id
            session.add_all(people)
            session.flush()
            term = {"starts_at": NOW - DAY, "ends_at": NOW + 10 * DAY, "authority": "Sở Y tế", "reason": "F1"}
            session.add_all(QuarantineOrder(resident_id=each.id, zone_id=zones[0].id, **term) for each in people)
            self.zones, self.rooms = [each.id for each in zones], [each.id for each in rooms]
            self.people = [each.id for each in people]
        self.crowded = False

    def _try(self, deed: Any) -> None:
        try:
            with self.database.write() as session:
                deed(session)
        except Problem:
            pass

    def _order(self, person: int, which: int = 0) -> int:
        with self.database.read() as session:
            query = select(QuarantineOrder.id).where(QuarantineOrder.resident_id == self.people[person])
            ids = session.scalars(query.order_by(QuarantineOrder.id)).all()
        return ids[which % len(ids)]

    @rule(person=PEOPLE, deed=STATE_DEEDS, which=st.integers(0, 2), room=st.none() | ROOMS)
    def change_state(self, person: int, deed: Deed, which: int, room: int | None) -> None:
        asked = Asked(deed, WHY, room_id=None if room is None else self.rooms[room])
        order = self._order(person, which)
        self._try(lambda session: act(session, order, asked, self.account, self.now))

    @rule(person=PEOPLE, which=st.integers(0, 2), days=st.integers(-3, 30), longer=st.booleans())
    def move_end(self, person: int, which: int, days: int, longer: bool) -> None:
        asked = Asked(Deed.EXTEND if longer else Deed.SHORTEN, WHY, ends_at=self.now + days * DAY)
        order = self._order(person, which)
        self._try(lambda session: act(session, order, asked, self.account, self.now))

    @rule(person=PEOPLE, begins=st.integers(-2, 20), days=st.integers(1, 10))
    def give(self, person: int, begins: int, days: int) -> None:
        details = OrderDetails(self.now + begins * DAY, self.now + (begins + days) * DAY, "Sở Y tế", "F1")
        self._try(lambda session: give_order(session, self.people[person], details, self.account, self.now))

    @rule(person=PEOPLE, room=ROOMS)
    def move(self, person: int, room: int) -> None:
        wished = RoomWished(self.rooms[room])
        self._try(lambda session: move_room(session, self.people[person], wished, WHY, self.account, self.now))

    @rule(one=PEOPLE, other=PEOPLE)
    def swap(self, one: int, other: int) -> None:
        both = self.people[one], self.people[other]
        self._try(lambda session: swap_rooms(session, *both, (None, None), WHY, self.account, self.now))

    @rule(person=PEOPLE, zone=st.integers(0, 1))
    def offer(self, person: int, zone: int) -> None:
        args = (self.people[person], self.zones[zone], WHY, None, self.account, self.now)
        self._try(lambda session: offer(session, *args))

    @rule(person=PEOPLE, room=ROOMS, takes=st.booleans())
    def decide(self, person: int, room: int, takes: bool) -> None:
        with self.database.read() as session:
            waiting = (Transfer.resident_id == self.people[person], Transfer.state == TransferState.OFFERED)
            transfer = session.scalar(select(Transfer.id).where(*waiting))
        if transfer is not None and takes:
            taken = TakenIn(self.rooms[room])
            self._try(lambda session: accept(session, transfer, taken, self.account, self.now))
        elif transfer is not None:
            self._try(lambda session: withdraw(session, transfer, WHY, self.account, self.now))

    @rule(
        person=PEOPLE,
        deed=st.sampled_from([Deed.RELEASE, Deed.HOSPITAL, Deed.BACK, Deed.ROOM]),
        room=ROOMS,
        hours=st.integers(1, 90),
    )
    def plan(self, person: int, deed: Deed, room: int, hours: int) -> None:
        values = {"room_id": self.rooms[room], "crowded": False} if deed is Deed.ROOM else {}
        due = self.now + timedelta(hours=hours)
        self._try(
            lambda session: plan_change(session, self.people[person], deed, due, WHY, self.account, self.now, values=values)
        )

    @rule(which=st.integers(0, 3))
    def call_off(self, which: int) -> None:
        with self.database.read() as session:
            mine = select(PlannedChange.id).where(PlannedChange.resident_id.in_(self.people))
            ids = session.scalars(mine.order_by(PlannedChange.id)).all()
        if ids:
            self._try(lambda session: cancel(session, ids[which % len(ids)], self.account, self.now))

    @rule(hours=st.integers(1, 200))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        run_planned(self.database, self.now)

    @invariant()
    def one_order_in_force_at_most(self) -> None:
        with self.database.read() as session:
            held = select(QuarantineOrder).where(
                QuarantineOrder.resident_id.in_(self.people), QuarantineOrder.state.in_(GOES_ON)
            )
            orders = session.scalars(held).all()
            now = session.execute(
                select(func.count())
                .where(QuarantineOrder.resident_id.in_(self.people), in_force(self.now))
                .group_by(QuarantineOrder.resident_id)
            ).scalars()
            assert all(count == 1 for count in now)
        for one in orders:
            assert one.starts_at < one.ends_at
            for other in orders:
                apart = one.ends_at <= other.starts_at or other.ends_at <= one.starts_at
                assert one.id == other.id or one.resident_id != other.resident_id or apart

    @invariant()
    def nobody_shares_a_bed(self) -> None:
        with self.database.read() as session:
            rows = session.execute(
                select(Room.beds, func.count())
                .join(Resident, Resident.room_id == Room.id)
                .where(Room.id.in_(self.rooms), placed())
                .group_by(Room.id, Room.beds)
            ).all()
            assert all(count <= beds for beds, count in rows), rows
            where = session.execute(
                select(Resident.zone_id, Room.zone_id)
                .join(Room, Room.id == Resident.room_id)
                .where(Resident.id.in_(self.people))
            )
            assert all(mine == its for mine, its in where)

    @invariant()
    def history_leads_to_what_is_there(self) -> None:
        with self.database.read() as session:
            orders = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id.in_(self.people))).all()
            changes = session.scalars(
                select(OrderChange).where(OrderChange.resident_id.in_(self.people)).order_by(OrderChange.id)
            ).all()
            people = {each.id: each for each in session.scalars(select(Resident).where(Resident.id.in_(self.people)))}
        for order in orders:
            known: dict[str, str] = {}
            for change in (each for each in changes if each.order_id == order.id):
                assert all(
                    known.get(name, value) == value for name, value in change.before.items() if name in order.__table__.c
                )
                known |= change.after
            columns = {name: value for name, value in known.items() if name in order.__table__.c}
            assert columns == {name: as_text(getattr(order, name)) for name in columns}
            if order.state in GOES_ON and order.ends_at > self.now:
                assert order.zone_id == people[order.resident_id].zone_id
        for person, resident in people.items():
            moves = [each.after["room_id"] for each in changes if each.resident_id == person and "room_id" in each.after]
            assert not moves or moves[-1] == as_text(resident.room_id)

    @invariant()
    def nothing_waits_for_who_is_gone(self) -> None:
        with self.database.read() as session:
            gone = select(QuarantineOrder.resident_id).where(QuarantineOrder.state == OrderState.DIED)
            waiting = select(func.count()).where(
                PlannedChange.resident_id.in_(self.people),
                PlannedChange.order_id.in_(select(QuarantineOrder.id).where(QuarantineOrder.state == OrderState.RELEASED)),
                PlannedChange.state == PlannedState.WAITING,
            )
            offered = select(func.count()).where(
                Transfer.resident_id.in_(self.people), Transfer.resident_id.in_(gone), Transfer.state == TransferState.OFFERED
            )
            assert (session.scalar(waiting), session.scalar(offered)) == (0, 0)


def test_in_any_sequence_of_deeds_orders_beds_and_history_hold(both_databases: Database) -> None:
    class Here(Supervisors):
        database = both_databases
        account = TwoZones(both_databases).account

    few = settings(
        max_examples=12 if both_databases.is_sqlite else 4,
        stateful_step_count=25,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Here, settings=few)
