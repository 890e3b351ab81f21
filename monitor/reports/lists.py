"""Whom or what a figure counted, packed into some bytes and found by their digest: the same list is the same bytes. Pure."""

from __future__ import annotations

import hashlib
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from monitor.models.daily_report import ListKind


@dataclass(frozen=True)
class Packed:
    """A list as it is stored. digest: SHA-256 in hexadecimal."""

    digest: str
    kind: ListKind
    numbers: bytes
    count: int


def pack(kind: ListKind, numbers: Iterable[int]) -> Packed:
    """Each number once, in rising order: the steps between them as four bytes each, the lowest first, deflated.

    Of people of one unit the steps are small, so that most of these bytes are zero and deflating leaves little more than one a person.
    Raises OverflowError for numbers of 4,294,967,296 and more.
    """
    rising = sorted(set(numbers))
    steps = array("I", (b - a for a, b in zip([0, *rising], rising, strict=False)))
    raw = _little(steps).tobytes()
    digest = hashlib.sha256(kind.encode() + b"\0" + raw).hexdigest()
    return Packed(digest, kind, zlib.compress(raw, 6), len(rising))


def unpack(packed: bytes) -> Sequence[int]:
    """The numbers, rising."""
    steps = array("I")
    steps.frombytes(zlib.decompress(packed))
    return list(accumulate(_little(steps)))


def _little(steps: array[int]) -> array[int]:
    """The same in the order of bytes in which they are stored, or back from it."""
    if sys.byteorder == "big":
        steps.byteswap()
    return steps
