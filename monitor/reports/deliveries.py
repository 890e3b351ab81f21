"""What people do about mails of reports: send again, note that one arrived, let files be made again; each audited."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from monitor.database.statements import changed
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes
from monitor.models.report_mail import DeliveryState, DocumentState, ReportDelivery, ReportDocument
from monitor.problems import Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

PATIENCE = timedelta(minutes=2)
"""From sending again until a person is told that it was not accepted."""
LEFT_TO_A_PERSON = (DeliveryState.UNCERTAIN, DeliveryState.FAILED, DeliveryState.STOPPED)
NOT_ARRIVED = (*LEFT_TO_A_PERSON, DeliveryState.WAITING)


def send_again(session: Session, delivery_id: int, account_id: int, now: datetime) -> None:
    """Let the same mail, under the same Message-ID, leave once more, in the caller's write transaction. Raises Conflict."""
    mine = update(ReportDelivery).where(ReportDelivery.id == delivery_id, ReportDelivery.state.in_(LEFT_TO_A_PERSON))
    values = {
        "state": DeliveryState.WAITING,
        "next_at": now,
        "attempts": 0,
        "refused_by": [],
        "leased_by": None,
        "ending": False,
        "alarm_at": now + PATIENCE,
        "alarmed": False,
    }
    if not changed(session, mine.values(**values)):
        raise Conflict(N_("This mail is on its way, or has arrived. Reload the page to see it as it is now."))
    _note(session, delivery_id, Action.REPORT_SENT_AGAIN, account_id, now)


def note_arrived(session: Session, delivery_id: int, account_id: int, now: datetime) -> None:
    """Somebody found out that it is there, in the caller's write transaction: it is not sent any more. Raises Conflict."""
    mine = update(ReportDelivery).where(ReportDelivery.id == delivery_id, ReportDelivery.state.in_(NOT_ARRIVED))
    values = {
        "state": DeliveryState.ACCEPTED,
        "next_at": None,
        "leased_by": None,
        "ending": False,
        "alarm_at": None,
        "settled_at": now,
        "settled_by": account_id,
    }
    if not changed(session, mine.values(**values)):
        raise Conflict(N_("This mail is on its way, or has arrived. Reload the page to see it as it is now."))
    _note(session, delivery_id, Action.REPORT_ARRIVED, account_id, now)


def _note(session: Session, delivery_id: int, action: Action, account_id: int, now: datetime) -> None:
    delivery = session.get_one(ReportDelivery, delivery_id, populate_existing=True)
    audit.note(session, action, at=now, account_id=account_id, document=delivery.document_id, address=delivery.address)
    settle(session, delivery.document_id, now)


def make_again(session: Session, document_id: int, account_id: int, now: datetime) -> None:
    """Let the files of a document be made that could not be made, in the caller's write transaction. Raises Conflict."""
    mine = update(ReportDocument).where(ReportDocument.id == document_id, ReportDocument.state == DocumentState.FAILED)
    if not changed(session, mine.values(state=DocumentState.WAITING, attempts=0, next_at=now)):
        raise Conflict(N_("These files are there, or being made. Reload the page to see them as they are now."))
    audit.note(session, Action.REPORT_MADE_AGAIN, at=now, account_id=account_id, document=document_id)
    end_causes(session, [causes.report_unsent(document_id)], now=now)


def settle(session: Session, document_id: int, now: datetime) -> None:
    """End the alarm of a document none of whose mails is left to a person, or late, in the caller's write transaction."""
    late = and_(ReportDelivery.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)), ReportDelivery.alarmed.is_(True))
    unclear = ReportDelivery.state.in_((DeliveryState.UNCERTAIN, DeliveryState.FAILED))
    still = select(ReportDelivery.id).where(ReportDelivery.document_id == document_id, or_(late, unclear))
    if session.scalar(still.limit(1)) is None:
        end_causes(session, [causes.report_unsent(document_id)], now=now)
