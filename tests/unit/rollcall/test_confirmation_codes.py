"""Codes that confirm telephone numbers: what they are, when they are right, and when another one may be sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.authority import Authority
from rollcall.channels.message_length import measure
from rollcall.confirming.codes import LASTS, MOST_BY_ACCOUNT, MOST_TRIES, Judgement, code_of, judge, why_not_again
from rollcall.confirming.sending import text_of
from rollcall.texts.style import Style

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)


def test_a_code_has_six_digits_and_hangs_on_key_nonce_and_number() -> None:
    codes = {
        code_of(secret, nonce, number)
        for secret in (b"one", b"two")
        for nonce in ("a", "b", "c")
        for number in ("+84901234567", "+84901234568")
    }
    assert len(codes) == 12
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert code_of(b"one", "a", "+84901234567") == code_of(b"one", "a", "+84901234567")


@pytest.mark.parametrize(
    ("typed", "tries", "late", "judged"),
    [
        ("123456", 0, False, Judgement.RIGHT),
        (" 123 456 ", 0, False, Judgement.RIGHT),
        ("123-456", 4, False, Judgement.RIGHT),
        ("123457", 0, False, Judgement.WRONG),
        ("12345", 0, False, Judgement.WRONG),
        ("", 0, False, Judgement.WRONG),
        ("１２３４５６", 0, False, Judgement.WRONG),
        ("mười", 0, False, Judgement.WRONG),
        ("123456", 0, True, Judgement.TOO_LATE),
        ("123457", 0, True, Judgement.TOO_LATE),
        ("123456", MOST_TRIES, False, Judgement.TOO_OFTEN),
        ("123456", MOST_TRIES, True, Judgement.TOO_OFTEN),
    ],
)
def test_a_typed_code_is_judged(typed: str, tries: int, late: bool, judged: Judgement) -> None:
    at = NOW + (LASTS if late else timedelta())
    assert judge(typed, "123456", tries=tries, expires_at=NOW + LASTS, now=at) is judged


@pytest.mark.parametrize(
    ("ago", "by_account", "says"),
    [
        ([], 0, None),
        ([timedelta(seconds=46)], 1, None),
        ([timedelta(seconds=44)], 1, "another one can be sent"),
        ([timedelta(minutes=m) for m in (2, 10, 20)], 3, "several codes"),
        ([timedelta(minutes=m) for m in (2, 10, 61)], 3, None),
        ([timedelta(hours=h) for h in (2, 3, 4, 5, 6, 7)], 0, "several codes"),
        ([timedelta(hours=h) for h in (2, 3, 4, 5, 6)], 0, None),
        ([], MOST_BY_ACCOUNT, "within an hour"),
        ([], MOST_BY_ACCOUNT - 1, None),
    ],
)
def test_how_often_codes_are_sent_is_limited(ago: list[timedelta], by_account: int, says: str | None) -> None:
    why = why_not_again([NOW - each for each in ago], by_account, NOW)
    assert (why is None) if says is None else (why is not None and says in why.say(str).lower())


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("plain", [True, False])
def test_the_message_begins_with_the_code_and_takes_few_parts(language: str, plain: bool) -> None:
    style = Style(plain=plain, authority=Authority("Trạm Y tế phường Phú Cường", "Phu Cuong ward health station"))
    text = text_of("012345", language, style)
    assert text.startswith("012345")
    assert measure(text).parts <= (1 if plain or language == "en" else 3)
