"""A person's temperature in degrees Celsius: what a thermometer shows, what is a fever, and how people type it."""

from __future__ import annotations

import re

from monitor.problems import BadInput
from monitor.words import N_

COLDEST, HOTTEST = 34.0, 43.0
"""What a person can have and a thermometer shows."""
FEVER = 38.0
_TYPED = re.compile(r"\d{2}([.,]\d{1,2})?")


def is_possible(degrees: float) -> bool:
    """Whether a living person can have it."""
    return COLDEST <= degrees <= HOTTEST


def is_fever(degrees: float | None) -> bool:
    """Whether it tells of illness; one that was not measured tells nothing."""
    return degrees is not None and degrees >= FEVER


def check_temperature(degrees: float | None) -> None:
    """Raise BadInput for what nobody can have."""
    if degrees is not None and not is_possible(degrees):
        raise _impossible()


def read_temperature(typed: str) -> float | None:
    """What somebody typed: "37,2", "38"; None for nothing. Raises BadInput for what is no number or what nobody can have."""
    typed = typed.strip()
    if not typed:
        return None
    if not _TYPED.fullmatch(typed):
        raise _impossible()
    degrees = float(typed.replace(",", "."))
    check_temperature(degrees)
    return degrees


def _impossible() -> BadInput:
    return BadInput(
        N_("Enter a temperature from %(low)s to %(high)s °C, for example 37.2, or leave it empty."),
        field="temperature",
        low=f"{COLDEST:g}",
        high=f"{HOTTEST:g}",
    )
