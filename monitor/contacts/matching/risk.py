"""Who was near a case at a place, how long and how surely: overlaps weighed by the case's day, summed by person and day. Pure decisions.

Presence is kept as certain and as possible (`control_points/stays.py`), so there are two sums. Both certain: the person was there while
the case was. Anything else possible: an exit that nobody scanned, or another point of the same place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.contacts.matching.intervals import by_day, counted_stay
from monitor.contacts.matching.rule import MatchingRule
from monitor.models.contacts.contacts import Certainty

Seconds = tuple[int, int]
STAY = np.dtype(
    [
        (name, "<i8")
        for name in ("visit", "stay", "who", "place", "point", "certain_from", "certain_to", "possible_from", "possible_to")
    ]
)
"""A stay of somebody else beside the case's `visit`; seconds since 1970; certain_from and certain_to are 0 where no moment is certain."""
MET = np.dtype(
    [
        *((name, "<i8") for name in ("visit", "stay", "who", "place", "day", "start", "end", "minutes", "sure_minutes")),
        *((name, "<f8") for name in ("normalised", "sure_normalised")),
        ("same_point", "?"),
    ]
)
"""Such a stay as far as it was beside the case's on one day. day: as `date.toordinal`. start, end: of what is common. normalised: weighed."""
_PART = np.dtype(
    [*((name, "<i8") for name in ("visit", "point", "day", "start", "end", "sure_start", "sure_end")), ("weight", "<f8")]
)


class Risk(StrEnum):
    """As the Corona-Warn-App tells apart; of a person and a day."""

    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True)
class Visit:
    """A stay of a case. certain: None: at no moment surely. Seconds since 1970."""

    key: int
    who: int
    place: int
    point: int
    certain: Seconds | None
    possible: Seconds


@dataclass(frozen=True)
class Infectious:
    """When the case is infectious. since, until: seconds since 1970; counted_from: the day of onset, or of the sample without symptoms."""

    counted_from: date
    symptoms: bool
    since: int
    until: int


@dataclass(frozen=True)
class Part:
    """What of a case's stay counts on one day. weight: of a minute."""

    day: date
    span: Seconds
    weight: float


@dataclass(frozen=True)
class CaseVisit:
    """A case's stay as it is matched. sure: the parts in which they surely were there; maybe: in which they may have been."""

    visit: Visit
    sure: tuple[Part, ...]
    maybe: tuple[Part, ...]


class Judged(NamedTuple):
    """What somebody's meetings of one day and place come to. stays: their own. start, end: of the first and the last of it. minutes: in
    common, possibly or surely; normalised: possibly, weighed by the case's day."""

    who: int
    place: int
    day: date
    certainty: Certainty
    minutes: int
    sure_minutes: int
    normalised: float
    start: int
    end: int
    same_point: bool
    stays: tuple[int, ...]
    visits: tuple[int, ...]


def counted_parts(span: Seconds | None, infectious: Infectious, rule: MatchingRule, zone: tzinfo = UTC) -> tuple[Part, ...]:
    """What of a case's stay counts, day by day, each with its weight; days that weigh nothing are left out.

    The stay is cut at the infectious period first: what a case did before it, or after their isolation, warns nobody.
    """
    if span is None:
        return ()
    counted = counted_stay(max(span[0], infectious.since), min(span[1], infectious.until), rule)
    if counted is None:
        return ()
    return tuple(
        Part(day, (start, end), weight)
        for day, start, end in by_day(*counted, zone)
        if (weight := rule.weight((day - infectious.counted_from).days, symptoms=infectious.symptoms)) > 0
    )


def case_visits(visits: Iterable[Visit], infectious: Infectious, rule: MatchingRule, zone: tzinfo = UTC) -> list[CaseVisit]:
    """The stays of one case that warn others, as they are matched."""
    parted = (
        CaseVisit(
            each, counted_parts(each.certain, infectious, rule, zone), counted_parts(each.possible, infectious, rule, zone)
        )
        for each in visits
    )
    return [each for each in parted if each.sure or each.maybe]


