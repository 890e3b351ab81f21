"""A province as the console meets it after days of work: rounds, messages, incidents, cameras and the trail, in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, case, func, insert, literal, null, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from monitor.benchmarks.province_people import Province, build_province
from monitor.database.database import Database
from monitor.database.people_index import drop_people_index, make_people_index
from monitor.database.tallies import drop_triggers, make_tallies
from monitor.models.accounts import AuditEntry
from monitor.models.people.residents import Media, MediaKind, Presence, PresenceState, QuarantineOrder, Resident
from monitor.models.rollcalls.answers import Answer, Verification, VerificationState
from monitor.models.rollcalls.plans import EvidenceLevel, Plan, PlanKind
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.quiet import QuietFloor
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState, RollCall, RollCallState
from monitor.people.orders import quarantined
from monitor.trail.actions import Action
from monitor.words import words
from web.benchmarks.cases import add_cases
from web.benchmarks.reporters import add_reporters
from web.benchmarks.reports import add_documents, add_reports

ZONES, LARGEST = 300, 5000
"""Of a whole province; of a smaller one in proportion."""
WHOLE = 300_000
# A person is asked so often, and so many of these rounds still have their answers and messages, and their steps.
ROUNDS, WITH_MESSAGES, WITH_STEPS = 11, 4, 2
EVERY, WINDOW = timedelta(hours=8), timedelta(minutes=50)
_SEEN = "Seen by a camera in %(room)s at %(time)s."
_UNKNOWN = "Nothing is known yet."


def fill(database: Database, residents: int, now: datetime, *, rounds: int = ROUNDS, reports: bool = True) -> Province:
    """Fill an empty, migrated database; 300,000 people and their 3,000,000 check-ins take a few minutes. The first zone is the largest."""
    province = build_province(database, residents, now, sizes=zone_sizes(residents))
    with database.write() as session:
        # They follow when all is there: at each of a million rows they would be the slowest part.
        drop_triggers(session.connection())
        _trust(session)
        drop_people_index(session.connection())
        session.add(QuietFloor(quiet_from="00:00", quiet_to="00:00", since=now, made_by=None, reason="benchmark"))
        _plans(session, province.zones, now)
        for number in reversed(range(rounds)):
            _round(session, now, number)
        _presence(session, now)
        _trail(session)
        add_cases(session, residents / WHOLE, now)
        make_people_index(session.connection())
        make_tallies(session.connection())
    database.take_stock()
    if reports:
        add_reports(database, now)
        add_documents(database, province.zones[0], now)
        add_reporters(database, now, share=min(1.0, residents / WHOLE))
    return province


def _trust(session: Session) -> None:
    """On PostgreSQL, where the account may, look up no reference of a row: all rows are ours, and the looking takes most of the time."""
    if session.get_bind().dialect.name == "postgresql":
        with suppress(DBAPIError), session.begin_nested():
            session.execute(text("SET LOCAL session_replication_role = replica"))


def zone_sizes(residents: int) -> list[int]:
    """How many people each zone has: one is five times as large as the others, which share the rest evenly."""
    largest = min(LARGEST, -(-residents // 4))
    others = max(1, min(ZONES, residents * ZONES // WHOLE) - 1)
    each, more = divmod(residents - largest, others)
    return [largest, *(each + (number < more) for number in range(others))]


def _plans(session: Session, zones: tuple[int, ...], now: datetime) -> None:
    plan = {
        "name": "Điểm danh",
        "kind": PlanKind.EVERY,
        "every_minutes": EVERY.total_seconds() / 60,
        "quiet_from": "00:00",
        "quiet_to": "00:00",
        "evidence": EvidenceLevel.FACE,
        "next_round_at": now + timedelta(days=1),
    }
    session.execute(insert(Plan), [{"zone_id": zone, **plan} for zone in zones])


def _put(session: Session, table: type[Any], values: Mapping[str, Any], rows: Select[Any]) -> None:
    """INSERT … SELECT. values: expressions, or plain values of the column."""
    columns = table.__table__.c
    said = {
        name: value if isinstance(value, SQLColumnExpression) else literal(value, columns[name].type)
        for name, value in values.items()
    }
    chosen = rows.with_only_columns(*said.values(), maintain_column_froms=True)
    session.execute(insert(table).from_select(list(said), chosen, include_defaults=False))


def _round(session: Session, now: datetime, number: int) -> None:
    """A round of each zone, closed since. number: how many came after it."""
    opened = now - EVERY / 2 - EVERY * number
    closes = opened + WINDOW
    session.execute(
        insert(RollCall),
        [
            {
                "plan_id": plan,
                "zone_id": zone,
                "opens_at": opened,
                "closes_at": closes,
                "state": RollCallState.CLOSED,
                "closed_at": closes,
            }
            for plan, zone in session.execute(select(Plan.id, Plan.zone_id))
        ],
    )
    # Each person once in a while does not answer; never the same people at once.
    chance = (Resident.id * 37 + number * 61) % 100
    state = case(
        # Of the newest round a few wait for a supervisor's decision.
        ((Resident.id % 900 == 7) & literal(number == 0), CheckInState.IN_REVIEW.value),
        (chance < 93, CheckInState.VERIFIED.value),
        (chance < 94, CheckInState.ACCEPTED.value),
        (chance < 97, CheckInState.MISSED.value),
        (chance < 98, CheckInState.UNREACHED.value),
        (chance < 99, CheckInState.EXCUSED.value),
        else_=CheckInState.ACCEPTED.value,
    )
    check_in = {
        "roll_call_id": RollCall.id,
        "resident_id": Resident.id,
        "zone_id": Resident.zone_id,
        "state": state,
        "opened_at": opened,
        "step": 0,
        "nonce": "-",
        "reasons": [],
        "state_since": closes,
    }
    asked = select(Resident).join(RollCall, (RollCall.zone_id == Resident.zone_id) & (RollCall.opens_at == opened))
    _put(session, CheckIn, check_in, asked.where(quarantined(now)).order_by(Resident.id))
    of_round = select(CheckIn).where(CheckIn.opened_at == opened)
    if number < WITH_MESSAGES:
        _messages(session, of_round, opened)
        _answers(session, of_round, opened)
    if number < WITH_STEPS:
        step = {"check_in_id": CheckIn.id, "reasons": [], "correction": False}
        _put(session, CheckInChange, step | {"at": opened, "state": CheckInState.PROMPTED.value}, of_round)
        _put(session, CheckInChange, step | {"at": closes, "state": CheckIn.state}, of_round)
    if number == 0:
        _judged(session, of_round, opened)


def _messages(session: Session, of_round: Select[Any], opened: datetime) -> None:
    arrived = CheckIn.state != CheckInState.UNREACHED
    sent, delivered = opened + timedelta(seconds=20), opened + timedelta(seconds=40)
    prompt = {
        "check_in_id": CheckIn.id,
        "resident_id": CheckIn.resident_id,
        "zone_id": CheckIn.zone_id,
        "kind": PromptKind.FIRST.value,
        "channel": "sms",
        "state": case((arrived, PromptState.DELIVERED.value), else_=PromptState.FAILED.value),
        "reference": func.concat("bench-", CheckIn.id),
        "created_at": opened,
        "attempts": 1,
        "sent_at": sent,
        "delivered_at": case((arrived, literal(delivered, Prompt.delivered_at.type)), else_=null()),
        "handed_at": sent,
        "parts": 1,
        "cost": 350,
        "emergency_id": 0,
        "address": "",
    }
    _put(session, Prompt, prompt, of_round)


def _answers(session: Session, of_round: Select[Any], opened: datetime) -> None:
    at = opened + timedelta(minutes=9)
    answer = {
        "check_in_id": CheckIn.id,
        "resident_id": CheckIn.resident_id,
        "zone_id": CheckIn.zone_id,
        "received_at": at,
        "taken_at": at,
        "channel": "web",
        "unwell": CheckIn.resident_id % 97 == 0,
        "symptoms": [],
        "help_wanted": [],
        "note": "",
        "late": False,
        "in_window": True,
        "place_reasons": [],
        "place_doubtful": False,
        "temperature": case((CheckIn.resident_id % 5 == 0, 36.8), else_=null()),
    }
    answered = (CheckInState.VERIFIED, CheckInState.ACCEPTED, CheckInState.IN_REVIEW)
    _put(session, Answer, answer, of_round.where(CheckIn.state.in_(answered)))


def _judged(session: Session, of_round: Select[Any], opened: datetime) -> None:
    """Photos and how they were judged, of one round; each person's enrolled photo."""
    at = opened + timedelta(minutes=9)
    photo = {
        "zone_id": CheckIn.zone_id,
        "resident_id": CheckIn.resident_id,
        "kind": MediaKind.SELFIE.value,
        "name": func.concat("bench-", CheckIn.id),
        "owner": func.concat("resident-", CheckIn.resident_id),
        "content_type": "image/jpeg",
        "taken_at": at,
    }
    answered = of_round.join(Answer, Answer.check_in_id == CheckIn.id)
    _put(session, Media, photo, answered)
    taken = select(Media.id).where(Media.name == func.concat("bench-", Answer.check_in_id)).scalar_subquery()
    session.execute(
        update(Answer).where(Answer.received_at == at).values(media_id=taken).execution_options(synchronize_session=False)
    )
    verification = {
        "answer_id": Answer.id,
        "check_in_id": CheckIn.id,
        "resident_id": CheckIn.resident_id,
        "zone_id": CheckIn.zone_id,
        "state": VerificationState.DONE.value,
        "attempts": 1,
        "engine": "sface",
        "similarity": case((CheckIn.state == CheckInState.IN_REVIEW, 0.33), else_=0.71),
        "second_engine": "",
        "faces": 1,
        "verdict": CheckIn.state,
        "reasons": [],
        "judged_at": at + timedelta(seconds=4),
    }
    _put(session, Verification, verification, answered)
    enrolled = {"kind": MediaKind.ENROLMENT.value, "name": func.concat("bench-enrolled-", Resident.id)}
    whose = {"zone_id": Resident.zone_id, "resident_id": Resident.id, "owner": func.concat("resident-", Resident.id)}
    _put(session, Media, {**whose, **enrolled, "content_type": "image/jpeg", "taken_at": opened}, select(Resident))


