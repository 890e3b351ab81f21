"""Tells live pages that something in a zone changed; what changed they ask again themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from monitor.models.service import Change

# Longer than any transaction may take: an id seen late (ids are not in commit order) is still found.
OVERLAP = timedelta(seconds=30)
_TELL = insert(Change.metadata.tables[Change.__tablename__]).inline()


class Topic(StrEnum):
    """What of a zone changed. Pages are told the word as it stands here; the keeper of presence looks for roll-calls."""

    PEOPLE = "people"
    ROLL_CALL = "roll-call"
    INCIDENT = "incident"
    CAMERA = "camera"
    ALERT = "alert"
    HOTLINE = "hotline"


def announce(session: Session, zone_id: int | None, topic: Topic, at: datetime) -> None:
    """In the transaction that changes something: say that this zone changed; None: all of them."""
    told: set[tuple[int | None, Topic, datetime]] = session.info.setdefault("announced", set())
    # A page that asks again once sees all that one transaction did.
    if (zone_id, topic, at) not in told:
        told.add((zone_id, topic, at))
        # Nearly every change of anything comes through here: a statement made once costs a fraction of an object.
        session.connection().execute(_TELL, {"zone_id": zone_id, "topic": topic, "at": at})


def recent(session: Session, since: datetime, after: int = 0) -> list[tuple[int, int | None, str]]:
    """(id, zone, topic) of the changes since a moment, behind an id; the caller remembers which ids it has handed on."""
    wanted = (Change.at >= since, Change.id > after)
    rows = session.execute(select(Change.id, Change.zone_id, Change.topic).where(*wanted).order_by(Change.id))
    return [(row.id, row.zone_id, row.topic) for row in rows]


def forget(session: Session, now: datetime) -> None:
    """Remove changes that no page waits for any more, but for the newest: SQLite would give its number again."""
    newest = select(func.max(Change.id)).scalar_subquery()
    session.execute(delete(Change).where(Change.at < now - 4 * OVERLAP, Change.id < newest))
