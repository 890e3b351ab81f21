"""How quickly contacts are called, in quarantine and tested: within 24 hours of being named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, case, func, select

from monitor.database.many_rows import one_of
from monitor.database.together import Reading, asked
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.contacts import CaseContact, ContactTask, TaskKind, TaskOutcome

COUNTED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class InTime:
    """Of one kind of task. late: done, but later; overdue: still to be done, and its time is over."""

    kind: TaskKind
    all: int
    in_time: int
    late: int
    overdue: int

    @property
    def share(self) -> float | None:
        """Of those whose time is over, or that are done: done in time, 0 to 1; None: there are none."""
        counted = self.in_time + self.late + self.overdue
        return self.in_time / counted if counted else None


def figures_asked(zones: Collection[int] | None, now: datetime, case_id: int | None = None) -> Reading[list[InTime]]:
    """Of contacts who were named in the last 30 days, or of one case's; what was not needed counts for nothing."""
    done, in_time = ContactTask.done_at.is_not(None), ContactTask.done_at <= ContactTask.due_at

    def many(condition: object) -> object:
        return func.sum(case((condition, 1), else_=0)).cast(Integer)  # type: ignore[arg-type]

    query = (
        select(
            ContactTask.kind,
            func.count(),
            many(in_time),
            many(done & ~in_time),
            many(~done & (ContactTask.due_at < now)),
        )  # type: ignore[call-overload]
        .join(CaseContact, CaseContact.id == ContactTask.contact_id)
        .join(InfectionCase, InfectionCase.id == CaseContact.case_id)
        .where((ContactTask.outcome.is_(None)) | (ContactTask.outcome != TaskOutcome.NOT_NEEDED))
        .group_by(ContactTask.kind)
    )
    if case_id is not None:
        query = query.where(ContactTask.case_id == case_id)
    else:
        query = query.where(CaseContact.named_at > now - COUNTED_FOR)
    if zones is not None:
        query = query.where(one_of(InfectionCase.zone_id, sorted(zones)))
    rows = yield from asked(query)
    found = {row[0]: InTime(*row) for row in rows}
    return [found.get(kind, InTime(kind, 0, 0, 0, 0)) for kind in TaskKind]
