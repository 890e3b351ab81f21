"""What staff fill in for letters, read field by field, kept as JSON and read again. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from monitor.clock import read_day
from monitor.letters.content import Given
from monitor.models.people.letters import LetterKind
from monitor.people.pasted import plain
from monitor.problems import BadInput
from monitor.words import N_

# Names of fields -> how long a line may be.
LINES = {"issuer": 200, "parent": 200, "number": 60, "place": 100, "signer_role": 200, "signer_name": 120}
MOST_BASES, LONGEST_BASIS = 8, 300
MOST_RECIPIENTS, LONGEST_RECIPIENT = 10, 150
MOST_CLOSING, LONGEST_CLOSING = 10, 600


def read_kind(typed: str) -> LetterKind:
    """A kind of letter. Raises BadInput."""
    with suppress(ValueError):
        return LetterKind(typed)
    raise BadInput(N_("Choose what the letter is about."), field="kind")


def read_given(typed: Mapping[str, str]) -> Given:
    """What a form says. What is left empty stays empty: what is missing is told by `missing_of_given`. Raises BadInput."""
    lines = {name: _line(typed.get(name, ""), name, most) for name, most in LINES.items()}
    return Given(
        **lines,
        day=_day(typed.get("day", "")),
        basis="\n".join(_lines(typed.get("basis", ""), "basis", MOST_BASES, LONGEST_BASIS)),
        recipients=_lines(typed.get("recipients", ""), "recipients", MOST_RECIPIENTS, LONGEST_RECIPIENT),
        closing=_lines(typed.get("closing", ""), "closing", MOST_CLOSING, LONGEST_CLOSING),
        english=typed.get("english") == "yes",
    )


def dumped(given: Given) -> dict[str, Any]:
    """As a batch keeps it."""
    return {
        **{name: getattr(given, name) for name in LINES},
        "day": given.day.isoformat() if given.day else "",
        "basis": given.basis,
        "recipients": list(given.recipients),
        "closing": list(given.closing),
        "english": given.english,
    }


def loaded(kept: Mapping[str, Any]) -> Given:
    """What `dumped` kept."""
    return Given(
        **{name: kept[name] for name in LINES},
        day=date.fromisoformat(kept["day"]) if kept["day"] else None,
        basis=kept["basis"],
        recipients=tuple(kept["recipients"]),
        closing=tuple(kept["closing"]),
        english=kept["english"],
    )


def _line(typed: str, field: str, most: int) -> str:
    line = plain(typed)
    if len(line) > most:
        raise BadInput(N_("This is too long: at most %(most)s letters."), most=most, field=field)
    return line


def _lines(typed: str, field: str, most: int, longest: int) -> tuple[str, ...]:
    lines = tuple(line for line in (_line(each, field, longest) for each in typed.splitlines()[: 10 * most]) if line)
    if len(lines) > most:
        raise BadInput(N_("These are too many lines: at most %(most)s."), most=most, field=field)
    return lines


def _day(typed: str) -> date | None:
    if not typed.strip():
        return None
    with suppress(ValueError):
        day = read_day(plain(typed))
        if 2000 <= day.year <= 2100:
            return day
    raise BadInput(N_("Write the day of the letter as day/month/year, for example 24/11/2026."), field="day")
