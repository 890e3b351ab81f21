"""Figures of the hotline: how many of those who turned to it in some days were answered within five hours, how soon, and who let them wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, func, literal, or_, select
from sqlalchemy.orm import Session

from monitor.database.expressions import seconds_between
from monitor.database.together import asked, at_once, read
from monitor.hotline.listing import Part, Sight, Wanted, conditions, counted, part_of
from monitor.models.hotline import HotlineTicket, TicketKind
from monitor.models.hotline_desk import HotlineUnit

HALF, NINE_OF_TEN = 5, 9
"""Tenths of those that were answered."""


@dataclass(frozen=True)
class Figures:
    """came: all of the days. median, p90: from first contact to the first answer; None where there is
    none.
    """

    came: int = 0
    in_time: int = 0
    too_late: int = 0
    unassigned: int = 0
    reopened: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None

    @property
    def waiting(self) -> int:
        """Neither answered nor late yet."""
        return self.came - self.in_time - self.too_late

    @property
    def share(self) -> float | None:
        """Of those that are decided, how many were answered within the limit; None: none is decided yet."""
        decided = self.in_time + self.too_late
        return self.in_time / decided if decided else None


@dataclass(frozen=True)
class Report:
    """units: by unit (None: the desk) with its name; where most were late comes first."""

    whole: Figures
    kinds: dict[TicketKind, Figures]
    units: list[tuple[int | None, str, Figures]]


def added(counts: Iterable[tuple[int, ...]], waits: Mapping[int, timedelta]) -> Figures:
    """Figures of several counts together, each in the order of `Figures`. waits: by tenths."""
    came, in_time, too_late, unassigned, reopened = (sum(column) for column in zip(*counts, strict=True))
    return Figures(came, in_time, too_late, unassigned, reopened, waits.get(HALF), waits.get(NINE_OF_TEN))


def report_of(session: Session, wanted: Wanted, sight: Sight, now: datetime) -> Report:
    """Figures of what came in some days, whole, by kind and by unit. Each counts by the condition of the list that it leads to."""
    chosen = (*conditions(wanted, sight, now), counted())
    parts = (Part.IN_TIME, Part.TOO_LATE, Part.UNASSIGNED, Part.REOPENED)
    sums = [func.sum(case((part_of(part, now), 1), else_=0)) for part in parts]
    ticket = HotlineTicket
    groups, of_all, of_kinds, of_units, named = read(
        session,
        at_once(
            asked(
                select(ticket.kind, ticket.unit_id, func.count(), *sums).where(*chosen).group_by(ticket.kind, ticket.unit_id)
            ),
            asked(_waits(literal(0), chosen)),
            asked(_waits(ticket.kind, chosen)),
            asked(_waits(ticket.unit_id, chosen)),
            asked(select(HotlineUnit.id, HotlineUnit.name)),
        ),
    )
    kinds: dict[TicketKind, list[tuple[int, ...]]] = defaultdict(list)
    units: dict[int | None, list[tuple[int, ...]]] = defaultdict(list)
    for kind, unit, *counts in groups:
        kinds[kind].append(tuple(counts))
        units[unit].append(tuple(counts))
    names: dict[int | None, str] = dict(named)
    waits_of_kinds, waits_of_units = _by_key(of_kinds), _by_key(of_units)
    by_unit = [(unit, names.get(unit, ""), added(units[unit], waits_of_units.get(unit, {}))) for unit in units]
    return Report(
        added([each for of_kind in kinds.values() for each in of_kind], _by_key(of_all).get(0, {})) if kinds else Figures(),
        {kind: added(kinds[kind], waits_of_kinds.get(kind, {})) for kind in TicketKind if kind in kinds},
        sorted(by_unit, key=lambda each: (-each[2].too_late, each[0] is None, each[1])),
    )


def _waits(key: ColumnElement[Any] | Any, chosen: Iterable[ColumnElement[bool]]) -> Select[Any, int, int, float]:
    """Rows of (key, place, of, seconds): of the answered tickets of each key, those below or at which half and nine of ten lie."""
    seconds = seconds_between(HotlineTicket.first_contact_at, HotlineTicket.first_answered_at)
    each = (
        select(
            key.label("key"),
            seconds.label("seconds"),
            func.row_number(type_=Integer()).over(partition_by=key, order_by=seconds).label("place"),
            func.count().over(partition_by=key).label("among"),
        )
        .where(*chosen, HotlineTicket.first_answered_at.is_not(None))
        .subquery()
    )
    wanted = or_(*(each.c.place == each.c.among * tenths // 10 + 1 for tenths in (HALF, NINE_OF_TEN)))
    return select(each.c.key, each.c.place, each.c.among, each.c.seconds).where(wanted)


def _by_key(rows: Iterable[Any]) -> dict[Any, dict[int, timedelta]]:
    found: dict[Any, dict[int, timedelta]] = defaultdict(dict)
    for key, place, among, seconds in rows:
        for tenths in (HALF, NINE_OF_TEN):
            if place == among * tenths // 10 + 1:
                found[key][tenths] = timedelta(seconds=seconds)
    return found
