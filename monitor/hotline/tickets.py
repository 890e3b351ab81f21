"""The one way in: what somebody said, on whatever channel, becomes a ticket once, with the law's due time written beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import local_clock
from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.declarations.stations import station_of
from monitor.hotline.callers import matched, people_at
from monitor.hotline.clock import first_contact, law_due
from monitor.hotline.codes import new_ticket_code, shown_code
from monitor.hotline.messages import may_confirm, queue, route_of
from monitor.models.hotline import (
    EventKind,
    HotlineEvent,
    HotlineTicket,
    MessageAbout,
    TicketChannel,
    TicketKind,
    TicketState,
)
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.people.telephone_numbers import international
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput
from monitor.stated import hotline
from monitor.words import N_, translator

LONGEST_SAID = 200_000
"""Signs of what somebody said that are kept; what is longer is said to be cut."""
TIMEZONE = "Asia/Ho_Chi_Minh"
RECEIVED = N_(
    "%(number)s has received your request. Code: %(code)s. You will be answered by %(due)s. To ask about it, text: %(number)s %(code)s"
)


@dataclass(frozen=True)
class Contact:
    """What came, as a channel brings it.

    reference: the gateway's own name for it, or the form's. at: when the gateway or our server took it; None: now. by: who of staff typed
    it; None: it came by itself. caller: a telephone number in any spelling. mail_address: of a mail, or the name of a user of Zalo. mail_id:
    what an answer refers to. fix: (latitude, longitude). resident_id: where the channel knows who it is, as an answer does.
    """

    channel: TicketChannel
    reference: str
    said: str
    kind: TicketKind = TicketKind.OTHER
    at: datetime | None = None
    caller: str = ""
    caller_name: str = ""
    mail_address: str = ""
    mail_id: str = ""
    subject: str = ""
    anonymous: bool = False
    wants_answer: bool = True
    language: str = "vi"
    unit: UnitKey | None = None
    place: str = ""
    fix: tuple[float, float] | None = None
    resident_id: int | None = None
    incident_id: int | None = None
    by: int | None = None
    quiet: bool = False
    """Nothing is sent by itself: who sent it is a machine, or may be somebody else."""


def take_in(session: Session, contact: Contact, now: datetime) -> HotlineTicket:
    """The ticket of a contact, in the caller's write transaction: the one that is there already, where it was handed over before.

    Raises BadInput where nothing was said.
    """
    key = f"{contact.channel}:{contact.reference}"
    known = session.scalars(select(HotlineTicket).where(HotlineTicket.source_key == key)).first()
    if known is not None:
        return known
    if not contact.said.strip():
        raise BadInput(N_("Please write what it is about."), field="said")
    row = _row(session, contact, key, now)
    ticket_id = None
    while ticket_id is None:
        # Another worker may have had the same in this instant; a code may be taken.
        fresh = insert_new(session, HotlineTicket).values(code=new_ticket_code(), **row).returning(HotlineTicket.id)
        ticket_id = session.scalar(fresh)
        if ticket_id is None:
            known = session.scalars(select(HotlineTicket).where(HotlineTicket.source_key == key)).first()
            if known is not None:
                return known
    ticket = session.get_one(HotlineTicket, ticket_id)
    details: dict[str, Any] = {"channel": contact.channel.value, "kind": contact.kind.value}
    if len(contact.said) > LONGEST_SAID:
        details["cut"] = len(contact.said)
    note(session, ticket.id, EventKind.CAME, now, account_id=contact.by, details=details)
    if (contact.by is None or contact.wants_answer) and not contact.quiet:
        confirm(session, ticket, now)
    announce(session, ticket.zone_id, Topic.HOTLINE, now)
    return ticket


def _row(session: Session, contact: Contact, key: str, now: datetime) -> dict[str, Any]:
    caller = international(contact.caller) if contact.caller else ""
    since = first_contact(contact.at, now)
    who = _whose(session, contact, caller, now)
    typed = contact.by is not None
    return {
        "source_key": key,
        "kind": contact.kind,
        "channel": contact.channel,
        "state": TicketState.TAKEN if typed else TicketState.NEW,
        "first_contact_at": since,
        "due_at": law_due(since),
        "waiting_since": since,
        "noted_at": now,
        "caller": caller,
        "caller_name": contact.caller_name.strip(),
        "mail_address": contact.mail_address.strip(),
        "mail_id": contact.mail_id[:300],
        "subject": contact.subject.strip()[:300],
        "anonymous": contact.anonymous,
        "wants_answer": contact.wants_answer,
        "language": contact.language,
        "said": contact.said[:LONGEST_SAID],
        "unit_code": contact.unit.code if contact.unit else None,
        "unit_from": contact.unit.valid_from if contact.unit else None,
        "place": contact.place.strip(),
        "fix": list(contact.fix) if contact.fix else None,
        "incident_id": contact.incident_id,
        "taken_at": now if typed else None,
        "taken_by": contact.by,
        # Its clocks inside are looked at by the next look at any.
        "next_alarm_at": since,
        **who,
    }


def _whose(session: Session, contact: Contact, caller: str, now: datetime) -> dict[str, int | None]:
    """The resident, household and zone of a contact. The nearest zone sees what belongs to none."""
    resident = session.get(Resident, contact.resident_id) if contact.resident_id is not None else None
    if resident is not None:
        return {"resident_id": resident.id, "household_id": resident.household_id, "zone_id": resident.zone_id}
    match = matched(people_at(session, caller, now))
    zone_id = match.zone_id if match.zone_id is not None else station_of(session, contact.unit)
    return {"resident_id": match.resident_id, "household_id": match.household_id, "zone_id": zone_id}


def confirm(session: Session, ticket: HotlineTicket, now: datetime) -> bool:
    """Tell a caller the code and until when they are answered; returns whether there is a way to, and it is not one message too many."""
    route = route_of(ticket)
    if route is None or not may_confirm(session, route, now):
        return False
    translate = translator(ticket.language)
    due = local_clock(ticket.due_at, timezone_of(session, ticket), ticket.first_contact_at)
    said = translate(RECEIVED) % {"number": hotline(), "code": shown_code(ticket.code), "due": due}
    return queue(session, ticket, MessageAbout.RECEIVED, said, now)


def timezone_of(session: Session, ticket: HotlineTicket) -> str:
    """On whose wall clock times are said to a caller."""
    zone = session.get(Zone, ticket.zone_id) if ticket.zone_id is not None else None
    return zone.timezone if zone is not None else TIMEZONE


def add_words(
    session: Session,
    ticket: HotlineTicket,
    said: str,
    now: datetime,
    *,
    account_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """A caller says more about the same, in the caller's write transaction; what was said first stays as it is. details: see `note`."""
    if not said.strip():
        raise BadInput(N_("Please write what it is about."), field="said")
    note(session, ticket.id, EventKind.ADDED, now, words=said[:LONGEST_SAID], account_id=account_id, details=details)
    announce(session, ticket.zone_id, Topic.HOTLINE, now)


def note(
    session: Session,
    ticket_id: int,
    kind: EventKind,
    at: datetime,
    *,
    words: str = "",
    account_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add a step to a ticket's history. details: nothing personal; `says` in them: stored Words that staff read."""
    session.add(
        HotlineEvent(ticket_id=ticket_id, kind=kind, at=at, words=words, account_id=account_id, details=dict(details or {}))
    )
    session.flush()


def move(session: Session, ticket_id: int, where: tuple[Any, ...], values: Mapping[str, Any], now: datetime) -> bool:
    """Change a ticket while it is still as somebody saw it; its clocks inside are looked at anew. Returns whether it was."""
    still = update(HotlineTicket).where(HotlineTicket.id == ticket_id, *where)
    return bool(changed(session, still.values(**values, next_alarm_at=now)))
