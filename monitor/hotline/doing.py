"""What people do with tickets: each step one conditional update with its line in the history, in the caller's write transaction.

`seen` is a ticket as the page showed it, see `mark`: whoever comes second changes nothing and is told who has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import local_clock
from monitor.hotline.codes import shown_code
from monitor.hotline.messages import queue
from monitor.hotline.steps import (
    REFUSED,
    Party,
    Standing,
    Step,
    ended,
    possible,
    reopens_as,
    why_not_closed,
)
from monitor.hotline.tickets import move, note, timezone_of
from monitor.hotline.units import live
from monitor.models.accounts import Account
from monitor.models.hotline import (
    CloseReason,
    EventKind,
    HotlineTicket,
    MessageAbout,
    TicketKind,
    TicketState,
)
from monitor.models.hotline_desk import HotlineUnit
from monitor.people.telephone_numbers import international
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput, Conflict, Forbidden, NotFound
from monitor.stated import hotline
from monitor.words import N_, translator

LONGEST_WORDS = 2000
ANSWER = N_("%(number)s, request %(code)s: %(answer)s")
CLOSED = N_(
    "%(number)s has closed your request %(code)s without an answer: %(why)s If you still need help, reopen it within 72 hours or call"
    " %(number)s."
)


@dataclass(frozen=True)
class Doer:
    """Who does something. parties: as what they may act on this ticket. account_id: None: the caller."""

    account_id: int | None
    parties: frozenset[Party]


CALLER = Doer(None, frozenset({Party.CALLER}))


def mark(ticket: HotlineTicket) -> str:
    """What of a ticket a page shows that a step goes by."""
    return f"{ticket.state}.{ticket.round}.{ticket.unit_id or 0}.{ticket.taken_by or 0}"


def standing(ticket: HotlineTicket, parties: frozenset[Party]) -> Standing:
    """What decides about its next steps."""
    return Standing(ticket.state, parties, ticket.merged_into_id is not None, ended(ticket.answered_at, ticket.closed_at))


def take(session: Session, ticket_id: int, doer: Doer, now: datetime, *, seen: str) -> HotlineTicket:
    """Have a ticket in hand; from a colleague too, where the page showed that they have it. Raises Conflict."""
    ticket = found(session, ticket_id)
    if doer.account_id is not None and ticket.state is TicketState.TAKEN and ticket.taken_by == doer.account_id:
        return ticket
    require(session, ticket, Step.TAKE, doer, now, seen)
    values = {"state": TicketState.TAKEN, "taken_by": doer.account_id, "taken_at": now}
    return done(session, ticket, EventKind.TAKEN, values, doer, now, details={"from": ticket.taken_by})


def change(
    session: Session,
    ticket_id: int,
    doer: Doer,
    now: datetime,
    *,
    kind: TicketKind,
    wants_answer: bool,
    anonymous: bool,
    language: str,
    caller: str,
    caller_name: str,
    unit: UnitKey | None,
    place: str,
) -> HotlineTicket:
    """Put right what is known of a ticket; what was said, and when, stays."""
    ticket = found(session, ticket_id)
    require(session, ticket, Step.CHANGE, doer, now, mark(ticket))
    values = {
        "kind": kind,
        "wants_answer": wants_answer,
        "anonymous": anonymous,
        "language": language,
        "caller": international(caller) if caller.strip() else "",
        "caller_name": caller_name.strip(),
        "unit_code": unit.code if unit else None,
        "unit_from": unit.valid_from if unit else None,
        "place": place.strip(),
    }
    before = [name for name, value in values.items() if getattr(ticket, name) != value]
    if not before:
        return ticket
    details = {"changed": before, "kind": ticket.kind.value, "to": kind.value}
    return done(session, ticket, EventKind.CHANGED, values, doer, now, details=details)


def hand_over(
    session: Session, ticket_id: int, unit_id: int, doer: Doer, now: datetime, *, seen: str, words: str = ""
) -> HotlineTicket:
    """Make it a unit's work. Raises BadInput where the unit is dissolved, Conflict where somebody else has the ticket."""
    ticket = found(session, ticket_id)
    require(session, ticket, Step.HAND_OVER, doer, now, seen)
    unit = session.scalars(select(HotlineUnit).where(HotlineUnit.id == unit_id, live(now))).first()
    if unit is None:
        raise BadInput(N_("Choose a unit that is not dissolved."), field="unit")
    if ticket.taken_by not in (None, doer.account_id) and ticket.state is TicketState.TAKEN:
        raise _in_hand(session, ticket)
    if ticket.unit_id == unit_id:
        raise BadInput(N_("This unit has the ticket already."), field="unit")
    values: dict[str, Any] = {
        "state": TicketState.HANDED_OVER,
        "unit_id": unit_id,
        "handed_over_at": now,
        "accepted_at": None,
        "taken_at": func.coalesce(HotlineTicket.taken_at, now),
        "taken_by": None,
    }
    if ticket.unit_id is not None:
        values["round"] = ticket.round + 1
    details = {"unit": unit_id, "from": ticket.unit_id}
    return done(session, ticket, EventKind.HANDED_OVER, values, doer, now, words=words, details=details)


