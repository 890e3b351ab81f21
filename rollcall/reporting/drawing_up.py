"""A report is counted: gathered in one view of the database, reconciled with the one before, and kept in a short transaction.

Counting twice does no harm: lists are found by what they hold, and of two who count at once the later one's figures are dropped.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.daily_report import Report, ReportDifference, ReportState
from monitor.reports.definitions import FIGURES, Stock, stock_key, stored
from monitor.reports.kept import Packing, keep_figures, keep_lists
from monitor.reports.places import Place, parts_of
from monitor.reports.settling import keep_corrections
from monitor.reports.stocks import Flows, Slip, reckon
from monitor.words import N_, Words, words
from rollcall.reporting.before import Before, ever_before, people_before, report_before
from rollcall.reporting.explaining import explain
from rollcall.reporting.gathered import Gathered, Span
from rollcall.reporting.membership import events_between, ever_until, people_at
from rollcall.reporting.subjects import SUBJECTS
from rollcall.reporting.zones_of_report import Zones, read_zones

log = logging.getLogger(__name__)
FIRST = timedelta(days=1)
"""What counts as new in a report that has none before it."""
AT_ONCE = 1000
UNITS_MERGED = N_("%(old)s now belongs to %(new)s; the numbers of the last report are added up under the new name.")
NO_REPORTS = N_("No report was made for %(count)s days before this one; what happened since %(since)s is counted here.")
NOBODY = N_("Nobody is or was in quarantine; all numbers about people are zero.")
FIRST_REPORT = N_("This is the first report: there is none before it to add up with.")


@dataclass(frozen=True)
class Drawn:
    """All that was gathered. before_id: the report it goes on from."""

    before_id: int | None
    since: datetime
    packing: Packing
    differences: Sequence[tuple[Slip, Words]]
    notes: Sequence[Words]


def count_report(database: Database, report_id: int, timezone: ZoneInfo, now: datetime) -> bool:
    """Count a draft, again too; returns whether its figures were kept: it may have been released, or counted by another, meanwhile."""
    with database.read() as session:
        if not database.is_sqlite:
            # All of it at one moment, however long it takes.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        report = session.get(Report, report_id)
        if report is None or report.state is not ReportState.DRAFT:
            return False
        drawn = draw_up(session, report, timezone)
        accepted = _accepted(session, [report.id, *([report.replaces_id] if report.replaces_id else [])])
    keep_lists(database, drawn.packing.lists)
    with database.write() as session:
        return _keep(session, report, drawn, accepted, now)


def draw_up(session: Session, report: Report, timezone: ZoneInfo) -> Drawn:
    """Gather everything for a report, in the caller's view of the database."""
    before = report_before(session, report.kind, report.day)
    since = before.cut_off if before else report.cut_off - FIRST
    span = Span(report.day, report.cut_off.astimezone(timezone).date(), since, report.cut_off)
    zones = read_zones(session, report.day, before.units if before else ())
    there = people_at(session, zones, span.until)
    events = events_between(session, zones, span.since, span.until)
    was_there = people_before(session, before, zones.units) if before else {}
    flows = reckon(was_there, there, events) if before else _flows_alone(events)
    packing = Packing()
    for key, figure in FIGURES.items():
        if stored(figure):
            packing.count(key, {})
    for gather in SUBJECTS:
        gathered = Gathered(span, zones, was_there, there)
        gather(session, gathered)
        for key, units in gathered.counted.items():
            packing.add(key, units)
        for key, values in gathered.values.items():
            packing.count(key, values)
    _add_stocks(packing, flows, there)
    differences = explain(session, flows.slips if before else [], span, zones, timezone)
    notes = _notes(report, before, zones, there, timezone)
    came = [*flows.new.items(), *flows.moved_in.items()]
    for place, people in _ever(session, zones, before, span, there, came):
        setting, unit = parts_of(place)
        packing.add(stock_key(setting, Stock.EVER), {unit: people})
    return Drawn(before.report_id if before else None, since, packing, differences, notes)


def _flows_alone(events: Mapping[int, Any]) -> Flows:
    """Without a report before, the events tell what is new and ended, and nobody can be missed."""
    started = {person: min(theirs, key=lambda each: each.at).before for person, theirs in events.items()}
    flows = reckon({person: place for person, place in started.items() if place}, {}, events)
    flows.slips.clear()
    return flows


