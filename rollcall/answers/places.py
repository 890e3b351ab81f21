"""Where a phone says it is: a pure decision. Only a person makes anything of it; what nobody can know is never "outside"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.models.rollcalls.answers import PlaceVerdict
from monitor.places.distance import metres_between
from monitor.words import N_, Words, words

# Worse than this and the fix says only which town it is.
WORST_ACCURACY = 1000.0
# A receiver's noise moves the last digits each time. Somebody's fifth fix in a row without it was typed, or stored.
REPEATS = 5
DIGITS = 7
# Nobody moves faster than a train between two answers, nor does a phone err by so much.
FASTEST = 100.0  # metres a second
SHORTEST_JUMP = 5000.0  # metres


@dataclass(frozen=True)
class Place:
    """A phone's fix: degrees, and the radius in metres within which it believes itself."""

    latitude: float
    longitude: float
    accuracy_metres: float


@dataclass(frozen=True)
class Circle:
    """Where a zone is."""

    latitude: float
    longitude: float
    radius_metres: float


@dataclass(frozen=True)
class Earlier:
    """A place that came with an earlier answer."""

    place: Place
    at: datetime


@dataclass(frozen=True)
class PlaceFinding:
    """doubtful: a person is to look at it. Never more than that."""

    verdict: PlaceVerdict
    reasons: tuple[Words, ...]
    doubtful: bool = False


WITHHELD = {
    "denied": N_("The location was not shared; that is allowed."),
    "unavailable": N_("The phone did not find its location."),
    "": N_("No location came with the answer."),
}


def judge_place(place: Place | None, zone: Circle, *, withheld: str = "") -> PlaceFinding:
    """Inside, outside or unknown, with the reason. withheld: a key of WITHHELD, where there is no place."""
    if place is None:
        return PlaceFinding(PlaceVerdict.UNKNOWN, (words(WITHHELD.get(withheld, WITHHELD[""])),))
    accuracy = place.accuracy_metres
    if accuracy <= 0:
        reason = words(
            N_("The phone claims to know its location to %(accuracy)s metres; no phone is that exact."),
            accuracy=f"{accuracy:g}",
        )
        return PlaceFinding(PlaceVerdict.UNKNOWN, (reason,), doubtful=True)
    if accuracy > WORST_ACCURACY:
        reason = words(N_("The phone knows its location only to within %(accuracy)s metres."), accuracy=f"{accuracy:.0f}")
        return PlaceFinding(PlaceVerdict.UNKNOWN, (reason,))
    distance = metres_between((place.latitude, place.longitude), (zone.latitude, zone.longitude))
    values = {"distance": f"{distance:.0f}", "accuracy": f"{accuracy:.0f}", "radius": f"{zone.radius_metres:.0f}"}
    if distance - accuracy > zone.radius_metres:
        template = N_(
            "The phone reports a place %(distance)s metres from the middle of the zone (give or take %(accuracy)s), beyond"
            " its edge at %(radius)s. Health staff will check."
        )
        return PlaceFinding(PlaceVerdict.OUTSIDE, (words(template, **values),), doubtful=True)
    template = N_("The phone is in the zone: %(distance)s metres from its middle, give or take %(accuracy)s.")
    return PlaceFinding(PlaceVerdict.INSIDE, (words(template, distance=values["distance"], accuracy=values["accuracy"]),))


def implausible(place: Place, at: datetime, earlier: Sequence[Earlier]) -> tuple[Words, ...]:
    """Why a fix does not look like one, beside the fixes of earlier answers, newest first; mostly nothing."""
    found = []
    same = [each for each in earlier[: REPEATS - 1] if _rounded(each.place) == _rounded(place)]
    if len(same) == REPEATS - 1:
        template = N_("The location was the same to the last digit %(count)s times in a row; a real receiver always varies.")
        found.append(words(template, count=REPEATS))
    if earlier:
        last = earlier[0]
        distance = metres_between((place.latitude, place.longitude), (last.place.latitude, last.place.longitude))
        moved = distance - place.accuracy_metres - last.place.accuracy_metres
        seconds = abs((at - last.at).total_seconds())
        if moved > SHORTEST_JUMP and moved > FASTEST * seconds:
            template = N_("The phone would have moved %(distance)s km in %(minutes)s minutes since the previous answer.")
            found.append(words(template, distance=f"{distance / 1000:.0f}", minutes=f"{seconds / 60:.0f}"))
    return tuple(found)


def _rounded(place: Place) -> tuple[float, float]:
    return round(place.latitude, DIGITS), round(place.longitude, DIGITS)
