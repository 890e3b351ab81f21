"""Numbers whose owners wrote STOP: kept by number, not by person, until they write START."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from monitor.database import insert_new
from monitor.models import TextStop
from rollcall.numbers import international


def stopped_among(session: Session, numbers: Collection[str]) -> set[str]:
    """Those of these numbers, as they were given, to which no text message may go."""
    known = {each: international(each) for each in numbers if each}
    in_force = select(TextStop.number).where(TextStop.number.in_(set(known.values())), TextStop.ended_at.is_(None))
    stopped = set(session.scalars(in_force)) if known else set()
    return {given for given, one in known.items() if one in stopped}


def stopped_since(session: Session, number: str) -> datetime | None:
    """Since when; None where texts may go there."""
    in_force = select(TextStop.stopped_at).where(TextStop.number == international(number), TextStop.ended_at.is_(None))
    return session.scalar(in_force) if number else None


def stop_texts(session: Session, number: str, now: datetime) -> None:
    """In the caller's write transaction; said twice it counts once."""
    session.execute(insert_new(session, TextStop), [{"number": international(number), "stopped_at": now}])


def let_texts_go_on(session: Session, number: str, now: datetime) -> bool:
    """In the caller's write transaction; returns whether they were stopped."""
    ended = session.execute(
        update(TextStop)
        .where(TextStop.number == international(number), TextStop.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(ended, CursorResult)
    return bool(ended.rowcount)
