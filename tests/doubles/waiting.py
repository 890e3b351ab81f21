"""Waiting for what other threads and processes do: patiently, since a busy machine is no fault of theirs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

# Many times what anything here takes on a calm machine; whoever waits in vain fails after it.
PATIENCE = 60.0


def wait_until(condition: Callable[[], Any], seconds: float = PATIENCE) -> float:
    """Ask until it holds; returns the seconds that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"did not happen within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


def at_best(limit: float, take: Callable[[], Any], tries: int = 5) -> None:
    """Fail unless one of a few tries takes less than `limit` seconds. A machine that is busy elsewhere holds up one or the other, not all.

    take: does it once; where it returns a number, that is how long it took, for what must be made ready first.
    """
    took = []
    for _ in range(tries):
        began = time.monotonic()
        told = take()
        took.append(told if isinstance(told, float) else time.monotonic() - began)
        if took[-1] < limit:
            return
    raise AssertionError(f"took {', '.join(f'{each:.2f}' for each in took)} s, more than {limit} s each time")
