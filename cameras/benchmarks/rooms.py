"""A room as a camera sees it, rendered and encoded for load measurements: still, with noise, and now and then a walker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

KEYFRAME_SECONDS = 2
# Somebody crosses the room for a fifth of the time, more than in most rooms.
WALKS_EVERY, WALK_LASTS = 20.0, 4.0
# Grey levels of the sensor's noise; each picture takes one of so many noise planes, at a shifted place.
NOISE, PLANES = 2.0, 6


def make_room(path: Path, width: int, height: int, rate: int, seconds: float, codec: str = "libx264") -> Path:
    """Render and encode a clip. codec: libx264 or libx265. Returns its path."""
    random = np.random.default_rng(7)
    room = _room(width, height, random)
    noise = [random.normal(0, NOISE, (height, width)).astype(np.float32) for _ in range(PLANES)]
    interval = rate * KEYFRAME_SECONDS
    chroma = np.full((height // 2, width), 128, np.uint8)
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = interval, 0
        parameters = f"scenecut=0:keyint={interval}:min-keyint={interval}:bframes=0"
        stream.options = {
            "preset": "veryfast",
            # Each picture as good at any rate, as a camera makes it; by its "crf" x264 would make fewer ones better.
            "qp": "26",
            f"{codec[3:]}-params": parameters + ":log-level=none" * (codec == "libx265"),
        }
        for number in range(round(seconds * rate)):
            picture = room + np.roll(noise[number % PLANES], number * 37 % width, axis=1)
            phase = (number / rate) % WALKS_EVERY
            if phase < WALK_LASTS:
                _walker(picture, phase / WALK_LASTS)
            luma = np.clip(picture, 0, 255).astype(np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.vstack([luma, chroma]), "yuv420p")))
        file.mux(stream.encode(None))
    return path


def _room(width: int, height: int, random: np.random.Generator) -> NDArray[np.float32]:
    wall = cv2.GaussianBlur(random.normal(0, 60, (height, width)).astype(np.float32), (0, 0), width / 60) * 3 + 140
    for _ in range(30):
        left, top = random.integers(0, width - width // 8), random.integers(0, height - height // 6)
        corner = (int(left + random.integers(width // 40, width // 5)), int(top + random.integers(height // 30, height // 4)))
        cv2.rectangle(wall, (int(left), int(top)), corner, float(random.integers(30, 220)), -1)
    return np.asarray(np.clip(wall, 10, 240), np.float32)


def _walker(picture: NDArray[np.float32], way: float) -> None:
    height, width = picture.shape
    x = int(way * width)
    cv2.ellipse(picture, (x, int(height * 0.62)), (width // 22, height // 4), 0, 0, 360, 70.0, -1)
    cv2.circle(picture, (x, int(height * 0.32)), width // 40, 165.0, -1)
