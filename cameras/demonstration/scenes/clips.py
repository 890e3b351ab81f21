"""The scenes as encoded once and kept on disk; light to import, since the cameras run beside much else.

A clip is two raw H.264 files and an index. The index is written last, so a clip that has one is whole.
"""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FRAMES_PER_SECOND = 10
# Raise it whenever a picture changes, so that clips made before are made again.
SCENES_VERSION = 1
# A keyframe every two seconds, as most cameras do from the factory.
KEYFRAME_INTERVAL = 2 * FRAMES_PER_SECOND
# Name, width, height, and the ceiling of the bit rate; below it the quality is constant, so quiet pictures stay small.
STREAMS = (("main", 1280, 720, 1_200_000), ("sub", 640, 360, 400_000))


@dataclass(frozen=True)
class ClipStream:
    """One encoding of a scene: the bytes of its frames in a file. Frame 0 and every KEYFRAME_INTERVAL-th are keyframes."""

    width: int
    height: int
    bit_rate: int
    path: Path
    offsets: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def map(self) -> mmap.mmap:
        """The file in memory, read by the pages that are used; close it when done."""
        with self.path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


@dataclass(frozen=True)
class Clip:
    """One scene, encoded: its streams by name (main, sub)."""

    scene: str
    seconds: float
    streams: dict[str, ClipStream]


def load(folder: Path, name: str, seconds: float | None = None) -> Clip | None:
    """The clip of a scene if it was made before by this version, else None."""
    stem = folder / stem_of(name, seconds)
    try:
        index: dict[str, Any] = json.loads(stem.with_suffix(".json").read_text("utf-8"))
        streams = {
            key: ClipStream(width, height, rate, stem.with_suffix(f".{key}.h264"), tuple(index[key]))
            for key, width, height, rate in STREAMS
        }
        if all(stream.path.stat().st_size == stream.offsets[-1] for stream in streams.values()):
            return Clip(name, len(streams["main"]) / FRAMES_PER_SECOND, streams)
    except (OSError, ValueError, KeyError, IndexError):
        pass  # made by a start that was cut short, or not at all: it is made anew
    return None


def stem_of(name: str, seconds: float | None) -> str:
    """What the file names of a clip begin with."""
    return f"{name}-v{SCENES_VERSION}" + (f"-{seconds:g}s" if seconds else "")
