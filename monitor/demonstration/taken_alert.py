"""What happened just before the demonstration begins: a positive test, an alert about it, and who has taken it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.alerts.taking import take_alert
from monitor.demonstration.people import TESTED, TESTED_BY
from monitor.laboratory.steps import note_result, plan, send, take
from monitor.models.accounts import Account
from monitor.models.alerts import Alert, AlertAddress, AlertDelivery, AlertIncident, DeliveryAbout
from monitor.models.incidents import Incident, IncidentKind, Urgency
from monitor.models.people.laboratory import LaboratoryTest, LabResult, LabTestKind, ResultSource
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.prompts import PromptState

RESULT, TOLD, TAKEN = timedelta(minutes=14), timedelta(minutes=13), timedelta(minutes=11)
"""Before the beginning."""


def tell_of_test(session: Session, now: datetime) -> None:
    """A test that was positive, in the caller's write transaction: by the same steps that staff take, and with the record of who was told."""
    account_id = session.scalars(select(Account.id).where(Account.username == TESTED_BY)).one()
    person = session.scalars(select(Resident).where(Resident.full_name == TESTED)).one()
    at = now - RESULT
    plan(session, [(person, [at.date()])], LabTestKind.PCR, "", account_id, at - timedelta(days=1))
    test_id = session.scalars(select(LaboratoryTest.id).where(LaboratoryTest.resident_id == person.id)).one()
    take(session, test_id, "TD-0001", account_id, at - timedelta(hours=8))
    send(session, test_id, "", "CDC Bình Dương", account_id, at - timedelta(hours=7))
    note_result(session, test_id, LabResult.POSITIVE, at.date(), ResultSource.STAFF, account_id, at)
    session.flush()
    incident = session.scalars(select(Incident).where(Incident.kind == IncidentKind.TEST_POSITIVE)).one()
    alert = Alert(
        zone_id=person.zone_id,
        kind=incident.kind,
        urgency=Urgency.SOON,
        opened_at=now - TOLD,
        joined_at=now - TOLD,
        raised_at=now - TOLD,
        incidents=1,
        calls=1,
    )
    session.add(alert)
    session.flush()
    session.add(AlertIncident(alert_id=alert.id, incident_id=incident.id))
    address = session.scalars(select(AlertAddress).where(AlertAddress.account_id == account_id)).one()
    session.add(
        AlertDelivery(
            alert_id=alert.id,
            account_id=account_id,
            way=address.way,
            address_id=address.id,
            about=DeliveryAbout.ALARM,
            step="1",
            state=PromptState.DELIVERED,
            reference=secrets.token_hex(16),
            made_at=now - TOLD,
            attempts=1,
            sent_at=now - TOLD,
            delivered_at=now - TOLD + timedelta(seconds=4),
        )
    )
    session.flush()
    take_alert(session, alert.id, account_id, now=now - TAKEN)
