"""What is read of a date of birth, and what age follows where only a month or a year is known."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.models.people.residents import BirthPrecision
from monitor.people.births import Birth, may_be_younger_than, read_birth
from monitor.problems import BadInput

TODAY = date(2026, 11, 30)
DAY, MONTH, YEAR = BirthPrecision.DAY, BirthPrecision.MONTH, BirthPrecision.YEAR


@pytest.mark.parametrize(
    ("typed", "first", "precision", "written"),
    [
        ("05/09/1980", date(1980, 9, 5), DAY, "05/09/1980"),
        (" 5-9-1980 ", date(1980, 9, 5), DAY, "05/09/1980"),
        ("5.9.1980", date(1980, 9, 5), DAY, "05/09/1980"),
        ("05091980", date(1980, 9, 5), DAY, "05/09/1980"),
        ("1980-09-05", date(1980, 9, 5), DAY, "05/09/1980"),
        ("1980-09-05 00:00:00", date(1980, 9, 5), DAY, "05/09/1980"),
        ("09/1980", date(1980, 9, 1), MONTH, "09/1980"),
        ("091980", date(1980, 9, 1), MONTH, "09/1980"),
        ("1980", date(1980, 1, 1), YEAR, "1980"),
        ("\u200e1918", date(1918, 1, 1), YEAR, "1918"),
        ("29/02/2024", date(2024, 2, 29), DAY, "29/02/2024"),
        ("30/11/2026", TODAY, DAY, "30/11/2026"),
    ],
)
def test_a_day_a_month_or_a_year_is_read(typed: str, first: date, precision: BirthPrecision, written: str) -> None:
    birth = read_birth(typed, TODAY)
    assert birth == Birth(first, precision)
    assert birth.written() == written


@pytest.mark.parametrize(
    "typed", ["31/02/1980", "29/02/2023", "13/1980", "00/00/1980", "01/12/2026", "1850", "80", "5/9/80", "x"]
)
def test_what_is_no_date_of_birth_is_refused_in_words(typed: str) -> None:
    with pytest.raises(BadInput) as told:
        read_birth(typed, TODAY)
    assert told.value.field == "birth"


def test_nothing_given_is_nothing_known() -> None:
    assert read_birth(" ", TODAY) is None
    assert not may_be_younger_than(16, None, TODAY)


@pytest.mark.parametrize(
    ("birth", "child"),
    [
        (Birth(date(2010, 11, 30)), False),
        (Birth(date(2010, 12, 1)), True),
        (Birth(date(2010, 11, 1), MONTH), False),
        (Birth(date(2010, 12, 1), MONTH), True),
        (Birth(date(2010, 1, 1), YEAR), True),
        (Birth(date(2009, 1, 1), YEAR), False),
    ],
)
def test_who_may_be_a_child_goes_to_a_person(birth: Birth, child: bool) -> None:
    assert may_be_younger_than(16, birth, TODAY) is child


def test_the_last_day_of_a_month_is_found() -> None:
    assert [Birth(date(2024, month, 1), MONTH).last.day for month in range(1, 13)] == [
        31,
        29,
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ]
