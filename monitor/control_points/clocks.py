"""When something was scanned, by a device whose clock may be wrong. Pure decisions.

A device says when, on its own clock, it scanned and when it sends; the page that it scanned with carries when it was opened on both clocks.
From one moment of a clock to another nothing needs to be right, so there are two ways to reckon the true time. Where both agree, the clock
was steady, however wrong; where they do not, it was put forward or back in between, and the time is in doubt by as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.problems import BadInput
from monitor.words import N_

STEADY = timedelta(minutes=2)
"""Within this, clocks agree: what a slow line and a slow phone make of it."""


# No clock that anybody set is outside of these; times that are could not be reckoned with.
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def browser_moment(value: object) -> datetime:
    """A moment as browsers tell it: milliseconds since 1970, by a clock that may be anything. Raises BadInput."""
    try:
        at = datetime.fromtimestamp(int(str(value)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise BadInput(N_("The request could not be read. Go back, reload the page and try again.")) from None
    return min(max(at, _EARLIEST), _LATEST)


@dataclass(frozen=True)
class Said:
    """By the device's clock: scanned_at, sent_at. By ours: received_at. Of the page: opened_at (ours) and opened_on_device, or neither."""

    scanned_at: datetime
    sent_at: datetime
    received_at: datetime
    opened_at: datetime | None = None
    opened_on_device: datetime | None = None


@dataclass(frozen=True)
class Righted:
    """at: the true time, as far as it is known; it may be off by `doubt` either way. off: how far the device's clock goes ahead of ours."""

    at: datetime
    doubt: timedelta
    off: timedelta

    @property
    def noticed(self) -> bool:
        """Whether the clock is so wrong that its owner is told."""
        return abs(self.off) > STEADY


def put_right(said: Said) -> Righted:
    """When it was scanned: never after it was received, never before its page was opened."""
    off = said.sent_at - said.received_at
    by_age = said.received_at - (said.sent_at - said.scanned_at)
    by_opening = by_age
    if said.opened_at is not None and said.opened_on_device is not None:
        by_opening = said.opened_at + (said.scanned_at - said.opened_on_device)
    # Which of the two is possible at all decides where they differ.
    possible = [each for each in (by_opening, by_age) if _within(each, said)]
    at = possible[0] if possible else min(max(by_opening, said.opened_at or by_opening), said.received_at)
    apart = abs(by_opening - by_age)
    if not possible:
        doubt = said.received_at - said.opened_at if said.opened_at is not None else max(apart, abs(at - by_age))
    else:
        doubt = apart if len(possible) == 2 and apart > STEADY else timedelta(0)
    at = min(at, said.received_at)
    if said.opened_at is not None:
        at = max(at, said.opened_at)
    return Righted(at, doubt, off if abs(off) > STEADY else timedelta(0))


def _within(at: datetime, said: Said) -> bool:
    return (said.opened_at is None or at >= said.opened_at - STEADY) and at <= said.received_at + STEADY
