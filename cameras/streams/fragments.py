"""Coded pictures as MP4 without decoding them: in fragments for a browser that watches live, or whole for the clip of an incident."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

import av
import av.error

from cameras.streams.ring import Group
from cameras.streams.rtsp.parts import split_annex_b
from cameras.streams.rtsp.units import Unit

_CLOCK = 90_000
# What Chromium plays through Media Source Extensions; H.265 it does not, and Motion JPEG has no place there.
PLAYABLE = "h264"
_LIVE = {"movflags": "empty_moov+default_base_moof+frag_every_frame+skip_trailer"}
_WHOLE: dict[str, str] = {}
# The last picture of a clip is shown so long.
_LAST_SECONDS = 0.1


class Fragments:
    """The fragmented MP4 of one stream for one viewer, from a keyframe on. Each fragment comes when the next picture does."""

    def __init__(self, codec: str, parameter_sets: bytes, keyframe: Unit) -> None:
        """Raises ValueError when the stream cannot be played or the keyframe is damaged."""
        if codec != PLAYABLE:
            raise ValueError(f"{codec} is not played")
        self._codec = codec
        first = parameter_sets + keyframe.data(codec)
        self.mime = f'video/mp4; codecs="{codec_string(first)}"'
        self._out = _Parts()
        self._muxer = _Muxer(self._out, codec, first, _LIVE)
        self._begins = keyframe.time_s

    def add(self, unit: Unit) -> bytes:
        """Take the next picture; returns the bytes that are ready, often those of the one before. Raises ValueError: begin anew."""
        self._muxer.add(unit, unit.time_s - self._begins)
        return self._out.take()

    def close(self) -> None:
        """Let go of the memory."""
        self._muxer.close()


def clip_of(codec: str, parameter_sets: bytes, groups: Sequence[Group]) -> bytes:
    """A whole MP4 of some groups of pictures. Raises ValueError when there is nothing that could be put into one."""
    units = [unit for group in groups for unit in list(group)]
    if not units or codec not in ("h264", "hevc"):
        raise ValueError("nothing to make a clip of")
    out = io.BytesIO()
    muxer = _Muxer(out, codec, parameter_sets + units[0].data(codec), _WHOLE)
    for unit in units:
        muxer.add(unit, unit.time_s - units[0].time_s)
    muxer.close()
    return out.getvalue()


def codec_string(keyframe: bytes) -> str:
    """What a browser wants to know of an H.264 stream before it plays it, out of its parameter set (RFC 6381, 3.3): avc1.640028."""
    for unit in split_annex_b(keyframe):
        if unit[0] & 31 == 7 and len(unit) > 3:
            return "avc1." + unit[1:4].hex()
    raise ValueError("no parameter set")


class _Muxer:
    def __init__(self, out: io.RawIOBase | io.BytesIO, codec: str, first: bytes, options: dict[str, str]) -> None:
        try:
            # FFmpeg reads size and parameter sets out of the keyframe, as it would out of a file.
            with av.open(io.BytesIO(first), format=codec) as source:
                if not source.streams.video or not source.streams.video[0].codec_context.width:
                    raise ValueError("a damaged keyframe")
                self._file = av.open(out, "w", format="mp4", options=options)
                self._stream = self._file.add_stream_from_template(source.streams.video[0])
        except av.error.FFmpegError as error:
            raise ValueError("a damaged keyframe") from error
        self._codec = codec
        self._held: tuple[av.Packet[Any], int] | None = None  # its duration is known when the next one comes

    def add(self, unit: Unit, time_s: float) -> None:
        packet = av.Packet(unit.data(self._codec))
        packet.is_keyframe = unit.is_keyframe
        at = round(time_s * _CLOCK)
        if self._held is not None:
            at = max(at, self._held[1] + 1)
            self._write(at - self._held[1])
        self._held = packet, at

    def _write(self, duration: int) -> None:
        assert self._held is not None
        packet, at = self._held
        packet.stream, packet.time_base = self._stream, Fraction(1, _CLOCK)
        packet.pts = packet.dts = at
        packet.duration = duration
        try:
            self._file.mux_one(packet)
        except (av.error.FFmpegError, OverflowError) as error:
            raise ValueError("not to be written") from error

    def close(self) -> None:
        with suppress(av.error.FFmpegError, ValueError):
            if self._held is not None:
                self._write(round(_LAST_SECONDS * _CLOCK))
        with suppress(av.error.FFmpegError):
            self._file.close()


class _Parts(io.RawIOBase):
    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
