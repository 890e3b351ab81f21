"""The first page: every zone of the reader at a glance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, render_template
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from monitor.access import Permission, Reader
from monitor.database import Database
from monitor.models import (
    Camera,
    CameraState,
    Incident,
    IncidentKind,
    IncidentState,
    OrderState,
    Presence,
    PresenceState,
    PurgeReport,
    QuarantineOrder,
    Resident,
    Zone,
)
from rollcall.stopping import stops_in_force
from web.common import now
from web.console.incidents import first_by_deadline, overdue
from web.console.rounds import Round, open_rounds, recent_rounds
from web.guard import guarded, the_reader

RECENT_ROUNDS = 6
MOST_INCIDENTS = 8


@dataclass
class ZoneCard:
    """A zone with its figures."""

    zone: Zone
    presence: dict[PresenceState, int] = field(default_factory=lambda: dict.fromkeys(PresenceState, 0))
    cameras: dict[CameraState, int] = field(default_factory=dict)
    incidents: dict[IncidentKind, int] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)

    @property
    def residents(self) -> int:
        """People under an order that is in force."""
        return sum(self.presence.values())

    @property
    def all_cameras(self) -> int:
        """Enabled cameras."""
        return sum(self.cameras.values())

    @property
    def troubled_cameras(self) -> dict[CameraState, int]:
        """Cameras that cannot be believed now, by state."""
        return {state: count for state, count in self.cameras.items() if state is not CameraState.ONLINE}


def quarantined(at: datetime) -> ColumnElement[bool]:
    """A condition on Resident: an order is in force at this moment."""
    return exists(QuarantineOrder.id).where(
        QuarantineOrder.resident_id == Resident.id,
        QuarantineOrder.state == OrderState.ACTIVE,
        QuarantineOrder.starts_at <= at,
        QuarantineOrder.ends_at > at,
    )


def zones_of(session: Session, reader: Reader) -> list[Zone]:
    """The reader's zones by name."""
    query = select(Zone).order_by(Zone.name)
    if reader.zones is not None:
        query = query.where(Zone.id.in_(reader.zones))
    return list(session.scalars(query))


def zone_cards(session: Session, zones: list[Zone], rounds: list[Round], at: datetime) -> list[ZoneCard]:
    """Each zone's figures: one query for each kind of figure, however many zones there are."""
    cards = {zone.id: ZoneCard(zone) for zone in zones}
    people = session.execute(
        select(Resident.zone_id, Presence.state, func.count())
        .outerjoin(Presence, Presence.resident_id == Resident.id)
        .where(Resident.zone_id.in_(cards), quarantined(at))
        .group_by(Resident.zone_id, Presence.state)
    )
    for zone_id, presence, count in people:
        # Nothing is believed yet about somebody who has just come.
        cards[zone_id].presence[presence or PresenceState.UNKNOWN] += count
    cameras = session.execute(
        select(Camera.zone_id, Camera.state, func.count())
        .where(Camera.zone_id.in_(cards), Camera.enabled)
        .group_by(Camera.zone_id, Camera.state)
    )
    for zone_id, state, count in cameras:
        cards[zone_id].cameras[state] = count
    incidents = session.execute(
        select(Incident.zone_id, Incident.kind, func.count())
        .where(Incident.zone_id.in_(cards), Incident.state != IncidentState.RESOLVED)
        .group_by(Incident.zone_id, Incident.kind)
    )
    for zone_id, kind, count in incidents:
        cards[zone_id].incidents[kind] = count
    for each in rounds:
        cards[each.zone_id].rounds.append(each)
    return list(cards.values())


def _deletions_coming(session: Session, zones: list[int]) -> int:
    """Of how many people in these zones something will be deleted soon, as the last run of the purge counted."""
    newest = select(PurgeReport.coming).where(PurgeReport.finished_at.is_not(None)).order_by(PurgeReport.id.desc()).limit(1)
    coming = session.scalar(newest) or {}
    return sum(coming.get(str(zone_id), 0) for zone_id in zones)


def overview_pages(database: Database) -> Blueprint:
    """The overview."""
    pages = Blueprint("overview", __name__)

    @pages.get("/")
    @guarded(Permission.SEE_OVERVIEW, audit=None)
    def overview() -> str:
        reader = the_reader()
        with database.read() as session:
            zones = zones_of(session, reader)
            ids = [zone.id for zone in zones]
            cards = zone_cards(session, zones, open_rounds(session, ids), now())
            # Whose deadline passed is a supervisor's question: somebody must be sent, or the work shared anew.
            supervises = reader.may(Permission.REVIEW_CHECK_IN)
            late = overdue(session, reader, MOST_INCIDENTS) if supervises else None
            # An incident names a resident: who may not see residents gets the numbers in the cards only.
            incidents = None
            if reader.may(Permission.SEE_RESIDENT):
                incidents = first_by_deadline(session, reader, MOST_INCIDENTS, escalated=not supervises)
            recent = recent_rounds(session, ids, RECENT_ROUNDS)
            stops = stops_in_force(session, ids)
            deletions = _deletions_coming(session, ids) if reader.may(Permission.SEE_AUDIT) else 0
        return render_template(
            "console/overview.html",
            cards=cards,
            incidents=incidents,
            overdue=late,
            recent=recent,
            stops=stops,
            deletions_coming=deletions,
        )

    return pages
