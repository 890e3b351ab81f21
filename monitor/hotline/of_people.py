"""Tickets of somebody in quarantine, for the pages on which their cases are: what is done about a ticket is done on its own page."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from monitor.database.together import Reading, asked
from monitor.models.hotline import HotlineTicket, TicketState

SHOWN_FOR = timedelta(days=7)
"""After a ticket was closed."""
MOST = 10


def tickets_of_asked(resident_id: int, now: datetime) -> Reading[list[HotlineTicket]]:
    """Their open tickets and those closed lately, the newest first."""
    lately = or_(HotlineTicket.state != TicketState.CLOSED, HotlineTicket.closed_at > now - SHOWN_FOR)
    mine = (HotlineTicket.resident_id == resident_id, HotlineTicket.merged_into_id.is_(None), HotlineTicket.erased_at.is_(None))
    return asked(select(HotlineTicket).where(*mine, lately).order_by(HotlineTicket.id.desc()).limit(MOST))
