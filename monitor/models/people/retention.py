"""What is deleted when: certificates of deletion, holds that put one off, and reports of the purge."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class DeletionScope(StrEnum):
    """What of a person is deleted."""

    FACES = "faces"
    """Photos, templates, and the key that opens them."""
    PERSON = "person"
    """All that tells who they are and how they were; numbers remain that count people."""


class DeletionCertificate(Base):
    """That everything of a kind about a person was deleted. Begun first: one that was interrupted is taken up again."""

    __tablename__ = "deletion_certificate"
    __table_args__ = (
        UniqueConstraint("resident_id", "scope"),
        Index(
            "ix_deletion_certificate_unfinished",
            "begun_at",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id", index=False)
    zone_id: Mapped[int] = refers_to("zone.id")
    scope: Mapped[DeletionScope] = mapped_column(text_enum(DeletionScope))
    reason: Mapped[dict[str, Any]]
    """Stored Words: the rule, or what a person gave as reason."""
    account_id: Mapped[int | None] = refers_to("account.id", index=False)
    """Who asked for it; None: the purge."""
    begun_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How many of what were deleted, and which orders the person was under."""
    digest: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the finished certificate; the audit trail holds it too."""


class RetentionHold(Base):
    """A person put a deletion off, with a reason and an end: a complaint or a court needs what is kept."""

    __tablename__ = "retention_hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = refers_to("account.id", index=False)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PurgeReport(Base):
    """One run of the purge and what it deleted."""

    __tablename__ = "purge_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
    deleted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How many by kind."""
    total: Mapped[int] = mapped_column(default=0)
    coming: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """By zone: of how many people something will be deleted within the days of warning."""
    problems: Mapped[int] = mapped_column(default=0)
    """How many could not be deleted; they are tried again."""
