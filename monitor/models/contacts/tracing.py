"""What is matched to find contacts: logs of phones, kept for hours, the keys of those phones, and warnings about places."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, copied, filled_index, refers_to, text_enum
from monitor.models.sealed_columns import TOKEN, SealedText


class LogState(StrEnum):
    """How far a contact log has come."""

    ASKED = "asked"
    """A code was given; nothing has come yet."""
    WAITING = "waiting"
    """It came, and is matched within a minute."""
    MATCHED = "matched"
    DELETED = "deleted"
    """The log is gone; what was found by it stays."""


class WarningState(StrEnum):
    """A warning about a place: proposed by one, released by another."""

    PROPOSED = "proposed"
    RELEASED = "released"
    REFUSED = "refused"


class ContactLog(Base):
    """One person's log of Bluezone, which they send by their own press, with a code that staff gave them."""

    __tablename__ = "contact_log"
    __table_args__ = (
        Index("ix_contact_log_state_received_at", "state", "received_at"),
        filled_index("contact_log", "key_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str | None] = mapped_column(SealedText(TOKEN), unique=True)
    """None: used."""
    case_id: Mapped[int] = refers_to("infection_case.id")
    contact_id: Mapped[int | None] = refers_to("case_contact.id")
    """Whose phone it is; None: the case's own."""
    made_at: Mapped[datetime]
    made_by: Mapped[int] = refers_to("account.id", index=False)
    ends_at: Mapped[datetime]
    """Until when the code is good."""
    state: Mapped[LogState] = mapped_column(text_enum(LogState), default=LogState.ASKED)
    received_at: Mapped[datetime | None]
    system: Mapped[str] = mapped_column(String(16), default="")
    """Of the phone: android or iphone, as its times tell; empty: unknown."""
    rows: Mapped[int] = mapped_column(default=0)
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How many days and identifiers, and how many rows were of no use, by why."""
    file: Mapped[str | None] = mapped_column(String(64))
    """The log in the vault, until it is deleted."""
    key: Mapped[str] = mapped_column(SealedText(TOKEN), default="")
    """The phone's key of the first day that is looked at, 64 hexadecimal digits; empty: none came, or its time is over."""
    key_since: Mapped[datetime | None]
    key_until: Mapped[datetime | None]
    key_a_day: Mapped[int] = mapped_column(default=96)
    matched_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class PlaceWarning(Base):
    """That people who were at a place at a time should know that a case was there. Nothing sends it: a person decides, and another before."""

    __tablename__ = "place_warning"
    __table_args__ = (
        Index("ix_place_warning_case_id", "case_id"),
        Index("ix_place_warning_state_to_at", "state", "to_at"),
        Index(
            "uq_place_warning_proposed",
            *("case_id", "control_place_id", "from_at"),
            unique=True,
            sqlite_where=text("state != 'refused'"),
            postgresql_where=text("state != 'refused'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = copied()
    control_place_id: Mapped[int] = refers_to("control_place.id")
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    people: Mapped[int] = mapped_column(default=0)
    """How many people check-ins found there, when it was proposed."""
    reason: Mapped[str] = mapped_column(String(300))
    state: Mapped[WarningState] = mapped_column(text_enum(WarningState), default=WarningState.PROPOSED)
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int] = refers_to("account.id", index=False)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = refers_to("account.id", index=False)
    decided_why: Mapped[str] = mapped_column(String(300), default="")
