"""Codes that people read from a screen or paper and type: letters that are not mistaken for one another."""

from __future__ import annotations

import hashlib
import secrets

# Crockford's base 32: without I, L, O and U.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code(letters: int) -> str:
    """Random letters, five bits each."""
    return "".join(secrets.choice(LETTERS) for _ in range(letters))


def grouped(code: str, size: int) -> str:
    """As it is shown: ABCD-EFGH."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def plain(typed: str) -> str:
    """What somebody typed, as it was made: without spaces and dashes, O as 0. Letters that no code has make it empty."""
    code = "".join(letter for letter in typed.upper() if letter not in " -‐–—\t\r\n").translate(_MEANT)
    return code if all(letter in LETTERS for letter in code) else ""


def digest(secret: str) -> str:
    """As it is stored. Only for secrets of 112 random bits or more: a plain hash makes a stolen table useless for those alone."""
    return hashlib.sha256(secret.encode()).hexdigest()
