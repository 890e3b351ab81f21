"""The figures of a span, of one zone or of all that a reader may see: read from what was counted, added up by days or weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.clock import read_day
from monitor.database.many_rows import one_of
from monitor.models.places import Zone
from monitor.models.reports import ALL_ZONES, DailyFigures
from monitor.problems import BadInput, NotFound
from monitor.reports.figures import Counts, Subject, added, share
from monitor.words import N_

USUAL, LONGEST = 30, 366
# With more days than these a chart shows weeks.
MOST_DAYS = 62
_SUMS = ("asked", "answered", "missed", "unreached", "excused")


@dataclass(frozen=True)
class Span:
    """From a day to another, both included. zone: None for all that the reader may see."""

    begin: date
    end: date
    zone: int | None = None

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.begin).days + 1


@dataclass(frozen=True)
class Sums:
    """What came of people's parts in rounds."""

    asked: int = 0
    answered: int = 0
    missed: int = 0
    unreached: int = 0
    excused: int = 0

    @property
    def rate(self) -> float | None:
        """The share that answered of those from whom an answer was wanted: who was excused is left out."""
        return share(self.answered, self.asked - self.excused)


@dataclass(frozen=True)
class Part:
    """Some days of a chart that are shown as one; first is the day by which it is named."""

    first: date
    sums: Sums
    counts: Counts

    @property
    def watched(self) -> float | None:
        """The share of the time in which the cameras could be believed."""
        cameras = self.counts.get(Subject.CAMERAS, {})
        watched = cameras.get("watched", 0)
        lost = cameras.get("silent", 0) + cameras.get("doubtful", 0)
        return share(max(0, watched - lost), watched)


def read_span(args: Mapping[str, str], today: date) -> Span:
    """What the address asks for; without anything the last 30 days. Raises BadInput."""
    try:
        end = read_day(args["to"]) if args.get("to") else today
        begin = read_day(args["from"]) if args.get("from") else end - timedelta(days=USUAL - 1)
        zone = int(args["zone"]) if args.get("zone") else None
    except ValueError:
        raise BadInput(N_("Write both days as day/month/year, such as 26/11/2026.")) from None
    if begin > end:
        raise BadInput(N_("The first day comes after the last one. Exchange them."))
    if (end - begin).days >= LONGEST:
        raise BadInput(N_("Choose at most %(most)s days."), most=LONGEST)
    return Span(begin, end, zone)


def zones_counted(reader: Reader, span: Span) -> list[int]:
    """Whose rows are read. Raises NotFound for a zone that the reader may not see."""
    if span.zone is not None:
        if span.zone not in reader.among([span.zone]) or span.zone == ALL_ZONES:
            raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
        return [span.zone]
    return [ALL_ZONES] if reader.zones is None else sorted(reader.zones)


def parts_of(session: Session, zones: Sequence[int], span: Span) -> list[Part]:
    """The span in days, or in weeks where there are many; days of which nothing is known are there, empty."""
    rows = session.execute(
        select(DailyFigures.day, DailyFigures.counts, *(getattr(DailyFigures, name) for name in _SUMS)).where(
            one_of(DailyFigures.zone_id, list(zones)), DailyFigures.day >= span.begin, DailyFigures.day <= span.end
        )
    ).all()
    length = 1 if span.days <= MOST_DAYS else 7
    within: list[list[Any]] = [[] for _each in range(-(-span.days // length))]
    for row in rows:
        within[(row.day - span.begin).days // length].append(row)
    return [
        Part(span.begin + timedelta(days=place * length), _added(mine), added(row.counts for row in mine))
        for place, mine in enumerate(within)
    ]


def whole(parts: Sequence[Part], span: Span) -> Part:
    """All of a span as one."""
    sums = Sums(*(sum(getattr(part.sums, name) for part in parts) for name in _SUMS))
    return Part(span.begin, sums, added(part.counts for part in parts))


def by_zone(session: Session, reader: Reader, span: Span) -> list[tuple[Zone, Sums]]:
    """Each of the reader's zones in which somebody was asked, where the fewest answered first."""
    query = (
        select(Zone, *(func.sum(getattr(DailyFigures, name)) for name in _SUMS))
        .join(DailyFigures, DailyFigures.zone_id == Zone.id)
        .where(DailyFigures.day >= span.begin, DailyFigures.day <= span.end)
        .group_by(Zone.id)
    )
    if reader.zones is not None:
        query = query.where(one_of(Zone.id, sorted(reader.zones)))
    found = [(zone, Sums(*(int(each) for each in sums))) for zone, *sums in session.execute(query)]
    asked = [(zone, sums) for zone, sums in found if sums.asked]
    return sorted(asked, key=lambda pair: (1.0 if pair[1].rate is None else pair[1].rate, pair[0].name))


def rows_for_file(session: Session, reader: Reader, span: Span) -> Iterator[tuple[str, DailyFigures]]:
    """Each zone's name and day, in order."""
    query = (
        select(Zone.name, DailyFigures)
        .join(DailyFigures, DailyFigures.zone_id == Zone.id)
        .where(DailyFigures.day >= span.begin, DailyFigures.day <= span.end, DailyFigures.counted_at.is_not(None))
        .order_by(Zone.name, DailyFigures.day)
        .execution_options(yield_per=500)
    )
    if span.zone is not None:
        query = query.where(Zone.id == span.zone)
    elif reader.zones is not None:
        query = query.where(one_of(Zone.id, sorted(reader.zones)))
    yield from ((name, figures) for name, figures in session.execute(query))


def _added(rows: Sequence[Any]) -> Sums:
    return Sums(*(sum(getattr(row, name) for row in rows) for name in _SUMS))
