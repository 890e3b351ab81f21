"""What people who share a phone are called in one message: short, and each otherwise than the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rollcall.channels.message_length import without_accents
from rollcall.texts.called import LONGEST, Named, called


@pytest.mark.parametrize(
    ("people", "wanted"),
    [
        (["Trần An", "Trần Bình", "Trần Cúc"], ["An", "Bình", "Cúc"]),
        (["Nguyễn Văn An", "Nguyễn Thị An", "Trần Bình"], ["Văn An", "Thị An", "Bình"]),
        (["Nguyễn Văn An", "Trần Văn An"], ["Nguyễn An", "Trần An"]),
        # Without accents they are the same.
        (["Trần Thị Hà", "Trần Văn Hạ"], ["Thị Hà", "Văn Hạ"]),
        (["Nguyễn Thị Phương Thảo", "Nguyễn Thị Thảo"], ["Phương Thảo", "Thị Thảo"]),
        # Foreign names, what they are called first or last.
        (["John Smith", "Mary Smith"], ["John Smith", "Mary Smith"]),
        (["Smith John", "Smith Mary"], ["John", "Mary"]),
        (["Nguyễn Văn An", "An Nguyen"], ["Văn An", "An Nguyen"]),
        (["Kim Min-jun", "Kim Seo-yeon"], ["Min-jun", "Seo-yeon"]),
        ([Named("Nguyễn Văn An", 1950), Named("Nguyễn Văn An", 1985)], ["An (1950)", "An (1985)"]),
        ([Named("Nguyễn Văn An", 1950, "101"), Named("Nguyễn Văn An", 1950, "102")], ["An (101)", "An (102)"]),
        ([Named("Nguyễn Văn An", 1950), Named("Nguyễn Văn An")], ["An (1950)", "An"]),
        # Nothing tells them apart: their numbers do.
        (["An", "An"], ["An", "An"]),
        ([""], [""]),
    ],
)
def test_names_differ_by_the_nearest_word(people: list[str | Named], wanted: list[str]) -> None:
    assert called([each if isinstance(each, Named) else Named(each) for each in people]) == wanted


WORD = some.sampled_from(["An", "Ân", "Bình", "Văn", "Thị", "Nguyễn", "Trần", "Smith", "Đào", "Dao"])


@given(some.lists(some.lists(WORD, min_size=1, max_size=5).map(" ".join), min_size=2, max_size=6))
def test_two_are_called_alike_only_where_nothing_in_their_names_differs(names: list[str]) -> None:
    made = called([Named(each) for each in names])
    assert all(len(each) <= LONGEST for each in made)
    seen: dict[str, str] = {}
    for full, short in zip(names, made, strict=True):
        plain, whole = without_accents(short).casefold(), without_accents(full).casefold()
        assert seen.setdefault(plain, whole) == whole or len(full) > LONGEST
