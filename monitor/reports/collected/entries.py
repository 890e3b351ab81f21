"""What reporters entered for a day: kept once, the newer holds, and what stood before is kept. Rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.reporters import CollectedEarlier, CollectedEntry
from monitor.problems import Conflict
from monitor.words import N_, Words, words

MOST_BACK = timedelta(days=1)
"""A page that was opened before midnight still enters for its day."""


@dataclass(frozen=True)
class Kept:
    """What came of an entry. new: it is the first of the day; changed: it says something else than before."""

    new: bool
    changed: bool


def entry_of(session: Session, reporter_id: int, day: date) -> CollectedEntry | None:
    """What holds for a day; None: nothing was entered."""
    return session.scalar(select(CollectedEntry).where(CollectedEntry.reporter_id == reporter_id, CollectedEntry.day == day))


def numbers_before(session: Session, reporter_id: int, day: date) -> Mapping[str, int] | None:
    """What was entered for the day before; None: nothing."""
    found = entry_of(session, reporter_id, day - timedelta(days=1))
    return found.numbers if found is not None else None


def keep_entry(
    session: Session,
    reporter_id: int,
    day: date,
    numbers: Mapping[str, int],
    *,
    same_confirmed: bool,
    account_id: int | None,
    now: datetime,
) -> Kept:
    """Keep what was read, in the caller's write transaction. Sent twice it is kept once; other numbers take the place of those before,
    which become history. Raises Conflict where two send different numbers in the same instant: the second looks again."""
    row = {
        "reporter_id": reporter_id,
        "day": day,
        "numbers": dict(numbers),
        "same_confirmed": same_confirmed,
        "entered_at": now,
        "entered_by": account_id,
        "version": 1,
    }
    if session.scalar(insert_new(session, CollectedEntry).values(row).returning(CollectedEntry.id)) is not None:
        return Kept(new=True, changed=True)
    before = session.scalars(
        select(CollectedEntry).where(CollectedEntry.reporter_id == reporter_id, CollectedEntry.day == day),
        execution_options={"populate_existing": True},
    ).one()
    if dict(before.numbers) == dict(numbers):
        return Kept(new=False, changed=False)
    earlier = {name: getattr(before, name) for name in ("reporter_id", "day", "version", "numbers", "entered_at", "entered_by")}
    mine = update(CollectedEntry).where(CollectedEntry.id == before.id, CollectedEntry.version == before.version)
    values = {name: row[name] for name in ("numbers", "same_confirmed", "entered_at", "entered_by")}
    if not changed(session, mine.values(**values, version=before.version + 1)):
        raise Conflict(
            N_("Someone else has just sent numbers for this day. Look at them, and send yours again if they are right.")
        )
    session.execute(insert_new(session, CollectedEarlier).values(earlier))
    session.refresh(before)
    return Kept(new=False, changed=True)


def history_of(session: Session, reporter_id: int, day: date) -> Sequence[CollectedEarlier]:
    """What stood there before, the newest first."""
    rows = select(CollectedEarlier).where(CollectedEarlier.reporter_id == reporter_id, CollectedEarlier.day == day)
    return session.scalars(rows.order_by(CollectedEarlier.version.desc())).all()


def may_enter_for(day: date, today: date) -> bool:
    """Whether a page of this day may still be sent: today's, or one that was opened before midnight."""
    return today - MOST_BACK <= day <= today


def where_it_stands(day: date, entered_at: datetime, cut_off: datetime) -> Words:
    """In which report an entry stands. cut_off: of the report of that day; times are on the reporter's wall clock."""
    said = {"day": f"{day:%d/%m/%Y}", "time": f"{cut_off:%H:%M}"}
    if entered_at <= cut_off:
        return words(N_("They stand in the report of %(day)s, which counts what was entered by %(time)s."), **said)
    return words(
        N_("The report of %(day)s counts what was entered by %(time)s. Yours came later: they stand in its next version."),
        **said,
    )
