"""What somebody types of a person, field by field: a name, a sex, numbers, days; and all that is wrong with it at once. Pure decisions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from monitor.clock import read_day
from monitor.folding import folded
from monitor.models.people.residents import LONGEST_NAME, Sex
from monitor.people.pasted import named, plain
from monitor.problems import BadInput
from monitor.words import N_, Words

Read = TypeVar("Read")
# Cards of health insurance write 1 and 2.
_SEXES = {
    **dict.fromkeys(("nam", "male", "m", "1", "trai"), Sex.MALE),
    **dict.fromkeys(("nu", "female", "f", "2", "gai"), Sex.FEMALE),
    **dict.fromkeys(("khac", "other", "x", "other sex", "gioi khac"), Sex.OTHER),
}


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field, in words that say what to do."""

    field: str
    words: Words


class Faults:
    """Collects what is wrong, so that someone who mends a form or a row mends it once."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def read(self, field: str, read: Callable[[], Read], otherwise: Read) -> Read:
        """The value, or `otherwise` where a BadInput was noted."""
        try:
            return read()
        except BadInput as problem:
            self.found.append(Fault(field, problem.words))
            return otherwise


def read_name(typed: str) -> str:
    """A name as people and passports have it: one word or twenty, any script. Raises BadInput."""
    name = plain(typed).strip(" ,;\"'“”").replace("Ð", "Đ").replace("ð", "đ")
    if not name:
        raise BadInput(N_("Please write the name."), field="full_name")
    if len(name) > LONGEST_NAME:
        raise BadInput(
            N_("A name has at most %(most)s letters; this one has %(count)s."),
            most=LONGEST_NAME,
            count=len(name),
            field="full_name",
        )
    strange = next((sign for sign in name if sign in "<>{}[]|\\^~=+*#@$%&" or not sign.isprintable()), None)
    if strange:
        raise BadInput(N_("%(sign)s cannot stand in a name."), sign=named(strange), field="full_name")
    if not any(unicodedata.category(sign).startswith("L") for sign in name):
        raise BadInput(N_("A name needs letters."), field="full_name")
    return name


def read_sex(typed: str) -> Sex | None:
    """As cards, files and people write it; None where nothing is given. Raises BadInput."""
    if not typed.strip():
        return None
    word = folded(typed).strip()
    if word not in _SEXES:
        raise BadInput(N_("Write Nam, Nữ or Khác for the sex."), field="sex")
    return _SEXES[word]


def read_insurance(typed: str) -> str:
    """The ten digits of social insurance, of a card's whole code too; empty stays empty. Raises BadInput."""
    code = re.sub(r"[\s.\-]", "", typed).upper()[:15]
    if not code:
        return ""
    if not re.fullmatch(r"(?:[A-Z]{2}\d{3})?\d{10}", code):
        raise BadInput(
            N_("A health-insurance number has 10 digits, or 15 signs such as DN4740112345678."), field="insurance_number"
        )
    return code[-10:]


def read_whole_day(typed: str, field: str) -> date | None:
    """A day; None where nothing is given. Raises BadInput."""
    if not typed:
        return None
    text = plain(typed).removesuffix(" 00:00:00")
    if not text:
        return None
    try:
        return read_day(text.replace("-", "/") if re.fullmatch(r"\d{1,2}-\d{1,2}-\d{4}", text) else text.replace(".", "/"))
    except (ValueError, OverflowError):
        raise BadInput(
            N_("“%(date)s” is not a day. Write day/month/year, for example 24/11/2026."), field=field, date=text[:40]
        ) from None
