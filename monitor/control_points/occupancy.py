"""How many people are inside now, with how sure that is; when that is too many, and when one code is too coarse. Pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

COARSE_FROM = 50
"""People at a time behind one code: a contact of one of them would be a contact of all the others."""


@dataclass(frozen=True)
class Counted:
    """inside: scanned in and not out. long_inside: of them, those longer than people usually stay. unseen: exits since the last closing
    whose entry nobody scanned. as_of: until when scans were counted."""

    inside: int
    long_inside: int
    unseen: int
    as_of: datetime


@dataclass(frozen=True)
class Occupancy:
    """inside: certain entries less exits. least, most: between these the truth lies, as far as scans tell."""

    inside: int
    least: int
    most: int
    age: timedelta

    @property
    def exact(self) -> bool:
        """Whether nothing speaks for another number."""
        return self.least == self.most


def occupancy(counted: Counted, now: datetime) -> Occupancy:
    """Who has been inside for longer than usual may have left unseen; as many as left without an entry may have come without one."""
    return Occupancy(
        counted.inside,
        max(0, counted.inside - counted.long_inside),
        counted.inside + counted.unseen,
        max(timedelta(0), now - counted.as_of),
    )


def over_limit(inside: int, limit: int | None) -> bool:
    """Whether more people are inside than the place may hold; without a limit never."""
    return limit is not None and inside > limit


def too_coarse(points: int, most_at_once: int) -> bool:
    """Whether a place must divide its one code. points: that take people."""
    return points == 1 and most_at_once > COARSE_FROM
