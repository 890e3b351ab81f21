"""Up to which day people may be enrolled: every decision about it, none of them ever changed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to


class EnrolmentSunset(Base):
    """One decision. The newest holds."""

    __tablename__ = "enrolment_sunset"

    id: Mapped[int] = mapped_column(primary_key=True)
    last_day: Mapped[date]
    """On the province's clock; people may still be enrolled on it."""
    ends_at: Mapped[datetime]
    """When that day is over: from this moment on nobody can be enrolled."""
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None: decided by the command, before anybody had an account."""
    why: Mapped[str] = mapped_column(Text)