def _by_place(there: Mapping[int, Place]) -> dict[Place, list[int]]:
    found: dict[Place, list[int]] = defaultdict(list)
    for resident_id, place in there.items():
        found[place].append(resident_id)
    return found


def _add_stocks(packing: Packing, flows: Flows, there: Mapping[int, Place]) -> None:
    by_stock: dict[Stock, Mapping[Place, Collection[int]]] = {
        Stock.NOW: _by_place(there),
        Stock.NEW: flows.new,
        Stock.ENDED: flows.ended,
        Stock.MOVED_IN: flows.moved_in,
        Stock.MOVED_OUT: flows.moved_out,
    }
    for stock, places in by_stock.items():
        for place, people in places.items():
            setting, unit = parts_of(place)
            packing.add(stock_key(setting, stock), {unit: people})


def _ever(
    session: Session,
    zones: Zones,
    before: Before | None,
    span: Span,
    there: Mapping[int, Place],
    came: Sequence[tuple[Place, Collection[int]]],
) -> Iterator[tuple[Place, set[int]]]:
    """Each place with everybody who ever was there: by the report before, who is there, and who came meanwhile."""
    now = _by_place(there)
    for place, people in came:
        now[place].extend(people)
    known = ever_before(session, before, zones.units) if before else iter(ever_until(session, zones, span.until).items())
    for place, people in known:
        yield place, people.union(now.pop(place, ()))
    yield from ((place, set(people)) for place, people in now.items())


def _notes(report: Report, before: Before | None, zones: Zones, there: Mapping[int, Place], timezone: ZoneInfo) -> list[Words]:
    notes: list[Words] = []
    if before is None:
        notes.append(words(FIRST_REPORT))
    elif (missing := (report.day - before.day).days - 1) > 0:
        notes.append(words(NO_REPORTS, count=missing, since=f"{before.cut_off.astimezone(timezone):%H:%M %d/%m/%Y}"))
    if not there and (before is None or not any(kept.value for kept in before.figures.values())):
        notes.append(words(NOBODY))
    for today, old in zones.units.merged(before.units if before else ()).items():
        named = ", ".join(zones.units.names(each)[0] for each in old)
        notes.append(words(UNITS_MERGED, old=named, new=zones.units.names(today)[0]))
    return notes


Key = tuple[int, int, str, str]


def _accepted(session: Session, reports: Sequence[int]) -> dict[Key, Any]:
    """What people accepted of this report, and of the one whose place it takes: they need not look at it again."""
    rows = session.scalars(
        select(ReportDifference)
        .where(ReportDifference.report_id.in_(reports), ReportDifference.accepted_at.is_not(None))
        .order_by(ReportDifference.report_id)
    )
    return {(each.resident_id, each.part, each.expected, each.found): each for each in rows}


def _keep(
    session: Session,
    report: Report,
    drawn: Drawn,
    accepted: Mapping[Key, Any],
    now: datetime,
) -> bool:
    rows, agreed = [], []
    for slip, reason in drawn.differences:
        by_person = accepted.get((slip.resident_id, slip.part, slip.expected, slip.found))
        if by_person is not None:
            agreed.append(slip)
        rows.append(
            {
                "report_id": report.id,
                "resident_id": slip.resident_id,
                "part": slip.part,
                "expected": slip.expected,
                "found": slip.found,
                "reason": reason.dump(),
                "accepted_at": by_person.accepted_at if by_person else None,
                "accepted_by": by_person.accepted_by if by_person else None,
                "accepted_why": by_person.accepted_why if by_person else "",
            }
        )
    mine = update(Report).where(Report.id == report.id, Report.state == ReportState.DRAFT, Report.counts == report.counts)
    values = {
        "made_at": now,
        "since": drawn.since,
        "before_id": drawn.before_id,
        "counts": report.counts + 1,
        "unsettled": len(rows) - len(agreed),
        "notes": [each.dump() for each in drawn.notes],
    }
    if not changed(session, mine.values(**values)):
        log.info("report %s was released or counted by another meanwhile; these figures are dropped", report.id)
        return False
    keep_figures(session, report.id, drawn.packing.figures)
    changed(session, delete(ReportDifference).where(ReportDifference.report_id == report.id))
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(ReportDifference), rows[start : start + AT_ONCE])
    keep_corrections(session, report.id, agreed)
    return True
