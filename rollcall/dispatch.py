"""May a prompt leave now? The one place that quiet hours and the daily budget cannot be passed: a pure decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.words import N_, Words, words
from rollcall.plan import Quiet

BUDGET_WINDOW = timedelta(hours=24)
MOST_ATTEMPTS = 6
FIRST_PAUSE = timedelta(seconds=5)


@dataclass(frozen=True)
class Candidate:
    """A claimed prompt. awaited: its check-in still wants an answer; used: messages this person got within the budget's window.

    reply: it goes to somebody who has just written; texts_stopped: the number's owner wrote STOP.
    """

    awaited: bool
    quiet: Quiet
    channel: str
    channel_set_up: bool
    has_address: bool
    used: int
    reply: bool = False
    texts_stopped: bool = False


@dataclass(frozen=True)
class Leave:
    """It may leave."""


@dataclass(frozen=True)
class Hold:
    """It waits; its window to answer waits with it."""

    until: datetime


@dataclass(frozen=True)
class Refuse:
    """It never leaves."""

    reason: Words


def judge(candidate: Candidate, now: datetime, budget: int) -> Leave | Hold | Refuse:
    """What becomes of a claimed prompt. budget: most messages a person gets in 24 hours, whatever plans and people ask for."""
    if not candidate.awaited:
        return Refuse(words(N_("The message was not sent: no answer is awaited any more.")))
    # Who has just written is awake.
    if not candidate.reply and candidate.quiet.covers(now):
        return Hold(candidate.quiet.after(now))
    if not candidate.channel_set_up:
        return Refuse(words(N_("The channel %(name)s is not set up."), name=candidate.channel))
    if not candidate.has_address:
        return Refuse(words(N_("No number or address for the channel %(name)s is known."), name=candidate.channel))
    if candidate.texts_stopped and not candidate.reply:
        return Refuse(words(N_("This number takes no text messages: its owner wrote STOP.")))
    if candidate.used >= budget:
        return Refuse(
            words(
                N_("The message was not sent: this person had %(count)s messages within a day already."), count=candidate.used
            )
        )
    return Leave()


def pause_before(attempt: int) -> timedelta | None:
    """How long to wait after the so-manieth failed attempt; None: give up."""
    return None if attempt >= MOST_ATTEMPTS else FIRST_PAUSE * 2 ** (attempt - 1)
