"""How long the list of everybody takes: searched as one types, under each filter, first and deep pages, with all that a line shows."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from statistics import quantiles

from sqlalchemy import case, func, insert, literal, select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.enrolment.files import written_people
from monitor.folding import folded
from monitor.incidents.triage import Risk
from monitor.models.people.residents import FStatus, Presence, PresenceState, Resident
from monitor.models.places import Room
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall, RollCallState
from monitor.register.criteria import Criteria, Order, Standing
from monitor.register.export import rows_of
from monitor.register.listing import page_of
from monitor.sheets import FileKind

SEARCHES, REPEATED, DEEP = 60, 20, 3


def add_a_round(database: Database, now: datetime) -> None:
    """What the lists show besides: a round that nineteen in twenty answered, and what is believed of nine in ten."""
    with database.write() as session:
        zone = session.scalars(select(Resident.zone_id).limit(1)).one()
        plan = Plan(zone_id=zone, name="bench", kind=PlanKind.TIMES, times=["08:00"], channels=[["sms", 3]])
        session.add(plan)
        session.flush()
        opened = now - timedelta(hours=3)
        roll_call = RollCall(
            plan_id=plan.id, zone_id=zone, opens_at=opened, closes_at=opened + timedelta(minutes=20), state=RollCallState.CLOSED
        )
        session.add(roll_call)
        session.flush()
        _fill(session, roll_call.id, opened, now)
    database.take_stock()


def _fill(session: Session, roll_call: int, opened: datetime, now: datetime) -> None:
    at = literal(opened, CheckIn.opened_at.type)
    answered = Resident.id % 20 != 3
    check_in = {
        "roll_call_id": literal(roll_call),
        "resident_id": Resident.id,
        "zone_id": Resident.zone_id,
        "state": case((answered, CheckInState.VERIFIED.value), else_=CheckInState.MISSED.value),
        "opened_at": at,
        "step": literal(0),
        "nonce": literal("-"),
        "reasons": literal([], CheckIn.reasons.type),
        "state_since": at,
    }
    session.execute(insert(CheckIn).from_select(list(check_in), select(*check_in.values()), include_defaults=False))
    answer = {
        "check_in_id": CheckIn.id,
        "resident_id": CheckIn.resident_id,
        "zone_id": CheckIn.zone_id,
        "received_at": at,
        "taken_at": at,
        "channel": literal("web"),
        "unwell": literal(False),
        "late": literal(False),
        "in_window": literal(True),
        "symptoms": literal([], Answer.symptoms.type),
        "help_wanted": literal([], Answer.help_wanted.type),
        "note": literal(""),
        "place_reasons": literal([], Answer.place_reasons.type),
        "place_doubtful": literal(False),
    }
    given = select(*answer.values()).where(CheckIn.state == CheckInState.VERIFIED)
    session.execute(insert(Answer).from_select(list(answer), given, include_defaults=False))
    presence = {
        "resident_id": Resident.id,
        "zone_id": Resident.zone_id,
        "state": case(
            (Resident.id % 50 == 0, PresenceState.ABSENT.value),
            (Resident.id % 9 == 0, PresenceState.UNKNOWN.value),
            else_=PresenceState.PRESENT.value,
        ),
        "since": literal(now, Presence.since.type),
        "reason": literal({}, Presence.reason.type),
        "confidence": literal(1.0),
    }
    believed = select(*presence.values()).where(Resident.id % 10 != 7)
    session.execute(insert(Presence).from_select(list(presence), believed, include_defaults=False))


def measure_lists(database: Database, now: datetime, seed: int = 4711) -> dict[str, float | str]:
    """`search_p95_ms` over all that is typed, and `list_p95_ms` of the filter that takes longest, with its name."""
    chance = random.Random(seed)  # noqa: S311 - which people are looked for
    with database.read() as session:
        newest = session.scalar(select(func.max(Resident.id))) or 1
        numbers = sorted(chance.randrange(1, newest + 1) for _each in range(SEARCHES))
        # Those of the import were taken out again.
        people = session.scalars(select(Resident).where(Resident.id.in_(numbers), Resident.deleted_at.is_(None))).all()
        rooms = session.scalars(select(Room.name).order_by(Room.id).limit(50)).all()
        typed = [text for person in people for text in _as_typed(person, chance)] + chance.sample(list(rooms), 10)
    searched = [_once(database, Criteria(typed=text, standing=Standing.ALL), now) for text in typed]
    by_filter = {
        # Between values that were measured: where there is one page only, the other way guesses beyond the longest.
        name: quantiles(
            [each for _again in range(REPEATED) for each in _pages(database, criteria, now)], n=20, method="inclusive"
        )[-1]
        for name, criteria in filters(people[0].zone_id, people[0].unit_code or "").items()
    }
    worst = max(by_filter, key=lambda name: by_filter[name])
    return {
        "search_p95_ms": round(quantiles(searched, n=20)[-1], 1),
        "search_median_ms": round(quantiles(searched, n=2)[0], 1),
        "list_p95_ms": round(by_filter[worst], 1),
        "worst_filter": worst,
    }


def measure_exports(database: Database, people: int, now: datetime, most: int = 100_000) -> dict[str, float | str]:
    """Seconds that a file of so many people takes with all their numbers, of each kind; scaled up where there are fewer people."""
    figures: dict[str, float | str] = {}
    for kind in FileKind:
        with database.read() as session:
            rows = rows_of(session, Criteria(standing=Standing.ALL), None, now, "vi", numbers=True)
            begun = time.perf_counter()
            size = sum(map(len, written_people(islice(rows, most), kind, "vi")))
            seconds = time.perf_counter() - begun
        figures[f"export_{kind.value}_100000_s"] = round(seconds * 100_000 / min(most, people), 1)
        figures[f"export_{kind.value}_mb"] = round(size / 2**20, 1)
    return figures


def filters(zone: int, unit: str) -> dict[str, Criteria]:
    """Each filter alone, each order, and some that are used together."""
    return {
        "nobody left out": Criteria(standing=Standing.ALL),
        "here": Criteria(),
        "by number": Criteria(order=Order.NEWEST),
        "by the end of the order": Criteria(standing=Standing.IN_FORCE, order=Order.ENDS),
        **{each.value: Criteria(standing=each) for each in Standing},
        **{each.value: Criteria(presence=each) for each in PresenceState},
        **{each.value: Criteria(f_status=each) for each in FStatus},
        **{each.value: Criteria(risk=each) for each in Risk},
        "zone": Criteria(zone=zone),
        "unit": Criteria(unit=unit),
        "unanswered": Criteria(unanswered_hours=24),
        "ends soon": Criteria(ends_days=1),
        "very old": Criteria(age_from=95),
        "children": Criteria(age_to=10),
        "old, F1, absent": Criteria(age_from=65, f_status=FStatus.F1, presence=PresenceState.ABSENT),
        "pregnant, unanswered, ends soon": Criteria(risk=Risk.PREGNANT, unanswered_hours=24, ends_days=2),
        "a name, F0, unanswered": Criteria(typed="nguyen thi", f_status=FStatus.F0, unanswered_hours=24),
    }


def _as_typed(person: Resident, chance: random.Random) -> Iterator[str]:
    """What someone types who looks for them: beginnings, words in another order, with accents or without, numbers."""
    name = person.full_name
    plain = folded(name).strip()
    yield plain[: chance.randrange(1, 5)]
    yield plain[: chance.randrange(5, len(plain) + 1)]
    yield name
    words = plain.split()
    chance.shuffle(words)
    yield " ".join(words)
    yield " ".join(word[:2] for word in words)
    yield f"{words[0]} zz"
    if person.phone:
        yield person.phone.replace("+84", "0")
        yield person.phone[-4:]
    yield person.document_number


def _once(database: Database, criteria: Criteria, now: datetime, after: str = "") -> float:
    begun = time.perf_counter()
    with database.read() as session:
        page_of(session, criteria, None, now, after)
    return (time.perf_counter() - begun) * 1000


def _pages(database: Database, criteria: Criteria, now: datetime) -> Sequence[float]:
    """Milliseconds of the first pages, one after the other."""
    took, after = [], ""
    for _page in range(DEEP):
        begun = time.perf_counter()
        with database.read() as session:
            page = page_of(session, criteria, None, now, after)
        took.append((time.perf_counter() - begun) * 1000)
        after = page.following
        if not after:
            break
    return took
