"""The ONVIF client, discovery and streams against demonstration cameras, and against what is no camera."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cameras.demonstration import encoding
from cameras.demonstration.cameras import DemonstrationCamera
from cameras.discovery import discover
from cameras.errors import CameraUnreachable, NotACamera, NoUsableStream, StreamLost, StreamRefused, WrongPassword
from cameras.onvif_client import probe
from cameras.profiles import choose
from cameras.streams import open_stream
from tests.camera_support import PASSWORD, USERNAME, RunningCameras, camera

LOCATION = f"onvif-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningCameras, list[DemonstrationCamera]]]:
    clip = encoding.make(tmp_path_factory.mktemp("clips"), "home", 4)
    described = [camera("Living room", "home", ahead=3600.0), camera("Hall", "home")]
    running = RunningCameras(described, {"home": clip}, LOCATION)
    yield running, described
    running.stop()


@pytest.fixture(scope="module")
def one(cameras: tuple[RunningCameras, list[DemonstrationCamera]]) -> DemonstrationCamera:
    return cameras[1][0]


def uri(of: DemonstrationCamera, name: str) -> str:
    return f"rtsp://127.0.0.1:{of.rtsp_port}/{name}"


def test_a_camera_an_hour_ahead_tells_all_about_itself(one: DemonstrationCamera) -> None:
    probed = probe(f"127.0.0.1:{one.http_port}", USERNAME, PASSWORD)
    assert (probed.address, probed.make, probed.model, probed.firmware, probed.serial) == (
        one.address,
        "Lotus",
        "L1",
        "1.2",
        "Living room",
    )
    assert probed.clock_offset_s == pytest.approx(3600, abs=2)
    chosen = choose(probed.profiles)
    assert chosen is not None
    assert [(each.width, each.height, each.codec, each.uri) for each in chosen] == [
        (640, 360, "H264", uri(one, "sub")),
        (1280, 720, "H264", uri(one, "main")),
    ]


@pytest.mark.parametrize(("username", "password"), [(USERNAME, "wrong-secret"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_login_is_told_apart_and_kept_secret(
    one: DemonstrationCamera, username: str, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(WrongPassword) as caught:
        probe(one.address, username, password)
    with pytest.raises(WrongPassword):
        open_stream(uri(one, "sub"), username, password)
    said = str(caught.value) + repr(caught.value.words) + "".join(r.getMessage() for r in caplog.records if r.name != "zeep")
    assert not password or password not in said


class _PlainWeb(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302 if self.path.startswith("/redirect") else 200)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        if self.path.startswith("/endless"):
            with contextlib.suppress(OSError):
                for _ in range(200):
                    self.wfile.write(b"x" * 20_000)
        elif self.path.startswith("/dripping"):
            with contextlib.suppress(OSError):
                for _ in range(40):
                    self.wfile.write(b" ")
                    time.sleep(0.1)
        else:
            self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("path", ["", "/endless", "/dripping", "/redirect", "/onvif/device_service"])
def test_a_plain_web_server_is_no_camera(path: str) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _PlainWeb) as server:
        threading.Thread(target=server.serve_forever).start()
        with pytest.raises(NotACamera):
            probe(f"http://127.0.0.1:{server.server_port}{path}", "a", "b", timeout_s=1)
        server.shutdown()


def test_an_rtsp_port_is_no_camera_and_a_web_port_no_stream(one: DemonstrationCamera) -> None:
    with pytest.raises(NotACamera):
        probe(f"127.0.0.1:{one.rtsp_port}", "a", "b", timeout_s=2)
    with pytest.raises(NoUsableStream):
        open_stream(f"rtsp://127.0.0.1:{one.http_port}/sub", "a", "b")


def test_silent_and_closed_ports_are_told_within_the_time_out() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(CameraUnreachable):
            probe(f"127.0.0.1:{port}", "a", "b", timeout_s=1)
        with pytest.raises(CameraUnreachable):
            open_stream(f"rtsp://127.0.0.1:{port}/sub", open_seconds=1)
        assert time.monotonic() - began < 4
    with pytest.raises(CameraUnreachable):
        probe(f"127.0.0.1:{port}", "a", "b", timeout_s=1)
    with pytest.raises(CameraUnreachable):
        open_stream(f"rtsp://127.0.0.1:{port}/sub", open_seconds=1)


@pytest.mark.parametrize(("address", "kind"), [("file:///etc/passwd", NoUsableStream), ("http://127.0.0.1:1/", NoUsableStream)])
def test_only_rtsp_is_ever_opened(address: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        open_stream(address)


def test_a_stream_gives_packets_and_the_picture_of_its_first_keyframe_at_once(one: DemonstrationCamera) -> None:
    with open_stream(uri(one, "main"), USERNAME, PASSWORD) as stream:
        picture = stream.keyframe(time.monotonic() + 3)
        assert picture.bgr().shape == (720, 1280, 3)
        assert picture.luma().shape == (720, 1280)
        assert picture.jpeg().startswith(b"\xff\xd8")
        packets = [packet for packet, _ in zip(stream.packets(), range(5), strict=False)]
    assert all(packet.size_bytes > 0 and not packet.is_keyframe for packet in packets)
    assert packets[1].time_s - packets[0].time_s == pytest.approx(0.1, abs=0.01)


def test_an_unknown_stream_is_refused_and_a_cut_one_is_lost(
    cameras: tuple[RunningCameras, list[DemonstrationCamera]],
) -> None:
    running, (_, hall) = cameras
    with pytest.raises(StreamRefused):
        open_stream(uri(hall, "gone"), USERNAME, PASSWORD)
    with open_stream(uri(hall, "sub"), USERNAME, PASSWORD) as stream:
        packets = stream.packets()
        next(packets)
        running.set_offline("Hall", True)
        with pytest.raises(StreamLost):
            list(packets)
    running.set_offline("Hall", False)


def test_cameras_of_one_place_are_found_by_scope(cameras: tuple[RunningCameras, list[DemonstrationCamera]]) -> None:
    found = discover("127.0.0.1", 1.0, (f"onvif://www.onvif.org/location/{LOCATION}",))
    assert {(each.address, each.name, each.hardware) for each in found} == {
        (each.address, each.name, "L1") for each in cameras[1]
    }
    assert discover("127.0.0.1", 0.3, ("onvif://www.onvif.org/location/nowhere",)) == []


def test_an_address_of_another_machine_cannot_be_searched_from() -> None:
    with pytest.raises(CameraUnreachable):
        discover("192.0.2.1", 0.3)
