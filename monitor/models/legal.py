"""What has legal effect for a person: proposed by one of staff, in effect by the word of a second; and what was handed to others."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class LegalDeed(StrEnum):
    """What wants a second person."""

    BREACH = "breach"
    """It is recorded that somebody broke their order."""
    POLICE = "police"
    """Something about somebody is handed to the police."""
    EXTENSION = "extension"
    """An order is extended although, or because, roll-calls were missed."""
    IDENTIFICATION = "identification"
    """Staff say who is seen in a camera's recording."""


class ProposalState(StrEnum):
    """A proposal waits, until a second person confirms or declines it, the proposer withdraws it, or its time is over."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Proposal(Base):
    """A decision with legal effect: one proposes it, another puts it into effect."""

    __tablename__ = "proposal"
    __table_args__ = (
        # What awaits somebody, and what nobody decided in time and nobody has seen yet.
        Index(
            "ix_proposal_to_do",
            "zone_id",
            sqlite_where=text("state = 'waiting' OR (state = 'expired' AND seen_at IS NULL)"),
            postgresql_where=text("state = 'waiting' OR (state = 'expired' AND seen_at IS NULL)"),
        ),
        # One of a kind about one thing, while it waits.
        Index(
            "uq_proposal_waiting",
            "resident_id",
            "deed",
            "about",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deed: Mapped[LegalDeed] = mapped_column(text_enum(LegalDeed))
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    resident_id: Mapped[int] = refers_to("resident.id")
    about: Mapped[str] = mapped_column(String(64), default="")
    """What of the person it is about, as a key: `incident-7`, `order-3`; empty for nothing in particular."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """As the deed needs them: the new end of an order with the version that was seen, to whom something is handed."""
    reason: Mapped[str] = mapped_column(Text)
    legal_basis: Mapped[str] = mapped_column(String(300))
    state: Mapped[ProposalState] = mapped_column(text_enum(ProposalState), default=ProposalState.WAITING)
    proposed_by: Mapped[int] = refers_to("account.id")
    proposed_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    decided_by: Mapped[int | None] = refers_to("account.id")
    decided_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(Text, default="")
    """The second person's reason."""
    seen_at: Mapped[datetime | None]
    """Of one whose time was over: when somebody noted that."""


class RecipientKind(StrEnum):
    """To whom something about people is handed."""

    PERSON = "person"
    """To whom it is about, or who answers for them."""
    POLICE = "police"
    AUTHORITY = "authority"
    """Another authority, or another province."""
    HEALTH = "health"
    """A hospital, a laboratory, another health service."""
    OTHER = "other"
    FILE = "file"
    """A file that staff saved: what became of it they must say."""


class Disclosure(Base):
    """Something about people was handed out: what, to whom, on which legal basis, by whom. Never changed."""

    __tablename__ = "disclosure"
    __table_args__ = (Index("ix_disclosure_at_id", "at", "id"), Index("ix_disclosure_zone_id_at", "zone_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of what is handed out once, however often it is fetched: `letter-17`; None of all else."""
    at: Mapped[datetime]
    zone_id: Mapped[int | None] = refers_to("zone.id", index=False)
    """None: about people of several zones."""
    account_id: Mapped[int | None] = refers_to("account.id")
    """Who handed it out; None: fetched by the person."""
    kind: Mapped[RecipientKind] = mapped_column(text_enum(RecipientKind))
    recipient: Mapped[str] = mapped_column(String(200), default="")
    what: Mapped[dict[str, Any]]
    """Stored Words."""
    legal_basis: Mapped[str] = mapped_column(String(300), default="")
    people: Mapped[int]
    """About how many people."""


class DisclosureAbout(Base):
    """Whom a disclosure is about."""

    __tablename__ = "disclosure_about"

    disclosure_id: Mapped[int] = mapped_column(ForeignKey("disclosure.id"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(primary_key=True, index=True)
