"""The gate: packet sizes alone tell that something moves, without decoding anything."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Half a second holds enough packets to even out the encoder's habits, and is soon enough.
BIN_SECONDS = 0.5
# A pause this long is a new connection: the unfinished bin is dropped, the baseline kept.
GAP_SECONDS = 5.0
# Bins that make the first baseline; until then nothing fires.
WARM_UP_BINS = 12
# Headers and empty slices, in bytes a packet: keeps ratios of next to nothing from looking like motion.
HEADER_BYTES = 32
# Measured (1920x1080, H.264): 5.8 kB/s when still, 11 to 107 kB/s when somebody walks. Half again as much is something.
LEAST_RATIO = 1.5
# However uneven a stream is, so much more is looked at: else motion that comes often would pass for unevenness. A needless look
# costs a few decoded packets, and the keyframes have the second word.
SURE_RATIO = 2.2
# How many usual deviations above the baseline count as motion, and the least deviation, in natural logarithms. Only deviations
# upwards are learnt: the packets just after a keyframe are often half as large, which says nothing about motion.
DEVIATIONS, LEAST_DEVIATION = 4.0, 0.06
# Steps of the running median for each bin, in natural logarithms. A stream that was first seen moving calms down in a minute. While
# fired it rises by 0.12 a minute: a doubling is forgotten after two to three minutes, a tenfold after a quarter of an hour.
STEP, STEP_FIRED = 0.012, 0.001
DEVIATION_RATE = 0.04


@dataclass(frozen=True)
class GateReading:
    """The last finished bin. True in a condition when it fired.

    bytes_per_packet: mean of its non-key packets; ratio: that over the baseline (1 is quiet; 1 until there is a baseline).
    """

    fired: bool
    bytes_per_packet: float
    ratio: float

    def __bool__(self) -> bool:
        return self.fired


class PacketGate:
    """Fires while non-key packets are larger than this stream's own usual; constant work and memory for each packet."""

    def __init__(self) -> None:
        self._bin_start: float | None = None
        self._newest = 0.0
        self._bytes = self._packets = 0
        self._first: list[float] = []
        self._baseline: float | None = None
        self._deviation = LEAST_DEVIATION
        self._reading = GateReading(False, 0.0, 1.0)

    def feed(self, size_bytes: int, is_keyframe: bool, time_s: float) -> GateReading:
        """Take one packet; the reading of the last finished bin.

        time_s: when it arrived or is shown, in seconds from any start that does not jump; after a jump (backwards, or more
        than GAP_SECONDS forward) a new bin begins.
        """
        start = self._bin_start
        if start is None or time_s < start or time_s - self._newest > GAP_SECONDS:
            self._open_bin(time_s)
        elif time_s - start >= BIN_SECONDS:
            if self._packets:
                self._reading = self._judge(self._bytes / self._packets)
            self._open_bin(time_s)
        self._newest = time_s
        if not is_keyframe:
            self._bytes += size_bytes
            self._packets += 1
        return self._reading

    def _open_bin(self, time_s: float) -> None:
        self._bin_start = time_s
        self._bytes = self._packets = 0

    def _judge(self, bytes_per_packet: float) -> GateReading:
        level = math.log(bytes_per_packet + HEADER_BYTES)
        if self._baseline is None:
            self._first.append(level)
            if len(self._first) >= WARM_UP_BINS:
                self._begin(sorted(self._first))
            return GateReading(False, bytes_per_packet, 1.0)
        above = level - self._baseline
        fired = above > min(math.log(SURE_RATIO), max(math.log(LEAST_RATIO), DEVIATIONS * self._deviation))
        if fired:
            self._baseline += STEP_FIRED
        elif above > 0:
            self._baseline += STEP
            # One odd bin counts for no more than three usual ones.
            seen = min(above, 3 * self._deviation)
            self._deviation = max(LEAST_DEVIATION, self._deviation + DEVIATION_RATE * (seen - self._deviation))
        else:
            self._baseline -= STEP
        return GateReading(fired, bytes_per_packet, math.exp(above))

    def _begin(self, levels: list[float]) -> None:
        """Baseline and deviation from the sorted levels of the warm-up: its median, and how far above the upper quarter begins."""
        self._baseline = levels[len(levels) // 2]
        self._deviation = max(LEAST_DEVIATION, levels[len(levels) * 3 // 4] - self._baseline)
        self._first.clear()
