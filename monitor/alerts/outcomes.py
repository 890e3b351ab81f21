"""What follows from what became of an alert's message: sent, tried again, given up, or sent a second time to be sure. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.models.incidents import Urgency

# Seconds until each further try; then it is given up, and the next person is called.
PAUSES = (2, 5, 10, 20, 40)
MOST_REPEATS = 2


@dataclass(frozen=True)
class Following:
    """again_after: the same message is tried again. repeat: it may have gone out, and is sent once more all the same."""

    again_after: timedelta | None = None
    repeat: bool = False


def after_problem(*, permanent: bool, attempts: int, wait: float | None = None, pauses: Sequence[int] = PAUSES) -> Following:
    """After a message that surely did not leave. attempts: tries so far, this one included. wait: seconds that the gateway asks for.

    pauses: seconds until each further try.
    """
    if permanent or attempts > len(pauses):
        return Following()
    pause = pauses[attempts - 1]
    return Following(again_after=timedelta(seconds=max(pause, min(wait or 0, 60))))


def after_uncertain(urgency: Urgency, repeats: int) -> Following:
    """After a message that may have left, or not. For danger, telling twice is better than never. repeats: how often it was already."""
    return Following(repeat=urgency is Urgency.DANGER and repeats < MOST_REPEATS)
