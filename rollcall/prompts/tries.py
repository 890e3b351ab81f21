"""What follows when a message could not be handed over: its channel is left alone, it is tried again, or it is given up. Pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rollcall.channels.channel import AddressGone, ChannelProblem

MOST_ATTEMPTS = 6
FIRST_PAUSE = timedelta(seconds=5)


@dataclass(frozen=True)
class LeaveAlone:
    """The gateway wants no message of this channel before a moment; that was no attempt of this one."""

    until: datetime


@dataclass(frozen=True)
class TryAgain:
    """It is due again at a moment."""

    at: datetime


@dataclass(frozen=True)
class GiveUp:
    """It never leaves. address_gone: nobody is there any more, for other messages neither."""

    address_gone: bool = False


def after_problem(problem: ChannelProblem, attempt: int, at: datetime) -> LeaveAlone | TryAgain | GiveUp:
    """What follows the so-manieth attempt, counted from 1, that failed at a moment."""
    if problem.wait:
        return LeaveAlone(at + timedelta(seconds=problem.wait))
    pause = None if problem.permanent else pause_before(attempt)
    return GiveUp(isinstance(problem, AddressGone)) if pause is None else TryAgain(at + pause)


def pause_when_unreachable(problem: ChannelProblem) -> timedelta:
    """How long all messages wait that a gateway did not even look at. It is the gateway's fault, so this has no end."""
    return timedelta(seconds=problem.wait) if problem.wait else FIRST_PAUSE


def pause_before(attempt: int) -> timedelta | None:
    """How long to wait after the so-manieth failed attempt; None: give up."""
    return None if attempt >= MOST_ATTEMPTS else FIRST_PAUSE * 2 ** (attempt - 1)
