"""Residents, the households they answer with, the orders that hold them, exemptions, and their pictures."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum
from monitor.sealed_columns import DOCUMENT, PHONE, SealedText


class OrderState(StrEnum):
    """A quarantine order's states."""

    ACTIVE = "active"
    RELEASED = "released"
    TRANSFERRED = "transferred"
    HOSPITALISED = "hospitalised"
    LEFT = "left"
    DIED = "died"


class PresenceState(StrEnum):
    """What is believed about a resident; a camera that fails makes it unknown, never absent."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class MediaKind(StrEnum):
    """Why a picture is kept."""

    ENROLMENT = "enrolment"
    OFFERED = "offered"
    """For enrolment, and not looked at yet."""
    SELFIE = "selfie"
    BURST = "burst"
    """Frames of head movements, in one file."""
    INCIDENT = "incident"


class Household(Base):
    """People who answer with one phone."""

    __tablename__ = "household"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(SealedText(PHONE, 32), default="", index=True)


class Resident(Base):
    """A person under a quarantine order (người cách ly)."""

    __tablename__ = "resident"
    __table_args__ = (Index("ix_resident_zone_id_full_name", "zone_id", "full_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    room_id: Mapped[int | None] = refers_to("room.id")
    household_id: Mapped[int | None] = refers_to("household.id")
    full_name: Mapped[str] = mapped_column(String(120))
    birth_date: Mapped[date | None]
    phone: Mapped[str] = mapped_column(SealedText(PHONE, 32), default="", index=True)
    """Own number; empty: the household's is used."""
    document_number: Mapped[str] = mapped_column(SealedText(DOCUMENT), default="", index=True)
    """Of the identity card or passport."""
    without_smartphone: Mapped[bool] = mapped_column(default=False)
    """Texts tell how to answer by text, and what the plan asks of such people is enough."""
    holds_still: Mapped[bool] = mapped_column(default=False)
    """Cannot move the head: the face alone is enough wherever head movements are asked for."""
    refuses_faces: Mapped[bool] = mapped_column(default=False)
    """No photo of the face is kept to compare with, and no engine looks for it; see `rollcall/other_way.py` for what is enough then."""
    language: Mapped[str] = mapped_column(String(8), default="vi")
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    """When everything that tells who they are was deleted; the row stays, so that numbers still add up."""


class QuarantineOrder(Base):
    """The legal basis of a person's quarantine (quyết định cách ly)."""

    __tablename__ = "quarantine_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    authority: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(300))
    state: Mapped[OrderState] = mapped_column(text_enum(OrderState), default=OrderState.ACTIVE)
    ended_at: Mapped[datetime | None]
    """When it left the state `active`; null while it is in force."""


class Exemption(Base):
    """A time in which absence is allowed: test, hospital, relocation."""

    __tablename__ = "exemption"

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300))


class Media(Base):
    """A picture in the vault; the file itself is encrypted and its name tells nothing."""

    __tablename__ = "media"
    # The purge looks for the oldest of a kind.
    __table_args__ = (Index("ix_media_kind_taken_at", "kind", "taken_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    resident_id: Mapped[int | None] = refers_to("resident.id")
    camera_id: Mapped[int | None] = refers_to("camera.id")
    kind: Mapped[MediaKind] = mapped_column(text_enum(MediaKind))
    name: Mapped[str] = mapped_column(String(64), unique=True)
    """The vault's name of the file."""
    owner: Mapped[str] = mapped_column(String(64))
    """Whose key opens it: `resident-<id>` or `camera-<id>`."""
    content_type: Mapped[str] = mapped_column(String(64), default="image/jpeg")
    taken_at: Mapped[datetime]


class Presence(Base):
    """What is believed about a resident now; derived, written only when it changes."""

    __tablename__ = "presence"

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, autoincrement=False)
    zone_id: Mapped[int] = refers_to("zone.id")
    state: Mapped[PresenceState] = mapped_column(text_enum(PresenceState))
    since: Mapped[datetime]
    reason: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """When the evidence behind the belief was last renewed."""
    confidence: Mapped[float] = mapped_column(default=1.0)
    """0 to 1; below 1 where presence is inferred."""
