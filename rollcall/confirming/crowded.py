"""More people are inside a place than may be: its owner and who scans there hear of it by a text message, once an hour at most."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from monitor.control_points.inside import counted_by_point, counted_of_place
from monitor.control_points.occupancy import occupancy, over_limit
from monitor.control_points.registering import checkers_of, points_of
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.control_points import ControlPlace, ControlPoint, PlaceState, PlaceStay
from monitor.problems import Problem
from rollcall.confirming.asking import CROWDED, queue_text, require_texts

AGAIN_AFTER = timedelta(hours=1)
MOST_TOLD = 10
"""Of who scans there: in a large place they stand at the same gates."""


def tell_crowded(database: Database, now: datetime, *, texts_set_up: bool) -> int:
    """Tell of each place that is over its limit now; returns of how many. Safe to run twice and at once.

    The pages of owner and guards say it all the time; a number that takes no text messages, or while all are stopped, is left out.
    """
    with database.read() as session:
        full = _over(session, now)
    told = 0
    for place_id in full:
        with database.write() as session:
            mine = update(ControlPlace).where(
                ControlPlace.id == place_id,
                or_(ControlPlace.crowded_at.is_(None), ControlPlace.crowded_at <= now - AGAIN_AFTER),
            )
            if changed(session, mine.values(crowded_at=now)):
                told += 1
                if texts_set_up:
                    _tell(session, session.get_one(ControlPlace, place_id), now)
    return told


def _over(session: Session, now: datetime) -> list[int]:
    """Places over their limit that nobody was told of within the hour."""
    # Who is in a room is counted there and at the gate: so many at least, looked at exactly below.
    maybe = session.scalars(
        select(ControlPlace)
        .join(ControlPoint, ControlPoint.place_id == ControlPlace.id)
        .join(PlaceStay, PlaceStay.point_id == ControlPoint.id)
        .where(
            ControlPlace.most_people.is_not(None),
            ControlPlace.state == PlaceState.APPROVED,
            or_(ControlPlace.crowded_at.is_(None), ControlPlace.crowded_at <= now - AGAIN_AFTER),
            ControlPoint.closed_at.is_(None),
            PlaceStay.out_kind.is_(None),
        )
        .group_by(ControlPlace.id)
        .having(func.count() > ControlPlace.most_people)
        .order_by(ControlPlace.id)
    ).all()
    return [place.id for place in maybe if _is_over(session, place, now)]


def _is_over(session: Session, place: ControlPlace, now: datetime) -> bool:
    points = points_of(session, place.id)
    whole = counted_of_place(points, counted_by_point(session, [point.id for point in points], now))
    return whole is not None and over_limit(occupancy(whole, now).inside, place.most_people)


def _tell(session: Session, place: ControlPlace, now: datetime) -> None:
    numbers = [place.owner_phone, *(each.phone for each in checkers_of(session, place.id)[-MOST_TOLD:])]
    for number in dict.fromkeys(each for each in numbers if each):
        try:
            require_texts(session, number, None)
        except Problem:
            continue
        queue_text(session, f"{CROWDED}{place.id}", number, place.language, now)
