"""Calls to the hotline as a switchboard tells of them: twice, late, in any order. What nobody answered becomes a ticket; nobody is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database, insert_new
from monitor.database.statements import changed
from monitor.hotline.clock import first_contact
from monitor.hotline.tickets import Contact, note, take_in
from monitor.models.hotline import EventKind, HotlineCall, HotlineTicket, TicketChannel, TicketState
from monitor.models.hotline_desk import HotlineShift
from monitor.people.telephone_numbers import international
from monitor.words import N_, translator

SETTLED_AFTER = timedelta(seconds=20)
"""What a switchboard tells in another order is there by then: whether somebody answered."""
LOOKED_BACK = timedelta(days=1)
BATCH = 100
MISSED = N_("(Missed call: it rang and nobody answered. Please call back.)")
MISSED_AGAIN = N_("(Called again, and nobody answered.)")
# Lines that do not show their number, in the words of switchboards.
_HIDDEN = frozenset({"", "anonymous", "unknown", "private", "restricted", "unavailable", "withheld"})


class CallEvent(StrEnum):
    """What happened to a call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


EVENTS: Mapping[str, CallEvent] = {
    **dict.fromkeys(("ringing", "ring", "incoming", "queued", "started", "initiated", "newcall", "offered"), CallEvent.RINGING),
    **dict.fromkeys(("answered", "answer", "connected", "inprogress", "bridged", "up"), CallEvent.ANSWERED),
    **dict.fromkeys(
        ("ended", "end", "hangup", "completed", "noanswer", "busy", "failed", "canceled", "cancelled", "abandoned", "missed"),
        CallEvent.ENDED,
    ),
}
"""The words of switchboards, without signs between letters."""


@dataclass(frozen=True)
class CallTold:
    """One thing that a switchboard told. at: by its clock, None where it says none. extension: where it rings or was answered."""

    call_id: str
    event: CallEvent
    at: datetime | None = None
    caller: str = ""
    extension: str = ""


def read_event(word: str) -> CallEvent | None:
    """What a switchboard's word means; None: nothing that is known."""
    return EVENTS.get("".join(filter(str.isalnum, word)).lower())


def note_call(session: Session, told: CallTold, now: datetime) -> bool:
    """Note what was told, in the caller's write transaction; returns whether anything was new. Told again, or late, it changes nothing twice."""
    at = first_contact(told.at, now)
    caller = "" if told.caller.strip().lower() in _HIDDEN else international(told.caller)
    row = {"call_id": told.call_id, "caller": caller, "extension": told.extension, "rang_at": at, "noted_at": now}
    fresh = session.scalars(insert_new(session, HotlineCall).returning(HotlineCall.id), [row]).all()
    mine = update(HotlineCall).where(HotlineCall.call_id == told.call_id)
    news = len(fresh)
    # The earliest moment that is told of a call is when somebody first reached us, whatever came first to us.
    news += changed(session, mine.where(HotlineCall.rang_at > at).values(rang_at=at))
    if caller:
        news += changed(session, mine.where(HotlineCall.caller == "").values(caller=caller))
    if told.event is CallEvent.ANSWERED:
        values: dict[str, object] = {"answered_at": at, "operator_id": _operator(session, told.extension)}
        if told.extension:
            values["extension"] = told.extension
        news += changed(session, mine.where(HotlineCall.answered_at.is_(None)).values(**values))
    elif told.extension:
        # It went on to ring elsewhere.
        ringing = mine.where(HotlineCall.answered_at.is_(None), HotlineCall.ended_at.is_(None))
        news += changed(session, ringing.where(HotlineCall.extension != told.extension).values(extension=told.extension))
    if told.event is CallEvent.ENDED:
        news += changed(session, mine.where(HotlineCall.ended_at.is_(None)).values(ended_at=at))
    if news:
        announce(session, None, Topic.HOTLINE, now)
    return bool(news)


def _operator(session: Session, extension: str) -> int | None:
    """Who sits at an extension now."""
    if not extension:
        return None
    there = select(HotlineShift.account_id).where(HotlineShift.extension == extension, HotlineShift.ended_at.is_(None))
    return session.scalars(there.order_by(HotlineShift.id.desc())).first()


def take_missed(database: Database, now: datetime) -> int:
    """Make tickets of calls that ended and that nobody answered; returns how many calls. A caller who tries again and again has one."""
    waiting = (
        select(HotlineCall.id)
        .where(
            HotlineCall.noted_at.between(now - LOOKED_BACK, now - SETTLED_AFTER),
            HotlineCall.ended_at.is_not(None),
            HotlineCall.answered_at.is_(None),
            HotlineCall.ticket_id.is_(None),
            # Who shows no number cannot be called; the call itself stays noted.
            HotlineCall.caller != "",
        )
        .order_by(HotlineCall.rang_at)
        .limit(BATCH)
    )
    with database.read() as session:
        found = list(session.scalars(waiting))
    for each in found:
        with database.write() as session:
            _take_missed(session, each, now)
    return len(found)


def _take_missed(session: Session, number: int, now: datetime) -> None:
    call = session.get_one(HotlineCall, number, populate_existing=True)
    if call.ticket_id is not None or call.answered_at is not None:
        return
    open_one = (
        select(HotlineTicket)
        .where(HotlineTicket.caller == call.caller, HotlineTicket.channel == TicketChannel.TELEPHONE)
        .where(HotlineTicket.first_contact_at > now - LOOKED_BACK, HotlineTicket.state != TicketState.CLOSED)
        .order_by(HotlineTicket.id.desc())
        .limit(1)
    )
    ticket = session.scalars(open_one).first()
    fresh = ticket is None
    if ticket is None:
        contact = Contact(TicketChannel.TELEPHONE, call.call_id, translator("vi")(MISSED), at=call.rang_at, caller=call.caller)
        ticket = take_in(session, contact, now)
    mine = update(HotlineCall).where(HotlineCall.id == number, HotlineCall.ticket_id.is_(None))
    if changed(session, mine.values(ticket_id=ticket.id)) and not fresh:
        said = translator(ticket.language)(MISSED_AGAIN)
        note(session, ticket.id, EventKind.ADDED, now, words=said, details={"call": number})
        announce(session, ticket.zone_id, Topic.HOTLINE, now)
