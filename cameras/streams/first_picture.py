"""One picture of a stream, now: by the reader that watches, so that what is shown is what will be watched; by FFmpeg where that one cannot."""

from __future__ import annotations

import queue
import time
from contextlib import closing
from dataclasses import dataclass

from cameras.errors import NoUsableStream, StreamLost, stream_lost
from cameras.streams.decoding import Decoder
from cameras.streams.ingest import Ingest
from cameras.streams.rtsp.units import Unit
from cameras.streams.streams import OPEN_SECONDS, Picture, open_stream, place_of
from cameras.streams.undecodable import Undecodable

# Seconds to wait for whatever comes next.
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class First:
    """The first picture of a stream, its codec, and whether FFmpeg had to read it."""

    picture: Picture
    codec: str
    by_ffmpeg: bool = False


def first_picture(ingest: Ingest, uri: str, username: str, password: str, seconds: float) -> First:
    """Connect, and wait so long for a keyframe that can be decoded. Raises CameraProblem: why there is none."""
    if uri.startswith("rtsp:"):
        try:
            return _by_ingest(ingest, uri, username, password, seconds)
        except NoUsableStream as problem:
            # Motion JPEG, perhaps: FFmpeg speaks what our own reader does not.
            try:
                return _by_ffmpeg(uri, username, password, seconds)
            except StreamLost:
                raise problem from None
    return _by_ffmpeg(uri, username, password, seconds)


def _by_ffmpeg(uri: str, username: str, password: str, seconds: float) -> First:
    with open_stream(uri, username, password, open_seconds=min(seconds, OPEN_SECONDS)) as stream:
        return First(stream.keyframe(time.monotonic() + seconds), stream.codec, by_ffmpeg=True)


def _by_ingest(ingest: Ingest, uri: str, username: str, password: str, seconds: float) -> First:
    came: queue.SimpleQueue[Unit | Exception | None] = queue.SimpleQueue()
    link, decoder, why = ingest.open(uri, username, password, came.put, came.put), Decoder(), Undecodable()
    deadline = time.monotonic() + seconds
    with closing(link):
        while time.monotonic() < deadline:
            try:
                unit = came.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            if not isinstance(unit, Unit):
                raise unit or stream_lost(place_of(uri))
            assert link.codec is not None, "units come after the description"
            picture = decoder.keyframe(link.codec, link.parameter_sets, unit) if unit.is_keyframe else None
            if picture is not None:
                return First(picture, link.codec)
            why.note(link.codec, link.parameter_sets, unit)
    raise why.problem(place_of(uri)) or stream_lost(place_of(uri))
