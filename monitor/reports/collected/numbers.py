"""Numbers that reporters type: read as people write them, doubted where they cannot be, and told in whole sentences. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.people.pasted import plain
from monitor.problems import BadInput
from monitor.words import N_, Words, words

LONGEST_TYPED = 40
_WHOLE = re.compile(r"\d+")
# 1.234 and 1,234 and 1 234 are how a thousand and more is written; 1.5 is no whole number.
_GROUPED = re.compile(r"\d{1,3}(?:[ .,]\d{3})+")


@dataclass(frozen=True)
class Asked:
    """A field as a reporter is asked it. most: above it a number is taken for a slip."""

    key: str
    most: int


@dataclass(frozen=True)
class Read:
    """What was typed. numbers: of the fields that can be used; faults: of the others, by key. same: all as on the day before, which
    nobody has confirmed yet."""

    numbers: Mapping[str, int]
    faults: Mapping[str, Words] = field(default_factory=dict)
    same: bool = False

    @property
    def good(self) -> bool:
        """Whether it can be kept."""
        return not self.faults and not self.same


def read_number(typed: str, most: int, *, field: str | None = None) -> int:
    """A whole number from 0 to `most`. Raises BadInput that says what is wrong with what was typed, and what to write."""
    text = plain(typed)[:LONGEST_TYPED]
    if not text:
        raise BadInput(N_("Write a number; write 0 if there were none."), field=field)
    if text.startswith("-") and _WHOLE.fullmatch(text[1:].strip()):
        raise BadInput(N_("A number below 0 cannot be right. Write 0 if there were none."), field=field)
    digits = re.sub("[ .,]", "", text) if _GROUPED.fullmatch(text) else text
    if not (digits.isascii() and _WHOLE.fullmatch(digits)):
        raise BadInput(N_("“%(typed)s” is not a whole number. Write digits only, for example 12."), typed=text, field=field)
    if len(digits.lstrip("0")) > len(str(most)) or int(digits) > most:
        raise BadInput(
            N_("This is more than %(most)s, the most that can be right here. If it is right, call 1022."),
            most=most,
            field=field,
        )
    return int(digits)


def read_numbers(
    fields: Sequence[Asked], typed: Mapping[str, str], before: Mapping[str, int] | None, *, confirmed: bool
) -> Read:
    """What a reporter typed for one day. before: what they entered for the day before, None where nothing.

    confirmed: they were asked whether the same numbers again are right, and said yes.
    """
    numbers: dict[str, int] = {}
    faults: dict[str, Words] = {}
    for each in fields:
        try:
            numbers[each.key] = read_number(typed.get(each.key, ""), each.most)
        except BadInput as problem:
            faults[each.key] = problem.words
    same = bool(numbers) and not faults and not confirmed and is_again(numbers, before)
    return Read(numbers, faults, same)


def is_again(numbers: Mapping[str, int], before: Mapping[str, int] | None) -> bool:
    """Whether these are exactly the numbers of the day before. Of a field that was not asked then nothing can be told."""
    if not before:
        return False
    shared = numbers.keys() & before.keys()
    return bool(shared) and all(numbers[key] == before[key] for key in shared)


SAME_AGAIN = words(
    N_("These are exactly the numbers of the day before. Are they really the same? If so, tick the box and send them again.")
)
