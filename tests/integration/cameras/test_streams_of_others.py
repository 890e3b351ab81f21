"""Streams of servers that this project did not write, and of codecs and kinds that need another reader, watched over real sockets."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from cameras.benchmarks.rooms import make_room
from cameras.benchmarks.streams import BenchProblem, serving
from cameras.demonstration.digest import DigestLogin
from cameras.demonstration.scenes import encoding
from cameras.demonstration.scenes.clips import Clip, ClipStream
from cameras.demonstration.streams.rtsp import RtspServer
from cameras.errors import NoUsableStream, WrongPassword
from cameras.streams.decoding import Decoder
from cameras.streams.ingest import Ingest
from cameras.streams.readers import FFmpegReader, SnapshotReader
from cameras.streams.rtsp.units import Unit
from cameras.streams.streams import open_stream
from tests.doubles.ports import free_port
from tests.doubles.waiting import wait_until


class Heard:
    """What a reader gave."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.ends: list[Exception | None] = []

    @property
    def keyframes(self) -> list[Unit]:
        return [unit for unit in self.units if unit.is_keyframe]


@pytest.fixture(scope="module")
def ingest() -> Iterator[Ingest]:
    thread = Ingest()
    thread.start()
    yield thread
    thread.stop()
    thread.join(5)


@pytest.fixture(scope="module")
def gstreamer() -> Callable[..., object]:
    """GStreamer's RTSP server; these tests are left out where Debian's packages are missing, but not in CI."""
    present = subprocess.run(
        ["/usr/bin/python3", "-c", "import gi; gi.require_version('GstRtspServer', '1.0')"], capture_output=True, check=False
    )
    if present.returncode and not os.environ.get("CI"):
        pytest.skip("GStreamer's RTSP server is not installed")
    return serving


@pytest.mark.parametrize(("name", "codec"), [("room-h264", "libx264"), ("room-h265", "libx265")])
def test_gstreamers_h264_and_h265_are_read_with_a_login(
    ingest: Ingest, gstreamer: object, tmp_path: Path, name: str, codec: str
) -> None:
    clip = make_room(tmp_path / f"{name}.mp4", 640, 360, 15, 6.0, codec)
    with serving(clip, 1, "nurse", "p:ässword") as port:
        heard, refused = Heard(), Heard()
        connection = ingest.open(f"rtsp://127.0.0.1:{port}/0", "nurse", "p:ässword", heard.units.append, heard.ends.append)
        ingest.open(f"rtsp://127.0.0.1:{port}/0", "nurse", "another", refused.units.append, refused.ends.append)
        wait_until(lambda: len(heard.keyframes) >= 2 and refused.ends)
        assert isinstance(refused.ends[0], WrongPassword)
        assert connection.codec == ("h264" if codec == "libx264" else "hevc")
        picture = Decoder().keyframe(connection.codec, connection.parameter_sets, heard.keyframes[0])
        assert picture is not None
        assert picture.luma().shape == (360, 640)
        assert picture.luma().std() > 10
        between = heard.keyframes[1].time_s - heard.keyframes[0].time_s
        assert between == pytest.approx(2.0, abs=0.05), "as encoded, on the stream's own clock"
        group = heard.units[heard.units.index(heard.keyframes[0]) : heard.units.index(heard.keyframes[1])]
        assert len(Decoder().group(connection.codec, connection.parameter_sets, group)) == len(group) == 30
        connection.close()
        wait_until(lambda: heard.ends)
        assert heard.ends == [None]


def test_motion_jpeg_is_left_to_the_other_reader(ingest: Ingest, gstreamer: object) -> None:
    with serving(Path("test-pattern"), 1) as port:
        uri, heard = f"rtsp://127.0.0.1:{port}/0", Heard()
        ingest.open(uri, "", "", heard.units.append, heard.ends.append)
        wait_until(lambda: heard.ends)
        assert isinstance(heard.ends[0], NoUsableStream)
        other = Heard()
        reader = FFmpegReader(uri, "", "", other.units.append, other.ends.append)
        reader.start()
        wait_until(lambda: len(other.units) >= 3)
        assert reader.codec == "mjpeg"
        assert all(unit.is_keyframe for unit in other.units)
        picture = Decoder().keyframe("mjpeg", b"", other.units[0])
        assert picture is not None
        assert picture.luma().shape == (360, 640)
        reader.close()
        reader.join(12)
        assert other.ends == [None]


