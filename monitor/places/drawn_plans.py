"""Plans of floors in the database: read, made, drawn anew, removed; each in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from monitor.models.cameras.cameras import Camera
from monitor.models.floor_plans import FloorPlan, PlanPlace
from monitor.models.places import Room, Zone
from monitor.places.floor_plans import MOST_PLANS, Place, in_grid, version_of
from monitor.places.room_changes import rooms_of
from monitor.problems import BadInput, Conflict
from monitor.words import N_

LONGEST_NAME = 80


@dataclass(frozen=True)
class Picture:
    """A plan's picture in the vault, with its size in pixels."""

    name: str
    width: int
    height: int


def plans_of(session: Session, zone_id: int) -> list[FloorPlan]:
    """A zone's plans by name."""
    return list(session.scalars(select(FloorPlan).where(FloorPlan.zone_id == zone_id).order_by(FloorPlan.name, FloorPlan.id)))


def places_on(session: Session, plan_id: int) -> list[Place]:
    """What is drawn on a plan, in a fixed order."""
    rows = session.scalars(select(PlanPlace).where(PlanPlace.plan_id == plan_id).order_by(PlanPlace.id))
    return [Place(row.x, row.y, row.width, row.height, row.room_id, row.camera_id) for row in rows]


def drawable(session: Session, zone_id: int) -> tuple[list[Room], list[Camera]]:
    """What can be drawn: the zone's open rooms and its cameras."""
    cameras = select(Camera).where(Camera.zone_id == zone_id, Camera.enabled).order_by(Camera.name, Camera.id)
    return rooms_of(session, zone_id), list(session.scalars(cameras))


def rooms_left(session: Session, zone_id: int) -> list[Room]:
    """The open rooms of a zone that are on no plan yet."""
    drawn = select(PlanPlace.room_id).join(FloorPlan, FloorPlan.id == PlanPlace.plan_id).where(FloorPlan.zone_id == zone_id)
    known = set(session.scalars(drawn.where(PlanPlace.room_id.is_not(None))))
    return [room for room in rooms_of(session, zone_id) if room.id not in known]


def make_plan(
    session: Session, zone_id: int, name: str, floor: str | None, picture: Picture | None, now: datetime
) -> FloorPlan:
    """A plan on which the rooms of a floor that are on none yet stand in a grid. floor: None for all. Raises BadInput, Conflict."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(
            N_("Give the map a name of at most %(most)s letters, such as “Floor 2”."), most=LONGEST_NAME, field="name"
        )
    zone = session.scalar(select(Zone).where(Zone.id == zone_id).with_for_update())
    if zone is None or zone.closed_at is not None:
        raise Conflict(N_("This zone was closed; open it again first."))
    if (session.scalar(select(func.count()).where(FloorPlan.zone_id == zone_id)) or 0) >= MOST_PLANS:
        raise BadInput(N_("A zone has at most %(most)s maps."), most=MOST_PLANS, field="name")
    plan = FloorPlan(zone_id=zone_id, name=name, made_at=now)
    if picture is not None:
        plan.picture, plan.width, plan.height = picture.name, picture.width, picture.height
    session.add(plan)
    session.flush()
    rooms = [room.id for room in rooms_left(session, zone_id) if floor is None or room.floor == floor]
    _draw(session, plan.id, in_grid(rooms))
    return plan


def draw(session: Session, plan: FloorPlan, places: Sequence[Place], version: str) -> str:
    """Draw a plan anew; returns its new version. version: the one that was seen. Raises Conflict."""
    # Whoever comes second waits here, and then sees what the first one drew.
    session.execute(select(FloorPlan.id).where(FloorPlan.id == plan.id).with_for_update())
    if version_of(places_on(session, plan.id)) != version:
        raise Conflict(N_("Someone else has just changed this map. Reload the page and draw yours again."))
    session.execute(delete(PlanPlace).where(PlanPlace.plan_id == plan.id))
    _draw(session, plan.id, places)
    return version_of(places_on(session, plan.id))


def remove(session: Session, plan: FloorPlan) -> None:
    """Take a plan away; its rooms stay. The picture is deleted from the vault by whoever calls, once that is sure."""
    session.execute(delete(PlanPlace).where(PlanPlace.plan_id == plan.id))
    session.delete(plan)


def _draw(session: Session, plan_id: int, places: Sequence[Place]) -> None:
    for each in places:
        session.add(
            PlanPlace(
                plan_id=plan_id,
                room_id=each.room,
                camera_id=each.camera,
                x=each.x,
                y=each.y,
                width=each.width,
                height=each.height,
            )
        )
    session.flush()
