"""Where a phone was beside its zone, reckoned for SVG: pure numbers in, coordinates and words out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from monitor.models.rollcalls.answers import PlaceVerdict
from monitor.places.distance import metres_between
from monitor.words import N_, Words, words
from rollcall.answers.places import Circle, Place, judge_place

SIZE, MARGIN, SMALLEST = 320.0, 34.0, 3.0
"""Of the square drawing, of what stays free around it, and of a circle that is drawn, in its own units."""
_OF_EIGHT = (
    N_("north"),
    N_("north-east"),
    N_("east"),
    N_("south-east"),
    N_("south"),
    N_("south-west"),
    N_("west"),
    N_("north-west"),
)


@dataclass(frozen=True)
class Drawn:
    """A circle: its middle and radius."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class ZoneMap:
    """A zone and a phone's place with its error, north above. scale: a length in metres, and how long that is drawn."""

    zone: Drawn
    phone: Drawn
    scale: tuple[float, float]
    verdict: PlaceVerdict
    said: Words

    @property
    def scale_said(self) -> str:
        """The length beside the scale."""
        return length(self.scale[0])


def length(metres: float) -> str:
    """A length as it is read."""
    return f"{metres:.0f} m" if metres < 2000 else f"{metres / 1000:.0f} km"


def zone_map(place: Place, zone: Circle) -> ZoneMap:
    """Both circles whole, as large as they can be, with what they say in words."""
    distance = metres_between((place.latitude, place.longitude), (zone.latitude, zone.longitude))
    bearing = _bearing(place, zone)
    east, north, error = distance * math.sin(bearing), distance * math.cos(bearing), max(place.accuracy_metres, 0.0)
    west_end, east_end = min(-zone.radius_metres, east - error), max(zone.radius_metres, east + error)
    south_end, north_end = min(-zone.radius_metres, north - error), max(zone.radius_metres, north + error)
    units = (SIZE - 2 * MARGIN) / max(east_end - west_end, north_end - south_end, 1.0)
    middle_x, middle_y = (west_end + east_end) / 2, (south_end + north_end) / 2

    def drawn(at_east: float, at_north: float, radius: float) -> Drawn:
        x, y = SIZE / 2 + (at_east - middle_x) * units, SIZE / 2 - (at_north - middle_y) * units
        return Drawn(round(x, 1), round(y, 1), round(max(radius * units, SMALLEST), 1))

    round_length = _round_length(SIZE / 3 / units)
    verdict = judge_place(place, zone).verdict
    return ZoneMap(
        zone=drawn(0, 0, zone.radius_metres),
        phone=drawn(east, north, error),
        scale=(round_length, round(round_length * units, 1)),
        verdict=verdict,
        said=_said(verdict, distance - zone.radius_metres, error, bearing),
    )


def _said(verdict: PlaceVerdict, beyond: float, error: float, bearing: float) -> Words:
    direction = words(_OF_EIGHT[round(bearing / (math.pi / 4)) % 8]).dump()
    edge, accuracy = length(abs(beyond)), length(error)
    if verdict is PlaceVerdict.UNKNOWN:
        return words(
            N_("Nobody can know from this where the phone was: it claims an error of %(accuracy)s."), accuracy=accuracy
        )
    if verdict is PlaceVerdict.OUTSIDE:
        template = N_("Outside the zone: %(edge)s beyond its edge, to the %(direction)s, give or take %(accuracy)s.")
        return words(template, edge=edge, direction=direction, accuracy=accuracy)
    if beyond > 0:
        template = N_(
            "At the zone’s edge: %(edge)s beyond it, to the %(direction)s, give or take %(accuracy)s; so it may be inside."
        )
        return words(template, edge=edge, direction=direction, accuracy=accuracy)
    return words(N_("Inside the zone: %(edge)s within its edge, give or take %(accuracy)s."), edge=edge, accuracy=accuracy)


def _bearing(place: Place, zone: Circle) -> float:
    """In which direction the phone lies from the zone's middle, in radians from north by east."""
    here, there = math.radians(zone.latitude), math.radians(place.latitude)
    turned = math.radians(place.longitude - zone.longitude)
    east = math.sin(turned) * math.cos(there)
    north = math.cos(here) * math.sin(there) - math.sin(here) * math.cos(there) * math.cos(turned)
    return math.atan2(east, north) % (2 * math.pi)


def _round_length(most: float) -> float:
    """The longest of 1, 2, 5, 10, 20 … that is not longer than this."""
    power: float = 10.0 ** math.floor(math.log10(most))
    return next(each * power for each in (5.0, 2.0, 1.0) if each * power <= most * 1.000001)
