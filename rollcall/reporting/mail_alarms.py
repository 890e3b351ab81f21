"""Tells a person that a report did not leave: at once where nobody knows whether it arrived, else when its time is nearly over.

An incident stands on the list until the mail is settled, and whoever the report's settings name is called first.
"""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.statements import changed, changed_values
from monitor.incidents import causes
from monitor.incidents.cases import unresolved
from monitor.incidents.incidents import open_incident
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.places import Zone
from monitor.models.report_mail import DeliveryState, ReportDelivery, ReportDocument
from monitor.reports.stating import times_held
from monitor.words import N_, Words
from rollcall.alerting.assigning import call_assigned
from rollcall.reporting.daily import whom_to_call

log = logging.getLogger(__name__)
NOT_ACCEPTED = N_(
    "%(document)s was not accepted by a mail server yet. Last answer: %(answer)s. It is tried again automatically."
    " Please telephone %(address)s, or print it under “Reports by mail”."
)
UNCERTAIN = N_(
    "It is not known whether %(document)s arrived at %(address)s: the line broke after its last byte. Please ask by telephone,"
    " then choose “It arrived” or “Send again” under “Reports by mail”."
)
FAILED = N_(
    "%(document)s could not be mailed to %(address)s. Last answer: %(answer)s. Please check the address, and send it again or print it"
    " under “Reports by mail”."
)
NO_SERVER = N_("%(document)s is ready, and no mail server is set up. Please print it under “Reports by mail” and bring it.")
NO_RECIPIENT = N_(
    "%(document)s is ready, and no one is to receive it. Please add recipients, or print it under “Reports by mail”."
)
NOT_MADE = N_("%(document)s could not be made as a file. Please open “Reports by mail” and try again, or ask an administrator.")
NOTHING_SAID = N_("none")
OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)


def alarm(session: Session, document_id: int, reason: Words, now: datetime, timezone: ZoneInfo) -> None:
    """Call a person, in the caller's write transaction; where one was called about this document, only the reason is renewed."""
    zone_id = session.scalar(select(Zone.id).order_by(Zone.closed_at.is_not(None), Zone.id).limit(1))
    if zone_id is None:
        # Incidents stand in zones: without any nobody is on duty either. The page of reports says it all the same.
        log.error("a report did not leave, and there is no zone whose staff could be told")
        return
    cause = causes.report_unsent(document_id)
    open_incident(session, IncidentKind.REPORT_NOT_SENT, cause, zone_id=zone_id, reason=reason, now=now)
    session.flush()
    incident = session.scalars(select(Incident).where(Incident.cause == cause, unresolved())).first()
    if incident is None or incident.assigned_to is not None:
        return
    whom = whom_to_call(session, times.alarm_account_id if (times := times_held(session)) is not None else None)
    if whom is not None:
        incident.assigned_to = whom
        session.flush()
        call_assigned(session, incident, whom, now, timezone)


def alarm_of(session: Session, delivery: ReportDelivery, template: str, now: datetime, timezone: ZoneInfo) -> None:
    """Call a person about one mail."""
    document = session.get_one(ReportDocument, delivery.document_id)
    values = {"document": called(document).dump(), "address": delivery.address}
    if "%(answer)s" in template:
        values["answer"] = delivery.answer or Words(NOTHING_SAID).dump()
    alarm(session, document.id, Words(template, values), now, timezone)


def called(document: ReportDocument) -> Words:
    """What a document is called in a sentence."""
    day = f"{document.day:%d/%m/%Y}"
    if document.number:
        return Words(N_("Report no. %(number)s of %(day)s"), {"number": document.number, "day": day})
    return Words(N_("The document of %(day)s"), {"day": day})


def tell_unsent(database: Database, now: datetime, timezone: ZoneInfo) -> int:
    """Call a person about each mail that was to be accepted by now and was not; returns about how many.

    Run by the scheduler, so that it happens also where the worker that mails is dead.
    """
    late = (ReportDelivery.alarm_at <= now,)
    with database.read() as session:
        if session.scalar(select(ReportDelivery.id).where(*late).limit(1)) is None:
            return 0
    with database.write() as session:
        claim = update(ReportDelivery).where(*late, ReportDelivery.state.in_(OPEN)).values(alarm_at=None, alarmed=True)
        claimed = changed_values(session, claim.returning(ReportDelivery.id))
        # Settled meanwhile: nobody need be told.
        changed(session, update(ReportDelivery).where(*late).values(alarm_at=None))
        for each in sorted(claimed):
            delivery = session.get_one(ReportDelivery, each, populate_existing=True)
            alarm_of(session, delivery, NOT_ACCEPTED, now, timezone)
        return len(claimed)
