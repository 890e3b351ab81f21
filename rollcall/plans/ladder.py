"""What follows while no answer comes: the next channel, a reminder, a call, a word to the household. Pure decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import PromptKind

BY_TELEPHONE = frozenset({ChannelName.SMS, ChannelName.VOICE, ChannelName.ZNS})
"""Channels whose address is the telephone number."""


@dataclass(frozen=True)
class Rung:
    """One step. after: since the opening. channel: of a first message; the others choose theirs when they are due."""

    after: timedelta
    kind: PromptKind
    channel: str = ""


@dataclass(frozen=True)
class Asked:
    """A prompt that a check-in has already. uncertain: nobody knows whether it went out."""

    kind: PromptKind
    channel: str
    delivered: bool
    uncertain: bool = False


@dataclass(frozen=True)
class Climbed:
    """What is to be sent now, and where the check-in stands then. next_at: None when no rung is left."""

    step: int
    next_at: datetime | None
    kind: PromptKind | None = None
    channel: str = ""


def rungs(channels: Sequence[tuple[str, float]], ladder: Sequence[tuple[float, str]], window: timedelta) -> tuple[Rung, ...]:
    """All steps of a plan after its first message, in their order; none outside the window, in which an answer is awaited.

    channels: pairs of a name and the minutes to wait for a delivery before the next one. ladder: pairs of minutes and a kind.
    """
    found: list[Rung] = []
    waited = timedelta(0)
    for (_, minutes), (following, _) in pairwise(channels):
        waited += timedelta(minutes=minutes)
        found.append(Rung(waited, PromptKind.FIRST, following))
    found += [Rung(timedelta(minutes=minutes), PromptKind(kind)) for minutes, kind in ladder]
    return tuple(sorted((rung for rung in found if rung.after < window), key=lambda rung: rung.after))


def first_channel(channels: Sequence[tuple[str, float]], available: Collection[str] | None) -> str:
    """Over which channel a round opens: the first that is set up. available: None for all."""
    names: list[str] = [name for name, _ in channels] or [ChannelName.SMS]
    return next((name for name in names if available is None or name in available), names[0])


def awaits_delivery(all_rungs: Sequence[Rung], step: int) -> bool:
    """Whether the next step only follows where no delivery was confirmed; a failure brings it forward."""
    return step < len(all_rungs) and all_rungs[step].kind == PromptKind.FIRST


def climb(
    all_rungs: Sequence[Rung],
    step: int,
    opened_at: datetime,
    now: datetime,
    asked: Collection[Asked],
    *,
    available: Collection[str] | None,
    other_phone: bool,
) -> Climbed:
    """Take the step that is due. After an outage several are: the last of them alone is taken, since nobody wants a pile.

    other_phone: the household has another number than the resident's own.
    """

    def usable(channel: str) -> bool:
        return available is None or channel in available

    def asked_already(kind: PromptKind, channel: str) -> bool:
        return any((each.kind, each.channel) == (kind, channel) for each in asked)

    def stands(position: int, kind: PromptKind | None, channel: str) -> Climbed:
        following = opened_at + all_rungs[position].after if position < len(all_rungs) else None
        return Climbed(position, following and max(following, now), kind, channel)

    reached = [each.channel for each in asked if each.delivered]
    doubtful = next((each.channel for each in asked if each.uncertain and not reached), "")
    if doubtful and not asked_already(PromptKind.REMINDER, doubtful):
        # Never the same words again: a reminder goes instead, at once, also where the plan has none.
        reminded = step < len(all_rungs) and all_rungs[step].kind == PromptKind.REMINDER
        return stands(step + reminded, PromptKind.REMINDER, doubtful)
    kind, channel = None, ""
    # The one that is due now may be due before its time: a failure brought it forward.
    position = step
    while position < len(all_rungs) and (position == step or opened_at + all_rungs[position].after <= now):
        rung = all_rungs[position]
        position += 1
        if rung.kind == PromptKind.FIRST:
            wanted = rung.channel if not reached else ""
        elif rung.kind == PromptKind.REMINDER:
            # Where a message arrived already, or where the last one went.
            wanted = next(iter(reached), "") or next((each.channel for each in reversed(list(asked))), ChannelName.SMS)
        elif rung.kind == PromptKind.VOICE:
            wanted = ChannelName.VOICE
        else:
            wanted = ChannelName.SMS if other_phone else ""
        if wanted and usable(wanted) and not asked_already(rung.kind, wanted):
            kind, channel = rung.kind, wanted
    return stands(position, kind, channel)