def accept(session: Session, ticket_id: int, doer: Doer, now: datetime, *, seen: str) -> HotlineTicket:
    """A unit says that it is theirs."""
    ticket = found(session, ticket_id)
    require(session, ticket, Step.ACCEPT, doer, now, seen)
    values = {"state": TicketState.ACCEPTED, "accepted_at": now, "taken_by": doer.account_id}
    return done(session, ticket, EventKind.ACCEPTED, values, doer, now, details={"unit": ticket.unit_id})


def refuse(session: Session, ticket_id: int, doer: Doer, now: datetime, *, seen: str, words: str) -> HotlineTicket:
    """A unit says that it is not theirs, and why: it is back with the desk, and the law's clock goes on. Raises BadInput without a reason."""
    ticket = found(session, ticket_id)
    if not words.strip():
        raise BadInput(N_("Say why this is not for your unit; the desk needs it to find the right one."), field="words")
    require(session, ticket, Step.REFUSE, doer, now, seen)
    values = {
        "state": TicketState.NEW,
        "unit_id": None,
        "handed_over_at": None,
        "accepted_at": None,
        "taken_at": None,
        "taken_by": None,
        "waiting_since": now,
        "refusals": ticket.refusals + 1,
        "round": ticket.round + 1,
    }
    details = {"unit": ticket.unit_id, "refusals": ticket.refusals + 1}
    return done(session, ticket, EventKind.REFUSED, values, doer, now, words=words, details=details)


def answer(
    session: Session, ticket_id: int, doer: Doer, now: datetime, *, seen: str, words: str, told: bool = False
) -> tuple[HotlineTicket, bool]:
    """Answer a caller, and with them those whose tickets stand under this one.

    told: it was said on the telephone, so nothing is sent. Returns the ticket, and whether the answer is on its way or was told: else
    somebody must call. Raises BadInput.
    """
    ticket = found(session, ticket_id)
    if not words.strip():
        raise BadInput(N_("Please write the answer."), field="words")
    require(session, ticket, Step.ANSWER, doer, now, seen)
    ticket = _answer_one(session, ticket, doer, now, words.strip())
    reached = told or tell_answer(session, ticket, now)
    for child in children_of(session, ticket.id):
        if child.state not in (TicketState.ANSWERED, TicketState.CLOSED):
            tell_answer(session, _answer_one(session, child, doer, now, words.strip()), now)
    return ticket, reached


def _answer_one(session: Session, ticket: HotlineTicket, doer: Doer, now: datetime, words: str) -> HotlineTicket:
    values = {
        "state": TicketState.ANSWERED,
        "answered_at": now,
        "first_answered_at": func.coalesce(HotlineTicket.first_answered_at, now),
        "answer": words,
    }
    return done(session, ticket, EventKind.ANSWERED, values, doer, now, words=words)


def tell_answer(session: Session, ticket: HotlineTicket, now: datetime) -> bool:
    """Have the answer sent to the caller; returns whether there is a way to."""
    said = translator(ticket.language)(ANSWER)
    values = {"number": hotline(), "code": shown_code(ticket.code), "answer": ticket.answer}
    return queue(session, ticket, MessageAbout.ANSWER, said % values, now, step=ticket.reopened)


def close(
    session: Session, ticket_id: int, doer: Doer, now: datetime, *, seen: str, reason: CloseReason, words: str = ""
) -> HotlineTicket:
    """Let nothing more be done, because it was answered or for a reason. Raises BadInput where neither is there.

    What stands under it is closed with it, and each caller who wants an answer is told why there is none.
    """
    ticket = found(session, ticket_id)
    answered = ticket.state is TicketState.ANSWERED
    wrong = why_not_closed(reason, answered=answered, wants_answer=ticket.wants_answer, words=words)
    if wrong is not None:
        raise BadInput(wrong, field="reason")
    require(session, ticket, Step.CLOSE, doer, now, seen)
    ticket = _close_one(session, ticket, doer, now, reason, words)
    for child in children_of(session, ticket.id):
        if child.state is not TicketState.CLOSED and (child.state is TicketState.ANSWERED) == answered:
            _close_one(session, child, doer, now, reason, words)
    return ticket


def _close_one(
    session: Session, ticket: HotlineTicket, doer: Doer, now: datetime, reason: CloseReason, words: str
) -> HotlineTicket:
    values = {
        "state": TicketState.CLOSED,
        "closed_at": now,
        "first_closed_at": func.coalesce(HotlineTicket.first_closed_at, now),
        "close_reason": reason,
    }
    silent = reason in (CloseReason.ANSWERED, CloseReason.NO_ANSWER_WANTED, CloseReason.NO_MATTER, CloseReason.WITHDRAWN)
    ticket = done(session, ticket, EventKind.CLOSED, values, doer, now, words=words, details={"reason": reason.value})
    if not silent and ticket.wants_answer:
        said = translator(ticket.language)(CLOSED)
        named = {"number": hotline(), "code": shown_code(ticket.code), "why": words.strip()}
        queue(session, ticket, MessageAbout.CLOSED, said % named, now, step=ticket.reopened)
    return ticket


