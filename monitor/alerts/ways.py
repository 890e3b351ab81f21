"""In which of their ways somebody is told: all at once where there is danger, else one after the other and not at night. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import time

from monitor.models.alerts import AlertWay
from monitor.models.incidents import Urgency

# Of a way that somebody adds: whether it is used where nobody is in danger; what rings is not.
QUIET_WAYS = frozenset({AlertWay.PUSH, AlertWay.EMAIL})
OPEN_PAGE = 0
"""Stands for the open page among the numbers of addresses."""


@dataclass(frozen=True)
class Address:
    """One way of a person."""

    id: int
    way: AlertWay
    rank: int
    also_soon: bool


def is_quiet(at: time, quiet_from: time, quiet_to: time) -> bool:
    """Whether a wall clock stands in somebody's quiet hours, which may go over midnight; equal times: there are none."""
    if quiet_from <= quiet_to:
        return quiet_from <= at < quiet_to
    return at >= quiet_from or at < quiet_to


def ways_now(addresses: Sequence[Address], urgency: Urgency, *, quiet: bool) -> list[Address]:
    """What a call to a person goes out over at once, besides the open page."""
    ordered = sorted(addresses, key=lambda each: (each.rank, each.id))
    if urgency is Urgency.DANGER:
        return ordered
    return [] if quiet else [each for each in ordered if each.also_soon][:1]


def way_after(addresses: Sequence[Address], tried: Collection[int]) -> Address | None:
    """Where nobody is in danger: the next way when those tried could not be used."""
    ordered = sorted(addresses, key=lambda each: (each.rank, each.id))
    return next((each for each in ordered if each.also_soon and each.id not in tried), None)


def ways_for_all_clear(addresses: Sequence[Address], told: Collection[int]) -> list[Address]:
    """Over what "all clear" goes to whoever was told over these: as they were told, but nobody is rung up where something else went."""
    used = [each for each in addresses if each.id in told]
    return [each for each in used if each.way is not AlertWay.VOICE] or used
