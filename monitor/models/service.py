"""The service's own rows: what changed (for live pages), which processes live, and when it was down itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to


class Change(Base):
    """Something in a zone changed; live pages that show the zone ask again. Kept for minutes only."""

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int | None] = refers_to("zone.id", index=False)
    topic: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(index=True)


class ProcessBeat(Base):
    """A process of the service and its last sign of life."""

    __tablename__ = "process_beat"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Kind and number: `watch-1`; on several machines with the host in front."""
    kind: Mapped[str] = mapped_column(String(32))
    pid: Mapped[int]
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ServiceOutage(Base):
    """A time in which the service itself could not send or take answers; it excuses what fell into it."""

    __tablename__ = "service_outage"
    __table_args__ = (Index("ix_service_outage_ended_at", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    cause: Mapped[str] = mapped_column(String(64))
