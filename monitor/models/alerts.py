"""Who is on duty, how each person of staff is told, and every alert with all that left of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, copied, filled_index, refers_to, text_enum
from monitor.models.incidents import IncidentKind, Urgency
from monitor.models.rollcalls.prompts import PromptState
from monitor.models.sealed_columns import ADDRESS, SealedText


class DutyScope(StrEnum):
    """Which incidents somebody is on duty for; `monitor/alerts/duty.py` says which kinds are of which."""

    EVERYTHING = "everything"
    PEOPLE = "people"
    CAMERAS = "cameras"


class DutyEntry(Base):
    """One line of the week's table: every week again, on the wall clock of the zone."""

    __tablename__ = "duty_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = refers_to("account.id")
    zone_id: Mapped[int | None] = refers_to("zone.id")
    """None: all zones that the account covers."""
    scope: Mapped[DutyScope] = mapped_column(text_enum(DutyScope), default=DutyScope.EVERYTHING)
    weekday: Mapped[int]
    """On which it begins: 0 for Monday."""
    from_minute: Mapped[int]
    """After midnight."""
    minutes: Mapped[int]
    """How long; over midnight too, at most a day."""
    rank: Mapped[int] = mapped_column(default=1)
    """1 is told first, 2 when nobody of rank 1 took the alert."""
    made_by: Mapped[int] = refers_to("account.id", index=False)
    made_at: Mapped[datetime]


class DutyNote(Base):
    """What whoever leaves tells the next at change-over; deleted after some weeks."""

    __tablename__ = "duty_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    account_id: Mapped[int] = refers_to("account.id", index=False)
    at: Mapped[datetime] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(Text)


class AlertWay(StrEnum):
    """How somebody of staff is told. All but the open page are channels by the same name."""

    PAGE = "page"
    PUSH = "push"
    SMS = "sms"
    VOICE = "voice"
    EMAIL = "email"
    APPRISE = "apprise"


class AlertAddress(Base):
    """One way in which one account is told."""

    __tablename__ = "alert_address"
    __table_args__ = (UniqueConstraint("account_id", "way", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = refers_to("account.id", index=False, cascade=True)
    way: Mapped[AlertWay] = mapped_column(text_enum(AlertWay))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    """Of push the subscription as JSON."""
    name: Mapped[str] = mapped_column(String(60), default="")
    """The device, as its owner calls it."""
    rank: Mapped[int]
    """In which order ways are tried where nobody is in danger."""
    also_soon: Mapped[bool]
    """Whether it is used where nobody is in danger too."""
    made_at: Mapped[datetime]


class AlertHabit(Base):
    """When somebody wants to be told of nothing but danger, on the console's wall clock; equal times: never."""

    __tablename__ = "alert_habit"

    account_id: Mapped[int] = mapped_column(primary_key=True)
    quiet_from: Mapped[str] = mapped_column(String(5))
    quiet_to: Mapped[str] = mapped_column(String(5))


class AlertState(StrEnum):
    """Open until somebody takes it; cleared when all that it is about is resolved or went away."""

    OPEN = "open"
    TAKEN = "taken"
    CLEARED = "cleared"


class Alert(Base):
    """Incidents of one kind in one zone, within a short time, that staff are told of as one."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_zone_id_opened_at", "zone_id", "opened_at"), filled_index("alert", "next_step_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = copied()
    kind: Mapped[IncidentKind] = mapped_column(text_enum(IncidentKind))
    urgency: Mapped[Urgency] = mapped_column(text_enum(Urgency))
    state: Mapped[AlertState] = mapped_column(text_enum(AlertState), default=AlertState.OPEN, index=True)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    joined_at: Mapped[datetime]
    """When the newest incident came to it."""
    incidents: Mapped[int]
    """How many it is about."""
    calls: Mapped[int] = mapped_column(default=0)
    """How often people were called to it: each time somebody else, later all of them again."""
    again: Mapped[int] = mapped_column(default=0)
    """How often all were called again."""
    raised_at: Mapped[datetime]
    """Since when it is as urgent as it is: who was told before was told of less."""
    next_step_at: Mapped[datetime | None]
    """When the next are called; none: nobody any more."""
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[int | None] = refers_to("account.id", index=False)
    cleared_at: Mapped[datetime | None]


class AlertIncident(Base):
    """An incident that an alert is about."""

    __tablename__ = "alert_incident"

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), primary_key=True, index=True)


class DeliveryAbout(StrEnum):
    """What a delivery says."""

    ALARM = "alarm"
    AGAIN = "again"
    ALL_CLEAR = "all_clear"
    TEST = "test"


class AlertDelivery(Base):
    """One message to one person of staff in one way: what is due, and the record of what left and was received."""

    __tablename__ = "alert_delivery"
    __table_args__ = (
        # A step that is taken twice calls nobody twice.
        UniqueConstraint("alert_id", "account_id", "address_id", "step"),
        Index("ix_alert_delivery_account_id_made_at", "account_id", "made_at"),
        filled_index("alert_delivery", "next_attempt_at"),
        filled_index("alert_delivery", "gateway_reference"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int | None] = refers_to("alert.id", index=False)
    """None: a test."""
    account_id: Mapped[int] = refers_to("account.id", index=False)
    way: Mapped[AlertWay] = mapped_column(text_enum(AlertWay))
    address_id: Mapped[int] = mapped_column(default=0)
    """Which of the person's addresses; it may be gone since. 0: the open page."""
    about: Mapped[DeliveryAbout] = mapped_column(text_enum(DeliveryAbout))
    step: Mapped[str] = mapped_column(String(32))
    """What called for it: the alert's n-th call, a repeat of an uncertain delivery, the all clear."""
    state: Mapped[PromptState] = mapped_column(text_enum(PromptState), default=PromptState.QUEUED)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    """Idempotency key at gateways, and the word with which a browser says that it showed it."""
    gateway_reference: Mapped[str | None] = mapped_column(String(128))
    made_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]
    """When it is due (queued) or its lease ends (leased); null when nothing is left to do."""
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    problem: Mapped[dict[str, Any] | None]
