"""The healthy picture of one camera: what a picture keeps of its places and of its detail, and how far it is shifted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.vision.motion.background import Luma, Plane

# One truth for each pixel or place of a picture.
Mask = NDArray[np.bool_]

# Structure is looked at in a picture this wide, detail in one twice as wide.
COARSE_SIDE = 160
# Shading is smoother than this, in pixels of the coarse picture; places (blocks) are compared on their own, in the same unit.
SHADING, BLOCK = (21, 21), 16
# A block shows something when its structure is at least so many grey levels, and this share of the whole picture's.
BLOCK_STRUCTURE, BLOCK_SHARE = 1.0, 0.25
# Grey levels of structure in a picture's block below which it shows nothing: correlations of next to nothing are chance.
BLOCK_FLAT = 0.5
# A block is kept when it correlates so strongly, either way round: infra-red turns some contrasts over.
BLOCK_KEPT = 0.6
# Mean squared detail (grey levels) of a scene below which blur could not be told from noise.
LEAST_DETAIL = 1.0
# When less is kept than this, a shift is looked for; further than a quarter of the picture, too little remains to tell.
SHIFT_SUSPECTED, DETAIL_SUSPECTED, GREATEST_SHIFT, SHIFT_COST = 0.7, 0.5, 0.25, 0.2
# Seconds of light that the reference remembers, and of a sudden change of light (infra-red): the whole is not what it was, and yet
# nearly every place is. Measured: infra-red leaves 0.2 to 0.9 of the whole, somebody close by 0.4 to 0.8 of the places.
MEMORY_SECONDS, SUDDEN_SECONDS, SUDDEN_LIKENESS, SUDDEN_PLACES = 400.0, 20.0, 0.95, 0.75
# Keyframes further apart than this are learnt as if they were so far apart.
LONGEST_STEP = 10.0
# Pictures after which the reference may be relied on.
REFERENCE_LOOKS = 2


@dataclass(frozen=True)
class View:
    """One picture made ready to compare.

    small: 320 pixels wide; brightness: its mean grey level; coarse: structure without shading and noise, detail: edges
    (Laplacian), both about 160 pixels wide, float32, around 0.
    """

    small: Luma
    brightness: float
    coarse: Plane
    detail: Plane


@dataclass(frozen=True)
class Likeness:
    """What a picture keeps of the reference.

    whole: correlation, -1 to 1; places: share of the places that show something and still show it, 0 to 1;
    in_place: fine detail over coarse structure, in those places, that is exactly where it was, relative to the usual (1);
    detail: all fine detail of the picture, wherever it is, in the same way; both None where the scene has none;
    shift: how far the picture is shifted, as a share of its width.
    """

    whole: float
    places: float
    in_place: float | None
    detail: float | None
    shift: float = 0.0


def view(small: Luma) -> View:
    """Make a picture ready. small: uint8, as `downscale` gives it."""
    height, width = small.shape
    half = cv2.resize(small, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(half.astype(np.float32), (5, 5), 0.9)
    # Every second line and column: as good a sample as all of them, for a quarter of the memory.
    detail = cv2.Laplacian(small, cv2.CV_16S)[: half.shape[0] * 2 : 2, : half.shape[1] * 2 : 2].astype(np.float32)
    coarse = np.asarray(smooth - cv2.blur(smooth, SHADING), np.float32)
    return View(small, float(half.mean()), coarse, np.asarray(detail[: half.shape[0], : half.shape[1]], np.float32))


def blocks(plane: Plane) -> Plane:
    """Means of a plane's places: one value for about BLOCK x BLOCK pixels."""
    height, width = plane.shape
    size = (max(1, round(width / BLOCK)), max(1, round(height / BLOCK)))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def root_mean_square(plane: Plane) -> float:
    """The deviation of a plane that is around 0; 0 of an empty one."""
    return math.sqrt(float(np.vdot(plane, plane)) / max(1, plane.size))


def correlation(one: Plane, other: Plane) -> float:
    """Correlation of two planes that are around 0, -1 to 1; 0 when one of them is flat."""
    scale = math.sqrt(float(np.vdot(one, one)) * float(np.vdot(other, other)))
    return float(np.vdot(one, other)) / scale if scale > 0 else 0.0


def shift_between(reference: Plane, coarse: Plane) -> tuple[float, float]:
    """How far `coarse` lies to the right of and below `reference`, in pixels, by phase correlation."""
    (across, down), _ = cv2.phaseCorrelate(reference, coarse)
    return across, down


