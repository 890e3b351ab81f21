"""How long text messages are, and the ones without accents: tables, and every Vietnamese letter."""

from __future__ import annotations

import pytest

from rollcall.channels.message_length import measure, without_accents
from rollcall.texts.prices import Prices


@pytest.mark.parametrize(
    ("text", "gsm", "parts"),
    [
        ("", True, 1),
        ("a" * 160, True, 1),
        ("a" * 161, True, 2),
        ("a" * 306, True, 2),
        ("a" * 307, True, 3),
        ("à" * 160, True, 1),  # in GSM 03.38 itself
        ("€" * 80, True, 1),  # of its extension: two places each
        ("€" * 81, True, 2),
        ("ậ" * 70, False, 1),
        ("ậ" * 71, False, 2),
        ("ậ" * 134, False, 2),
        ("ậ" * 135, False, 3),
        ("đ", False, 1),
        ("😀" * 35, False, 1),
        ("😀" * 36, False, 2),
        ("ậ" * 99999, False, 255),
    ],
)
def test_parts_are_reckoned_as_gateways_do(text: str, gsm: bool, parts: int) -> None:
    length = measure(text)
    assert (length.characters, length.gsm, length.parts) == (len(text), gsm, parts)


def test_every_vietnamese_letter_has_its_plain_one() -> None:
    vowels = "aăâeêioôơuưy"
    tones = "\u0300\u0301\u0303\u0309\u0323"
    letters = [vowel + tone for vowel in vowels for tone in ("", *tones)] + ["đ"]
    text = " ".join(letters + [each.upper() for each in letters])
    plain = without_accents(text)
    assert plain.isascii()
    assert measure(plain).gsm
    assert set(plain.lower()) == set("aeiouyd ")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Điểm danh trước 10:50…", "Diem danh truoc 10:50..."),
        ("“Nguyễn Thị Ánh” – F1", '"Nguyen Thi Anh" - F1'),
        ("https://x.vn/a/Wz_-é", "https://x.vn/a/Wz_-e"),
    ],
)
def test_words_stay_readable_without_accents(text: str, plain: str) -> None:
    assert without_accents(text) == plain


def test_only_text_messages_are_paid_for_by_the_part() -> None:
    prices = Prices({"sms": 300, "voice": 500, "zalo": 60})
    assert [prices.of(name, 3) for name in ("sms", "voice", "zalo", "push")] == [900, 500, 60, 0]
