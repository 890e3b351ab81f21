"""How long something lasted and when it was, as pages about our own faults say it."""

from __future__ import annotations

from datetime import datetime

from flask_babel import get_locale

from monitor.words import N_, Words, words
from web.shared import written
from web.shared.parts import parts


def how_far(seconds: float) -> Words:
    """A length of time, in the largest unit that tells it well."""
    length = abs(seconds)
    for unit, template in ((86400, N_("%(count)s days")), (3600, N_("%(count)s hours")), (60, N_("%(count)s minutes"))):
        if length >= 2 * unit:
            return words(template, count=round(length / unit))
    return words(N_("%(count)s seconds"), count=round(length))


def spelt(at: datetime) -> str:
    """A moment with its year: a clock can be wrong by one."""
    return written.moment(at.astimezone(parts().settings.zone), str(get_locale()), year=True)
