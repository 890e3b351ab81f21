"""What anybody who has a ticket's code is told of it, on the public page and by text: how far it is, and nothing personal. Pure but for one look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.clock import local_clock
from monitor.hotline.codes import shown_code
from monitor.models.hotline import CloseReason, HotlineTicket, TicketState
from monitor.words import N_, Words, words

SAYS: Mapping[TicketState, str] = {
    TicketState.NEW: N_("Your request is on the list of 1022."),
    TicketState.TAKEN: N_("Staff of 1022 are working on your request."),
    TicketState.HANDED_OVER: N_("Your request was handed to the unit that is responsible."),
    TicketState.ACCEPTED: N_("The responsible unit has accepted your request and is working on it."),
    TicketState.ANSWERED: N_("Your request was answered."),
    TicketState.CLOSED: N_("Your request is closed."),
}
WITHOUT_ANSWER: Mapping[CloseReason, str] = {
    CloseReason.NOT_REACHED: N_("Your request is closed: you could not be reached."),
    CloseReason.WITHDRAWN: N_("Your request is closed: it was withdrawn."),
    CloseReason.NOT_OURS: N_("Your request is closed: 1022 cannot settle it."),
}
DUE = N_("You will be answered by %(due)s.")
LATE = N_("It was to be answered by %(due)s. It is late, and supervisors know.")
BY_TEXT = N_("Request %(code)s: %(state)s")
BY_TEXT_DUE = N_("Request %(code)s: %(state)s %(due)s")
NO_SUCH = N_("1022 has no request with the code %(code)s. Please check its eight signs.")
OPEN = (TicketState.NEW, TicketState.TAKEN, TicketState.HANDED_OVER, TicketState.ACCEPTED)


def ticket_with(session: Session, code: str) -> HotlineTicket | None:
    """The ticket of a code, or the one that it became a part of; None: there is none, or its words were deleted by rule."""
    ticket = session.scalars(select(HotlineTicket).where(HotlineTicket.code == code)).first()
    if ticket is not None and ticket.merged_into_id is not None:
        ticket = session.get(HotlineTicket, ticket.merged_into_id)
    return ticket if ticket is not None and ticket.erased_at is None else None


def state_words(state: TicketState, reason: CloseReason | None) -> Words:
    """How far it is."""
    without = WITHOUT_ANSWER.get(reason) if state is TicketState.CLOSED and reason is not None else None
    return Words(without or SAYS[state])


def due_words(ticket: HotlineTicket, timezone: str, now: datetime) -> Words | None:
    """Until when it is answered; None where it was."""
    if ticket.state not in OPEN:
        return None
    due = local_clock(ticket.due_at, timezone, now)
    return words(DUE if now <= ticket.due_at else LATE, due=due)


def text_words(ticket: HotlineTicket, code: str, timezone: str, now: datetime) -> Words:
    """Both in one text. code: by which it was asked."""
    state, due = state_words(ticket.state, ticket.close_reason), due_words(ticket, timezone, now)
    if due is None:
        return words(BY_TEXT, code=shown_code(code), state=state.dump())
    return words(BY_TEXT_DUE, code=shown_code(code), state=state.dump(), due=due.dump())
