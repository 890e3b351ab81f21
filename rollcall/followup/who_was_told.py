"""Who knows of somebody in danger, as far as the service's own records say: what the person is told, and nothing beyond it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.alerts.record import first_told
from monitor.clock import local_clock
from monitor.incidents.cases import case_leads
from monitor.models.incidents import Incident, IncidentState
from monitor.models.places import Zone
from monitor.words import N_, Words, words

TOLD = N_("Health staff on duty were told at %(time)s.")
ON_THE_LIST = N_("Your report is marked urgent on the list of health staff.")
TAKEN_ON = N_("Health staff took on your report at %(time)s.")

WHO_WAS_TOLD = (ON_THE_LIST, TOLD, TAKEN_ON)


def told_words(session: Session, resident_id: int, now: datetime) -> Words:
    """One sentence about the person's case. Also for who has none (any more): then nobody waits for anything."""
    row = session.execute(
        select(Incident.id, Incident.state, Incident.acknowledged_at, Incident.last_occurred_at, Zone.timezone)
        .join(Zone, Zone.id == Incident.zone_id)
        .where(case_leads(resident_id))
    ).first()
    # Who took it on before knew of less.
    taken = row is not None and row.state == IncidentState.ACKNOWLEDGED and row.acknowledged_at is not None
    if row is not None and taken and row.acknowledged_at >= row.last_occurred_at:
        return words(TAKEN_ON, time=local_clock(row.acknowledged_at, row.timezone, now))
    told = first_told(session, row.id) if row is not None else None
    if row is not None and told is not None:
        return words(TOLD, time=local_clock(told, row.timezone, now))
    return Words(ON_THE_LIST)