class Reference:
    """A running mean of healthy pictures, and how much of each of its places the healthy ones usually show."""

    def __init__(self) -> None:
        self.coarse: Plane = np.zeros((0, 0), np.float32)
        self._detail = self._usual_detail = self._usual_coarse = self._usual_energy = self.coarse
        self.looks = 0
        self._learnt_at = 0.0

    def fits(self, seen: View) -> bool:
        """Whether there is something to compare with, in the size of this picture."""
        return self.looks >= REFERENCE_LOOKS and seen.coarse.shape == self.coarse.shape

    @property
    def structure(self) -> float:
        """Standard deviation of the healthy picture without shading and noise, in grey levels."""
        return root_mean_square(self.coarse)

    def compare(self, seen: View) -> Likeness:
        """What a picture keeps of this reference, which must fit it; a shifted one is shifted back first."""
        found = self._compare(seen)
        if found.places >= SHIFT_SUSPECTED and (found.in_place is None or found.in_place >= DETAIL_SUSPECTED):
            return found
        across, down = shift_between(self.coarse, seen.coarse)
        height, width = self.coarse.shape
        right, below = round(2 * across), round(2 * down)
        if (right, below) == (0, 0) or abs(across) > GREATEST_SHIFT * width or abs(down) > GREATEST_SHIFT * height:
            return found
        back = self._compare(view(_moved(seen.small, -right, -below)))
        # A shift that explains nothing was found in noise, one that costs detail in its place in somebody who stands there.
        if back.whole <= found.whole or back.places < found.places or _exact(back) < _exact(found) - SHIFT_COST:
            return found
        return replace(back, shift=math.hypot(across, down) / width)

    def _compare(self, seen: View) -> Likeness:
        ours, theirs, both = (
            blocks(self.coarse * self.coarse),
            blocks(seen.coarse * seen.coarse),
            blocks(self.coarse * seen.coarse),
        )
        shows = ours >= max(BLOCK_STRUCTURE, BLOCK_SHARE * self.structure) ** 2
        kept = shows & (theirs >= BLOCK_FLAT**2) & (np.abs(both) >= BLOCK_KEPT * np.sqrt(ours * theirs))
        share = float(kept.sum() / max(1, shows.sum()))
        in_place, detail = self._detail_of(seen, both, kept)
        return Likeness(correlation(self.coarse, seen.coarse), share, in_place, detail)

    def _detail_of(self, seen: View, both: Plane, kept: Mask) -> tuple[float | None, float | None]:
        """Detail that is in its place, and all detail.

        The first by products with the reference, since noise, which is alike to nothing, falls out of them. The second must
        take the usual noise off: its share of the usual energy is what no product explains.
        """
        usual, coarse = float(self._usual_detail[kept].sum()), float(np.abs(both[kept]).sum())
        if usual < LEAST_DETAIL * kept.sum() or coarse <= 0:
            return None, None
        gain = coarse / float(self._usual_coarse[kept].sum())
        in_place = float((blocks(self._detail * seen.detail)[kept] * np.sign(both[kept])).sum()) / usual / gain
        noise = float(self._usual_energy[kept].sum()) - usual
        energy = (float(blocks(seen.detail * seen.detail)[kept].sum()) - noise) / usual
        return max(0.0, in_place), math.sqrt(max(0.0, energy)) / gain

    def learn(self, seen: View, time_s: float, likeness: Likeness | None) -> None:
        """Take in a healthy picture: the first ones as a plain mean, later ones with a memory of MEMORY_SECONDS."""
        if seen.coarse.shape != self.coarse.shape:
            self.looks = 0
            self.coarse, self._detail = np.zeros_like(seen.coarse), np.zeros_like(seen.detail)
            self._usual_detail = self._usual_coarse = self._usual_energy = np.zeros_like(blocks(seen.coarse))
        if self.looks:
            # Before this picture is part of the mean: a product with its own noise would not be free of noise.
            both, detail = blocks(self.coarse * seen.coarse), blocks(self._detail * seen.detail)
            sign, times = np.sign(both), self.looks
            rate = self._rate(time_s, likeness, times)
            self._usual_detail = self._usual_detail + rate * (detail * sign - self._usual_detail)
            energy = blocks(seen.detail * seen.detail)
            self._usual_energy = self._usual_energy + rate * (energy - self._usual_energy)
            self._usual_coarse = self._usual_coarse + rate * (np.abs(both) - self._usual_coarse)
        self.looks += 1
        rate = self._rate(time_s, likeness, self.looks)
        self.coarse = self.coarse + rate * (seen.coarse - self.coarse)
        self._detail = self._detail + rate * (seen.detail - self._detail)
        self._learnt_at = time_s

    def _rate(self, time_s: float, likeness: Likeness | None, times: int) -> np.float32:
        sudden = likeness is not None and likeness.whole < SUDDEN_LIKENESS and likeness.places > SUDDEN_PLACES
        step = min(LONGEST_STEP, max(0.0, time_s - self._learnt_at))
        return np.float32(max(step / (SUDDEN_SECONDS if sudden else MEMORY_SECONDS), 1 / times))


def _exact(found: Likeness) -> float:
    """How much of the picture is exactly where it was, 0 to about 1."""
    return found.places * (found.in_place or 0.0)


def _moved(small: Luma, across: int, down: int) -> Luma:
    """The picture moved by whole pixels; what comes in from outside repeats the edge."""
    move = np.array([[1, 0, across], [0, 1, down]], np.float32)
    size = (small.shape[1], small.shape[0])
    return np.asarray(cv2.warpAffine(small, move, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE), np.uint8)
