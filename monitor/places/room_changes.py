"""Rooms are made, changed, merged, closed and opened again: each in the caller's write transaction, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.incidents.causes import not_seen, room_empty, too_many_people
from monitor.incidents.incidents import end_cause
from monitor.models.cameras.cameras import AreaKind, Camera, CameraArea
from monitor.models.every_table import METADATA
from monitor.models.incidents import Incident, IncidentState
from monitor.models.people.residents import Resident
from monitor.models.places import Room, RoomKind, Zone
from monitor.people.placed import placed
from monitor.places.camera_rules import order_named, require_allowed, why_not
from monitor.places.patterns import same_name
from monitor.places.room_tables import RoomWanted
from monitor.places.together import natural
from monitor.problems import BadInput, Conflict, NotFound
from monitor.words import N_


def rooms_of(session: Session, zone_id: int, *, closed: bool = False) -> list[Room]:
    """A zone's rooms by name, 9 before 10; closed: with those that were closed, but never what was merged into another."""
    query = select(Room).where(Room.zone_id == zone_id, Room.merged_into_id.is_(None))
    rooms = session.scalars(query if closed else query.where(Room.closed_at.is_(None)))
    return sorted(rooms, key=lambda room: natural(room.name))


def rooms_in_short(session: Session, zone_id: int) -> list[Row[int, str, RoomKind, int | None, list[Any] | None]]:
    """What a choice among a zone's open rooms needs, by name: id, name, kind, beds, together. A zone may have a thousand and more."""
    told = select(Room.id, Room.name, Room.kind, Room.beds, Room.together)
    rooms = session.execute(told.where(Room.zone_id == zone_id, Room.merged_into_id.is_(None), Room.closed_at.is_(None)))
    return sorted(rooms, key=lambda room: natural(room.name))


def open_room(session: Session, room_id: int) -> Room:
    """The room, for whoever puts somebody into it: until the end of this transaction nobody closes it. Raises NotFound, Conflict.

    Whoever gives a resident a room asks for it here, and not by `session.get`.
    """
    room = session.scalar(
        select(Room).where(Room.id == room_id).with_for_update(read=True).execution_options(populate_existing=True)
    )
    if room is None:
        raise NotFound(N_("There is no such room."))
    if room.closed_at is not None:
        raise Conflict(N_("Room “%(room)s” was closed. Choose another room."), room=room.name)
    return room


def since(session: Session, room_id: int) -> int:
    """The room, or the one of which it has become a part since."""
    into = session.scalar(select(Room.merged_into_id).where(Room.id == room_id))
    return room_id if into is None else since(session, into)


def people_in(session: Session, room_id: int) -> list[Resident]:
    """Who has a place in the room, by name."""
    return list(
        session.scalars(select(Resident).where(Resident.room_id == room_id, placed()).order_by(Resident.sort_key, Resident.id))
    )


def add_rooms(session: Session, zone_id: int, wanted: Sequence[RoomWanted], at: datetime) -> list[int]:
    """Make rooms in a zone that is open; returns their numbers. Raises Conflict for the first whose name is taken."""
    zone = session.scalar(select(Zone).where(Zone.id == zone_id).with_for_update())
    if zone is None or zone.closed_at is not None:
        raise Conflict(N_("This zone was closed; open it again first."))
    taken = {same_name(name) for name in session.scalars(select(Room.name).where(Room.zone_id == zone_id))}
    rooms = []
    for each in wanted:
        if same_name(each.name) in taken:
            raise Conflict(N_("The zone already has a room “%(name)s”."), name=each.name)
        taken.add(same_name(each.name))
        together = None if each.together is None else [rule.value for rule in each.together]
        rooms.append(Room(zone_id=zone_id, name=each.name, kind=each.kind, floor=each.floor, beds=each.beds, together=together))
    session.add_all(rooms)
    session.flush()
    announce(session, zone_id, Topic.PEOPLE, at)
    return [room.id for room in rooms]


def change_room(
    session: Session, room: Room, wanted: RoomWanted, empty_allowed_minutes: float, seen: int, at: datetime
) -> list[str]:
    """Give a room the values of `wanted`; returns what is other than before. seen: the version that the person saw.

    Raises Conflict when somebody else changed it since or another room has the name; BadInput where cameras look into it that may not.
    """
    # Names in one zone are given one after the other.
    zone = session.get_one(Zone, room.zone_id, with_for_update=True)
    _name_is_free(session, room, wanted.name)
    if wanted.kind is not room.kind and _cameras_in(session, room.id):
        require_allowed(zone, wanted.kind, field="kind")
    values: dict[str, Any] = {
        "name": wanted.name,
        "kind": wanted.kind,
        "floor": wanted.floor,
        "beds": wanted.beds,
        "together": None if wanted.together is None else [rule.value for rule in wanted.together],
        "empty_allowed_minutes": empty_allowed_minutes,
    }
    other = [name for name, value in values.items() if getattr(room, name) != value]
    before = room.name
    if not changed(
        session, update(Room).where(Room.id == room.id, Room.version == seen).values(**values, version=Room.version + 1)
    ):
        raise Conflict(N_("Someone else has changed this room. Reload the page, then change it again."))
    if "name" in other:
        _rename_exits(session, room.zone_id, before, wanted.name)
    announce(session, room.zone_id, Topic.PEOPLE, at)
    announce(session, room.zone_id, Topic.CAMERA, at)
    return other


