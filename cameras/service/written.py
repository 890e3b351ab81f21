"""Words written into pictures: when a kept one was taken, and who was shown one."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_LETTERS = cv2.FONT_HERSHEY_SIMPLEX


def with_time(bgr: Pixels, local: datetime) -> Pixels:
    """The picture with its time written into a bar at its foot. bgr: uint8, shape (height, width, 3)."""
    height = bgr.shape[0]
    text = local.strftime("%Y-%m-%d %H:%M:%S %z")
    bar = max(16, height // 18)
    made = cv2.copyMakeBorder(bgr, 0, bar, 0, 0, cv2.BORDER_CONSTANT, value=_BLACK)
    scale = bar / 30
    cv2.putText(made, text, (bar // 3, height + round(bar * 0.75)), _LETTERS, scale, _WHITE, max(1, bar // 16))
    return np.asarray(made, np.uint8)


def with_words(bgr: Pixels, words: str) -> Pixels:
    """The picture, as large as it was, with words across its middle, which no cutting at the edge takes away. words: ASCII; empty: none."""
    if not words:
        return bgr
    height, width = bgr.shape[:2]
    (wide, _high), _base = cv2.getTextSize(words, _LETTERS, 1.0, 2)
    scale = min(width * 0.6 / wide, height / 300)
    thick = max(1, round(2 * scale))
    left, foot = round((width - wide * scale) / 2), height // 2
    made = bgr.copy()
    edge = max(1, round(scale * 1.5))
    # White with black around it, to be read on light and dark.
    for x, y in ((-edge, 0), (edge, 0), (0, -edge), (0, edge)):
        cv2.putText(made, words, (left + x, foot + y), _LETTERS, scale, _BLACK, thick, cv2.LINE_AA)
    cv2.putText(made, words, (left, foot), _LETTERS, scale, _WHITE, thick, cv2.LINE_AA)
    # What is seen behind them matters more than they do.
    return np.asarray(cv2.addWeighted(bgr, 0.5, made, 0.5, 0), np.uint8)
