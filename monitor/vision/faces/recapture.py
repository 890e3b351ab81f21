"""Hints that a picture was taken of a screen or a print: something for a person's eyes, never a verdict.

The limits were set on 66 press and portrait photographs and on copies of each that were rendered as a photographed screen and as a
photographed print (`monitor/benchmarks/recaptures.py`). Real screens and prints are better and worse than those.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.vision.faces.engines import Face, Picture
from monitor.words import N_, Words, words

# A pattern stands out so many deviations above others of its fineness: photographs reached 5.1, screens began at 4.3 (middle 9.6).
MOST_PATTERN = 5.5
# Straight edges to the left, right, above and below the face: photographs had one at most, screens and prints four in the middle.
MOST_SIDES = 1
# Of the fine detail of a face of 160 pixels against its contrast: photographs from 0.052 on, prints 0.025 in the middle.
LEAST_DETAIL = 0.045
# Red and yellow of skin together (a* and b* of Lab): photographs from 14 on but for one in black and white, with 3.
LEAST_COLOUR = 9.0
_CROP, _SMALL, _FACE = 512, 480, 160
_STRONGEST = 6


def hints(image_bgr: Picture, face: Face) -> tuple[Words, ...]:
    """What looks like a picture of a picture, a sentence each. image_bgr: uint8, shape (height, width, 3); face: in its pixels."""
    found = {
        N_("Fine regular stripes lie over the face, as when a screen is photographed."): pattern(image_bgr, face)
        > MOST_PATTERN,
        N_("Straight edges surround the face, like those of a screen or a print."): edges_around(image_bgr, face) > MOST_SIDES,
        N_("The face lacks fine detail, as on a print or a copy."): detail(image_bgr, face) < LEAST_DETAIL,
        N_("The face has hardly any skin colour, as on a screen or a copy."): colour(image_bgr, face) < LEAST_COLOUR,
    }
    return tuple(words(sentence) for sentence, there in found.items() if there)


def pattern(image_bgr: Picture, face: Face) -> float:
    """How far regular patterns stand out in the spectrum of the face, in deviations from what is usual for their fineness.

    Pixels of a screen and of a camera beat against each other (moiré): single peaks in two directions. What stands along the axes is
    left out, since JPEG's blocks stand there. Source of the idea: Garcia and de Queiroz, IEEE TIFS 10(4), 2015.
    """
    grey = cv2.cvtColor(_around(image_bgr, face, 0.2), cv2.COLOR_BGR2GRAY).astype(np.float32)
    side = min(*grey.shape, _CROP)
    if side < 32:
        return 0.0
    top, left = (grey.shape[0] - side) // 2, (grey.shape[1] - side) // 2
    grey = grey[top : top + side, left : left + side]
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 3)
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    strength = np.log1p(np.abs(np.fft.fftshift(np.fft.fft2(fine * window))))
    down, across = np.mgrid[0:side, 0:side] - side // 2
    distance = np.hypot(across, down)
    ring = np.minimum(distance.astype(np.int64), side // 2).ravel()
    usual = _median_by(ring, strength.ravel())
    unusual = np.abs(strength.ravel() - usual[ring])
    deviation = _median_by(ring, unusual) + 0.05
    standing = ((strength.ravel() - usual[ring]) / deviation[ring]).reshape(side, side)
    told = (distance > 0.08 * side) & (distance < 0.48 * side) & (np.abs(across) > 2) & (np.abs(down) > 2)
    return float(np.sort(standing[told])[-_STRONGEST:].mean())


def edges_around(image_bgr: Picture, face: Face) -> int:
    """On how many of its four sides a long straight edge runs past the face."""
    scale = _SMALL / max(image_bgr.shape[:2])
    small = cv2.resize(image_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    edges = cv2.Canny(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), 60, 160)
    left, top, right, bottom = (scale * each for each in (face.x, face.y, face.x + face.width, face.y + face.height))
    lines = cv2.HoughLinesP(edges, 1, np.pi / 360, 60, minLineLength=round(0.9 * (bottom - top)), maxLineGap=6)
    sides = set()
    for x1, y1, x2, y2 in lines.reshape(-1, 4).tolist() if lines is not None else ():
        length, x, y = float(np.hypot(x2 - x1, y2 - y1)), (x1 + x2) / 2, (y1 + y2) / 2
        if abs(x2 - x1) < 0.2 * length and min(y1, y2) < (top + bottom) / 2 < max(y1, y2):
            sides |= {"left"} if x < left else {"right"} if x > right else set()
        elif abs(y2 - y1) < 0.2 * length and min(x1, x2) < (left + right) / 2 < max(x1, x2):
            sides |= {"above"} if y < top else {"below"} if y > bottom else set()
    return len(sides)


def detail(image_bgr: Picture, face: Face) -> float:
    """The variance of the Laplacian of the face at a size of 160 pixels, against its contrast; infinite for a smaller face."""
    if face.width < _FACE:
        return float("inf")
    grey = cv2.cvtColor(_around(image_bgr, face, 0.0), cv2.COLOR_BGR2GRAY).astype(np.float32)
    small = cv2.resize(grey, (_FACE, _FACE), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(small, cv2.CV_32F).var() / max(float(small.var()), 1.0))


def colour(image_bgr: Picture, face: Face) -> float:
    """How red and yellow the middle of the face is: the medians of a* and b* of Lab together, 0 for grey, negative for blue."""
    lab = cv2.cvtColor(_around(image_bgr, face, -0.2), cv2.COLOR_BGR2LAB).reshape(-1, 3)
    return float(np.median(lab[:, 1].astype(np.float64)) + np.median(lab[:, 2].astype(np.float64)) - 256)


def _around(image_bgr: Picture, face: Face, grow: float) -> Picture:
    """What lies in the face's box, made larger on each side by this share of it; at least one pixel."""
    height, width = image_bgr.shape[:2]
    left, top = max(0, round(face.x - grow * face.width)), max(0, round(face.y - grow * face.height))
    right = min(width, round(face.x + (1 + grow) * face.width))
    bottom = min(height, round(face.y + (1 + grow) * face.height))
    left, top = min(left, width - 1), min(top, height - 1)
    return image_bgr[top : max(bottom, top + 1), left : max(right, left + 1)]


def _median_by(groups: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.float64]:
    """The median of the values of each group. groups: from 0 on; both of one dimension."""
    order = np.lexsort((values, groups))
    counts = np.bincount(groups)
    starts = np.cumsum(counts) - counts
    ordered = values[order].astype(np.float64)
    last = len(ordered) - 1
    lower, upper = starts + np.maximum(counts - 1, 0) // 2, starts + counts // 2
    return np.where(counts > 0, (ordered[np.minimum(lower, last)] + ordered[np.minimum(upper, last)]) / 2, 0.0)
