"""Zones are made, changed, closed and opened again: each in the caller's write transaction, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.people.placed import placed
from monitor.places.camera_rules import order_named
from monitor.places.patterns import same_name
from monitor.places.room_changes import looked_into
from monitor.places.together import LIVED_IN
from monitor.problems import BadInput, Conflict, NotFound
from monitor.words import N_


def open_zone(session: Session, zone_id: int) -> Zone:
    """The zone, for whoever brings somebody into it: until the end of this transaction nobody closes it. Raises NotFound, Conflict."""
    zone = session.scalar(
        select(Zone).where(Zone.id == zone_id).with_for_update(read=True).execution_options(populate_existing=True)
    )
    return require_open(zone)


def require_open(zone: Zone | None) -> Zone:
    """The zone, where people can come to it as things stand. Raises NotFound, Conflict."""
    if zone is None:
        raise NotFound(N_("There is no such zone."))
    if zone.closed_at is not None:
        raise Conflict(N_("Zone %(zone)s was closed. Choose another zone."), zone=zone.name)
    return zone


def make_zone(session: Session, values: Mapping[str, Any]) -> Zone:
    """A new zone with these columns. Raises BadInput when another has the name."""
    _name_is_free(session, None, values["name"])
    zone = Zone(**values)
    with _another_may_be_faster(session):
        session.add(zone)
        session.flush()
    return zone


def change_zone(session: Session, zone: Zone, values: Mapping[str, Any], seen: int, at: datetime) -> list[str]:
    """Give a zone these columns; returns which are other than before. seen: the version that the person saw.

    Raises BadInput when another has the name, or cameras look into bedrooms by the order that is to go; Conflict when somebody else
    changed it since.
    """
    _name_is_free(session, zone.id, values["name"])
    if order_named(zone) and not values["camera_order_number"]:
        cameras = looked_into(session, zone.id, tuple(LIVED_IN))
        if cameras:
            raise BadInput(
                N_("By this order cameras look into bedrooms: %(cameras)s. Give them another room first."),
                cameras=", ".join(camera.name for camera in cameras[:8]),
                field="camera_order_number",
            )
    other = [name for name, value in values.items() if getattr(zone, name) != value]
    mine = update(Zone).where(Zone.id == zone.id, Zone.version == seen)
    with _another_may_be_faster(session):
        done = changed(session, mine.values(**values, version=Zone.version + 1))
    if not done:
        raise Conflict(N_("Someone else has changed this zone. Reload the page, then change it again."))
    announce(session, zone.id, Topic.PEOPLE, at)
    return other


def people_by_room(session: Session, zone_id: int) -> list[tuple[int | None, str, int]]:
    """Number and name of each room in which somebody has a place, and how many; None and "" for those without a room."""
    rows = session.execute(
        select(Room.id, Room.name, func.count())
        .select_from(Resident)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(Resident.zone_id == zone_id, placed())
        .group_by(Room.id, Room.name)
        .order_by(Room.name)
    )
    return [(room_id, name or "", count) for room_id, name, count in rows]


def close_zone(session: Session, zone_id: int, at: datetime) -> list[tuple[int | None, str, int]]:
    """Close a zone in which nobody has a place; else return where they are, and change nothing. Raises Conflict when it is closed."""
    zone = session.scalar(select(Zone).where(Zone.id == zone_id).with_for_update().execution_options(populate_existing=True))
    if zone is None or zone.closed_at is not None:
        raise Conflict(N_("This zone is already closed."))
    people = people_by_room(session, zone_id)
    if not people:
        zone.closed_at, zone.version = at, zone.version + 1
        session.flush()
        announce(session, zone_id, Topic.PEOPLE, at)
    return people


def reopen_zone(session: Session, zone_id: int, at: datetime) -> None:
    """Open a closed zone again. Raises Conflict."""
    reopened = update(Zone).where(Zone.id == zone_id, Zone.closed_at.is_not(None))
    if not changed(session, reopened.values(closed_at=None, version=Zone.version + 1)):
        raise Conflict(N_("This zone is not closed."))
    announce(session, zone_id, Topic.PEOPLE, at)


@contextmanager
def _another_may_be_faster(session: Session) -> Iterator[None]:
    """What gives a zone its name. Raises BadInput when somebody gave it to another one at the same moment."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError:
        raise BadInput(N_("Another zone has this name."), field="name") from None


def _name_is_free(session: Session, zone_id: int | None, name: str) -> None:
    others = session.scalars(select(Zone.name).where(Zone.id != zone_id) if zone_id is not None else select(Zone.name))
    if same_name(name) in {same_name(other) for other in others}:
        raise BadInput(N_("Another zone has this name."), field="name")
