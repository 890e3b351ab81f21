"""One tap takes an alert: all that it is about is this person's from then on, and nobody else is called."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.incidents.incidents import take_on
from monitor.models.alerts import Alert, AlertIncident, AlertState
from monitor.models.incidents import Incident, IncidentState
from monitor.problems import Conflict
from monitor.words import N_


def take_alert(session: Session, alert_id: int, account_id: int, *, now: datetime) -> list[int]:
    """Take an alert, in the caller's write transaction; returns the incidents that became this person's. Raises Conflict."""
    taken = changed(
        session,
        update(Alert)
        .where(Alert.id == alert_id, Alert.state == AlertState.OPEN)
        .values(state=AlertState.TAKEN, taken_at=now, taken_by=account_id, next_step_at=None),
    )
    if not taken:
        raise Conflict(N_("Someone else has already handled this incident. Reload the page to see it as it is now."))
    waiting = session.scalars(
        select(Incident.id)
        .join(AlertIncident, AlertIncident.incident_id == Incident.id)
        .where(AlertIncident.alert_id == alert_id, Incident.state == IncidentState.OPEN)
        .order_by(Incident.id)
    ).all()
    became = [each for each in waiting if take_on(session, each, account_id, now=now)]
    zone_id = session.scalar(select(Alert.zone_id).where(Alert.id == alert_id))
    announce(session, zone_id, Topic.ALERT, now)
    return became
