"""Moves check-ins from one state to the next: by compare-and-set, with a row that says when and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from sqlalchemy import bindparam, case, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from monitor.changes import Topic, announce
from monitor.database.many_rows import one_of_given
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState
from rollcall.checkins.checkin import AWAITED, BY_CLOCK, BY_KEPT_ANSWER, BY_PERSON, NEXT, Step

Item = TypeVar("Item")
# Databases take some 32,000 values in one statement.
CHUNK = 5000
# How many a tick works on at once where that is of use: on PostgreSQL, which does most of the work.
CONNECTIONS = 2
_CHECK_INS, _CHANGES = (CheckIn.metadata.tables[each.__tablename__] for each in (CheckIn, CheckInChange))
_CHECK_IN, _CHANGE = _CHECK_INS.c, _CHANGES.c
_NOTING = insert(_CHANGES).from_select(
    ["check_in_id", "at", "state", "reasons", "account_id", "correction"],
    select(
        _CHECK_IN.id,
        bindparam("at", type_=_CHANGE.at.type),
        bindparam("new_state", type_=_CHANGE.state.type),
        bindparam("new_reasons", type_=_CHANGE.reasons.type),
        bindparam("by", type_=_CHANGE.account_id.type),
        bindparam("corrects", type_=_CHANGE.correction.type),
    ).where(one_of_given(_CHECK_IN.id, "ids")),
    include_defaults=False,
)


def take_step(
    session: Session,
    check_in_id: int,
    step: Step,
    *,
    now: datetime,
    frm: Collection[CheckInState] = tuple(CheckInState),
    due_before: datetime | None = None,
    account_id: int | None = None,
) -> bool:
    """Take a step in the caller's write transaction; returns whether it was ours to take.

    frm: narrows the states it may come from. due_before: only while the deadline is not later, so that a window which a late
    delivery has just moved is not closed.
    """
    return bool(take_steps(session, [check_in_id], step, now=now, frm=frm, due_before=due_before, account_id=account_id))


def set_right(session: Session, check_in_id: int, step: Step, *, now: datetime, account_id: int) -> bool:
    """Take a step that only a person may take, out of a state that is final for everything else; returns whether it was ours."""
    return _correct(session, check_in_id, step, BY_PERSON, now, account_id)


def set_right_by_answer(session: Session, check_in_id: int, step: Step, *, now: datetime) -> bool:
    """Take the step of an answer that was made in time and came late, out of `CLOSED`; returns whether it was ours to take."""
    return _correct(session, check_in_id, step, BY_KEPT_ANSWER, now, None)


def _correct(
    session: Session,
    check_in_id: int,
    step: Step,
    table: Mapping[CheckInState, frozenset[CheckInState]],
    now: datetime,
    account_id: int | None,
) -> bool:
    allowed = [state for state, following in table.items() if step.state in following]
    return bool(_take(session, [check_in_id], step, allowed, now=now, due_before=None, account_id=account_id, correction=True))


def set_right_by_clock(session: Session, check_in_ids: Sequence[int], step: Step, *, now: datetime) -> set[int]:
    """Take a step that only follows a clock that was wrong; returns those that were ours to take."""
    allowed = [state for state, following in BY_CLOCK.items() if step.state in following]
    return _take(session, check_in_ids, step, allowed, now=now, due_before=None, account_id=None)


def take_steps(
    session: Session,
    check_in_ids: Sequence[int],
    step: Step,
    *,
    now: datetime,
    frm: Collection[CheckInState] = tuple(CheckInState),
    due_before: datetime | None = None,
    account_id: int | None = None,
) -> set[int]:
    """The same step of many at once; returns those that were ours to take."""
    allowed = [state for state in frm if step.state in NEXT[state]]
    return _take(session, check_in_ids, step, allowed, now=now, due_before=due_before, account_id=account_id)


def _take(
    session: Session,
    check_in_ids: Sequence[int],
    step: Step,
    allowed: Collection[CheckInState],
    *,
    now: datetime,
    due_before: datetime | None,
    account_id: int | None,
    correction: bool = False,
) -> set[int]:
    # The connection's own statements, made once: they are what every answer and every message costs.
    session.flush()
    connection = session.connection()
    moving = _moving(tuple(allowed), step.evidence is not None, step.state in AWAITED, due_before is not None)
    noted = {"new_state": step.state, "new_reasons": [each.dump() for each in step.reasons], "at": now}
    narrowed: dict[str, object] = {"new_evidence": step.evidence} if step.evidence is not None else {}
    if due_before is not None:
        narrowed["due_before"] = due_before
    moved = connection.execute(moving, {"ids": list(check_in_ids)} | noted | narrowed).all()
    if not moved:
        return set()
    taken = [row.id for row in moved]
    connection.execute(_NOTING, {"ids": taken, "by": account_id, "corrects": correction} | noted)
    for zone_id in sorted({row.zone_id for row in moved}):
        announce(session, zone_id, Topic.ROLL_CALL, now)
    return set(taken)


@lru_cache
def _moving(
    allowed: tuple[CheckInState, ...], with_evidence: bool, awaited: bool, only_due: bool
) -> ReturningUpdate[tuple[int, int]]:
    """From one of these states to another. awaited: whether an answer still is afterwards."""
    values: dict[str, object] = {
        "state": bindparam("new_state", type_=_CHECK_IN.state.type),
        "state_since": bindparam("at", type_=_CHECK_IN.state_since.type),
        "reasons": bindparam("new_reasons", type_=_CHECK_IN.reasons.type),
    }
    if with_evidence:
        values["evidence"] = bindparam("new_evidence", type_=_CHECK_IN.evidence.type)
    if not awaited:
        # Where a phone is shared, the ladder goes on for the others.
        values |= {"due_at": None, "step_at": case((_CHECK_IN.lead_id.is_(None), None), else_=_CHECK_IN.step_at)}
    statement = update(_CHECK_INS).where(one_of_given(_CHECK_IN.id, "ids"), _CHECK_IN.state.in_(allowed))
    if only_due:
        statement = statement.where(_CHECK_IN.due_at <= bindparam("due_before", type_=_CHECK_IN.due_at.type))
    return statement.values(values).returning(_CHECK_IN.id, _CHECK_IN.zone_id)


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """Items in lists short enough for one statement."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
