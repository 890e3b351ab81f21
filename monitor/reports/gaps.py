"""What is open in a report that leaves before a person released it: each gap is named in it. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.words import N_, Words, words

MOST_UNITS = 20
NOT_RELEASED = N_("No person had released this report by %(time)s; it left by itself.")
UNSETTLED = N_("%(unit)s: %(count)s people do not add up with the last report.")
UNSETTLED_NOWHERE = N_("Without a unit: %(count)s people do not add up with the last report.")
MORE_UNITS = N_("And in %(count)s other units.")
NOTHING_ENTERED = N_("Nothing was entered by: %(names)s.")
MORE_REPORTERS = N_("And by %(count)s other reporters.")


@dataclass(frozen=True)
class Open:
    """time: when it leaves, on the province's wall clock. units: name -> how many people do not add up there; "" has no unit.

    silent: names of the reporters who entered nothing.
    """

    time: str
    units: Mapping[str, int]
    silent: Sequence[str] = ()


def gaps_of(left: Open) -> list[Words]:
    """The sentences, the units with the most people first."""
    ranked = sorted(left.units.items(), key=lambda each: (-each[1], each[0]))
    named = [
        words(UNSETTLED, unit=unit, count=count) if unit else words(UNSETTLED_NOWHERE, count=count)
        for unit, count in ranked[:MOST_UNITS]
    ]
    more = [words(MORE_UNITS, count=len(ranked) - MOST_UNITS)] if len(ranked) > MOST_UNITS else []
    if left.silent:
        more.append(words(NOTHING_ENTERED, names=", ".join(left.silent[:MOST_UNITS])))
    if len(left.silent) > MOST_UNITS:
        more.append(words(MORE_REPORTERS, count=len(left.silent) - MOST_UNITS))
    return [words(NOT_RELEASED, time=left.time), *named, *more]
