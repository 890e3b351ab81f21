"""Where a camera can be put: the reader's zones with their rooms, and how a form names one of them."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.models.places import Room, Zone
from monitor.places.together import natural
from web.shared.guard import the_reader

Zones = list[tuple[Zone, list[Room]]]
MOST_ROOMS = 400
"""Where all zones together have more, the rooms of a few are offered; in another zone a camera is put first, and then into its room."""
_PLACE = re.compile(r"([0-9]{1,9})(?:/([0-9]{1,9}))?")


def zones_with_rooms(session: Session, among: Collection[int | str] = ()) -> Zones:
    """The reader's open zones by name, with their open rooms. among: numbers or names of the zones whose rooms are wanted in any case."""
    query, reader = select(Zone).where(Zone.closed_at.is_(None)).order_by(Zone.name), the_reader()
    zones = list(session.scalars(query if reader.zones is None else query.where(Zone.id.in_(reader.zones))))
    wanted = {zone.id for zone in zones}
    here = Room.closed_at.is_(None)
    if (
        session.scalar(select(func.count()).select_from(select(Room.id).where(here).limit(MOST_ROOMS + 1).subquery())) or 0
    ) > MOST_ROOMS:
        wanted = {zone.id for zone in zones if zone.id in among or zone.name in among}
    rooms: dict[int, list[Room]] = {zone.id: [] for zone in zones}
    for room in sorted(
        session.scalars(select(Room).where(one_of(Room.zone_id, wanted), here)), key=lambda room: natural(room.name)
    ):
        rooms[room.zone_id].append(room)
    return [(zone, rooms[zone.id]) for zone in zones]


def place_of(session: Session, text: str) -> tuple[Zone, Room | None] | None:
    """The place that a form sent: 3 is zone 3 without a room, 3/17 is room 17 in it. None: not one of the reader's."""
    written = _PLACE.fullmatch(text)
    if written is None:
        return None
    zone = session.get(Zone, int(written[1]))
    if zone is None or zone.closed_at is not None or not the_reader().among({zone.id}):
        return None
    if written[2] is None:
        return zone, None
    room = session.get(Room, int(written[2]))
    return (zone, room) if room is not None and room.zone_id == zone.id and room.closed_at is None else None
