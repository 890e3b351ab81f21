"""A map of tiles: each commune one square of the same size, near where it lies. Pure decisions.

Areas on a map say how large a commune is, which is not what is asked here: a crowded ward would be a dot. Tiles keep neighbours together
and give each the same room for its number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

# So many places for a hundred tiles: with none to spare, whoever comes last lands far away.
_ROOM = 1.25
_ROUNDS = 6
_MOST = 1000


@dataclass(frozen=True)
class Spot:
    """Where something lies: degrees north and east."""

    key: str
    north: float
    east: float


@dataclass(frozen=True)
class TileMap:
    """places: column and row of each key, from the upper left; columns, rows: how many there are."""

    places: dict[str, tuple[int, int]]
    columns: int
    rows: int


def laid_out(spots: Sequence[Spot], *, wide: float = 1.3) -> TileMap:
    """Each on a tile of its own. wide: how much wider than high the map may be, at most. The same spots give the same map."""
    return _laid_out(tuple(sorted(spots, key=lambda spot: spot.key))[:_MOST], wide)


@lru_cache(8)
def _laid_out(spots: tuple[Spot, ...], wide: float) -> TileMap:
    if not spots:
        return TileMap({}, 0, 0)
    points = _flat(spots)
    width = max(x for x, _y in points) or 1.0
    height = max(y for _x, y in points) or 1.0
    shape = min(max(width / height, 1 / wide), wide)
    columns = max(1, math.ceil(math.sqrt(len(spots) * _ROOM * shape)))
    rows = max(1, math.ceil(len(spots) * _ROOM / columns))
    wanted = [(x / width * (columns - 1), y / height * (rows - 1)) for x, y in points]
    taken = _improved(wanted, _greedy(wanted, columns, rows))
    return _trimmed(spots, taken)


def _flat(spots: Sequence[Spot]) -> list[tuple[float, float]]:
    """Kilometres or so to the right of and below the upper left; a degree east is shorter than one north."""
    middle = sum(spot.north for spot in spots) / len(spots)
    shrink = math.cos(math.radians(middle))
    west, top = min(spot.east for spot in spots), max(spot.north for spot in spots)
    return [((spot.east - west) * shrink, top - spot.north) for spot in spots]


def _greedy(wanted: Sequence[tuple[float, float]], columns: int, rows: int) -> list[tuple[int, int]]:
    """The nearest free tile for each, beginning with the pairs that fit best."""
    tiles = [(column, row) for row in range(rows) for column in range(columns)]
    pairs = sorted((_off(at, tile), number, place) for number, at in enumerate(wanted) for place, tile in enumerate(tiles))
    found: dict[int, int] = {}
    used: set[int] = set()
    for _distance, number, place in pairs:
        if number not in found and place not in used:
            found[number] = place
            used.add(place)
    return [tiles[found[number]] for number in range(len(wanted))]


def _improved(wanted: Sequence[tuple[float, float]], taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Two change places as long as that brings them nearer together: who came last was sent far away."""
    for _round in range(_ROUNDS):
        better = False
        for one, other in _pairs(len(taken)):
            now = _off(wanted[one], taken[one]) + _off(wanted[other], taken[other])
            then = _off(wanted[one], taken[other]) + _off(wanted[other], taken[one])
            if then < now - 1e-9:
                taken[one], taken[other] = taken[other], taken[one]
                better = True
        if not better:
            break
    return taken


def _pairs(many: int) -> Iterator[tuple[int, int]]:
    return ((one, other) for one in range(many) for other in range(one + 1, many))


def _off(at: tuple[float, float], tile: tuple[int, int]) -> float:
    return (at[0] - tile[0]) ** 2 + (at[1] - tile[1]) ** 2


def _trimmed(spots: Sequence[Spot], taken: Sequence[tuple[int, int]]) -> TileMap:
    """Without rows and columns that nobody is in."""
    columns = {old: new for new, old in enumerate(sorted({column for column, _row in taken}))}
    rows = {old: new for new, old in enumerate(sorted({row for _column, row in taken}))}
    places = {spot.key: (columns[column], rows[row]) for spot, (column, row) in zip(spots, taken, strict=True)}
    return TileMap(places, len(columns), len(rows))
