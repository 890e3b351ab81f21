"""The last decision of the review queue, taken back within seconds: all that it changed is as it was before, or nothing is done.

What it changed is what was different after it: a picture of the person's incidents and roll-calls is taken before and after. A question
that it asked has not left by then, see `HELD_BACK`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, delete, null, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.incidents.cases import unresolved
from monitor.models.base import UtcDateTime
from monitor.models.incidents import ContactAttempt, Incident, IncidentNote
from monitor.models.rollcalls.answers import Review, ReviewDecision
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState
from monitor.problems import Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, Words, words
from rollcall.checkins.checkin import BY_PERSON
from rollcall.followup.claims import claim, require_free
from rollcall.orders.many_undo import MANY_TOO_LATE, TIME_FOR_MANY
from rollcall.rounds.taking_question_back import take_question_back

TIME_TO_UNDO = timedelta(seconds=30)
HELD_BACK = TIME_TO_UNDO + timedelta(seconds=2)
"""So long a message waits that a decision sets off: it leaves when nobody can take the decision back any more."""
KEPT = timedelta(hours=1)
"""What a decision changed is of no use afterwards."""
_COLUMNS: Mapping[type[Any], tuple[str, ...]] = {
    Incident: (
        "state", "cause_ended_at", "acknowledged_at", "acknowledged_by", "resolved_at", "resolved_by", "next_step", "next_step_until",
        "assigned_to",
    ),
    CheckIn: ("state", "state_since", "reasons", "evidence", "due_at", "step_at"),
}  # fmt: skip
_BY_NAME = {model.__tablename__: model for model in _COLUMNS}
Rows = dict[str, dict[str, dict[str, Any]]]
"""Tables by name, rows by their number as text, columns by name: as JSON holds it."""
_TOO_LATE = N_(
    "A decision can be taken back for %(seconds)s seconds; that time is over. What it changed can be set right on the person’s page."
)
_SINCE_THEN = N_("Someone has acted on this since, so your decision cannot be taken back. Look at it as it is now.")
_SENT = N_("The message has left already, so this cannot be taken back.")
_BEFORE = N_("A supervisor took a decision back within seconds; this is as it was before.")


def picture(session: Session, resident_id: int, also: Rows | None = None) -> Rows:
    """A person's unresolved incidents, and roll-calls that a person may decide on, as they are. also: and the rows of this one."""
    session.flush()
    open_states = (CheckInState.IN_REVIEW, *BY_PERSON)
    wanted = {Incident: unresolved(), CheckIn: CheckIn.state.in_(open_states)}
    found: Rows = {}
    for model, columns in _COLUMNS.items():
        known = [int(each) for each in (also or {}).get(model.__tablename__, ())]
        rows = session.execute(
            select(model.id, *(getattr(model, name) for name in columns)).where(
                model.resident_id == resident_id, or_(one_of(model.id, known), wanted[model]) if known else wanted[model]
            )
        )
        found[model.__tablename__] = {str(row[0]): dict(zip(columns, map(_as_json, row[1:]), strict=True)) for row in rows}
    return found


def difference(before: Rows, after: Rows) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Rows that are not as they were: what was, and what is, of the columns that differ."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for table, rows in before.items():
        for number, was in rows.items():
            now_is = after.get(table, {}).get(number, was)
            differing = [name for name in was if was[name] != now_is[name]]
            if differing:
                pair = [{name: was[name] for name in differing}, {name: now_is[name] for name in differing}]
                found.setdefault(table, {})[number] = pair
    return found


def why_not(at: datetime, undone_at: datetime | None, newest: bool, now: datetime) -> str | None:
    """Why a decision is not taken back, as a template; None: it may be. newest: nothing was decided after it by the same account."""
    if undone_at is not None or not newest:
        return _SINCE_THEN
    return _TOO_LATE if now - at > TIME_TO_UNDO else None


def last_decision(session: Session, account_id: int) -> ReviewDecision | None:
    """What somebody decided last."""
    return session.scalar(last_decided(account_id).limit(1))


def last_decided(account_id: int) -> Select[ReviewDecision]:
    """What somebody decided, the last first."""
    theirs = select(ReviewDecision).where(ReviewDecision.account_id == account_id)
    return theirs.order_by(ReviewDecision.at.desc(), ReviewDecision.id.desc())


def take_back(session: Session, decision_id: int, reader: Reader, *, now: datetime) -> ReviewDecision:
    """Make it as it was before a decision, in the caller's write transaction; the case is with whoever decided it.

    Raises NotFound for another's, Conflict when the time is over, somebody has acted on it since, or its message has left.
    """
    decision = session.get(ReviewDecision, decision_id)
    if decision is None or decision.account_id != reader.account_id:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    newest = last_decision(session, reader.account_id)
    refused = why_not(decision.at, decision.undone_at, newest is not None and newest.id == decision.id, now)
    if refused is not None or decision.changes is None:
        raise Conflict(refused or _TOO_LATE, **({"seconds": int(TIME_TO_UNDO.total_seconds())} if refused == _TOO_LATE else {}))
    if not claim(session, decision.resident_id, reader.account_id, now):
        raise Conflict(_SINCE_THEN)
    _undo(session, decision, decision.changes, reader, now)
    return decision


