"""What a browser may say of a floor's map, and the first arrangement of its rooms."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.places.floor_plans import MOST_PLACES, SMALLEST, Place, checked_places, in_grid, version_of
from monitor.problems import BadInput

SPOT = {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.1}


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({**SPOT, "room": 1, "camera": None}, Place(0.1, 0.2, 0.3, 0.1, room=1)),
        ({**SPOT, "room": None, "camera": 7}, Place(0.1, 0.2, 0.3, 0.1, camera=7)),
        # Nothing lies beyond the edge, or is too small to be hit.
        ({**SPOT, "x": 0.95, "y": -3, "room": 1}, Place(0.7, 0.0, 0.3, 0.1, room=1)),
        ({**SPOT, "width": 0, "height": 9, "room": 1}, Place(0.1, 0.0, SMALLEST, 1.0, room=1)),
    ],
)
def test_places_lie_within_the_map(told: dict[str, Any], place: Place) -> None:
    assert checked_places([told], {1}, {7}) == [place]


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        "rooms",
        [SPOT],
        [{**SPOT, "room": 2}],
        [{**SPOT, "room": 1, "camera": 7}],
        [{**SPOT, "room": "1"}],
        [{**SPOT, "x": "left", "room": 1}],
        [{**SPOT, "x": float("nan"), "room": 1}],
        [{"room": 1}],
        [7],
        [{**SPOT, "room": 1}] * (MOST_PLACES + 1),
    ],
)
def test_what_is_no_place_is_refused(told: Any) -> None:
    with pytest.raises(BadInput):
        checked_places(told, {1}, {7})


@pytest.mark.parametrize("many", [1, 2, 7, 60, MOST_PLACES])
def test_a_grid_holds_all_rooms_one_beside_the_other(many: int) -> None:
    places = in_grid(range(many))
    assert [place.room for place in places] == list(range(many))
    for number, one in enumerate(places):
        assert one.x >= 0
        assert one.x + one.width <= 1
        assert one.y + one.height <= 1
        for other in places[number + 1 :]:
            apart = other.x >= one.x + one.width or other.x + other.width <= one.x
            assert apart or other.y >= one.y + one.height
    assert in_grid([]) == []


def test_a_version_changes_with_the_places() -> None:
    one = Place(0.1, 0.1, 0.1, 0.1, room=1)
    assert version_of([one]) == version_of([Place(0.1, 0.1, 0.1, 0.1, room=1)])
    assert len({version_of([]), version_of([one]), version_of([one, one])}) == 3
