"""Has the scenes encoded that nobody encoded before, a few at a time, each in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from cameras.demonstration.scenes.clips import Clip, load

Progress = Callable[[str, int, int], None]


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


def _make(folder: Path, name: str, seconds: float | None) -> Clip:
    # Imported in the processes that encode only: OpenCV and FFmpeg would triple the memory of the one that serves.
    from cameras.demonstration.scenes.encoding import make

    return make(folder, name, seconds)