def _presence(session: Session, now: datetime) -> None:
    chance = Resident.id % 50
    seen = words(_SEEN, room="101", time="14:05").dump()
    kind = Presence.reason.type
    presence = {
        "resident_id": Resident.id,
        "zone_id": Resident.zone_id,
        "state": case(
            (chance < 40, PresenceState.PRESENT.value),
            (chance < 42, PresenceState.NOT_SEEN.value),
            (chance < 43, PresenceState.ABSENT.value),
            else_=PresenceState.UNKNOWN.value,
        ),
        "since": now - timedelta(hours=2),
        "reason": case((chance < 43, literal(seen, kind)), else_=literal(words(_UNKNOWN).dump(), kind)),
        "seen_at": now - timedelta(minutes=3),
        "confidence": 1.0,
    }
    in_force = select(QuarantineOrder.id).where(QuarantineOrder.resident_id == Resident.id).exists()
    _put(session, Presence, presence, select(Resident).where(in_force, quarantined(now)))


def _trail(session: Session) -> None:
    """As if the records of each had been opened; its hashes do not lead to one another, which no page looks at."""
    entry = {
        "at": CheckIn.opened_at,
        "action": Action.RECORD_OPENED.value,
        "zone_id": CheckIn.zone_id,
        "resident_id": CheckIn.resident_id,
        "details": {},
        "previous_hash": func.concat("bench-", CheckIn.id, "-"),
        "hash": func.concat("bench-", CheckIn.id),
    }
    _put(session, AuditEntry, entry, select(CheckIn).where(CheckIn.id % 10 == 0).order_by(CheckIn.id))
