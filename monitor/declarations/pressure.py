"""What is asked of whoever declares while very many do. Pure decisions; why they are so stands in documentation/decisions/declarations.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WINDOW_S = 600
"""In which declarations from one address are counted."""
OF_ONE_CALLER = 60
"""Taken at once from one address within the window: a ward's people behind one address, or a guard's telephone line."""
KEPT_OF_ONE_CALLER = 600
"""Kept within it, to be confirmed; above it one a second, so that a machine fills no disk."""
AT_MOST_A_SECOND = 1


class Step(StrEnum):
    """What follows of a declaration that was sent."""

    AT_ONCE = "at_once"
    ONE_MORE = "one_more"
    """It is kept, and counts as soon as its person confirmed it."""
    LATER = "later"
    """Nothing was kept: the page says so, holds what was typed, and has a button to send it again."""


@dataclass(frozen=True)
class Load:
    """How many came, this one included. by_caller: from this address in the window; in_second: from it in this second.

    in_minute: of people who declared for the first time, from all addresses, in this minute.
    """

    by_caller: int
    in_second: int
    in_minute: int


def step_of(load: Load, *, known: bool, a_minute: int) -> Step:
    """known: staff enter it, or this phone holds the key of somebody whose declarations count already. a_minute: how many first ones
    a minute are nothing out of the ordinary here."""
    if known:
        return Step.AT_ONCE
    if load.by_caller > KEPT_OF_ONE_CALLER and load.in_second > AT_MOST_A_SECOND:
        return Step.LATER
    if load.by_caller > OF_ONE_CALLER or load.in_minute > a_minute:
        return Step.ONE_MORE
    return Step.AT_ONCE
