"""How days, moments and numbers are written for people, in each language."""

from __future__ import annotations

from datetime import date, datetime

from babel import dates, numbers

from monitor.words import number as number_in
from monitor.words import translator


def day(of: date, language: str) -> str:
    """26/11/2026; in English 26 November 2026."""
    return f"{of:%d/%m/%Y}" if language == "vi" else str(dates.format_date(of, "d MMMM y", locale=language))


def short_day(of: date, language: str) -> str:
    """26/11; in English 26 Nov: where the year is clear."""
    return f"{of:%d/%m}" if language == "vi" else str(dates.format_date(of, "d MMM", locale=language))


def weekday(of: date, language: str) -> str:
    """Thứ Năm, 26/11/2026; in English Thursday, 26 November 2026."""
    name = str(dates.format_date(of, "EEEE", locale=language))
    return f"{name[0].upper()}{name[1:]}, {day(of, language)}"


def moment(local: datetime, language: str, *, year: bool = True) -> str:
    """14:05 26/11/2026; in English 14:05, 26 November 2026. local: on the wall clock that is meant."""
    if language == "vi":
        return f"{local:%H:%M %d/%m/%Y}" if year else f"{local:%H:%M %d/%m}"
    return f"{local:%H:%M}, {day(local.date(), language) if year else dates.format_date(local, 'd MMMM', locale=language)}"


def number(value: float, language: str, places: int | None = None) -> str:
    """37,2; in English 37.2. places: decimals, as `monitor.words.number` takes them."""
    return number_in(value, translator(language), places)


def amount(count: int, language: str) -> str:
    """1.234; in English 1,234."""
    return str(count) if abs(count) < 1000 else str(numbers.format_decimal(count, locale=language))


def share(of: float, language: str) -> str:
    """92,5%; in English 92.5%. of: from 0 to 1."""
    return f"{number(of * 100, language, 0 if of in (0, 1) else 1)}%"
