"""Names in Vietnamese order, held against ICU's, and names without accents."""

from __future__ import annotations

import icu
from hypothesis import given
from hypothesis import strategies as st

from monitor.folding import folded, sort_key

SYLLABLES = [
    "an",
    "ăn",
    "ân",
    "án",
    "ấn",
    "ba",
    "bá",
    "đa",
    "đà",
    "đạ",
    "da",
    "dạ",
    "hoà",
    "hòa",
    "hoa",
    "huế",
    "huệ",
    "khổng",
    "lê",
    "lề",
    "lễ",
    "mai",
    "ngô",
    "nghĩa",
    "oanh",
    "ô",
    "ơ",
    "ộ",
    "ợ",
    "phượng",
    "quý",
    "tú",
    "tư",
    "tự",
    "uyên",
    "ư",
    "xuân",
    "ý",
    "yên",
]
VIETNAMESE = icu.Collator.createInstance(icu.Locale("vi"))


def test_given_names_come_first_and_letters_stand_as_in_the_alphabet() -> None:
    names = ["Trần An", "Nguyễn Văn Ánh", "Lê Ăn", "Lê Văn Âu", "Nguyễn Dương", "Lê Đặng", "Phạm Thị Hoà", "Phạm Thị Hòa Bình"]
    ordered = [
        "Trần An",
        "Nguyễn Văn Ánh",
        "Lê Ăn",
        "Lê Văn Âu",
        "Phạm Thị Hòa Bình",
        "Nguyễn Dương",
        "Lê Đặng",
        "Phạm Thị Hoà",
    ]
    assert sorted(names, key=sort_key) == ordered
    assert sort_key("Lê Hoà") == sort_key("lê  HÒA")


@given(st.lists(st.sampled_from(SYLLABLES), min_size=2, max_size=8))
def test_one_word_names_sort_as_icu_sorts_them(words: list[str]) -> None:
    # ICU tells where in a word the tone stands; for people hoà and hòa are one name.
    words = [word for word in words if word != "hoà"]
    assert sorted(words, key=sort_key) == sorted(words, key=VIETNAMESE.getSortKey)


def test_no_accents_are_needed_to_find_somebody() -> None:
    # The Icelandic letter looks the same, and keyboards offer it.
    assert folded("Nguyễn Thị Ðào") == folded("Nguyễn Thị Đào") == " nguyen thi dao"
    assert sort_key("Ðào") == sort_key("Đào")
    assert folded("Hoà  BÌNH-Đông") == " hoa binh dong"
    assert folded("\u200fO'Brien Müller") == " o brien muller"
