"""Motion in keyframes: what differs from the background that a camera usually shows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

LONG_SIDE = 320
# Grey levels that a blurred pixel must differ by, at least and in usual deviations of that pixel.
LEAST_DIFFERENCE, DEVIATIONS = 9.0, 4.0
# The deviation learns from moving leaves, curtains and screens too, but never grows so far that a person there would be missed.
FIRST_DEVIATION, GREATEST_DEVIATION = 1.5, 5.0
# A person at the far end of a room is about 7x20 of 320x180 pixels.
LEAST_AREA = 0.0012
# Share learnt of each look (one keyframe, about 2 s) where it is quiet: 40 s. Where it changed nothing is blended in, since half a
# person in the background would fire when they leave; what stays the same for five minutes is then taken in whole.
QUIET_RATE, STILL_LOOKS = 0.05, 150
# How fast a place learns that it varies while it fires: about five minutes.
UNREST_RATE = 0.008
# Looks that make the first background; until then nothing fires.
WARM_UP = 3
# When more than this share changes at once, or levels shift by this much, light is suspected; kept structure proves it.
MUCH_CHANGED, LIGHT_SHIFT, STRUCTURE_KEPT = 0.35, 8.0, 0.6
# Shading is smooth: what is finer than this, in pixels of the small picture, does not come from a lamp or the sun.
SHADING = (41, 41)
MOST_BOXES = 20


@dataclass(frozen=True)
class Motion:
    """What moved in one keyframe.

    fraction: share of the watched picture, 0 to 1; boxes: (x, y, width, height) relative to the picture, largest first;
    light_change: the light changed, whether or not something moved as well.
    """

    fraction: float
    boxes: tuple[tuple[float, float, float, float], ...]
    fired: bool
    light_change: bool


def downscale(luma: Luma, long_side: int = LONG_SIDE) -> Luma:
    """The picture with its long side shrunk to `long_side` pixels by averaging; a smaller one comes back as it is.

    luma: uint8, shape (height, width). Raises ValueError for anything else, and for an empty picture.
    """
    if luma.ndim != 2 or luma.dtype != np.uint8 or luma.size == 0:
        raise ValueError(f"a luma picture is uint8 of shape (height, width), not {luma.dtype} of shape {luma.shape}")
    height, width = luma.shape
    longest = max(height, width)
    if longest <= long_side:
        return luma
    size = (max(1, round(width * long_side / longest)), max(1, round(height * long_side / longest)))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


class BackgroundModel:
    """The usual picture of one camera, and how much each place of it usually varies."""

    def __init__(self) -> None:
        self._mean: Plane = np.zeros((0, 0), np.float32)
        self._deviation: Plane = self._mean
        # What stands where it changed, and for how many looks it has stood still there.
        self._newcomer: Plane = self._mean
        self._still: NDArray[np.int32] = np.zeros((0, 0), np.int32)
        self._looks = 0

    def look(self, luma: Luma, mask: NDArray[np.generic] | None = None) -> Motion:
        """Compare one keyframe with the background, then learn from it.

        luma: uint8, shape (height, width); another size than before begins anew.
        mask: same shape as luma or any other; non-zero places are watched, zero ones ignored. None watches all.
        Raises ValueError for an empty or wrongly typed picture.
        """
        now = np.asarray(cv2.GaussianBlur(downscale(luma), (5, 5), 0), np.float32)
        if now.shape != self._mean.shape:
            self._mean, self._newcomer, self._deviation = now, now, np.full_like(now, FIRST_DEVIATION)
            self._still = np.zeros(now.shape, np.int32)
            self._looks = 1
            return Motion(0.0, (), fired=False, light_change=False)
        watched = _watched(mask, now.shape)
        # One gain and one shift for the whole picture are a lamp, a cloud or the camera's own exposure: the background follows.
        expected = _exposure(self._mean, now)
        light_change = float(np.abs(expected - self._mean).mean()) > LIGHT_SHIFT
        changed = self._changed(now - expected)
        if changed.mean() > MUCH_CHANGED or light_change:
            kept = correlation(fine(now), fine(self._mean)) > STRUCTURE_KEPT
            light_change = kept
            if kept:
                # A lamp at one side: what smooth shading does not explain has moved, the rest is light.
                expected = _shaded(expected, now)
                changed = self._changed(now - expected)
            else:
                expected = self._mean
                changed = self._changed(now - expected)
        moved, boxes = _blobs(changed & watched)
        self._learn(now, expected, changed)
        fraction = float(moved.sum() / max(1, watched.sum()))
        return Motion(fraction, boxes, fired=bool(boxes) and self._looks > WARM_UP, light_change=light_change)

    def _changed(self, difference: Plane) -> Mask:
        return np.asarray(np.abs(difference) > np.maximum(LEAST_DIFFERENCE, DEVIATIONS * self._deviation), np.bool_)

    def _learn(self, now: Plane, expected: Plane, changed: Mask) -> None:
        """Take the picture in where it is quiet or has long been the same, and everywhere at the beginning."""
        self._looks += 1
        if self._looks <= WARM_UP:
            self._mean = expected + (now - expected) / np.float32(self._looks)
            return
        rate = np.where(changed, np.float32(0), np.float32(QUIET_RATE))
        self._mean = expected + rate * (now - expected)
        seen = np.minimum(np.abs(now - expected), GREATEST_DEVIATION)
        self._deviation += np.where(changed, np.float32(UNREST_RATE), np.float32(QUIET_RATE)) * (seen - self._deviation)
        same = np.abs(now - self._newcomer) <= LEAST_DIFFERENCE
        self._newcomer = np.where(same, self._newcomer + np.float32(QUIET_RATE) * (now - self._newcomer), now)
        self._still = np.where(changed & same, self._still + 1, 0)
        stays = self._still >= STILL_LOOKS
        self._mean[stays] = self._newcomer[stays]


def correlation(one: Plane, other: Plane) -> float:
    """Pearson's correlation of two planes, -1 to 1; 0 when one of them is flat."""
    first, second = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((first * first).sum(dtype=np.float64) * (second * second).sum(dtype=np.float64)))
    return float((first * second).sum(dtype=np.float64)) / scale if scale > 0 else 0.0


