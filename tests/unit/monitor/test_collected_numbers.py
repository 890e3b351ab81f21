"""What reporters type where numbers go: read as people write them, else a sentence that says what to write."""

from __future__ import annotations

import pytest

from monitor.models.reporters import AskedOf, ReporterKind
from monitor.problems import BadInput
from monitor.reports.collected.fields import SHIPPED, concerns
from monitor.reports.collected.numbers import Asked, is_again, read_number, read_numbers
from monitor.words import translator

FIELDS = (Asked("visited", 5000), Asked("sent", 300))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", 0),
        ("12", 12),
        (" 12 ", 12),
        ("007", 7),
        ("1.234", 1234),
        ("1,234", 1234),
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("１２", 12),
        ("5000", 5000),
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str, number: int) -> None:
    assert read_number(typed, 5000) == number


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Write a number; write 0 if there were none."),
        ("   ", "Write a number; write 0 if there were none."),
        ("mười hai", "“mười hai” is not a whole number. Write digits only, for example 12."),
        ("12 nhà", "“12 nhà” is not a whole number. Write digits only, for example 12."),
        ("1.5", "“1.5” is not a whole number. Write digits only, for example 12."),
        ("1,2345", "“1,2345” is not a whole number. Write digits only, for example 12."),
        ("1e3", "“1e3” is not a whole number. Write digits only, for example 12."),
        ("١٢", "“١٢” is not a whole number. Write digits only, for example 12."),
        ("-3", "A number below 0 cannot be right. Write 0 if there were none."),
        ("−3", "A number below 0 cannot be right. Write 0 if there were none."),
        ("5001", "This is more than 5000, the most that can be right here. If it is right, call 1022."),
        ("9" * 39, "This is more than 5000, the most that can be right here. If it is right, call 1022."),
        ("<b>1</b>", "“<b>1</b>” is not a whole number. Write digits only, for example 12."),
    ],
)
def test_what_is_no_number_is_told_in_a_sentence(typed: str, says: str) -> None:
    with pytest.raises(BadInput) as problem:
        read_number(typed, 5000)
    assert problem.value.say(translator("en")) == says
    assert problem.value.say(translator("vi")) != says


def test_one_bad_line_loses_none_of_the_others() -> None:
    read = read_numbers(FIELDS, {"visited": "nhiều", "sent": "3"}, None, confirmed=False)
    assert (dict(read.numbers), set(read.faults), read.good) == ({"sent": 3}, {"visited"}, False)


@pytest.mark.parametrize(
    ("before", "confirmed", "asked"),
    [
        (None, False, False),
        ({"visited": 40, "sent": 3}, False, True),
        ({"visited": 40, "sent": 3}, True, False),
        ({"visited": 40, "sent": 2}, False, False),
        # A field that was not asked the day before says nothing; those that were are the same.
        ({"visited": 40}, False, True),
        ({"another": 40}, False, False),
    ],
)
def test_exactly_the_numbers_of_the_day_before_are_asked_about_once(
    before: dict[str, int] | None, confirmed: bool, asked: bool
) -> None:
    read = read_numbers(FIELDS, {"visited": "40", "sent": "3"}, before, confirmed=confirmed)
    assert (read.same, read.good) == (asked, not asked)


def test_nothing_is_again_where_there_was_nothing() -> None:
    assert not is_again({}, {})
    assert not is_again({"visited": 1}, {})


def test_the_shipped_fields_are_few_enough_for_each_kind_of_reporter_and_fit_a_phone() -> None:
    for kind in ReporterKind:
        assert 0 < sum(concerns(each.asked_of, kind) for each in SHIPPED) <= 10
    assert len(SHIPPED) <= 10
    assert {each.asked_of for each in SHIPPED} == set(AskedOf)
