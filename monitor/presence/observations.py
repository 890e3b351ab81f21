"""Stores what cameras showed: one row from the first to the last sight, extended while it lasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.models.cameras.cameras import Observation, ObservationKind

# Two sights of the same thing with a shorter pause between them are one.
SAME_WITHIN = timedelta(seconds=45)


def observe(
    session: Session,
    kind: ObservationKind,
    *,
    camera_id: int,
    zone_id: int,
    room_id: int | None,
    at: datetime,
    resident_id: int | None = None,
    confidence: float = 1.0,
    details: dict[str, Any] | None = None,
) -> bool:
    """Note one sight in the caller's write transaction; returns True when it begins something new, False when it goes on."""
    # Past the object mapper, which costs as much again: hundreds of cameras say this every few seconds.
    extended = session.connection().execute(
        update(Observation)
        .where(
            Observation.camera_id == camera_id,
            Observation.kind == kind,
            Observation.resident_id.is_(None) if resident_id is None else Observation.resident_id == resident_id,
            Observation.last_at >= at - SAME_WITHIN,
        )
        .values(last_at=at, confidence=confidence, details=details or {})
    )
    if extended.rowcount:
        return False
    session.execute(
        insert(Observation).values(
            kind=kind,
            camera_id=camera_id,
            zone_id=zone_id,
            room_id=room_id,
            resident_id=resident_id,
            started_at=at,
            last_at=at,
            confidence=confidence,
            details=details or {},
        )
    )
    announce(session, zone_id, Topic.PEOPLE, at)
    return True
