"""Who was in which room when, from changes of room; and when two were in one together. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RoomChange:
    """Somebody came from one room to another; None: no room, or none that is known."""

    at: datetime
    before: int | None
    after: int | None


@dataclass(frozen=True)
class InRoom:
    """Somebody in a room. start None: since before anything is known; end None: still."""

    room: int
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class Together:
    """Two in one room from start to end. sure: since both beginnings are known."""

    room: int
    start: datetime
    end: datetime
    sure: bool


def rooms_over_time(
    changes: Iterable[RoomChange], room_now: int | None, since: datetime | None, came: datetime | None
) -> list[InRoom]:
    """All rooms of one person, in their order. room_now, since: where they are and since when that is known; came: when they came to
    the zone: nobody was in its rooms before. Of a change that contradicts the one before, the later one counts from then on."""
    spans: list[InRoom] = []
    start, room, known = came, None, False
    for change in sorted(changes, key=lambda each: each.at):
        held = room if known else change.before
        if held is not None and (start is None or start < change.at):
            spans.append(InRoom(held, start, change.at))
        start, room, known = change.at, change.after, True
    if known and room != room_now and room is not None and since is not None and start is not None and start < since:
        # They were given another room in a way that is not among the changes.
        spans.append(InRoom(room, start, since))
    if room_now is not None:
        begun = start if known and room == room_now else since or start
        spans.append(InRoom(room_now, begun, None))
    return spans


def shared(mine: Sequence[InRoom], theirs: Sequence[InRoom], since: datetime, until: datetime) -> list[Together]:
    """When two were in one room, within a time."""
    found = []
    for one in mine:
        for other in theirs:
            if one.room != other.room:
                continue
            start = max(each for each in (one.start, other.start, since) if each is not None)
            end = min(each for each in (one.end, other.end, until) if each is not None)
            if start < end:
                found.append(Together(one.room, start, end, one.start is not None and other.start is not None))
    return sorted(found, key=lambda each: (each.start, each.room))
