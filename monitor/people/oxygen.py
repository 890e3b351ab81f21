"""Oxygen saturation (SpO₂) in whole per cent: what a finger clip shows, what is low, and how people type it."""

from __future__ import annotations

import re

from monitor.problems import BadInput
from monitor.words import N_

LOWEST, HIGHEST = 50, 100
"""What a finger clip shows of somebody who can still answer."""
LOW = 97
_TYPED = re.compile(r"(\d{2,3})\s*%?")


def is_possible(percent: int) -> bool:
    """Whether a finger clip shows it."""
    return LOWEST <= percent <= HIGHEST


def is_low(percent: int | None) -> bool:
    """Whether it tells of illness; how urgent that is, the table of triage says. One that was not measured tells nothing."""
    return percent is not None and percent < LOW


def check_oxygen(percent: int | None) -> None:
    """Raise BadInput for what no finger clip shows."""
    if percent is not None and not is_possible(percent):
        raise _impossible()


def read_oxygen(typed: str) -> int | None:
    """What somebody typed: "96", "96 %"; None for nothing. Raises BadInput for what is no number or what no finger clip shows."""
    typed = typed.strip()
    if not typed:
        return None
    found = _TYPED.fullmatch(typed)
    if found is None:
        raise _impossible()
    percent = int(found[1])
    check_oxygen(percent)
    return percent


def _impossible() -> BadInput:
    return BadInput(
        N_("Enter the oxygen saturation (SpO₂) from %(low)s to %(high)s, for example 97, or leave it empty."),
        field="spo2",
        low=LOWEST,
        high=HIGHEST,
    )
