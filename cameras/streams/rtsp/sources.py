"""Which of several senders on one channel is the stream: a session that died may go on sending, and some cameras are another at each group."""

from __future__ import annotations

from collections.abc import Sequence

from cameras.streams.rtsp.even_times import EvenTimes
from cameras.streams.rtsp.units import Assembler, Unit

# So many pictures in a row, from a keyframe on, while the one that was read sends nothing: then it is the other one.
ENOUGH = 3
_MOST_OTHERS = 3
# Packets of others before the one that the camera had named is not waited for any longer.
_WAITED_FOR = 50


class Sources:
    """Takes the RTP packets of a channel and gives out one stream's pictures, their times made even.

    named: the source (SSRC, RFC 3550) that the camera said it would be, or None.
    """

    def __init__(self, codec: str, clock_rate: int, named: int | None = None) -> None:
        self._codec, self._clock_rate = codec, clock_rate
        self._source, self._assembler = named, Assembler(codec, clock_rate)
        self._named, self._waited = named is not None, 0
        self._others: dict[int, tuple[Assembler, list[Unit]]] = {}
        self._times = EvenTimes()
        self._lost_before = 0

    @property
    def lost(self) -> int:
        """RTP packets of the stream that never came, by their numbers."""
        return self._lost_before + self._assembler.lost

    def take(self, source: int, marker: bool, sequence: int, stamp: int, payload: bytes, arrived: float) -> Sequence[Unit]:
        """Take one RTP packet; returns the pictures that it completes. Raises EndlessPicture."""
        if source != self._source:
            if self._source is None:
                self._source = source
            else:
                return self._of_other(source, marker, sequence, stamp, payload, arrived)
        self._named = False
        for _, held in self._others.values():
            held.clear()
        units = self._assembler.take(marker, sequence, stamp, payload, arrived)
        for unit in units:
            unit.time_s = self._times.at(unit.time_s, unit.arrived)
        return units

    def _of_other(self, source: int, marker: bool, sequence: int, stamp: int, payload: bytes, arrived: float) -> Sequence[Unit]:
        if self._named:
            self._waited += 1
            if self._waited > _WAITED_FOR:
                # The one that was named never came.
                self._source, self._named = None, False
                return self.take(source, marker, sequence, stamp, payload, arrived)
        if source not in self._others:
            if len(self._others) >= _MOST_OTHERS:
                self._others.pop(next(iter(self._others)))
            self._others[source] = Assembler(self._codec, self._clock_rate), []
        assembler, held = self._others[source]
        for unit in assembler.take(marker, sequence, stamp, payload, arrived):
            if unit.is_keyframe:
                held.clear()
            if unit.is_keyframe or held:
                held.append(unit)
        if len(held) < ENOUGH:
            return ()
        self._lost_before += self._assembler.lost
        self._source, self._assembler = source, assembler
        del self._others[source]
        for place, unit in enumerate(held):
            unit.time_s = self._times.at(unit.time_s, unit.arrived, anew=place == 0)
        return held
