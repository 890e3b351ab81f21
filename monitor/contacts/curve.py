"""The epidemic curve: cases by day of onset, stacked by where they were found, and which share was in quarantine already. Pure decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

MOST_BARS = 92


class Basis(StrEnum):
    """Which day of a case is counted: the first of these that is known."""

    ONSET = "onset"
    SAMPLED = "sampled"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class Found:
    """A case as the curve counts it. where: how it was found, a word of the caller's; in_quarantine: whether the person was in quarantine
    already."""

    onset: date | None
    sampled: date | None
    reported: date | None
    where: str
    in_quarantine: bool

    @property
    def dated(self) -> tuple[date, Basis] | None:
        """The day that counts, and which it is; None where no day is known."""
        for day, basis in ((self.onset, Basis.ONSET), (self.sampled, Basis.SAMPLED), (self.reported, Basis.REPORTED)):
            if day is not None:
                return day, basis
        return None


@dataclass(frozen=True)
class Bar:
    """One day, or several. first, last: of its days; counts: by where, of all kinds that the curve has."""

    first: date
    last: date
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Cases of these days."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class EpidemicCurve:
    """bars: without a gap from the first day to the last, of `days` days each; by: how many were counted by which day.

    without_day: cases of which no day is known, in no bar; share: of all cases, those in quarantine already, None without any case.
    """

    kinds: tuple[str, ...]
    bars: tuple[Bar, ...]
    days: int
    by: Mapping[Basis, int]
    cases: int
    in_quarantine: int
    without_day: int

    @property
    def share(self) -> float | None:
        """From 0 to 1."""
        return self.in_quarantine / self.cases if self.cases else None


def epidemic_curve(found: Iterable[Found], kinds: Sequence[str]) -> EpidemicCurve:
    """The curve of these cases. kinds: of `where`, in the order of the stack; others follow behind them.

    Days become weeks, then longer spans, where there would be more than 92 bars: a curve that no page can hold tells nothing.
    """
    cases = list(found)
    by: Counter[Basis] = Counter()
    counted: Counter[tuple[date, str]] = Counter()
    for case in cases:
        if case.dated is not None:
            day, basis = case.dated
            by[basis] += 1
            counted[day, case.where] += 1
    named = tuple(dict.fromkeys([*kinds, *sorted({case.where for case in cases})]))
    bars, days = _bars(counted, named)
    in_quarantine = sum(case.in_quarantine for case in cases)
    return EpidemicCurve(named, bars, days, dict(by), len(cases), in_quarantine, len(cases) - by.total())


def _bars(counted: Counter[tuple[date, str]], kinds: tuple[str, ...]) -> tuple[tuple[Bar, ...], int]:
    if not counted:
        return (), 1
    begin, end = min(day for day, _where in counted), max(day for day, _where in counted)
    days = 1
    if (end - begin).days >= MOST_BARS:
        # Weeks begin on Mondays.
        begin -= timedelta(days=begin.weekday())
        days = 7 * -(-((end - begin).days + 1) // (7 * MOST_BARS))
    sums = [dict.fromkeys(kinds, 0) for _ in range((end - begin).days // days + 1)]
    for (day, where), number in counted.items():
        sums[(day - begin).days // days][where] += number
    return tuple(
        Bar(first := begin + timedelta(days=place * days), first + timedelta(days=days - 1), counts)
        for place, counts in enumerate(sums)
    ), days
