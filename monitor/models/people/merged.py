"""Records that were merged: which number became a part of which, so that whatever kept the old number is still found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to


class MergedRecord(Base):
    """One record that became a part of another. Its row of `resident` stays, without anything that says who it was."""

    __tablename__ = "merged_record"

    gone_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, autoincrement=False)
    into_id: Mapped[int] = refers_to("resident.id")
    """Always one that was not merged itself: when it is, this follows."""
    merged_at: Mapped[datetime]
    merged_by: Mapped[int] = refers_to("account.id", index=False)
    reason: Mapped[str] = mapped_column(String(300))