def test_a_server_in_python_by_others_is_read(ingest: Ingest, tmp_path: Path) -> None:
    make_room(tmp_path / "room.mp4", 640, 360, 15, 8.0)
    command = shutil.which("rtsp-server", path=str(Path(sys.executable).parent))
    assert command is not None, "aio-rtsp-toolkit is among what the tests need"
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([command, "-d", str(tmp_path), "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    try:
        heard = Heard()

        def begun() -> bool:
            if not heard.units:
                heard.ends.clear()
                ingest.open(f"rtsp://127.0.0.1:{port}/room.mp4", "", "", heard.units.append, heard.ends.append)
                time.sleep(1)
            return len(heard.keyframes) >= 2

        wait_until(begun)
        picture = Decoder().keyframe("h264", b"", heard.keyframes[0])
        assert picture is None or picture.luma().shape == (360, 640)
        with open_stream(f"rtsp://127.0.0.1:{port}/room.mp4") as stream:
            assert (stream.width, stream.height) == (640, 360)
    finally:
        server.terminate()
        server.wait(10)


def test_a_resolution_that_changes_in_mid_stream_is_followed(ingest: Ingest, tmp_path: Path) -> None:
    import asyncio

    made = encoding.make(tmp_path, "home", 4.0)
    small, large = made.streams["sub"], made.streams["main"]
    both = tmp_path / "both.h264"
    both.write_bytes(small.path.read_bytes() + large.path.read_bytes())
    offsets = small.offsets + tuple(small.offsets[-1] + each for each in large.offsets[1:])
    clip = Clip("both", 8.0, {"sub": ClipStream(640, 360, 400_000, both, offsets)})
    loop, port = asyncio.new_event_loop(), free_port()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def begin() -> RtspServer:
        server = RtspServer(port, clip, DigestLogin("x", "a", "b"), asyncio.get_running_loop().time())
        await server.start()
        return server

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(5)
    heard, decoder = Heard(), Decoder()
    connection = ingest.open(f"rtsp://127.0.0.1:{port}/sub", "a", "b", heard.units.append, heard.ends.append)
    try:
        wait_until(lambda: len(heard.keyframes) >= 5)
        shapes = []
        for unit in heard.keyframes:
            picture = decoder.keyframe("h264", connection.parameter_sets, unit)
            shapes.append(None if picture is None else picture.luma().shape)
        assert {(360, 640), (720, 1280)} == set(shapes)
        assert not heard.ends
    finally:
        connection.close()
        wait_until(lambda: heard.ends)
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


class Snapshots(BaseHTTPRequestHandler):
    """A camera that only gives out pictures, after a login."""

    picture = cv2.imencode(".jpg", np.full((180, 320, 3), 120, np.uint8))[1].tobytes()

    def do_GET(self) -> None:
        wanted = "Basic " + base64.b64encode("nurse:mật khẩu".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            return
        self.send_response(200)
        body = self.picture if self.path.endswith(".jpg") else b"<html>"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def snapshots() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Snapshots)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.mark.parametrize(
    ("path", "password", "problem"),
    [("now.jpg", "mật khẩu", None), ("now.jpg", "sai", WrongPassword), ("page", "mật khẩu", NoUsableStream)],
)
def test_pictures_that_are_asked_for_again_and_again_are_a_stream_too(
    snapshots: str, path: str, password: str, problem: type[Exception] | None
) -> None:
    heard = Heard()
    reader = SnapshotReader(f"{snapshots}/{path}", "nurse", password, heard.units.append, heard.ends.append)
    reader.start()
    if problem is not None:
        wait_until(lambda: heard.ends)
        assert isinstance(heard.ends[0], problem)
    else:
        wait_until(lambda: len(heard.units) >= 2)
        assert all(unit.is_keyframe for unit in heard.units)
        picture = Decoder().keyframe("mjpeg", b"", heard.units[0])
        assert picture is not None
        assert picture.luma().shape == (180, 320)
    reader.close()
    reader.join(5)


def test_without_gstreamer_the_measurement_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cameras.benchmarks import streams

    monkeypatch.setattr(streams, "SERVER", tmp_path / "missing.py")
    with pytest.raises(BenchProblem, match=r"gir1\.2-gst-rtsp-server"), serving(tmp_path / "x.mp4", 1):
        pass
