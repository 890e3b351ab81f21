"""Find the clock that a camera burns into its picture, so that it neither counts as motion nor hides a picture that stands still."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.vision.motion.background import Luma

# Clocks stand in the upper or lower fifth of a picture.
EDGE = 0.2
# Size of the cells that are watched, in pixels of the small picture, and the grey levels by which a digit changes one: white or
# black digits on a room change far more, noise shrunk with the picture far less.
CELL, DIGIT_CHANGE = 8, 24
# At least so many pixels of a cell belong to a digit.
DIGIT_PIXELS = 2
# A cell that changed in this share of the pairs holds the seconds of a clock, until the share falls to the lower one.
CHANGES, CHANGES_NO_MORE = 0.85, 0.6
# Pairs of keyframes before a clock is believed in, and the memory after that.
LEAST_PAIRS, MEMORY_PAIRS = 15, 20
# The seconds of a clock are at most this large, as shares of the picture's width and height.
WIDEST, HIGHEST = 0.16, 0.1
# What is masked beside the seconds, in heights of the digits: hours and minutes to the left, AM and PM to the right.
LEFT, RIGHT = 6.0, 2.0
# What is masked above and below, in pixels of the small picture.
MARGIN = 2

# True where a picture is watched, in its shape.
Mask = NDArray[np.bool_]
# Left, top, width and height, as shares of the picture.
Box = tuple[float, float, float, float]


class ClockFinder:
    """Learns where a clock runs; constant work and memory for each keyframe."""

    def __init__(self) -> None:
        self._edges: Luma = np.zeros((0, 0), np.uint8)
        self._shares: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._clock: Mask = np.zeros((0, 0), np.bool_)
        self._pairs = 0
        self.boxes: tuple[Box, ...] = ()

    def look(self, small: Luma) -> None:
        """Take the next keyframe, as `downscale` gives it; `boxes` is then where clocks run.

        A picture that stands still altogether, clock and all, teaches nothing.
        """
        height, width = small.shape
        band = max(CELL, round(EDGE * height) // CELL * CELL)
        if height < 2 * band or width < CELL:
            return
        edges = np.concatenate([small[:band], small[height - band :]])
        if edges.shape != self._edges.shape:
            self._edges, self._pairs, self.boxes = edges, 0, ()
            self._shares = np.zeros((2 * band // CELL, width // CELL), np.float32)
            self._clock = np.zeros_like(self._shares, np.bool_)
            return
        changed = changed_cells(self._edges, edges)
        self._edges = edges
        if not changed.any():
            return
        self._pairs += 1
        self._shares += (changed - self._shares) / np.float32(min(self._pairs, MEMORY_PAIRS))
        if self._pairs < LEAST_PAIRS:
            return
        clock = self._shares >= np.where(self._clock, CHANGES_NO_MORE, CHANGES)
        if not np.array_equal(clock, self._clock):
            self._clock, self.boxes = clock, boxes_of(clock, (height, width), band)


def changed_cells(before: Luma, after: Luma) -> Mask:
    """Which cells of CELL x CELL pixels differ as by a digit; what is left over at the right is not looked at."""
    rows, columns = before.shape[0] // CELL, before.shape[1] // CELL
    differs = (cv2.absdiff(before, after) > DIGIT_CHANGE)[: rows * CELL, : columns * CELL].astype(np.float32)
    share = cv2.resize(differs, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(share * CELL * CELL >= DIGIT_PIXELS - 0.5, np.bool_)


def boxes_of(clock: Mask, shape: tuple[int, int], band: int) -> tuple[Box, ...]:
    """The boxes around each group of cells that is small enough to be a clock's seconds, with room for its other digits.

    clock: cells of the upper and the lower band, one above the other; shape: of the picture, band: height of one, in pixels.
    """
    height, width = shape
    boxes, half = [], clock.shape[0] // 2
    for cells, first in ((clock[:half], 0), (clock[half:], height - band)):
        count, _, found, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8))
        for left, top, wide, high in (found[1:count, :4] * CELL).tolist():
            if wide <= WIDEST * width and high <= max(2 * CELL, HIGHEST * height):
                start, end = max(0.0, left - LEFT * high), min(width, left + wide + RIGHT * high)
                above, below = max(0, first + top - MARGIN), min(height, first + top + high + MARGIN)
                boxes.append((start / width, above / height, (end - start) / width, (below - above) / height))
    return tuple(boxes)


def mask_of(boxes: tuple[Box, ...], shape: tuple[int, ...]) -> Mask | None:
    """The watched places of a picture of any shape: False within the boxes; None when there are none."""
    if not boxes:
        return None
    mask, (height, width) = np.ones(shape, np.bool_), shape
    for left, top, wide, high in boxes:
        rows = slice(math.floor(top * height), math.ceil((top + high) * height))
        mask[rows, math.floor(left * width) : math.ceil((left + wide) * width)] = False
    return mask
