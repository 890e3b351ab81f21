"""Scans become stays and figures: of each person anew whenever a scan comes, and when a stay ends by itself. Gather, reckon, write."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from monitor.control_points.stays import LONGEST, PlaceRule, Scan, Stay, stays_of
from monitor.database.database import Database
from monitor.database.many_rows import add_up, one_of
from monitor.models.control_points import (
    ControlPlace,
    ControlPoint,
    Direction,
    PlaceHour,
    PlaceScan,
    PlaceStay,
    PointKind,
)

BATCH = 500
"""Scans, or stays that end, at once."""
_REACH = LONGEST + timedelta(hours=8)
"""How far before a new scan others may still belong to the same stay."""


def settle(database: Database, now: datetime, timezone: ZoneInfo) -> int:
    """Take new scans into stays, and end stays whose time is over; returns how many there were. Safe to run twice and at once.

    timezone: of the clocks on which places close.
    """
    done = 0
    while True:
        with database.read() as session:
            fresh = session.scalars(_unsettled().limit(1)).first()
            over = session.scalar(select(PlaceStay.id).where(PlaceStay.ends_by <= now).limit(1))
        if fresh is None and over is None:
            return done
        with database.write() as session:
            taken, more = _settle_some(session, now, timezone)
        done += taken
        # What comes while this is done waits for the next tick: else each piece were of a few, and cost as much as one of hundreds.
        if not more:
            return done


def _unsettled() -> Select[int]:
    return select(PlaceScan.id).where(PlaceScan.settled.is_(False)).order_by(PlaceScan.id)


def _settle_some(session: Session, now: datetime, timezone: ZoneInfo) -> tuple[int, bool]:
    """One piece, in a transaction that holds its scans: another worker takes others. How many it were, and whether there may be more."""
    new = session.execute(
        select(PlaceScan.id, PlaceScan.declarant_id, PlaceScan.at)
        .where(PlaceScan.settled.is_(False))
        .order_by(PlaceScan.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    ending = session.execute(
        select(PlaceStay.id, PlaceStay.declarant_id, PlaceStay.possible_from)
        .where(PlaceStay.ends_by <= now)
        .order_by(PlaceStay.ends_by)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if not new and not ending:
        return 0, False
    since: dict[int, datetime] = {}
    for row in new:
        since[row.declarant_id] = min(since.get(row.declarant_id, row.at), row.at)
    for row in ending:
        since[row.declarant_id] = min(since.get(row.declarant_id, row.possible_from), row.possible_from)
    if new:
        ids = [row.id for row in new]
        session.execute(update(PlaceScan).where(one_of(PlaceScan.id, ids)).values(settled=True))
    before, after, repeated = reckon(session, since, now, timezone)
    _count_hours(session, [row.id for row in new], repeated, before, after)
    _note_most(session, {stay.point for stays in after.values() for stay in stays if stay.out_kind is None})
    return len(new) + len(ending), BATCH in (len(new), len(ending))


def reckon(
    session: Session, since: Mapping[int, datetime], now: datetime, timezone: ZoneInfo
) -> tuple[Mapping[int, set[int]], Mapping[int, Sequence[Stay]], set[int]]:
    """Reckon people's stays anew. since: whose, and from when on something is new.

    Returns for each person the exits without entry that there were, the stays that there are now, and the scans that only repeated one.
    """
    people = list(since)
    begin = {who: at - _REACH for who, at in since.items()}
    held: dict[int, list[PlaceStay]] = defaultdict(list)
    earliest = min(begin.values())
    lasting = or_(PlaceStay.possible_to >= earliest, PlaceStay.out_kind.is_(None))
    rows = session.scalars(select(PlaceStay).where(one_of(PlaceStay.declarant_id, people), lasting))
    for row in rows:
        # What may have gone on until then is reckoned anew whole.
        if row.possible_to >= begin[row.declarant_id] or row.out_kind is None:
            held[row.declarant_id].append(row)
    for who, stays in held.items():
        begin[who] = min(begin[who], *(stay.possible_from for stay in stays))
    scans = _scans_of(session, people, begin)
    rules = _rules_of(session, {scan.place for theirs in scans.values() for scan in theirs}, timezone)
    after: dict[int, Sequence[Stay]] = {}
    repeated: set[int] = set()
    fresh: list[dict[str, object]] = []
    gone: list[int] = []
    for who in people:
        reckoned = stays_of(scans.get(who, ()), rules, now)
        after[who] = reckoned.stays
        repeated |= reckoned.repeated
        there = {_key(each): each for each in held.get(who, ())}
        for stay in reckoned.stays:
            known = there.pop((stay.in_key, stay.out_key), None)
            values = _row(who, stay)
            if known is not None and all(getattr(known, name) == value for name, value in values.items()):
                continue
            if known is not None:
                gone.append(known.id)
            fresh.append(values)
        gone += [each.id for each in there.values()]
    before = {who: {each.out_scan for each in stays if each.in_at is None and each.out_scan} for who, stays in held.items()}
    if gone:
        session.execute(delete(PlaceStay).where(one_of(PlaceStay.id, gone)))
    if fresh:
        session.execute(insert(PlaceStay), fresh)
    return before, after, repeated


def _key(stay: PlaceStay) -> tuple[int | None, int | None]:
    return stay.in_scan, stay.out_scan


def _row(who: int, stay: Stay) -> dict[str, object]:
    return {
        "declarant_id": who,
        "place_id": stay.place,
        "point_id": stay.point,
        "in_at": stay.in_at,
        "out_at": stay.out_at,
        "out_kind": stay.out_kind,
        "certain_from": stay.certain.start if stay.certain else None,
        "certain_to": stay.certain.end if stay.certain else None,
        "possible_from": stay.possible.start,
        "possible_to": stay.possible.end,
        "in_scan": stay.in_key,
        "out_scan": stay.out_key,
        "ends_by": stay.ends_by,
    }


def _scans_of(session: Session, people: Collection[int], begin: Mapping[int, datetime]) -> dict[int, list[Scan]]:
    rows = session.execute(
        select(
            PlaceScan.id,
            PlaceScan.declarant_id,
            PlaceScan.at,
            PlaceScan.place_id,
            PlaceScan.point_id,
            PlaceScan.direction,
            PlaceScan.source,
            PlaceScan.doubt_seconds,
            ControlPoint.kind,
        )
        .join(ControlPoint, ControlPoint.id == PlaceScan.point_id)
        .where(one_of(PlaceScan.declarant_id, list(people)), PlaceScan.at >= min(begin.values()), PlaceScan.settled.is_(True))
        .order_by(PlaceScan.at, PlaceScan.id)
    )
    scans: dict[int, list[Scan]] = defaultdict(list)
    for row in rows:
        if row.at >= begin[row.declarant_id]:
            scans[row.declarant_id].append(
                Scan(
                    row.id,
                    row.at,
                    row.place_id,
                    row.point_id,
                    row.kind is PointKind.GATE,
                    row.direction,
                    row.source,
                    timedelta(seconds=row.doubt_seconds),
                )
            )
    return scans


def _rules_of(session: Session, places: Collection[int], timezone: ZoneInfo) -> dict[int, PlaceRule]:
    columns = (ControlPlace.id, ControlPlace.usual_minutes, ControlPlace.closes_at)
    rows = session.execute(select(*columns).where(one_of(ControlPlace.id, list(places)))) if places else ()
    return {row.id: rule_of(row.usual_minutes, row.closes_at, timezone) for row in rows}


def rule_of(usual_minutes: int | None, closes_at: str, timezone: ZoneInfo) -> PlaceRule:
    """A place's rule as its row says it."""
    usual = timedelta(minutes=usual_minutes) if usual_minutes else None
    return PlaceRule(usual, time.fromisoformat(closes_at) if closes_at else None, timezone)


