"""RTP payloads as pictures: which packets make one, whether it is a keyframe, and its bytes when somebody wants them.

RFC 3550 (RTP), RFC 6184 (H.264), RFC 7798 (H.265). Fragments are kept as they came and joined only when a picture is decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cameras.streams.rtsp.parts import (
    AGGREGATE,
    BEFORE_SLICES,
    FIRST_SLICE,
    FRAGMENT,
    FU_A,
    KEY,
    SLICE,
    STAP_A,
    aggregated,
    parts_of,
)

_START = b"\0\0\0\1"
# A keyframe of an 8K camera has two or three million bytes. What is longer has no end.
LARGEST_UNIT, MOST_PACKETS = 8 * 2**20, 16_384
# After so many pictures whose last packet alone had the marker, the marker is believed, and the next packet is not waited for.
_BELIEVED_AFTER = 4


class EndlessPicture(Exception):
    """A picture that does not end: what comes is no video, or a camera's program is broken."""


@dataclass(slots=True)
class Unit:
    """One coded picture as it came. time_s: on an even clock, from any start; arrived: on time.monotonic; size: bytes."""

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


def annex_b(codec: str, payloads: Sequence[bytes]) -> bytes:
    """One picture's bytes as a decoder wants them: each unit behind a start code. Damaged fragments are left out."""
    made: list[bytes] = []
    open_fragment = False
    head = 1 if codec == "h264" else 2
    for payload in payloads:
        if len(payload) <= head:
            continue
        kind = payload[0] & 31 if codec == "h264" else payload[0] >> 1 & 63
        if kind == (FU_A if codec == "h264" else FRAGMENT):
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
        if kind == (STAP_A if codec == "h264" else AGGREGATE):
            for begin, end in aggregated(payload, head):
                made += (_START, payload[begin:end])
        elif kind < (STAP_A if codec == "h264" else AGGREGATE):
            made += (_START, payload)
    return b"".join(made)


class Assembler:
    """Joins the RTP packets of one source into units: one for each picture, with the parameter sets that came before it.

    Where a picture ends, its slices say; timestamps and markers help where they can be believed. Cameras send parameter sets under
    the timestamp of the picture before, set the marker on each slice, or let the timestamp stand.
    """

    def __init__(self, codec: str, clock_rate: int) -> None:
        self._codec, self._clock_rate = codec, clock_rate
        self._payloads: list[bytes] = []
        self._size, self._parts = 0, 0
        self._between: list[bytes] = []
        self._parts_between = 0
        self._stamp: int | None = None
        self._unwrapped = 0
        self._sequence: int | None = None
        # Of the picture under way: how many first slices (two fields make a frame), markers, and whether its newest packet had one.
        self._firsts = self._markers = 0
        self._marked = False
        self._believed = 0
        self._ended_by_marker = self._stamp_stands = False
        self.lost = 0
        """RTP packets that never came, by their numbers."""

    def take(self, marker: bool, sequence: int, stamp: int, payload: bytes, arrived: float) -> Sequence[Unit]:
        """Take one RTP packet; returns the units that it completes: none, one, seldom two. Raises EndlessPicture.

        time_s of a unit is on the source's own clock, as it told it.
        """
        if self._sequence is not None and sequence != self._sequence:
            gap = (sequence - self._sequence) & 0xFFFF
            self.lost += gap if gap < 0x8000 else 0
        self._sequence = (sequence + 1) & 0xFFFF
        parts = parts_of(self._codec, payload)
        moved = stamp != self._stamp
        done: Sequence[Unit] = ()
        if self._parts & SLICE:
            if moved or (parts & FIRST_SLICE and self._is_another(parts)):
                done = (self._finish(arrived),)
            elif parts & SLICE:
                if self._marked:
                    self._believed = 0
            elif parts & BEFORE_SLICES:
                # Before the next picture, or, as some repeat them, before a further slice of this one: that slice says which.
                self._keep(self._between, payload)
                self._parts_between |= parts
                return ()
        elif self._ended_by_marker and not moved and parts & SLICE and not parts & FIRST_SLICE:
            # The marker had stood on one of several slices: this is the rest of a picture that is gone.
            self._believed = 0
            return ()
        self._ended_by_marker = False
        if moved:
            # Timestamps have 32 bits and begin anywhere; steps backwards are a camera's clock that jumped.
            step = 0 if self._stamp is None else (stamp - self._stamp) & 0xFFFFFFFF
            self._unwrapped += step if step < 0x80000000 else step - 0x100000000
            self._stamp, self._stamp_stands = stamp, False
            if not self._parts and not self._between:
                self._payloads, self._size = [], 0  # of no picture
        if self._between:
            self._payloads += self._between
            self._parts |= self._parts_between
            self._between, self._parts_between = [], 0
        self._keep(self._payloads, payload)
        self._parts |= parts
        if parts & SLICE:
            self._firsts += parts & FIRST_SLICE > 0
            self._marked = marker
            self._markers += marker
            if marker and self._believed >= _BELIEVED_AFTER and not self._stamp_stands:
                self._ended_by_marker = True
                return (*done, self._finish(arrived))
        return done

    def _keep(self, payloads: list[bytes], payload: bytes) -> None:
        payloads.append(payload)
        self._size += len(payload)
        if self._size > LARGEST_UNIT or len(payloads) > MOST_PACKETS:
            raise EndlessPicture

    def _is_another(self, parts: int) -> bool:
        """Whether a first slice under the same timestamp begins another picture; without anything before it, the second one may be of
        a frame's other field."""
        if self._between or parts & BEFORE_SLICES:
            return True
        self._stamp_stands = self._stamp_stands or self._firsts > 1
        return self._stamp_stands and self._firsts > 0

    def _finish(self, arrived: float) -> Unit:
        size = self._size - sum(map(len, self._between))
        unit = Unit(self._unwrapped / self._clock_rate, arrived, self._parts & KEY > 0, size, self._payloads)
        self._believed = self._believed + 1 if self._marked and self._markers == 1 else 0
        self._payloads, self._size, self._parts = [], self._size - size, 0
        self._firsts = self._markers = 0
        self._marked = False
        return unit