def close_room(session: Session, room_id: int, at: datetime) -> list[Resident]:
    """Close a room in which nobody has a place; else return who has, and change nothing. Raises Conflict when it is closed."""
    # Whoever is being put into it at this moment is waited for: they hold the row until they are done.
    room = session.scalar(select(Room).where(Room.id == room_id).with_for_update().execution_options(populate_existing=True))
    if room is None or room.closed_at is not None:
        raise Conflict(N_("This room is already closed."))
    people = people_in(session, room_id)
    if not people:
        room.closed_at, room.version = at, room.version + 1
        session.flush()
        announce(session, room.zone_id, Topic.PEOPLE, at)
    return people


def reopen_room(session: Session, room: Room, at: datetime) -> None:
    """Open a closed room of an open zone again. Raises Conflict."""
    if session.get_one(Zone, room.zone_id).closed_at is not None:
        raise Conflict(N_("This zone was closed; open it again first."))
    reopened = update(Room).where(Room.id == room.id, Room.closed_at.is_not(None), Room.merged_into_id.is_(None))
    if not changed(session, reopened.values(closed_at=None, version=Room.version + 1)):
        raise Conflict(N_("This room is not closed."))
    announce(session, room.zone_id, Topic.PEOPLE, at)


def merge_rooms(session: Session, room_id: int, into_id: int, at: datetime) -> dict[str, int]:
    """Make one room of two: people, cameras and all that happened go along; returns how many people and cameras. Raises BadInput, Conflict.

    The merged room stays as a closed row without a name of its own, since a camera's watcher may know it for some seconds more.
    """
    both = {
        room.id: room
        for room in session.scalars(
            select(Room)
            .where(Room.id.in_([room_id, into_id]))
            .order_by(Room.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    if len(both) != 2 or len({room.zone_id for room in both.values()}) != 1:
        raise BadInput(N_("Choose another room of this zone."), field="into")
    room, into = both[room_id], both[into_id]
    if room.merged_into_id is not None or into.closed_at is not None:
        raise Conflict(N_("Room “%(room)s” was closed. Choose another room."), room=into.name if into.closed_at else room.name)
    cameras = _cameras_in(session, room_id)
    if cameras:
        why = why_not(into.kind, ordered=order_named(session.get_one(Zone, room.zone_id)))
        if why is not None and into.kind is not room.kind:
            raise BadInput(why.template, field="into")
    people = len(people_in(session, room_id))
    _incidents_follow(session, room_id, into_id, at)
    for table in METADATA.sorted_tables:
        for column in table.columns:
            if any(key.target_fullname == "room.id" for key in column.foreign_keys):
                changed(session, update(table).where(column == room_id).values({column: into_id}))
    _rename_exits(session, room.zone_id, room.name, into.name)
    room.closed_at, room.merged_into_id, room.version = room.closed_at or at, into_id, room.version + 1
    # Its name is free again.
    room.name = f"{room.name[:100]} #{room.id}"
    into.version += 1
    session.flush()
    for topic in (Topic.PEOPLE, Topic.CAMERA, Topic.INCIDENT):
        announce(session, room.zone_id, topic, at)
    return {"people": people, "cameras": cameras}


def _incidents_follow(session: Session, room_id: int, into_id: int, at: datetime) -> None:
    """What waits for staff about the one room waits about the other; of a question that both wait with, one is enough."""
    waiting = select(Incident).where(Incident.room_id == room_id, Incident.state != IncidentState.RESOLVED)
    crowded = too_many_people(into_id)
    for incident in session.scalars(waiting).all():
        if incident.resident_id is not None and incident.cause == room_empty(room_id, incident.resident_id):
            incident.cause = room_empty(into_id, incident.resident_id)
        elif incident.resident_id is not None and incident.cause == not_seen(room_id, incident.resident_id):
            incident.cause = not_seen(into_id, incident.resident_id)
        elif incident.cause == too_many_people(room_id):
            both = select(Incident.id).where(Incident.cause == crowded, Incident.state != IncidentState.RESOLVED)
            if session.scalar(both) is None:
                incident.cause = crowded
            else:
                end_cause(session, incident.cause, now=at)
    session.flush()


def _name_is_free(session: Session, room: Room, name: str) -> None:
    others = session.scalars(select(Room.name).where(Room.zone_id == room.zone_id, Room.id != room.id))
    if same_name(name) in {same_name(other) for other in others}:
        raise Conflict(N_("The zone already has a room “%(name)s”."), name=name)


def _cameras_in(session: Session, room_id: int) -> int:
    return session.scalar(select(func.count()).select_from(Camera).where(Camera.room_id == room_id)) or 0


def looked_into(session: Session, zone_id: int, kinds: Sequence[RoomKind]) -> list[Camera]:
    """The zone's cameras that look into rooms of these kinds, by name."""
    looking = select(Camera).join(Room, Room.id == Camera.room_id).where(Room.zone_id == zone_id, Room.kind.in_(kinds))
    return list(session.scalars(looking.order_by(Camera.name)))


def _rename_exits(session: Session, zone_id: int, before: str, after: str) -> None:
    """A line at an exit says by its name whose door it is."""
    exits = update(CameraArea).where(CameraArea.zone_id == zone_id, CameraArea.kind == AreaKind.EXIT, CameraArea.name == before)
    changed(session, exits.values(name=after[:80]))
