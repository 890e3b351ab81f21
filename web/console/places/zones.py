"""One zone: its rooms, who lives in them, what is believed about each, and the round that is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, render_template
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from monitor.access import Permission
from monitor.database import Database
from monitor.models import Camera, CheckIn, Incident, IncidentState, Presence, Resident, Room, Zone
from web.common import now
from web.console.overview import quarantined
from web.console.rounds import open_rounds, recent_rounds
from web.guard import guarded, require_zone, the_reader


@dataclass
class RoomCard:
    """A room (None: people without one) with its people (resident, presence, newest check-in), cameras and incidents."""

    room: Room | None
    people: list[Row[Resident, Presence, CheckIn]] = field(default_factory=list)
    cameras: list[Camera] = field(default_factory=list)
    incidents: int = 0


def room_cards(session: Session, zone_id: int, at: datetime) -> list[RoomCard]:
    """The rooms of a zone by name; four queries, however many rooms."""
    cards: dict[int | None, RoomCard] = {
        room.id: RoomCard(room) for room in session.scalars(select(Room).where(Room.zone_id == zone_id).order_by(Room.name))
    }
    newest = (
        select(CheckIn.id)
        .where(CheckIn.resident_id == Resident.id)
        .order_by(CheckIn.opened_at.desc(), CheckIn.id.desc())
        .limit(1)
        .correlate(Resident)
        .scalar_subquery()
    )
    people = session.execute(
        select(Resident, Presence, CheckIn)
        .outerjoin(Presence, Presence.resident_id == Resident.id)
        .outerjoin(CheckIn, CheckIn.id == newest)
        .where(Resident.zone_id == zone_id, quarantined(at))
        .order_by(Resident.full_name, Resident.id)
    )
    for row in people:
        cards.setdefault(row[0].room_id, RoomCard(None)).people.append(row)
    for camera in session.scalars(select(Camera).where(Camera.zone_id == zone_id, Camera.enabled).order_by(Camera.name)):
        cards.setdefault(camera.room_id, RoomCard(None)).cameras.append(camera)
    # An incident may name its room, or only somebody who lives there.
    of_room = func.coalesce(Incident.room_id, Resident.room_id, Camera.room_id)
    incidents = session.execute(
        select(of_room, func.count())
        .select_from(Incident)
        .outerjoin(Resident, Resident.id == Incident.resident_id)
        .outerjoin(Camera, Camera.id == Incident.camera_id)
        .where(Incident.zone_id == zone_id, Incident.state != IncidentState.RESOLVED)
        .group_by(of_room)
    )
    for room_id, count in incidents:
        if room_id in cards:
            cards[room_id].incidents = count
    return list(cards.values())


def zone_pages(database: Database) -> Blueprint:
    """The zone's page."""
    pages = Blueprint("zones", __name__)

    @pages.get("/zones/<int:zone_id>")
    @guarded(Permission.SEE_RESIDENT, audit=None)
    def zone_page(zone_id: int) -> str:
        with database.read() as session:
            zone = session.get(Zone, zone_id)
            require_zone(the_reader(), zone.id if zone else None)
            cards = room_cards(session, zone_id, now())
            rounds = open_rounds(session, [zone_id])
            recent = recent_rounds(session, [zone_id], 3)
        return render_template("console/zone.html", zone=zone, cards=cards, rounds=rounds, recent=recent)

    return pages
