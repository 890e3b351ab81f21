"""Moves check-ins from one state to the next: by compare-and-set, with a row that says when and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import case, insert, literal, select, update
from sqlalchemy.orm import Session

from monitor.bulk import one_of
from monitor.changes import announce
from monitor.models import CheckIn, CheckInChange, CheckInState
from rollcall.checkin import AWAITED, BY_PERSON, NEXT, Step

Item = TypeVar("Item")
# Databases take some 32,000 values in one statement.
CHUNK = 5000
_CHANGE = CheckInChange.__table__.c


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
    allowed = [state for state, following in BY_PERSON.items() if step.state in following]
    return bool(_take(session, [check_in_id], step, allowed, now=now, due_before=None, account_id=account_id))


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
) -> set[int]:
    reasons = [each.dump() for each in step.reasons]
    values: dict[str, object] = {"state": step.state, "state_since": now, "reasons": reasons}
    if step.evidence is not None:
        values["evidence"] = step.evidence
    if step.state not in AWAITED:
        # Where a phone is shared, the ladder goes on for the others.
        values |= {"due_at": None, "step_at": case((CheckIn.lead_id.is_(None), None), else_=CheckIn.step_at)}
    taken: set[int] = set()
    zones: set[int] = set()
    for chunk in chunks(check_in_ids):
        statement = update(CheckIn).where(one_of(CheckIn.id, chunk), CheckIn.state.in_(allowed))
        if due_before is not None:
            statement = statement.where(CheckIn.due_at <= due_before)
        moved = session.execute(
            statement.values(**values).returning(CheckIn.id, CheckIn.zone_id).execution_options(synchronize_session=False)
        ).all()
        if not moved:
            continue
        ours = [row.id for row in moved]
        same = {"at": now, "state": step.state, "reasons": reasons, "account_id": account_id}
        noted = select(CheckIn.id, CheckIn.zone_id, *(literal(value, _CHANGE[name].type) for name, value in same.items()))
        columns = ["check_in_id", "zone_id", *same]
        session.execute(insert(CheckInChange).from_select(columns, noted.where(one_of(CheckIn.id, ours))))
        taken.update(ours)
        zones.update(row.zone_id for row in moved)
    for zone_id in sorted(zones):
        announce(session, zone_id, "roll-call", now)
    return taken


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """Items in lists short enough for one statement."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
