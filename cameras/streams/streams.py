"""Read a camera's RTSP stream: packets for little, pictures only of the packets somebody asks about."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import av
import av.error
import av.logging
import cv2
import numpy as np
from numpy.typing import NDArray

from cameras.errors import no_usable_stream, stream_lost, stream_refused, unreachable, wrong_password

Pixels = NDArray[np.uint8]

# Seconds to connect and learn of the stream, and to wait for each further packet.
OPEN_SECONDS, READ_SECONDS = 5.0, 10.0
# FFmpeg would look at five seconds of video to guess a frame rate that nobody asks for.
_ANALYSE_MICROSECONDS = "500000"
# What can be watched; of Motion JPEG each picture is a keyframe.
CODECS = ("h264", "hevc", "mjpeg")
# An 8K picture has 33 million pixels. A camera that announces more is broken or hostile.
LARGEST_PIXELS = 40_000_000
_REFUSED = (
    av.error.HTTPNotFoundError,
    av.error.HTTPForbiddenError,
    av.error.HTTPBadRequestError,
    av.error.HTTPOtherClientError,
)
_SILENT = (errno.ETIMEDOUT, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ECONNRESET, errno.EHOSTDOWN)


def with_credentials(uri: str, username: str, password: str) -> str:
    """The address with a login in it, percent-encoded; a login that the address already had is replaced. Never log the result."""
    parts = urlsplit(uri)
    place = parts.netloc.rpartition("@")[2]
    login = f"{quote(username, safe='')}:{quote(password, safe='')}@" if username else ""
    return urlunsplit(parts._replace(netloc=login + place))


def place_of(uri: str) -> str:
    """Host and port of an address, without login, path and query: fit for a sentence or a log."""
    return urlsplit(uri).netloc.rpartition("@")[2] or "?"


@dataclass(frozen=True)
class Packet:
    """One packet of video. time_s: on the camera's own clock, from any start; size_bytes: as compressed."""

    size_bytes: int
    is_keyframe: bool
    time_s: float
    raw: Any


class Picture:
    """One decoded picture, converted only as far as somebody asks."""

    def __init__(self, frame: av.VideoFrame) -> None:
        self._frame = frame

    def luma(self) -> Pixels:
        """Grey levels: uint8, shape (height, width)."""
        frame = self._frame
        if not frame.format.name.startswith(("yuv", "nv")) or frame.format.components[0].bits != 8:
            return np.asarray(frame.to_ndarray(format="gray"), np.uint8)
        # The first plane is the grey picture: no conversion needed, only its padding is cut off.
        plane = frame.planes[0]
        return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]

    def bgr(self) -> Pixels:
        """Colours as OpenCV has them: uint8, shape (height, width, 3)."""
        return np.asarray(self._frame.to_ndarray(format="bgr24"), np.uint8)

    def jpeg(self, quality: int = 75, cover: Callable[[Pixels], Pixels] | None = None) -> bytes:
        """The picture as JPEG; quality from 1 to 100. cover: takes what must not be stored out of the BGR picture."""
        picture = self.bgr() if cover is None else cover(self.bgr())
        _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return encoded.tobytes()


class Stream:
    """An open stream; use it in a `with`. It is of the thread that opened it."""

    def __init__(self, container: av.container.InputContainer, place: str) -> None:
        self._container, self._place = container, place
        video = next((each for each in container.streams.video if each.codec_context.name in CODECS), None)
        if video is None or video.codec_context.width * video.codec_context.height > LARGEST_PIXELS:
            container.close()
            raise no_usable_stream(place)
        self._video = video
        decoder = video.codec_context
        # One thread, and no waiting for later pictures that could come in between: a keyframe comes out at once.
        decoder.thread_type, decoder.thread_count, decoder.skip_frame = "NONE", 1, "NONKEY"
        self.width, self.height, self.codec = decoder.width, decoder.height, str(decoder.name)
        # RTSP streams have them in Annex B form; others in band.
        extra = bytes(decoder.extradata or b"")
        self.parameter_sets = extra if extra.startswith((b"\0\0\1", b"\0\0\0\1")) else b""

    def packets(self) -> Iterator[Packet]:
        """Every packet of the video until the caller stops. Raises StreamLost when it ends or falls silent."""
        with _mapped(self._place, opening=False):
            for raw in self._container.demux(self._video):
                if raw.size:
                    moment = float(raw.pts * raw.time_base) if raw.pts is not None and raw.time_base else time.monotonic()
                    yield Packet(raw.size, raw.is_keyframe, moment, raw)
        raise stream_lost(self._place)

    def decode(self, packet: Packet) -> Picture | None:
        """The picture of a keyframe, or None when it is damaged."""
        decoder = self._video.codec_context
        frames: list[av.VideoFrame] = []
        with suppress(av.error.FFmpegError):
            frames = decoder.decode(packet.raw)
            if not frames:
                # The decoder keeps it back to put pictures into order: ask for what it holds.
                frames = decoder.decode(None)
                decoder.flush_buffers()
        return Picture(frames[-1]) if frames else None

    def keyframe(self, deadline: float) -> Picture:
        """The next keyframe's picture. deadline: on time.monotonic. Raises StreamLost when none has come by then."""
        for packet in self.packets():
            picture = self.decode(packet) if packet.is_keyframe else None
            if picture is not None:
                return picture
            if time.monotonic() > deadline:
                break
        raise stream_lost(self._place)

    def close(self) -> None:
        """Hang up."""
        self._container.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_stream(
    uri: str, username: str = "", password: str = "", *, open_seconds: float = OPEN_SECONDS, read_seconds: float = READ_SECONDS
) -> Stream:
    """Connect to an RTSP stream over TCP.

    Raises WrongPassword, CameraUnreachable, StreamRefused, NoUsableStream (nothing in CODECS), StreamLost.
    """
    # FFmpeg writes addresses, logins included, into its log.
    av.logging.set_level(av.logging.PANIC)
    place = place_of(uri)
    if urlsplit(uri).scheme not in ("rtsp", "rtsps"):
        # FFmpeg opens files, pipes and much else; a camera may only name its streams.
        raise no_usable_stream(place)
    options = {"rtsp_transport": "tcp", "allowed_media_types": "video", "analyzeduration": _ANALYSE_MICROSECONDS}
    with _mapped(place, opening=True, seconds=open_seconds):
        container = av.open(with_credentials(uri, username, password), options=options, timeout=(open_seconds, read_seconds))
        return Stream(container, place)


@contextmanager
def _mapped(place: str, *, opening: bool, seconds: float = READ_SECONDS) -> Iterator[None]:
    """PyAV's errors as ours. `from None`: theirs carry the address with the login in it."""
    began = time.monotonic()
    try:
        yield
    except av.error.HTTPUnauthorizedError:
        raise wrong_password(place) from None
    except _REFUSED:
        raise stream_refused(place) from None
    except av.error.FFmpegError as error:
        if not opening:
            raise stream_lost(place) from None
        # What FFmpeg says of a time-out depends on where it was interrupted; the clock is plain.
        if error.errno in _SILENT or time.monotonic() - began > 0.9 * seconds:
            raise unreachable(place, seconds) from None
        if isinstance(error, av.error.InvalidDataError):
            raise no_usable_stream(place) from None
        raise stream_refused(place) from None
