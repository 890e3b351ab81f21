"""What may be done with a ticket in which state, by whom, and what is refused in which words. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.models.hotline import CloseReason, TicketState
from monitor.words import N_

REOPEN_WITHIN = timedelta(hours=72)
"""After the answer, or after it was closed without one."""


class Step(StrEnum):
    """What is done with a ticket."""

    TAKE = "take"
    CHANGE = "change"
    HAND_OVER = "hand_over"
    ACCEPT = "accept"
    REFUSE = "refuse"
    ANSWER = "answer"
    CLOSE = "close"
    REOPEN = "reopen"
    JOIN = "join"
    """Merged into another ticket, or bundled under one."""
    RATE = "rate"


class Party(StrEnum):
    """As what somebody acts: the desk dispatches, the unit that has it answers, the caller asks."""

    DESK = "desk"
    UNIT = "unit"
    CALLER = "caller"


_WAITING = (TicketState.NEW, TicketState.TAKEN, TicketState.HANDED_OVER, TicketState.ACCEPTED)
FROM: Mapping[Step, tuple[TicketState, ...]] = {
    Step.TAKE: (TicketState.NEW, TicketState.TAKEN),
    Step.CHANGE: _WAITING,
    Step.HAND_OVER: _WAITING,
    Step.ACCEPT: (TicketState.HANDED_OVER,),
    Step.REFUSE: (TicketState.HANDED_OVER, TicketState.ACCEPTED),
    Step.ANSWER: _WAITING,
    Step.CLOSE: (*_WAITING, TicketState.ANSWERED),
    Step.REOPEN: (TicketState.ANSWERED, TicketState.CLOSED),
    Step.JOIN: _WAITING,
    Step.RATE: (TicketState.ANSWERED, TicketState.CLOSED),
}
"""From which states each step leads."""
BY: Mapping[Step, tuple[Party, ...]] = {
    Step.TAKE: (Party.DESK,),
    Step.CHANGE: (Party.DESK, Party.UNIT),
    Step.HAND_OVER: (Party.DESK,),
    Step.ACCEPT: (Party.UNIT,),
    Step.REFUSE: (Party.UNIT,),
    Step.ANSWER: (Party.DESK, Party.UNIT),
    Step.CLOSE: (Party.DESK, Party.UNIT),
    Step.REOPEN: (Party.DESK, Party.UNIT, Party.CALLER),
    Step.JOIN: (Party.DESK, Party.UNIT),
    Step.RATE: (Party.CALLER,),
}
"""Who may do it. Of a unit without accounts here the desk says what it said on the telephone, and acts as it."""
REFUSED: Mapping[TicketState, str] = {
    TicketState.NEW: N_("This ticket is back with the desk. Reload the page to see it as it is now."),
    TicketState.TAKEN: N_("A colleague at the desk has this ticket. Reload the page to see it as it is now."),
    TicketState.HANDED_OVER: N_("This ticket was handed over meanwhile. Reload the page to see it as it is now."),
    TicketState.ACCEPTED: N_("The unit has accepted this ticket meanwhile. Reload the page to see it as it is now."),
    TicketState.ANSWERED: N_("This ticket was answered meanwhile. Reload the page to see it as it is now."),
    TicketState.CLOSED: N_("This ticket is closed. Reload the page to see it as it is now."),
}
"""Why a step does not lead from a state."""


@dataclass(frozen=True)
class Standing:
    """What decides about a ticket's next steps. parties: as what the reader acts on it."""

    state: TicketState
    parties: frozenset[Party]
    merged: bool = False
    ended_at: datetime | None = None


def possible(step: Step, ticket: Standing, now: datetime) -> bool:
    """Whether this step can be taken now, by these."""
    if ticket.state not in FROM[step] or not ticket.parties & set(BY[step]):
        return False
    if step is Step.REOPEN:
        return not ticket.merged and may_reopen(ticket.ended_at, now)
    return True


def ended(answered_at: datetime | None, closed_at: datetime | None) -> datetime | None:
    """Since when a caller can ask again: since the answer, or since it was closed without one."""
    return answered_at or closed_at


def may_reopen(ended_at: datetime | None, now: datetime) -> bool:
    """Whether so little time has passed that the same ticket goes on; later it is a new one."""
    return ended_at is not None and now <= ended_at + REOPEN_WITHIN


def why_not_closed(reason: CloseReason, *, answered: bool, wants_answer: bool, words: str) -> str | None:
    """Why a ticket cannot be closed with this reason; None: it can. Nothing is closed without an answer or a reason."""
    if reason is CloseReason.MERGED:
        return N_("A ticket becomes part of another one by merging them.")
    if reason is CloseReason.ANSWERED and not answered:
        return N_("Write the answer first, or choose why there is none.")
    if reason is CloseReason.NO_ANSWER_WANTED and wants_answer:
        return N_("The caller wants an answer. Write it, or choose another reason.")
    if not answered and reason is not CloseReason.NO_ANSWER_WANTED and not words.strip():
        return N_("Say in a sentence why there is no answer.")
    return None


def reopens_as(unit_live: bool) -> TicketState:
    """Where a reopened ticket goes: to the unit that answered while that exists, else to the desk."""
    return TicketState.HANDED_OVER if unit_live else TicketState.NEW


def heir(unit_id: int, units: Mapping[int, tuple[datetime | None, int | None]], now: datetime) -> int | None:
    """Who has a unit's tickets now: itself, the first of its successors that is not dissolved, or the desk (None).

    units: when each is dissolved, and its successor. Successors that lead in a circle lead to the desk.
    """
    seen: set[int] = set()
    current: int | None = unit_id
    while current is not None and current in units and current not in seen:
        dissolved_at, successor = units[current]
        if dissolved_at is None or dissolved_at > now:
            return current
        seen.add(current)
        current = successor
    return None


@dataclass(frozen=True)
class Joined:
    """One of two tickets that may become one, or stand together."""

    id: int
    state: TicketState
    due_at: datetime
    caller: str
    resident_id: int | None
    merged_into: int | None = None
    bundled_under: int | None = None
    children: bool = False


def older(one: Joined, other: Joined) -> tuple[Joined, Joined]:
    """(the one that stays, the one that goes): the one that is due first stays, so that merging gives nobody a later hour."""
    first, second = sorted((one, other), key=lambda each: (each.due_at, each.id))
    return first, second


def why_not_merged(one: Joined, other: Joined) -> str | None:
    """Why two tickets are not one matter of one caller; None: they may be."""
    if wrong := _why_not_together(one, other):
        return wrong
    same_number = bool(one.caller) and one.caller == other.caller
    same_person = one.resident_id is not None and one.resident_id == other.resident_id
    if not (same_number or same_person):
        return N_("These two have different callers. Bundle them, so that each is told in the end.")
    return None


def why_not_bundled(above: Joined, below: Joined) -> str | None:
    """Why one ticket cannot be answered with another; None: it can."""
    if wrong := _why_not_together(above, below):
        return wrong
    if above.bundled_under is not None:
        return N_("That ticket stands under another one itself. Choose the one on top.")
    if below.children:
        return N_("Other tickets stand under this one. Bundle the other under this one instead.")
    return None


def _why_not_together(one: Joined, other: Joined) -> str | None:
    if one.id == other.id:
        return N_("This is the same ticket. Choose another one.")
    if one.merged_into is not None or other.merged_into is not None:
        return N_("One of the two became part of another ticket already. Choose that one.")
    if other.bundled_under is not None or one.state not in FROM[Step.JOIN] or other.state not in FROM[Step.JOIN]:
        return N_("Only tickets that wait for an answer, and stand under no other, can be put together.")
    return None
