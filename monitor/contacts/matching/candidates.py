"""Stays of a case, and those that others had at the same places at the same time: found by an index, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, Subquery, Table, case, func, select
from sqlalchemy.orm import Session

from monitor.contacts.matching.risk import STAY, CaseVisit, Judged, Visit, judge, meetings
from monitor.contacts.matching.rule import MatchingRule
from monitor.control_points.occupancy import too_coarse
from monitor.control_points.stays import LONGEST
from monitor.database.expressions import one_after_other, seconds_of
from monitor.database.many_rows import given_rows, one_of
from monitor.models.control_points import ControlPlace, ControlPoint, PlaceStay

_STAYS: Table = PlaceStay.__table__  # type: ignore[assignment]
_REACH = max(LONGEST, timedelta(hours=24)) + timedelta(hours=4)
"""No stay at a place that closes each night began longer ago: it ends there by then, give or take a clock's doubt."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 500
"""Visits of one statement."""
_COLUMNS = (
    PlaceStay.id,
    PlaceStay.declarant_id,
    PlaceStay.place_id,
    PlaceStay.point_id,
    func.coalesce(seconds_of(PlaceStay.certain_from), 0),
    func.coalesce(seconds_of(PlaceStay.certain_to), 0),
    seconds_of(PlaceStay.possible_from),
    # Of a stay that goes on: as of when it was reckoned.
    case((PlaceStay.out_kind.is_(None), 0), else_=seconds_of(PlaceStay.possible_to)),
)


def stays_of(session: Session, declarants: Collection[int], since: datetime, until: datetime, now: datetime) -> list[Visit]:
    """Stays of people, as far as they may lie in a time, by their beginning."""
    rows = session.execute(
        select(*_COLUMNS)
        .where(
            one_of(PlaceStay.declarant_id, declarants),
            PlaceStay.possible_from < until,
            (PlaceStay.possible_to > since) | PlaceStay.out_kind.is_(None),
        )
        .order_by(PlaceStay.possible_from, PlaceStay.id)
    )
    return [visit_of(tuple(row), now) for row in rows]


def visit_rows() -> tuple[Any, ...]:
    """What is selected of `PlaceStay` for `visit_of`."""
    return _COLUMNS


def visit_of(row: Sequence[Any], now: datetime) -> Visit:
    """A row of `visit_rows`."""
    key, who, place, point, certain_from, certain_to, possible_from, possible_to = row
    certain = (certain_from, certain_to) if certain_from else None
    return Visit(key, who, place, point, certain, (possible_from, possible_to or seconds(now)))


def others_at(session: Session, cases: Sequence[CaseVisit], now: datetime) -> NDArray[Any]:
    """The stays that lie at the same place beside what counts of a case's visits: `STAY`, shape (n,); the case's own are among them."""
    closing = _closing(session, {each.visit.place for each in cases})
    found: list[Any] = []
    # Plain rows: of tens of thousands the session would make objects first.
    connection = session.connection()
    for begin in range(0, len(cases), BATCH):
        wanted = [_wanted(each, closing) for each in cases[begin : begin + BATCH]]
        found += connection.execute(_ended(session, wanted)).all()
        found += connection.execute(_going_on(session, wanted)).all()
    stays = np.array([tuple(row) for row in found], STAY)
    stays["possible_to"] = np.where(stays["possible_to"] == 0, seconds(now), stays["possible_to"])
    order = np.lexsort((stays["stay"], stays["visit"]))
    stays = stays[order]
    again = np.zeros(len(stays), bool)
    again[1:] = (np.diff(stays["visit"]) == 0) & (np.diff(stays["stay"]) == 0)
    return stays[~again]


def _ended(session: Session, wanted: Sequence[Mapping[str, object]]) -> Select[Any]:
    """Whatever these stays were reckoned to last until; the index tells it, so that only those rows are read that are wanted."""
    each = _given(session, wanted)
    there = (
        (PlaceStay.place_id == each.c.place)
        & (PlaceStay.possible_from >= each.c.reach)
        & (PlaceStay.possible_from < each.c.until)
        & (PlaceStay.possible_to > each.c.since)
    )
    return select(each.c.visit, *_COLUMNS).select_from(one_after_other(each, _STAYS, there))


def _going_on(session: Session, wanted: Sequence[Mapping[str, object]]) -> Select[Any]:
    """Stays that nobody has ended, reckoned last before the visit: few, with an index of their own by their point."""
    each = _given(session, wanted)
    inside = (PlaceStay.point_id == ControlPoint.id) & PlaceStay.out_kind.is_(None)
    joined = one_after_other(each, ControlPoint.__table__, ControlPoint.place_id == each.c.place)
    columns = select(each.c.visit, *_COLUMNS).select_from(joined).join(PlaceStay, inside)
    return columns.where(PlaceStay.possible_from < each.c.until)


def _given(session: Session, wanted: Sequence[Mapping[str, object]]) -> Subquery:
    types = {"visit": PlaceStay.id.type, "place": PlaceStay.place_id.type}
    types |= dict.fromkeys(("reach", "since", "until"), PlaceStay.possible_from.type)
    # The OFFSET has SQLite read the document once for each visit, not once for each stay.
    return select(given_rows(session, types, wanted)).offset(0).subquery()


def met_by(
    session: Session, cases: Sequence[CaseVisit], own: Collection[int], rule: MatchingRule, now: datetime
) -> list[Judged]:
    """Who was where a case was, judged. own: the declarants that are the case."""
    return judge(meetings(cases, others_at(session, cases, now), own), rule)


def coarse_places(session: Session, places: Collection[int]) -> set[int]:
    """Of places, those whose one code is for more people than can be contacts of one of them."""
    rows = session.execute(
        select(ControlPoint.place_id, ControlPoint.most_at_once).where(
            one_of(ControlPoint.place_id, list(places)), ControlPoint.closed_at.is_(None)
        )
    )
    most: Mapping[int, list[int]] = defaultdict(list)
    for row in rows:
        most[row.place_id].append(row.most_at_once)
    return {place for place, counts in most.items() if too_coarse(len(counts), max(counts))}


def moment(seconds: int) -> datetime:
    """As the database has it, in UTC."""
    return _EPOCH + timedelta(seconds=seconds)


def seconds(at: datetime) -> int:
    """Since 1970."""
    return int((at - _EPOCH).total_seconds())


def _closing(session: Session, places: Collection[int]) -> set[int]:
    """Of places, those that close each night."""
    asked = select(ControlPlace.id).where(one_of(ControlPlace.id, list(places)), ControlPlace.closes_at != "")
    return set(session.scalars(asked))


def _wanted(each: CaseVisit, closing: Collection[int]) -> dict[str, object]:
    spans = [part.span for part in (*each.maybe, *each.sure)]
    since, until = moment(min(span[0] for span in spans)), moment(max(span[1] for span in spans))
    reach = since - _REACH if each.visit.place in closing else _EPOCH
    return {"visit": each.visit.key, "place": each.visit.place, "reach": reach, "since": since, "until": until}
