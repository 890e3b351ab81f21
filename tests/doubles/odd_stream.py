"""A camera's stream on a real socket, H.264 made on the spot, whose answers and packets a test changes to be as odd as real ones."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction

import av
import numpy as np

from cameras.demonstration.streams.rtp import payloads
from cameras.streams.rtsp.parts import split_annex_b

CLOCK, FPS = 90_000, 10
Picture = list[bytes]


def pictures(
    count: int = 20, group: int = 10, width: int = 640, height: int = 360, options: str = "", slices: int = 1
) -> list[Picture]:
    """A still scene with texture, each picture as its units without start codes."""
    scene = (
        np.clip(np.random.default_rng(7).normal(110, 25, (height // 8, width // 8)), 16, 235)
        .astype(np.uint8)
        .repeat(8, 0)
        .repeat(8, 1)
    )
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.thread_count = width, height, "yuv420p", 1
    encoder.time_base, encoder.framerate, encoder.gop_size, encoder.max_b_frames = Fraction(1, FPS), Fraction(FPS), group, 0
    set_up = f"scenecut=0:keyint={group}:min-keyint={group}:slices={slices}:sliced-threads=0" + (
        f":{options}" if options else ""
    )
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": set_up}
    grey = np.full(width * height // 2, 128, np.uint8)
    made = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(np.concatenate([scene.ravel(), grey]).reshape(height * 3 // 2, width), "yuv420p")
        frame.pts = number
        made += [bytes(packet) for packet in encoder.encode(frame)]
    made += [bytes(packet) for packet in encoder.encode(None)]
    # Without delimiters and messages, as cameras leave them out.
    return [[unit for unit in split_annex_b(each) if unit[0] & 31 not in (6, 9)] for each in made]


class Rtp:
    """Packets of one source, interleaved in the connection."""

    def __init__(self, source: int = 0x1234, channel: int = 0) -> None:
        self.source, self.channel, self.sequence = source, channel, 100

    def packet(self, payload: bytes, stamp: int, marker: bool) -> bytes:
        head = (
            bytes((0x24, self.channel)) + (len(payload) + 12).to_bytes(2, "big") + bytes((0x80, 96 | (0x80 if marker else 0)))
        )
        head += (
            (self.sequence & 0xFFFF).to_bytes(2, "big")
            + (stamp & 0xFFFFFFFF).to_bytes(4, "big")
            + self.source.to_bytes(4, "big")
        )
        self.sequence += 1
        return head + payload

    def picture(self, units: Sequence[bytes], stamp: int, *, marker_each: bool = False) -> bytes:
        """All units of a picture; the marker on the last packet, or on the last packet of each unit."""
        made = b""
        for place, unit in enumerate(units):
            parts = payloads(b"\0\0\0\1" + unit)
            for number, part in enumerate(parts):
                made += self.packet(part, stamp, number == len(parts) - 1 and (marker_each or place == len(units) - 1))
        return made


Media = Callable[[Rtp, int], bytes]
Answer = Callable[[str, dict[str, str]], str | None]
"""Takes a method and the request's headers; gives a whole answer without CSeq, or None for the usual one."""


class OddStream:
    """One camera. media: takes the camera, and makes what gives the bytes for its n-th picture, ten a second; described: changes the SDP;
    answer: changes what it says."""

    def __init__(
        self,
        media: Callable[[OddStream], Media] | None = None,
        *,
        shown: list[Picture] | None = None,
        described: Callable[[str], str] = str,
        answer: Answer = lambda _method, _headers: None,
    ) -> None:
        self.shown = shown or pictures()
        self.asked: list[str] = []
        self._described, self._answer = described, answer
        self._media = media(self) if media else self.usual
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.uri = f"rtsp://127.0.0.1:{self.port}/live"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> OddStream:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def usual(self, rtp: Rtp, number: int) -> bytes:
        return rtp.picture(self.shown[number % len(self.shown)], number * CLOCK // FPS)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        ended = threading.Event()
        with line, suppress(OSError):
            data = b""
            while True:
                while data[:1] == b"$" and len(data) >= 4:
                    data = data[4 + int.from_bytes(data[2:4], "big") :]
                if b"\r\n\r\n" not in data:
                    more = line.recv(4096)
                    if not more:
                        break
                    data += more
                    continue
                head, _, data = data.partition(b"\r\n\r\n")
                first, *rest = head.decode("latin-1").split("\r\n")
                method = first.partition(" ")[0]
                headers = {name.strip().lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
                self.asked.append(method)
                said = self._answer(method, headers) or self._usual_answer(method)
                status, _, more_said = said.partition("\r\n")
                line.sendall(f"{status}\r\nCSeq: {headers.get('cseq', '0')}\r\n{more_said}".encode())
                if method == "PLAY" and " 200 " in status:
                    threading.Thread(target=self._play, args=(line, ended), daemon=True).start()
        ended.set()

    def _usual_answer(self, method: str) -> str:
        if method == "DESCRIBE":
            sets = ",".join(base64.b64encode(unit).decode() for unit in self.shown[0] if unit[0] & 31 in (7, 8))
            body = self._described(
                "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=cam\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
                f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sets}\r\na=control:track1\r\n"
            )
            return f"RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        if method == "SETUP":
            return "RTSP/1.0 200 OK\r\nSession: 77;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
        return "RTSP/1.0 200 OK\r\nSession: 77\r\n\r\n"

    def _play(self, line: socket.socket, ended: threading.Event) -> None:
        rtp, began = Rtp(), time.monotonic()
        number = 0
        with suppress(OSError):
            while not ended.wait(max(0.0, began + number / FPS - time.monotonic())):
                line.sendall(self._media(rtp, number))
                number += 1
