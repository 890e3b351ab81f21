"""H.264 frames as RTP packets inside an RTSP connection (RFC 3550, RFC 6184, interleaved as in RFC 2326, section 10.12)."""

from __future__ import annotations

import base64
import secrets
import struct
from collections.abc import Iterator, Sequence

CLOCK_RATE = 90_000
PAYLOAD_TYPE = 96
# Leaves room for the headers in an Ethernet frame, as cameras do.
_LARGEST_PAYLOAD = 1400
_SUPPLEMENT, _PARAMETERS, _PICTURE_PARAMETERS, _DELIMITER = 6, 7, 8, 9
# Seconds from 1900, where NTP's clock starts, to 1970.
_NTP_EPOCH = 2_208_988_800


def units(frame: bytes) -> Iterator[bytes]:
    """The NAL units of one frame in Annex B form, without their start codes."""
    start = frame.find(b"\0\0\1")
    while start >= 0:
        following = frame.find(b"\0\0\1", start + 3)
        yield frame[start + 3 : following if following >= 0 else len(frame)].rstrip(b"\0")
        start = following


def parameter_sets(frame: bytes) -> tuple[str, str]:
    """What a keyframe says for an SDP: profile-level-id, and sprop-parameter-sets in base64."""
    sets = [unit for unit in units(frame) if unit[0] & 31 in (_PARAMETERS, _PICTURE_PARAMETERS)]
    return sets[0][1:4].hex().upper(), ",".join(base64.b64encode(unit).decode() for unit in sets)


def payloads(frame: bytes) -> list[bytes]:
    """The RTP payloads of one frame: small units as they are, large ones in FU-A fragments. The last one ends the frame."""
    made: list[bytes] = []
    for unit in units(frame):
        if unit[0] & 31 in (_DELIMITER, _SUPPLEMENT):
            continue
        if len(unit) <= _LARGEST_PAYLOAD:
            made.append(unit)
            continue
        indicator, kind, step = unit[0] & 0xE0 | 28, unit[0] & 31, _LARGEST_PAYLOAD - 2
        for at in range(1, len(unit), step):
            flags = (0x80 if at == 1 else 0) | (0x40 if at + step >= len(unit) else 0)
            made.append(bytes((indicator, flags | kind)) + unit[at : at + step])
    return made


class RtpSender:
    """The numbering of one RTP stream to one viewer: sequence, timestamps, what was sent."""

    def __init__(self, channel: int) -> None:
        self.channel = channel
        self._source = secrets.randbits(32)
        self.sequence, self._base = secrets.randbits(15), secrets.randbits(31)
        self._packets = self._octets = 0

    def timestamp(self, seconds: float) -> int:
        """The RTP timestamp of a moment, in seconds on the stream's own clock."""
        return (self._base + round(seconds * CLOCK_RATE)) & 0xFFFFFFFF

    def frame(self, parts: Sequence[bytes], seconds: float) -> bytes:
        """The bytes of one frame for the connection."""
        stamp = self.timestamp(seconds)
        last = len(parts) - 1
        pieces: list[bytes] = []
        for index, part in enumerate(parts):
            kind = PAYLOAD_TYPE | (0x80 if index == last else 0)
            head = struct.pack("!cBHBBHII", b"$", self.channel, len(part) + 12, 0x80, kind, self.sequence, stamp, self._source)
            pieces += (head, part)
            self.sequence = (self.sequence + 1) & 0xFFFF
            self._octets += len(part)
        self._packets += len(parts)
        return b"".join(pieces)

    def report(self, seconds: float, unix_time: float) -> bytes:
        """An RTCP sender report: which RTP timestamp belongs to which time of day."""
        whole, fraction = divmod(unix_time + _NTP_EPOCH, 1)
        stamp = self.timestamp(seconds)
        counts = (self._packets & 0xFFFFFFFF, self._octets & 0xFFFFFFFF)
        body = struct.pack("!BBHIIIIII", 0x80, 200, 6, self._source, int(whole), int(fraction * 2**32), stamp, *counts)
        return struct.pack("!cBH", b"$", self.channel + 1, len(body)) + body
