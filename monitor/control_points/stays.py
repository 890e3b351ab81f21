"""Who was where, from scans: certain and possible intervals apart, presence never invented. Pure decisions.

A scan in and a scan out at the same place are a certain stay between them. Of everything else only the moment of a scan is certain: where
no exit was scanned the stay may have lasted until the next check-in, the place's usual time, or the closing at night, whichever comes
first, and `possible` says so. Stays are reckoned anew from all scans of a person whenever one more comes, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from monitor.models.control_points import Direction, OutKind, Source

TWICE = timedelta(minutes=5)
"""Scans of one direction at one point so close together are one: the phone was held there twice, or two devices scanned."""
LONGEST = timedelta(hours=16)
"""Two shifts: an exit later than this belongs to another entry, where the place closes at night."""


@dataclass(frozen=True)
class Scan:
    """One scan of one person. key: of its row. gate: the point bounds the whole place. doubt: how far off `at` may be either way."""

    key: int
    at: datetime
    place: int
    point: int
    gate: bool
    direction: Direction
    source: Source = Source.SELF
    doubt: timedelta = timedelta(0)

    @property
    def early(self) -> datetime:
        """The earliest that it may have been."""
        return self.at - self.doubt

    @property
    def late(self) -> datetime:
        """The latest that it may have been."""
        return self.at + self.doubt


@dataclass(frozen=True)
class PlaceRule:
    """usual: how long people stay there; night: when it closes, on its own clock; None: it has no such time (a hotel closes never)."""

    usual: timedelta | None
    night: time | None
    timezone: ZoneInfo

    def ends_by(self, begun: datetime) -> tuple[datetime, OutKind] | None:
        """When a stay that nobody ended counts as over, and why."""
        ends = [(begun + self.usual, OutKind.PLACE_DEFAULT)] if self.usual is not None else []
        if self.night is not None:
            ends.append((self._closing_after(begun), OutKind.CLOSED_AT_NIGHT))
        return min(ends, default=None)

    def _closing_after(self, moment: datetime) -> datetime:
        assert self.night is not None
        local = moment.astimezone(self.timezone)
        closing = local.replace(hour=self.night.hour, minute=self.night.minute, second=0, microsecond=0)
        if closing <= local:
            closing = (closing.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=self.timezone)
        return closing.astimezone(moment.tzinfo)

    def closing_before(self, moment: datetime) -> datetime | None:
        """The last closing until this moment."""
        return None if self.night is None else self._closing_after(moment - timedelta(days=1))


@dataclass(frozen=True)
class Span:
    """From start to end; both may be the same moment."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Stay:
    """in_at None: the entry was never scanned. out_kind None: it goes on. ends_by: when it will count as over by itself.

    certain: surely there; None: at no moment surely, since a clock was wrong. possible: may have been there; it holds all of `certain`.
    """

    place: int
    point: int
    in_at: datetime | None
    out_at: datetime | None
    out_kind: OutKind | None
    certain: Span | None
    possible: Span
    in_key: int | None
    out_key: int | None
    ends_by: datetime | None = None


@dataclass(frozen=True)
class Reckoned:
    """stays in the order of their possible beginning. repeated: keys of scans that only said again what another one said."""

    stays: tuple[Stay, ...]
    repeated: frozenset[int]


def stays_of(scans: Iterable[Scan], rules: Mapping[int, PlaceRule], now: datetime) -> Reckoned:
    """All stays of one person. rules: of each place, by its number."""
    reckoning = _Reckoning(rules, now)
    for scan in _in_order(list(scans)):
        if scan.direction is Direction.IN:
            reckoning.take_in(scan)
        else:
            reckoning.take_out(scan)
        reckoning.last = scan
    reckoning.finish()
    ordered = sorted(reckoning.stays, key=lambda stay: (stay.possible.start, stay.possible.end, stay.point))
    return Reckoned(tuple(ordered), frozenset(reckoning.repeated))


def _in_order(scans: Sequence[Scan]) -> list[Scan]:
    """By time; an exit just before its own entry, where clocks are in doubt by as much, comes behind it."""
    ordered = sorted(scans, key=lambda scan: (scan.at, scan.key))
    inside: set[int] = set()
    for number, (first, second) in enumerate(pairwise(list(ordered))):
        reversed_pair = (
            (first.direction, second.direction) == (Direction.OUT, Direction.IN)
            and first.point == second.point
            and first.point not in inside
            and first.late >= second.early
            and not any(later.point == first.point and later.direction is Direction.OUT for later in ordered[number + 2 :])
        )
        if reversed_pair:
            ordered[number], ordered[number + 1] = second, first
            continue
        (inside.add if first.direction is Direction.IN else inside.discard)(first.point)
    return ordered


