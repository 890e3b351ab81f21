"""Temperature and oxygen of a person that staff entered outside any roll-call."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum


class MeasuredHow(StrEnum):
    """How whoever entered a value knows it."""

    BY_STAFF = "by_staff"
    TOLD = "told"
    OTHERS = "others"


class Measurement(Base):
    """Values of one moment; at least one of them. Never changed: a wrong one is followed by a right one."""

    __tablename__ = "measurement"
    __table_args__ = (Index("ix_measurement_resident_id_measured_at", "resident_id", "measured_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = refers_to("resident.id", index=False)
    zone_id: Mapped[int] = refers_to("zone.id")
    """Where the person was then; who may see it goes by where the person is."""
    measured_at: Mapped[datetime]
    temperature: Mapped[float | None]
    """Degrees Celsius."""
    spo2: Mapped[int | None]
    """Oxygen saturation in per cent."""
    how: Mapped[MeasuredHow] = mapped_column(text_enum(MeasuredHow))
    entered_at: Mapped[datetime]
    entered_by: Mapped[int] = refers_to("account.id", index=False)
