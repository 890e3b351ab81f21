"""Where a picture begins and ends, whatever a camera does with markers, timestamps and parameter sets; and which sender is the stream."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cameras.streams.ring import MOST_GROUP_BYTES, Ring
from cameras.streams.rtsp.description import find_video
from cameras.streams.rtsp.parts import split_annex_b
from cameras.streams.rtsp.sources import Sources
from cameras.streams.rtsp.units import Assembler, EndlessPicture, Unit

SPS, PPS, SEI = b"\x67\x64\x00\x1e", b"\x68\xeb\xe3\xcb", b"\x06\x05\x01\x80"
IDR, IDR_MORE, NEXT, NEXT_MORE = b"\x65\x88\x84\x00", b"\x65\x22\x84\x00", b"\x41\x9a\x00\x00", b"\x41\x22\x00\x00"
FRAGMENT, FRAGMENT_LAST = b"\x7c\x85\x88\x84", b"\x7c\x45\x11\x22"
# Of H.265: parameter sets, a picture's first slice that decoding can begin with, a further one, and the same of another picture.
VPS5, SPS5, PPS5 = b"\x40\x01\x0c\x01", b"\x42\x01\x01\x01", b"\x44\x01\xc1\x72"
IDR5, IDR5_MORE, NEXT5, NEXT5_MORE = b"\x26\x01\xaf\x00", b"\x26\x01\x22\x00", b"\x02\x01\xd0\x00", b"\x02\x01\x22\x00"
# A payload, the picture by whose timestamp it comes, and whether it has the marker.
Packet = tuple[bytes, int, bool]


def packets(pictures: Sequence[Sequence[Packet]]) -> list[Packet]:
    return [packet for picture in pictures for packet in picture]


def units_of(sent: Sequence[Packet], codec: str = "h264") -> list[Unit]:
    assembler = Assembler(codec, 90_000)
    found: list[Unit] = []
    for number, (payload, picture, marker) in enumerate(sent):
        found += assembler.take(marker, number & 0xFFFF, picture * 6000, payload, number / 100)
    return found


def keyframe(at: int) -> list[Packet]:
    return [(SPS, at, False), (PPS, at, False), (IDR, at, True)]


def several(at: int) -> list[Packet]:
    """The marker on each of four slices."""
    return [(NEXT, at, True), (NEXT_MORE, at, True), (NEXT_MORE, at, True), (NEXT_MORE, at, True)]


USUAL = [keyframe(0), *([(NEXT, at, True)] for at in range(1, 9))]
CASES: dict[str, tuple[list[Sequence[Packet]], list[int]]] = {
    "as the standard has it": (USUAL, [3, *[1] * 7]),
    "without any marker": ([[(payload, at, False) for payload, at, _ in each] for each in USUAL], [3, *[1] * 7]),
    "the marker on each slice": (
        [[(SPS, 0, True), (PPS, 0, True), (IDR, 0, True), (IDR_MORE, 0, True)], *(several(at) for at in range(1, 9))],
        [4, *[4] * 7],
    ),
    "the marker on each slice, after many pictures of one": (
        # The one picture that is cut costs itself alone.
        [*USUAL, *(several(at) for at in range(9, 14))],
        [3, *[1] * 8, 1, *[4] * 3],
    ),
    "parameter sets under the timestamp of the picture before": (
        [[(NEXT, 0, True)], [(NEXT, 1, True)], [(SPS, 1, True), (PPS, 1, False), (IDR, 2, True)], [(NEXT, 3, True)], [(NEXT, 4, True)]],
        [1, 1, 3, 1],
    ),
    "parameter sets with a timestamp of their own": (
        [[(NEXT, 0, True)], [(SPS, 1, True)], [(PPS, 2, True)], [(IDR, 3, True)], [(NEXT, 4, True)]],
        [1, 3],
    ),
    "parameter sets before each slice": (
        [[(SPS, 0, False), (PPS, 0, False), (IDR, 0, False), (SPS, 0, False), (PPS, 0, False), (IDR_MORE, 0, True)], [(NEXT, 1, True)]],
        [6],
    ),
    "one timestamp for ever, and no marker": ([[(NEXT, 0, False)] for _ in range(8)], [2, *[1] * 5]),
    "one timestamp for ever, with markers": ([[(NEXT, 0, True)] for _ in range(8)], [2, *[1] * 5]),
    "one timestamp for ever, each picture behind a message": ([[(SEI, 0, False), (NEXT, 0, False)] for _ in range(6)], [2] * 5),
    "two fields under one timestamp": ([[(NEXT, at, False), (NEXT, at, True)] for at in range(6)], [2] * 5),
    "fragments": ([[(FRAGMENT, 0, False), (FRAGMENT_LAST, 0, True)], [(NEXT, 1, True)]], [2]),
    "an aggregate of all of a picture": ([[(b"\x78\x00\x04" + SPS + b"\x00\x04" + PPS + b"\x00\x04" + IDR, 0, True)], [(NEXT, 1, True)]], [1]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_picture_is_one_unit(case: str) -> None:
    pictures, sizes = CASES[case]
    found = [len(unit.payloads) for unit in units_of(packets(pictures))]
    # The last one may wait for what follows.
    assert found[: len(sizes)] == sizes
    assert len(found) <= len(sizes) + 1


def test_the_same_of_h265() -> None:
    sent: list[Packet] = [(VPS5, 0, True), (SPS5, 0, True), (PPS5, 0, True), (IDR5, 1, True), (IDR5_MORE, 1, True)]
    for at in range(2, 6):
        sent += [(NEXT5, at, True), (NEXT5_MORE, at, True)]
    found = units_of(sent, "hevc")
    assert [(unit.is_keyframe, len(unit.payloads)) for unit in found] == [(True, 5), (False, 2), (False, 2), (False, 2)]


def test_a_keyframe_has_the_parameter_sets_that_came_before_it_and_its_own_time() -> None:
    found = units_of(packets(CASES["parameter sets under the timestamp of the picture before"][0]))
    assert [unit.is_keyframe for unit in found[:4]] == [False, False, True, False]
    assert found[2].payloads == [SPS, PPS, IDR]
    assert [round(unit.time_s * 15) for unit in found[:4]] == [0, 1, 2, 3]


def test_a_marker_that_always_ends_a_picture_is_not_waited_behind() -> None:
    assembler = Assembler("h264", 90_000)
    taken = [len(assembler.take(True, at, at * 6000, NEXT, 0.0)) for at in range(8)]
    # From the fifth on each is there as soon as its last packet is; the one that was waited for comes along.
    assert taken == [0, 1, 1, 1, 2, 1, 1, 1]


@pytest.mark.parametrize(
    "payload", [NEXT_MORE + bytes(1400), SEI + bytes(1400), SPS, b"\x7c\x05" + bytes(1400), b"\x1e\x00\x00\x00"]
)
@pytest.mark.parametrize("moving", [False, True])
def test_nothing_grows_without_bound(payload: bytes, moving: bool) -> None:
    assembler, held, most = Assembler("h264", 90_000), 0, 0
    try:
        for number in range(30_000):
            assembler.take(False, number & 0xFFFF, number * 6000 * moving & 0xFFFFFFFF, payload, number / 100)
            held = sum(map(len, [*assembler._payloads, *assembler._between]))
            most = max(most, held)
            if number > 20_000:
                break
    except EndlessPicture:
        pass
    assert most <= 9 * 2**20


def test_a_group_without_another_keyframe_fills_no_memory() -> None:
    ring = Ring()
    for number in range(200):
        ring.add(Unit(number / 10, number / 10, number == 0, 2**20, []))
    assert len(ring) <= MOST_GROUP_BYTES


def from_source(sources: Sources, source: int, payload: bytes, at: int, arrived: float) -> list[Unit]:
    return list(sources.take(source, True, at & 0xFFFF, at * 6000 & 0xFFFFFFFF, payload, arrived))


def test_a_session_that_died_and_goes_on_sending_does_not_get_between() -> None:
    sources, found = Sources("h264", 90_000), []
    for at in range(60):
        found += from_source(sources, 7, IDR if at % 10 == 0 else NEXT, at, at / 15)
        found += from_source(sources, 9, IDR if at % 10 == 5 else NEXT_MORE if at % 3 else NEXT, 900 + at, at / 15)
    assert [unit.is_keyframe for unit in found[:11]] == [True, *[False] * 9, True]
    assert len(found) == 60
    assert sources.lost == 0


def test_a_camera_that_is_another_source_at_each_group_is_read_whole() -> None:
    sources, found = Sources("h264", 90_000), []
    for at in range(60):
        found += from_source(sources, 100 + at // 10, IDR if at % 10 == 0 else NEXT, at % 10 + 77 * (at // 10), at / 15)
    # What waits for its successor at the end of a group is the only thing that is lost.
    assert 50 <= len(found) <= 60
    assert sum(unit.is_keyframe for unit in found) == 6
    times = [unit.time_s for unit in found]
    assert times == sorted(times)
    assert 3.0 < times[-1] < 5.0


def test_the_source_that_the_camera_named_is_waited_for_a_while() -> None:
    sources = Sources("h264", 90_000, named=9)
    assert not any(from_source(sources, 7, IDR if at % 2 == 0 else NEXT, at, at / 15) for at in range(2))
    found = [unit for at in range(10) for unit in from_source(sources, 9, IDR if at == 0 else NEXT, at, at / 15)]
    assert len(found) == 10
    never = Sources("h264", 90_000, named=9)
    assert sum(len(from_source(never, 7, IDR if at % 10 == 0 else NEXT, at, at / 15)) for at in range(200)) > 100


@pytest.mark.parametrize(
    ("data", "units"),
    [
        (b"", []),
        (SPS, [SPS]),
        (b"\0\0\0\1" + SPS, [SPS]),
        (b"\0\0\1" + SPS + b"\0\0\0\1" + PPS, [SPS, PPS]),
        (b"\0\0\0\1\0\0\0\1" + SPS + b"\0\0", [SPS]),
    ],
)
def test_start_codes_of_either_length_are_seen(data: bytes, units: list[bytes]) -> None:
    assert split_annex_b(data) == units


def test_parameter_sets_of_a_description_may_have_start_codes() -> None:
    described = (
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        "a=fmtp:96 sprop-parameter-sets=AAAAAWdkAB4=,AAAAAWjr48s=\r\na=control:t\r\n"
    )
    video = find_video(described, "rtsp://c/s")
    assert video is not None
    assert video.parameter_sets == b"\0\0\0\1" + SPS + b"\0\0\0\1" + PPS
