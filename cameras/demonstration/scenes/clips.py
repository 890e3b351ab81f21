"""The scenes as encoded once and kept on disk; light to import, since the cameras run beside much else.

A clip is two raw H.264 files and an index. The index is written last, so a clip that has one is whole.
"""

from __future__ import annotations

import json
import mmap
import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
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

Progress = Callable[[str, int, int], None]


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


def prepare(
    folder: Path, names: Iterable[str], *, seconds: float | None = None, progress: Progress | None = None, processes: int = 2
) -> dict[str, Clip]:
    """The clips of these scenes, made now where `folder` lacks them, `processes` at a time.

    seconds: shorter loops that play the scenes faster, for tests; rounded to whole keyframe intervals.
    progress: called with (scene, clips ready, clips wanted). Raises PhotographMissing, or OSError when the disk is full.
    """
    wanted = list(dict.fromkeys(names))
    folder.mkdir(parents=True, exist_ok=True)
    clips = {name: clip for name in wanted if (clip := load(folder, name, seconds)) is not None}
    missing = [name for name in wanted if name not in clips]
    report = progress or (lambda *_: None)
    for ready, name in enumerate(clips, 1):
        report(name, ready, len(wanted))
    if missing:
        # A fresh interpreter for each: forking a process that may have threads of OpenCV or FFmpeg is not safe.
        with ProcessPoolExecutor(min(processes, len(missing)), multiprocessing.get_context("spawn")) as pool:
            for done in as_completed([pool.submit(_make, folder, name, seconds) for name in missing]):
                clip = done.result()
                clips[clip.scene] = clip
                report(clip.scene, len(clips), len(wanted))
    return {name: clips[name] for name in wanted}


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


def _make(folder: Path, name: str, seconds: float | None) -> Clip:
    # Imported in the processes that encode only: OpenCV and FFmpeg would triple the memory of the one that serves.
    from cameras.demonstration.encoding import make

    return make(folder, name, seconds)


def stem_of(name: str, seconds: float | None) -> str:
    """What the file names of a clip begin with."""
    return f"{name}-v{SCENES_VERSION}" + (f"-{seconds:g}s" if seconds else "")
