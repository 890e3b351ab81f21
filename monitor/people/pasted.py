"""What people type and paste, without what nobody sees: marks of direction, no-break spaces, full-width signs. Pure decisions."""

from __future__ import annotations

import unicodedata

# How dashes and the like come out of word processors.
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−⁃﹣"), "-")


def plain(given: str) -> str:
    """The same in plain signs, in one line; accents stay."""
    if given.isascii() and given.isprintable():
        # Most of what is typed, thousands of times in a file.
        return " ".join(given.split())
    wide = unicodedata.normalize("NFKC", given).translate(_DASHES)
    # Of the kind Cf are U+200E, U+202A to U+202E, U+FEFF, soft hyphens and their like.
    return " ".join("".join(sign for sign in wide if unicodedata.category(sign) != "Cf").split())


def named(sign: str) -> str:
    """A sign as it is named to whoever typed it, to stand in a sentence."""
    return f"“{sign}”" if sign.isprintable() else f"U+{ord(sign):04X}"
