"""Pictures of pictures, rendered: a photo on a screen and a print of it, both before a camera."""

from __future__ import annotations

import cv2
import numpy as np

from monitor.vision.faces.engines import Picture

WALL = (120, 130, 140)
# A screen's pixel is three stripes of red, green and blue wide, and its rows have gaps.
STRIPES, GAP, GAIN = 3, 0.3, 2.2


def photographed_screen(picture: Picture, chance: np.random.Generator) -> Picture:
    """As a camera takes it from a screen: stripes of colour that beat with its own pixels, a black frame, a little blue."""
    shown = _sized(picture, 800)
    height, width = shown.shape[:2]
    lit = np.zeros((height * STRIPES, width * STRIPES, 3), np.float32)
    for channel, column in ((2, 0), (1, 1), (0, 2)):
        stripes = np.zeros(lit.shape[:2], np.float32)
        stripes[:, column::STRIPES] = 1
        stripes[STRIPES - 1 :: STRIPES] *= GAP
        lit[..., channel] = np.kron(shown[..., channel], np.ones((STRIPES, STRIPES), np.float32)) * stripes * GAIN
    frame = round(chance.uniform(0.02, 0.06) * lit.shape[1])
    framed = cv2.copyMakeBorder(lit, frame, 2 * frame, frame, frame, cv2.BORDER_CONSTANT, value=(18, 18, 18))
    hung = cv2.copyMakeBorder(framed, 200, 200, 200, 200, cv2.BORDER_CONSTANT, value=WALL)
    seen = _tilted(cv2.GaussianBlur(hung, (0, 0), 0.6), chance.uniform(-4, 4), chance.uniform(0.42, 0.62))
    return _taken(seen * np.array([1.08, 1.0, 0.94], np.float32), chance, 2.5)


def photographed_print(picture: Picture, chance: np.random.Generator) -> Picture:
    """As a camera takes it from paper: soft, pale, with a white margin."""
    inked = cv2.GaussianBlur(_sized(picture, 700).astype(np.float32), (0, 0), 1.4) * 0.72 + 45
    printed = cv2.copyMakeBorder(inked, 25, 25, 25, 25, cv2.BORDER_CONSTANT, value=(235, 238, 240))
    printed = cv2.copyMakeBorder(printed, 90, 90, 90, 90, cv2.BORDER_CONSTANT, value=WALL)
    return _taken(_tilted(printed, chance.uniform(-6, 6), 1.0), chance, 3.0)


def _sized(picture: Picture, long_side: int) -> Picture:
    scale = long_side / max(picture.shape[:2])
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _tilted(picture: cv2.typing.MatLike, degrees: float, scale: float) -> cv2.typing.MatLike:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    size = (int(width * scale), int(height * scale))
    matrix[:, 2] += (np.array(size) - (width, height)) / 2
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderValue=WALL)


def _taken(seen: cv2.typing.MatLike, chance: np.random.Generator, noise: float) -> Picture:
    taken = np.clip(seen + chance.normal(0, noise, seen.shape), 0, 255).astype(np.uint8)
    taken = _sized(taken, min(1280, max(taken.shape[:2])))
    _, encoded = cv2.imencode(".jpg", taken, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
