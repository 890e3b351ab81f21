"""People entered at the gate, once however often a button is pressed; and the codes with which telephone numbers are confirmed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index, refers_to, text_enum
from monitor.models.rollcalls.prompts import PromptState
from monitor.models.sealed_columns import PHONE, SealedText


class GateEntry(Base):
    """One person entered at the gate, and whether all steps with them are done."""

    __tablename__ = "gate_entry"
    __table_args__ = (Index("ix_gate_entry_zone_id_made_at", "zone_id", "made_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the form: whoever sends it again means the same person."""
    resident_id: Mapped[int] = refers_to("resident.id")
    zone_id: Mapped[int] = refers_to("zone.id", index=False)
    made_at: Mapped[datetime]
    made_by: Mapped[int] = refers_to("account.id", index=False)
    finished_at: Mapped[datetime | None]


class PhoneConfirmation(Base):
    """One code sent to a number. The code itself stands nowhere: it is made anew of the nonce and a key outside the database."""

    __tablename__ = "phone_confirmation"
    __table_args__ = (
        # How many codes went to one number, and how many one account asked for.
        Index("ix_phone_confirmation_phone_made_at", "phone", "made_at"),
        Index("ix_phone_confirmation_made_by_made_at", "made_by", "made_at"),
        Index(
            "ix_phone_confirmation_about", "about", "id", sqlite_where=text("about != ''"), postgresql_where=text("about != ''")
        ),
        filled_index("phone_confirmation", "next_attempt_at"),
        filled_index("phone_confirmation", "gateway_reference"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int | None] = refers_to("resident.id")
    zone_id: Mapped[int | None] = refers_to("zone.id", index=False)
    """None: of somebody of the public, who is in no zone."""
    about: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Whose number it is, where that is no resident's, as a key: `declarant-7`."""
    phone: Mapped[str] = mapped_column(SealedText(PHONE))
    nonce: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None: they asked for it themselves."""
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    """Wrong ones."""
    confirmed_at: Mapped[datetime | None]
    state: Mapped[PromptState] = mapped_column(text_enum(PromptState), default=PromptState.QUEUED)
    """Of the text message that carries it."""
    reference: Mapped[str] = mapped_column(String(64), unique=True)
    gateway_reference: Mapped[str | None] = mapped_column(String(128))
    next_attempt_at: Mapped[datetime | None]
    """When it is due (queued) or its lease ends (leased); null when nothing is left to do."""
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    problem: Mapped[dict[str, Any] | None]
