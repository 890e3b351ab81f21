"""The head movements that a page asks for, drawn from a check-in's nonce: nobody knows them before the link is there."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from itertools import pairwise, product

MOVES_ASKED = 3
NEUTRAL_MS, MOVE_MS, AFTER_MS, EVERY_MS = 1000, 1900, 700, 250
"""How long the page asks for a straight face first, then for each movement, then straight again, for who follows late;
and how often it takes a frame."""
MOST_FRAMES = 40
LONGEST_FRAME, LONGEST_BURST = 120_000, 3_000_000  # bytes


class Move(StrEnum):
    """A movement of the head, as the person sees it: their own left and right."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    NEARER = "nearer"


# No movement twice running, and a turn in each: only turning shows depth.
_ALL = tuple(
    moves
    for moves in product(Move, repeat=MOVES_ASKED)
    if all(one != other for one, other in pairwise(moves)) and {Move.LEFT, Move.RIGHT} & set(moves)
)


def challenge_of(nonce: str) -> tuple[Move, ...]:
    """The movements asked for with this nonce: three, each of the 34 sequences as likely; the same for the same nonce."""
    digest = hashlib.sha256(f"head movements/{nonce}".encode()).digest()
    return _ALL[int.from_bytes(digest) % len(_ALL)]
