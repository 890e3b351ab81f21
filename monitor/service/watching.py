"""When an outage begins and ends: a pure decision over looks that were answered or not. Times are of `time.monotonic`, in seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace

# What nobody noticed is none. Two looks that were not answered in a row take about so long.
BEGINS_AFTER_S = 5.0
# Looks that are further apart do not tell that it went well between them: whoever looks stood still.
CONTINUOUS_S = 10.0


@dataclass(frozen=True)
class Watched:
    """What is known of something that is looked at. good_since: since when every look was answered; good_at: the newest that was.

    None: it never was: what never worked is not out, it was never set up. failed: whether looks since were not. out: whether an outage
    lasts.
    """

    good_since: float | None = None
    good_at: float | None = None
    failed: bool = False
    out: bool = False


def after_look(before: Watched, good: bool, at: float) -> Watched:
    """What is known after one more look."""
    if before.good_at is None:
        return Watched(at, at) if good else before
    if good:
        goes_on = not before.failed and at - before.good_at <= CONTINUOUS_S
        return Watched(before.good_since if goes_on else at, at)
    return replace(before, failed=True, out=before.out or at - before.good_at >= BEGINS_AFTER_S)


def out_since(before: Watched, good: bool, at: float) -> float | None:
    """Since when it was out, as one more look tells: one that lasts by now, or one that was over before anybody could say so."""
    if before.good_at is None or at - before.good_at < BEGINS_AFTER_S or (good and not before.failed):
        return None
    return before.good_at
