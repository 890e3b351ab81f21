"""The first page: every zone of the reader at a glance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, render_template
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.alerts.record import untold
from monitor.alerts.roster import read_roster
from monitor.models.cameras.cameras import Camera, CameraState
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.people.residents import Presence, PresenceState, Resident
from monitor.models.people.retention import PurgeReport
from monitor.models.places import Zone
from monitor.people.orders import quarantined
from rollcall.prompts.stopping import stops_in_force
from web.console.alerts.duty import on_duty_now
from web.console.incidents.listed import most_urgent, overdue
from web.console.rollcalls.rounds import Round, open_rounds, recent_rounds
from web.console.zones_of_reader import zones_of
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts
from web.shared.setting_up import steps_left

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


pages = Blueprint("overview", __name__)


@pages.get("/")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def overview() -> str:
    reader = the_reader()
    with parts().database.read() as session:
        zones = [zone for zone in zones_of(session, reader) if zone.closed_at is None]
        ids = [zone.id for zone in zones]
        cards = zone_cards(session, zones, open_rounds(session, ids), now())
        # Whose deadline passed is a supervisor's question: somebody must be sent, or the work shared anew.
        supervises = reader.may(Permission.REVIEW_CHECK_IN)
        late = overdue(session, reader, MOST_INCIDENTS) if supervises else None
        # An incident names a resident: who may not see residents gets the numbers in the cards only.
        incidents = None
        if reader.may(Permission.SEE_RESIDENT):
            incidents = most_urgent(session, reader, MOST_INCIDENTS, escalated=not supervises)
        recent = recent_rounds(session, ids, RECENT_ROUNDS)
        stops = stops_in_force(session, ids)
        on_duty = on_duty_now(read_roster(session, ids), zones, now())
        silent = untold(session, now())
        deletions = _deletions_coming(session, ids) if reader.may(Permission.SEE_AUDIT) else 0
        to_set_up = steps_left(session) if reader.may(Permission.SET_UP) else 0
    return render_template(
        "console/places/overview.html",
        cards=cards,
        incidents=incidents,
        overdue=late,
        recent=recent,
        stops=stops,
        on_duty=on_duty,
        silent=silent,
        deletions_coming=deletions,
        set_up_left=to_set_up,
    )
