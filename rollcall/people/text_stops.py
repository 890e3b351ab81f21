"""Numbers to which no texts go, since their owners wrote STOP or staff stopped them: kept by number, not by person, until START."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.database.together import Reading, first, read
from monitor.models.rollcalls.inbound import TextStop
from monitor.people.telephone_numbers import international


def stopped_among(session: Session, numbers: Collection[str]) -> set[str]:
    """Those of these numbers, as they were given, to which no text message may go."""
    known = {each: international(each) for each in numbers if each}
    in_force = select(TextStop.number).where(TextStop.number.in_(set(known.values())), TextStop.ended_at.is_(None))
    stopped = set(session.scalars(in_force)) if known else set()
    return {given for given, one in known.items() if one in stopped}


def stopped_since(session: Session, number: str) -> datetime | None:
    """Since when; None where texts may go there."""
    return read(session, stopped_since_asked(number))


def stopped_since_asked(number: str) -> Reading[datetime | None]:
    """The same as a reading."""
    if not number:
        return None
    in_force = select(TextStop.stopped_at).where(TextStop.number == international(number), TextStop.ended_at.is_(None))
    return (yield from first(in_force))


def stop_texts(session: Session, number: str, at: datetime) -> bool:
    """In the caller's write transaction; said twice it counts once. at: when it was said. Returns whether texts went there until now."""
    row = {"number": international(number), "stopped_at": at}
    return bool(session.scalars(insert_new(session, TextStop).returning(TextStop.id), [row]).all())


def let_texts_go_on(session: Session, number: str, at: datetime, *, by_staff: bool = False) -> bool:
    """In the caller's write transaction; returns whether they were stopped. at: when it was said: what was said later stays, but staff
    know of it."""
    stopped = [TextStop.number == international(number), TextStop.ended_at.is_(None)]
    if not by_staff:
        stopped.append(TextStop.stopped_at <= at)
    return bool(changed(session, update(TextStop).where(*stopped).values(ended_at=at)))
