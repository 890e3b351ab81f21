"""What gateways sent lately and how it was read: counted by day, and some of it kept for a day, for whoever sets a gateway up."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, text_enum
from monitor.models.sealed_columns import RECEIVED, SealedText


class GatewayReading(StrEnum):
    """As what something was read that a gateway sent. UNDER_WAY: the message is on its way still; what follows it was not understood.

    UNKNOWN_STATE: a receipt in a word that nobody knows; UNREADABLE: one that names no message or no state. Neither decides anything.
    """

    DELIVERED = "delivered"
    FAILED = "failed"
    UNDER_WAY = "under_way"
    TEXT = "text"
    PART = "part"
    UNKNOWN_STATE = "unknown_state"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"
    TIME_UNREADABLE = "time_unreadable"
    TIME_IMPOSSIBLE = "time_impossible"


NOT_UNDERSTOOD = (
    GatewayReading.UNKNOWN_STATE,
    GatewayReading.UNREADABLE,
    GatewayReading.INCOMPLETE,
    GatewayReading.TIME_UNREADABLE,
    GatewayReading.TIME_IMPOSSIBLE,
)


class GatewayCount(Base):
    """How much of one kind a gateway sent in a day (UTC). word: its own word of state, where that was not known."""

    __tablename__ = "gateway_count"
    __table_args__ = (UniqueConstraint("gateway", "day", "reading", "word"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(String(32))
    day: Mapped[date]
    reading: Mapped[GatewayReading] = mapped_column(text_enum(GatewayReading))
    word: Mapped[str] = mapped_column(String(40), default="")
    number: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]


class GatewaySample(Base):
    """One thing that a gateway sent: the last hundred of each for a day, without what people wrote."""

    __tablename__ = "gateway_sample"

    id: Mapped[int] = mapped_column(primary_key=True)
    gateway: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(index=True)
    reading: Mapped[GatewayReading] = mapped_column(text_enum(GatewayReading))
    number: Mapped[str] = mapped_column(String(32), default="")
    """Whose telephone, but for its last digits."""
    content: Mapped[str] = mapped_column(SealedText(RECEIVED), default="")
    """As it came: of a receipt its fields, of a text nothing but its form."""
    read: Mapped[dict[str, Any]]
    """Stored Words: how it was read."""
