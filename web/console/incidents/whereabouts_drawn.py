"""Where a case is: the zone's circle and the person's room on its floor's map, read by one statement."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from monitor.database.together import Reading, asked, at_once
from monitor.models.floor_plans import FloorPlan, PlanPlace
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.answers import Answer
from rollcall.answers.places import Circle, Place
from web.shared.zone_map import ZoneMap, zone_map


@dataclass(frozen=True)
class RoomOnMap:
    """A room on the first map that it is drawn on. others: the rooms beside it, as one path a thousand units wide, `high` units high."""

    floor: FloorPlan
    name: str
    here: PlanPlace
    high: int
    others: str


@dataclass(frozen=True)
class Whereabouts:
    """circle: None where the zone's place is not known. room: None where it is on no map."""

    circle: Circle | None
    room: RoomOnMap | None

    def of(self, answer: Answer | None) -> ZoneMap | None:
        """Where an answer was given; None where no place came with it, or it is deleted by now."""
        if answer is None or answer.fix is None or self.circle is None:
            return None
        return zone_map(Place(*answer.fix), self.circle)


def whereabouts_asked(resident_id: int) -> Reading[Whereabouts]:
    """Of somebody, as zone and map are drawn today."""
    first = select(func.min(PlanPlace.id)).where(PlanPlace.room_id == Resident.room_id).correlate(Resident).scalar_subquery()
    query = (
        select(Zone, Room.name, PlanPlace, FloorPlan)
        .select_from(Resident)
        .join(Zone, Zone.id == Resident.zone_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .outerjoin(PlanPlace, PlanPlace.id == first)
        .outerjoin(FloorPlan, FloorPlan.id == PlanPlace.plan_id)
        .where(Resident.id == resident_id)
    )
    here, beside = aliased(PlanPlace), aliased(PlanPlace)
    drawn = (
        # A map has hundreds of rooms: only where they are.
        select(beside.x, beside.y, beside.width, beside.height)
        .select_from(Resident)
        .join(here, here.id == first)
        .join(beside, beside.plan_id == here.plan_id)
        .where(Resident.id == resident_id, beside.id != here.id, beside.room_id.is_not(None))
    )
    rows, others = yield from at_once(asked(query), asked(drawn))
    if not rows:
        return Whereabouts(None, None)
    zone, name, place, floor = rows[0]
    circle = None
    if zone.latitude is not None and zone.longitude is not None and zone.radius_metres is not None:
        circle = Circle(zone.latitude, zone.longitude, zone.radius_metres)
    # Who has no room, or one that is on no map, has nothing behind the zone.
    if place is None or floor is None:
        return Whereabouts(circle, None)
    high = round(1000 * floor.height / floor.width)
    outline = "".join(_rectangle(x, y, width, height, high) for x, y, width, height in others)
    return Whereabouts(circle, RoomOnMap(floor, name or "", place, high, outline))


def _rectangle(x: float, y: float, width: float, height: float, high: int) -> str:
    return f"M{1000 * x:.1f} {high * y:.1f}h{1000 * width:.1f}v{high * height:.1f}h{-1000 * width:.1f}z"
