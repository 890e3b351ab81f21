"""The noise of a camera's pictures: the same noise in two pictures means that they are one picture, however it was encoded."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.vision.motion.background import Plane
from monitor.vision.motion.overlay import Mask

# What is smoother than this, in points of a sample, is light.
LIGHT = (9, 9)
# Grey levels beyond which a point is no noise, and the same in usual deviations; the least deviation that is told from rounding.
FAR, DEVIATIONS, LEAST_DEVIATION = 8.0, 3.0, 0.5
# Pictures before the mean is believed in, and the share of each further one that it learns, where it is noise and elsewhere:
# somebody who passes must not leave a shadow that is alike in the next pictures.
LEAST_LOOKS, RATE, SLOW_RATE = 5, 0.05, 0.01
# When what differs from the mean grows so much, it is not noise: something stands there, or the light is another. A difference
# that stays makes neighbouring pictures alike by no more than 1 - 1/1.3^2 = 0.4 before it is noticed here.
GROWN = 1.3
# Places are compared on their own, in points of a sample; those with less noise than this (grey levels squared) do not count.
PLACE, LEAST_ENERGY = 8, 0.01
# When fewer points than this show noise, the picture is another one.
LEAST_QUIET = 0.9


@dataclass(frozen=True)
class Noise:
    """How one picture's noise relates to the one before.

    likeness: correlation of the two, -1 to 1, of a middling place: about 0 for two pictures, 0.6 to 1 for one that was encoded twice;
    grown: whether what differs from the usual picture grew beyond noise.
    """

    likeness: float
    grown: bool


def residual(sample: Plane, mean: Plane) -> tuple[Plane, Mask, float]:
    """What differs from the mean beside light and contrast; where that is noise; its deviation in grey levels."""
    difference = sample - mean
    difference -= cv2.blur(difference, LIGHT)
    structure = mean - cv2.blur(mean, LIGHT)
    near = structure * (np.abs(difference) <= FAR)
    gain = np.vdot(difference, near) / max(1.0, float(np.vdot(near, near)))
    difference -= np.float32(gain) * structure
    far = np.abs(difference)
    # 1.25 times the mean of normal noise is its deviation.
    deviation = max(LEAST_DEVIATION, 1.25 * float(np.minimum(far, FAR).mean()))
    return np.asarray(difference, np.float32), np.asarray(far <= DEVIATIONS * deviation, np.bool_), deviation


def likeness(one: Plane, other: Plane) -> float:
    """Correlation of two residuals, -1 to 1, of a middling place of the picture: what is new in some places is alike only there."""
    size = (max(1, one.shape[1] // PLACE), max(1, one.shape[0] // PLACE))
    ours, theirs, both = (
        cv2.resize(product, size, interpolation=cv2.INTER_AREA) for product in (one * one, other * other, one * other)
    )
    scale = np.sqrt(ours * theirs)
    noisy = scale > LEAST_ENERGY
    places = np.sort(both[noisy] / scale[noisy])
    return float(places[places.size // 2]) if places.size else 0.0


class NoiseModel:
    """A running mean of samples, from which the noise of each is taken."""

    def __init__(self) -> None:
        self._mean: Plane = np.zeros((0, 0), np.float32)
        # 0 where it was no noise.
        self._before: NDArray[np.float16] = np.zeros((0, 0), np.float16)
        self._looks = 0
        self._deviation = 0.0

    def look(self, sample: Plane, watched: Mask | None = None) -> Noise | None:
        """The noise of the next sample against the one before; None while the mean is not known. `learn` follows.

        sample: float32, always of the same shape; watched: False where a clock runs.
        """
        if not self._looks:
            return None
        difference, quiet, deviation = residual(sample, self._mean)
        noise = difference * (quiet if watched is None else quiet & watched)
        before, self._before = self._before, noise.astype(np.float16)
        grown = float(quiet.mean()) < LEAST_QUIET or (self._looks >= LEAST_LOOKS and deviation > GROWN * self._deviation)
        if self._looks < LEAST_LOOKS:
            self._deviation = deviation
            return None
        if not grown:
            self._deviation += RATE * (deviation - self._deviation)
        # The mean has an error of its own, which both residuals share; it shows when the noise has just become less.
        shared = self._deviation**2 / self._looks / deviation**2
        return Noise(likeness(noise, before.astype(np.float32)) - shared, grown)

    def learn(self, sample: Plane, *, anew: bool = False) -> None:
        """Take a sample into the mean; anew: what was learnt before is of another light."""
        if anew or not self._looks:
            self._looks, self._mean = 1, sample
            self._before = np.zeros(sample.shape, np.float16)
            return
        self._looks = min(self._looks + 1, round(1 / RATE))
        rate: Plane | np.float32 = np.float32(1 / self._looks)
        if self._looks > LEAST_LOOKS:
            rate = np.where(self._before != 0, rate, np.float32(SLOW_RATE))
        self._mean = self._mean + rate * (sample - self._mean)
