"""The hotline 1022: tickets, each step of them, calls that rang, alarms that were raised, and messages that are to leave."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, copied, filled_index, refers_to, text_enum
from monitor.models.rollcalls.prompts import PromptState
from monitor.models.sealed_columns import ADDRESS, PHONE, PLACE, SAID, SealedJson, SealedText

LAW_LIMIT = timedelta(hours=5)
"""Within which whoever turns to the hotline is answered, by the clock on the wall: the directive's limit."""


class TicketKind(StrEnum):
    """What somebody turns to the hotline for. Food, medicine and money are hardship."""

    EMERGENCY = "emergency"
    FOOD = "food"
    MEDICINE = "medicine"
    MONEY = "money"
    HEALTH_ADVICE = "health_advice"
    VIOLATION = "violation"
    TECHNICAL = "technical"
    OTHER = "other"


HARDSHIP = (TicketKind.FOOD, TicketKind.MEDICINE, TicketKind.MONEY)


class TicketChannel(StrEnum):
    """How it came."""

    TELEPHONE = "telephone"
    TEXT = "text"
    ZALO = "zalo"
    EMAIL = "email"
    PAGE = "page"
    ANSWER = "answer"
    """A resident's own "I need …" in the answer to a roll-call."""
    STAFF = "staff"


class TicketState(StrEnum):
    """How far it has come; `monitor/hotline/steps.py` says which follows which."""

    NEW = "new"
    TAKEN = "taken"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why nothing more is done."""

    ANSWERED = "answered"
    NO_ANSWER_WANTED = "no_answer_wanted"
    NOT_REACHED = "not_reached"
    WITHDRAWN = "withdrawn"
    NOT_OURS = "not_ours"
    NO_MATTER = "no_matter"
    """Advertising, a joke, a wrong number."""
    MERGED = "merged"


_OPEN, _UNANSWERED = "state != 'closed'", "state != 'closed' AND first_answered_at IS NULL"


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


LIMIT_HOLDS = {
    "sqlite": "strftime('%s', due_at) - strftime('%s', first_contact_at) = 18000"
    " AND substr(due_at, 20) = substr(first_contact_at, 20)",
    "postgresql": "due_at = first_contact_at + interval '5 hours'",
}
"""That the law's due time is five hours after first contact, in the words of each database; see `LAW_LIMIT`."""


