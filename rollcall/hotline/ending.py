"""What ends by itself at the hotline: alerts whose tickets ring no more, and tickets whose caller said nothing for 72 hours after the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.locks import Lock, only_one
from monitor.database.statements import changed
from monitor.hotline.steps import REOPEN_WITHIN
from monitor.hotline.tickets import move, note
from monitor.hotline.waiting import answered
from monitor.hotline.whom import DANGER, RINGS
from monitor.models.alerts import Alert, AlertState
from monitor.models.hotline import CloseReason, EventKind, HotlineAlarm, HotlineTicket, TicketState
from rollcall.alerting.raising import clear_alert

BATCH = 200


def _rings() -> ColumnElement[bool]:
    """A condition on an alarm and its ticket: what was told still holds, in the round in which it was told."""
    still = (and_(HotlineAlarm.level == level, HotlineTicket.state.in_(states)) for level, states in RINGS.items())
    return and_(or_(*still), HotlineAlarm.round == HotlineTicket.round)


def end_alerts(database: Database, now: datetime) -> int:
    """Clear alerts whose tickets ring no more, and call nobody further to an emergency that somebody has in hand; returns how many."""
    with database.read() as session:
        if not _over(session) and not _in_hand(session):
            return 0
    with database.write() as session:
        only_one(session, Lock.ALERTING)
        over, in_hand = _over(session), _in_hand(session)
        for alert_id in over:
            clear_alert(session, alert_id, now)
        for alert_id, account_id, at in in_hand:
            if alert_id not in over:
                taken = {"state": AlertState.TAKEN, "taken_at": at or now, "taken_by": account_id, "next_step_at": None}
                which = (Alert.id == alert_id, Alert.state == AlertState.OPEN)
                changed(session, update(Alert).where(*which).values(**taken))
        return len(over) + len(in_hand)


def _over(session: Session) -> Sequence[int]:
    ours = exists().where(HotlineAlarm.alert_id == Alert.id)
    ringing = exists().where(HotlineAlarm.alert_id == Alert.id, HotlineTicket.id == HotlineAlarm.ticket_id, _rings())
    lasting = Alert.state.in_((AlertState.OPEN, AlertState.TAKEN))
    return session.scalars(select(Alert.id).where(lasting, ours, ~ringing).limit(BATCH)).all()


def _in_hand(session: Session) -> list[tuple[int, int | None, datetime | None]]:
    """Emergencies that are still called to though somebody of the desk has them, or a unit."""
    rows = session.execute(
        select(Alert.id, HotlineTicket.taken_by, HotlineTicket.taken_at)
        .join(HotlineAlarm, HotlineAlarm.alert_id == Alert.id)
        .join(HotlineTicket, HotlineTicket.id == HotlineAlarm.ticket_id)
        .where(
            Alert.state == AlertState.OPEN,
            Alert.calls > 0,
            HotlineAlarm.level.in_(DANGER),
            HotlineTicket.state == TicketState.HANDED_OVER,
        )
        .limit(BATCH)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def close_answered(database: Database, now: datetime) -> int:
    """Close tickets that were answered 72 hours ago; returns how many."""
    due = (answered(), HotlineTicket.answered_at < now - REOPEN_WITHIN)
    with database.read() as session:
        if session.scalar(select(HotlineTicket.id).where(*due).limit(1)) is None:
            return 0
    with database.write() as session:
        tickets = session.scalars(select(HotlineTicket).where(*due).limit(BATCH)).all()
        for ticket in tickets:
            values = {
                "state": TicketState.CLOSED,
                "closed_at": now,
                "first_closed_at": func.coalesce(HotlineTicket.first_closed_at, now),
                "close_reason": CloseReason.ANSWERED,
            }
            still = (HotlineTicket.state == TicketState.ANSWERED, HotlineTicket.round == ticket.round)
            if move(session, ticket.id, still, values, now):
                note(session, ticket.id, EventKind.CLOSED, now, details={"reason": CloseReason.ANSWERED.value})
        return len(tickets)
