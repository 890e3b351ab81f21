"""What stands in a report, as values: made of rows by `monitor/reports/reading.py`, drawn by whoever shows, prints or sends it.

Nothing here depends on a language: titles and sentences are `Words`, numbers are numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from monitor.models.daily_report import ReportKind, ReportState
from monitor.words import Words


class Measure(StrEnum):
    """What a value is: a count, or a share from 0 to 1."""

    COUNT = "count"
    SHARE = "share"


@dataclass(frozen=True)
class Cell:
    """One number of a report. value, yesterday, replaced: a count, or a share from 0 to 1; None: nothing can be said, or there is none.

    key: of the figure; with the unit it opens the list. yesterday: in the report that this one goes on from. replaced: in the report that
    this one takes the place of; changed: that one said something else. has_list: whether people or things stand behind it.
    """

    key: str
    measure: Measure
    value: float | None
    yesterday: float | None = None
    replaced: float | None = None
    changed: bool = False
    has_list: bool = False


@dataclass(frozen=True)
class FigureLine:
    """One line of a section: what is counted, and a cell for each column of the section, or the only one."""

    words: Words
    cells: tuple[Cell, ...]
    note: Words | None = None
    """How it is counted, to stand under the table."""


@dataclass(frozen=True)
class Section:
    """Figures that belong together. columns: empty where each line has one value."""

    key: str
    title: Words
    columns: tuple[Words, ...]
    lines: tuple[FigureLine, ...]


@dataclass(frozen=True)
class UnitRow:
    """One administrative unit; cells as `ReportContent.unit_columns` has them. unit: as it is stored, see `monitor/models/daily_report.py`."""

    unit: str
    name: str
    name_en: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Collected:
    """What a commune or an organisation entered. values: as the columns are; None: nothing was entered there."""

    reporter: str
    entered_at: datetime | None
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Series:
    """A figure over the last 14 days, the oldest first; None: no report of that day was released."""

    key: str
    words: Words
    measure: Measure
    days: tuple[tuple[date, float | None], ...]


@dataclass(frozen=True)
class ReportContent:
    """All of a report.

    number, year: None of a draft. replaces: the number of the report whose place it takes. changed: of which figure and unit the cells
    differ from that one's; unit "" is the whole. released_by: the person's name; None: nobody, it left by itself or is a draft.
    authority, authority_in_english, place: who sends it, and where from; empty: not stated. fast: its days are those of a demonstration.
    """

    report_id: int
    kind: ReportKind
    day: date
    year: int | None
    number: int | None
    state: ReportState
    replaces: int | None
    changed: frozenset[tuple[str, str]]
    cut_off: datetime
    since: datetime | None
    made_at: datetime | None
    released_at: datetime | None
    released_by: str | None
    authority: str
    authority_in_english: str
    place: str
    sections: tuple[Section, ...]
    unit_columns: tuple[Words, ...]
    units: tuple[UnitRow, ...]
    collected_columns: tuple[tuple[str, str], ...] = ()
    """Names of the fields, Vietnamese and English."""
    collected: tuple[Collected, ...] = ()
    notes: tuple[Words, ...] = ()
    gaps: tuple[Words, ...] = ()
    charts: tuple[Series, ...] = ()
    fast: bool = False
