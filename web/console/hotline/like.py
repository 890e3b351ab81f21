"""Tickets that may be about the same matter: of one that is there, and of one that is about to be entered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from monitor.database.together import asked, at_once, read
from monitor.folding import folded
from monitor.hotline.duplicates import SAME_PEOPLE_WITHIN, Duplicate, Matter, duplicates_of
from monitor.hotline.listing import Sight, earlier_of, nearby
from monitor.models.hotline import HotlineTicket, TicketKind, TicketState
from monitor.people.telephone_numbers import international


def matter_of(ticket: HotlineTicket) -> Matter:
    """A ticket as duplicates are found by it."""
    fix = (float(ticket.fix[0]), float(ticket.fix[1])) if ticket.fix else None
    place = folded(ticket.place)
    at, unit = ticket.first_contact_at, ticket.unit_code or ""
    return Matter(ticket.id, ticket.kind, at, ticket.caller, ticket.household_id, unit, fix, place)


def like(ticket: HotlineTicket, others: Sequence[HotlineTicket]) -> list[tuple[HotlineTicket, Duplicate]]:
    """Those that may be about the same, the likeliest first."""
    rows = {each.id: each for each in others}
    linked = (ticket.merged_into_id, ticket.bundled_under_id)
    return [
        (rows[each.ticket_id], each)
        for each in duplicates_of(matter_of(ticket), map(matter_of, others))
        if each.ticket_id not in linked and rows[each.ticket_id].bundled_under_id != ticket.id
    ]


def asked_before(
    session: Session, sight: Sight, kind: TicketKind, at: datetime, *, number: str, unit: str, place: str
) -> list[HotlineTicket]:
    """Which waiting tickets somebody who enters one is asked about before it is saved; none in an emergency, whose clock is short."""
    caller = international(number) if number.strip() else ""
    near, earlier = read(
        session, at_once(asked(nearby(kind, at, SAME_PEOPLE_WITHIN, sight)), asked(earlier_of(sight, caller=caller)))
    )
    over = (TicketState.ANSWERED, TicketState.CLOSED)
    rows = {each.id: each for each in (*near, *earlier) if each.state not in over}
    new = Matter(0, kind, at, caller, unit=unit, place=folded(place))
    return [rows[each.ticket_id] for each in duplicates_of(new, map(matter_of, rows.values())) if each.asked]
