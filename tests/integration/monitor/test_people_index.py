"""What the list of everybody is read by says at any time what the other tables say, whoever wrote them, on both databases."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import insert_rows
from monitor.database.people_index import LISTED, NEVER, drop_people_index, make_people_index
from monitor.models.people.residents import OVER, OrderState, Presence, QuarantineOrder, Resident
from monitor.models.places import Zone, ZoneKind
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.rounds import CheckIn, RollCall, RollCallState
from monitor.people.placed import placed
from monitor.personal_data.periods import Held, end_of_quarantine

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
WITH_ORDER: dict[str, Any] = {"starts_at": NOW - timedelta(days=3), "authority": "A", "reason": "r"}


def _truth(session: Session) -> list[tuple[Any, ...]]:
    """As the index should be, by the rules as the rest of the product has them and in the slow way."""
    here = set(session.scalars(select(Resident.id).where(placed())))
    orders: dict[int, list[QuarantineOrder]] = {}
    for order in session.scalars(select(QuarantineOrder)):
        orders.setdefault(order.resident_id, []).append(order)
    answered = dict(
        session.execute(select(Answer.resident_id, func.max(Answer.received_at)).group_by(Answer.resident_id)).all()
    )
    believed = {each.resident_id: each.state.value for each in session.scalars(select(Presence))}
    return [
        (
            each.id,
            each.zone_id,
            each.sort_key,
            each.id in here,
            max((order.ends_at for order in theirs if order.state not in OVER), default=NEVER) if theirs else None,
            answered.get(each.id, NEVER),
            min((order.starts_at for order in theirs if order.state is OrderState.ACTIVE), default=None),
            believed.get(each.id),
            end_of_quarantine(Held(order.state, order.ends_at, order.ended_at) for order in theirs),
        )
        for each in session.scalars(select(Resident).where(Resident.deleted_at.is_(None)).order_by(Resident.id))
        for theirs in [orders.get(each.id, [])]
    ]


def _kept(database: Database) -> None:
    with database.read() as session:
        index = [tuple(row) for row in session.execute(select(LISTED).order_by(LISTED.c.resident_id))]
        assert index == _truth(session)


class World:
    """A zone or two, and writers of each kind; chance chooses whose row is written."""

    def __init__(self, database: Database) -> None:
        self.database, self.numbers = database, count()
        with database.write() as session:
            for table in (Answer, CheckIn, RollCall, Plan, QuarantineOrder, Resident, Zone):
                session.execute(delete(table))
            zones = [Zone(name=name, kind=ZoneKind.FACILITY) for name in "AB"]
            session.add_all(zones)
            session.flush()
            self.zones = [zone.id for zone in zones]
            plan = Plan(zone_id=self.zones[0], name="p", kind=PlanKind.TIMES, times=["08:00"], channels=[])
            session.add(plan)
            session.flush()
            self.plan = plan.id

    def come(self, chance: random.Random) -> None:
        with self.database.write() as session:
            session.add(Resident(full_name=f"Ng {next(self.numbers)}", zone_id=chance.choice(self.zones), created_at=NOW))

    def come_in_a_file(self, chance: random.Random) -> None:
        rows = [{"full_name": f"F {next(self.numbers)}", "sort_key": "f", "name_folded": " f"} for _ in range(3)]
        common = {
            "zone_id": chance.choice(self.zones), "created_at": NOW, "language": "vi", "without_smartphone": False,
            "holds_still": False, "refuses_faces": False, "phone": "", "document_number": "",
        }  # fmt: skip
        with self.database.write() as session:
            insert_rows(session, Resident, rows, common)

    def move(self, chance: random.Random) -> None:
        with self.database.write() as session:
            if (one := self._someone(session, chance)) is not None:
                one.zone_id, one.full_name = chance.choice(self.zones), f"M {next(self.numbers)}"

    def delete(self, chance: random.Random) -> None:
        with self.database.write() as session:
            if (one := self._someone(session, chance)) is not None:
                one.deleted_at = NOW

    def order(self, chance: random.Random) -> None:
        with self.database.write() as session:
            if (one := self._someone(session, chance)) is not None:
                ends = NOW + timedelta(days=chance.randrange(-3, 9))
                given = {
                    "resident_id": one.id,
                    "zone_id": one.zone_id,
                    "ends_at": ends,
                    "state": chance.choice(list(OrderState)),
                    "ended_at": chance.choice((None, NOW + timedelta(days=chance.randrange(-5, 9)))),
                }
                session.add(QuarantineOrder(**WITH_ORDER, **given))

    def order_everybody(self, chance: random.Random) -> None:
        values = {
            "resident_id": Resident.id, "zone_id": Resident.zone_id, "state": literal(OrderState.ACTIVE.value),
            "ends_at": literal(NOW + timedelta(days=1), QuarantineOrder.ends_at.type),
            "starts_at": literal(NOW, QuarantineOrder.starts_at.type), "authority": literal("A"), "reason": literal("r"),
        }  # fmt: skip
        chosen = select(*values.values()).where(Resident.id % 3 == chance.randrange(3))
        with self.database.write() as session:
            session.execute(insert(QuarantineOrder).from_select(list(values), chosen, include_defaults=False))

    def change_orders(self, chance: random.Random) -> None:
        state, ends = chance.choice(list(OrderState)), NOW + timedelta(days=chance.randrange(-3, 9))
        ended = chance.choice((None, NOW + timedelta(days=chance.randrange(-5, 9))))
        mine = update(QuarantineOrder).where(QuarantineOrder.id % 3 == chance.randrange(3))
        with self.database.write() as session:
            session.execute(mine.values(state=state, ends_at=ends, ended_at=ended))

    def take_orders_back(self, chance: random.Random) -> None:
        with self.database.write() as session:
            session.execute(delete(QuarantineOrder).where(QuarantineOrder.id % 4 == chance.randrange(4)))

    def answer(self, chance: random.Random) -> None:
        with self.database.write() as session:
            at = NOW - timedelta(hours=chance.randrange(50), seconds=next(self.numbers))  # of one plan each at its own time
            roll_call = RollCall(
                plan_id=self.plan, zone_id=self.zones[0], opens_at=at, closes_at=at, state=RollCallState.CLOSED
            )
            session.add(roll_call)
            one = self._someone(session, chance)
            session.flush()
            if one is not None:
                check_in = CheckIn(
                    roll_call_id=roll_call.id, resident_id=one.id, zone_id=one.zone_id, opened_at=at, state_since=at, nonce="-"
                )
                session.add(check_in)
                session.flush()
                session.add(Answer(check_in_id=check_in.id, resident_id=one.id, zone_id=one.zone_id, received_at=at))

    def take_answers_back(self, chance: random.Random) -> None:
        with self.database.write() as session:
            session.execute(delete(Answer).where(Answer.id % 4 == chance.randrange(4)))

    def break_off(self, chance: random.Random) -> None:
        with suppress(ZeroDivisionError), self.database.write() as session:
            session.execute(update(QuarantineOrder).values(state=OrderState.LEFT))
            raise ZeroDivisionError

    def _someone(self, session: Session, chance: random.Random) -> Resident | None:
        people = session.scalars(select(Resident).where(Resident.deleted_at.is_(None)).order_by(Resident.id)).all()
        return chance.choice(people) if people else None


WRITERS = (
    World.come, World.come_in_a_file, World.move, World.delete, World.order, World.order_everybody, World.change_orders,
    World.take_orders_back, World.answer, World.take_answers_back, World.break_off,
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(WRITERS), min_size=4, max_size=16), seed=st.integers(0, 999))
def test_the_index_says_what_the_tables_say_after_every_writer(both_databases: Database, steps: list[Any], seed: int) -> None:
    world, chance = World(both_databases), random.Random(seed)
    world.come_in_a_file(chance)
    for step in (World.order, World.answer, *steps):
        step(world, chance)
        _kept(both_databases)


def test_it_is_made_anew_of_what_is_there_and_only_where_something_is_missing(both_databases: Database) -> None:
    world, chance = World(both_databases), random.Random(4)
    for _again in range(3):
        for step in WRITERS:
            step(world, chance)
    with both_databases.engine.execution_options(write=True).begin() as connection:
        connection.execute(delete(LISTED))
        make_people_index(connection)
        assert connection.scalar(select(func.count()).select_from(LISTED)) == 0, "nothing was missing"
        drop_people_index(connection)
        make_people_index(connection)
    _kept(both_databases)


@pytest.mark.postgresql
def test_two_who_write_about_one_person_at_once_leave_what_both_wrote(postgresql: Database) -> None:
    world, chance = World(postgresql), random.Random(5)
    world.come(chance)
    for _again in range(6):
        world.order(chance)
    both = Barrier(2)

    def change(which: int) -> None:
        with postgresql.write() as session:
            chosen = update(QuarantineOrder).where(QuarantineOrder.id % 2 == which)
            session.execute(chosen.values(state=OrderState.RELEASED, ends_at=NOW + timedelta(days=30 + which)))
            both.wait(10)

    threads = [Thread(target=change, args=(which,)) for which in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    _kept(postgresql)
