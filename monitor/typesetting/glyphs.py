"""Which signs the font of our documents has: a document never shows an empty box where somebody's name has a letter. Pure decisions."""

from __future__ import annotations

import unicodedata

# Line ends, and signs that the font has in each of its cuts, of the scripts that names are written in; a test compares.
WRITABLE = (
    (0x0A, 0x0A),
    (0x20, 0x7E),
    (0xA0, 0x24F),
    (0x300, 0x36F),
    (0x400, 0x52F),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x2030, 0x203A),
    (0x20AB, 0x20AB),
    (0x2116, 0x2116),
)
MOST_NAMED = 5
_INSTEAD = "?"


def unwritable(text: str) -> list[str]:
    """The signs of a text that the font does not have, each once, a few of them."""
    signs = dict.fromkeys(unicodedata.normalize("NFC", text))
    return [sign for sign in signs if not _has(sign)][:MOST_NAMED]


def written(text: str) -> str:
    """A text as it can be set: composed, and a question mark for each sign that the font does not have."""
    return "".join(sign if _has(sign) else _INSTEAD for sign in unicodedata.normalize("NFC", text))


def _has(sign: str) -> bool:
    return any(first <= ord(sign) <= last for first, last in WRITABLE)