class _Reckoning:
    """What is open while scans are taken in their order."""

    def __init__(self, rules: Mapping[int, PlaceRule], now: datetime) -> None:
        self._rules, self._now = rules, now
        self._open: dict[int, Scan] = {}  # by point
        self._left: dict[int, Scan] = {}  # the last exit, by point
        self.stays: list[Stay] = []
        self.repeated: set[int] = set()
        self.last: Scan | None = None

    def take_in(self, scan: Scan) -> None:
        """Somebody came in."""
        there = self._open.get(scan.point)
        if there is not None and scan.at - there.at <= TWICE:
            self.repeated.add(scan.key)
            return
        for point, other in list(self._open.items()):
            # Who is in another room of the same place is still behind its gate.
            if other.place != scan.place or scan.gate or not other.gate or point == scan.point:
                self._end_unseen(self._open.pop(point), scan.late)
        self._open[scan.point] = scan

    def take_out(self, scan: Scan) -> None:
        """Somebody went out."""
        for point, other in list(self._open.items()):
            if other.place != scan.place:
                self._end_unseen(self._open.pop(point), scan.late)
        begun = self._begun_for(scan)
        if begun is not None:
            self._open.pop(begun.point)
            self.stays.append(_scanned(begun, scan))
        if scan.gate:
            for point, other in list(self._open.items()):
                if other.place == scan.place:
                    self._end_unseen(self._open.pop(point), scan.late)
        if begun is None:
            earlier = self._left.get(scan.point)
            if earlier is not None and scan.at - earlier.at <= TWICE:
                self.repeated.add(scan.key)
                return
            self.stays.append(self._without_entry(scan))
        self._left[scan.point] = scan

    def finish(self) -> None:
        """What is still open goes on, or has ended by itself."""
        for scan in self._open.values():
            self._end_unseen(scan, None)

    def _begun_for(self, out: Scan) -> Scan | None:
        """The entry that an exit belongs to: of the same point, or through another gate of the same place."""
        candidates = [self._open[out.point]] if out.point in self._open else []
        if not candidates and out.gate:
            candidates = [each for each in self._open.values() if each.place == out.place and each.gate]
        for begun in candidates:
            if self._rules[out.place].night is None or out.at - begun.at <= LONGEST:
                return begun
        for begun in candidates:
            # Too long ago: that stay has ended by itself, and this exit is another one's.
            self._end_unseen(self._open.pop(begun.point), out.late)
        return None

    def _end_unseen(self, begun: Scan, until: datetime | None) -> None:
        """End a stay whose exit nobody scanned. until: when the person was scanned elsewhere; None: not since."""
        rule = self._rules[begun.place]
        by_itself = rule.ends_by(begun.at)
        ends = [(until, OutKind.NEXT_CHECK_IN)] if until is not None else []
        if by_itself is not None and (by_itself[0] <= self._now or ends):
            ends.append(by_itself)
        out_at, kind = min(ends, default=(None, None))
        certain = Span(begun.at, begun.at) if not begun.doubt else None
        possible = Span(begun.early, max(begun.late, out_at or self._now))
        still = by_itself[0] if kind is None and by_itself is not None else None
        self.stays.append(
            Stay(begun.place, begun.point, begun.at, out_at, kind, certain, possible, begun.key, None, ends_by=still)
        )

    def _without_entry(self, out: Scan) -> Stay:
        """A stay of which only the exit was scanned: since when is unknown, but not since before they were scanned elsewhere."""
        closing = self._rules[out.place].closing_before(out.at)
        before = self.last.late if self.last is not None else None
        since = [out.at - LONGEST, *(each for each in (closing, before) if each is not None and each <= out.at)]
        certain = Span(out.at, out.at) if not out.doubt else None
        return Stay(
            out.place, out.point, None, out.at, _kind(out), certain, Span(min(max(since), out.early), out.late), None, out.key
        )


def _kind(out: Scan) -> OutKind:
    return OutKind.SCANNED if out.source is Source.SELF else OutKind.GUARD


def _scanned(begun: Scan, out: Scan) -> Stay:
    sure = Span(begun.late, out.early)
    possible = Span(min(begun.early, out.early), max(begun.late, out.late))
    stay = Stay(begun.place, begun.point, begun.at, out.at, _kind(out), sure, possible, begun.key, out.key)
    return stay if sure.start <= sure.end else replace(stay, certain=None)
