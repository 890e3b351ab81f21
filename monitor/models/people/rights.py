"""What people ask about their own data, what they agreed to or refused, and whose room an entry of the audit trail is about."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class RequestKind(StrEnum):
    """What a person may ask for under Law 91/2025."""

    SEE = "see"
    COPY = "copy"
    CORRECT = "correct"
    DELETE = "delete"
    RESTRICT = "restrict"
    OBJECT = "object"
    WITHDRAW = "withdraw"


class RequestOutcome(StrEnum):
    """What was decided."""

    DONE = "done"
    PARTLY = "partly"
    REFUSED = "refused"


class RightsRequest(Base):
    """One request of a person about their data, with its limit of two working days. Answered once."""

    __tablename__ = "rights_request"
    __table_args__ = (
        # The list and the tick look at what is unanswered only.
        Index(
            "ix_rights_request_unanswered",
            "due_at",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    kind: Mapped[RequestKind] = mapped_column(text_enum(RequestKind))
    text: Mapped[str] = mapped_column(Text, default="")
    """In the person's own words."""
    asked_by: Mapped[str] = mapped_column(String(120), default="")
    """Who asked for the person, as a parent does; empty: they themselves."""
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    entered_by: Mapped[int | None] = refers_to("account.id", index=False)
    """Who of staff wrote it down; None: the resident's own page."""
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None also where the service did at once what was asked."""
    outcome: Mapped[RequestOutcome | None] = mapped_column(text_enum(RequestOutcome))
    answer: Mapped[str] = mapped_column(Text, default="")
    """What staff wrote to the person; empty where the service answered by itself."""


class ConsentKind(StrEnum):
    """What was told or agreed to."""

    NOTICE = "notice"
    """That the notice was read or heard."""
    FACES = "faces"
    """Face matching."""


class Consent(Base):
    """One word of a person on what is done with their data; never changed, the newest of a kind holds."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    kind: Mapped[ConsentKind] = mapped_column(text_enum(ConsentKind))
    given: Mapped[bool]
    """False: refused or withdrawn."""
    version: Mapped[str] = mapped_column(String(16))
    """Of the notice that was shown."""
    language: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]
    account_id: Mapped[int | None] = refers_to("account.id", index=False)
    """Who of staff wrote it down; None: the resident's own page."""
    given_by: Mapped[str] = mapped_column(String(120), default="")
    """Who spoke for the person, as a parent does; empty: they themselves."""


class AuditAbout(Base):
    """Whose room the camera showed that an entry of the audit trail tells of: those who lived there at that moment."""

    __tablename__ = "audit_about"

    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, index=True)
