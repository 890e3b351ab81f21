"""The identifiers that a Bluezone phone sent, from its key of a day: a chain of SHA-256, one identifier each 15 minutes. Pure.

Keys follow from the one before, so a day's key gives every later identifier of that phone, and no earlier one. The phone's base
identifier gives all of them since the app was installed: it is never taken here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.problems import BadInput
from monitor.words import N_

DAY_S = 86_400
SLOT_S = 900
MOST_A_DAY = DAY_S // SLOT_S
MOST_DAYS = 21
"""Longer than any contact rule looks back; whoever asks for more costs us time and learns nothing."""
KEY_BYTES = 32
IDENTIFIER_BYTES = 12
_OF_SUBKEY = b"bluzonesubkey"  # as the app spells it
_TAKEN = (0, 4, 8, 12, *range(16, 32, 2))


@dataclass(frozen=True)
class DailyKey:
    """A phone's key of the day that `since` lies in. since, until: seconds since 1970. a_day: identifiers of each day."""

    key: bytes
    since: int
    until: int
    a_day: int = MOST_A_DAY

    @property
    def first_day(self) -> int:
        """Days since 1970 until the key's own day, by UTC as the app counts."""
        return self.since // DAY_S

    @property
    def days(self) -> int:
        """How many days it is asked for, the first included."""
        return (self.until - 1) // DAY_S - self.first_day + 1


def daily_key(key: object, since: object, until: object, a_day: object = MOST_A_DAY) -> DailyKey:
    """A key as a phone or a list names it: 32 bytes as hex or base64, times in seconds. Raises BadInput."""
    read = _key_bytes(key)
    if read is None:
        raise BadInput(N_("This is not a day’s key of Bluezone: it has 32 bytes, written in 64 digits."))
    begun, ended, many = _whole(since), _whole(until), _whole(a_day)
    if begun is None or ended is None or not 0 < begun < ended < 2**32:
        raise BadInput(N_("The key of Bluezone names no days, or a time that ends before it begins."))
    if many is None or not 0 < many <= MOST_A_DAY:
        raise BadInput(N_("A phone has at most %(most)s identifiers a day."), most=MOST_A_DAY)
    if ended - begun > MOST_DAYS * DAY_S:
        raise BadInput(N_("A key of Bluezone is taken for %(days)s days at most."), days=MOST_DAYS)
    return DailyKey(read, begun, ended, many)


def _key_bytes(key: object) -> bytes | None:
    if not isinstance(key, str) or len(key) > 2 * KEY_BYTES:
        return None
    try:
        read = bytes.fromhex(key) if len(key) == 2 * KEY_BYTES else base64.b64decode(key, validate=True)
    except (ValueError, binascii.Error):
        return None
    return read if len(read) == KEY_BYTES else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def day_keys(key: bytes, days: int) -> Iterator[bytes]:
    """The key of each day, the first included."""
    for _ in range(days):
        yield key
        key = sha256(key).digest()


def identifiers(key: DailyKey) -> NDArray[Any]:
    """Every identifier of a key's days: uint8, shape (days × a_day, 12), in the order of their time."""
    subkeys: list[bytes] = []
    add, digest = subkeys.append, sha256
    for day in day_keys(key.key, key.days):
        subkey = digest(day + _OF_SUBKEY).digest()
        add(subkey)
        for _ in range(key.a_day - 1):
            subkey = digest(subkey).digest()
            add(subkey)
    return np.frombuffer(b"".join(subkeys), np.uint8).reshape(-1, KEY_BYTES)[:, _TAKEN]


def slots(key: DailyKey) -> NDArray[np.int64]:
    """When each of `identifiers` was sent from: seconds since 1970, shape (days × a_day,)."""
    days = np.arange(key.first_day, key.first_day + key.days, dtype=np.int64) * DAY_S
    return (days[:, None] + np.arange(key.a_day, dtype=np.int64) * (DAY_S // key.a_day)).reshape(-1)