def meetings(cases: Sequence[CaseVisit], others: NDArray[Any], own: Collection[int] = ()) -> NDArray[Any]:
    """Who was there with the case: `MET`, shape (n,). others: `STAY`, shape (m,). own: of whom stays are the case's own, who may have
    declared more than once."""
    whose = {each.visit.who for each in cases} | set(own)
    others = others[~np.isin(others["who"], list(whose))]
    others = others[np.argsort(others["visit"], kind="stable")]
    parts = _parts(cases)
    # Each part with each stay beside its visit.
    low, high = (np.searchsorted(others["visit"], parts["visit"], side) for side in ("left", "right"))
    many = high - low
    part = parts[np.repeat(np.arange(len(parts)), many)]
    other = others[np.arange(len(part)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(low, many)]
    start, end = np.maximum(part["start"], other["possible_from"]), np.minimum(part["end"], other["possible_to"])
    sure = _minutes(np.maximum(part["sure_start"], other["certain_from"]), np.minimum(part["sure_end"], other["certain_to"]))
    minutes = np.maximum(_minutes(start, end), sure)
    met = np.zeros(len(part), MET)
    for name in ("visit", "stay", "who", "place"):
        met[name] = other[name]
    met["day"], met["start"], met["end"] = part["day"], start, end
    met["minutes"], met["sure_minutes"] = minutes, sure
    met["normalised"], met["sure_normalised"] = minutes * part["weight"], sure * part["weight"]
    met["same_point"] = part["point"] == other["point"]
    common: NDArray[Any] = met[minutes > 0]
    return common


def _minutes(start: NDArray[Any], end: NDArray[Any]) -> NDArray[Any]:
    """Whole minutes of what is common, as `overlap_minutes` has them."""
    return np.where(end > start, (end - start + 30) // 60, 0)


def _parts(cases: Iterable[CaseVisit]) -> NDArray[Any]:
    rows = []
    for each in cases:
        sure = {part.day: part.span for part in each.sure}
        for part in each.maybe:
            surely = sure.get(part.day, (0, 0))
            rows.append((each.visit.key, each.visit.point, part.day.toordinal(), *part.span, *surely, part.weight))
    return np.array(rows, _PART)


def judge(met: NDArray[Any], rule: MatchingRule) -> list[Judged]:
    """Meetings of `MET` summed by person, place and day; only of days on which a person's risk is high, as published. The highest first.

    Certain is whose sure minutes at the case's own point are of high risk by themselves. Behind one code that bounds a whole factory
    everybody is at the same point: that is said where it is shown, see `coarse_places`, not decided here.
    """
    met = met[np.lexsort([met[name] for name in ("stay", "start", "place", "day", "who")])]
    if not len(met):
        return []
    day_begins = _changes(met, "who", "day")
    of_day = np.repeat(np.add.reduceat(met["normalised"], day_begins), np.diff([*day_begins, len(met)]))
    begins = _changes(met, "who", "day", "place")
    high = of_day[begins] >= rule.high_from
    surely = np.add.reduceat(met["sure_normalised"] * met["same_point"], begins)
    # Lists: of arrays each single value would be an object of numpy first.
    columns = (
        *(met[name][begins][high].tolist() for name in ("who", "place", "day")),
        (surely[high] >= rule.high_from).tolist(),
        *(np.add.reduceat(met[name], begins)[high].tolist() for name in ("minutes", "sure_minutes", "normalised")),
        met["start"][begins][high].tolist(),
        np.maximum.reduceat(met["end"], begins)[high].tolist(),
        np.logical_or.reduceat(met["same_point"], begins)[high].tolist(),
        begins[high].tolist(),
        np.append(begins[1:], len(met))[high].tolist(),
    )
    stays, visits = met["stay"].tolist(), met["visit"].tolist()
    judged = [
        Judged._make(
            (
                *(who, place, date.fromordinal(day)),
                Certainty.CERTAIN if certain else Certainty.POSSIBLE,
                *sums,
                *(tuple(stays[begin:end]), tuple(visits[begin:end])),
            )
        )
        for who, place, day, certain, *sums, begin, end in zip(*columns, strict=True)
    ]
    return sorted(judged, key=lambda each: (-each.normalised, each.day, each.who, each.place))


def risk_of(normalised: float, rule: MatchingRule) -> Risk:
    """Of the sum of a person's day."""
    return Risk.HIGH if normalised >= rule.high_from else Risk.LOW


def _changes(met: NDArray[Any], *names: str) -> NDArray[Any]:
    """Where rows with the same of these begin, in sorted rows."""
    differs = np.zeros(len(met), bool)
    differs[0] = True
    for name in names:
        differs[1:] |= met[name][1:] != met[name][:-1]
    return np.flatnonzero(differs)
