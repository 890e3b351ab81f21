"""Scans as they come: whose code and which point, kept once however often they are sent, and what whoever scans is told."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Insert, select
from sqlalchemy.orm import Session

from monitor.control_points.clocks import Said, put_right
from monitor.control_points.codes import SAID, KnownKey, PlaceCode, Refusal, read_code, refusal_of
from monitor.control_points.keys import known_keys
from monitor.database.database import Database, insert_new
from monitor.models.control_points import ControlPlace, ControlPoint, Direction, PlaceScan, PlaceState, PointKind, Source
from monitor.problems import BadInput, Conflict
from monitor.words import N_

OLDEST = timedelta(days=7)
"""A tablet's queue that was forgotten for longer is a paper list: somebody must look at it."""
MOST_AT_ONCE = 200
"""Scans in one request: a family, or a part of a tablet's queue."""
_MADE = re.compile(r"[A-Za-z0-9_-]{12,40}")
_BELIEVED_SECONDS = 3.0


class CodeRefused(Conflict):
    """A place code that is not taken. refusal: why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(SAID[refusal])
        self.refusal = refusal


@dataclass(frozen=True)
class Point:
    """What of a point and its place matters to a scan."""

    id: int
    place_id: int
    name: str
    kind: PointKind
    place: str
    is_open: bool
    codes_from: datetime
    most_people: int | None


@dataclass(frozen=True)
class NewScan:
    """One scan of one person. made: a name that the device gave it. said: its times."""

    made: str
    declarant_id: int
    direction: Direction
    said: Said


class PointBook:
    """Points and keys as they were a few seconds ago: the same few are asked for hundreds of times a second. Safe in threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._points: dict[int, tuple[float, Point | None]] = {}
        self._keys: tuple[float, Mapping[str, KnownKey]] = (-_BELIEVED_SECONDS, {})

    def keys(self) -> Mapping[str, KnownKey]:
        """All keys by their names."""
        at, keys = self._keys
        if time.monotonic() - at >= _BELIEVED_SECONDS:
            with self._database.read() as session:
                keys = known_keys(session)
            self._keys = (time.monotonic(), keys)
        return keys

    def point(self, point_id: int) -> Point | None:
        """A point by its number; None: there is none."""
        with self._lock:
            at, found = self._points.get(point_id, (-_BELIEVED_SECONDS, None))
        if time.monotonic() - at >= _BELIEVED_SECONDS:
            with self._database.read() as session:
                found = read_point(session, point_id)
            with self._lock:
                if len(self._points) > 10_000:
                    self._points.clear()
                self._points[point_id] = (time.monotonic(), found)
        return found

    def of_code(self, text: str, services: tuple[str, ...]) -> Point:
        """The point whose code was scanned. Raises CodeRefused, in words."""
        code = read_code(text, services, self.keys())
        if isinstance(code, Refusal):
            raise CodeRefused(code)
        return self._of(code)

    def _of(self, code: PlaceCode) -> Point:
        point = self.point(code.point)
        if point is None or point.place_id != code.place:
            raise CodeRefused(Refusal.CLOSED)
        refusal = refusal_of(code, open_there=point.is_open, codes_from=point.codes_from)
        if refusal is not None:
            raise CodeRefused(refusal)
        return point


def read_point(session: Session, point_id: int) -> Point | None:
    """A point as scans need it; None: there is none."""
    row = session.execute(
        select(
            ControlPoint.id,
            ControlPoint.place_id,
            ControlPoint.name,
            ControlPoint.kind,
            ControlPlace.name.label("place"),
            ControlPlace.state,
            ControlPoint.closed_at,
            ControlPoint.codes_from,
            ControlPlace.most_people,
        )
        .join(ControlPlace, ControlPlace.id == ControlPoint.place_id)
        .where(ControlPoint.id == point_id)
    ).first()
    if row is None:
        return None
    is_open = row.state is PlaceState.APPROVED and row.closed_at is None
    return Point(row.id, row.place_id, row.name, row.kind, row.place, is_open, row.codes_from, row.most_people)


def keep_scans(
    session: Session, point: Point, scans: Sequence[NewScan], *, source: Source, checker_id: int | None = None
) -> int:
    """Keep scans at one point, in the caller's write transaction; what was kept before is not kept again. Returns how many are new.

    Raises BadInput where one cannot be.
    """
    return insert_scans(session, rows_of(point, scans, source=source, checker_id=checker_id))


def rows_of(
    point: Point, scans: Sequence[NewScan], *, source: Source, checker_id: int | None = None
) -> list[dict[str, object]]:
    """Scans at one point as `insert_scans` takes them. Raises BadInput where one cannot be kept."""
    if len(scans) > MOST_AT_ONCE:
        raise BadInput(N_("These are more than %(most)s scans at once. Send them in parts."), most=MOST_AT_ONCE)
    return [_row(point, each, source, checker_id) for each in scans]


def insert_scans(session: Session, rows: Sequence[Mapping[str, object]]) -> int:
    """Keep rows of any points, in the caller's write transaction; returns how many are new."""
    if not rows:
        return 0
    dialect = session.get_bind().dialect.name
    if dialect not in _NEW:
        _NEW[dialect] = insert_new(session, PlaceScan)
    # One statement that is executed for each: one for several is compiled anew for each number of them.
    kept = session.connection().execute(_NEW[dialect], list(rows), execution_options={"preserve_rowcount": True})
    return kept.rowcount


_NEW: dict[str, Insert] = {}
"""Made once for each kind of database."""


def _row(point: Point, scan: NewScan, source: Source, checker_id: int | None) -> dict[str, object]:
    if not _MADE.fullmatch(scan.made):
        raise BadInput(N_("The request could not be read. Go back, reload the page and try again."))
    righted = put_right(scan.said)
    if scan.said.received_at - righted.at > OLDEST and source is not Source.PAPER:
        raise BadInput(N_("This scan is older than %(days)s days. Enter it as from a paper list."), days=OLDEST.days)
    return {
        # Of this place: nobody takes away another one's name.
        "made_as": f"{point.place_id}.{scan.made}",
        "declarant_id": scan.declarant_id,
        "place_id": point.place_id,
        "point_id": point.id,
        "direction": scan.direction,
        "source": source,
        "checker_id": checker_id,
        "at": righted.at,
        "doubt_seconds": int(righted.doubt.total_seconds()),
        "device_at": scan.said.scanned_at,
        "received_at": scan.said.received_at,
        "settled": False,
    }
