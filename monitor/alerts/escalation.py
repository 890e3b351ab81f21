"""Whom an alert calls next, and when: the first on duty, the next, the supervisors, then all again, until somebody takes it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.models.incidents import Urgency

MOST_AGAIN = 6
LONGEST_PAUSE = timedelta(minutes=30)
# Nobody can be called: somebody may be put on duty meanwhile.
NOBODY_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True)
class Rules:
    """wait: until the next is called where somebody may be in danger. soon: how long what is less urgent waits for somebody to look
    by themselves, and then between two. group: within which incidents of one kind in one zone are one alert.
    """

    wait: timedelta = timedelta(seconds=60)
    soon: timedelta = timedelta(minutes=10)
    group: timedelta = timedelta(minutes=10)


@dataclass(frozen=True)
class Call:
    """Whom to call now; how long until the next call, None: there is none. again: they were all called before."""

    accounts: tuple[int, ...]
    pause: timedelta | None
    again: bool = False


def next_call(
    urgency: Urgency, duty: Sequence[int], supervisors: Collection[int], called: Collection[int], again: int, rules: Rules
) -> Call:
    """Whom to call next of those on duty, in their order, and the supervisors of the zone. called: who was; again: how often all were."""
    danger = urgency is Urgency.DANGER
    wait = rules.wait if danger else rules.soon
    following = next((each for each in duty if each not in called), None)
    if following is not None:
        return Call((following,), wait)
    rest = tuple(sorted(set(supervisors) - set(called) - set(duty)))
    if rest:
        return Call(rest, wait)
    everybody = tuple(dict.fromkeys((*duty, *sorted(supervisors))))
    if not everybody:
        return Call((), NOBODY_PAUSE)
    if not danger:
        return Call((), None)
    if again >= MOST_AGAIN:
        # Nobody of before is called any more; who comes on duty later is.
        return Call((), LONGEST_PAUSE)
    return Call(everybody, min(wait * 2 ** (again + 1), LONGEST_PAUSE), again=True)
