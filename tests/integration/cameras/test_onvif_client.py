"""The ONVIF client, discovery and streams against demonstration cameras, and against what is no camera."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cameras.adding.diagnosis import diagnose
from cameras.demonstration.cameras import DemonstrationCamera
from cameras.demonstration.onvif.device import Device
from cameras.demonstration.onvif.motor import PRESETS
from cameras.demonstration.scenes import encoding
from cameras.errors import CameraUnreachable, NotACamera, NoUsableStream, StreamLost, StreamRefused, WrongPassword
from cameras.onvif.client import probe
from cameras.onvif.discovery import discover
from cameras.onvif.encoder import SettingsRefused, fit_sub_stream, restore_sub_stream
from cameras.onvif.keyframe import KeyframeRequests
from cameras.onvif.ptz import CannotTurn, Turning
from cameras.onvif.session import DeviceRefused
from cameras.profiles import Profile, choose
from cameras.streams.streams import open_stream
from tests.doubles.demonstration_cameras import PASSWORD, USERNAME, RunningCameras, camera
from tests.doubles.ports import free_port
from tests.doubles.waiting import PATIENCE, at_best, wait_until

LOCATION = f"onvif-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningCameras, list[DemonstrationCamera]]]:
    clip = encoding.make(tmp_path_factory.mktemp("clips"), "home", 4)
    described = [camera("Living room", "home", ahead=3600.0), camera("Hall", "home")]
    running = RunningCameras(described, {"home": clip}, LOCATION)
    yield running, described
    running.stop()


class OddOnes(dict[str, DemonstrationCamera]):
    """Cameras by name, and the service that runs them."""

    running: Inside


class Inside(RunningCameras):
    """Lets a test look into a camera."""

    def device(self, name: str) -> Device:
        return self._service._cameras[name].device


@pytest.fixture(scope="module")
def odd_ones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OddOnes]:
    clip = encoding.make(tmp_path_factory.mktemp("clips"), "home", 2)
    ones = OddOnes(
        turns=replace(camera("turns", "home"), turns=True),
        newer=replace(camera("newer", "home"), only_media2=True),
        locked=replace(camera("locked", "home"), settings_locked=True),
    )
    ones.running = Inside(list(ones.values()), {"home": clip}, LOCATION + "-odd")
    yield ones
    ones.running.stop()


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
    assert probed.clock_offset_s == pytest.approx(3600, abs=60)
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
                for _ in range(400):
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
            probe(f"http://127.0.0.1:{server.server_port}{path}", "a", "b", timeout_s=1 if path == "/dripping" else 10)
        server.shutdown()


def test_an_rtsp_port_is_no_camera_and_a_web_port_no_stream(one: DemonstrationCamera) -> None:
    with pytest.raises(NotACamera):
        probe(f"127.0.0.1:{one.rtsp_port}", "a", "b", timeout_s=10)
    with pytest.raises(NoUsableStream):
        open_stream(f"rtsp://127.0.0.1:{one.http_port}/sub", "a", "b")


def test_silent_and_closed_ports_are_told_within_the_time_out() -> None:
    with socket.socket() as silent:
        port = free_port()
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", port))
        silent.listen()

        def ask() -> None:
            with pytest.raises(CameraUnreachable):
                probe(f"127.0.0.1:{port}", "a", "b", timeout_s=1)
            with pytest.raises(CameraUnreachable):
                open_stream(f"rtsp://127.0.0.1:{port}/sub", open_seconds=1)

        at_best(4, ask)
    ask()


@pytest.mark.parametrize(("address", "kind"), [("file:///etc/passwd", NoUsableStream), ("http://127.0.0.1:1/", NoUsableStream)])
def test_only_rtsp_is_ever_opened(address: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        open_stream(address)


def test_a_stream_gives_packets_and_the_picture_of_its_first_keyframe_at_once(one: DemonstrationCamera) -> None:
    with open_stream(uri(one, "main"), USERNAME, PASSWORD) as stream:
        picture = stream.keyframe(time.monotonic() + PATIENCE)
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
    there = {(each.address, each.name, "L1") for each in cameras[1]}

    def found() -> bool:
        told = discover("127.0.0.1", 1.0, (f"onvif://www.onvif.org/location/{LOCATION}",))
        assert {each.address for each in told} <= {each.address for each in cameras[1]}
        return {(each.address, each.name, each.hardware) for each in told} == there

    wait_until(found)
    assert discover("127.0.0.1", 0.3, ("onvif://www.onvif.org/location/nowhere",)) == []


def test_an_address_of_another_machine_cannot_be_searched_from() -> None:
    with pytest.raises(CameraUnreachable):
        discover("192.0.2.1", 0.3)


def test_a_camera_tells_of_its_services_and_keyframes(odd_ones: OddOnes) -> None:
    probed = probe(odd_ones["turns"].address, USERNAME, PASSWORD)
    assert (probed.events, probed.ptz, probed.media2, probed.digest, probed.named_host) == (True, True, False, False, "")
    assert [each.name for each in probed.presets] == list(PRESETS.values())
    assert probed.video_source == "VideoSource_1"
    assert probed.snapshot_uri == f"http://127.0.0.1:{odd_ones['turns'].http_port}/snapshot.jpg"
    assert [(each.keyframe_interval, each.keyframe_seconds, each.bit_rate) for each in probed.profiles] == [
        (20, 2, 1200),
        (20, 2, 400),
    ]
    assert diagnose(probed) == []


def test_a_camera_of_profile_t_alone_is_watched_by_the_newer_service(odd_ones: OddOnes) -> None:
    newer = odd_ones["newer"]
    probed = probe(newer.address, USERNAME, PASSWORD)
    assert (probed.media2, probed.ptz, probed.snapshot_uri) == (True, False, "")
    chosen = choose(probed.profiles)
    assert chosen is not None
    assert [each.uri for each in chosen] == [uri(newer, "sub"), uri(newer, "main")]
    with contextlib.closing(KeyframeRequests(newer.address, USERNAME, PASSWORD)) as requests:
        requests.request_keyframe(chosen[0].token)


def sub_stream(of: DemonstrationCamera) -> Profile:
    chosen = choose(probe(of.address, USERNAME, PASSWORD).profiles)
    assert chosen is not None
    return chosen[0]


def test_the_sub_stream_is_fitted_and_set_back_exactly(odd_ones: OddOnes) -> None:
    camera = odd_ones["turns"]
    at_first = sub_stream(camera)
    before = json.loads(json.dumps(fit_sub_stream(camera.address, USERNAME, PASSWORD, at_first.token)))
    fitted = sub_stream(camera)
    assert (fitted.fps, fitted.keyframe_interval, fitted.width) == (8, 16, 640)
    assert fit_sub_stream(camera.address, USERNAME, PASSWORD, at_first.token) != before  # fitting what fits changes nothing
    assert sub_stream(camera) == fitted
    restore_sub_stream(camera.address, USERNAME, PASSWORD, before)
    assert sub_stream(camera) == at_first
    assert fit_sub_stream(camera.address, USERNAME, PASSWORD, at_first.token) == before
    restore_sub_stream(camera.address, USERNAME, PASSWORD, before)


def test_a_camera_that_refuses_to_be_set_is_told_and_stays_as_it_was(odd_ones: OddOnes) -> None:
    camera = odd_ones["locked"]
    at_first = sub_stream(camera)
    with pytest.raises(SettingsRefused, match="own pages"):
        fit_sub_stream(camera.address, USERNAME, PASSWORD, at_first.token)
    assert sub_stream(camera) == at_first
    with pytest.raises(WrongPassword):
        fit_sub_stream(camera.address, USERNAME, "wrong", at_first.token)


def test_a_camera_turns_to_a_place_it_knows_and_one_without_stop_is_stopped(
    odd_ones: OddOnes,
) -> None:
    """Quirk 31: a device without Stop is told to move at no speed."""
    camera = odd_ones["turns"]
    motor = odd_ones.running.device("turns").motor
    with contextlib.closing(Turning(camera.address, USERNAME, PASSWORD, "Profile_main")) as turning:
        places = {each.name: each.token for each in turning.presets()}
        turning.go_to(places["Window"])
        assert motor.position == places["Window"]
        motor.moving = True
        turning.stop()
        assert not motor.moving
        with pytest.raises(DeviceRefused, match="preset"):
            turning.go_to("99")
    fixed = Turning(odd_ones["locked"].address, USERNAME, PASSWORD, "Profile_main")
    with contextlib.closing(fixed), pytest.raises(CannotTurn):
        fixed.stop()


def test_a_keyframe_is_asked_for_on_a_kept_connection(odd_ones: OddOnes) -> None:
    camera = odd_ones["turns"]
    with contextlib.closing(KeyframeRequests(camera.address, USERNAME, PASSWORD)) as requests:
        requests.request_keyframe("Profile_sub")
        media = odd_ones.running.device("turns").media

        def ten() -> None:
            before = media.keyframes_asked
            for _ in range(10):
                requests.request_keyframe("Profile_sub")
            assert media.keyframes_asked == before + 10

        at_best(1, ten)
        with pytest.raises(DeviceRefused):
            requests.request_keyframe("none")
        requests.request_keyframe("Profile_main")  # connected anew
