"""Temperatures as a table: what people type, what nobody can have, what is a fever."""

from __future__ import annotations

import pytest

from monitor.people.temperature import COLDEST, FEVER, HOTTEST, check_temperature, is_fever, is_possible, read_temperature
from monitor.problems import BadInput


@pytest.mark.parametrize(
    ("typed", "degrees"),
    [("", None), ("  ", None), ("37", 37.0), ("37,2", 37.2), (" 38.45 ", 38.45), ("34", COLDEST), ("43,0", HOTTEST)],
)
def test_a_temperature_is_read_as_people_type_it(typed: str, degrees: float | None) -> None:
    assert read_temperature(typed) == degrees


@pytest.mark.parametrize("typed", ["33.9", "43.1", "hot", "3e1", "nan", "38 °C", "372", "-37", "37.123"])
def test_what_nobody_can_have_or_type_is_told_with_its_field_and_the_limits(typed: str) -> None:
    with pytest.raises(BadInput, match="from 34 to 43") as told:
        read_temperature(typed)
    assert told.value.field == "temperature"


def test_a_fever_begins_at_its_limit_and_what_was_not_measured_is_none() -> None:
    assert [is_fever(each) for each in (None, FEVER - 0.1, FEVER)] == [False, False, True]
    assert [is_possible(each) for each in (COLDEST - 0.1, COLDEST, HOTTEST, HOTTEST + 0.1)] == [False, True, True, False]
    check_temperature(None)
