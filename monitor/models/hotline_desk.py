"""Who works at the hotline 1022 and how: units with their calendars, answers and scripts, shifts, and that its clock was looked at."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.hotline import TicketKind
from monitor.models.sealed_columns import ADDRESS, PHONE, SAID, SealedText


class HotlineCalendar(Base):
    """When somebody works: several stretches a day, each week alike."""

    __tablename__ = "hotline_calendar"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    segments: Mapped[list[Any]]
    """[weekday, minute from, minute to]: 0 for Monday, minutes after midnight, at most 1440."""
    off_on_holidays: Mapped[bool] = mapped_column(default=True)
    opening: Mapped[bool] = mapped_column(default=False)
    """The hotline's own opening times; without one it is open day and night."""
    version: Mapped[int] = mapped_column(default=1)


class HotlineUnit(Base):
    """Who answers tickets of some kinds in some place."""

    __tablename__ = "hotline_unit"
    __table_args__ = (filled_index("hotline_unit", "dissolved_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(160))
    unit_code: Mapped[str | None] = mapped_column(String(16))
    """The administrative unit that it answers for; None: the whole province."""
    unit_from: Mapped[date | None]
    zone_id: Mapped[int | None] = refers_to("zone.id")
    kinds: Mapped[list[Any]]
    """Values of TicketKind that it takes."""
    head_id: Mapped[int | None] = refers_to("account.id", index=False)
    email: Mapped[str] = mapped_column(SealedText(ADDRESS), default="")
    phone: Mapped[str] = mapped_column(SealedText(PHONE), default="")
    """Where it is told, beside its accounts."""
    calendar_id: Mapped[int | None] = refers_to("hotline_calendar.id", index=False)
    """When it works; None: day and night."""
    made_at: Mapped[datetime]
    dissolved_at: Mapped[datetime | None]
    """From then on it takes nothing, which may be set ahead."""
    successor_id: Mapped[int | None] = refers_to("hotline_unit.id", index=False)
    """Who has its tickets then; None: the dispatchers."""
    version: Mapped[int] = mapped_column(default=1)


class HotlineMember(Base):
    """An account that works in a unit."""

    __tablename__ = "hotline_member"

    unit_id: Mapped[int] = mapped_column(ForeignKey("hotline_unit.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True)


class TextPurpose(StrEnum):
    """What words of the desk are for."""

    ANSWER = "answer"
    """Sent to callers."""
    SCRIPT = "script"
    """Said on the telephone."""


class HotlineText(Base):
    """An answer that is sent often, or words to say: one version of it, never changed."""

    __tablename__ = "hotline_text"
    __table_args__ = (
        Index(
            "ix_hotline_text_in_use",
            *("purpose", "kind", "title_vi"),
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int | None]
    """The first version of the same; None: this is it."""
    version: Mapped[int] = mapped_column(default=1)
    purpose: Mapped[TextPurpose] = mapped_column(text_enum(TextPurpose))
    kind: Mapped[TicketKind | None] = mapped_column(text_enum(TicketKind))
    """None: of every kind."""
    title_vi: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120))
    text_vi: Mapped[str] = mapped_column(String(2000))
    text_en: Mapped[str] = mapped_column(String(2000))
    folded: Mapped[str] = mapped_column(String(4400))
    """Both titles and texts in plain small letters, to search."""
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    ended_at: Mapped[datetime | None]
    """When a newer version, or nothing, took its place."""


class HotlineShift(Base):
    """One person's time at the telephone, with what they tell the next."""

    __tablename__ = "hotline_shift"
    __table_args__ = (
        Index(
            "uq_hotline_shift_open",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = refers_to("account.id", index=False)
    extension: Mapped[str] = mapped_column(String(32), default="")
    """Of the telephone: calls that ring there open this person's screen."""
    begun_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(SealedText(SAID), default="")
    read_at: Mapped[datetime | None]
    read_by: Mapped[int | None] = refers_to("account.id", index=False)
    """Who read the note, and takes over."""


class HotlineWatch(Base):
    """When the hotline's clock was last looked at, for whoever watches that it is."""

    __tablename__ = "hotline_watch"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    ran_at: Mapped[datetime]
    late_s: Mapped[int] = mapped_column(default=0)
    """How late the latest alarm of that look was, in seconds."""
