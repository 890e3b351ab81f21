"""What is counted of each zone and day, so that no page counts what grows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, filled_index

ALL_ZONES = 0
"""The zone of the rows that hold the sum of all."""


class DailyFigures(Base):
    """One zone's figures of one day of its own calendar; they name nobody. No foreign key: zone 0 stands for all together."""

    __tablename__ = "daily_figures"
    __table_args__ = (filled_index("daily_figures", "next_count_at"), Index("ix_daily_figures_day", "day"))

    zone_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    asked: Mapped[int] = mapped_column(default=0)
    """People's parts in the day's rounds whose time is over or that were answered; with `answered`, `missed`, `unreached` and
    `excused`, which the table of zones adds up in the database."""
    answered: Mapped[int] = mapped_column(default=0)
    missed: Mapped[int] = mapped_column(default=0)
    unreached: Mapped[int] = mapped_column(default=0)
    excused: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """All that was counted, by subject and then by part: {"answered_within": {"5": 31, …}, …}; see `monitor/reports/figures.py`."""
    counted_at: Mapped[datetime | None]
    next_count_at: Mapped[datetime | None]
    """When it is counted again, since decisions and late answers change a day; null once it is final."""
