"""What is to be said to callers and units: rows that a worker claims and sends. Here is decided to whom, over which channel and in which words."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.statements import inserted
from monitor.models.hotline import HotlineMessage, HotlineTicket, MessageAbout, TicketChannel
from monitor.people.telephone_numbers import Line, line_of

CONFIRMATIONS_AN_HOUR = 5
"""More to one address say nothing new: somebody's mail answers ours by itself, or somebody plays."""


@dataclass(frozen=True)
class Route:
    """Where a caller is answered."""

    channel: TicketChannel
    address: str


def route_of(ticket: HotlineTicket) -> Route | None:
    """Over the channel somebody came by, where it can be answered on; else by text to their number, else by mail. None: they are called,
    or ask themselves."""
    if ticket.channel is TicketChannel.ZALO and ticket.mail_address:
        return Route(TicketChannel.ZALO, ticket.mail_address)
    if ticket.channel is TicketChannel.EMAIL and ticket.mail_address:
        return Route(TicketChannel.EMAIL, ticket.mail_address)
    if ticket.caller and line_of(ticket.caller) is not Line.CALLED_ONLY:
        return Route(TicketChannel.TEXT, ticket.caller)
    if "@" in ticket.mail_address:
        return Route(TicketChannel.EMAIL, ticket.mail_address)
    return None


def queue(session: Session, ticket: HotlineTicket, about: MessageAbout, text: str, now: datetime, *, step: int = 0) -> bool:
    """Have something said to a ticket's caller, once for each step; returns whether there is a way to.

    step: what tells a second answer, after a reopening, from the first.
    """
    route = route_of(ticket)
    if route is None:
        return False
    send(
        session, f"{ticket.id}-{about}-{step}", ticket.id, about, route, text, ticket.language, now, in_reply_to=ticket.mail_id
    )
    return True


def send(
    session: Session,
    key: str,
    ticket_id: int | None,
    about: MessageAbout,
    route: Route,
    text: str,
    language: str,
    now: datetime,
    *,
    in_reply_to: str = "",
) -> bool:
    """Make what is due to an address; what has this key already stays as it is. Returns whether it is new."""
    row = {
        "key": key,
        "ticket_id": ticket_id,
        "about": about,
        "channel": route.channel,
        "address": route.address,
        "in_reply_to": in_reply_to,
        "language": language,
        "text": text,
        "reference": secrets.token_hex(16),
        "made_at": now,
        "next_attempt_at": now,
    }
    return bool(inserted(session, insert_new(session, HotlineMessage).values(**row)))


def may_confirm(session: Session, route: Route, now: datetime) -> bool:
    """Whether a further confirmation may go to an address: two machines that answer one another stop."""
    sent = select(func.count()).select_from(HotlineMessage)
    lately = (HotlineMessage.about == MessageAbout.RECEIVED, HotlineMessage.made_at > now - timedelta(hours=1))
    count = session.scalar(sent.where(HotlineMessage.address == route.address, *lately)) or 0
    return count < CONFIRMATIONS_AN_HOUR
