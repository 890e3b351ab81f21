"""Where a phone's identifiers stand in another phone's log: in their quarter of an hour or beside it, and how long that was. Pure.

Rows are samples and no minutes: the app listens 40 of every 300 seconds. So cycles with a row loud enough are counted, each as 5 minutes.
Loudness says nothing of metres, and nothing here does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.contacts.bluezone.format import System
from monitor.contacts.bluezone.identifiers import SLOT_S, DailyKey, identifiers, slots

CYCLE_S = 300
"""The app listens once in each."""
LONGEST_GAP = 2
"""Cycles without a row, ten minutes, that end no encounter."""
_A, _I = System.ANDROID, System.IPHONE
LOUD: Mapping[tuple[System, System], int] = MappingProxyType({(_A, _A): -86, (_A, _I): -69, (_I, _A): -88, (_I, _I): -74})
"""dBm from which a row counts, by the phone that heard and the one that was heard. Source: the configuration that the app came with."""
QUIETEST = min(LOUD.values())
"""Where a system is unknown: better a person looks at one too many."""


@dataclass(frozen=True)
class Found:
    """Rows of a log that a key explains. time: seconds since 1970; rssi: dBm; beside: whether it was the slot before or after; all shape (n,).

    elsewhen: rows with such an identifier at quite another time, which are no encounter: somebody repeated what they had heard.
    """

    time: NDArray[np.int64]
    rssi: NDArray[np.int64]
    beside: NDArray[np.bool_]
    elsewhen: int


@dataclass(frozen=True)
class Encounter:
    """One stretch of time. minutes: estimated; 0: heard, never loud enough. beside: some rows needed the slot beside their own."""

    start: int
    end: int
    minutes: int
    cycles: int
    rows: int
    best: int
    median: float
    beside: bool


class Heard:
    """A log made ready for many keys: sorted by the first 8 bytes of its identifiers."""

    def __init__(self, rows: NDArray[Any]) -> None:
        """rows: of `format.ROW`."""
        contact = np.ascontiguousarray(rows["contact"])
        self._first, self._rest = _split(contact)
        order = np.argsort(self._first, kind="stable")
        self._first, self._rest = self._first[order], self._rest[order]
        self._time, self._rssi = rows["time"][order].astype(np.int64), rows["rssi"][order].astype(np.int64)

    def of(self, key: DailyKey) -> Found:
        """The rows that a key explains, by time."""
        first, rest = _split(np.ascontiguousarray(identifiers(key)))
        begins = slots(key)
        low = np.searchsorted(self._first, first, "left")
        # Nearly all identifiers stand nowhere in the log.
        there = (
            np.flatnonzero((low < len(self._first)) & (self._first[np.minimum(low, len(self._first) - 1)] == first))
            if len(self._first)
            else np.zeros(0, np.int64)
        )
        hits: list[tuple[int, int]] = []
        for each in there.tolist():
            high = int(np.searchsorted(self._first, first[each], "right"))
            hits += [(each, row) for row in range(int(low[each]), high) if self._rest[row] == rest[each]]
        which = np.array(hits, np.int64).reshape(-1, 2)
        begun, time = begins[which[:, 0]], self._time[which[:, 1]]
        # Both ends of a slot belong to it, as in the app.
        inside = (time >= begun) & (time <= begun + SLOT_S)
        near = (time >= begun - SLOT_S) & (time <= begun + 2 * SLOT_S)
        # Only of the time that the key is given for.
        asked = (time >= key.since) & (time <= key.until)
        kept = near & asked
        order = np.argsort(time[kept], kind="stable")
        return Found(
            time[kept][order],
            self._rssi[which[:, 1]][kept][order],
            ~inside[kept][order],
            int(np.count_nonzero(asked & ~near)),
        )


def _split(contact: NDArray[Any]) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    whole = contact.reshape(-1, 12)
    first = np.ascontiguousarray(whole[:, :8]).view(np.uint64).reshape(-1)
    return first, np.ascontiguousarray(whole[:, 8:]).view(np.uint32).reshape(-1)


def loud_from(heard_by: System | None, heard: System | None) -> int:
    """dBm from which a row counts between two phones."""
    return LOUD[heard_by, heard] if heard_by is not None and heard is not None else QUIETEST


def encounters(found: Found, loud: int) -> list[Encounter]:
    """Stretches of time with rows, apart where more than ten minutes lie between two cycles. loud: dBm, of `loud_from`."""
    return [_encounter(found, run, loud) for run in _runs(found.time // CYCLE_S)]


def _runs(cycles: NDArray[np.int64]) -> Iterator[slice]:
    if not len(cycles):
        return
    cuts = np.flatnonzero(np.diff(cycles) > LONGEST_GAP + 1) + 1
    edges = [0, *cuts.tolist(), len(cycles)]
    for begin, end in pairwise(edges):
        yield slice(begin, end)


def _encounter(found: Found, run: slice, loud: int) -> Encounter:
    time, rssi = found.time[run], found.rssi[run]
    cycles = np.unique(time[rssi >= loud] // CYCLE_S)
    minutes = sum(int(cycles[each][-1] - cycles[each][0] + 1) * CYCLE_S // 60 for each in _runs(cycles))
    return Encounter(
        start=int(time[0]),
        end=int(time[-1]),
        minutes=minutes,
        cycles=len(cycles),
        rows=len(time),
        best=int(rssi.max()),
        median=float(np.median(rssi)),
        beside=bool(found.beside[run].any()),
    )
