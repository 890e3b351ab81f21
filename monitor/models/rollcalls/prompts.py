"""Messages to people, what gateways told of them, and the stop of all messages."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, copied, filled_index, refers_to, text_enum
from monitor.models.sealed_columns import PHONE, SealedText


class PromptKind(StrEnum):
    """The first message of a check-in, over whichever channel, or a later step: a reminder, a call, a word to the household.

    Or a reply to somebody who wrote: that it was taken, that staff have it on their list, that 115 is to be called, how to answer, an explanation, that texts stop or go on.
    Or the word that a request about one's own data has its answer; or words to everybody in an emergency, or to people whom staff chose.
    """

    FIRST = "first"
    REMINDER = "reminder"
    VOICE = "voice"
    HOUSEHOLD = "household"
    REPLY_TAKEN = "reply_taken"
    REPLY_CARE = "reply_care"
    REPLY_DANGER = "reply_danger"
    REPLY_HOW = "reply_how"
    REPLY_EXPLAIN = "reply_explain"
    REPLY_STOPPED = "reply_stopped"
    REPLY_STARTED = "reply_started"
    REQUEST_ANSWERED = "request_answered"
    EMERGENCY = "emergency"
    NOTICE = "notice"


REPLIES = (
    PromptKind.REPLY_TAKEN,
    PromptKind.REPLY_CARE,
    PromptKind.REPLY_DANGER,
    PromptKind.REPLY_HOW,
    PromptKind.REPLY_EXPLAIN,
    PromptKind.REPLY_STOPPED,
    PromptKind.REPLY_STARTED,
    PromptKind.REQUEST_ANSWERED,
    PromptKind.EMERGENCY,
    PromptKind.NOTICE,
)
"""Kinds that ask nothing: whether one arrives says nothing of a roll-call."""


class PromptState(StrEnum):
    """A message's way: queued, leased by a worker, sent (the gateway took it), delivered; or failed, or uncertain."""

    QUEUED = "queued"
    LEASED = "leased"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class Prompt(Base):
    """One message to one phone over one channel."""

    __tablename__ = "prompt"
    __table_args__ = (
        UniqueConstraint("check_in_id", "kind", "channel", "emergency_id"),
        # The daily budget counts a person's newest messages.
        Index("ix_prompt_resident_id_created_at", "resident_id", "created_at"),
        # The console counts a zone's messages of the last day.
        Index("ix_prompt_zone_id_created_at", "zone_id", "created_at"),
        filled_index("prompt", "next_attempt_at"),
        filled_index("prompt", "gateway_reference"),
        # When something last left over a channel, and when something last arrived.
        filled_index("prompt", "sent_at", after="channel"),
        filled_index("prompt", "delivered_at", after="channel"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    check_in_id: Mapped[int] = refers_to("check_in.id", index=False)
    resident_id: Mapped[int] = copied()
    zone_id: Mapped[int] = copied()
    kind: Mapped[PromptKind] = mapped_column(text_enum(PromptKind))
    channel: Mapped[str] = mapped_column(String(32))
    state: Mapped[PromptState] = mapped_column(text_enum(PromptState), default=PromptState.QUEUED)
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    """Idempotency key: a gateway that has seen it does not send again."""
    gateway_reference: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]
    """When it is due (queued) or its lease ends (leased); null when nothing is left to do."""
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(64))
    handed_at: Mapped[datetime | None]
    """When it was last claimed in order to leave; null again where it is certain that it did not."""
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    problem: Mapped[dict[str, Any] | None]
    text_id: Mapped[int | None] = refers_to("message_text.id", index=False)
    """Whose words it was sent in; None: the built-in ones."""
    parts: Mapped[int | None]
    """Of a text message, as its gateway counts them; otherwise 1. None: it never left."""
    cost: Mapped[int | None]
    """What it costs when it leaves, in đồng."""
    emergency_id: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of words to many, as in an emergency: which message; 0 of all others. Without a foreign key, since it is a part of what is unique."""
    address: Mapped[str] = mapped_column(SealedText(PHONE, 32), default="")
    """Of a reply: the number that wrote. Empty: the person's own address on the channel."""


class ParkedReceipt(Base):
    """A receipt that came before we knew under which name the gateway has the message."""

    __tablename__ = "parked_receipt"

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway_reference: Mapped[str] = mapped_column(String(128), unique=True)
    delivered: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)
    detail: Mapped[str] = mapped_column(String(300), default="")
    number: Mapped[str] = mapped_column(SealedText(PHONE), default="")
    """To which the message went, as the gateway says; empty where it does not."""


class PromptStop(Base):
    """A person stopped all prompts, everywhere or in one zone, until a person lets them go on."""

    __tablename__ = "prompt_stop"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int | None] = refers_to("zone.id")
    """None: everywhere."""
    reason: Mapped[str] = mapped_column(Text)
    stopped_at: Mapped[datetime]
    stopped_by: Mapped[int | None] = refers_to("account.id")
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = refers_to("account.id")
