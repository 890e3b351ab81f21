"""Bluezone's exported contact log, read as it comes: rows of two identifiers, a signal strength and a time. Pure; bounded memory.

A row is `own identifier, contact's identifier, RSSI in dBm, time`, between tabs, identifiers in hexadecimal. iPhones write seconds, Android
phones milliseconds. Identifiers of version 1 have 6 bytes and never change. Rows of Bluetooth Classic have no contact's identifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.contacts.bluezone.identifiers import DAY_S, IDENTIFIER_BYTES, MOST_DAYS, SLOT_S
from monitor.problems import BadInput
from monitor.words import N_

MOST_BYTES = 200 * 2**20
MOST_ROWS = 500_000
"""Five times what the app keeps."""
ROW = np.dtype([("time", "<u4"), ("rssi", "i1"), ("contact", "u1", (IDENTIFIER_BYTES,))])
_LONGEST = 120
"""Bytes of a row: two identifiers, two numbers, and room."""
_FIRST_MS = 10**11
"""Times below are seconds: as milliseconds they would be of 1973."""
_TRIED = 50
"""Rows by which a file of something else is known, before all of it has come."""
_OLD_HEX, _HEX = 12, 24


class System(StrEnum):
    """What a phone runs, by the unit in which it writes times."""

    ANDROID = "android"
    IPHONE = "iphone"


@dataclass(frozen=True)
class Log:
    """rows: `ROW`, by time. system: of the phone that wrote it. fixed: of 6 bytes, which follow from no key. nameless: without contact's
    identifier. broken: that could not be read. old: from more days ago than are looked at. own: identifiers of the phone itself.
    """

    rows: NDArray[Any]
    system: System | None
    own: int
    fixed: int
    nameless: int
    broken: int
    old: int

    @property
    def days(self) -> int:
        """Days by UTC on which something was met."""
        return len(np.unique(self.rows["time"] // DAY_S))

    @property
    def identifiers(self) -> int:
        """How many different identifiers were met."""
        return len(np.unique(self.rows["contact"], axis=0)) if len(self.rows) else 0


class OtherFile(BadInput):
    """A file that Bluezone did not write."""


class ClockWrong(BadInput):
    """The phone's clock is so wrong that nothing can be matched by its times."""


def read_log(chunks: Iterable[bytes], now: int) -> Log:
    """Read a log as it comes. now: seconds since 1970, by our clock. Raises BadInput: nothing of such a file is kept."""
    reader = _Reader(now)
    for line in _lines(chunks):
        reader.take(line)
    return reader.log()


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends, the last one too; a line longer than any row comes as its beginning. Raises BadInput."""
    rest, size = b"", 0
    for chunk in chunks:
        size += len(chunk)
        if size > MOST_BYTES:
            raise BadInput(
                N_("This file is larger than %(most)s MB: no contact log is. Choose the file data_trace.txt."),
                most=MOST_BYTES // 2**20,
            )
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > _LONGEST:
            # Kept short, so that a file without any line end costs no more than its pieces.
            rest = rest[: _LONGEST + 1]
    if rest:
        yield rest


class _Reader:
    def __init__(self, now: int) -> None:
        self._now, self._since = now, now - MOST_DAYS * DAY_S
        self._packed = bytearray()
        self._own: set[bytes] = set()
        self._seconds = self._milliseconds = 0
        self._fixed = self._nameless = self._broken = self._old = self._ahead = 0
        self._read = 0

    def take(self, line: bytes) -> None:
        line = line.rstrip(b"\r")
        if not line:
            return
        if b"base_id" in line.lower():
            raise BadInput(
                N_(
                    "This file holds the base identifier of the phone, which gives away everywhere it has been. It is never taken."
                )
            )
        self._read += 1
        if not self._understood(line):
            self._broken += 1
        if self._read == _TRIED and self._broken * 2 > self._read:
            raise _other_file()
        if self._read > MOST_ROWS:
            raise BadInput(N_("This log has more than %(most)s rows, which no phone keeps."), most=MOST_ROWS)

    def _understood(self, line: bytes) -> bool:
        cells = line.split(b"\t") if len(line) <= _LONGEST else ()
        if len(cells) != 4:
            return False
        try:
            own, contact = bytes.fromhex(cells[0].decode()), bytes.fromhex(cells[1].decode())
            rssi, time = int(cells[2]), int(cells[3])
        except ValueError:
            return False
        if len(own) not in (0, 6, IDENTIFIER_BYTES) or len(contact) not in (0, 6, IDENTIFIER_BYTES):
            return False
        if not -128 <= rssi <= 127 or not 0 < time < 10**14:
            return False
        if time < _FIRST_MS:
            self._seconds += 1
        else:
            time //= 1000
            self._milliseconds += 1
        self._own.add(own)
        if time > self._now + SLOT_S:
            self._ahead += 1
        elif not contact:
            self._nameless += 1
        elif len(contact) == 6:
            self._fixed += 1
        elif time < self._since:
            self._old += 1
        else:
            self._packed += time.to_bytes(4, "little") + rssi.to_bytes(1, "little", signed=True) + contact
        return True

    def log(self) -> Log:
        if self._broken * 2 > self._read or not self._read:
            raise _other_file()
        if self._ahead:
            raise ClockWrong(
                N_(
                    "This log has times that are still to come: the clock of that phone is wrong, and nothing can be matched by it. Please"
                    " tell the health staff who gave you the code; they will ask you instead."
                )
            )
        rows = np.frombuffer(bytes(self._packed), ROW)
        system = None
        if self._seconds or self._milliseconds:
            system = System.IPHONE if self._seconds > self._milliseconds else System.ANDROID
        return Log(
            rows=rows[np.argsort(rows["time"], kind="stable")],
            system=system,
            own=len(self._own - {b""}),
            fixed=self._fixed,
            nameless=self._nameless,
            broken=self._broken,
            old=self._old,
        )


def _other_file() -> OtherFile:
    return OtherFile(
        N_("This is not a contact log of Bluezone. Choose the file data_trace.txt that the app made when you exported its log.")
    )


def pack(rows: NDArray[Any]) -> bytes:
    """Rows as they are kept until they were matched."""
    return rows.tobytes()


def unpack(stored: bytes) -> NDArray[Any]:
    """What `pack` made."""
    return np.frombuffer(stored, ROW)
