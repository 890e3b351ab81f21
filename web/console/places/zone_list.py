"""The list of zones: what each has, and where to change it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.database.many_rows import one_of
from monitor.database.people_index import LISTED
from monitor.models.places import Room, Zone
from monitor.places.together import LIVED_IN
from monitor.places.units.search import Unit, unit_key_of, unit_of
from web.console.zones_of_reader import zones_of
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

PAGE = 50
pages = Blueprint("zone_list", __name__)


@dataclass(frozen=True)
class Counted:
    """A zone with the number of its open rooms, beds and people. unit: where it lies."""

    zone: Zone
    rooms: int
    beds: int | None
    people: int
    unit: Unit | None


def counted_zones(session: Session, zones: list[Zone]) -> list[Counted]:
    """Each zone's figures: two queries, and one for each unit; so only for a page of them."""
    ids = [zone.id for zone in zones]
    rooms = {
        row.zone_id: row
        for row in session.execute(
            select(Room.zone_id, func.count().label("rooms"), func.sum(Room.beds).label("beds"))
            .where(Room.zone_id.in_(ids), Room.closed_at.is_(None), Room.kind.in_(LIVED_IN))
            .group_by(Room.zone_id)
        )
    }
    living = (
        select(LISTED.c.zone_id, func.count()).where(one_of(LISTED.c.zone_id, ids), LISTED.c.here).group_by(LISTED.c.zone_id)
    )
    people = {row[0]: row[1] for row in session.execute(living)}
    found = []
    for zone in zones:
        row = rooms.get(zone.id)
        beds = zone.beds if zone.beds is not None else row.beds if row else None
        found.append(Counted(zone, row.rooms if row else 0, beds, people.get(zone.id, 0), unit_of(session, unit_key_of(zone))))
    return found


@pages.get("/zones")
@guarded(Permission.MANAGE_ROOMS, audit=None)
def listed() -> str:
    after = request.args.get("after", 0, type=int)
    with parts().database.read() as session:
        zones = sorted(zones_of(session, the_reader()), key=lambda zone: zone.closed_at is not None)
        start = next((place + 1 for place, zone in enumerate(zones) if zone.id == after), 0)
        shown = counted_zones(session, zones[start : start + PAGE])
    following = zones[start + PAGE - 1].id if len(zones) > start + PAGE else None
    return render_template("console/places/zone_list.html", zones=shown, following=following, first=not start)
