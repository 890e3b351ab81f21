"""How long something has lasted, as sentences say it: whole hours, or minutes where it is less than one."""

from __future__ import annotations

from datetime import timedelta

from monitor.words import N_, Words, words

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def so_long(lasted: timedelta) -> Words:
    """3 hours; 45 minutes."""
    hours = lasted // HOUR
    if hours == 1:
        return words(N_("1 hour"))
    if hours:
        return words(N_("%(hours)s hours"), hours=hours)
    return words(N_("%(minutes)s minutes"), minutes=lasted // MINUTE)
