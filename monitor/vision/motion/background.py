"""Motion in keyframes: what differs from the background that a camera usually shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]

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
# Looks that make the first background, by the middle of what each place showed: who crosses the room meanwhile leaves no ghost.
WARM_UP = 5
# When more than this share changes at once, or levels shift by this much, light is suspected; kept structure proves it.
MUCH_CHANGED, LIGHT_SHIFT, STRUCTURE_KEPT = 0.35, 8.0, 0.6
# When more than this share differs, or the middle of all differences is this large, the light is looked into.
SOME_CHANGED, SHIFTED = 0.10, 1.5
# Shading is smooth: what is finer than this, in pixels of the small picture, does not come from a lamp or the sun.
SHADING = (41, 41)
MOST_BOXES = 20
# OpenCV's types do not know that the second of two may be one number.
_scalars: Any = cv2
_SMALL, _NEAR = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)


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

    def __init__(self, *, least_area: float = LEAST_AREA) -> None:
        """least_area: share of the picture that something must cover to count."""
        self._least_area = least_area
        self._mean: Plane = np.zeros((0, 0), np.float32)
        self._deviation: Plane = self._mean
        # The mean and what a pixel must differ by, as bytes: what most looks need is done with those alone.
        self._usual: Luma = np.zeros((0, 0), np.uint8)
        self._threshold: Luma = self._usual
        # What stands where it changed, and for how many looks it has stood still there.
        self._newcomer: Luma = self._usual
        self._still: NDArray[np.uint8] = self._usual
        self._waiting = False
        self._first: list[Luma] = []
        self._looks = 0
        self._watched: tuple[int, Mask | None] = (0, None)

    @property
    def is_young(self) -> bool:
        """Whether it still makes its first background; nothing fires before that."""
        return self._looks < WARM_UP

    def look(self, luma: Luma, mask: NDArray[np.generic] | None = None, *, learn: bool = True) -> Motion:
        """Compare one picture with the background, then learn from it.

        luma: uint8, shape (height, width); another size than before begins anew.
        mask: same shape as luma or any other; non-zero places are watched, zero ones ignored. None watches all.
        learn: False for pictures between those that come regularly. Raises ValueError for an empty or wrongly typed picture.
        """
        now = np.asarray(cv2.GaussianBlur(downscale(luma), (5, 5), 0), np.uint8)
        if now.shape != self._mean.shape:
            self._begin(now)
            return Motion(0.0, (), fired=False, light_change=False)
        watched = self._where(mask, now.shape)
        changed = np.asarray(cv2.compare(cv2.absdiff(now, self._usual), self._threshold, cv2.CMP_GT), np.uint8)
        count = cv2.countNonZero(changed)
        light_change, expected = False, None
        if count > SOME_CHANGED * now.size or abs(_shift(now, self._usual)) > SHIFTED:
            light_change, expected, changed = self._under_its_light(np.asarray(now, np.float32))
            count = cv2.countNonZero(changed)
        fraction = 0.0
        boxes: tuple[tuple[float, float, float, float], ...] = ()
        if count:
            here = changed if watched is None else np.asarray(cv2.bitwise_and(changed, watched), np.uint8)
            moved, boxes = _blobs(here, self._least_area)
            total = now.size if watched is None else cv2.countNonZero(watched)
            fraction = moved / max(1, total)
        if learn:
            self._learn(now, expected, changed, count)
        return Motion(fraction, boxes, fired=bool(boxes) and self._looks > WARM_UP, light_change=light_change)

    def _begin(self, now: Luma) -> None:
        self._mean = now.astype(np.float32)
        self._deviation = np.full_like(self._mean, FIRST_DEVIATION)
        self._newcomer, self._still, self._looks = now, np.zeros(now.shape, np.uint8), 1
        self._first = [now]
        self._remember()

    def _remember(self) -> None:
        self._usual = np.asarray(cv2.convertScaleAbs(self._mean), np.uint8)
        self._threshold = np.asarray(
            _scalars.max(cv2.convertScaleAbs(self._deviation, alpha=DEVIATIONS), LEAST_DIFFERENCE), np.uint8
        )

    def _where(self, mask: NDArray[np.generic] | None, shape: tuple[int, ...]) -> Mask | None:
        """The mask in this picture's size; a caller gives the same array again and again."""
        if mask is None:
            return None
        if self._watched[0] != id(mask) or self._watched[1] is None or self._watched[1].shape != shape:
            small = cv2.resize((mask != 0).astype(np.uint8) * 255, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)
            self._watched = id(mask), np.asarray(small, np.uint8)
            self._mask_kept = mask  # so that its id stays its own
        return self._watched[1]

    def _under_its_light(self, now: Plane) -> tuple[bool, Plane, Mask]:
        """(the light changed, the background under the light of now, what differs from that)."""
        # One gain and one shift for the whole picture are a lamp, a cloud or the camera's own exposure: the background follows.
        expected = _exposure(self._mean, now)
        light_change = float(np.abs(expected - self._mean).mean()) > LIGHT_SHIFT
        changed = self._changed(now, expected)
        if np.count_nonzero(changed) > MUCH_CHANGED * now.size or light_change:
            kept = correlation(fine(now), fine(self._mean)) > STRUCTURE_KEPT
            light_change = kept
            # A lamp at one side: what smooth shading does not explain has moved, the rest is light.
            expected = _shaded(expected, now) if kept else self._mean
            changed = self._changed(now, expected)
        return light_change, expected, changed

    def _changed(self, now: Plane, expected: Plane) -> Mask:
        return np.asarray(cv2.compare(cv2.convertScaleAbs(cv2.absdiff(now, expected)), self._threshold, cv2.CMP_GT), np.uint8)

    def _learn(self, now: Luma, expected: Plane | None, changed: Mask, count: int) -> None:
        """Take the picture in where it is quiet or has long been the same, and everywhere at the beginning."""
        self._looks += 1
        if expected is not None:
            self._mean = expected
        if self._looks <= WARM_UP:
            self._first.append(now)
            self._mean = np.asarray(np.median(self._first, axis=0), np.float32)
            if self._looks == WARM_UP:
                self._first = []
            self._remember()
            return
        quiet = cv2.bitwise_not(changed) if count else None
        usual = self._usual if expected is None else np.asarray(cv2.convertScaleAbs(expected), np.uint8)
        seen = _scalars.min(cv2.absdiff(now, usual), GREATEST_DEVIATION)
        cv2.accumulateWeighted(now, self._mean, QUIET_RATE, quiet)
        cv2.accumulateWeighted(seen, self._deviation, QUIET_RATE, quiet)
        if count:
            cv2.accumulateWeighted(seen, self._deviation, UNREST_RATE, changed)
            self._wait_for_newcomers(now, changed)
        elif self._waiting:
            self._still[:] = 0
            self._waiting = False
        self._remember()

    def _wait_for_newcomers(self, now: Luma, changed: Mask) -> None:
        same = _scalars.compare(cv2.absdiff(now, self._newcomer), LEAST_DIFFERENCE, cv2.CMP_LE)
        other = cv2.bitwise_not(same)
        self._newcomer = np.asarray(cv2.copyTo(now, other, self._newcomer.copy()), np.uint8)
        stands = np.asarray(cv2.bitwise_and(changed, same), np.uint8)
        self._still = _counted(self._still, stands)
        self._waiting = True
        stays = self._still >= STILL_LOOKS
        if stays.any():
            self._mean[stays] = self._newcomer[stays]


