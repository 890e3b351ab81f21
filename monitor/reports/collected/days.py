"""Which day of reports it is, and who has still to enter something for it. Rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import Session

from monitor.models.reporters import CallOutcome, CollectedEntry, Reporter, ReporterChase, ReporterKind
from monitor.reports.collected.fields import concerns, fields_in_force
from monitor.reports.stating import times_held
from monitor.reports.times import SHIPPED, ReportDay, Times, day_at


def times_in_force(session: Session) -> Times:
    """When the parts of a report are due, as was last said; as shipped where nobody said anything: pages need a day all the same."""
    return times_held(session) or SHIPPED


def report_day(session: Session, now: datetime, timezone: ZoneInfo) -> ReportDay:
    """The day of reports that it is, with its moments on the province's wall clock."""
    return day_at(times_in_force(session), now, timezone)


def entered(day: object) -> ColumnElement[bool]:
    """A condition on Reporter: something was entered for a day."""
    return exists().where(and_(CollectedEntry.reporter_id == Reporter.id, CollectedEntry.day == day))


def asked_kinds(session: Session) -> Sequence[ReporterKind]:
    """Kinds of reporters that are asked anything at all."""
    fields = fields_in_force(session)
    return [kind for kind in ReporterKind if any(concerns(field.asked_of, kind) for field in fields)]


def to_be_called(day: object) -> tuple[ColumnElement[bool], ...]:
    """Conditions on ReporterChase joined with Reporter: somebody is still to call them."""
    return (
        ReporterChase.day == day,
        ReporterChase.call_at.is_not(None),
        ReporterChase.outcome.is_(None) | (ReporterChase.outcome == CallOutcome.NO_ANSWER),
        Reporter.closed_at.is_(None),
        ~entered(day),
    )
