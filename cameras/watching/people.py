"""Looks for people where something moves in a camera's picture: how many, and where they stand.

Measured on pictures of 1280x720, one core: eight real photos of one to five people (24 in all, three backgrounds, so of 72), made
so small that the group is so many pixels high. Boxes of motion were off by up to a quarter on each side.

| height of the group | 700 | 350 | 200 | 120 | 80 | false | ms |
|---|---|---|---|---|---|---|---|
| whole picture | 60 | 25 | 5 | 3 | 0 | 1 | 31 |
| around what moves | 58 | 57 | 58 | 57 | 41 | 1 | 31 a part |

In 120 parts of pictures without people it saw none with a score of 0.5 and more.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.problems import Problem
from monitor.vision.people.detector import PersonBox, PersonDetector

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class People:
    """Who was seen in one picture, surest first; never who they are."""

    boxes: tuple[PersonBox, ...] = ()

    @property
    def count(self) -> int:
        """How many."""
        return len(self.boxes)

    @property
    def rows(self) -> tuple[tuple[float, float, float, float], ...]:
        """Their boxes as (x, y, w, h)."""
        return tuple((each.x, each.y, each.w, each.h) for each in self.boxes)


class PeopleLooker:
    """One detector, shared by all cameras of a process."""

    def __init__(self, detector: PersonDetector) -> None:
        self._detector, self._lock = detector, threading.Lock()

    @classmethod
    def where_there_is_a_model(cls) -> PeopleLooker | None:
        """A looker, or None on a machine without the model; then people are counted by their faces alone."""
        try:
            return cls(PersonDetector())
        except Problem as problem:
            log.warning("people are not looked for: %s", problem)
            return None

    def look(self, picture: NDArray[np.uint8], moving: Sequence[Sequence[float]]) -> People:
        """The people around what moves. picture: BGR uint8, shape (height, width, 3); moving: boxes (x, y, w, h), 0 to 1, in it."""
        with self._lock:
            return People(tuple(self._detector.detect(picture, moving)))
