"""Countries and languages in words; a table."""

from __future__ import annotations

import pytest

from monitor.people.code_words import country, spoken


@pytest.mark.parametrize(
    ("code", "vietnamese", "english"),
    [("VN", "Việt Nam", "Vietnam"), ("KR", "Hàn Quốc", "South Korea"), ("QQ", "QQ", "QQ"), ("", "", "")],
)
def test_a_country_is_called_as_its_readers_call_it(code: str, vietnamese: str, english: str) -> None:
    assert (country(code, "vi"), country(code, "en")) == (vietnamese, english)


@pytest.mark.parametrize(
    ("code", "vietnamese", "english"),
    [
        ("vi", "Tiếng Việt", "Vietnamese"),
        ("en", "Tiếng Anh", "English"),
        ("zh-hant", "Tiếng Trung (Phồn thể)", "Chinese (Traditional)"),
        ("fil", "Tiếng Philippines", "Filipino"),
        ("qqq", "qqq", "qqq"),
        ("qq-zz", "qq-zz", "qq-zz"),
        ("", "", ""),
    ],
)
def test_a_language_is_called_as_its_readers_call_it(code: str, vietnamese: str, english: str) -> None:
    assert (spoken(code, "vi"), spoken(code, "en")) == (vietnamese, english)
