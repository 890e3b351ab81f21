"""How days, moments and numbers are written on pages: as in documents, and what only pages need."""

from __future__ import annotations

from monitor.written import amount, day, moment, number, short_day, weekday

__all__ = ("amount", "day", "last_signs", "moment", "number", "short_day", "weekday")


def last_signs(number: str) -> str:
    """079085001234 -> …1234: enough to compare with a card, and no more."""
    return f"…{number[-4:]}" if number else ""
