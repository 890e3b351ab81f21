"""Conditions on tickets by their state. The state stands in the statement: as a parameter it would hide the indexes on what waits."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, literal_column

from monitor.hotline.clock import UNANSWERED
from monitor.models.hotline import HotlineTicket, TicketState


def _is(state: TicketState) -> ColumnElement[TicketState]:
    return literal_column(f"'{state}'", HotlineTicket.state.type)


def not_closed() -> ColumnElement[bool]:
    """Something may still be done."""
    return HotlineTicket.state != _is(TicketState.CLOSED)


def waits() -> ColumnElement[bool]:
    """Its caller waits for an answer."""
    return and_(not_closed(), HotlineTicket.state.in_(UNANSWERED))


def untaken() -> ColumnElement[bool]:
    """Nobody has it in hand: it is new, or was handed to a unit."""
    return HotlineTicket.state.in_((_is(TicketState.NEW), _is(TicketState.HANDED_OVER)))


def law_runs() -> ColumnElement[bool]:
    """The law's clock runs: it was never answered, and is not closed."""
    return and_(not_closed(), HotlineTicket.first_answered_at.is_(None))


def answered() -> ColumnElement[bool]:
    """It was answered, and its caller may still say that something is missing."""
    return HotlineTicket.state == _is(TicketState.ANSWERED)