def reopen(session: Session, ticket_id: int, doer: Doer, now: datetime, *, words: str = "") -> HotlineTicket:
    """The caller still needs help: it goes to the unit that answered, or to the desk. Raises Conflict after 72 hours.

    The law's due time is what it was; whether that was met is told by the first answer.
    """
    ticket = found(session, ticket_id)
    if not possible(Step.REOPEN, standing(ticket, doer.parties), now):
        raise Conflict(N_("A ticket can be reopened within 72 hours of its answer. Please make a new one."))
    unit_live = ticket.unit_id is not None and (
        session.scalar(select(HotlineUnit.id).where(HotlineUnit.id == ticket.unit_id, live(now))) is not None
    )
    state = reopens_as(unit_live)
    values = {
        "state": state,
        "unit_id": ticket.unit_id if unit_live else None,
        "handed_over_at": now if unit_live else None,
        "accepted_at": None,
        "taken_by": None,
        "answered_at": None,
        "closed_at": None,
        "close_reason": None,
        "reopened_at": now,
        "reopened": ticket.reopened + 1,
        "round": ticket.round + 1,
        "waiting_since": now,
        "bundled_under_id": None,
        "satisfaction": None,
    }
    return done(session, ticket, EventKind.REOPENED, values, doer, now, words=words)


def rate(session: Session, ticket_id: int, satisfaction: int, now: datetime) -> None:
    """How satisfied a caller is, 1 to 5; the newest word holds. Raises BadInput, Conflict."""
    ticket = found(session, ticket_id)
    if not 1 <= satisfaction <= 5:
        raise BadInput(N_("Choose one of the five."), field="satisfaction")
    require(session, ticket, Step.RATE, CALLER, now, mark(ticket))
    done(session, ticket, EventKind.RATED, {"satisfaction": satisfaction}, CALLER, now, details={"satisfaction": satisfaction})


def children_of(session: Session, ticket_id: int) -> list[HotlineTicket]:
    """Tickets that stand under one."""
    below = select(HotlineTicket).where(HotlineTicket.bundled_under_id == ticket_id).order_by(HotlineTicket.id)
    return list(session.scalars(below))


def found(session: Session, ticket_id: int) -> HotlineTicket:
    """A ticket, as it is now. Raises NotFound."""
    ticket = session.get(HotlineTicket, ticket_id, populate_existing=True)
    if ticket is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return ticket


def require(session: Session, ticket: HotlineTicket, step: Step, doer: Doer, now: datetime, seen: str) -> None:
    """That this step can be taken by these, on the ticket that they saw. Raises Conflict, Forbidden."""
    if ticket.erased_at is not None:
        raise Conflict(N_("This ticket’s words were deleted by rule; nothing more can be done with it."))
    if seen != mark(ticket):
        raise _in_hand(session, ticket) if ticket.state is TicketState.TAKEN else Conflict(REFUSED[ticket.state])
    if not possible(step, standing(ticket, doer.parties), now):
        if possible(step, standing(ticket, frozenset(Party)), now):
            raise Forbidden(N_("This is for others to do: the unit that has the ticket, or the desk."))
        raise Conflict(REFUSED[ticket.state])


def _in_hand(session: Session, ticket: HotlineTicket) -> Conflict:
    """Who has it, in words."""
    name = session.scalar(select(Account.username).where(Account.id == ticket.taken_by)) or "?"
    since = local_clock(ticket.taken_at, timezone_of(session, ticket)) if ticket.taken_at else ""
    return Conflict(
        N_("%(name)s has had this ticket since %(time)s. Reload the page to see it as it is now."), name=name, time=since
    )


def as_it_was(ticket: HotlineTicket) -> tuple[ColumnElement[bool], ...]:
    """That nobody changed it since it was read."""
    return (
        HotlineTicket.state == ticket.state,
        HotlineTicket.round == ticket.round,
        HotlineTicket.unit_id.is_not_distinct_from(ticket.unit_id),
        HotlineTicket.taken_by.is_not_distinct_from(ticket.taken_by),
        HotlineTicket.bundled_under_id.is_not_distinct_from(ticket.bundled_under_id),
    )


def done(
    session: Session,
    ticket: HotlineTicket,
    kind: EventKind,
    values: Mapping[str, Any],
    doer: Doer,
    now: datetime,
    *,
    words: str = "",
    details: Mapping[str, Any] | None = None,
) -> HotlineTicket:
    """Change a ticket as one step with its line in the history. Raises Conflict where somebody was first."""
    if len(words) > LONGEST_WORDS:
        raise BadInput(N_("Please write at most %(count)s signs."), count=LONGEST_WORDS, field="words")
    if not move(session, ticket.id, as_it_was(ticket), values, now):
        raise Conflict(REFUSED[found(session, ticket.id).state])
    note(session, ticket.id, kind, now, words=words, account_id=doer.account_id, details=details)
    announce(session, ticket.zone_id, Topic.HOTLINE, now)
    return found(session, ticket.id)