class HotlineTicket(Base):
    """One matter of somebody who turned to 1022."""

    __tablename__ = "hotline_ticket"
    __table_args__ = (
        *(
            CheckConstraint(said, name="ck_hotline_ticket_due_at").ddl_if(dialect=dialect)
            for dialect, said in LIMIT_HOLDS.items()
        ),
        CheckConstraint("state != 'closed' OR close_reason IS NOT NULL", name="ck_hotline_ticket_close_reason"),
        # The list of what is open, the soonest due first; all of it, of one zone, of one unit, of one person of staff.
        *(
            Index(f"ix_hotline_ticket_open_{name}", *before, "due_at", "id", **_where(_OPEN))
            for name, before in (("due", ()), ("zone", ("zone_id",)), ("unit", ("unit_id",)), ("taker", ("taken_by",)))
        ),
        # The law's clock, and the clocks inside.
        *(
            Index(f"ix_hotline_ticket_{column}", "due_at", **_where(f"{_UNANSWERED} AND {column} IS NULL"))
            for column in ("warned_at", "head_warned_at", "breached_at")
        ),
        Index("ix_hotline_ticket_answered", "first_contact_at", "id", **_where("state = 'answered'")),
        Index("ix_hotline_ticket_next_alarm_at", "next_alarm_at", **_where("next_alarm_at IS NOT NULL")),
        # What is over, and figures: by when it came.
        Index("ix_hotline_ticket_first_contact_at", "first_contact_at", "id"),
        Index("ix_hotline_ticket_closed_at", "closed_at", **_where("closed_at IS NOT NULL")),
        # Earlier tickets of a caller, of a person, of a household; others of one kind nearby.
        Index("ix_hotline_ticket_caller", "caller", "first_contact_at", **_where("caller != ''")),
        Index("ix_hotline_ticket_mail_address", "mail_address", "first_contact_at", **_where("mail_address != ''")),
        Index("ix_hotline_ticket_mail_id", "mail_id", **_where("mail_id != ''")),
        Index("ix_hotline_ticket_kind_first_contact_at", "kind", "first_contact_at"),
        *(
            filled_index("hotline_ticket", column)
            for column in ("resident_id", "household_id", "incident_id", "merged_into_id", "bundled_under_id")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    """What its caller asks by; see `monitor/hotline/codes.py`."""
    source_key: Mapped[str] = mapped_column(String(160), unique=True)
    """Channel and the gateway's own name for it: handed over twice, it is one ticket."""
    kind: Mapped[TicketKind] = mapped_column(text_enum(TicketKind))
    channel: Mapped[TicketChannel] = mapped_column(text_enum(TicketChannel))
    state: Mapped[TicketState] = mapped_column(text_enum(TicketState), default=TicketState.NEW)
    first_contact_at: Mapped[datetime]
    """When our side or the gateway took it, also while our intake stood still. Never changed."""
    due_at: Mapped[datetime]
    """Five hours later, by law. Written once; the database itself refuses another time."""
    noted_at: Mapped[datetime]
    """When it came into this table."""
    caller: Mapped[str] = mapped_column(SealedText(PHONE), default="")
    """As +84…; empty: without a number."""
    caller_name: Mapped[str] = mapped_column(SealedText(SAID), default="")
    mail_address: Mapped[str] = mapped_column(SealedText(ADDRESS), default="")
    """Of a mail, or where Zalo knows its user."""
    mail_id: Mapped[str] = mapped_column(String(300), default="")
    """What an answer refers to: the mail's Message-ID, or the gateway's name for what was written."""
    anonymous: Mapped[bool] = mapped_column(default=False)
    """The caller wants not to be named to the unit."""
    wants_answer: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(8), default="vi")
    subject: Mapped[str] = mapped_column(SealedText(SAID), default="")
    """Of a mail."""
    said: Mapped[str] = mapped_column(SealedText(SAID))
    """Word for word. Never changed but by deletion."""
    unit_code: Mapped[str | None] = mapped_column(String(16))
    """The administrative unit where it is."""
    unit_from: Mapped[date | None]
    place: Mapped[str] = mapped_column(SealedText(ADDRESS), default="")
    """In words."""
    fix: Mapped[Any] = mapped_column(SealedJson(PLACE), nullable=True)
    """[latitude, longitude], where somebody set a pin; else None."""
    zone_id: Mapped[int | None] = copied()
    """Whose staff see it: of the caller, else of the place, else the nearest. None: there is no zone yet."""
    resident_id: Mapped[int | None] = refers_to("resident.id", index=False)
    household_id: Mapped[int | None] = refers_to("household.id", index=False)
    incident_id: Mapped[int | None] = refers_to("incident.id", index=False)
    """The case of the same person that it belongs with: what is done about that is done there."""
    unit_id: Mapped[int | None] = refers_to("hotline_unit.id", index=False)
    """Who is to answer; None: the dispatchers."""
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[int | None] = refers_to("account.id", index=False)
    """Who of the dispatchers, or of the unit, has it in hand."""
    handed_over_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    refusals: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    """When the law's clock was met; written once."""
    answer: Mapped[str] = mapped_column(SealedText(SAID), default="")
    closed_at: Mapped[datetime | None]
    first_closed_at: Mapped[datetime | None]
    close_reason: Mapped[CloseReason | None] = mapped_column(text_enum(CloseReason))
    reopened_at: Mapped[datetime | None]
    reopened: Mapped[int] = mapped_column(default=0)
    """How often."""
    waiting_since: Mapped[datetime]
    """Since when the dispatchers have it: from first contact, or since it came back to them."""
    round: Mapped[int] = mapped_column(default=0)
    """How often it came back, refused, returned or reopened: alarms of the clocks inside begin anew each time."""
    merged_into_id: Mapped[int | None] = refers_to("hotline_ticket.id", index=False)
    """The ticket of the same matter that this one became a part of; closed meanwhile."""
    bundled_under_id: Mapped[int | None] = refers_to("hotline_ticket.id", index=False)
    """The ticket of somebody else with the same event: answered together, each told."""
    satisfaction: Mapped[int | None]
    """1 to 5, as the caller said afterwards."""
    warned_at: Mapped[datetime | None]
    head_warned_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    """When the unit was warned of the law's limit, its head, and the province told of a breach: each claimed once."""
    breached_unassigned: Mapped[bool] = mapped_column(default=False)
    """That nobody had it in hand when the limit passed."""
    next_alarm_at: Mapped[datetime | None]
    """When its clocks inside are looked at again, at once after each step; None: nothing is awaited."""
    erased_at: Mapped[datetime | None]
    """When its words and who they came from were deleted by rule; figures stay."""


class EventKind(StrEnum):
    """What happened to a ticket."""

    CAME = "came"
    ADDED = "added"
    """The caller said more; or came again about the same."""
    TAKEN = "taken"
    CHANGED = "changed"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    RETURNED = "returned"
    """Its unit was dissolved, or who had it works here no more."""
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"
    MERGED = "merged"
    UNMERGED = "unmerged"
    BUNDLED = "bundled"
    UNBUNDLED = "unbundled"
    ALARMED = "alarmed"
    RATED = "rated"
    NOTED = "noted"


class HotlineEvent(Base):
    """One step of a ticket; never changed, only added."""

    __tablename__ = "hotline_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = refers_to("hotline_ticket.id")
    at: Mapped[datetime]
    kind: Mapped[EventKind] = mapped_column(text_enum(EventKind))
    account_id: Mapped[int | None] = refers_to("account.id", index=False)
    """None: the caller, or the service itself."""
    words: Mapped[str] = mapped_column(SealedText(SAID), default="")
    """What was said with it: the reason of a refusal, what a caller added."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Nothing personal: numbers of units and tickets, what was before."""


class AlarmLevel(StrEnum):
    """What is told of a ticket; `monitor/hotline/clock.py` says when, and to whom."""

    EMERGENCY = "emergency"
    EMERGENCY_LATE = "emergency_late"
    TAKE_LATE = "take_late"
    HAND_OVER_LATE = "hand_over_late"
    HANDED_OVER = "handed_over"
    ACCEPT_LATE = "accept_late"
    ANSWER_LATE = "answer_late"
    REFUSED = "refused"
    UNIT = "unit"
    HEAD = "head"
    BREACH = "breach"


class HotlineAlarm(Base):
    """That staff were told of a ticket at one level: once in each of its rounds."""

    __tablename__ = "hotline_alarm"
    __table_args__ = (UniqueConstraint("ticket_id", "level", "round"), filled_index("hotline_alarm", "alert_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = refers_to("hotline_ticket.id", index=False)
    level: Mapped[AlarmLevel] = mapped_column(text_enum(AlarmLevel))
    round: Mapped[int]
    """Of the ticket, see there."""
    at: Mapped[datetime]
    """When it was raised."""
    due_at: Mapped[datetime]
    """When it was due: how late the alarm was is told by both."""
    alert_id: Mapped[int | None] = refers_to("alert.id", index=False)
    """The alert that called staff; None: there is no zone whose staff could be called."""


class MessageAbout(StrEnum):
    """What a message of the hotline says."""

    RECEIVED = "received"
    ANSWER = "answer"
    CLOSED = "closed"
    STATE = "state"
    """Of a ticket that somebody asked about by its code."""
    UNIT_TOLD = "unit_told"
    """To a unit without accounts: that a ticket waits."""
    UNIT_WARNED = "unit_warned"
    REPORTER_REMINDED = "reporter_reminded"
    """To a commune or an organisation: that its numbers of today have not come."""
    REPORTER_LINK = "reporter_link"
    """The link on which a commune or an organisation enters its numbers; the text is emptied once it has left."""


class HotlineMessage(Base):
    """One message to a caller over the channel they came by, or to the address of a unit: what is due, and what became of it."""

    __tablename__ = "hotline_message"
    __table_args__ = (filled_index("hotline_message", "next_attempt_at"), filled_index("hotline_message", "gateway_reference"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """Of what it says about which ticket for the how-manieth time: said twice, it leaves once."""
    ticket_id: Mapped[int | None] = refers_to("hotline_ticket.id")
    """None: an answer to somebody who asked by a code that no ticket has."""
    about: Mapped[MessageAbout] = mapped_column(text_enum(MessageAbout))
    channel: Mapped[TicketChannel] = mapped_column(text_enum(TicketChannel))
    """Text, Zalo or e-mail; who telephoned is sent a text, or called by staff."""
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    in_reply_to: Mapped[str] = mapped_column(String(300), default="")
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(SealedText(SAID))
    state: Mapped[PromptState] = mapped_column(text_enum(PromptState), default=PromptState.QUEUED)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    """Idempotency key at gateways; of a mail, in its Message-ID."""
    gateway_reference: Mapped[str | None] = mapped_column(String(128))
    made_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]
    """When it is due (queued) or its lease ends (leased); None when nothing is left to do."""
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    problem: Mapped[dict[str, Any] | None]


class HotlineCall(Base):
    """One call, as a switchboard told of it: in whatever order, how often soever."""

    __tablename__ = "hotline_call"
    __table_args__ = (
        Index("ix_hotline_call_extension", "extension", "rang_at", **_where("ended_at IS NULL")),
        filled_index("hotline_call", "ticket_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(160), unique=True)
    """The switchboard's own name for it."""
    caller: Mapped[str] = mapped_column(SealedText(PHONE), default="")
    extension: Mapped[str] = mapped_column(String(32), default="")
    """At which it rings or was answered."""
    rang_at: Mapped[datetime]
    """When it began, by the switchboard's clock where that can be: first contact."""
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    operator_id: Mapped[int | None] = refers_to("account.id", index=False)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("hotline_ticket.id"))
    noted_at: Mapped[datetime] = mapped_column(index=True)
