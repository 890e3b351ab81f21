"""Figures of the hotline: how many of those who turned to it in some days were answered within five hours, how soon, and who let them wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.hotline.listing import Sight, Wanted, conditions, counted
from monitor.models.hotline import HotlineTicket, TicketKind
from monitor.models.hotline_desk import HotlineUnit

MOST = 200_000


@dataclass(frozen=True)
class Case:
    """What is counted of a ticket. settled_at: its first answer, or when it was closed for a reason without one; None: it still waits."""

    kind: TicketKind
    unit: int | None
    came_at: datetime
    due_at: datetime
    settled_at: datetime | None
    answered: bool
    unassigned: bool
    reopened: bool


@dataclass(frozen=True)
class Figures:
    """came: all of the days. waiting: neither answered nor late yet. median, p90: from first contact to the first answer; None where there is
    none.
    """

    came: int = 0
    in_time: int = 0
    too_late: int = 0
    waiting: int = 0
    unassigned: int = 0
    reopened: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None

    @property
    def share(self) -> float | None:
        """Of those that are decided, how many were answered within the limit; None: none is decided yet."""
        decided = self.in_time + self.too_late
        return self.in_time / decided if decided else None


def figures_of(cases: Iterable[Case], now: datetime) -> Figures:
    """The figures of some tickets."""
    cases = list(cases)
    in_time = sum(each.settled_at is not None and each.settled_at <= each.due_at for each in cases)
    late = [
        each
        for each in cases
        if (each.settled_at is not None and each.settled_at > each.due_at) or (each.settled_at is None and each.due_at <= now)
    ]
    waits = sorted(each.settled_at - each.came_at for each in cases if each.answered and each.settled_at is not None)
    return Figures(
        len(cases),
        in_time,
        len(late),
        len(cases) - in_time - len(late),
        sum(each.unassigned for each in late),
        sum(each.reopened for each in cases),
        quantile(waits, 0.5),
        quantile(waits, 0.9),
    )


def quantile(values: Sequence[timedelta], share: float) -> timedelta | None:
    """The value below or at which this share of some sorted values lies; None of none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else None


@dataclass(frozen=True)
class Report:
    """units: by unit (None: the desk) with its name."""

    whole: Figures
    kinds: dict[TicketKind, Figures]
    units: list[tuple[int | None, str, Figures]]


def report_of(session: Session, wanted: Wanted, sight: Sight, now: datetime) -> Report:
    """Figures of what came in some days, whole, by kind and by unit."""
    ticket = HotlineTicket
    rows = session.execute(
        select(
            ticket.kind,
            ticket.unit_id,
            ticket.first_contact_at,
            ticket.due_at,
            ticket.first_answered_at,
            ticket.first_closed_at,
            ticket.breached_unassigned,
            ticket.reopened,
        )
        .where(*conditions(wanted, sight, now), counted())
        .limit(MOST)
    )
    kinds: dict[TicketKind, list[Case]] = defaultdict(list)
    units: dict[int | None, list[Case]] = defaultdict(list)
    cases: list[Case] = []
    for row in rows:
        case = Case(
            row.kind,
            row.unit_id,
            row.first_contact_at,
            row.due_at,
            row.first_answered_at or row.first_closed_at,
            row.first_answered_at is not None,
            row.breached_unassigned,
            row.reopened > 0,
        )
        cases.append(case)
        kinds[case.kind].append(case)
        units[case.unit].append(case)
    names = dict(session.execute(select(HotlineUnit.id, HotlineUnit.name)).all()) if units else {}
    by_unit = [(unit, names.get(unit or 0, ""), figures_of(of_unit, now)) for unit, of_unit in units.items()]
    return Report(
        figures_of(cases, now),
        {kind: figures_of(kinds[kind], now) for kind in TicketKind if kind in kinds},
        sorted(by_unit, key=lambda each: (each[0] is None, each[1])),
    )
