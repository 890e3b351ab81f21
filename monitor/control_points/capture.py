"""Which share of the people whom a camera saw at a door was scanned there, by the hour. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

FEWEST = 10
"""Crossings of an hour below which a share says nothing."""


@dataclass(frozen=True)
class Hour:
    """What happened at doors with a camera in one hour, in both directions together. scanned: check-ins and check-outs."""

    hour: datetime
    crossed: int
    scanned: int

    @property
    def share(self) -> float | None:
        """0 to 1; None where too few came through. More scans than crossings are a camera that missed some: no more than all."""
        return None if self.crossed < FEWEST else min(1.0, self.scanned / self.crossed)

    @property
    def camera_missed(self) -> int:
        """How many more were scanned than the camera counted."""
        return max(0, self.scanned - self.crossed)


def by_hour(crossed: Mapping[datetime, int], scanned: Mapping[datetime, int]) -> tuple[Hour, ...]:
    """Hours in which the camera counted anything or was there to count, in their order. Hours that no camera has are left out: without
    a count nothing can be said of them."""
    return tuple(Hour(hour, crossed[hour], scanned.get(hour, 0)) for hour in sorted(crossed))


def together(hours: Iterable[Hour]) -> Hour | None:
    """All of them as one, with the first one's beginning; None where there are none."""
    each = list(hours)
    if not each:
        return None
    return Hour(each[0].hour, sum(one.crossed for one in each), sum(min(one.scanned, one.crossed) for one in each))
