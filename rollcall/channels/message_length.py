"""How long a text message is: letters, the alphabet it needs, and the parts that are paid for; and a shorter one without accents."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from smpplib.consts import SMPP_ENCODING_DEFAULT
from smpplib.exceptions import MessageTooLong
from smpplib.gsm import make_parts

MOST_PARTS = 255
# What Vietnamese texts hold besides accents and is not in GSM 03.38.
_PLAIN = str.maketrans(
    {"đ": "d", "Đ": "D", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " "}
)


@dataclass(frozen=True)
class Length:
    """characters: as people count. gsm: whether the GSM 03.38 alphabet is enough (160 a part, 153 of several; else 70 and 67)."""

    characters: int
    gsm: bool
    parts: int


def measure(text: str) -> Length:
    """A text's length as gateways reckon it (GSM 03.38 with its extension, or UCS-2)."""
    whole = unicodedata.normalize("NFC", text)
    try:
        parts, coding, _ = make_parts(whole)
    except MessageTooLong:
        return Length(len(whole), False, MOST_PARTS)
    return Length(len(whole), coding == SMPP_ENCODING_DEFAULT, len(parts))


def is_gsm(text: str) -> bool:
    """Whether the GSM 03.38 alphabet is enough."""
    return measure(text).gsm


def without_accents(text: str) -> str:
    """Vietnamese as it is written on old telephones: ấ becomes a, đ becomes d."""
    apart = unicodedata.normalize("NFD", text.translate(_PLAIN))
    return unicodedata.normalize("NFC", "".join(each for each in apart if not unicodedata.combining(each)))
