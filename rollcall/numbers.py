"""Telephone numbers in one form, so that the one who writes is found however staff typed the number."""

from __future__ import annotations

import re

COUNTRY = "84"
LONGEST = 32


def international(number: str) -> str:
    """+84…; what is no telephone number (a name, a short number) as it is, without spaces."""
    given = "".join(number.split())[:LONGEST]
    # +84 (0)90…: the zero is for calls within the country.
    digits = re.sub(r"[().\-/]", "", re.sub(r"(?<=\d)\(0\)", "", given))
    if re.fullmatch(r"\+\d{6,15}", digits):
        return digits
    if re.fullmatch(r"00\d{6,15}", digits):
        return international(f"+{digits[2:]}")
    if re.fullmatch(r"0\d{8,11}", digits):
        return f"+{COUNTRY}{digits[1:]}"
    if re.fullmatch(rf"{COUNTRY}\d{{7,12}}", digits):
        return f"+{digits}"
    return given


def spellings(number: str) -> list[str]:
    """How a number may have been typed: +8490…, 8490…, 090…, 008490…"""
    one = international(number)
    if not one.startswith("+"):
        return [one] if one else []
    found = [one, one[1:], f"00{one[1:]}"]
    if one.startswith(f"+{COUNTRY}"):
        local = f"0{one[len(COUNTRY) + 1 :]}"
        # As people group them on paper.
        found += [local, f"{local[:4]} {local[4:7]} {local[7:]}", f"+{COUNTRY} {one[len(COUNTRY) + 1 :]}"]
    return found
