"""One RTSP conversation over TCP, without a socket: bytes in, bytes out, pictures found (RFC 2326, sections 10 and 12).

The shell around it (`cameras.streams.ingest`) connects, reads and writes, and looks at `deadline`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from cameras.errors import (
    CameraProblem,
    endless_picture,
    no_usable_stream,
    over_udp_only,
    readable_password,
    redirected,
    sent_elsewhere,
    session_ended,
    stream_closed,
    stream_garbled,
    stream_lost,
    stream_refused,
    too_many_viewers,
    unreachable,
    wrong_password,
)
from cameras.login import Login
from cameras.masking import place_shown
from cameras.streams.rtsp.description import Video, find_video
from cameras.streams.rtsp.sources import Sources
from cameras.streams.rtsp.units import EndlessPicture, Unit

# Seconds for each answer, and to wait for each further packet.
ANSWER_SECONDS, SILENCE_SECONDS = 5.0, 10.0
# What a server may keep us waiting for before it has sent a whole answer or interleaved packet.
_LARGEST_ANSWER = 65_536
# Bytes that make no sense before a connection counts as garbled; a lost byte costs one packet, no more.
_MOST_GARBAGE = 65_536
_AGENT = "quarantine"
# How a viewer says that it is still there. What one camera takes, another refuses, with any status; the last way says it by RTCP alone.
_SIGNS_OF_LIFE = ("GET_PARAMETER", "OPTIONS", "SET_PARAMETER", "")
_REDIRECTS = range(300, 400)
_MOST_REDIRECTS = 3


class Phase(StrEnum):
    """What the conversation waits for."""

    DESCRIBE = "DESCRIBE"
    SETUP = "SETUP"
    PLAY = "PLAY"
    PLAYING = "playing"


class Session:
    """uri: without login. on_unit is called for every coded picture. Feed it with `receive`, send what `outgoing` gives.

    deadline: on the clock of `receive`; when it passes, call `overdue`. Raises from `receive` and `overdue`: WrongPassword,
    StreamRefused, NoUsableStream, StreamLost, CameraUnreachable; the conversation is over then.
    """

    def __init__(self, uri: str, login: Login, on_unit: Callable[[Unit], None], now: float) -> None:
        self.phase = Phase.DESCRIBE
        self.video: Video | None = None
        self.deadline = now + ANSWER_SECONDS
        self._uri = _without_login(uri)
        self._place = urlsplit(self._uri).netloc
        self._login, self._on_unit = login, on_unit
        self._sequence = 0
        self._out: list[bytes] = []
        self._rest = b""
        self._garbage = 0
        self._session, self._base = "", self._uri
        self._keep_alive_every, self._keep_alive_at = 30.0, 0.0
        self._sign_of_life = 0
        # What became of the newest sign of life: None while nothing was said, else the status.
        self._sign_refused = 0
        self._channel = 0
        self._heard = False
        self._sources: Sources | None = None
        self._redirects = 0
        self._ask("DESCRIBE", self._uri, "Accept: application/sdp")

    @property
    def codec(self) -> str | None:
        """Of the video, once it is known."""
        return self.video.codec if self.video else None

    @property
    def parameter_sets(self) -> bytes:
        """As the description told them, Annex B."""
        return self.video.parameter_sets if self.video else b""

    @property
    def lost(self) -> int:
        """RTP packets that never came."""
        return self._sources.lost if self._sources else 0

    def outgoing(self) -> bytes:
        """What is to be sent now; the caller's from here on."""
        out = b"".join(self._out)
        self._out.clear()
        return out

    def tick(self, now: float) -> None:
        """Keep the session alive while it plays, and end it when it is overdue."""
        if now >= self.deadline:
            raise self._overdue()
        if self.phase is Phase.PLAYING and now >= self._keep_alive_at:
            self._keep_alive_at = now + self._keep_alive_every
            self._give_sign_of_life()
            self._out.append(self._receiver_report())

    def close(self) -> None:
        """Say good-bye, so that the camera frees the place at once; send `outgoing` afterwards."""
        if self._session:
            self._ask("TEARDOWN", self._base)

    def hung_up(self) -> CameraProblem:
        """What to say when the camera closed the connection."""
        if self._sign_refused:
            return session_ended(self._place, self._sign_refused)
        return stream_closed(self._place)

    def _give_sign_of_life(self) -> None:
        method = _SIGNS_OF_LIFE[self._sign_of_life]
        if method:
            self._ask(method, self._base)

    def _overdue(self) -> CameraProblem:
        if self.phase is Phase.PLAYING:
            if self._sign_refused:
                return session_ended(self._place, self._sign_refused)
            return stream_lost(self._place) if self._heard else sent_elsewhere(self._place)
        return unreachable(self._place, ANSWER_SECONDS)

    def receive(self, data: bytes, now: float) -> None:
        """Take what came in. now: seconds on the clock that `deadline` is on."""
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        while at < end:
            if data[at] == 0x24:
                if at + 4 > end:
                    break
                after = at + 4 + (data[at + 2] << 8 | data[at + 3])
                if after > end:
                    break
                if data[at + 1] == self._channel or (not self._heard and self._is_video(data, at)):
                    self._packet(data, at + 4, after, now)
                at = after
                continue
            if data.startswith(b"RTSP/", at) or (end - at < 5 and b"RTSP/".startswith(data[at:end])):
                taken = self._answer_in(data, at, now)
                if taken == 0:
                    break
                at += taken
                continue
            at = self._resynchronise(data, at)
        self._rest = data[at:] if at < end else b""
        if len(self._rest) > _LARGEST_ANSWER + 65_536:
            raise stream_garbled(self._place)

    def _resynchronise(self, data: bytes, at: int) -> int:
        """Where the next packet of the video or the next answer may begin, after bytes that are neither."""
        assert self.video is not None or self.phase is not Phase.PLAYING
        mark = bytes((0x24, self._channel))
        answer = data.find(b"RTSP/1.0 ", at + 1)
        packet = data.find(mark, at + 1)
        while packet >= 0:
            # A dollar sign is one byte in 256 of any video: the packet's own head must make sense too.
            if packet + 6 > len(data) or self._plausible(data[packet + 4], data[packet + 5]):
                break
            packet = data.find(mark, packet + 1)
        following = min([each for each in (answer, packet) if each > 0], default=len(data))
        self._garbage += following - at
        if self._garbage > _MOST_GARBAGE or self.phase is not Phase.PLAYING:
            raise stream_garbled(self._place)
        return following

    def _is_video(self, data: bytes, at: int) -> bool:
        """Whether the packet at a dollar sign is of the video, on a channel that the camera did not name; it is read there from now on."""
        channel, head = data[at + 1], data[at + 4 : at + 6]
        if channel % 2 or len(head) < 2 or not self._plausible(*head):
            return False
        self._channel = channel
        return True

    def _plausible(self, first: int, second: int) -> bool:
        return first >> 6 == 2 and self.video is not None and second & 127 == self.video.payload_type

    def _packet(self, data: bytes, at: int, end: int, now: float) -> None:
        """One RTP packet, data[at:end]."""
        sources = self._sources
        if sources is None or end - at < 12 or data[at] >> 6 != 2:
            self._garbage += end - at
            if self._garbage > _MOST_GARBAGE:
                raise stream_garbled(self._place)
            return
        first, second = data[at], data[at + 1]
        assert self.video is not None
        if second & 127 != self.video.payload_type:
            return
        begin = at + 12 + 4 * (first & 15)
        if first & 16 and begin + 4 <= end:  # an extension, as ONVIF's replay and some cameras add
            begin += 4 + 4 * (data[begin + 2] << 8 | data[begin + 3])
        if first & 32:
            end -= data[end - 1]
        if begin >= end:
            return
        self.deadline = now + SILENCE_SECONDS
        self._heard = True
        try:
            units = sources.take(
                int.from_bytes(data[at + 8 : at + 12], "big"),
                second > 127,
                data[at + 2] << 8 | data[at + 3],
                int.from_bytes(data[at + 4 : at + 8], "big"),
                data[begin:end],
                now,
            )
        except EndlessPicture:
            raise endless_picture(self._place) from None
        for unit in units:
            self._garbage = 0
            self._on_unit(unit)

    def _answer_in(self, data: bytes, at: int, now: float) -> int:
        """Take one whole answer out of the data; returns its length, 0 while it is not all there."""
        head_end = data.find(b"\r\n\r\n", at)
        if head_end < 0:
            if len(data) - at > _LARGEST_ANSWER:
                raise stream_garbled(self._place)
            return 0
        lines = data[at:head_end].decode("utf-8", "replace").split("\r\n")
        headers: dict[str, list[str]] = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        length_text = headers.get("content-length", ["0"])[0]
        length = int(length_text) if length_text.isdigit() else 0
        if length > _LARGEST_ANSWER:
            raise stream_garbled(self._place)
        whole = head_end + 4 + length
        if whole > len(data):
            return 0
        status_text = lines[0].split(" ")[1:2]
        status = int(status_text[0]) if status_text and status_text[0].isdigit() else 0
        self._answered(status, headers, data[head_end + 4 : whole].decode("utf-8", "replace"), now)
        return whole - at

    def _answered(self, status: int, headers: dict[str, list[str]], body: str, now: float) -> None:
        if self.phase is Phase.PLAYING:
            self._sign_answered(status, headers)
            return
        if status == 401:
            if not self._login.challenged(headers.get("www-authenticate", [])):
                raise readable_password(self._place) if self._login.refused_basic else wrong_password(self._place)
            self.deadline = now + ANSWER_SECONDS
            self._repeat()
            return
        if status == 403:
            raise wrong_password(self._place)
        if status in (453, 503):
            raise too_many_viewers(self._place)
        if status == 461:
            raise over_udp_only(self._place)
        if status in _REDIRECTS:
            self._redirected(headers.get("location", [""])[0], now)
            return
        if status != 200:
            raise stream_refused(self._place)
        self._login.accepted()
        self.deadline = now + ANSWER_SECONDS
        if self.phase is Phase.DESCRIBE:
            self._described(headers, body)
        elif self.phase is Phase.SETUP:
            self._set_up(headers)
        else:
            self.phase = Phase.PLAYING
            self.deadline = now + SILENCE_SECONDS
            self._keep_alive_at = now + self._keep_alive_every

    def _sign_answered(self, status: int, headers: dict[str, list[str]]) -> None:
        """What the camera said to a sign of life. Whether it still plays, the packets say: it is only given in another way."""
        if status < 400:
            self._sign_refused = 0
            self._login.accepted()
        elif status == 401 and self._login.challenged(headers.get("www-authenticate", [])):
            self._repeat()
        else:
            self._sign_refused = status
            if self._sign_of_life < len(_SIGNS_OF_LIFE) - 1:
                self._sign_of_life += 1
                self._give_sign_of_life()

    def _redirected(self, location: str, now: float) -> None:
        """Ask at another address of the same host and port; another one is for a person to enter."""
        self._redirects += 1
        if urlsplit(location).netloc.rpartition("@")[2] != self._place or self._redirects > _MOST_REDIRECTS:
            raise redirected(self._place, place_shown(location))
        self._uri = self._base = _without_login(location)
        self.phase, self._session, self.deadline = Phase.DESCRIBE, "", now + ANSWER_SECONDS
        self._ask("DESCRIBE", self._uri, "Accept: application/sdp")

    def _described(self, headers: dict[str, list[str]], body: str) -> None:
        base = (
            next(iter(headers.get("content-base", headers.get("content-location", []))))
            if ("content-base" in headers or "content-location" in headers)
            else self._uri
        )
        self.video = find_video(body, base or self._uri)
        if self.video is None:
            raise no_usable_stream(self._place)
        self._base = base or self._uri
        self.phase = Phase.SETUP
        self._ask("SETUP", self.video.control, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")

    def _set_up(self, headers: dict[str, list[str]]) -> None:
        name, _, parameters = headers.get("session", [""])[0].partition(";")
        self._session = name.strip()
        for part in parameters.split(";"):
            key, _, value = part.strip().partition("=")
            if key.lower() == "timeout" and value.isdigit() and int(value) >= 4:
                self._keep_alive_every = min(30.0, int(value) / 2)
        transport, named = headers.get("transport", [""])[0], None
        if "interleaved" not in transport.lower() and "client_port" in transport.lower():
            raise over_udp_only(self._place)
        for part in transport.split(";"):
            key, _, value = part.strip().partition("=")
            if key.lower() == "interleaved" and value.partition("-")[0].isdigit():
                self._channel = int(value.partition("-")[0]) & 255
            elif key.lower() == "ssrc" and re.fullmatch("[0-9A-Fa-f]{1,8}", value.strip()):
                named = int(value, 16)
        assert self.video is not None
        self._sources = Sources(self.video.codec, self.video.clock_rate, named)
        self.phase = Phase.PLAY
        self._ask("PLAY", self._base, "Range: npt=0.000-")

    def _ask(self, method: str, uri: str, *headers: str) -> None:
        self._last = (method, uri, headers)
        self._sequence += 1
        lines = [f"{method} {uri} RTSP/1.0", f"CSeq: {self._sequence}", f"User-Agent: {_AGENT}", *headers]
        if self._session:
            lines.append(f"Session: {self._session}")
        authorization = self._login.header(method, uri)
        if authorization:
            lines.append(f"Authorization: {authorization}")
        self._out.append(("\r\n".join(lines) + "\r\n\r\n").encode())

    def _repeat(self) -> None:
        method, uri, headers = self._last
        self._ask(method, uri, *headers)

    def _receiver_report(self) -> bytes:
        """An empty RTCP receiver report (RFC 3550, 6.4.2): a few cameras take its absence for a viewer that left."""
        return struct.pack("!cBHBBHI", b"$", self._channel + 1 & 255, 8, 0x80, 201, 1, id(self) & 0xFFFFFFFF)


def _without_login(uri: str) -> str:
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
