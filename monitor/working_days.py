"""When a limit in working days ends: pure, with the public holidays as a table that is read from a file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.problems import Problem
from monitor.words import N_

BUILT_IN = Path(__file__).parent / "holidays.toml"
SATURDAY = 5
_MONTH_DAY = re.compile(r"\d\d-\d\d")


class HolidaysUnreadable(Problem):
    """The file of holidays cannot be used."""


@dataclass(frozen=True)
class Holidays:
    """every_year: (month, day); of_years: the days of each year that is in the table."""

    every_year: frozenset[tuple[int, int]]
    of_years: Mapping[int, frozenset[date]]

    def off(self, day: date) -> bool:
        """Whether nobody works on a day."""
        return day.weekday() >= SATURDAY or self.public(day)

    def public(self, day: date) -> bool:
        """Whether a day is a public holiday, whichever weekday it is."""
        return (day.month, day.day) in self.every_year or day in self.of_years.get(day.year, frozenset())

    def lacks(self, day: date) -> bool:
        """Whether a day's year has no table, so that Tết is counted as if it were worked on."""
        return day.year not in self.of_years


def read_holidays(path: Path = BUILT_IN) -> Holidays:
    """The table in a TOML file, see `monitor/holidays.toml`. Raises HolidaysUnreadable."""
    try:
        said = tomllib.loads(path.read_text())
        every_year = frozenset(_month_day(each) for each in said["every_year"])
        years = {int(year): frozenset(date.fromisoformat(day) for day in days) for year, days in said["years"].items()}
        if any(day.year != year for year, days in years.items() for day in days):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise HolidaysUnreadable(
            N_("The file of holidays %(path)s cannot be read. Write it like monitor/holidays.toml."), path=str(path)
        ) from None
    return Holidays(every_year, years)


def _month_day(text: str) -> tuple[int, int]:
    if not _MONTH_DAY.fullmatch(text):
        raise ValueError
    day = date.fromisoformat(f"2000-{text}")
    return day.month, day.day


def end_of_limit(begins: datetime, working_days: int, holidays: Holidays, timezone: str) -> datetime:
    """When a limit of so many working days ends, in UTC.

    The day on which something comes is not counted, and the last day counts to its end (Civil Code 2015, articles 147 and 148).
    """
    zone = ZoneInfo(timezone)
    day = begins.astimezone(zone).date()
    left = working_days
    while left:
        day += timedelta(days=1)
        left -= not holidays.off(day)
    return datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)
