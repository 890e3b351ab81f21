"""What a guard is told of somebody who was scanned: go, ask or wait, and no more than a guard needs. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.words import N_


class Sign(StrEnum):
    """What a guard does."""

    GO = "go"
    ASK = "ask"
    WAIT = "wait"


class Why(StrEnum):
    """What was found; never shown to a guard but by its sentence."""

    DECLARED = "declared"
    LEAVING = "leaving"
    NOT_DECLARED = "not_declared"
    SIGNS = "signs"
    ORDER = "order"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class Found:
    """About one person, now. declared: a declaration is in force; signs: it names something that health staff look at.

    ordered: a quarantine order is in force; permitted: and they are away with permission.
    """

    declared: bool
    signs: bool
    ordered: bool
    permitted: bool


@dataclass(frozen=True)
class Verdict:
    """sentence: what the guard reads, a template. notify: whether who is on duty is told the name."""

    sign: Sign
    why: Why
    sentence: str
    notify: bool = False


_SAID: Mapping[Why, tuple[Sign, str]] = {
    Why.DECLARED: (Sign.GO, N_("Go in. Thank you.")),
    Why.LEAVING: (Sign.GO, N_("Noted. Goodbye.")),
    Why.NOT_DECLARED: (Sign.ASK, N_("No health declaration is in force. Declare first: on their own phone, or here.")),
    Why.SIGNS: (Sign.ASK, N_("Please ask this person to speak with the health desk before going in.")),
    Why.ORDER: (Sign.WAIT, N_("Please wait here. Health staff have been told and will come or call.")),
    Why.UNCHECKED: (
        Sign.ASK,
        N_("Saved on this tablet, not checked yet: there is no connection. Follow the rules of the place."),
    ),
}


def verdict_of(found: Found, *, leaving: bool) -> Verdict:
    """What a guard is told. Somebody who leaves is held by nobody at a gate; who is on duty learns of an order all the same."""
    if found.ordered and not found.permitted:
        return _verdict(Why.LEAVING if leaving else Why.ORDER, notify=True)
    if leaving:
        return _verdict(Why.LEAVING)
    if not found.declared:
        return _verdict(Why.NOT_DECLARED)
    return _verdict(Why.SIGNS if found.signs else Why.DECLARED)


def unchecked() -> Verdict:
    """What is said where nothing could be asked."""
    return _verdict(Why.UNCHECKED)


def _verdict(why: Why, *, notify: bool = False) -> Verdict:
    sign, sentence = _SAID[why]
    return Verdict(sign, why, sentence, notify)
