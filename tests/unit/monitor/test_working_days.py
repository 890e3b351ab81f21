"""Limits in working days, as a table: Vietnam's weekends, fixed holidays, and Tết as the file says."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.settings import SettingsProblem, load_settings
from monitor.working_days import HolidaysUnreadable, end_of_limit, read_holidays

HANOI = "Asia/Ho_Chi_Minh"
HOLIDAYS = read_holidays()


@pytest.mark.parametrize(
    ("case", "begins", "ends"),
    [
        ("Monday morning: Tuesday and Wednesday count", "2026-11-23 10:00", "2026-11-26 00:00"),
        ("Monday just before midnight is the same", "2026-11-23 23:59", "2026-11-26 00:00"),
        ("Thursday: over the weekend to Monday", "2026-11-26 10:00", "2026-12-01 00:00"),
        ("Friday: Monday and Tuesday", "2026-11-27 10:00", "2026-12-02 00:00"),
        ("Saturday: as on Friday", "2026-11-28 10:00", "2026-12-02 00:00"),
        ("before a fixed holiday", "2026-12-31 10:00", "2027-01-06 00:00"),
        ("before Tết: a week and two weekends later", "2026-02-13 10:00", "2026-02-25 00:00"),
        ("in Tết", "2026-02-17 10:00", "2026-02-25 00:00"),
        ("before the long days of April", "2027-04-29 10:00", "2027-05-06 00:00"),
        ("the Hùng Kings' day, by the moon", "2027-04-15 10:00", "2027-04-21 00:00"),
    ],
    ids=lambda each: each if " " in each and "-" not in each[:5] else "",
)
def test_two_working_days_end_at_midnight(case: str, begins: str, ends: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(HANOI))

    assert end_of_limit(at(begins).astimezone(UTC), 2, HOLIDAYS, HANOI) == at(ends)


def test_the_day_is_that_of_the_zone_and_not_of_utc() -> None:
    # Half past six on Saturday in Vietnam is Friday evening in UTC.
    begins = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    assert end_of_limit(begins, 1, HOLIDAYS, HANOI) == datetime(2026, 11, 30, 17, tzinfo=UTC)


def test_a_year_without_a_table_is_told_and_makes_limits_only_shorter() -> None:
    assert HOLIDAYS.lacks(date(2031, 1, 1))
    assert not HOLIDAYS.lacks(date(2027, 1, 1))
    assert not HOLIDAYS.off(date(2031, 1, 23))  # Tết of 2031, which no file has yet
    assert HOLIDAYS.off(date(2031, 4, 30))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "every_year = ['13-01']\n[years]",
        "every_year = []\n[years]\n2027 = ['2026-02-05']",
        "every_year = 'x'\n[years]",
        "[",
    ],
)
def test_a_file_that_is_no_table_is_told_when_the_service_starts(tmp_path: Path, content: str) -> None:
    path = tmp_path / "holidays.toml"
    path.write_text(content)
    with pytest.raises(HolidaysUnreadable):
        read_holidays(path)
    with pytest.raises((HolidaysUnreadable, SettingsProblem)):
        load_settings({"QUARANTINE_HOLIDAYS_FILE": str(path)})


def test_another_file_is_used_where_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "holidays.toml"
    path.write_text("every_year = ['11-24']\n[years]\n2026 = ['2026-11-25']\n")
    holidays = load_settings({"QUARANTINE_HOLIDAYS_FILE": str(path)}).holidays
    monday = datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert end_of_limit(monday, 2, holidays, HANOI) == datetime(2026, 11, 27, 17, tzinfo=UTC)
