"""Clips on disk: encode the scenes with their labels, and read any clip as the packets a camera would send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.bitstream import BitStreamFilterContext

from cameras.benchmarks.scenes import HEIGHT, RATE, WIDTH, Scene, pictures
from cameras.streams.rtsp.units import Unit

SUFFIXES = (".mp4", ".mkv", ".mov")
_ANNEX_B = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}


def encode(folder: Path, scene: Scene) -> Path:
    """Encode a scene as H.264 with its labels beside it; returns the clip's path."""
    path = folder / f"{scene.name}.mp4"
    interval = round(scene.keyframe_seconds * RATE)
    chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = interval, 0
        parameters = f"scenecut=0:keyint={interval}:min-keyint={interval}:bframes=0"
        quality = {"crf": "26"}
        if scene.bit_rate:
            kilobits = scene.bit_rate // 1000
            parameters += f":nal-hrd=cbr:vbv-maxrate={kilobits}:vbv-bufsize={kilobits}"
            stream.codec_context.bit_rate, quality = scene.bit_rate, {}
        # As cameras encode: fast, without looking ahead.
        stream.options = {"preset": "veryfast", "tune": "zerolatency", "x264-params": parameters, **quality}
        stream.codec_context.thread_count = 1
        for luma in pictures(scene):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.vstack([luma, chroma]), "yuv420p")))
        file.mux(stream.encode(None))
    path.with_suffix(".csv").write_text("".join(f"{begin},{end}\n" for begin, end in scene.episodes))
    return path


def units_of(path: Path) -> Iterator[tuple[str, Unit]]:
    """(codec, picture) for each coded picture of a clip in the order it was sent, as watching takes them.

    Raises av.error.FFmpegError for what is no video, ValueError for a codec that cameras do not send.
    """
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        codec = stream.codec_context.name
        if codec not in (*_ANNEX_B, "mjpeg"):
            raise ValueError(f"{path.name} is {codec}; H.264, H.265 and Motion JPEG can be measured")
        into = BitStreamFilterContext(_ANNEX_B[codec], stream) if codec in _ANNEX_B else None
        first: float | None = None
        for packet in file.demux(stream):
            for each in into.filter(packet) if into else [packet]:
                if not each.size or each.pts is None:
                    continue
                time_s = float((each.dts if each.dts is not None else each.pts) * (each.time_base or packet.time_base))
                first = time_s if first is None else first
                yield codec, Unit(time_s - first, time_s, each.is_keyframe, each.size, [], bytes(each))
