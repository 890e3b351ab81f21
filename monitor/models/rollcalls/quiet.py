"""The province's quiet hours, and messages that go out in an emergency whatever the hour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to


class QuietFloor(Base):
    """From when on which hours are quiet in the whole province, whatever a plan says. Never changed: a newer one follows, so that the
    record of messages can be reckoned against the hours that held when each left."""

    __tablename__ = "quiet_floor"

    id: Mapped[int] = mapped_column(primary_key=True)
    quiet_from: Mapped[str] = mapped_column(String(5))
    quiet_to: Mapped[str] = mapped_column(String(5))
    """On each zone's own clock; over midnight where the first lies after the second; none where they are equal."""
    since: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None: the service's own, as the demonstration has it."""
    reason: Mapped[str] = mapped_column(Text)


class EmergencyMessage(Base):
    """Words to many that a supervisor answers for: in an emergency to everybody in a zone, whatever the hour; or a notice to some."""

    __tablename__ = "emergency_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    text_vi: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    sent_by: Mapped[int] = refers_to("account.id", index=False)
    sent_at: Mapped[datetime]
    notice: Mapped[bool] = mapped_column(default=False, server_default=false())
    """No emergency: to people who were chosen, by all rules of sending."""
    people: Mapped[int]
    """How many it was for."""
    in_quiet: Mapped[bool]
    """Whether it left in quiet hours."""
