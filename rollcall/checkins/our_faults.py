"""Whether a fault of ours kept somebody from answering: a pure decision over when they were asked and what of ours failed when.

A fault excuses only whom it plausibly mattered to. Whoever could answer for long after a short stall was asked like everybody else,
and a stall of seconds must not silence a province: who is excused is asked after by nobody unless something else speaks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.models.service import OutagePart
from monitor.outages import Outage

KEEP_FROM_ANSWERING = frozenset({OutagePart.SERVICE, OutagePart.PAGE, OutagePart.DATABASE, OutagePart.DISK})
"""While one of these lasts no answer can be given."""
KEEP_FROM_ASKING = frozenset({OutagePart.SCHEDULER, OutagePart.WORKER, OutagePart.GATEWAY, OutagePart.LINE})
"""While one of these lasts no message comes; whoever has one can answer all the same."""
# What of the time to answer must be lost to matter by itself: to whoever could not answer, and to whoever had a message but no reminder.
SHARE, SHARE_OF_THE_ASKED = 0.25, 0.5
# After a fault there must be as long to answer as it lasted, and at least so long; of a short time to answer a tenth is enough.
TIME_AFTERWARDS, SHARE_AFTERWARDS = timedelta(minutes=2), 0.1


@dataclass(frozen=True)
class Asked:
    """When somebody could answer, and what reached them. Times UTC.

    begins_at, due_at: the time to answer. sent_at: when a gateway first took a message; delivered_at: when one was confirmed.
    waiting: channels over which a message for them never left.
    """

    zone_id: int
    begins_at: datetime
    due_at: datetime
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Lost:
    """A stretch of the time to answer in which something did not work."""

    outage: Outage
    begins_at: datetime
    ends_at: datetime


def excusing(asked: Asked, outages: Collection[Outage]) -> Outage | None:
    """The fault that excuses somebody who did not answer; None where none of these mattered enough."""
    if asked.due_at <= asked.begins_at:
        return None
    lost = [each for outage in outages if (each := _lost(asked, outage)) is not None]
    found = _mattered(asked, [each for each in lost if _keeps_from_answering(each.outage)], SHARE, also_the_end=True)
    if found is not None:
        return found
    asking = [each for each in lost if _kept_from_asking(asked, each.outage)]
    unasked = [each for each in asking if not _reached(asked, each.outage)]
    return _mattered(asked, unasked, SHARE, also_the_end=True) or _mattered(
        asked, asking, SHARE_OF_THE_ASKED, also_the_end=False
    )


def _lost(asked: Asked, outage: Outage) -> _Lost | None:
    if outage.zone_id not in (None, asked.zone_id):
        return None
    begins, ends = max(outage.started_at, asked.begins_at), min(outage.ended_at, asked.due_at)
    return _Lost(outage, begins, ends) if begins < ends else None


def _keeps_from_answering(outage: Outage) -> bool:
    # The line of the place where the service runs is everybody's; that of a zone is not the only one of its phones.
    return outage.part in KEEP_FROM_ANSWERING or (outage.part is OutagePart.LINE and outage.zone_id is None)


def _kept_from_asking(asked: Asked, outage: Outage) -> bool:
    if outage.part is OutagePart.GATEWAY:
        return outage.subject in asked.waiting
    return outage.part in KEEP_FROM_ASKING


def _reached(asked: Asked, outage: Outage) -> bool:
    # A message may leave us and still not come where the line of a zone is lost.
    return (asked.delivered_at if outage.part is OutagePart.LINE else asked.sent_at) is not None


def _mattered(asked: Asked, lost: Collection[_Lost], share: float, *, also_the_end: bool) -> Outage | None:
    """The longest of what was lost, where it was too much in sum; or what lasted so long that too little time was left."""
    if not lost:
        return None
    time = asked.due_at - asked.begins_at
    if _in_sum(lost) >= share * time:
        return max(lost, key=lambda each: each.ends_at - each.begins_at).outage
    last = max(lost, key=lambda each: each.ends_at)
    needed = max(last.ends_at - last.begins_at, min(TIME_AFTERWARDS, SHARE_AFTERWARDS * time))
    return last.outage if also_the_end and asked.due_at - last.ends_at < needed else None


def _in_sum(lost: Iterable[_Lost]) -> timedelta:
    """How long something did not work, counting each moment once."""
    whole, until = timedelta(0), None
    for each in sorted(lost, key=lambda each: each.begins_at):
        begins = each.begins_at if until is None else max(each.begins_at, until)
        if each.ends_at > begins:
            whole += each.ends_at - begins
            until = each.ends_at
    return whole
