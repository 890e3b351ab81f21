"""Dates of birth as cards and people give them: a day, a month or a year, and what age follows from that. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.models.people.residents import BirthPrecision
from monitor.people.pasted import plain
from monitor.problems import BadInput
from monitor.words import N_

OLDEST_YEARS = 125
_SEPARATED = re.compile(r"(?:(?:(\d{1,2})[/.\- ])?(\d{1,2})[/.\- ])?(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ]00:00(?::00)?)?")
# As in the code of a citizen card: ddmmyyyy, mmyyyy, yyyy.
_DIGITS = re.compile(r"(?:(?:(\d{2}))?(\d{2}))?(\d{4})")


@dataclass(frozen=True)
class Birth:
    """first: the first day on which they may have been born."""

    first: date
    precision: BirthPrecision = BirthPrecision.DAY

    @property
    def last(self) -> date:
        """The last day on which they may have been born."""
        if self.precision is BirthPrecision.DAY:
            return self.first
        if self.precision is BirthPrecision.YEAR:
            return date(self.first.year, 12, 31)
        return (self.first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    def written(self) -> str:
        """As a card says it: 01/02/1980, 02/1980, 1980."""
        forms: Mapping[BirthPrecision, str] = {
            BirthPrecision.DAY: "%d/%m/%Y",
            BirthPrecision.MONTH: "%m/%Y",
            BirthPrecision.YEAR: "%Y",
        }
        # strftime leaves out leading zeros of years before 1000; nobody is that old.
        return self.first.strftime(forms[self.precision])


def read_birth(typed: str, today: date) -> Birth | None:
    """A day, a month or a year, as typed, pasted or read from a card; None where nothing was given. Raises BadInput.

    02/1980 is a month, 01/02/1980 the first of February.
    """
    text = plain(typed)
    if not text:
        return None
    iso = _ISO.fullmatch(text)
    found = iso or _DIGITS.fullmatch(text) or _SEPARATED.fullmatch(text)
    if found is None:
        raise BadInput(
            N_("Write the date of birth as day/month/year, for example 05/09/1980, or only the year."), field="birth"
        )
    year, month, day = found.groups() if iso else reversed(found.groups())
    precision = BirthPrecision.DAY if day else BirthPrecision.MONTH if month else BirthPrecision.YEAR
    try:
        first = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise BadInput(N_("There is no such day: %(date)s."), field="birth", date=text) from None
    if first > today:
        raise BadInput(N_("The date of birth %(date)s lies in the future."), field="birth", date=text)
    if today.year - first.year > OLDEST_YEARS:
        raise BadInput(N_("A date of birth in %(year)s cannot be right."), field="birth", year=first.year)
    return Birth(first, precision)


def years(born: date, on: date) -> int:
    """Full years between two days."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def may_be_younger_than(age: int, birth: Birth | None, on: date) -> bool:
    """Whether somebody may not have had this birthday yet; where no date is known, nobody is taken for a child."""
    return birth is not None and years(birth.last, on) < age


def birth_of(first: date | None, precision: BirthPrecision) -> Birth | None:
    """As it stands in a row."""
    return None if first is None else Birth(first, precision)
