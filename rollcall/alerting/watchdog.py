"""Watches a service from a second machine: three signs of life missed, and people are told; well again, and they are told once more."""

from __future__ import annotations

from dataclasses import dataclass

MISSED = 3


@dataclass(frozen=True)
class Seen:
    """What the watchdog knows. missed: looks in a row that found the service not well. told: that people know."""

    missed: int = 0
    told: bool = False


@dataclass(frozen=True)
class Next:
    """seen: what is known now. tell: "down" or "up", where people are to be told; else nothing."""

    seen: Seen
    tell: str = ""


def after_look(seen: Seen, well: bool) -> Next:
    """What one look changes. Who was told that it is down is told once that it is up; a short absence is told to nobody."""
    if well:
        return Next(Seen(), "up" if seen.told else "")
    missed = seen.missed + 1
    if missed >= MISSED and not seen.told:
        return Next(Seen(missed, told=True), "down")
    return Next(Seen(missed, seen.told))


def untold(seen: Seen) -> Seen:
    """Nobody could be told that it is down: the next look tries again."""
    return Seen(seen.missed, told=False)
