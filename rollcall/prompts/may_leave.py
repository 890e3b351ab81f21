"""May a prompt leave now? The one place that quiet hours and the daily budget cannot be passed, but in an emergency: a pure decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.models.rollcalls.prompts import REPLIES, PromptKind
from monitor.words import N_, Words, words
from rollcall.plans.schedule import Quiet

# A reply that comes later explains nothing any more.
REPLY_WITHIN = timedelta(minutes=30)
# While nobody knows whether it is night.
LOOK_AGAIN = timedelta(minutes=5)
UNREADABLE = N_("The number or address in our records is damaged and cannot be read. Please enter it again.")


@dataclass(frozen=True)
class Candidate:
    """A prompt that is due.

    awaited: its check-in, or one that answers with the same phone, still wants an answer. address: where it would go, empty where none
    is known. texts_stopped: the number's owner wrote STOP. fixed_line: it can be called, and not texted. unreadable: there is an address,
    and it is damaged. also: what time it may be as well, while clocks differ.
    """

    resident_id: int
    kind: PromptKind
    channel: str
    created_at: datetime
    awaited: bool
    quiet: Quiet
    channel_set_up: bool
    address: str
    texts_stopped: bool = False
    fixed_line: bool = False
    unreadable: bool = False
    also: tuple[datetime, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it wants an answer to a roll-call; what becomes of others moves no check-in."""
        return self.kind not in REPLIES

    @property
    def is_reply(self) -> bool:
        """Whether it goes to somebody who has just written.

        The answer to a request does not, nor a notice: they wait for the morning, and do not grow old.
        """
        return self.kind in REPLIES and self.kind not in (PromptKind.REQUEST_ANSWERED, PromptKind.EMERGENCY, PromptKind.NOTICE)

    @property
    def is_emergency(self) -> bool:
        """Whether it passes quiet hours, the budget and STOP: a supervisor answers for it by name, see `rollcall/prompts/emergency.py`."""
        return self.kind is PromptKind.EMERGENCY


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


Judgement = Leave | Hold | Refuse


def judge(candidate: Candidate, used: int, now: datetime, budget: int) -> Judgement:
    """What becomes of a prompt that is due.

    used: messages that this person had within the budget's window. budget: most of them, whatever plans and people ask for.
    """
    if not _still_wanted(candidate, now):
        return Refuse(words(N_("The message was not sent: an answer is no longer needed.")))
    # Who has just written is awake.
    if not candidate.is_reply and not candidate.is_emergency:
        if candidate.quiet.covers(now):
            return Hold(candidate.quiet.after(now))
        if any(candidate.quiet.covers(each) for each in candidate.also):
            return Hold(now + LOOK_AGAIN)
    if not candidate.channel_set_up:
        return Refuse(words(N_("Channel %(name)s is not set up."), name=candidate.channel))
    if candidate.unreadable:
        return Refuse(words(UNREADABLE))
    if not candidate.address:
        return Refuse(words(N_("No number or address for the channel %(name)s is known."), name=candidate.channel))
    if candidate.fixed_line:
        return Refuse(words(N_("This is a fixed line: it can be called, but it takes no text messages.")))
    if candidate.texts_stopped and not candidate.is_reply and not candidate.is_emergency:
        return Refuse(words(N_("This number takes no text messages: its owner wrote STOP.")))
    # Whoever writes that they cannot breathe is told whom to call, whatever they had before.
    if used >= budget and candidate.kind is not PromptKind.REPLY_DANGER and not candidate.is_emergency:
        return Refuse(
            words(N_("The message was not sent: this person already had %(count)s messages within a day."), count=used)
        )
    return Leave()


def judge_in_turn(candidates: Iterable[Candidate], used: Mapping[int, int], now: datetime, budget: int) -> list[Judgement]:
    """What becomes of each; one that leaves counts for the next one to the same person. used: by resident."""
    counted = Counter(used)
    judgements = []
    for candidate in candidates:
        judgement = judge(candidate, counted[candidate.resident_id], now, budget)
        counted[candidate.resident_id] += isinstance(judgement, Leave)
        judgements.append(judgement)
    return judgements


def _still_wanted(candidate: Candidate, now: datetime) -> bool:
    if candidate.is_reply:
        return now - candidate.created_at < REPLY_WITHIN
    return candidate.awaited or not candidate.asks
