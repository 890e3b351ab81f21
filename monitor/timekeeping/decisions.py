"""What is believed of a clock that may be wrong, when the service goes over to it, and whether anything may be deleted. Pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.clock import TOLERATED
from monitor.models.service import ClockDecision
from monitor.words import N_, Words, words

# A clock that is so little wrong is followed without being asked for, when it stays as it is.
SMALL = timedelta(minutes=15)
LASTS = timedelta(seconds=60)
# Where the time was only guessed, since the machine had none of its own, a clock that comes so much later is one that was set right.
SET_RIGHT = timedelta(days=2)
# Between two clocks that are asked one after the other, over a network.
CLOCKS_AGREE = timedelta(seconds=60)
# The purge runs every hour: after so long without, the clock may have jumped while nothing ran.
LONGEST_GAP = timedelta(days=1)


@dataclass(frozen=True)
class Belief:
    """What time it is when a machine's first process starts. guessed: it may be later."""

    at: datetime
    guessed: bool = False


def first_belief(machine: datetime, last_sign: datetime | None, database: datetime | None) -> Belief:
    """The time by which a machine begins.

    machine: its own clock. last_sign: the last tick that was written before; database: what the clock of a database on another machine
    says, None where it is this one's.
    """
    if database is not None:
        return Belief(machine if abs(machine - database) <= TOLERATED else database)
    if last_sign is not None and machine < last_sign - TOLERATED:
        # A machine whose battery died begins at some day of the past; time itself never goes back.
        return Belief(last_sign, guessed=True)
    return Belief(machine)


@dataclass(frozen=True)
class Lasting:
    """A jump that lasts. ahead: of the machine's clock; since: when it was noticed; guessed: see `Belief`."""

    ahead: timedelta
    since: datetime
    guessed: bool = False
    decision: ClockDecision | None = None


def goes_over(jump: Lasting, now: datetime) -> bool:
    """Whether the service goes over to the machine's clock: because a person says so, or because little depends on it."""
    if jump.decision is not None:
        return jump.decision is ClockDecision.MACHINE
    if now - jump.since < LASTS:
        return False
    return abs(jump.ahead) <= SMALL or (jump.guessed and timedelta(0) < jump.ahead <= SET_RIGHT)


@dataclass(frozen=True)
class Times:
    """What there is to compare now with before anything is deleted.

    ahead, database_ahead: how far this machine's clock and the database's are ahead of the time that is believed; nothing where they
    agree, and where the database is on this machine. unconfirmed: jumps that no person has confirmed.
    last_tick, last_report: of the scheduler and of the purge; None: there was none yet. confirmed_at: when a person last confirmed a
    time.
    """

    ahead: timedelta
    unconfirmed: int
    last_tick: datetime | None
    last_report: datetime | None
    confirmed_at: datetime | None
    database_ahead: timedelta = timedelta(0)


_CONFIRM = N_("The clock of a machine jumped: nothing is deleted until someone confirms which time is right.")
_DATABASE = N_(
    "The clocks of this machine and of the database differ by more than a minute: nothing is deleted until they agree again."
)
_BEFORE = N_(
    "The clock of this machine says a time before the last one that was written: nothing is deleted until it is right."
)
_GAP = N_(
    "Nothing ran for more than a day, or the clock jumped: nothing is deleted until someone confirms that the time is right."
)


def why_not_delete(times: Times, now: datetime) -> Words | None:
    """Why nothing may be deleted, since it may not be as late as it seems; None: it may."""
    if times.unconfirmed or times.ahead:
        return words(_CONFIRM)
    if abs(times.database_ahead) > CLOCKS_AGREE:
        return words(_DATABASE)
    if any(each is not None and each > now + CLOCKS_AGREE for each in (times.last_tick, times.last_report)):
        return words(_BEFORE)
    return words(_GAP) if is_gap(times, now) else None


def is_gap(times: Times, now: datetime) -> bool:
    """Whether so much time went by since anything was looked through that a person must say whether it did."""
    known = [each for each in (times.last_report, times.confirmed_at) if each is not None]
    # Without any report nothing was ever looked through: there is nothing to compare with, and little that could be old.
    return times.last_report is not None and now - max(known) > LONGEST_GAP


def other_moments(now: datetime, ahead: timedelta, database_ahead: timedelta) -> tuple[datetime, ...]:
    """What time it may be as well, where clocks differ: by the machine's, and by the database's. Nobody is woken by a wrong clock.

    ahead, database_ahead: see `Times`.
    """
    return tuple(now + each for each, least in ((ahead, timedelta(0)), (database_ahead, CLOCKS_AGREE)) if abs(each) > least)
