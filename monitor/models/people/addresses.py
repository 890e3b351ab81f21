"""Where else than by telephone number a resident is reached: a browser that takes notifications."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to
from monitor.models.sealed_columns import ADDRESS, SealedText


class ContactAddress(Base):
    """One address of a resident on one channel."""

    __tablename__ = "contact_address"
    __table_args__ = (UniqueConstraint("resident_id", "channel", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id", index=False)
    zone_id: Mapped[int] = refers_to("zone.id")
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(SealedText(ADDRESS))
    """Of channel `push`: the subscription as JSON, {"endpoint": …, "keys": {"auth": …, "p256dh": …}}."""
    created_at: Mapped[datetime]
