"""Where a camera can be put: the reader's zones with their rooms, and how a form names one of them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.places import Room, Zone
from monitor.places.together import natural
from web.shared.guard import the_reader

Zones = list[tuple[Zone, list[Room]]]


def zones_with_rooms(session: Session) -> Zones:
    """The reader's open zones and their open rooms, by name."""
    query = select(Zone).where(Zone.closed_at.is_(None)).order_by(Zone.name)
    reader = the_reader()
    if reader.zones is not None:
        query = query.where(Zone.id.in_(reader.zones))
    zones = list(session.scalars(query))
    here = select(Room).where(Room.zone_id.in_([each.id for each in zones]), Room.closed_at.is_(None))
    rooms = sorted(session.scalars(here), key=lambda room: natural(room.name))
    return [(zone, [room for room in rooms if room.zone_id == zone.id]) for zone in zones]


def places(zones: Zones) -> dict[str, tuple[Zone, Room | None]]:
    """Each place by what the form sends: 3 is zone 3 without a room, 3/17 is room 17 in it."""
    found: dict[str, tuple[Zone, Room | None]] = {}
    for zone, rooms in zones:
        found[f"{zone.id}"] = zone, None
        found |= {f"{zone.id}/{room.id}": (zone, room) for room in rooms}
    return found
