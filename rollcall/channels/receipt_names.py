"""Under which other names a gateway may have taken a message, when its receipt names it in another form. Pure.

Many gateways name a message in hexadecimal digits when they take it (SMPP 3.4 says nothing of the form) and in decimal ones, padded
with zeros to ten places, in the receipt (appendix B), or the other way round.
"""

from __future__ import annotations

import re
from enum import StrEnum

# Usual widths of names; beyond 64 bits nobody counts.
_WIDTHS = (8, 9, 10, 12, 16, 19, 20)
_LARGEST = 2**64


class NameForm(StrEnum):
    """How a gateway's receipts name a message that it took under another name. ANY: nobody said, so each way is tried."""

    ANY = "any"
    SAME = "same"
    DECIMAL = "decimal"
    """In decimal digits what was in hexadecimal ones when it was taken."""
    HEXADECIMAL = "hexadecimal"
    """The other way round."""


def other_names(name: str, form: NameForm = NameForm.ANY) -> tuple[str, ...]:
    """Other names for the same message than the one in its receipt, each once."""
    if form is NameForm.SAME:
        return ()
    found: list[str] = []
    plain = name.strip().removeprefix("0x").removeprefix("0X")
    if form is NameForm.ANY:
        found += [plain, plain.upper(), plain.lower()]
        if re.fullmatch(r"[0-9A-Fa-f]+", plain):
            found += _padded(plain.lstrip("0") or "0")
    if form is not NameForm.HEXADECIMAL and re.fullmatch(r"[0-9]+", plain) and int(plain[:25]) < _LARGEST:
        found += _padded(f"{int(plain):X}")
    if form is not NameForm.DECIMAL and re.fullmatch(r"[0-9A-Fa-f]+", plain) and int(plain[:25], 16) < _LARGEST:
        found += _padded(str(int(plain, 16)))
    return tuple(each for each in dict.fromkeys(found) if each != name)


def _padded(digits: str) -> list[str]:
    wide = [digits, *(digits.zfill(width) for width in _WIDTHS if width > len(digits))]
    return [spelt for each in wide for spelt in (each.upper(), each.lower())]
