"""A file of people for a province, of whom it is known which are there already: planted duplicates of each kind, and new people."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.benchmarks.invented_people import Invented, invent
from monitor.benchmarks.province_people import Province
from monitor.enrolment.duplicates import Sameness
from monitor.enrolment.files import SEXES, national
from monitor.models.people.residents import BirthPrecision
from monitor.people.births import Birth

# Of the people of the file, in each of the kinds.
SHARE = 0.02
_ORDER = {"starts_at": "30/11/2026", "ends_at": "14/12/2026", "authority": "Sở Y tế", "reason": "F1"}


@dataclass(frozen=True)
class Planted:
    """A row of the file. of: how sure it must be found to be that somebody of the province is this; None: somebody new."""

    cells: dict[str, str]
    of: Sameness | None


@dataclass(frozen=True)
class Kind:
    """How somebody who is there comes again. change: what the file says instead; fits: whether it can be done to this one."""

    name: str
    of: Sameness
    change: Callable[[Invented, random.Random], Invented]
    fits: Callable[[Invented], bool]


def _dated(person: Invented) -> bool:
    return person.birth.precision is BirthPrecision.DAY


def _typed_wrongly(person: Invented, chance: random.Random) -> Invented:
    words = person.full_name.split()
    words[chance.randrange(len(words) - 1)] = "Văn"
    return replace(person, full_name=" ".join(words), phone="", earlier="", insurance="")


KINDS = (
    Kind("same card, name typed wrongly", Sameness.CERTAIN, _typed_wrongly, lambda each: bool(each.document)),
    Kind(
        "old card only",
        Sameness.CERTAIN,
        lambda each, _: replace(each, document=each.earlier, earlier="", phone="", insurance=""),
        lambda each: bool(each.earlier),
    ),
    Kind(
        "same insurance, no card",
        Sameness.CERTAIN,
        lambda each, _: replace(each, document="", earlier="", phone=""),
        lambda each: bool(each.insurance),
    ),
    Kind(
        "name, day and telephone",
        Sameness.LIKELY,
        lambda each, _: replace(each, document="", earlier="", insurance="", unit=None),
        lambda each: _dated(each) and bool(each.phone),
    ),
    Kind(
        "name, day and commune",
        Sameness.LIKELY,
        lambda each, _: replace(each, document="", earlier="", insurance="", phone=""),
        _dated,
    ),
    Kind(
        "name and day",
        Sameness.POSSIBLE,
        lambda each, _: replace(each, document="", earlier="", insurance="", phone="", unit=None),
        _dated,
    ),
    Kind(
        "telephone and given name",
        Sameness.POSSIBLE,
        lambda each, _: replace(
            each,
            document="",
            earlier="",
            insurance="",
            unit=None,
            full_name=each.full_name.split()[-1],
            birth=Birth(each.birth.first.replace(month=1, day=1), BirthPrecision.YEAR),
        ),
        lambda each: bool(each.phone),
    ),
)


def planted_file(
    province: Province, there: Sequence[Invented], rows: int, seed: int, names: dict[str, str]
) -> Iterator[Planted]:
    """So many rows in a mixed order. there: people of the province who live by themselves; names: a commune's code -> its name."""
    chance = random.Random(seed)  # noqa: S311 - figures to be compared need the same file each time
    many = max(1, round(rows * SHARE))
    left, found = iter(chance.sample(list(there), len(there))), list[Planted]()
    for kind in KINDS:
        fitting = (each for each in left if kind.fits(each))
        found += [Planted(_cells(kind.change(next(fitting), chance), names), kind.of) for _ in range(many)]
    # Numbers of theirs begin where nobody's of the province are.
    new = invent(rows - len(found), province.units, seed + 1, first=3_000_000)
    found += [Planted(_cells(each, names), None) for each in new]
    chance.shuffle(found)
    yield from found


def _cells(person: Invented, names: dict[str, str]) -> dict[str, str]:
    return {
        "full_name": person.full_name,
        "sex": SEXES[person.sex],
        "birth": person.birth.written(),
        "phone": national(person.phone),
        "document_number": person.document,
        "earlier_number": person.earlier,
        "insurance_number": person.insurance,
        "unit": names[person.unit.code] if person.unit else "",
        "address": person.address,
        **_ORDER,
    }
