"""Where a case is: the zone's circle and the person's room on its floor's map, read by one statement."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from monitor.database.together import Reading, asked
from monitor.models.floor_plans import FloorPlan, PlanPlace
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.answers import Answer
from rollcall.answers.places import Circle, Place
from web.shared.zone_map import ZoneMap, zone_map


@dataclass(frozen=True)
class RoomOnMap:
    """A room on the first map that it is drawn on, with what else is drawn there."""

    floor: FloorPlan
    name: str
    here: PlanPlace
    others: tuple[PlanPlace, ...]


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
    own = aliased(PlanPlace)
    first = select(func.min(PlanPlace.id)).where(PlanPlace.room_id == Resident.room_id).correlate(Resident).scalar_subquery()
    query = (
        select(Zone, Room.name, own.id, FloorPlan, PlanPlace)
        .select_from(Resident)
        .join(Zone, Zone.id == Resident.zone_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .outerjoin(own, own.id == first)
        .outerjoin(FloorPlan, FloorPlan.id == own.plan_id)
        .outerjoin(PlanPlace, PlanPlace.plan_id == FloorPlan.id)
        .where(Resident.id == resident_id)
        .order_by(PlanPlace.id)
    )
    # Who has no room, or one that is on no map, has nothing behind the zone.
    rows: list[tuple[Zone, str | None, int | None, FloorPlan | None, PlanPlace]] = [
        (row[0], row[1], row[2], row[3], row[4]) for row in (yield from asked(query))
    ]
    if not rows:
        return Whereabouts(None, None)
    zone, name, here, floor, _place = rows[0]
    circle = None
    if zone.latitude is not None and zone.longitude is not None and zone.radius_metres is not None:
        circle = Circle(zone.latitude, zone.longitude, zone.radius_metres)
    if here is None or floor is None:
        return Whereabouts(circle, None)
    places = [row[4] for row in rows]
    mine = next(each for each in places if each.id == here)
    return Whereabouts(circle, RoomOnMap(floor, name or "", mine, tuple(each for each in places if each.id != here)))
