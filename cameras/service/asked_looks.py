"""Look at a room because a roll-call asks for somebody there: what the camera shows then may excuse who cannot answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.models.people.residents import Resident
from monitor.models.rollcalls.rounds import CheckIn, CheckInState

# A round that was opened longer ago has been looked at, or its camera could not see.
RECENT = timedelta(seconds=60)


def rooms_asked(session: Session, rooms: Collection[int], now: datetime) -> dict[int, datetime]:
    """When a roll-call was last opened for somebody in each of these rooms, where that was a moment ago."""
    if not rooms:
        return {}
    rows = session.execute(
        select(Resident.room_id, func.max(CheckIn.opened_at).label("at"))
        .join(CheckIn, CheckIn.resident_id == Resident.id)
        .where(Resident.room_id.in_(rooms), CheckIn.state == CheckInState.PROMPTED, CheckIn.opened_at > now - RECENT)
        .group_by(Resident.room_id)
    )
    return {row.room_id: row.at for row in rows}
