"""How many are inside each point and place now, read from rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from monitor.control_points.occupancy import Counted
from monitor.database.many_rows import one_of
from monitor.models.control_points import ControlPoint, PlaceHour, PlaceScan, PlaceStay, PointKind

LONG = timedelta(hours=12)
"""Inside for longer than a shift with its breaks: perhaps left without scanning."""
SINCE = timedelta(hours=24)


def counted_by_point(session: Session, points: Collection[int], now: datetime) -> Mapping[int, Counted]:
    """Each point's own; who is in a room is counted there and at the gate."""
    if not points:
        return {}
    long_inside = func.sum(case((PlaceStay.in_at < now - LONG, 1), else_=0))
    inside = session.execute(
        select(PlaceStay.point_id, func.count().label("inside"), long_inside.label("long"))
        .where(one_of(PlaceStay.point_id, list(points)), PlaceStay.out_kind.is_(None))
        .group_by(PlaceStay.point_id)
    ).all()
    unseen = session.execute(
        select(PlaceHour.point_id, func.sum(PlaceHour.unseen).label("unseen"))
        .where(one_of(PlaceHour.point_id, list(points)), PlaceHour.hour > now - SINCE)
        .group_by(PlaceHour.point_id)
    ).all()
    as_of = counted_until(session, now)
    there, came = {row.point_id: row for row in inside}, {row.point_id: int(row.unseen or 0) for row in unseen}
    return {
        point: Counted(
            there[point].inside if point in there else 0,
            int(there[point].long or 0) if point in there else 0,
            came.get(point, 0),
            as_of,
        )
        for point in points
    }


def counted_of_place(points: Collection[ControlPoint], counted: Mapping[int, Counted]) -> Counted | None:
    """Of a whole place: who came through its gates; without a gate, who is at its points. None: it has no point."""
    gates = [point for point in points if point.kind is PointKind.GATE] or list(points)
    each = [counted[point.id] for point in gates if point.id in counted]
    if not each:
        return None
    return Counted(
        sum(one.inside for one in each),
        sum(one.long_inside for one in each),
        sum(one.unseen for one in each),
        min(one.as_of for one in each),
    )


def counted_until(session: Session, now: datetime) -> datetime:
    """Until when scans are in the stays: all until now, or until the oldest that waits came."""
    waiting = select(PlaceScan.received_at).where(PlaceScan.settled.is_(False)).order_by(PlaceScan.id).limit(1)
    return session.scalar(waiting) or now
