"""Streams that are odd in the ways real ones are, over real sockets: each is watched, or told in words; and none ends another's picture."""

from __future__ import annotations

import io
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import pytest

from cameras.adding.ask_address import look_at
from cameras.benchmarks.soak import prepare
from cameras.errors import CameraProblem, NoUsableStream, StreamRefused
from cameras.service.watch import Watch
from cameras.streams.decoding import Decoder
from cameras.streams.fragments import Fragments, clip_of
from cameras.streams.ingest import Ingest
from cameras.streams.ring import Ring
from cameras.streams.rtsp.units import Unit
from monitor.models.cameras.cameras import Camera
from monitor.settings import Settings
from monitor.words import Words
from tests.doubles.demonstration_cameras import ticking
from tests.doubles.odd_stream import CLOCK, FPS, Media, OddStream, Rtp, pictures
from tests.doubles.waiting import wait_until

SETS, HOURS = (7, 8), 9800 * CLOCK
REFRESHED = "intra-refresh=1:repeat-headers=0"


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    thread = Ingest()
    thread.start()
    yield thread
    thread.stop()
    thread.join(5)


class Heard:
    """What a stream gave, and its end."""

    def __init__(self, ingest: Ingest, uri: str) -> None:
        self.units: list[Unit] = []
        self.ends: list[Exception | None] = []
        self.link = ingest.open(uri, "", "", self.units.append, self.ends.append)

    @property
    def keyframes(self) -> list[Unit]:
        return [unit for unit in self.units if unit.is_keyframe]


