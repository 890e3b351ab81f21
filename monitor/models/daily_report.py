"""Reports to the province: each version, its figures and the lists behind them, who does not add up, and when reports are due."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, refers_to, text_enum

WHOLE = ""
"""The unit of the figures of the whole province."""
NO_UNIT = "-"
"""The unit of what lies in a zone of which nobody stated a unit. Others are written as `UnitKey` is: 26740_2025-07-01."""


class ReportKind(StrEnum):
    """What a report is about; each kind is numbered by itself, from 1 in each year."""

    DAILY = "daily"
    """The province's, of a day."""


class ReportState(StrEnum):
    """A draft has no number and leaves the house nowhere. Provisional: what is open is named in it. Final: a person released it."""

    DRAFT = "draft"
    PROVISIONAL = "provisional"
    FINAL = "final"


class ListKind(StrEnum):
    """What the numbers of a list are."""

    RESIDENT = "resident"
    CHECK_IN = "check_in"
    TEST = "test"
    TICKET = "ticket"
    DECLARANT = "declarant"
    """Who declared their health, and may be no resident."""
    REPORTER = "reporter"


_DRAFT = text("state = 'draft'")


class Report(Base):
    """One version of a day's report (báo cáo)."""

    __tablename__ = "report"
    __table_args__ = (
        # Never two of one number, and a day is begun once however often the clock comes by.
        UniqueConstraint("kind", "year", "number"),
        UniqueConstraint("kind", "day", "version"),
        Index("uq_report_draft", "kind", "day", unique=True, sqlite_where=_DRAFT, postgresql_where=_DRAFT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ReportKind] = mapped_column(text_enum(ReportKind), default=ReportKind.DAILY)
    day: Mapped[date]
    """Of the report's own calendar, see `monitor/reports/times.py`."""
    version: Mapped[int] = mapped_column(default=1)
    """How many there were of the day, with this one."""
    year: Mapped[int | None]
    number: Mapped[int | None]
    """Given when it is released, in the same transaction; a draft has none."""
    state: Mapped[ReportState] = mapped_column(text_enum(ReportState), default=ReportState.DRAFT)
    cut_off: Mapped[datetime]
    """The moment whose state it tells."""
    since: Mapped[datetime | None]
    """The cut-off of the report before it, from which its new and ended are counted; None until it is counted."""
    before_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"))
    """The report of an earlier day whose stocks it goes on from; None: there is none."""
    made_at: Mapped[datetime | None]
    """When its figures were last counted; None: not yet."""
    counts: Mapped[int] = mapped_column(default=0)
    """How often it was counted: who counts at the same time as another sees by it that they were later."""
    unsettled: Mapped[int] = mapped_column(default=0)
    """How many people do not add up and were not accepted."""
    notes: Mapped[list[Any]] = mapped_column(default=list)
    """Stored Words: what was found while it was counted, such as units that were merged."""
    gaps: Mapped[list[Any]] = mapped_column(default=list)
    """Stored Words: what was open when it left as provisional."""
    alarmed_at: Mapped[datetime | None]
    """When a person was told that it is not ready."""
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None of a released one: it left by itself, as provisional."""
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"), unique=True)
    """The released one of the same day whose place it takes, or is to take."""
    begun_by: Mapped[int | None] = refers_to("account.id", index=False)
    """Who began a correction; None: the clock."""
    why: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """Of a correction: what is corrected."""


class ReportFigure(Base):
    """One figure of a report, of the whole province and of each unit."""

    __tablename__ = "report_figure"

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    """See `monitor/reports/definitions.py`."""
    value: Mapped[float | None] = mapped_column(Double())
    """A count; of a share: from 0 to 1. None: nothing can be said, as of a share of nobody."""
    units: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Unit -> [value, digest of its list or null]; units whose value is 0 are left out. The list of the whole are those of all units."""


class ReportList(Base):
    """Whom or what a figure counted, once for all reports that counted the same: numbers of rows, and nothing about anybody."""

    __tablename__ = "report_list"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of kind and numbers."""
    kind: Mapped[ListKind] = mapped_column(text_enum(ListKind))
    numbers: Mapped[bytes] = mapped_column(LargeBinary)
    """As `monitor/reports/lists.py` packs them."""
    count: Mapped[int]


class ReportDifference(Base):
    """A person who is elsewhere at a cut-off than the report before and the events since say, and what a person made of it."""

    __tablename__ = "report_difference"

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, index=True)
    part: Mapped[int] = mapped_column(primary_key=True, default=1)
    """Of one who is met elsewhere twice: which time."""
    expected: Mapped[str] = mapped_column(String(60), default="")
    """Where they should be, as `central:26740_2025-07-01`; empty: in quarantine nowhere."""
    found: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[dict[str, Any]]
    """Stored Words: why, as far as what is kept about orders tells."""
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[int | None] = refers_to("account.id", index=False)
    accepted_why: Mapped[str] = mapped_column(String(300), default="", server_default="")


class ReportTimes(Base):
    """When the parts of a day's report are due, and who is told when it is late; the newest row holds, the others are its history."""

    __tablename__ = "report_times"

    id: Mapped[int] = mapped_column(primary_key=True)
    remind_at: Mapped[str] = mapped_column(String(5))
    """These on the province's wall clock, as 13:30: reporters are reminded, called; figures are cut off; a person is alarmed; what is
    not released leaves as provisional; and the report is due."""
    call_at: Mapped[str] = mapped_column(String(5))
    cut_off_at: Mapped[str] = mapped_column(String(5))
    alarm_at: Mapped[str] = mapped_column(String(5))
    provisional_at: Mapped[str] = mapped_column(String(5))
    due_at: Mapped[str] = mapped_column(String(5))
    runs: Mapped[bool] = mapped_column(default=True)
    """Whether the clock makes reports."""
    alarm_account_id: Mapped[int | None] = refers_to("account.id", index=False)
    """Who is called when a report is not ready; None: whoever is on duty."""
    fast_since: Mapped[datetime | None]
    """Of the demonstration: from then on a day of reports lasts `fast_seconds`; None: days are days."""
    fast_seconds: Mapped[int | None]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = refers_to("account.id", index=False)
    """None: the service itself, as in the demonstration."""
