"""What messages say in whose words, how fast they may leave, and the tokens that a gateway lets us in with."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class MessageKind(StrEnum):
    """A text that staff can word themselves. The shared ones go to a phone that several people answer with, those of guardians to
    somebody who answers for another person."""

    FIRST = "first"
    SHARED_FIRST = "shared_first"
    GUARDIAN_FIRST = "guardian_first"
    REMINDER = "reminder"
    SHARED_REMINDER = "shared_reminder"
    GUARDIAN_REMINDER = "guardian_reminder"
    VOICE = "voice"
    GUARDIAN_VOICE = "guardian_voice"
    HOUSEHOLD = "household"


class MessageText(Base):
    """One version of a text; the newest of a zone, kind and language is in force. Never changed: old messages refer to it."""

    __tablename__ = "message_text"
    __table_args__ = (Index("ix_message_text_zone_id_kind_language", "zone_id", "kind", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int | None] = refers_to("zone.id", index=False)
    """None: in every zone that has no text of its own."""
    kind: Mapped[MessageKind] = mapped_column(text_enum(MessageKind))
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    """With places such as {link}. Empty: from here on the next wider text holds again."""
    without_accents: Mapped[bool]
    """Text messages leave without accents, which makes them shorter."""
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = refers_to("account.id", index=False)


class MessageRecord(Base):
    """What the record of a zone's messages said when it was last read: whether quiet hours and the daily budget were kept.

    Of many messages; of few it is read by whoever asks. See `rollcall/prompts/kept_rules.py`.
    """

    __tablename__ = "message_record"

    zone_id: Mapped[int] = mapped_column(ForeignKey("zone.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    read_at: Mapped[datetime]
    left: Mapped[int]
    in_quiet: Mapped[int]
    unreadable: Mapped[int]
    most: Mapped[int]
    """To one person."""


class ChannelPace(Base):
    """From when on the next message of a channel may leave: one row that all workers share."""

    __tablename__ = "channel_pace"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    free_at: Mapped[datetime]


class ChannelToken(Base):
    """The tokens of a channel whose gateway gives new ones each time, sealed with a key made from the master key."""

    __tablename__ = "channel_token"

    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    begun_with: Mapped[str] = mapped_column(String(64))
    """A hash of the token in the settings that the first one was got with: another setting begins anew."""
    version: Mapped[int]
    expires_at: Mapped[datetime]
    refreshing_until: Mapped[datetime | None]
    """Until when one worker is getting new ones; the others wait."""
