"""What a released contact needs: a call, tests and an order, with 24-hour clocks that begin when the person was named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor.contacts.rules import Tier
from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.contacts.contacts import CaseContact, ContactTask, TaskKind, TaskOutcome
from monitor.people.pasted import plain
from monitor.problems import BadInput, Conflict, NotFound
from monitor.words import N_

WITHIN = timedelta(hours=24)
"""Of being named a contact is to be called, and in quarantine where the rule wants that."""
LONGEST_NOTE = 300
LATEST_HOUR = 17
"""A test of a day is due by this hour: laboratories take samples in working hours."""


@dataclass(frozen=True)
class Due:
    """One thing to be done. day: of a test, after the last meeting."""

    kind: TaskKind
    due_at: datetime
    day: int = 0


def due_for(tier: Tier | None, named_at: datetime, last_at: datetime, now: datetime, zone: ZoneInfo) -> tuple[Due, ...]:
    """What a contact of a tier needs, in the sequence of doing. Tests that were due before today are due today, once. Pure.

    A contact whom no rule makes one is called, and nothing else.
    """
    found = [Due(TaskKind.CALL, named_at + WITHIN)]
    if tier is None:
        return tuple(found)
    if tier.order_days:
        found.append(Due(TaskKind.ORDER, named_at + WITHIN))
    last, today = last_at.astimezone(zone).date(), now.astimezone(zone).date()
    days = [max(day, (today - last).days) for day in tier.test_days]
    found += [
        Due(TaskKind.TEST, datetime.combine(last + timedelta(days=day), time(LATEST_HOUR), zone).astimezone(UTC), day)
        for day in dict.fromkeys(days)
    ]
    return tuple(found)


def add_tasks(session: Session, contact: CaseContact, due: tuple[Due, ...]) -> None:
    """Write them down; what is there already stays."""
    rows = [
        {"case_id": contact.case_id, "contact_id": contact.id, "kind": each.kind, "day": each.day, "due_at": each.due_at}
        for each in due
    ]
    session.execute(insert_new(session, ContactTask), rows)


def do_task(session: Session, task: ContactTask, outcome: TaskOutcome, note: str, account_id: int, now: datetime) -> None:
    """Note what came of a task; not reached, it stays to be done. Raises BadInput, Conflict."""
    said = plain(note)
    if len(said) > LONGEST_NOTE:
        raise BadInput(
            N_("At most %(most)s letters fit here; these are %(count)s."), most=LONGEST_NOTE, count=len(said), field="note"
        )
    if outcome is TaskOutcome.NOT_NEEDED and not said:
        raise BadInput(N_("Say why it is not needed."), field="note")
    if outcome is TaskOutcome.DONE and task.kind is TaskKind.ORDER:
        raise BadInput(N_("Make the order on its own page; this is noted then by itself."), field="outcome")
    values: dict[str, object] = {"outcome": outcome, "note": said, "tried": ContactTask.tried + 1}
    if outcome is not TaskOutcome.NOT_REACHED:
        values |= {"done_at": now, "done_by": account_id}
    open_ones = (ContactTask.id == task.id, ContactTask.done_at.is_(None))
    if not changed(session, update(ContactTask).where(*open_ones).values(**values)):
        raise Conflict(N_("A colleague has done this already."))


def task_of(session: Session, task_id: int) -> ContactTask:
    """Raises NotFound."""
    task = session.get(ContactTask, task_id)
    if task is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return task
