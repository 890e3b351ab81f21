"""The rooms of a zone in which people live, with how many beds are taken: for whoever chooses one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.models.people.residents import Resident
from monitor.people.placed import placed
from monitor.places.room_changes import rooms_in_short
from monitor.places.together import LIVED_IN


@dataclass(frozen=True)
class RoomWithBeds:
    """A room. beds: None where nobody said how many; then there is always one."""

    id: int
    name: str
    beds: int | None
    taken: int

    @property
    def free(self) -> bool:
        """Whether someone may come without its being crowded."""
        return self.beds is None or self.taken < self.beds


def rooms_with_beds(session: Session, zone_id: int) -> list[RoomWithBeds]:
    """All that are open, by name."""
    counted = select(Resident.room_id, func.count()).where(Resident.zone_id == zone_id, placed()).group_by(Resident.room_id)
    taken = {row[0]: row[1] for row in session.execute(counted)}
    return [
        RoomWithBeds(room.id, room.name, room.beds, taken.get(room.id, 0))
        for room in rooms_in_short(session, zone_id)
        if room.kind in LIVED_IN
    ]
