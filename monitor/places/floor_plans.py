"""Where rooms and cameras are on a plan: what a browser may say of it, and a first arrangement in a grid. Pure decisions."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from monitor.problems import BadInput
from monitor.words import N_

MOST_PLACES, MOST_PLANS = 400, 40
SMALLEST = 0.01
# Of a cell of the grid, what stays free beside a room.
_GAP = 0.12


@dataclass(frozen=True)
class Place:
    """A room's rectangle or a camera's point, from 0 to 1 of the plan. One of room and camera is a number."""

    x: float
    y: float
    width: float
    height: float
    room: int | None = None
    camera: int | None = None


def checked_places(told: Any, rooms: Collection[int], cameras: Collection[int]) -> list[Place]:
    """Places that a browser sent, within the plan. rooms, cameras: those of the zone. Raises BadInput."""
    if not isinstance(told, list) or len(told) > MOST_PLACES:
        raise BadInput(N_("A map has at most %(most)s rooms and cameras. Make a further map for the rest."), most=MOST_PLACES)
    return [_checked(each, rooms, cameras) for each in told]


def _checked(told: Any, rooms: Collection[int], cameras: Collection[int]) -> Place:
    try:
        numbers = [float(told[name]) for name in ("x", "y", "width", "height")]
        room, camera = told.get("room"), told.get("camera")
    except (TypeError, KeyError, ValueError, AttributeError):
        raise _unread() from None
    if not all(math.isfinite(number) for number in numbers) or (room in rooms) == (camera in cameras):
        raise _unread()
    width, height = (round(min(1.0, max(SMALLEST, number)), 4) for number in numbers[2:])
    x, y = (round(min(1.0 - size, max(0.0, at)), 4) for at, size in zip(numbers[:2], (width, height), strict=True))
    return Place(x, y, width, height, room if room in rooms else None, camera if camera in cameras else None)


def _unread() -> BadInput:
    return BadInput(N_("A room or camera of this map is not there any more. Reload the page and draw again."))


def in_grid(rooms: Sequence[int]) -> list[Place]:
    """The rooms one beside the other, in rows, so that they can be moved to where they are."""
    rooms = rooms[:MOST_PLACES]
    columns = max(1, min(len(rooms), math.ceil(math.sqrt(len(rooms) * 1.6))))
    rows = max(1, math.ceil(len(rooms) / columns))
    wide, high = 1 / columns, 1 / rows
    return [
        Place(
            round((number % columns + _GAP / 2) * wide, 4),
            round((number // columns + _GAP / 2) * high, 4),
            round(wide * (1 - _GAP), 4),
            round(high * (1 - _GAP), 4),
            room=room,
        )
        for number, room in enumerate(rooms)
    ]


def version_of(places: Sequence[Place]) -> str:
    """Changes whenever the places do: who edits an older version is told so."""
    return hashlib.sha256(json.dumps([asdict(each) for each in places]).encode()).hexdigest()[:16]