def take_batch_back(database: Database, batch: str, reader: Reader, now: datetime) -> tuple[int, list[tuple[int, Words]]]:
    """The same for what was decided for many at once, each by itself; returns how many, and (resident, reason) where it was not possible.

    Raises NotFound for another's, Conflict when the time is over.
    """
    with database.read() as session:
        mine = (
            ReviewDecision.batch == batch,
            ReviewDecision.account_id == reader.account_id,
            ReviewDecision.undone_at.is_(None),
        )
        rows = session.execute(select(ReviewDecision.id, ReviewDecision.resident_id, ReviewDecision.at).where(*mine)).all()
    if not rows:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    if now - max(row.at for row in rows) > TIME_FOR_MANY:
        raise Conflict(MANY_TOO_LATE, minutes=int(TIME_FOR_MANY.total_seconds() // 60))
    refused: list[tuple[int, Words]] = []
    for row in rows:
        try:
            with database.write() as session:
                decision = session.get_one(ReviewDecision, row.id)
                require_free(session, row.resident_id, reader.account_id, now)
                _undo(session, decision, decision.changes or {}, reader, now)
        except Conflict as problem:
            refused.append((row.resident_id, problem.words))
    return len(rows) - len(refused), refused


def _undo(session: Session, decision: ReviewDecision, changes: Mapping[str, Any], reader: Reader, now: datetime) -> None:
    mine = update(ReviewDecision).where(ReviewDecision.id == decision.id, ReviewDecision.undone_at.is_(None))
    if not changed(session, mine.values(undone_at=now)):
        raise Conflict(_SINCE_THEN)
    if decision.asked_id is not None and not take_question_back(session, decision.asked_id, reader.account_id, now):
        raise Conflict(_SENT)
    try:
        _put_back(session, decision, changes, now)
    except IntegrityError:
        # Something is asked anew about this person, in this instant or since.
        raise Conflict(_SINCE_THEN) from None
    audit.note(
        session,
        Action.DECISION_UNDONE,
        at=now,
        account_id=reader.account_id,
        zone_id=decision.zone_id,
        resident_id=decision.resident_id,
        incident_id=decision.incident_id,
        decision=decision.decision,
    )
    for topic in (Topic.INCIDENT, Topic.ROLL_CALL):
        announce(session, decision.zone_id, topic, now)


def _put_back(session: Session, decision: ReviewDecision, changes: Mapping[str, Any], now: datetime) -> None:
    for table, rows in changes.items():
        for number, (was, now_is) in rows.items():
            model = _BY_NAME[table]
            # Reasons are JSON, which PostgreSQL does not compare; a state never changes without its moment.
            still = [
                getattr(model, name).is_not_distinct_from(_read(model, name, now_is[name]))
                for name in now_is
                if name != "reasons"
            ]
            values = {name: _read(model, name, value) for name, value in was.items()}
            if not changed(session, update(model).where(model.id == int(number), *still).values(**values)):
                raise Conflict(_SINCE_THEN)
    by_me = {"account_id": decision.account_id, "at": decision.at}
    incidents = [int(each) for each in changes.get("incident", {})] or [decision.incident_id]
    check_ins = [int(each) for each in changes.get("check_in", {})]
    for model, column, ids in (
        (Review, Review.check_in_id, check_ins),
        (IncidentNote, IncidentNote.incident_id, incidents),
        (ContactAttempt, ContactAttempt.incident_id, incidents),
    ):
        session.execute(delete(model).where(one_of(column, ids)).filter_by(**by_me))
    for number in check_ins:
        state = changes["check_in"][str(number)][0]["state"]
        session.add(
            CheckInChange(
                check_in_id=number,
                at=now,
                state=CheckInState(state),
                reasons=[words(_BEFORE).dump()],
                account_id=decision.account_id,
                correction=True,
            )
        )
    session.flush()


def forget_changes(session: Session, now: datetime) -> None:
    """What can be taken back no more is kept as a decision, without what it changed."""
    over = (ReviewDecision.changes.is_not(None), ReviewDecision.at < now - KEPT, ReviewDecision.at > now - 24 * KEPT)
    changed(session, update(ReviewDecision).where(*over).values(changes=null()))


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _read(model: type[Any], name: str, value: Any) -> Any:
    of_time = isinstance(getattr(model, name).type, UtcDateTime)
    return datetime.fromisoformat(value) if of_time and value is not None else value
