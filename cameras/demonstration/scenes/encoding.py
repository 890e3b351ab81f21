"""Render and encode a scene as the H.264 of a main and a sub stream, in one pass."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from cameras.demonstration.scenes.clips import FRAMES_PER_SECOND, KEYFRAME_INTERVAL, STREAMS, Clip, load, stem_of
from cameras.demonstration.scenes.drawing import HEIGHT, WIDTH, Picture
from cameras.demonstration.scenes.loops import frames, scene


def make(folder: Path, name: str, seconds: float | None = None) -> Clip:
    """Render and encode one scene into `folder`, in this process; replaces what is there."""
    # Scenes are made side by side: one thread each keeps two of them from fighting over two cores.
    cv2.setNumThreads(1)
    stem, own = folder / stem_of(name, seconds), os.getpid()
    encoders = {key: _Encoder(stem.with_suffix(f".{key}.{own}"), width, height, rate) for key, width, height, rate in STREAMS}
    shown = scene(name)
    length = max(2, round((seconds or shown.seconds) / 2) * 2)
    for planes in frames(shown, length):
        encoders["main"].add(planes)
        encoders["sub"].add(_half(planes))
    index = {}
    for key, encoder in encoders.items():
        index[key] = encoder.finish()
        encoder.path.replace(stem.with_suffix(f".{key}.h264"))
    temporary = stem.with_suffix(f".{own}.json")
    temporary.write_text(json.dumps(index), "utf-8")
    temporary.replace(stem.with_suffix(".json"))
    clip = load(folder, name, seconds)
    assert clip is not None, "a clip that was just written is whole"
    return clip


def _half(planes: Picture) -> Picture:
    """A planar 4:2:0 picture at half its width and height."""
    luma = cv2.resize(planes[:HEIGHT], (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    chroma = planes[HEIGHT:].reshape(HEIGHT, WIDTH // 2)  # both planes, one above the other
    small = cv2.resize(chroma, (WIDTH // 4, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    return np.concatenate([luma.ravel(), small.ravel()]).reshape(HEIGHT * 3 // 4, WIDTH // 2)


class _Encoder:
    """One H.264 file being written."""

    def __init__(self, path: Path, width: int, height: int, bit_rate: int) -> None:
        self.path = path
        self._file = path.open("wb")
        self._offsets = [0]
        codec = av.CodecContext.create("libx264", "w")
        assert isinstance(codec, av.VideoCodecContext)
        codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
        codec.time_base, codec.framerate = Fraction(1, FRAMES_PER_SECOND), Fraction(FRAMES_PER_SECOND)
        codec.gop_size, codec.max_b_frames, codec.thread_count = KEYFRAME_INTERVAL, 0, 1
        kilobits = bit_rate // 1000
        limits = f"vbv-maxrate={kilobits}:vbv-bufsize={kilobits * 2}:scenecut=0:keyint={KEYFRAME_INTERVAL}:min-keyint={KEYFRAME_INTERVAL}"
        codec.options = {"preset": "superfast", "tune": "zerolatency", "crf": "28", "x264-params": limits + ":sliced-threads=0"}
        self._codec, self._count = codec, 0

    def add(self, planes: Picture) -> None:
        """Encode one picture."""
        frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
        frame.pts = self._count
        self._count += 1
        self._write(self._codec.encode(frame))

    def finish(self) -> list[int]:
        """Close the file; returns where each frame starts, and where the last one ends."""
        self._write(self._codec.encode(None))
        self._file.close()
        return self._offsets

    def _write(self, packets: Iterable[av.Packet[Any]]) -> None:
        for packet in packets:
            self._file.write(bytes(packet))
            self._offsets.append(self._file.tell())
