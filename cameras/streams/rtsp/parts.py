"""What an RTP payload holds of a picture: its first slice, a further one, or what comes before one. Pure, one look at the first bytes.

RFC 6184 (H.264) and RFC 7798 (H.265) for packets; ITU-T H.264, 7.4.1.2.3, and H.265, 7.4.2.4.4, for where a picture begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

# What a payload holds, as bits of a number.
SLICE, FIRST_SLICE, BEFORE_SLICES, KEY = 1, 2, 4, 8
# H.264: slices (with the parts of one), instantaneous refresh, what may stand before slices only; aggregates and fragments.
_LAST_SLICE, _IDR, _SPS, STAP_A, FU_A = 5, 5, 7, 24, 28
_WITH_ADDRESS = (1, 2, 5)
_BEFORE = frozenset((6, 7, 8, 9, 13, 14, 15, 16, 17, 18))
# H.265: below are slices; pictures that decoding can begin with (table 7-1); what may stand before slices only; aggregates, fragments.
_SLICES_HEVC, _FIRST_IRAP, _LAST_IRAP, AGGREGATE, FRAGMENT = 32, 16, 21, 48, 49
_VPS, _SPS_HEVC = 32, 33
_BEFORE_HEVC = frozenset((32, 33, 34, 35, 39))
SETS = {"h264": {7, 8}, "hevc": {32, 33, 34}}
"""Which units say how a stream is coded, by codec; no picture can be decoded without one of each."""


def parts_of(codec: str, payload: bytes) -> int:
    """SLICE, FIRST_SLICE (of a picture), BEFORE_SLICES (it begins with something that no slice of its picture precedes) and KEY, added up.

    KEY: decoding can begin with it. Parameter sets count too: some cameras send them with recovery points that are no instantaneous
    refresh. Nothing for a damaged payload.
    """
    if len(payload) < 3:
        return 0
    if codec == "h264":
        kind = payload[0] & 31
        if kind == FU_A:
            kind = payload[1] & 31
            if payload[1] & 0x80:
                return _of_h264(kind, payload[2])
            return SLICE if kind <= _LAST_SLICE else 0  # a later fragment begins nothing
        if kind == STAP_A:
            return _of_aggregate(payload, 1, lambda at: _of_h264(payload[at] & 31, payload[at + 1]))
        return _of_h264(kind, payload[1])
    kind = payload[0] >> 1 & 63
    if kind == FRAGMENT:
        if len(payload) < 4:
            return 0
        kind = payload[2] & 63
        if payload[2] & 0x80:
            return _of_hevc(kind, payload[3])
        return SLICE if kind < _SLICES_HEVC else 0
    if kind == AGGREGATE:
        return _of_aggregate(payload, 2, lambda at: _of_hevc(payload[at] >> 1 & 63, payload[at + 2]))
    return _of_hevc(kind, payload[2])


def _of_h264(kind: int, first_byte: int) -> int:
    if 1 <= kind <= _LAST_SLICE:
        # first_mb_in_slice is 0 where its code, of Exponential-Golomb, is the single bit 1.
        first = FIRST_SLICE if kind in _WITH_ADDRESS and first_byte & 0x80 else 0
        return SLICE | first | (KEY if kind == _IDR else 0)
    if kind in _BEFORE:
        return BEFORE_SLICES | (KEY if kind == _SPS else 0)
    return 0


def _of_hevc(kind: int, first_byte: int) -> int:
    if kind < _SLICES_HEVC:
        first = FIRST_SLICE if first_byte & 0x80 else 0  # first_slice_segment_in_pic_flag
        return SLICE | first | (KEY if _FIRST_IRAP <= kind <= _LAST_IRAP else 0)
    if kind in _BEFORE_HEVC:
        return BEFORE_SLICES | (KEY if kind in (_VPS, _SPS_HEVC) else 0)
    return 0


def _of_aggregate(payload: bytes, head: int, of_one: Callable[[int], int]) -> int:
    found = 0
    for begin, end in aggregated(payload, head):
        if end - begin > head:
            one = of_one(begin)
            if found & SLICE:
                one &= ~BEFORE_SLICES
            found |= one
    return found


def aggregated(payload: bytes, at: int) -> list[tuple[int, int]]:
    """Where the units of an aggregate begin and end; those that are cut off are left out."""
    found = []
    while at + 2 < len(payload):
        size = payload[at] << 8 | payload[at + 1]
        at += 2
        if size == 0 or at + size > len(payload):
            break
        found.append((at, at + size))
        at += size
    return found


def split_annex_b(data: bytes) -> list[bytes]:
    """The units of bytes in which each stands behind a start code of three or four bytes; all of it where there is none. None is empty."""
    if not data.startswith((b"\0\0\1", b"\0\0\0\1")):
        return [data] if data else []
    # No unit ends with a zero byte; the first of four of a start code is the zero before the other three.
    return [unit for each in data.split(b"\0\0\1") if (unit := each.rstrip(b"\0"))]


def kind_of(codec: str, unit: bytes) -> int:
    """The kind of a unit without its start code (nal_unit_type)."""
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


def before_slices(codec: str, data: bytes) -> Iterator[bytes]:
    """The units of Annex B bytes that stand before the first slice."""
    begin = data.find(b"\0\0\1")
    while 0 <= begin < len(data) - 3:
        kind = kind_of(codec, data[begin + 3 : begin + 4])
        if kind < _SLICES_HEVC if codec == "hevc" else 1 <= kind <= _LAST_SLICE:
            return
        end = data.find(b"\0\0\1", begin + 3)
        yield data[begin + 3 : end if end >= 0 else len(data)].rstrip(b"\0")
        begin = end
