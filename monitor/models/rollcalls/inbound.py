"""What people write or press: texts and keys that came in, parts of long ones that wait, and numbers that take no more texts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.sealed_columns import PHONE, SealedText


class InboundMeaning(StrEnum):
    """What a text or a key says."""

    WELL = "well"
    ILL = "ill"
    HELP = "help"
    EXPLAIN = "explain"
    STOP = "stop"
    START = "start"
    QUOTATION = "quotation"
    UNCLEAR = "unclear"


class InboundDoubt(StrEnum):
    """Why a text is no answer by itself, whatever it says.

    Not all of its parts came; or when it was written cannot be read, or cannot be: it may be older than the round.
    """

    INCOMPLETE = "incomplete"
    TIME_UNREADABLE = "time_unreadable"
    TIME_IMPOSSIBLE = "time_impossible"


class InboundMessage(Base):
    """A text that somebody wrote, or a key that somebody pressed in a call. On disk before the gateway is told that it was taken."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("channel", "gateway_reference"),
        Index("ix_inbound_message_sender_received_at", "sender", "received_at"),
        filled_index("inbound_message", "next_attempt_at"),
        # Staff look through those of unknown numbers that nobody has looked at.
        Index(
            "ix_inbound_message_unmatched",
            "received_at",
            sqlite_where=text("resident_id IS NULL"),
            postgresql_where=text("resident_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    """sms or voice."""
    gateway_reference: Mapped[str] = mapped_column(String(160))
    """The gateway's own name for it; where it has none, made of the sender, the words and the time."""
    sender: Mapped[str] = mapped_column(SealedText(PHONE, 32))
    """+84…, as far as it is a telephone number."""
    text: Mapped[str] = mapped_column(Text)
    """Of a call: the key."""
    received_at: Mapped[datetime]
    said_at: Mapped[datetime | None]
    """When it was written, as the gateway says; null where it says nothing that can be."""
    said: Mapped[str] = mapped_column(String(64), default="")
    """The same as the gateway wrote it."""
    doubt: Mapped[InboundDoubt | None] = mapped_column(text_enum(InboundDoubt))
    acknowledged: Mapped[bool] = mapped_column(default=False)
    """Whether the gateway was told that it was taken; one that was not told sends it again."""
    next_attempt_at: Mapped[datetime | None]
    """When it is to be read (again); null once that is done."""
    attempts: Mapped[int] = mapped_column(default=0)
    meaning: Mapped[InboundMeaning | None] = mapped_column(text_enum(InboundMeaning))
    resident_id: Mapped[int | None] = refers_to("resident.id")
    """One of those who answer with the number; null where nobody is known to have it."""
    zone_id: Mapped[int | None] = refers_to("zone.id")
    outcome: Mapped[dict[str, Any] | None]
    """Stored Words: what came of it."""
    seen_at: Mapped[datetime | None]
    """Of an unknown number: when a person had looked at it."""
    seen_by: Mapped[int | None] = refers_to("account.id", index=False)


class InboundPart(Base):
    """One part of a long text, kept a day, so that a part that comes twice counts once."""

    __tablename__ = "inbound_part"
    __table_args__ = (UniqueConstraint("sender", "reference", "total", "number", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(SealedText(PHONE, 32))
    reference: Mapped[str] = mapped_column(String(16))
    """What the parts of one text have in common; phones count it from 0 to 255 and begin anew."""
    total: Mapped[int]
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    coding: Mapped[int]
    said: Mapped[str] = mapped_column(String(64), default="")
    """When it was written, as the gateway wrote it."""
    said_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(index=True)
    joined: Mapped[bool] = mapped_column(default=False)


class TextStop(Base):
    """A number whose owner wrote STOP, or that staff stopped texts to: no text message goes there until START, or until staff say so."""

    __tablename__ = "text_stop"
    __table_args__ = (
        Index(
            "uq_text_stop_number_in_force",
            "number",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(SealedText(PHONE, 32))
    stopped_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
