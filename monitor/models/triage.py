"""Versions of the table of warning signs; none is ever changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to


class TriageTable(Base):
    """One version, whole. The one that holds is the newest of those whose time has come."""

    __tablename__ = "triage_table"

    id: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[int] = refers_to("account.id", index=False)
    content: Mapped[dict[str, Any]]
    """As `monitor/incidents/triage_table.py` writes it."""
    why: Mapped[str] = mapped_column(Text)
