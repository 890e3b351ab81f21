"""How far apart two points of the earth are. Pure."""

from __future__ import annotations

import math

EARTH_METRES = 6_371_008.8


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the ground between two points in degrees north and east (the haversine formula)."""
    north, east = math.radians(other[0] - one[0]), math.radians(other[1] - one[1])
    half = math.sin(north / 2) ** 2
    half += math.cos(math.radians(one[0])) * math.cos(math.radians(other[0])) * math.sin(east / 2) ** 2
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(half)))
