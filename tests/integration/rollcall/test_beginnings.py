"""An order's beginning is corrected: within bounds, with history, and what follows for roll-calls and tests; both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from monitor.database.database import Database
from monitor.laboratory.states import counted_anew
from monitor.laboratory.steps import plan, plan_zone
from monitor.letters.cases import case_of
from monitor.models.people.laboratory import LaboratoryTest, LabTestKind, LabTestState
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.people.order_deeds import Deed, Term, check_new_start
from monitor.people.order_words import said
from monitor.problems import BadInput, Conflict, Problem
from rollcall.orders.orders import Asked, act
from tests.worlds.small_zone import NOW
from tests.worlds.two_zones import DAY, WHY, TwoZones

TERM = Term(OrderState.ACTIVE, NOW - 2 * DAY, NOW + 12 * DAY)


@pytest.fixture
def zones(both_databases: Database) -> TwoZones:
    return TwoZones(both_databases)


@pytest.mark.parametrize(
    ("term", "starts", "ended", "others", "wrong"),
    [
        (TERM, NOW - 2 * DAY, None, [], "already"),
        (TERM, NOW + 12 * DAY, None, [], "end before it begins"),
        (TERM, NOW + 13 * DAY, None, [], "end before it begins"),
        (TERM, NOW - 400 * DAY, None, [], "more than a year"),
        (TERM, NOW, NOW - DAY, [], "was over by then"),
        (TERM, NOW - 9 * DAY, None, [Term(OrderState.ACTIVE, NOW - 20 * DAY, NOW - 5 * DAY)], "Another order"),
        (TERM, NOW - 9 * DAY, None, [Term(OrderState.RELEASED, NOW - 20 * DAY, NOW - 5 * DAY)], ""),
        (TERM, NOW + DAY, None, [], ""),
    ],
)
def test_a_beginning_is_bound_by_the_end_and_by_other_orders(
    term: Term, starts: datetime, ended: datetime | None, others: list[Term], wrong: str
) -> None:
    if not wrong:
        assert check_new_start(term, starts, ended, others) == starts
        return
    with pytest.raises(Problem, match=wrong) as refused:
        check_new_start(term, starts, ended, others)
    assert isinstance(refused.value, Conflict) or (isinstance(refused.value, BadInput) and refused.value.field == "starts_at")


@pytest.mark.parametrize(
    ("due", "first", "right", "counted"),
    [(10, 3, 5, 12), (10, 5, 3, 8), (7, 5, 1, 6), (4, 3, 2, 4), (4, 3, 9, 10)],
)
def test_a_counted_day_follows_and_is_never_before_today_unless_it_was(due: int, first: int, right: int, counted: int) -> None:
    def day(number: int) -> date:
        return date(2026, 11, number)

    assert counted_anew(day(due), day(first), day(right), day(6)) == day(counted)


def start(zones: TwoZones, starts_at: datetime, seen: int | None = None) -> None:
    order = zones.order(zones.an).id
    zones.do(lambda session: act(session, order, Asked(Deed.START, WHY, seen=seen, starts_at=starts_at), zones.account, NOW))


def test_history_and_letters_say_it_and_a_version_that_was_not_seen_is_not_written_over(zones: TwoZones) -> None:
    began = zones.order(zones.an).starts_at
    with pytest.raises(Conflict):
        start(zones, began - DAY, seen=9)
    start(zones, began - DAY, seen=1)
    changed = zones.changes(zones.an)[-1]
    assert (changed.before["starts_at"], changed.reason) == (began.isoformat(), WHY)
    sentences = [str(each) for each in said(changed.before, changed.after, "UTC")]
    assert len(sentences) == 1
    assert "Beginning corrected" in sentences[0]
    with zones.database.read() as session:
        order = session.get_one(QuarantineOrder, zones.order(zones.an).id)
        term = case_of(session, order, session.get_one(Resident, zones.an)).term_moved
    assert term is not None
    assert (term.starts, term.ends) == ((began, began - DAY), (order.ends_at, order.ends_at))


def test_nobody_is_asked_before_the_right_beginning_and_what_was_missed_is_excused(zones: TwoZones) -> None:
    with zones.database.write() as session:
        plan = Plan(zone_id=zones.here, name="Sáng", kind=PlanKind.TIMES, times=["08:00"], next_round_at=NOW + DAY)
        session.add(plan)
        session.flush()
        wanted = [
            (zones.an, CheckInState.MISSED, -3),
            (zones.an, CheckInState.PROMPTED, 0),
            (zones.binh, CheckInState.MISSED, -4),
            (zones.an, CheckInState.ACCEPTED, -6),
        ]
        rows = []
        for resident, state, hours in wanted:
            opened = NOW + timedelta(hours=hours)
            roll_call = RollCall(plan_id=plan.id, zone_id=zones.here, opens_at=opened, closes_at=opened + DAY)
            session.add(roll_call)
            session.flush()
            row = CheckIn(
                roll_call_id=roll_call.id,
                resident_id=resident,
                zone_id=zones.here,
                state=state,
                opened_at=opened,
                due_at=opened + DAY if state is CheckInState.PROMPTED else None,
                nonce="n" * 32,
                state_since=opened,
            )
            rows.append(row)
        session.add_all(rows)
    start(zones, NOW + DAY)
    with zones.database.read() as session:
        states = [session.get_one(CheckIn, each.id).state for each in rows]
    assert states == [CheckInState.EXCUSED, CheckInState.EXCUSED, CheckInState.MISSED, CheckInState.ACCEPTED]


def test_tests_counted_from_the_first_day_follow_and_others_stay(zones: TwoZones) -> None:
    first = zones.order(zones.an).starts_at.astimezone(UTC).date()
    with zones.database.write() as session:
        zone = session.get_one(Zone, zones.here)
        zone.timezone = "UTC"
        plan_zone(session, zone, LabTestKind.PCR, "7 9 11", "", zones.account, NOW)
        resident = session.get_one(Resident, zones.an)
        plan(session, [(resident, [NOW.date() + 5 * DAY])], LabTestKind.ANTIGEN, "", zones.account, NOW)

    def due() -> list[tuple[LabTestKind, int]]:
        with zones.database.read() as session:
            tests = select(LaboratoryTest).where(
                LaboratoryTest.resident_id == zones.an, LaboratoryTest.state == LabTestState.DUE
            )
            found = session.scalars(tests.order_by(LaboratoryTest.kind, LaboratoryTest.due_on))
            return [(each.kind, (each.due_on - first).days) for each in found]

    before = due()
    start(zones, zones.order(zones.an).starts_at + timedelta(days=2))
    counted = [(kind, days) for kind, days in before if kind is LabTestKind.PCR]
    assert len(counted) == 3
    assert due() == [(kind, days + 2 if kind is LabTestKind.PCR else days) for kind, days in before]
