"""Selfies and bursts of head movements, rendered from a photograph in the public domain."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from monitor.benchmarks.heads import SHOWN, Sitter, fitted
from monitor.demonstration.photographs import photograph
from monitor.vision.faces.engines import FaceEngine, Picture, create_engine, look_closely
from rollcall.answers.bursts import pack


@cache
def engine() -> FaceEngine:
    """YuNet and SFace, loaded once."""
    return create_engine("sface")


@cache
def sitter(name: str) -> Sitter:
    """`astronaut` or `hopper`, as a phone shows them."""
    picture = np.asarray(cv2.imread(str(photograph(name))), np.uint8)
    return fitted(name, picture, look_closely(engine(), picture)[0].points)


def encoded(picture: Picture, quality: int = 90) -> bytes:
    """As JPEG."""
    _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return content.tobytes()


def packed(frames: list[SHOWN]) -> bytes:
    """A burst as a phone sends it."""
    return pack([(at, encoded(picture, 75)) for at, picture in frames])
