"""Report once that a whole site is silent, instead of an incident for each of its cameras."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cameras.watching.decisions import silent_sites
from monitor.incidents import causes
from monitor.incidents.incidents import end_cause, open_incident
from monitor.models.cameras.cameras import Camera, CameraState
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.places import Zone
from monitor.models.service import OutagePart
from monitor.outages import note_end, note_outage
from monitor.words import N_, words


def tell_sites(session: Session, zones: Collection[int], now: datetime) -> set[int]:
    """Open the incident of each silent zone among these, note that it ended for the others; returns the silent ones.

    All of a zone's cameras count, whoever watches them.
    """
    cameras: dict[int, list[int]] = defaultdict(list)
    since: dict[int, float] = {}
    rows = select(Camera.id, Camera.zone_id, Camera.state, Camera.state_since).where(Camera.zone_id.in_(zones), Camera.enabled)
    for row in session.execute(rows):
        cameras[row.zone_id].append(row.id)
        if row.state is CameraState.OFFLINE:
            since[row.id] = row.state_since.timestamp()
    lasting = select(Incident.zone_id).where(
        Incident.cause.in_([causes.site_silent(each) for each in zones]),
        Incident.state != IncidentState.RESOLVED,
        Incident.cause_ended_at.is_(None),
    )
    told = set(session.scalars(lasting))
    silent = silent_sites(since, cameras, told)
    for zone_id in told - silent:
        end_cause(session, causes.site_silent(zone_id), now=now)
        note_end(session, OutagePart.LINE, now=now, zone_id=zone_id)
    for zone_id in silent:
        # Where all cameras fell silent at once, phones have lost their network too.
        began = datetime.fromtimestamp(min(since[each] for each in cameras[zone_id] if each in since), UTC)
        note_outage(session, OutagePart.LINE, started_at=began, now=now, cause="silent", zone_id=zone_id)
    for zone_id in silent - told:
        name = session.scalar(select(Zone.name).where(Zone.id == zone_id))
        open_incident(
            session,
            IncidentKind.SITE_OUTAGE,
            causes.site_silent(zone_id),
            zone_id=zone_id,
            reason=words(
                N_(
                    "Most cameras of %(zone)s stopped at once: check power and network first. Nobody counts as absent because"
                    " of it."
                ),
                zone=name,
            ),
            now=now,
        )
    return silent
