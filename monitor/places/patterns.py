"""Names of many rooms from a short pattern: 101-120, A1..A12, T1-P01..T1-P20, several of them with commas between."""

from __future__ import annotations

import re
import unicodedata

from monitor.problems import BadInput
from monitor.words import N_

MOST_AT_ONCE = 500
LONGEST_NAME = 120
_BETWEEN = re.compile(r"[,;\n]")
_END = re.compile(r"(.*?)([0-9]{1,9})")


def room_name(typed: str) -> str:
    """A room's name as it is kept: letters put together, spaces single. Raises BadInput."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if not name:
        raise BadInput(N_("Give the room a name."), field="name")
    if any(unicodedata.category(letter).startswith("C") for letter in name):
        raise BadInput(N_("A name has an invisible character in it. Type it again."), field="name")
    if len(name) > LONGEST_NAME:
        raise BadInput(N_("“%(name)s…” is too long; a room’s name has at most 120 letters."), name=name[:40], field="name")
    return name


def same_name(name: str) -> str:
    """What two names have in common that people would take for one: P101 and p101."""
    return unicodedata.normalize("NFC", name).casefold()


def names_of(pattern: str) -> list[str]:
    """The names of a pattern in its order, at most 500, none twice. Raises BadInput that says which part is wrong and what to do.

    With `..` or a long dash between two names it is always a range. With a hyphen it is one only between two numbers with the same
    letters before them, or none: T1-P01 is a name.
    """
    found: dict[str, str] = {}
    for part in _BETWEEN.split(pattern):
        if not part.strip():
            continue
        for name in _names_of_part(" ".join(part.split())):
            if same_name(name) in found:
                raise BadInput(N_("%(name)s stands in it twice."), name=name, field="pattern")
            found[same_name(name)] = name
            if len(found) > MOST_AT_ONCE:
                raise _too_many(part)
    if not found:
        raise BadInput(N_("Enter names of rooms, for example 101-120 or A1..A12."), field="pattern")
    return list(found.values())


def _names_of_part(part: str) -> list[str]:
    ends = _ends(part)
    if ends is None:
        return [room_name(part)]
    (before, first), (before_last, last) = ends
    if before_last not in ("", before):
        raise BadInput(
            N_("%(part)s goes from %(one)s to %(other)s: write a range for each of the two."),
            part=part[:60],
            one=before or first,
            other=before_last,
            field="pattern",
        )
    if int(last) < int(first):
        raise BadInput(
            N_("%(part)s runs backwards. Write %(turned)s; a single room with such a name can be added by itself."),
            part=part[:60],
            turned=f"{before}{last}..{before}{first}",
            field="pattern",
        )
    if int(last) - int(first) >= MOST_AT_ONCE:
        raise _too_many(part)
    # A zero before the first number says how many digits all of them have.
    digits = len(first) if first.startswith("0") or len(first) == len(last) else 1
    if last.startswith("0") and len(last) != len(first):
        raise BadInput(N_("In %(part)s, write both numbers with as many digits."), part=part[:60], field="pattern")
    return [room_name(f"{before}{number:0{digits}}") for number in range(int(first), int(last) + 1)]


def _ends(part: str) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """The two ends of a range, each as letters and number; None: a name."""
    for sign in ("…", "–", "—"):
        part = part.replace(sign, "..")
    one, dots, other = part.partition("..")
    if dots:
        first, last = _END.fullmatch(one.strip()), _END.fullmatch(other.strip(" ."))
        if first is None or last is None:
            raise BadInput(
                N_("%(part)s is not a range: both ends need a number at their end, as in A1..A12."),
                part=part[:60],
                field="pattern",
            )
        return (first[1], first[2]), (last[1], last[2])
    # The hyphen that counts is the one after which the other end begins: T1-P01-T1-P20 is not understood, and need not be.
    one, _hyphen, other = part.partition("-")
    first, last = _END.fullmatch(one.strip()), _END.fullmatch(other.strip())
    if first is None or last is None or first[1] != last[1]:
        return None
    return (first[1], first[2]), (last[1], last[2])


def _too_many(part: str) -> BadInput:
    return BadInput(
        N_("%(part)s is too many rooms: at most %(most)s are made at once."),
        part=part.strip()[:60],
        most=MOST_AT_ONCE,
        field="pattern",
    )
