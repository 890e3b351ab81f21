"""What is tallied is what one would count, whoever writes, on both databases; folding changes no sum."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.tallies import OF_MESSAGES, OF_PRESENCE, OF_ROUNDS, drop_tallies, fold, make_tallies
from monitor.models.people.residents import OrderState, Presence, PresenceState, QuarantineOrder, Resident
from monitor.models.places import Zone, ZoneKind
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from rollcall.rounds.opening import open_due_rounds

NOW = datetime(2026, 11, 30, 2, 40, tzinfo=UTC)
PEOPLE = 12


@pytest.fixture
def database(both_databases: Database) -> Database:
    """Two zones, people under an order, and a round that is open."""
    with both_databases.write() as session:
        zones = [Zone(name=name, kind=ZoneKind.FACILITY) for name in ("Khu A", "Khu B")]
        session.add_all(zones)
        session.flush()
        for zone in zones:
            session.add(
                Plan(
                    zone_id=zone.id,
                    name="Sáng",
                    kind=PlanKind.TIMES,
                    times=["08:00"],
                    next_round_at=NOW,
                    quiet_from="00:00",
                    quiet_to="00:00",
                )
            )
        people = [
            Resident(zone_id=zones[number % 2].id, full_name=f"Người {number}", phone=f"+8490000{number:04d}", created_at=NOW)
            for number in range(PEOPLE)
        ]
        session.add_all(people)
        session.flush()
        dates = {
            "starts_at": NOW - timedelta(days=1),
            "ends_at": NOW + timedelta(days=3),
            "authority": "Sở Y tế",
            "reason": "F1",
        }
        session.execute(
            insert(QuarantineOrder),
            [{"resident_id": each.id, "zone_id": each.zone_id, "state": OrderState.ACTIVE, **dates} for each in people],
        )
    open_due_rounds(both_databases, NOW)
    return both_databases


def tallied(session: Session, table: Any, amount: str = "people") -> Counter[tuple[Any, ...]]:
    keys = [each for each in table.c if each.name != "folded" and not each.info.get("sum")]
    rows = session.execute(select(*keys, func.sum(table.c[amount])).group_by(*keys))
    return Counter({tuple(row[:-1]): row[-1] for row in rows if row[-1]})


def check_ins(session: Session) -> Counter[tuple[Any, ...]]:
    return Counter((each.roll_call_id, each.state.value) for each in session.scalars(select(CheckIn)))


def believed(session: Session) -> Counter[tuple[Any, ...]]:
    rows = session.execute(
        select(Resident.zone_id, Presence.state)
        .outerjoin(Presence, Presence.resident_id == Resident.id)
        .where(
            Resident.deleted_at.is_(None),
            select(QuarantineOrder.id)
            .where(QuarantineOrder.resident_id == Resident.id, QuarantineOrder.state == OrderState.ACTIVE)
            .exists(),
        )
    )
    return Counter((zone, state.value if state else "unknown") for zone, state in rows)


def messages(session: Session) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for each, plan in session.execute(
        select(Prompt, RollCall.plan_id)
        .join(CheckIn, CheckIn.id == Prompt.check_in_id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
    ):
        left = each.sent_at or (each.handed_at if each.state in (PromptState.QUEUED, PromptState.UNCERTAIN) else None)
        hour = (left or each.created_at).replace(minute=0, second=0, microsecond=0)
        found[each.zone_id, hour, plan if left else 0, each.channel, each.state.value] += each.cost or 0
    return found


def as_counted(database: Database) -> None:
    for folding in (False, True):
        with database.write() as session:
            if folding:
                fold(session)
        with database.read() as session:
            assert tallied(session, OF_ROUNDS) == check_ins(session)
            assert tallied(session, OF_PRESENCE) == believed(session)
            assert tallied(session, OF_MESSAGES, "cost") == +messages(session)
            assert sum(tallied(session, OF_MESSAGES, "messages").values()) == session.scalar(
                select(func.count()).select_from(Prompt)
            )


def test_tallies_follow_whoever_writes(database: Database) -> None:
    as_counted(database)
    with database.write() as session:
        people = list(session.scalars(select(Resident).order_by(Resident.id)))
        states = (PresenceState.PRESENT, PresenceState.ABSENT, PresenceState.NOT_SEEN)
        session.add_all(
            Presence(resident_id=each.id, zone_id=each.zone_id, state=states[number % 3], since=NOW, reason={})
            for number, each in enumerate(people[:9])
        )
        session.execute(update(CheckIn).where(CheckIn.resident_id < people[4].id).values(state=CheckInState.VERIFIED))
        sent = {"state": PromptState.SENT, "sent_at": NOW + timedelta(hours=1), "cost": 350, "parts": 2}
        session.execute(update(Prompt).where(Prompt.resident_id < people[6].id).values(sent))
    as_counted(database)
    with database.write() as session:
        people = list(session.scalars(select(Resident).order_by(Resident.id)))
        people[0].zone_id = people[1].zone_id
        people[2].deleted_at = NOW
        session.execute(update(Presence).where(Presence.resident_id == people[3].id).values(state=PresenceState.PRESENT))
        session.execute(delete(Presence).where(Presence.resident_id == people[4].id))
        released = update(QuarantineOrder).where(QuarantineOrder.resident_id == people[5].id)
        session.execute(released.values(state=OrderState.RELEASED, ended_at=NOW))
        session.execute(update(Prompt).where(Prompt.resident_id == people[0].id).values(state=PromptState.DELIVERED))
        session.execute(update(Prompt).where(Prompt.resident_id == people[7].id).values(handed_at=NOW - timedelta(hours=3)))
        session.execute(delete(Prompt).where(Prompt.resident_id == people[8].id))
    as_counted(database)


def test_what_was_lost_is_counted_anew(database: Database) -> None:
    with database.write() as session:
        drop_tallies(session.connection())
        session.execute(update(CheckIn).values(state=CheckInState.VERIFIED))
        make_tallies(session.connection())
    as_counted(database)