def _counted(still: NDArray[np.uint8], stands: Mask) -> NDArray[np.uint8]:
    """One more where something stands, 0 elsewhere; ends at 255."""
    more = _scalars.add(still, 1)
    return np.asarray(cv2.bitwise_and(more, more, mask=stands), np.uint8)


def correlation(one: Plane, other: Plane) -> float:
    """Pearson's correlation of two planes, -1 to 1; 0 when one of them is flat."""
    first, second = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((first * first).sum(dtype=np.float64) * (second * second).sum(dtype=np.float64)))
    return float((first * second).sum(dtype=np.float64)) / scale if scale > 0 else 0.0


def fine(plane: Plane) -> Plane:
    """The structure of a picture without its shading, in grey levels around 0; float32, same shape."""
    return np.asarray(plane - cv2.blur(plane, SHADING), np.float32)


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


def _shift(now: Luma, usual: Luma) -> int:
    """By how much most of the picture is brighter than usual: the median of a sample. numpy's own takes four times as long."""
    sample = (now[4::8, 4::8].astype(np.int16) - usual[4::8, 4::8]).ravel()
    middle = sample.size // 2
    return int(np.partition(sample, middle)[middle]) if sample.size else 0


def _shaded(expected: Plane, now: Plane) -> Plane:
    """The background under smooth shading: a lamp multiplies, haze and glare add; each place takes what explains it better."""
    usual, seen = cv2.blur(expected, SHADING), cv2.blur(now, SHADING)
    multiplied = expected * (seen / np.maximum(usual, 1))
    added = expected + (seen - usual)
    return np.asarray(np.where(np.abs(now - multiplied) < np.abs(now - added), multiplied, added), np.float32)


def _blobs(changed: Mask, least_area: float) -> tuple[int, tuple[tuple[float, float, float, float], ...]]:
    """How many pixels belong to places large enough to be somebody, and those places' boxes."""
    height, width = changed.shape
    least = least_area * height * width
    # Most looks end here: the few pixels that noise changes are not worth a filter.
    if cv2.countNonZero(changed) < least:
        return 0, ()
    opened = cv2.morphologyEx(changed, cv2.MORPH_OPEN, _SMALL)
    if cv2.countNonZero(opened) < least:
        return 0, ()
    # Head, trunk and legs of one person often come apart. Outlines: labelling each pixel would cost twenty times as much.
    outlines, _ = cv2.findContours(cv2.dilate(opened, _NEAR), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxed = [(outline, cv2.boundingRect(outline)) for outline in outlines]
    # Only a large box holds a large place.
    found = [(_area_within(outline, box, opened), box) for outline, box in boxed if box[2] * box[3] >= least]
    large = sorted((each for each in found if each[0] >= least), key=lambda each: -each[0])
    boxes = tuple(
        (left / width, top / height, wide / width, high / height) for _, (left, top, wide, high) in large[:MOST_BOXES]
    )
    return sum(area for area, _ in large), boxes


def _area_within(outline: cv2.typing.MatLike, box: Sequence[int], changed: cv2.typing.MatLike) -> int:
    """How many changed pixels an outline surrounds. box: its left, top, width and height."""
    left, top, wide, high = box
    inside = cv2.drawContours(np.zeros((high, wide), np.uint8), [outline], -1, 255, cv2.FILLED, offset=(-left, -top))
    return cv2.countNonZero(cv2.bitwise_and(inside, changed[top : top + high, left : left + wide]))
