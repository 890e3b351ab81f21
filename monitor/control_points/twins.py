"""A place that is registered twice: noticed by name, unit, owner and pin; a person decides. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.folding import folded
from monitor.places.distance import metres_between

NEAR_METRES = 150.0
# What stands before names of places and says only what sort they are.
_SORTS = re.compile(
    r"^(?: cong ty| cty| tnhh| mtv| co phan| cp| nha may| xi nghiep| khach san| nha nghi| nha tro| cua hang| sieu thi| cho| truong| khu cong nghiep| kcn"
    r"| company| co| ltd| factory| hotel)+(?= )"
)


@dataclass(frozen=True)
class Registered:
    """What of a place may show that it is another one's twin. name: folded. unit: code and beginning. phone: of who runs it."""

    number: int
    name: str
    unit: tuple[str, str]
    phone: str
    pin: tuple[float, float] | None = None


def folded_name(name: str) -> str:
    """A place's name in plain letters, as it is kept to be compared."""
    return folded(name)[:200]


def twin_of(new: Registered, others: Iterable[Registered]) -> int | None:
    """The number of a place that this one may be; None: none looks like it.

    One place: the same name in the same unit, or the same name by the same owner anywhere near, or the same owner at the same spot with
    a name that begins alike. Two branches of one company in two units, and two shops of one owner side by side, are two places.
    """
    for other in sorted(others, key=lambda each: each.number):
        if other.number == new.number:
            continue
        same_name = _core(other.name) == _core(new.name)
        near = new.pin is not None and other.pin is not None and metres_between(new.pin, other.pin) <= NEAR_METRES
        if same_name and (other.unit == new.unit or near):
            return other.number
        if near and other.phone == new.phone and _core(other.name).split()[:1] == _core(new.name).split()[:1]:
            return other.number
    return None


def _core(name: str) -> str:
    return _SORTS.sub("", name) or name
