"""Telephone numbers as people type and paste them, as tables."""

from __future__ import annotations

import pytest

from monitor.people.telephone_numbers import SINCE_2018, Line, international, line_of, read_number, spellings
from monitor.problems import BadInput

AN = "+84901234567"


@pytest.mark.parametrize(
    "typed",
    [
        "0901234567",
        "901234567",
        "84901234567",
        "840901234567",
        "+84901234567",
        "+84 0901234567",
        "+84 (0)901 234 567",
        "0084901234567",
        "0084 0901 234 567",
        "0901.234.567",
        "0901-234-567",
        "(090) 1234567",
        "0901 234 567.",
        " 090 123 4567 ",
        "090 123 4567",
        "\u202a+84 90 123 4567\u202c",
        "\u200e0901234567",
        "\ufeff0901234567",
        "0901\u00ad234567",
        "090–123–4567",
        "０９０１２３４５６７",
        "＋８４９０１２３４５６７",
        "tel:0901234567",
        "tel:+84-90-123-4567",
        "TEL:+84901234567;isub=1",
        "tel:901234567;phone-context=+84",
        "sms:+84901234567",
    ],
)
def test_one_number_is_the_same_in_every_dress(typed: str) -> None:
    assert international(typed) == read_number(typed) == AN
    assert line_of(typed) is Line.TEXTED


@pytest.mark.parametrize(("before", "since"), sorted(SINCE_2018.items()))
def test_numbers_of_before_2018_are_those_of_today(before: str, since: str) -> None:
    today = f"+84{since}1234567"
    for typed in (f"0{before}1234567", f"+84 {before} 123 4567", f"84{before}1234567"):
        assert international(typed) == read_number(typed) == today
        assert typed.replace(" ", "") in spellings(today)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "for example 0901234567"),
        ("()", "for example 0901234567"),
        ("090123456a", "“a” cannot stand in a telephone number"),
        ("none", "“n”"),
        ("0901*234567", "“*”"),
        ("0901234567 / 0912345678", "one telephone number only"),
        ("0901234567, 0912345678", "one telephone number only"),
        ("0901234567;0912345678", "one telephone number only"),
        ("0901234567\n0912345678", "one telephone number only"),
        ("0901234567 0912345678", "one telephone number only"),
        ("0901234567 - 0912345678", "one telephone number only"),
        ("0901234567 hoặc 0912345678", "one telephone number only"),
        ("tel:+842438255555;ext=12", "Extensions"),
        ("024 3825 5555 máy lẻ 12", "Extensions"),
        ("115", "115 is a short number"),
        ("1022", "1022 is a short number"),
        ("090123456", "ten digits; this one has 9"),
        ("09012345678", "ten digits; this one has 11"),
        ("0101234567", "check its first digits"),
        ("1900 1234", "number of a service"),
        ("+49 151 1234 5678 9012", "too many digits"),
    ],
)
def test_what_is_refused_says_what_is_wrong(typed: str, says: str) -> None:
    with pytest.raises(BadInput) as told:
        read_number(typed)
    assert says in str(told.value)
    assert told.value.field == "phone"


@pytest.mark.parametrize(
    ("number", "line"),
    [
        ("024 3825 5555", Line.CALLED_ONLY),
        ("+442079460958", Line.CALLED_ONLY),
        ("+16502530000", Line.TEXTED),
        ("+84000000101", Line.UNKNOWN),
        ("1022", Line.UNKNOWN),
        ("", Line.UNKNOWN),
    ],
)
def test_a_fixed_line_is_known_as_one(number: str, line: Line) -> None:
    assert line_of(number) is line


@pytest.mark.parametrize(
    "kept", ["0901 234 567", "0901.234.567", "+84 901234567", "+840901234567", "84901234567", "0901234567"]
)
def test_a_number_is_found_however_it_was_kept(kept: str) -> None:
    assert kept in spellings("tel:+84-90-123-4567")
