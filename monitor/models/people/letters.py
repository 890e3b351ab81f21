"""Letters about orders, asked for one by one or for many people at once, each kept as a file and known by the digest of its code."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class LetterKind(StrEnum):
    """What a letter is about."""

    QUARANTINE = "quarantine"
    CHANGE = "change"
    TRANSFER = "transfer"
    RELEASE = "release"


class LetterState(StrEnum):
    """How far a letter is."""

    WAITING = "waiting"
    MADE = "made"
    REFUSED = "refused"
    """Something is missing, or it cannot be set; its problem says what."""


class LetterBatch(Base):
    """What staff asked for in one go: letters of one kind, with what is the same in all of them. One letter is a batch too."""

    __tablename__ = "letter_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    kind: Mapped[LetterKind] = mapped_column(text_enum(LetterKind))
    given: Mapped[dict[str, Any]]
    """What was filled in, field by field: signer, place, day and the like; see `monitor/letters/content.py`."""
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = refers_to("account.id", index=False)


class Letter(Base):
    """One letter about one order, as the order was at a version."""

    __tablename__ = "letter"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = refers_to("letter_batch.id")
    order_id: Mapped[int] = refers_to("quarantine_order.id")
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    kind: Mapped[LetterKind] = mapped_column(text_enum(LetterKind))
    state: Mapped[LetterState] = mapped_column(text_enum(LetterState), default=LetterState.WAITING, index=True)
    order_version: Mapped[int] = mapped_column(default=0)
    issuer: Mapped[str] = mapped_column(String(200), default="")
    number: Mapped[str] = mapped_column(String(60), default="")
    """As printed; empty: written on the paper by hand."""
    dated_on: Mapped[date | None]
    made_at: Mapped[datetime | None]
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of what its QR code holds, which is kept nowhere."""
    sha256: Mapped[str] = mapped_column(String(64), default="")
    """Of the PDF."""
    name: Mapped[str] = mapped_column(String(64), default="")
    """The vault's name of the file; its owner is `vault.letters_owner`."""
    size: Mapped[int] = mapped_column(default=0)
    """Bytes of the PDF."""
    problem: Mapped[list[Any]] = mapped_column(default=list)
    """Sentences, as `Words.dump` stores them."""
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    """When a process may take it on; later than now while one is at it."""
