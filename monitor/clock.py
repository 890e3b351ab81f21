"""The one place that asks what time it is; everything below takes the time as an argument.

The machine's clock can be wrong: set by hand, by a time server that errs, or after a battery died. So it is followed only as long as it
goes on as time itself does, which the kernel counts since it started. When it jumps, we go on by the time before, until
`monitor/timekeeping` knows better.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

# What a time server sets right at once, now and then; what is less is no jump.
TOLERATED = timedelta(seconds=5)
# A reading during which the process stood still tells nothing of the clocks.
_READ_WITHIN, _READINGS = 0.05, 10
_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


@dataclass(frozen=True)
class Reading:
    """Both clocks at one moment, in seconds. wall: the machine's, since 1970; running: since the kernel started, sleep included."""

    wall: float
    running: float


def _read() -> Reading:
    for _ in range(_READINGS):
        before = time.clock_gettime(time.CLOCK_BOOTTIME)
        wall = time.time()
        after = time.clock_gettime(time.CLOCK_BOOTTIME)
        if after - before < _READ_WITHIN:
            break
    return Reading(wall, after)


class SteadyClock:
    """The time that is believed: the machine's clock, unless it jumped. Safe to be asked by several threads."""

    def __init__(self, read: Callable[[], Reading] = _read) -> None:
        self._read = read
        self._lock = threading.Lock()
        first = read()
        self._epoch = first.wall - first.running

    def now(self) -> datetime:
        """The time that is believed."""
        return self._look()[0]

    def astray(self) -> timedelta:
        """How far the machine's clock is ahead of what is believed; nothing while it is followed."""
        return self._look()[1]

    def machine(self) -> datetime:
        """What the machine's clock says."""
        return _moment(self._read().wall)

    def epoch(self) -> float:
        """When the kernel started, by the time that is believed: seconds since 1970."""
        self._look()
        return self._epoch

    def believe(self, epoch: float) -> None:
        """Go by another time from now on, see `epoch`; the machine's clock is followed where it agrees."""
        with self._lock:
            self._epoch = epoch

    def _look(self) -> tuple[datetime, timedelta]:
        with self._lock:
            reading = self._read()
            ahead = timedelta(seconds=reading.wall - reading.running - self._epoch)
            if abs(ahead) <= TOLERATED:
                self._epoch = reading.wall - reading.running
                return _moment(reading.wall), timedelta(0)
            return _moment(reading.running + self._epoch), ahead


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


THE_CLOCK = SteadyClock()


@cache
def timezone_names() -> tuple[str, ...]:
    """All time zones of this machine, by name. Looked for once: they are six hundred files."""
    return tuple(sorted(available_timezones()))


@lru_cache
def boot_name() -> str | None:
    """A name for this start of this machine, which all its processes have in common; None where it tells none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip() or None
    except OSError:
        return None


def utc_now() -> datetime:
    """Now, in UTC, with its time zone: the time that is believed, which a jump of the machine's clock does not move."""
    return THE_CLOCK.now()


def read_moment(typed: str) -> datetime:
    """A moment on a wall clock, without a zone: 24/11/2026 10:00, 10:00 24/11/2026, or 2026-11-24T10:00 as browsers send it.

    Raises ValueError.
    """
    typed = " ".join(typed.replace(",", " ").split())
    for form in ("%d/%m/%Y %H:%M", "%H:%M %d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(typed, form)  # noqa: DTZ007 - the caller knows whose clock it is
    moment = datetime.fromisoformat(typed)
    if moment.tzinfo is not None:
        raise ValueError("a wall clock has no zone")
    return moment


def read_day(typed: str) -> date:
    """A day: 24/11/2026, or 2026-11-24 as browsers send it. Raises ValueError."""
    if found := _DAY.fullmatch(typed):
        # Nearly all that files say, and a tenth of the time that the general way takes.
        return date(int(found[3]), int(found[2]), int(found[1]))
    return read_moment(f"{typed} 00:00").date()


def local_clock(at: datetime, timezone: str, now: datetime | None = None) -> str:
    """A moment on the wall clock of a zone, for sentences: 14:05; with the day, 14:05 24/11, when it is not the day of `now`."""
    zone = ZoneInfo(timezone)
    local = at.astimezone(zone)
    other_day = now is not None and now.astimezone(zone).date() != local.date()
    return local.strftime("%H:%M %d/%m" if other_day else "%H:%M")
