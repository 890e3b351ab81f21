"""Who answers for a child, or for somebody who cannot answer alone: a person with a name, a relation and a telephone of their own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum
from monitor.models.sealed_columns import PHONE, SealedText


class GuardianRelation(StrEnum):
    """Who they are to the person they answer for."""

    MOTHER = "mother"
    FATHER = "father"
    GRANDPARENT = "grandparent"
    SIBLING = "sibling"
    RELATIVE = "relative"
    CARER = "carer"


class ConsentWay(StrEnum):
    """How a guardian agreed: on the page, on paper, or in words to one of staff."""

    PAGE = "page"
    PAPER = "paper"
    SPOKEN = "spoken"


class Guardian(Base):
    """One guardian of one resident. Never changed but for consent and its end: answers refer to it."""

    __tablename__ = "guardian"
    __table_args__ = (
        Index(
            "uq_guardian_in_force",
            "resident_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    resident_id: Mapped[int] = refers_to("resident.id")
    """For whom they answer."""
    kin_id: Mapped[int | None] = refers_to("resident.id")
    """The guardian's own row, where they are in quarantine too; name and telephone are those of the row then."""
    full_name: Mapped[str] = mapped_column(String(120), default="")
    relation: Mapped[GuardianRelation] = mapped_column(text_enum(GuardianRelation))
    phone: Mapped[str] = mapped_column(SealedText(PHONE), default="", index=True)
    consented_at: Mapped[datetime | None]
    consent_way: Mapped[ConsentWay | None] = mapped_column(text_enum(ConsentWay))
    consent_version: Mapped[str] = mapped_column(String(16), default="")
    """Of the words that they agreed to."""
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = refers_to("account.id", index=False)
    ended_at: Mapped[datetime | None]
    """Null while it is in force."""
