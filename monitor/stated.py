"""What administrators said on screens about their installation, as this process last read it: who speaks, which number, whose clock.

One for a process, as an installation has one authority: the words of every page, message and call ask for it where they are said, so
that a change holds at once and needs no restart. `monitor/setting_up/stating.py` reads and writes what is stored.
"""

from __future__ import annotations

from dataclasses import dataclass

# The national number for health; sentences are written with it, and an authority may have a number of its own.
NATIONAL_HOTLINE = "1022"


@dataclass(frozen=True)
class Stated:
    """Empty: nothing was said. unit: "26740_2025-07-01", see `UnitKey`. language: "vi" or "en"."""

    authority: str = ""
    authority_in_english: str = ""
    unit: str = ""
    hotline: str = ""
    timezone: str = ""
    language: str = ""


class _Process:
    """What holds in this process. given_hotline: of its settings, which go before."""

    stored = Stated()
    given_hotline = ""


def stated() -> Stated:
    """What was said on screens, as last read."""
    return _Process.stored


def take(stored: Stated) -> None:
    """Let this hold from now on."""
    _Process.stored = stored


def insist(hotline: str) -> None:
    """A number that the environment or the settings file names holds whatever is stored; empty: none is named."""
    _Process.given_hotline = hotline


def hotline() -> str:
    """The number that people call for help, as it is written: 1022, 1900 9095."""
    return _Process.given_hotline or _Process.stored.hotline or NATIONAL_HOTLINE


def dialled(number: str) -> str:
    """A number as a link dials it: without spaces and dots."""
    return "".join(sign for sign in number if sign.isdigit() or sign == "+")
