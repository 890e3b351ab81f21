"""The newest seconds of one stream as they came, by groups that each begin with a keyframe: for looking back and for clips."""

from __future__ import annotations

from collections import deque

from cameras.streams.rtsp.units import Unit

# What a clip of an incident shows of the time before it.
KEPT_SECONDS = 16.0
# What a stream may hold in memory; a stream of more than 2 Mbit/s keeps less than KEPT_SECONDS.
MOST_BYTES = 2 * 2**20
# A group longer or larger than this is not decoded from its beginning: smart encoders have groups of minutes. What never sends another
# keyframe must not fill the memory either.
MOST_UNITS, MOST_GROUP_BYTES = 4_000, 32 * 2**20

Group = list[Unit]


class Ring:
    """Appended to by one thread; the groups it gives out are only ever appended to."""

    def __init__(self) -> None:
        self._groups: deque[Group] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0

    def add(self, unit: Unit) -> None:
        """Take the newest picture. Before the first keyframe there is nothing that could be shown, so nothing is kept."""
        if unit.is_keyframe:
            self._groups.append([unit])
            self._sizes.append(unit.size)
        elif self._groups and len(self._groups[-1]) < MOST_UNITS and self._sizes[-1] + unit.size <= MOST_GROUP_BYTES:
            self._groups[-1].append(unit)
            self._sizes[-1] += unit.size
        else:
            return
        self._bytes += unit.size
        while len(self._groups) > 2 and (self._bytes > MOST_BYTES or unit.arrived - self._groups[1][0].arrived > KEPT_SECONDS):
            self._groups.popleft()
            self._bytes -= self._sizes.popleft()

    def newest(self, back: int = 0) -> Group:
        """The newest group, or the one so many before it; empty when there is none."""
        return self._groups[-1 - back] if len(self._groups) > back else []

    def since(self, arrived: float) -> list[Group]:
        """The groups that were not over before a moment on time.monotonic, oldest first."""
        groups = list(self._groups)
        begun = [index for index, group in enumerate(groups) if group[0].arrived <= arrived]
        return groups[begun[-1] if begun else 0 :]

    def __len__(self) -> int:
        """Bytes held."""
        return self._bytes
