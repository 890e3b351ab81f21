"""One day of one reporter, filled in by its link or by staff for it: what is asked, what was typed, and what came of it. Rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from monitor.models.reporters import CollectedEarlier, CollectedEntry, CollectedField, Reporter
from monitor.problems import Conflict
from monitor.reports.collected.days import times_in_force
from monitor.reports.collected.entries import (
    entry_of,
    history_of,
    keep_entry,
    may_enter_for,
    numbers_before,
    where_it_stands,
)
from monitor.reports.collected.fields import asked, fields_in_force
from monitor.reports.collected.numbers import Read, read_numbers
from monitor.reports.times import ReportDay, day_at, of_day
from monitor.words import N_, Words

TOO_OLD = N_("This page is of another day. Here is the page of today; please enter today’s numbers.")


@dataclass(frozen=True)
class DayPage:
    """What a page of one day shows. before: of the day before; typed: what stands in the fields; entry: what was entered already."""

    reporter: Reporter
    day: ReportDay
    fields: Sequence[CollectedField]
    before: Mapping[str, int]
    typed: Mapping[str, str]
    entry: CollectedEntry | None
    earlier: Sequence[CollectedEarlier] = ()
    read: Read | None = None

    @property
    def stands(self) -> Words | None:
        """In which report the entry stands; None: nothing was entered."""
        return where_it_stands(self.day.day, self.entry.entered_at, self.day.cut_off) if self.entry is not None else None


def day_page(session: Session, reporter: Reporter, now: datetime, timezone: ZoneInfo, *, history: bool = False) -> DayPage:
    """The page of today, with what was entered already in its fields."""
    day = day_at(times_in_force(session), now, timezone)
    entry = entry_of(session, reporter.id, day.day)
    return DayPage(
        reporter,
        day,
        fields_in_force(session, reporter.kind),
        numbers_before(session, reporter.id, day.day) or {},
        {key: str(number) for key, number in entry.numbers.items()} if entry is not None else {},
        entry,
        history_of(session, reporter.id, day.day) if history else (),
    )


def enter(
    session: Session,
    reporter: Reporter,
    day: date,
    typed: Mapping[str, str],
    *,
    confirmed: bool,
    account_id: int | None,
    now: datetime,
    timezone: ZoneInfo,
) -> DayPage:
    """Keep what was typed for a day, in the caller's write transaction; `read` of what comes back says whether it was good.

    Where it was not, nothing is kept and all that was typed stands in the fields. Raises Conflict for the page of a day long over.
    """
    times = times_in_force(session)
    if not may_enter_for(day, day_at(times, now, timezone).day):
        raise Conflict(TOO_OLD)
    meant = of_day(times, day, timezone)
    fields = fields_in_force(session, reporter.kind)
    before = numbers_before(session, reporter.id, day) or {}
    read = read_numbers(asked(fields), typed, before, confirmed=confirmed)
    if read.good:
        same = bool(confirmed and before)
        keep_entry(session, reporter.id, day, read.numbers, same_confirmed=same, account_id=account_id, now=now)
    return DayPage(reporter, meant, fields, before, typed, entry_of(session, reporter.id, day), read=read)
