"""Public codes of tickets: seven random signs and one that checks them, read out on the telephone and typed with thumbs. Pure but for chance.

Signs are Crockford's base 32, taken as elements of the field of 32. The check makes the sum of all eight, each times its own power of a
generator, nought; so one wrong sign and any two signs exchanged, neighbours or not, are always found. Sums modulo 32 would miss neighbours that are 16 apart.
"""

from __future__ import annotations

import re
from functools import cache

from monitor.accounts.codes import LETTERS, grouped, new_code, plain

LENGTH = 8
_HALF = 4
_FIELD = 0b100101
"""x⁵ + x² + 1, which x generates: its powers are all 31 elements but nought."""
# Looked ahead at, since "1022 ABCD" before "-EFGH" may be one too.
_WITHIN = re.compile(r"(?<![0-9A-Za-z])(?=([0-9A-Za-z]{4}[ -]?[0-9A-Za-z]{4})(?![0-9A-Za-z]))")


def new_ticket_code() -> str:
    """A code that nobody can guess from another; 35 random bits, so whoever stores it looks whether it is taken."""
    return checked(new_code(LENGTH - 1))


def checked(signs: str) -> str:
    """Seven signs with the one that checks them."""
    return signs + next(check for check in LETTERS if _checks(signs + check))


def read_code(typed: str) -> str:
    """The code that somebody typed, in any dress; "" where it is none, or has a wrong sign."""
    code = plain(typed)
    return code if len(code) == LENGTH and _checks(code) else ""


def shown_code(code: str) -> str:
    """ABCD-EFGH, as it is shown and read out."""
    return grouped(code, _HALF)


def codes_within(text: str) -> list[str]:
    """What may be codes in a text among other words, in their order. Eight letters that mean something else pass the check once in 32
    times: whoever asks looks which ticket there is.
    """
    return list(dict.fromkeys(code for each in _WITHIN.finditer(text) if (code := read_code(each[1]))))


def _checks(code: str) -> bool:
    total = 0
    for power, sign in enumerate(code):
        total ^= _times(LETTERS.index(sign), power)
    return total == 0


@cache
def _times(element: int, power: int) -> int:
    """An element times x to this power."""
    for _ in range(power):
        element <<= 1
        if element & len(LETTERS):
            element ^= _FIELD
    return element
