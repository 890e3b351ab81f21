"""Times of pictures that run evenly whatever the camera's clock does: set forward, back, standing still or at a wrong rate."""

from __future__ import annotations

# Pictures come at least so often while a stream counts as one, and at most so much out of order.
MOST_SECONDS, BACKWARDS_SECONDS = 10.0, 1.0
# A camera may send what it held back all at once, and its clock may be a little fast or slow.
_HELD_BACK_SECONDS, _RATE = 10.0, 1.05
_LEAST_SECONDS = 0.001


class EvenTimes:
    """The times of one stream's pictures, in seconds from its first: the camera's own steps where they can be, else what passed here.

    What watching, live pictures and clips reckon with must not jump: a clock that was set would else be hours of stillness, or a film
    that stands still for as long.
    """

    def __init__(self) -> None:
        self._time = self._newest = 0.0
        self._told: float | None = None
        self._arrived = self._began = 0.0

    def at(self, told: float, arrived: float, *, anew: bool = False) -> float:
        """The time of the next picture. told: on the camera's clock, from any start; arrived: on ours, both in seconds.

        anew: the camera's clock is another one since the last picture.
        """
        if self._told is None:
            self._told, self._arrived, self._began = told, arrived, arrived
            return self._time
        passed = arrived - self._arrived
        step = 0.0 if anew else told - self._told
        following = self._time + step
        elapsed = arrived - self._began
        believable = (
            step != 0
            and (abs(step) <= MOST_SECONDS or abs(step - passed) < MOST_SECONDS / 2)
            and following >= self._newest - BACKWARDS_SECONDS
            and elapsed / _RATE - _HELD_BACK_SECONDS <= following <= elapsed * _RATE + _HELD_BACK_SECONDS
        )
        if not believable:
            following = self._time + min(max(passed, _LEAST_SECONDS), MOST_SECONDS)
        self._told, self._arrived, self._time = told, arrived, following
        self._newest = max(self._newest, following)
        return following
