"""What people told the hotline ends by rule: words, numbers and answers go, what figures count stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.hotline import CloseReason, HotlineCall, HotlineEvent, HotlineMessage, HotlineTicket, TicketState
from monitor.models.hotline_desk import HotlineShift
from monitor.models.people.retention import RetentionHold

BATCH = 500
_NOTHING: dict[str, Any] = {
    "caller": "",
    "caller_name": "",
    "mail_address": "",
    "mail_id": "",
    "subject": "",
    "said": "",
    "place": "",
    "answer": "",
    "fix": None,
    "resident_id": None,
    "household_id": None,
}


def erase_tickets(database: Database, before: datetime, now: datetime) -> int:
    """Erase the words of tickets that were closed before a moment, unless the data of their person is held; returns how many.

    With them go calls and messages that belong to no ticket, and what those at the telephones noted for the next.
    """
    held = select(RetentionHold.resident_id).where(RetentionHold.until > now, RetentionHold.ended_at.is_(None))
    due = (
        select(HotlineTicket.id)
        .where(HotlineTicket.closed_at <= before, HotlineTicket.erased_at.is_(None), HotlineTicket.state == TicketState.CLOSED)
        .where(HotlineTicket.resident_id.is_(None) | HotlineTicket.resident_id.not_in(held))
        .order_by(HotlineTicket.closed_at)
        .limit(BATCH)
    )
    total = 0
    while True:
        with database.write() as session:
            changed(session, delete(HotlineCall).where(HotlineCall.ticket_id.is_(None), HotlineCall.noted_at <= before))
            changed(session, delete(HotlineMessage).where(HotlineMessage.ticket_id.is_(None), HotlineMessage.made_at <= before))
            changed(
                session, update(HotlineShift).where(HotlineShift.ended_at <= before, HotlineShift.note != "").values(note="")
            )
            found = list(session.scalars(due))
            _erase(session, found, now)
        total += len(found)
        if len(found) < BATCH:
            return total


def erase_tickets_of_resident(session: Session, resident_id: int, now: datetime) -> None:
    """With the data of somebody in quarantine goes what they told the hotline, in the caller's write transaction.

    Of a ticket that still waits nobody could know any more what it was about: it ends.
    """
    mine = HotlineTicket.resident_id == resident_id
    ended = {
        "state": TicketState.CLOSED,
        "close_reason": CloseReason.WITHDRAWN,
        "closed_at": now,
        "first_closed_at": func.coalesce(HotlineTicket.first_closed_at, now),
        "next_alarm_at": None,
    }
    changed(session, update(HotlineTicket).where(mine, HotlineTicket.state != TicketState.CLOSED).values(**ended))
    _erase(session, list(session.scalars(select(HotlineTicket.id).where(mine))), now)


def _erase(session: Session, tickets: Sequence[int], now: datetime) -> None:
    if not tickets:
        return
    changed(session, update(HotlineTicket).where(one_of(HotlineTicket.id, tickets)).values(**_NOTHING, erased_at=now))
    changed(session, update(HotlineEvent).where(one_of(HotlineEvent.ticket_id, tickets)).values(words=""))
    changed(session, delete(HotlineMessage).where(one_of(HotlineMessage.ticket_id, tickets)))
    changed(session, update(HotlineCall).where(one_of(HotlineCall.ticket_id, tickets)).values(caller=""))