def sets_first(camera: OddStream) -> Media:
    """Parameter sets with the marker and the timestamp of the picture before."""

    def media(rtp: Rtp, number: int) -> bytes:
        units = camera.shown[number % len(camera.shown)]
        before = b"".join(rtp.packet(each, (number - 1) * CLOCK // FPS, True) for each in units if each[0] & 31 in SETS)
        return before + rtp.picture([each for each in units if each[0] & 31 not in SETS], number * CLOCK // FPS)

    return media


def marked_slices(camera: OddStream) -> Media:
    return lambda rtp, number: rtp.picture(camera.shown[number % len(camera.shown)], number * CLOCK // FPS, marker_each=True)


def set_clock(camera: OddStream, *, once: bool = False) -> Media:
    def media(rtp: Rtp, number: int) -> bytes:
        ahead = HOURS if (number == 23 if once else number >= 23) else 0
        return rtp.picture(camera.shown[number % len(camera.shown)], number * CLOCK // FPS + ahead)

    return media


def set_clock_once(camera: OddStream) -> Media:
    return set_clock(camera, once=True)


def refreshed(camera: OddStream) -> Media:
    """One whole picture at the beginning of the encoder's life, which nobody saw."""
    return lambda rtp, number: rtp.picture(camera.shown[20 + number % 100], number * CLOCK // FPS)


def endless(_camera: OddStream) -> Media:
    return lambda rtp, _number: b"".join(rtp.packet(b"\x41\x22" + bytes(1300), 7, False) for _ in range(2500))


def without_sets(description: str) -> str:
    return re.sub(r";sprop-parameter-sets=[^\r]*", "", description)


def with_start_codes(description: str) -> str:
    """As some write them: base64 of units behind their start codes."""
    import base64

    def coded(found: re.Match[str]) -> str:
        units = [base64.b64encode(b"\0\0\0\1" + base64.b64decode(each)).decode() for each in found[1].split(",")]
        return "sprop-parameter-sets=" + ",".join(units)

    return re.sub(r"sprop-parameter-sets=([^\r]*)", coded, description)


@pytest.mark.parametrize("media", [sets_first, marked_slices])
def test_every_keyframe_is_decoded_whole(ingest: Ingest, media: Callable[[OddStream], Media]) -> None:
    shown = pictures(slices=4)
    with OddStream(media, shown=shown, described=without_sets) as camera:
        heard = Heard(ingest, camera.uri)
        wait_until(lambda: len(heard.keyframes) >= 2)
        usual = av.CodecContext.create("h264", "r")
        whole = [*usual.decode(av.Packet(b"".join(b"\0\0\0\1" + each for each in shown[0]))), *usual.decode(None)][0]
        assert isinstance(whole, av.VideoFrame)
        decoder, link = Decoder(), heard.link
        for unit in heard.keyframes[:2]:
            picture = decoder.keyframe("h264", link.parameter_sets, unit)
            assert picture is not None
            expected = memoryview(whole.planes[0])
            assert abs(float(picture.luma().mean()) - sum(expected[:: 640 // 8]) / len(expected[:: 640 // 8])) < 3
        assert not heard.ends


@pytest.mark.parametrize("once", [False, True])
def test_a_clock_that_is_set_leaves_live_pictures_and_clips_in_real_time(ingest: Ingest, once: bool) -> None:
    with OddStream(set_clock_once if once else set_clock) as camera:
        heard = Heard(ingest, camera.uri)
        wait_until(lambda: len(heard.units) >= 36)
    assert len(heard.keyframes) >= 3
    link, units = heard.link, list(heard.units)
    live = Fragments("h264", link.parameter_sets, units[0])
    assert all(live.add(unit) is not None for unit in units)
    live.close()
    ring = Ring()
    for unit in units:
        ring.add(unit)
    with av.open(io.BytesIO(clip_of("h264", link.parameter_sets, ring.since(0.0)))) as clip:
        assert 2.5 < float(clip.duration or 0) / av.time_base < 6


def test_a_picture_without_end_ends_that_stream_alone(ingest: Ingest) -> None:
    with OddStream(endless) as odd, OddStream() as good:
        ended, going_on = Heard(ingest, odd.uri), Heard(ingest, good.uri)
        wait_until(lambda: bool(ended.ends))
        assert "cannot be divided into pictures" in str(ended.ends[0])
        before = len(going_on.units)
        wait_until(lambda: len(going_on.units) > before + 3)
        assert not going_on.ends


def refuse_tcp(method: str, _headers: dict[str, str]) -> str | None:
    return "RTSP/1.0 461 Unsupported Transport\r\n\r\n" if method == "SETUP" else None


def test_what_watching_would_say_is_what_a_test_says(ingest: Ingest) -> None:
    with OddStream(answer=refuse_tcp) as camera:
        heard = Heard(ingest, camera.uri)
        wait_until(lambda: bool(heard.ends))
        with pytest.raises(StreamRefused, match="UDP only") as caught:
            look_at(camera.uri, "", "")
        assert str(heard.ends[0]) == str(caught.value)


def test_a_stream_without_whole_pictures_is_told_to_staff_who_test_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cameras.adding.ask_address.PICTURE_SECONDS", 2.0)
    with (
        OddStream(refreshed, shown=pictures(120, 10, options=REFRESHED)) as camera,
        pytest.raises(NoUsableStream, match="without complete pictures"),
    ):
        look_at(camera.uri, "", "")


def test_all_addresses_of_a_name_are_tried(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def looked_up(host: Any, port: Any, *rest: Any, **named: Any) -> list[Any]:
        if host != "camera.test":
            return real(host, port, *rest, **named)
        # Nothing listens at the first, and the second leads nowhere.
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in ("127.0.0.9", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with OddStream() as camera:
        heard = Heard(ingest, camera.uri.replace("127.0.0.1", "camera.test"))
        wait_until(lambda: bool(heard.units or heard.ends))
        assert not heard.ends


def test_each_camera_stands_alone_under_the_real_watcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Good and odd ones side by side: the odd ones' pictures come too, or words say why there are none."""
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr("cameras.watching.watcher.PICTURELESS_SECONDS", 3.0)
    with ExitStack() as stack:
        odd = (
            OddStream(),
            OddStream(described=with_start_codes),
            OddStream(sets_first, described=without_sets),
            OddStream(set_clock),
            OddStream(refreshed, shown=pictures(120, 10, options=REFRESHED)),
        )
        cameras = [stack.enter_context(each) for each in odd]
        database, vault, ids = prepare(tmp_path, [each.port for each in cameras])
        watch = Watch(database, vault, Settings(data_folder=tmp_path, offline_after_seconds=6.0), None)
        with ticking(database, watch):
            wait_until(lambda: len(watch.watchers) == 5 and all(watch.watchers[each].integrity for each in ids[:4]), 40)

            def problem_of(camera_id: int) -> str:
                with database.read() as session:
                    stored = session.get_one(Camera, camera_id).problem
                return Words.load(stored).template if stored else ""

            wait_until(lambda: "without complete pictures" in problem_of(ids[4]), 40)
            assert [problem_of(each) for each in ids[:4]] == [""] * 4
            for each in ids[:4]:
                watcher = watch.watchers[each]
                assert len(clip_of("h264", watcher.parameter_sets, watcher.ring.since(time.monotonic() - 30))) > 1000
        database.dispose()
    assert not [each for each in caplog.records if each.exc_info]


def test_a_refusal_names_no_password(ingest: Ingest) -> None:
    with OddStream(answer=lambda _method, _headers: "RTSP/1.0 404 Not Found\r\n\r\n") as camera:
        uri = camera.uri.replace("rtsp://", "rtsp://nurse:s3cret@") + "/user=a_password=s3cret_channel=1.sdp"
        heard = Heard(ingest, uri)
        wait_until(lambda: bool(heard.ends))
        assert isinstance(heard.ends[0], CameraProblem)
        assert "s3cret" not in str(heard.ends[0])
