"""The zones that a reader may see."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.models.places import Zone


def zones_of(session: Session, reader: Reader) -> list[Zone]:
    """The reader's zones by name."""
    query = select(Zone).order_by(Zone.name)
    if reader.zones is not None:
        query = query.where(Zone.id.in_(reader.zones))
    return list(session.scalars(query))
