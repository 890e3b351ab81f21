"""When a report's mail is tried again and over which server, and when a person is told. Pure decisions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.models.report_mail import DeliveryState
from rollcall.channels.smtp import Fate, HandedIn

LONGEST_PAUSE = timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(hours=24)
BEFORE_DUE = timedelta(minutes=15)
"""Whoever is told then has time to telephone, and to bring it on paper."""
PATIENCE = timedelta(minutes=2)
"""Of a report that is queued later than that: one more try, then a person is told."""


@dataclass(frozen=True)
class Following:
    """What a try leads to. wait: until the next; None: there is none by itself. tell: a person is told at once."""

    state: DeliveryState
    wait: timedelta | None = None
    tell: bool = False


def pause_after(attempts: int) -> timedelta:
    """From a try to the next: 1, 2, 4, 8 … minutes, at most LONGEST_PAUSE. attempts: so far, from 1."""
    # Clamped before the power: a server may be away for days.
    return min(timedelta(minutes=2 ** min(max(attempts, 1) - 1, 10)), LONGEST_PAUSE)


def server_for(attempts: int, servers: int, refused_by: Collection[int]) -> int:
    """Over which server, 1 or 2, a try goes: one after the other in turn, but for one that refused it for good. attempts: before it."""
    willing = [each for each in range(1, servers + 1) if each not in refused_by] or list(range(1, servers + 1))
    return willing[attempts % len(willing)]


def after_try(
    came: HandedIn, attempts: int, server: int, servers: int, refused_by: Collection[int], age: timedelta
) -> Following:
    """What follows from a try. attempts: this one included; refused_by: before it; age: since the mail was asked for."""
    if came.fate is Fate.ACCEPTED:
        return Following(DeliveryState.ACCEPTED)
    if came.fate is Fate.UNCERTAIN:
        # Nobody knows whether it arrived: only a person can ask.
        return Following(DeliveryState.UNCERTAIN, tell=True)
    if came.permanent and {*refused_by, server} >= set(range(1, servers + 1)):
        return Following(DeliveryState.FAILED, tell=True)
    if age >= GIVE_UP_AFTER:
        return Following(DeliveryState.FAILED, tell=True)
    # What one server refuses for good the other may take at once.
    return Following(DeliveryState.WAITING, timedelta(0) if came.permanent else pause_after(attempts))


def alarm_time(asked: datetime, due: datetime | None) -> datetime:
    """When a person is told that a mail was not accepted. due: by when it is to be; None: no hour is set."""
    patient = asked + PATIENCE
    return patient if due is None else max(patient, due - BEFORE_DUE)
