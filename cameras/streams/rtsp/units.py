"""RTP payloads as pictures: which packets make one, whether it is a keyframe, and its bytes when somebody wants them.

RFC 3550 (RTP), RFC 6184 (H.264), RFC 7798 (H.265). Fragments are kept as they came and joined only when a picture is decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_START = b"\0\0\0\1"
# H.264: instantaneous refresh, parameter sets; aggregates and fragments.
_IDR, _SPS, _PPS, _STAP_A, _FU_A = 5, 7, 8, 24, 28
# H.265: pictures that decoding can begin with (table 7-1), parameter sets; aggregates and fragments.
_FIRST_IRAP, _LAST_IRAP, _VPS, _PPS_HEVC, _AGGREGATE, _FRAGMENT = 16, 21, 32, 34, 48, 49


@dataclass(slots=True)
class Unit:
    """One coded picture as it came. time_s: on the camera's clock, from any start; arrived: on time.monotonic; size: bytes."""

    time_s: float
    arrived: float
    is_keyframe: bool
    size: int
    payloads: list[bytes] = field(repr=False)
    whole: bytes = field(default=b"", repr=False)
    """The picture's bytes where they came in one piece, from another reader than ours."""

    def data(self, codec: str) -> bytes:
        """The picture's bytes as a decoder wants them: Annex B, or one JPEG."""
        return self.whole or annex_b(codec, self.payloads)


def begins(codec: str, payload: bytes) -> bool:
    """Whether an RTP payload belongs to a picture that decoding can begin with; False for a damaged one.

    Parameter sets count too: some cameras send them with recovery points that are no instantaneous refresh.
    """
    if len(payload) < 3:
        return False
    if codec == "h264":
        kind = payload[0] & 31
        if kind == _FU_A:
            kind = payload[1] & 31
        elif kind == _STAP_A:
            return any(payload[at] & 31 in (_IDR, _SPS) for at, _ in _aggregated(payload, 1))
        return kind in (_IDR, _SPS)
    kind = payload[0] >> 1 & 63
    if kind == _FRAGMENT:
        kind = payload[2] & 63
    elif kind == _AGGREGATE:
        return any(_is_first_hevc(payload[at] >> 1 & 63) for at, _ in _aggregated(payload, 2))
    return _is_first_hevc(kind)


def _is_first_hevc(kind: int) -> bool:
    return _FIRST_IRAP <= kind <= _LAST_IRAP or _VPS <= kind < _PPS_HEVC


def _aggregated(payload: bytes, at: int) -> list[tuple[int, int]]:
    """Where the units of an aggregate begin and end."""
    found = []
    while at + 2 < len(payload):
        size = payload[at] << 8 | payload[at + 1]
        at += 2
        if size == 0 or at + size > len(payload):
            break
        found.append((at, at + size))
        at += size
    return found


def annex_b(codec: str, payloads: Sequence[bytes]) -> bytes:
    """One picture's bytes as a decoder wants them: each unit behind a start code. Damaged fragments are left out."""
    made: list[bytes] = []
    open_fragment = False
    head = 1 if codec == "h264" else 2
    for payload in payloads:
        if len(payload) <= head:
            continue
        kind = payload[0] & 31 if codec == "h264" else payload[0] >> 1 & 63
        if kind == (_FU_A if codec == "h264" else _FRAGMENT):
            mark = payload[head]
            if mark & 0x80:
                first = (
                    bytes((payload[0] & 0xE0 | mark & 31,))
                    if codec == "h264"
                    else bytes((payload[0] & 0x81 | (mark & 63) << 1, payload[1]))
                )
                made += (_START, first)
                open_fragment = True
            if open_fragment:
                made.append(payload[head + 1 :])
            continue
        open_fragment = False
        if kind == (_STAP_A if codec == "h264" else _AGGREGATE):
            for begin, end in _aggregated(payload, head):
                made += (_START, payload[begin:end])
        elif kind < (_STAP_A if codec == "h264" else _AGGREGATE):
            made += (_START, payload)
    return b"".join(made)


class Assembler:
    """Joins the RTP packets of one stream into units."""

    def __init__(self, codec: str, clock_rate: int) -> None:
        self._codec, self._clock_rate = codec, clock_rate
        self._payloads: list[bytes] = []
        self._size, self._key = 0, False
        self._stamp: int | None = None
        self._unwrapped = 0
        self._sequence: int | None = None
        self.lost = 0
        """RTP packets that never came, by their numbers."""

    def take(self, marker: bool, sequence: int, stamp: int, payload: bytes, arrived: float) -> Unit | None:
        """Take one RTP packet; returns a unit when it completes one (its marker, or the next one's timestamp, says so)."""
        done = None
        if self._sequence is not None and sequence != self._sequence:
            gap = (sequence - self._sequence) & 0xFFFF
            self.lost += gap if gap < 0x8000 else 0
        self._sequence = (sequence + 1) & 0xFFFF
        if stamp != self._stamp:
            if self._payloads:
                done = self._finish(arrived)
            # Timestamps have 32 bits and begin anywhere; steps backwards are a camera's clock that jumped.
            step = 0 if self._stamp is None else (stamp - self._stamp) & 0xFFFFFFFF
            self._unwrapped += step if step < 0x80000000 else step - 0x100000000
            self._stamp = stamp
        self._payloads.append(payload)
        self._size += len(payload)
        if not self._key:
            self._key = begins(self._codec, payload)
        if marker and done is None:
            done = self._finish(arrived)
        return done

    def _finish(self, arrived: float) -> Unit:
        unit = Unit(self._unwrapped / self._clock_rate, arrived, self._key, self._size, self._payloads)
        self._payloads, self._size, self._key = [], 0, False
        return unit
