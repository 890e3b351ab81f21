"""Calls each tick again and again, by the time that really passes: whatever the machine's clock says, none comes late or twice.

APScheduler asks the machine's clock what is due, and a clock that is set back by an hour stops it for an hour. Here it is given a
clock of its own that only ever goes forward, and that nobody reads as a date.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from apscheduler.schedulers import base
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = logging.getLogger(__name__)
Tick = Callable[[], None]
# One for each tick and some more: a slow one holds up no other.
MOST_AT_ONCE = 32
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class _Passed(datetime):
    """Where APScheduler asks for the time, it gets how long the machine has been running."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """Not a date of ours: seconds of `time.monotonic`."""
        return (_BEGINNING + timedelta(seconds=time.monotonic())).astimezone(tz)


base.datetime = _Passed


class Ticker:
    """One that fails is told in the log and called again; one that is still at work is not called a second time."""

    def __init__(self) -> None:
        # None: a late run is better than none; its default of one second would skip it.
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        pool = {"default": {"type": "threadpool", "max_workers": MOST_AT_ONCE}}
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults=options, executors=pool)
        self._scheduler.start()

    def start(self, tick: Tick, every: float, name: str) -> None:
        """Call a tick now, and from then on every so many seconds."""

        def told() -> None:
            try:
                tick()
            except Exception:
                log.exception("the tick %s failed and is repeated", name)

        at = _Passed.now(UTC)
        trigger = IntervalTrigger(seconds=every, start_date=at, timezone=UTC)
        self._scheduler.add_job(told, trigger, id=name, next_run_time=at)

    def stop(self) -> None:
        """Call none again, and wait for those that are at work."""
        self._scheduler.shutdown(wait=True)
