"""A table of reporters on its way in: kept as it was read, compared with what is there, and entered once. Rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.reporters import Reporter, ReporterCount, ReporterFile
from monitor.problems import Conflict, NotFound
from monitor.reports.collected.counts import keep_count, same_count
from monitor.reports.collected.reporters import add_reporter, same_as
from monitor.reports.collected.tables import TableRow, Wrong
from monitor.words import N_

KEPT = timedelta(days=3)
_PIECE = 500


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    """The reporter is there; its contact or its numbers are not these."""
    SAME = "same"
    CLOSED = "closed"
    """The reporter is there and closed: a person opens it again first."""


@dataclass(frozen=True)
class Judged:
    """A row and what becomes of it."""

    row: TableRow
    fate: Fate


def keep_file(
    session: Session, name: str, rows: Sequence[TableRow], wrong: Sequence[Wrong], account_id: int, now: datetime
) -> ReporterFile:
    """Keep what was read until somebody has looked at it, in the caller's write transaction."""
    kept = ReporterFile(
        name=name[:120],
        made_at=now,
        made_by=account_id,
        rows=[row.dump() for row in rows],
        wrong=[{"number": each.number, "why": each.why.dump()} for each in wrong],
    )
    session.add(kept)
    session.flush()
    return kept


def file_seen(session: Session, file_id: int, account_id: int) -> ReporterFile:
    """A file of this person that waits, or was entered. Raises NotFound."""
    found = session.get(ReporterFile, file_id)
    if found is None or found.made_by != account_id:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return found


def judged(session: Session, rows: Sequence[TableRow]) -> list[Judged]:
    """What becomes of each row as things are now."""
    found: list[Judged] = []
    for start in range(0, len(rows), _PIECE):
        piece = rows[start : start + _PIECE]
        keys = [same_as(row.reporter.kind, row.reporter.name, row.reporter.unit) for row in piece]
        known = {row.same_as: row for row in session.scalars(select(Reporter).where(one_of(Reporter.same_as, keys)))}
        newest = _newest(session, [row.id for row in known.values()])
        found += [Judged(row, _fate(row, known.get(key), newest)) for row, key in zip(piece, keys, strict=True)]
    return found


def _newest(session: Session, reporters: Sequence[int]) -> dict[tuple[int, str], ReporterCount]:
    """The last count of each reporter and day."""
    rows = session.scalars(
        select(ReporterCount).where(one_of(ReporterCount.reporter_id, list(reporters))).order_by(ReporterCount.id)
    )
    return {(row.reporter_id, row.counted_on.isoformat()): row for row in rows}


def _fate(row: TableRow, known: Reporter | None, newest: dict[tuple[int, str], ReporterCount]) -> Fate:
    if known is None:
        return Fate.NEW
    if known.closed_at is not None:
        return Fate.CLOSED
    count = row.count
    before = newest.get((known.id, count.counted_on.isoformat())) if count is not None else None
    counts_same = count is None or (before is not None and same_count(before, count))
    return Fate.SAME if counts_same and not _other_contact(row, known) else Fate.CHANGED


def _other_contact(row: TableRow, known: Reporter) -> dict[str, str]:
    """What the row says of the contact that is not so yet; an empty cell says nothing."""
    mine = row.reporter
    said = {"contact_name": mine.contact_name, "contact_phone": mine.contact_phone, "contact_email": mine.contact_email}
    return {name: value for name, value in said.items() if value and getattr(known, name) != value}


def enter_file(session: Session, file: ReporterFile, now: datetime) -> Counter[Fate]:
    """Enter all rows that can be, in the caller's write transaction; returns what became of how many. Raises Conflict where it was entered
    already. The same file once more adds nothing."""
    mine = update(ReporterFile).where(ReporterFile.id == file.id, ReporterFile.entered_at.is_(None))
    rows = [TableRow.load(each) for each in file.rows or []]
    if not changed(session, mine.values(entered_at=now, rows=[])):
        raise Conflict(N_("This file was entered already."))
    done: Counter[Fate] = Counter()
    for each in judged(session, rows):
        done[each.fate] += 1
        if each.fate in (Fate.NEW, Fate.CHANGED):
            _enter(session, each.row, file.made_by, now)
    return done


def _enter(session: Session, row: TableRow, account_id: int, now: datetime) -> None:
    add_reporter(session, row.reporter, now)
    mine = row.reporter
    known = session.scalars(
        select(Reporter).where(Reporter.same_as == same_as(mine.kind, mine.name, mine.unit)),
        execution_options={"populate_existing": True},
    ).one()
    other = _other_contact(row, known)
    if other:
        values = {**other, "version": Reporter.version + 1}
        changed(session, update(Reporter).where(Reporter.id == known.id).values(**values))
    if row.count is not None:
        keep_count(session, known.id, row.count, account_id, now)


def forget_files(session: Session, now: datetime) -> int:
    """Files that nobody entered, or that were entered some days ago; returns how many."""
    return changed(session, delete(ReporterFile).where(ReporterFile.made_at < now - KEPT))
