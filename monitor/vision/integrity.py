"""Whether a camera can see at all: covered and dark are told apart, and judged apart from motion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from monitor.vision.background import Luma, Plane, correlation, downscale, fine
from monitor.words import N_, Words, words

# Consecutive keyframes that must agree before the state changes: a hand that passes the lens is no cover.
AGREEING = 2
# Below this share of the healthy picture's structure, a picture has lost it.
STRUCTURE_LOST = 0.35
# Grey levels of structure that a flat, noisy picture still has; below, it is flat whatever the camera usually shows.
FLAT = 1.5
# From here on the scene is still recognised. Noise alone stays below 0.05 (57,600 pixels, blurred).
RECOGNISED = 0.25
# Mean grey level of a room whose light is off.
DARK = 40.0
# The healthy reference: a plain mean of the first pictures, then about six minutes at a keyframe every 2 s.
REFERENCE_RATE = 0.005
# Healthy pictures after which the reference may be relied on.
REFERENCE_LOOKS = 2


class IntegrityState(StrEnum):
    """What a camera's picture is worth. The values are stored."""

    OK = "ok"
    COVERED = "covered"
    DARK = "dark"


@dataclass(frozen=True)
class Measures:
    """What was measured in one picture.

    brightness: mean grey level; structure: standard deviation without shading and noise, in grey levels;
    usual_structure: the same of the healthy reference, and likeness: the correlation with it; both None while there is none.
    """

    brightness: float
    structure: float
    usual_structure: float | None
    likeness: float | None


@dataclass(frozen=True)
class Integrity:
    """The state of a camera's picture, since when (the clock of `look`), and why, in words."""

    state: IntegrityState
    since: float
    reasons: tuple[Words, ...]


def sharpness(luma: Luma) -> float:
    """Variance of the Laplacian of a picture; falls when a lens is covered or defocused.

    luma: uint8, shape (height, width), 0 is black. Returns grey levels squared; noise alone adds 20 times its variance.
    Raises ValueError for an empty picture. Source: Pech-Pacheco et al., ICPR 2000, section 3.
    """
    if luma.size == 0:
        raise ValueError("an empty picture has no sharpness")
    return float(cv2.Laplacian(luma, cv2.CV_32F).var())


def structure_plane(luma: Luma) -> Plane:
    """The structure of a picture: shrunk to 320 pixels, noise blurred away, shading taken off; float32, around 0."""
    return fine(np.asarray(cv2.GaussianBlur(downscale(luma), (0, 0), 1.5), np.float32))


def judge(measures: Measures) -> tuple[IntegrityState, tuple[Words, ...]]:
    """What one picture says, and why.

    A lamp that goes off dims the scene and leaves its structure recognisable, so nothing that is still recognised is
    covered, however faint. A picture in which nothing is recognised and little is left is covered, bright or dark: in
    total darkness nobody could tell the two apart, and to report it is the safe side.
    """
    recognised = measures.likeness is not None and measures.likeness >= RECOGNISED
    lost = measures.structure < FLAT or (
        measures.usual_structure is not None and measures.structure < STRUCTURE_LOST * measures.usual_structure
    )
    if lost and not recognised:
        if measures.brightness < DARK:
            return IntegrityState.COVERED, (
                words(N_("Nothing of the scene can be recognised: the lens is covered, or there is no light at all.")),
            )
        return IntegrityState.COVERED, (words(N_("Nothing of the scene can be recognised: something covers the lens.")),)
    if measures.brightness < DARK:
        return IntegrityState.DARK, (words(N_("It is dark, but the scene can still be recognised: the light is off.")),)
    return IntegrityState.OK, ()


class IntegrityJudge:
    """Remembers one camera's healthy picture and what its last pictures said."""

    def __init__(self) -> None:
        self._reference: Plane = np.zeros((0, 0), np.float32)
        self._healthy_looks = 0
        self._current: Integrity | None = None
        self._pending: Integrity | None = None
        self._agreeing = 0

    def look(self, luma: Luma, time_s: float) -> Integrity:
        """Judge one keyframe; the state changes after AGREEING of them that say the same, from the time of the first.

        luma: uint8, shape (height, width); time_s: seconds on any clock. Until AGREEING pictures were seen the state is ok.
        Raises ValueError for an empty or wrongly typed picture.
        """
        plane = structure_plane(luma)
        state, reasons = judge(self._measure(luma, plane))
        if state is IntegrityState.OK:
            self._learn(plane)
        if self._current is None:
            self._current = Integrity(IntegrityState.OK, time_s, ())
        if state is self._current.state:
            self._pending, self._agreeing = None, 0
            self._current = Integrity(state, self._current.since, reasons)
            return self._current
        if self._pending is None or self._pending.state is not state:
            self._pending, self._agreeing = Integrity(state, time_s, reasons), 0
        self._agreeing += 1
        if self._agreeing >= AGREEING:
            self._current, self._pending, self._agreeing = self._pending, None, 0
        return self._current

    def _measure(self, luma: Luma, plane: Plane) -> Measures:
        brightness, structure = float(luma.mean()), float(plane.std())
        if plane.shape != self._reference.shape or self._healthy_looks < REFERENCE_LOOKS:
            return Measures(brightness, structure, None, None)
        return Measures(brightness, structure, float(self._reference.std()), correlation(plane, self._reference))

    def _learn(self, plane: Plane) -> None:
        """Only what was judged healthy comes here, so a cover is never learnt."""
        if plane.shape != self._reference.shape:
            self._reference, self._healthy_looks = np.zeros_like(plane), 0
        self._healthy_looks += 1
        rate = max(REFERENCE_RATE, 1 / self._healthy_looks)
        self._reference = self._reference + rate * (plane - self._reference)
