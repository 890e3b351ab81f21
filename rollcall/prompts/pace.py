"""How fast messages of a channel leave, all workers together, and who waits because a gateway asked to be left alone."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.rollcalls.messages import ChannelPace

# What is claimed leaves within this time: a slow channel keeps neither its worker nor its prompts to itself.
HORIZON = timedelta(seconds=2)


@dataclass(frozen=True)
class Rate:
    """per_second: messages, or parts of them where each_part."""

    per_second: float
    each_part: bool = False


def rooms(session: Session, rates: Mapping[str, Rate], channels: Collection[str], now: datetime) -> dict[str, int]:
    """How many messages may be claimed now of each channel that is slowed down; others are not in it."""
    rows = session.execute(select(ChannelPace.channel, ChannelPace.free_at).where(ChannelPace.channel.in_(channels)))
    free = {row.channel: row.free_at for row in rows}
    places: dict[str, int] = {}
    for name in channels:
        rate, free_at = rates.get(name), max(free.get(name, now), now)
        if rate is not None:
            left = (now + HORIZON - free_at).total_seconds() * rate.per_second
            places[name] = max(math.floor(left), 1 if free_at <= now else 0)
        elif free_at > now:
            places[name] = 0
    return places


def reserve(session: Session, channel: str, rate: Rate, parts: Sequence[int], now: datetime) -> list[datetime]:
    """The moments at which messages may leave, one after the other behind those of other workers.

    In the caller's write transaction, in which nobody else claims.
    """
    before = session.scalar(select(ChannelPace.free_at).where(ChannelPace.channel == channel))
    at = max(before or now, now)
    moments = []
    for count in parts:
        moments.append(at)
        at += timedelta(seconds=(count if rate.each_part else 1) / rate.per_second)
    hold_back(session, channel, at)
    return moments


def hold_back(session: Session, channel: str, until: datetime) -> None:
    """No message of a channel leaves before a moment; never sooner than was said before."""
    session.execute(insert_new(session, ChannelPace), [{"channel": channel, "free_at": until}])
    changed(
        session,
        update(ChannelPace).where(ChannelPace.channel == channel, ChannelPace.free_at < until).values(free_at=until),
    )
