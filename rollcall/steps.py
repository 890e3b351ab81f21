"""Moves a check-in from one state to the next: by compare-and-set, with a row that says when and why."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from monitor.changes import announce
from monitor.models import CheckIn, CheckInChange, CheckInState
from rollcall.checkin import AWAITED, NEXT, Step


def take_step(
    session: Session,
    check_in_id: int,
    zone_id: int,
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
    allowed = [state for state in frm if step.state in NEXT[state]]
    values: dict[str, object] = {
        "state": step.state,
        "state_since": now,
        "reasons": [each.dump() for each in step.reasons],
    }
    if step.evidence is not None:
        values["evidence"] = step.evidence
    if step.state not in AWAITED:
        values |= {"due_at": None, "remind_at": None}
    statement = update(CheckIn).where(CheckIn.id == check_in_id, CheckIn.state.in_(allowed))
    if due_before is not None:
        statement = statement.where(CheckIn.due_at <= due_before)
    moved = session.execute(statement.values(**values).execution_options(synchronize_session=False))
    assert isinstance(moved, CursorResult)
    if not moved.rowcount:
        return False
    session.add(
        CheckInChange(
            check_in_id=check_in_id, zone_id=zone_id, at=now, state=step.state, reasons=values["reasons"], account_id=account_id
        )
    )
    announce(session, zone_id, "roll-call", now)
    return True
