"""The code word of a check-in: four digits in its message, which tell that whoever answers by text has read it."""

from __future__ import annotations

import hashlib

LENGTH = 4
# Smaller ones look like a year, or like the hotline 1022.
LOWEST = 3000


def code_of(nonce: str) -> str:
    """The code word that belongs to a check-in's nonce; the nonce cannot be told from it."""
    number = int.from_bytes(hashlib.sha256(b"code word " + nonce.encode()).digest()[:8])
    return str(LOWEST + number % (10**LENGTH - LOWEST))
