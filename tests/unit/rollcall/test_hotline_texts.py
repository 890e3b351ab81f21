"""What of a text is for the hotline, as a table."""

from __future__ import annotations

import pytest

from monitor.hotline.codes import read_code
from rollcall.inbound.hotline_texts import HotlineText, read_hotline

CODE = next(code for sign in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if (code := read_code(f"7KQ2M9X{sign}")))
MISTYPED = f"7KQ2M9X{'0' if CODE[-1] != '0' else '1'}"
HALVES = f"{CODE[:4]}-{CODE[4:]}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"1022 {CODE}", HotlineText(True, CODE, "")),
        (f"1022 {HALVES.lower()}", HotlineText(True, CODE, "")),
        (f"1022: {CODE[:4]} {CODE[4:]}.", HotlineText(True, CODE, "")),
        (f"1022{CODE}", HotlineText(False, "", f"1022{CODE}")),
        (HALVES, HotlineText(False, CODE, "")),
        (f"1022 {HALVES} vẫn chưa có gạo", HotlineText(True, CODE, "vẫn chưa có gạo")),
        (f"1022 {HALVES} 5", HotlineText(True, CODE, "5")),
        (f"{HALVES} vẫn chưa có gạo", HotlineText(False, "", f"{HALVES} vẫn chưa có gạo")),
        ("1022 nhà tôi hết gạo", HotlineText(True, "", "nhà tôi hết gạo")),
        ("1022 7KQ2M9X", HotlineText(True, "", "7KQ2M9X")),
        (f"1022 {MISTYPED}", HotlineText(True, "", MISTYPED, MISTYPED)),
        ("1022 benh vien", HotlineText(True, "", "benh vien")),
        ("1022", HotlineText(True, "", "")),
        ("10225 nhà tôi", HotlineText(False, "", "10225 nhà tôi")),
        ("Tôi khỏe", HotlineText(False, "", "Tôi khỏe")),
        ("", HotlineText()),
    ],
)
def test_what_is_for_the_hotline(text: str, found: HotlineText) -> None:
    assert read_hotline(text) == found
