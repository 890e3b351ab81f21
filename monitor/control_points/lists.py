"""Who was where: stays by place, day, point and person, read page by page for an inspector; and the capture rate at doors. Rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from monitor.control_points.capture import Hour, by_hour
from monitor.database.many_rows import one_of
from monitor.declarations.standing import who_of_number, who_of_phone
from monitor.models.cameras.cameras import LineHour
from monitor.models.control_points import ControlPlace, ControlPoint, OutKind, PlaceHour, PlaceState, PlaceStay
from monitor.models.declarations import Declarant
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import international


@dataclass(frozen=True)
class Wanted:
    """Of one place: a day on its clock; point_id, declarants: only these; None: all."""

    place_id: int
    day: date
    timezone: ZoneInfo
    point_id: int | None = None
    declarants: Collection[int] | None = None

    @property
    def begins(self) -> datetime:
        """The day's first moment."""
        return datetime.combine(self.day, time(), self.timezone)

    @property
    def ends(self) -> datetime:
        """The next day's first moment."""
        return datetime.combine(self.day + timedelta(days=1), time(), self.timezone)


@dataclass(frozen=True)
class Listed:
    """One stay with who and where. goes_on: nobody has ended it yet."""

    stay_id: int
    full_name: str
    phone: str
    point: str
    in_at: datetime | None
    out_at: datetime | None
    out_kind: OutKind | None
    certain: tuple[datetime, datetime] | None
    possible_from: datetime
    possible_to: datetime

    @property
    def goes_on(self) -> bool:
        """Whether it is not over."""
        return self.out_kind is None


def page_of(session: Session, wanted: Wanted, now: datetime, *, after: tuple[datetime, int] | None, most: int) -> list[Listed]:
    """The stays of a day that may have touched it, the first first. after: (possible_from, stay_id) of the last one of the page before."""
    query = _query(wanted)
    if after is not None:
        query = query.where(tuple_(PlaceStay.possible_from, PlaceStay.id) > tuple_(*after))
    return [_listed(row, now) for row in session.execute(query.limit(most))]


def all_of(session: Session, wanted: Wanted, now: datetime) -> Iterator[Listed]:
    """The same, all of them, some at a time."""
    for row in session.execute(_query(wanted).execution_options(yield_per=500)):
        yield _listed(row, now)


def _query(wanted: Wanted) -> Select[PlaceStay, str, str, str]:
    # Nothing lasts longer than what is kept; a stay that began before the day may reach into it.
    touches = and_(
        PlaceStay.possible_from < wanted.ends, or_(PlaceStay.possible_to >= wanted.begins, PlaceStay.out_kind.is_(None))
    )
    query = (
        select(PlaceStay, Declarant.full_name, Declarant.phone, ControlPoint.name)
        .join(Declarant, Declarant.id == PlaceStay.declarant_id)
        .join(ControlPoint, ControlPoint.id == PlaceStay.point_id)
        .where(PlaceStay.place_id == wanted.place_id, touches)
        .order_by(PlaceStay.possible_from, PlaceStay.id)
    )
    if wanted.point_id is not None:
        query = query.where(PlaceStay.point_id == wanted.point_id)
    if wanted.declarants is not None:
        query = query.where(one_of(PlaceStay.declarant_id, list(wanted.declarants)))
    return query


def _listed(row: Row[PlaceStay, str, str, str], now: datetime) -> Listed:
    stay, name, phone, point = row
    certain = None
    if stay.certain_from is not None and stay.certain_to is not None:
        certain = (stay.certain_from, stay.certain_to)
    until = now if stay.out_kind is None else stay.possible_to
    return Listed(stay.id, name, phone, point, stay.in_at, stay.out_at, stay.out_kind, certain, stay.possible_from, until)


_INSURANCE = re.compile(r"[A-Z]{2}\d{13}")


def people_of(session: Session, text: str) -> list[int]:
    """Who is meant by a telephone number or a card's number that an inspector typed. A name means nobody surely: those are on the list."""
    said = plain(text)
    number = said.replace(" ", "").upper()
    # Of a whole insurance number declarations keep the ten digits.
    numbers = {number, number[-10:] if _INSURANCE.fullmatch(number) else number}
    found = who_of_phone(session, international(said)) + [row for each in numbers for row in who_of_number(session, each)]
    return sorted({each.id for each in found})


def capture_of(session: Session, points: Sequence[ControlPoint], since: datetime, until: datetime) -> tuple[Hour, ...]:
    """Crossings at these points' doors against scans there, by the hour; only points with a camera of ours count on either side."""
    watched = [point for point in points if point.camera_id is not None and point.camera_line]
    if not watched:
        return ()
    # One camera may see the door of two points: its crossings count once.
    lines = sorted({(point.camera_id, point.camera_line) for point in watched})
    crossed: dict[datetime, int] = defaultdict(int)
    passed = func.sum(LineHour.ins + LineHour.outs)
    for row in session.execute(
        select(LineHour.hour, passed.label("passed"))
        .where(tuple_(LineHour.camera_id, LineHour.line).in_(lines), LineHour.hour >= since, LineHour.hour < until)
        .group_by(LineHour.hour)
    ):
        crossed[row.hour] += int(row.passed)
    scanned: dict[datetime, int] = defaultdict(int)
    for row in session.execute(
        select(PlaceHour.hour, func.sum(PlaceHour.ins + PlaceHour.outs).label("scans"))
        .where(one_of(PlaceHour.point_id, [point.id for point in watched]), PlaceHour.hour >= since, PlaceHour.hour < until)
        .group_by(PlaceHour.hour)
    ):
        scanned[row.hour] += int(row.scans)
    return by_hour(crossed, scanned)


def watched_points(session: Session, unit: tuple[str, date]) -> list[ControlPoint]:
    """All points of a unit's places that have a camera at their door."""
    return list(
        session.scalars(
            select(ControlPoint)
            .join(ControlPlace, ControlPlace.id == ControlPoint.place_id)
            .where(
                ControlPlace.unit_code == unit[0],
                ControlPlace.unit_from == unit[1],
                ControlPlace.state == PlaceState.APPROVED,
                ControlPoint.camera_id.is_not(None),
                ControlPoint.closed_at.is_(None),
            )
            .order_by(ControlPoint.id)
        )
    )
