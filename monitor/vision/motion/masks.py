"""Areas as masks of a picture: what is watched, and what is never stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.models.cameras.cameras import AreaKind
from monitor.places.areas import Area, Point

# What covers a private part: flat grey, so that nothing of it can be recovered.
_GREY = (128, 128, 128)


def mask(areas: Iterable[Area], shape: Sequence[int]) -> NDArray[np.bool_] | None:
    """Where motion counts, shape (height, width): inside the areas to watch if there are any, never in ignored or private ones.

    None when no area says anything, so that everything counts.
    """
    areas = list(areas)
    watched = [each for each in areas if each.kind is AreaKind.WATCH]
    ignored = [each for each in areas if each.kind in (AreaKind.IGNORE, AreaKind.PRIVACY)]
    if not watched and not ignored:
        return None
    drawn = np.zeros(tuple(shape[:2]), np.uint8) if watched else np.ones(tuple(shape[:2]), np.uint8)
    for area in watched:
        cv2.fillPoly(drawn, [_pixels(area.points, shape)], 1)
    for area in ignored:
        cv2.fillPoly(drawn, [_pixels(area.points, shape)], 0)
    return drawn.astype(np.bool_)


def blur_privacy(bgr: NDArray[np.uint8], areas: Iterable[Area]) -> NDArray[np.uint8]:
    """The picture with its private parts grey; the picture itself when there are none. bgr: uint8, shape (height, width, 3)."""
    private = [each for each in areas if each.kind is AreaKind.PRIVACY]
    if not private:
        return bgr
    covered = bgr.copy()
    for area in private:
        cv2.fillPoly(covered, [_pixels(area.points, bgr.shape)], _GREY)
    return covered


def _pixels(points: Iterable[Point], shape: Sequence[int]) -> NDArray[np.int32]:
    height, width = shape[:2]
    return np.array([[round(x * width), round(y * height)] for x, y in points], np.int32)
