"""What is known of one resident's presence: plain values that are gathered from rows and judged by `presence`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

# A picture older than this says nothing about now.
PICTURE_COUNTS_FOR = timedelta(seconds=30)

CameraTrouble = Literal["offline", "covered", "moved", "defocused", "frozen", "replayed", "dark", "silent", "resting"]


@dataclass(frozen=True)
class RoomCamera:
    """A camera that looks at the resident's room. trouble: why it cannot be believed now, None when it can."""

    name: str
    trouble: CameraTrouble | None


@dataclass(frozen=True)
class Evidence:
    """What is known of one resident. All times UTC.

    seen_at: newest sight of their face in their room; motion_at: newest motion or sight of anybody there; answered_at: newest
    verified answer; watched_since: since when a camera of the room has shown the room without a gap, None when none does.
    exits: the cameras that see who goes through the room's door, empty when none does; exit_watched_since: since when all of them
    have watched without a gap; came_in_at: newest sight of somebody coming in who can only be this resident; entered_at: of
    anybody coming in; went_out_at: of anybody going out. unnamed_at: of somebody who does not agree to face matching, the newest sight
    of anybody in their room, who may be they. alone: nobody else is assigned to the room; shared: others are. elsewhere_at: newest
    sight of their face by a camera that looks at no room of theirs. met_at, missed_at: when staff went there last and found them, or did not.
    """

    room: str | None
    cameras: tuple[RoomCamera, ...]
    seen_at: datetime | None
    motion_at: datetime | None
    answered_at: datetime | None
    watched_since: datetime | None
    exempt_until: datetime | None
    exits: tuple[RoomCamera, ...] = ()
    exit_watched_since: datetime | None = None
    came_in_at: datetime | None = None
    entered_at: datetime | None = None
    went_out_at: datetime | None = None
    unnamed_at: datetime | None = None
    alone: bool = False
    shared: bool = False
    elsewhere_at: datetime | None = None
    met_at: datetime | None = None
    missed_at: datetime | None = None


def newest(*times: datetime | None) -> datetime | None:
    """The newest of those that are known."""
    return max((each for each in times if each is not None), default=None)
