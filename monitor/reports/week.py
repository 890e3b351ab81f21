"""A supervisor's week: what they decided and how soon, what was missed in their zones and what came of it, our faults, the hotline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.hotline.figures import Figures, report_of
from monitor.hotline.listing import Sight, Wanted, Which
from monitor.incidents.causes import ASKED_AFTER
from monitor.models.accounts import Account, AccountZone
from monitor.models.incidents import Incident, IncidentState
from monitor.models.places import Zone
from monitor.models.reports import ALL_ZONES, DailyFigures
from monitor.models.rollcalls.answers import Review, ReviewDecision
from monitor.models.rollcalls.rounds import CheckInState
from monitor.models.service import ServiceOutage
from monitor.reports.content import Cell, FigureLine, Measure, Section, Series
from monitor.reports.figures import Subject, share, window
from monitor.words import N_, Words

DAYS = 7
_SUMS = ("asked", "answered", "missed", "unreached", "excused")
_OURS = "our_"
"""What causes of our own faults begin with."""


@dataclass(frozen=True)
class Week:
    """What is known of it. decided: what this person decided, by state; seconds: for which they had looked at each before they did.

    sums, excused_by_us, days: of their zones; days: per day (asked, answered, missed). misses: incidents about silence, by what became
    of them. outages: how many, and for how many minutes in all.
    """

    first: date
    decided: Mapping[CheckInState, int]
    seconds: Sequence[int]
    undone: int
    sums: Mapping[str, int]
    excused_by_us: int
    days: Mapping[date, Mapping[str, int]]
    misses: Mapping[IncidentState, int]
    outages: int
    outage_minutes: int
    hotline: Figures


def sections_of(week: Week) -> list[Section]:
    """Its tables. Pure."""
    sums = week.sums
    return [
        _section(
            "decided",
            N_("Decided by this person"),
            [
                (N_("Accepted"), week.decided.get(CheckInState.ACCEPTED, 0)),
                (N_("Not accepted"), week.decided.get(CheckInState.REJECTED, 0)),
                (N_("Excused"), week.decided.get(CheckInState.EXCUSED, 0)),
                (N_("Taken back"), week.undone),
                (N_("Half were decided within this many seconds of looking"), median(week.seconds) if week.seconds else None),
            ],
        ),
        _section(
            "rounds",
            N_("Roll-calls in their zones"),
            [
                (N_("Times asked"), sums["asked"]),
                (N_("Answered"), sums["answered"]),
                (N_("No answer"), sums["missed"]),
                (N_("Could not be reached"), sums["unreached"]),
                (N_("Excused"), sums["excused"]),
                (N_("Of these excused for faults of ours"), week.excused_by_us),
            ],
            [(N_("Share that answered"), share(sums["answered"], sums["asked"] - sums["excused"]))],
        ),
        _section(
            "misses",
            N_("Follow-up of unanswered roll-calls"),
            [
                (N_("Cleared up"), week.misses.get(IncidentState.RESOLVED, 0)),
                (N_("Someone is at it"), week.misses.get(IncidentState.ACKNOWLEDGED, 0)),
                (N_("No one is at it"), week.misses.get(IncidentState.OPEN, 0)),
            ],
        ),
        _section(
            "faults",
            N_("Faults of ours"),
            [(N_("Outages that began"), week.outages), (N_("Minutes of outage in all"), week.outage_minutes)],
        ),
        _section(
            "hotline",
            N_("Hotline"),
            [
                (N_("Requests"), week.hotline.came),
                (N_("Answered within five hours"), week.hotline.in_time),
                (N_("Too late"), week.hotline.too_late),
                (N_("Still waiting"), week.hotline.waiting),
            ],
        ),
    ]


def charts_of(week: Week) -> list[Series]:
    """Its curves. Pure."""
    names = {"answered": N_("Answered"), "missed": N_("No answer"), "unreached": N_("Could not be reached")}
    days = [week.first + timedelta(days=each) for each in range(DAYS)]
    return [
        Series(
            key,
            Words(name),
            Measure.COUNT,
            tuple((day, float(week.days[day][key]) if day in week.days else None) for day in days),
        )
        for key, name in names.items()
    ]


def _section(
    key: str, title: str, counts: Sequence[tuple[str, float | None]], shares: Sequence[tuple[str, float | None]] = ()
) -> Section:
    lines = [FigureLine(Words(name), (Cell(key, Measure.COUNT, value),)) for name, value in counts]
    lines += [FigureLine(Words(name), (Cell(key, Measure.SHARE, value),)) for name, value in shares]
    return Section(key, Words(title), (), tuple(lines))


def week_of(session: Session, account: Account, first: date, timezone: str, now: datetime) -> Week:
    """Read it, of seven days from the first; a dozen grouped questions."""
    begin, end = window(first, timezone).begin, window(first + timedelta(days=DAYS - 1), timezone).end
    zones = (
        None
        if account.all_zones
        else session.scalars(select(AccountZone.zone_id).where(AccountZone.account_id == account.id)).all()
    )
    rows = _figures(session, zones, first)
    decided = session.execute(
        select(Review.decision, func.count())
        .where(Review.account_id == account.id, Review.at >= begin, Review.at < end)
        .group_by(Review.decision)
    ).all()
    mine = (ReviewDecision.account_id == account.id, ReviewDecision.at >= begin, ReviewDecision.at < end)
    looked = session.execute(select(ReviewDecision.seconds, ReviewDecision.undone_at).where(*mine)).all()
    outages = session.execute(
        select(ServiceOutage.started_at, func.coalesce(ServiceOutage.ended_at, ServiceOutage.seen_at)).where(
            ServiceOutage.started_at >= begin,
            ServiceOutage.started_at < end,
            ServiceOutage.zone_id.is_(None) if zones is None else _of_zones(ServiceOutage.zone_id, zones),
        )
    ).all()
    causes: Counter[str] = Counter()
    days: dict[date, Counter[str]] = {}
    for row in rows:
        causes.update(row.counts.get(Subject.CAUSES, {}))
        days.setdefault(row.day, Counter()).update({name: getattr(row, name) for name in _SUMS})
    return Week(
        first,
        {row[0]: row[1] for row in decided},
        [seconds for seconds, _undone in looked if seconds is not None],
        sum(undone is not None for _seconds, undone in looked),
        {name: sum(day[name] for day in days.values()) for name in _SUMS},
        sum(many for cause, many in causes.items() if cause.startswith(_OURS)),
        days,
        _misses(session, zones, begin, end),
        len(outages),
        _minutes([(started, ended or now) for started, ended in outages]),
        _hotline(session, zones, begin, end, now),
    )


def _minutes(spans: Sequence[tuple[datetime, datetime]]) -> int:
    return round(sum(((ended - started).total_seconds() for started, ended in spans), 0.0) / 60)


def _figures(session: Session, zones: Sequence[int] | None, first: date) -> Sequence[Any]:
    of = DailyFigures.zone_id == ALL_ZONES if zones is None else one_of(DailyFigures.zone_id, list(zones))
    days = (DailyFigures.day >= first, DailyFigures.day < first + timedelta(days=DAYS))
    return session.scalars(select(DailyFigures).where(of, *days)).all()


def _of_zones(column: Any, zones: Sequence[int]) -> Any:
    return column.is_(None) | one_of(column, list(zones))


def _misses(session: Session, zones: Sequence[int] | None, begin: datetime, end: datetime) -> dict[IncidentState, int]:
    which = [Incident.kind.in_(ASKED_AFTER), Incident.opened_at >= begin, Incident.opened_at < end]
    if zones is not None:
        which.append(one_of(Incident.zone_id, list(zones)))
    rows = session.execute(select(Incident.state, func.count()).where(*which).group_by(Incident.state)).all()
    return {row[0]: row[1] for row in rows}


def _hotline(session: Session, zones: Sequence[int] | None, begin: datetime, end: datetime, now: datetime) -> Figures:
    sight = Sight(0, None if zones is None else frozenset(zones), frozenset())
    return report_of(session, Wanted(Which.ALL, since=begin, until=end), sight, now).whole


def zone_names(session: Session, account: Account) -> list[str]:
    """Whose figures these are; empty: of all zones."""
    if account.all_zones:
        return []
    mine = select(AccountZone.zone_id).where(AccountZone.account_id == account.id)
    return list(session.scalars(select(Zone.name).where(Zone.id.in_(mine)).order_by(Zone.name)))
