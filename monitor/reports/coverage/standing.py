"""What coverage means: the share against its goal, who fell behind, and how each is told. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.words import N_, Words, words

GOAL = 0.9
"""Of smartphone users, as the directive wants it."""
FELL = 0.02
"""A share that is so much lower than a week before has fallen; less is the day's chance."""
OLD_DAYS = 180
"""A number of smartphone users that is older than this is called old."""

DEFINITION = N_(
    "Share: people who live there and have a health declaration in force, however it was made, for each 100 smartphone users there. The goal"
    " is %(goal)s %%. The number of smartphone users is the newest that was entered, with its day and source. A share above 100 %% means that"
    " more people have declared than were counted as smartphone users."
)
WHO_COUNTS = N_(
    "Where people live is what they said in their declaration. Someone who declared under two numbers may count twice; those with the same"
    " identity card count once. Anyone who named no commune, or one of another province, stands in a row of their own."
)
OF_ORGANISATIONS = N_(
    "Of an organisation those on its own list of workers count, which it sends on the page of its control point. Without a number of"
    " smartphone users the list itself is the whole. They live in communes too: the two tables are not to be added up."
)
OF_CAMERAS = N_(
    "Working: switched on, and its newest analysed picture is at most %(seconds)s seconds old. Believed: of the answers to roll-calls in the"
    " last %(days)s days that were sure, at least %(bar)s %% agreed with the camera; fewer than %(fewest)s such answers say nothing."
)


class Band(StrEnum):
    """How far a share is; each has a pattern of its own, so that nobody needs colours."""

    UNKNOWN = "unknown"
    LOW = "low"
    HALF = "half"
    NEAR = "near"
    REACHED = "reached"


BANDS: Mapping[Band, Words] = {
    Band.REACHED: words(N_("%(from_)s %% and more"), from_=90),
    Band.NEAR: words(N_("%(from_)s to %(to)s %%"), from_=75, to=90),
    Band.HALF: words(N_("%(from_)s to %(to)s %%"), from_=50, to=75),
    Band.LOW: words(N_("below %(to)s %%"), to=50),
    Band.UNKNOWN: words(N_("number of smartphone users not known")),
}


def share(covered: int | None, users: int | None) -> float | None:
    """Which share is covered; None where either is not known, or there is nobody."""
    return covered / users if covered is not None and users else None


def band(of: float | None) -> Band:
    """The band of a share."""
    if of is None:
        return Band.UNKNOWN
    if of >= GOAL:
        return Band.REACHED
    if of >= 0.75:
        return Band.NEAR
    return Band.HALF if of >= 0.5 else Band.LOW


@dataclass(frozen=True)
class Covered:
    """One unit or organisation on one day."""

    about: str
    name: str
    covered: int | None
    users: int | None
    counted_on: date | None = None
    week_ago: float | None = None
    """The share of seven days before; None: nothing was counted then."""

    @property
    def share(self) -> float | None:
        """Of smartphone users."""
        return share(self.covered, self.users)


@dataclass(frozen=True)
class Behind:
    """Who fell behind, and why. missing: people who are still to declare until the goal is reached."""

    whose: Covered
    missing: int
    fell: float | None
    """By how much the share is lower than a week before; None: it is not, or nobody knows."""


def fell_behind(rows: Iterable[Covered]) -> list[Behind]:
    """Those below the goal, or lower than a week before: first who fell most, then who is farthest from the goal, then by name."""
    found: list[Behind] = []
    for each in rows:
        now = each.share
        if now is None or not each.users:
            continue
        fell = each.week_ago - now if each.week_ago is not None and each.week_ago - now >= FELL else None
        if now < GOAL or fell is not None:
            found.append(Behind(each, max(0, _needed(each.users) - (each.covered or 0)), fell))
    return sorted(found, key=lambda each: (-(each.fell or 0), -(GOAL - (each.whose.share or 0)), each.whose.name))


def _needed(users: int) -> int:
    """How many make the goal: 90 % of 11 are 9.9, so 10."""
    return -(-users * 90 // 100)


def is_old(counted_on: date | None, today: date) -> bool:
    """Whether a number is so old that it should be counted again."""
    return counted_on is not None and (today - counted_on).days > OLD_DAYS
