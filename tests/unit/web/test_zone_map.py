"""Where a phone was beside its zone: drawn whole, north above, and said in words."""

from __future__ import annotations

import math
from itertools import product

import pytest

from monitor.models.rollcalls.answers import PlaceVerdict
from monitor.places.distance import EARTH_METRES
from monitor.words import translator
from rollcall.answers.places import Circle, Place
from web.shared.zone_map import MARGIN, SIZE, zone_map

ZONE = Circle(21.59, 105.84, 200.0)


def beside(east: float, north: float, accuracy: float) -> Place:
    """So many metres from the zone's middle."""
    latitude = ZONE.latitude + math.degrees(north / EARTH_METRES)
    longitude = ZONE.longitude + math.degrees(east / EARTH_METRES / math.cos(math.radians(ZONE.latitude)))
    return Place(latitude, longitude, accuracy)


@pytest.mark.parametrize(
    ("place", "verdict", "said"),
    [
        (beside(0, 50, 20), PlaceVerdict.INSIDE, "Inside the zone: 150 m within its edge, give or take 20 m."),
        (
            beside(230, 0, 60),
            PlaceVerdict.INSIDE,
            "At the zone’s edge: 30 m beyond it, to the east, give or take 60 m; so it may be inside.",
        ),
        (
            beside(-707, -707, 15),
            PlaceVerdict.OUTSIDE,
            "Outside the zone: 800 m beyond its edge, to the south-west, give or take 15 m.",
        ),
        (beside(0, 9200, 15), PlaceVerdict.OUTSIDE, "Outside the zone: 9 km beyond its edge, to the north, give or take 15 m."),
        (
            beside(0, 50, 5000),
            PlaceVerdict.UNKNOWN,
            "Nobody can know from this where the phone was: it claims an error of 5 km.",
        ),
        (beside(0, 50, 0), PlaceVerdict.UNKNOWN, "Nobody can know from this where the phone was: it claims an error of 0 m."),
    ],
)
def test_what_it_says(place: Place, verdict: PlaceVerdict, said: str) -> None:
    drawn = zone_map(place, ZONE)
    assert (drawn.verdict, drawn.said.say(translator("en"))) == (verdict, said)


@pytest.mark.parametrize(("east", "north"), [*product((-90000.0, -300.0, 0.0, 300.0, 4e6), repeat=2)])
def test_both_circles_are_whole_on_the_drawing(east: float, north: float) -> None:
    drawn = zone_map(beside(east, north / 4, 40.0), ZONE)
    for each in (drawn.zone, drawn.phone):
        # What is too small to be seen is drawn as a dot.
        assert each.x - each.radius >= MARGIN - 4
        assert each.x + each.radius <= SIZE - MARGIN + 4
        assert each.y - each.radius >= MARGIN - 4
        assert each.y + each.radius <= SIZE - MARGIN + 4
    assert 0 < drawn.scale[1] <= SIZE / 3 + 1


def test_north_is_above_and_east_is_right() -> None:
    drawn = zone_map(beside(300, 300, 10), ZONE)
    assert drawn.phone.x > drawn.zone.x
    assert drawn.phone.y < drawn.zone.y
    assert drawn.phone.x - drawn.zone.x == pytest.approx(drawn.zone.y - drawn.phone.y, abs=0.3)
    assert drawn.zone.radius / (drawn.phone.x - drawn.zone.x) == pytest.approx(200 / 300, rel=0.01)
