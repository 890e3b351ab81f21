"""A colleague who was asked to take something urgent on is called to it like to any alert; if they do not take it, others are called."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.locks import Lock, only_one
from monitor.incidents.cases import parts_of
from monitor.models.alerts import Alert, AlertIncident, AlertState
from monitor.models.incidents import Incident, Urgency
from rollcall.alerting.deliveries import call

WAIT = {Urgency.DANGER: timedelta(minutes=2), Urgency.SOON: timedelta(minutes=10)}
"""How long a colleague is waited for before those on duty are called."""
STEP = "assigned"


def call_assigned(session: Session, incident: Incident, account_id: int, now: datetime, timezone: ZoneInfo) -> bool:
    """Call somebody to what they were asked to take on, in the caller's write transaction; returns whether it is urgent enough for that.

    timezone: on whose wall clock quiet hours of staff are.
    """
    if incident.urgency not in WAIT:
        return False
    only_one(session, Lock.ALERTING)
    waiting = select(Alert).join(AlertIncident, AlertIncident.alert_id == Alert.id)
    waiting = waiting.where(AlertIncident.incident_id == incident.id, Alert.state == AlertState.OPEN)
    alert = session.scalars(waiting.order_by(Alert.id.desc()).limit(1)).first()
    if alert is None:
        alert = Alert(
            zone_id=incident.zone_id,
            kind=parts_of(session, [incident.id])[incident.id][0].kind,
            urgency=incident.urgency,
            state=AlertState.OPEN,
            opened_at=now,
            joined_at=now,
            raised_at=now,
            next_step_at=now + WAIT[incident.urgency],
            incidents=1,
            calls=0,
            again=0,
        )
        session.add(alert)
        session.flush()
        session.add(AlertIncident(alert_id=alert.id, incident_id=incident.id))
        session.flush()
    call(session, alert, [account_id], STEP, now, timezone)
    return True