def _count_hours(
    session: Session,
    new: Iterable[int],
    repeated: Collection[int],
    before: Mapping[int, set[int]],
    after: Mapping[int, Sequence[Stay]],
) -> None:
    """Add what is new to the hours of each point; a scan that only repeats another one is no further person."""
    counted = [each for each in new if each not in repeated]
    added: Counter[tuple[int, datetime, str]] = Counter()
    if counted:
        rows = session.execute(
            select(PlaceScan.point_id, PlaceScan.at, PlaceScan.direction).where(one_of(PlaceScan.id, counted))
        )
        for row in rows:
            added[row.point_id, hour_of(row.at), "ins" if row.direction is Direction.IN else "outs"] += 1
    for who, stays in after.items():
        unseen = {stay.out_key: stay for stay in stays if stay.in_at is None and stay.out_key is not None}
        for key in unseen.keys() - before.get(who, set()):
            assert unseen[key].out_at is not None
            added[unseen[key].point, hour_of(unseen[key].out_at), "unseen"] += 1  # type: ignore[arg-type]
    sums: dict[tuple[int, datetime], Counter[str]] = defaultdict(Counter)
    for (point, hour, column), count in added.items():
        sums[point, hour][column] += count
    # In one order, so that two workers never wait for each other in a circle.
    for (point, hour), counts in sorted(sums.items()):
        add_up(session, PlaceHour, {"point_id": point, "hour": hour}, {"ins": 0, "outs": 0, "unseen": 0} | dict(counts))


def hour_of(at: datetime) -> datetime:
    """The beginning of its hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def _note_most(session: Session, points: Collection[int]) -> None:
    """Remember the most people at a time behind each code."""
    if not points:
        return
    inside = session.execute(
        select(PlaceStay.point_id, func.count().label("inside"))
        .where(one_of(PlaceStay.point_id, list(points)), PlaceStay.out_kind.is_(None))
        .group_by(PlaceStay.point_id)
    ).all()
    for row in sorted(inside):
        mine = update(ControlPoint).where(ControlPoint.id == row.point_id, ControlPoint.most_at_once < row.inside)
        session.execute(mine.values(most_at_once=row.inside))
