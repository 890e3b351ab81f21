"""When a name is said to be that of many, by some names from all over; a table."""

from __future__ import annotations

import pytest

from monitor.register.common_names import of_many


@pytest.mark.parametrize(
    ("having", "distance", "few", "many"),
    [
        # 12 of 400 stand for 9,000 of 300,000; 11 are too few to say so, and 4,500 are not surely more than 4,000.
        (12, 750, 4000, True),
        (11, 750, 4000, False),
        (12, 375, 4000, False),
        (22, 375, 4000, True),
        # Nobody is many where there are no more than would be few.
        (400, 1, 4000, False),
        (0, 750, 4000, False),
        (12, 1, 0, True),
    ],
)
def test_a_name_is_of_many_where_enough_of_some_have_it(having: int, distance: int, few: int, many: bool) -> None:
    names = [" nguyen thi an"] * having + [" nguyen van thi", " le thi nguyenan", " thinguyen"] * ((400 - having) // 3)
    assert of_many(["thi", "an"], names, distance, few) is many


def test_each_word_must_begin_one_of_the_name() -> None:
    names = [" nguyen thi an"] * 20
    for words, many in ((["ng", "t", "an"], True), (["an", "nguyen"], True), (["guyen"], False), (["thi", "zz"], False)):
        assert of_many(words, names, 1, 0) is many
    assert not of_many(["an"], [], 1, 0)
