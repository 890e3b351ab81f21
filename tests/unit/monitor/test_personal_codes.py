"""Personal codes as they are made, shown and scanned; and which of somebody's declarations holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.declarations.codes import address_of_code, code_in, grouped, new_code
from monitor.declarations.standing import InForce, newest
from monitor.models.declarations import Signs

CODE = "ABCDEFGH234567ABCDEFGH23"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scanned", "found"),
    [
        (CODE, CODE),
        (f"https://khaibao.vn/c#{CODE}", CODE),
        # A scanner that types, with the key for capitals held the wrong way, and with its line's end.
        (f"HTTPS://KHAIBAO.VN/C#{CODE.lower()}\r\n", CODE),
        ("ABCD EFGH 2345 67AB CDEF GH23", CODE),
        ("abcd-efgh-2345-67ab-cdef-gh23", CODE),
        (CODE[:-1], None),
        (CODE + "A", None),
        (CODE[:-1] + "1", None),
        ("079085001234", None),
        ("079085001234|271234567|Nguyễn Văn An|01021985|Nam|Thủ Dầu Một|01012022", None),
        ("", None),
    ],
)
def test_a_code_is_found_in_what_was_scanned(scanned: str, found: str | None) -> None:
    assert code_in(scanned) == found


def test_codes_differ_and_are_read_back_from_what_is_shown() -> None:
    codes = {new_code() for _each in range(100)}
    assert len(codes) == 100
    for code in codes:
        assert code_in(address_of_code("https://khaibao.vn", code)) == code_in(grouped(code)) == code


def _declared(number: int, days_ago: int, lasts: int) -> InForce:
    made_at = NOW - timedelta(days=days_ago)
    return InForce(number, 1, made_at, made_at + timedelta(days=lasts), Signs.NONE)


@pytest.mark.parametrize(
    ("declared", "holds"),
    [
        ([], None),
        ([_declared(1, 1, 7)], 1),
        ([_declared(1, 7, 7)], None),  # the moment itself is not in it
        ([_declared(1, 3, 7), _declared(2, 1, 7)], 2),
        # The newest was for one day and is over: that an older one would last says nothing of today.
        ([_declared(1, 3, 7), _declared(2, 1, 1)], None),
    ],
)
def test_the_newest_declaration_holds_or_none(declared: list[InForce], holds: int | None) -> None:
    found = newest(declared, NOW)
    assert (found.declaration_id if found else None) == holds
