"""Temperatures as people write them, and other numbers in a text: only what is understood leaves it well."""

from __future__ import annotations

import pytest

from monitor.models.rollcalls.inbound import InboundMeaning as M
from rollcall.inbound.reading import Writers, read

AN = Writers(names=("Nguyễn Văn An",), rooms=("P.203",), numbers=("+84900000101", "8149"), codes=())


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        *(
            (each, 39.0)
            for each in (
                "Có, 39 độ",
                "co 39 do",
                "ok 39C",
                "39°C",
                "39 ºC",
                "３９",
                "39.",
                "t 39",
                "ba mươi chín độ",
                "ba chin do",
            )
        ),
        *(
            (each, 38.5)
            for each in ("Có 38 độ 5", "38 do 5", "38do5", "38 rưỡi", "38.50", "38,5", "T38.5", "38 phẩy 5", "38 độ rưỡi")
        ),
        *(
            (each, 38.5)
            for each in (
                "385 độ",
                "38 point 5",
                "３８．５",
                "sốt 38.5",
                "khỏe 38,5",
                "không sốt, 38.5",
                "36.5 sáng, 38.5 chiều",
            )
        ),
        *((each, 40.0) for each in ("40", "40 độ", "em khỏe 40", "bốn mươi độ", "bare 40")),
        *((each, 38.89) for each in ("Temperature 102F, ok", "102°F", "102 F", "102", "a hundred and two")),
        *((each, 38.0) for each in ("100.4", "100.4F ok", "38", "38.0 khỏe")),
    ],
)
def test_a_fever_is_told_to_staff_however_it_is_written(text: str, degrees: float) -> None:
    for writers in (Writers(), AN):
        reading = read(text, writers)
        assert (reading.meaning, round(reading.temperature or 0, 2)) == (M.ILL, degrees)


@pytest.mark.parametrize(
    "text",
    [
        *("khỏe 37.5", "37,8 khỏe", "khỏe 37 độ 5", "ok 99.6", "fine 99.9F", "khỏe 37 rưỡi"),
        *("khỏe 34.9", "43.5 khỏe", "50 độ ok", "khỏe 385", "khỏe 375", "em 39 tuổi khỏe", "39 km ok", "ok 99", "khỏe 12345"),
        *("huyết áp 120/80 khỏe", "khỏe 115", "spo2 130 khỏe"),
    ],
)
def test_a_number_that_is_no_fever_and_is_not_understood_is_read_by_a_person(text: str) -> None:
    assert read(text, AN).meaning is M.UNCLEAR


@pytest.mark.parametrize(
    "text",
    [
        *(
            "36.5 khỏe",
            "khoẻ, 36 độ 8",
            "37.4 khỏe",
            "36-37 độ, khỏe",
            "temp 98.6F, fine",
            "97.9 F ok",
            "khỏe 36.5°",
            "nhiệt độ: 36,8. khỏe",
        ),
        *("8h sáng khỏe", "8h30 khỏe 36.5", "ngày 24/11 khỏe", "spo2 97 khỏe", "203 khỏe", "khỏe 1022", "cả 3 đều ổn"),
    ],
)
def test_numbers_that_are_understood_leave_a_text_well(text: str) -> None:
    assert read(text, AN).meaning is M.WELL


@pytest.mark.parametrize("text", ["SpO2 90", "oxygen 89", "spo2 tụt còn 92, khỏe", "oxy 85%"])
def test_little_oxygen_is_an_illness(text: str) -> None:
    assert read(text, AN).meaning is M.ILL


def test_a_bare_number_is_a_members_as_long_as_there_are_so_many() -> None:
    family = Writers(names=("Trần An", "Trần Bình"))
    assert read("CO 2", family).statements[0].members == (2,)
    assert read("CO 39", family).temperature == 39.0
    assert read("CO 3", family).meaning is M.UNCLEAR


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1", M.WELL),
        ("2", M.ILL),
        ("3", M.HELP),
        ("2 ạ", M.ILL),
        ("3 nhé", M.HELP),
        ("2.", M.ILL),
        ("4", M.UNCLEAR),
        ("1 2", M.UNCLEAR),
        ("co 2", M.UNCLEAR),
        ("2 vạch", M.UNCLEAR),
    ],
)
def test_one_person_answers_with_the_numbers_that_our_message_offers(text: str, meaning: M) -> None:
    assert read(text, AN).meaning is meaning


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("2", True),
        ("sốt 38.9", True),
        ("khó thở", True),
        ("OM 1", True),
        ("sốt, hết gạo", True),
        ("từ hôm qua đến giờ tôi không được khoẻ xyz", False),
        ("khó thở?", False),
        ("tôi sốt, gọi 0912345678", False),
    ],
)
def test_what_is_urgent_is_heard_and_what_was_not_understood_is_told_beside_it(text: str, whole: bool) -> None:
    reading = read(text, AN)
    assert reading.meaning in (M.ILL, M.HELP)
    assert reading.whole is whole


def test_oxygen_is_kept() -> None:
    assert read("spo2 92, hơi mệt", AN).spo2 == 92
    assert read("spo2 98, khoẻ", AN).meaning is M.WELL
    assert read("spo2 95", AN).meaning is M.ILL