def fine(plane: Plane) -> Plane:
    """The structure of a picture without its shading, in grey levels around 0; float32, same shape."""
    return np.asarray(plane - cv2.blur(plane, SHADING), np.float32)


def _watched(mask: NDArray[np.generic] | None, shape: tuple[int, ...]) -> Mask:
    if mask is None:
        return np.ones(shape, np.bool_)
    small = cv2.resize((mask != 0).astype(np.uint8), (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)
    return np.asarray(small, np.bool_)


def _exposure(mean: Plane, now: Plane) -> Plane:
    """The background under the light of now: one gain and shift by least squares, twice more without the worst third."""
    before, after = mean[::4, ::4].ravel(), now[::4, ::4].ravel()
    near = np.ones(before.shape, np.bool_)
    for _ in range(3):
        centre, level = before[near].mean(), after[near].mean()
        spread = float(((before[near] - centre) ** 2).mean())
        shared = float(((before[near] - centre) * (after[near] - level)).mean())
        gain = shared / spread if spread > 1 else 1.0
        distance = np.abs(after - level - gain * (before - centre))
        near = distance <= max(2.0, float(np.percentile(distance, 70)))
    return np.asarray(level + gain * (mean - centre), np.float32)


def _shaded(expected: Plane, now: Plane) -> Plane:
    """The background under smooth shading: a lamp multiplies, haze and glare add; each place takes what explains it better."""
    usual, seen = cv2.blur(expected, SHADING), cv2.blur(now, SHADING)
    multiplied = expected * (seen / np.maximum(usual, 1))
    added = expected + (seen - usual)
    return np.asarray(np.where(np.abs(now - multiplied) < np.abs(now - added), multiplied, added), np.float32)


def _blobs(changed: Mask) -> tuple[Mask, tuple[tuple[float, float, float, float], ...]]:
    """Places large enough to be somebody, and their boxes."""
    height, width = changed.shape
    opened = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    # Head, trunk and legs of one person often come apart.
    joined = cv2.dilate(opened, np.ones((5, 5), np.uint8))
    count, labels, found, _ = cv2.connectedComponentsWithStats(joined)
    least = LEAST_AREA * height * width
    areas = np.bincount(labels[opened > 0], minlength=count)
    order = [label for label in np.argsort(areas)[::-1] if label != 0 and areas[label] >= least]
    moved = np.isin(labels, order) & (opened > 0)
    boxes = []
    for label in order[:MOST_BOXES]:
        left, top, wide, high = (int(value) for value in found[label][:4])
        boxes.append((left / width, top / height, wide / width, high / height))
    return np.asarray(moved, np.bool_), tuple(boxes)
