"""Packets come and no picture does: which of the things that are wrong with a stream it is, for the words that staff get."""

from __future__ import annotations

from cameras.errors import CameraProblem, no_keyframe, no_parameter_sets, pictures_damaged
from cameras.streams.decoding import sets_of
from cameras.streams.rtsp.units import Unit


class Undecodable:
    """What came of a stream since its last good picture."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """A good picture came."""
        self.pictures = self.keyframes = 0
        self._without_sets = False

    def note(self, codec: str, parameter_sets: bytes, unit: Unit) -> None:
        """A picture came, and was not decoded or could not be."""
        self.pictures += 1
        if unit.is_keyframe:
            self.keyframes += 1
            self._without_sets = sets_of(codec, parameter_sets + unit.data(codec)) is None

    def problem(self, place: str) -> CameraProblem | None:
        """What to say; None while nothing came that could be complained about."""
        if self.keyframes:
            return no_parameter_sets(place) if self._without_sets else pictures_damaged(place)
        return no_keyframe(place) if self.pictures else None
