"""Public codes of the hotline's tickets: what the check sign finds, and how people type them."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.accounts.codes import LETTERS
from monitor.hotline.codes import LENGTH, codes_within, new_ticket_code, read_code, shown_code

CODE = st.builds(new_ticket_code)


def test_codes_are_eight_signs_that_check() -> None:
    codes = {new_ticket_code() for _ in range(2000)}
    assert len(codes) == 2000, "35 random bits"
    assert all(len(each) == LENGTH and read_code(each) == each for each in codes)


@settings(max_examples=20)
@given(CODE)
def test_every_single_wrong_sign_is_found(code: str) -> None:
    for at, right in enumerate(code):
        assert not any(read_code(code[:at] + sign + code[at + 1 :]) for sign in LETTERS if sign != right)


@settings(max_examples=50)
@given(CODE)
def test_any_two_signs_exchanged_are_found(code: str) -> None:
    for one, other in combinations(range(LENGTH), 2):
        signs = list(code)
        signs[one], signs[other] = signs[other], signs[one]
        assert bool(read_code("".join(signs))) == (code[one] == code[other])


@pytest.mark.parametrize("dress", ["{0}{1}", "{0}-{1}", "{0} {1}", " {0}{1} ", "{0}–{1}"])
def test_a_code_is_read_in_every_dress(dress: str) -> None:
    code = new_ticket_code()
    typed = dress.format(code[:4], code[4:])
    for form in (typed, typed.lower(), typed.replace("0", "O").replace("1", "l")):
        assert read_code(form) == code
    assert shown_code(code) == f"{code[:4]}-{code[4:]}"


@pytest.mark.parametrize("typed", ["", "U", "UUUUUUUU", "ABCDEFG", "0" * 9, "đồăâêôơư", "12345678 12345678"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) == ""


def test_codes_are_found_among_other_words() -> None:
    code = new_ticket_code()
    assert code in codes_within(f"Re: [1022 {shown_code(code)}] xin hoi")
    assert code in codes_within(f"1022 {code.lower()}")
    assert codes_within("toi can gao, 0901234567") == []
