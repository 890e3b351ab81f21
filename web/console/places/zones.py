"""One zone: its rooms, who lives in them, what is believed about each, and the round that is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, render_template
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.incidents.cases import leads
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import Incident, IncidentState
from monitor.models.people.residents import Presence, Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.rounds import CheckIn
from monitor.people.orders import quarantined
from monitor.personal_data.coming import without_order
from monitor.personal_data.periods import Kind, rules
from monitor.places.room_changes import rooms_of
from monitor.places.units.search import unit_key_of, unit_of
from rollcall.orders.movements import count_movements
from web.console.rollcalls.rounds import open_rounds, recent_rounds
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts


@dataclass
class RoomCard:
    """A room (None: people without one) with its people (resident, presence, newest check-in), cameras and incidents."""

    room: Room | None
    people: list[Row[Resident, Presence, CheckIn]] = field(default_factory=list)
    cameras: list[Camera] = field(default_factory=list)
    incidents: int = 0


def room_cards(session: Session, zone_id: int, at: datetime) -> list[RoomCard]:
    """The rooms of a zone by name; four queries, however many rooms."""
    cards: dict[int | None, RoomCard] = {room.id: RoomCard(room) for room in rooms_of(session, zone_id, closed=True)}
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
        .order_by(Resident.sort_key, Resident.id)
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
        .where(Incident.zone_id == zone_id, Incident.state != IncidentState.RESOLVED, leads())
        .group_by(of_room)
    )
    for room_id, count in incidents:
        if room_id in cards:
            cards[room_id].incidents = count
    # A closed room is shown while there is still something in it.
    return [card for card in cards.values() if card.people or card.cameras or not (card.room and card.room.closed_at)]


MOST_WAITING = 50
pages = Blueprint("zones", __name__)


@pages.get("/zones/<int:zone_id>")
@guarded(Permission.SEE_RESIDENT, audit=None)
def zone_page(zone_id: int) -> str:
    with parts().database.read() as session:
        zone = session.get(Zone, zone_id)
        require_zone(the_reader(), zone.id if zone else None)
        cards = room_cards(session, zone_id, now())
        rounds = open_rounds(session, [zone_id])
        recent = recent_rounds(session, [zone_id], 3)
        unit = unit_of(session, unit_key_of(zone)) if zone else None
        moving = count_movements(session, zone_id, now())
        unordered = without_order(session, zones=[zone_id])
        kept = next(rule.kept for rule in rules(parts().settings) if rule.kind is Kind.UNORDERED)
    return render_template(
        "console/places/zone.html",
        zone=zone,
        cards=cards,
        rounds=rounds,
        recent=recent,
        unit=unit,
        moving=moving,
        unordered=unordered,
        most_waiting=MOST_WAITING,
        kept=kept,
    )
