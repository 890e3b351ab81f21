"""The ONVIF client against devices that this project did not write: IPyCam's server, and what a real camera answered once.

The recorded answers come inside the npm package `onvif` 0.8.1 (MIT), which `make setup-development` puts beside the packages.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cameras.adding.diagnosis import diagnose
from cameras.errors import WrongPassword
from cameras.onvif.client import probe
from cameras.onvif.events import EventPuller, NoEvents, subscribe
from cameras.onvif.ptz import Turning
from cameras.onvif.session import Session
from cameras.onvif.topics import CameraEvent, EventKind
from cameras.profiles import choose, device_address
from tests.doubles.ipycam_camera import running_ipycam
from tests.doubles.waiting import PATIENCE, wait_until

USERNAME, PASSWORD = "nurse", "p@ss <&> wörd"
RECORDED = Path(os.environ.get("ONVIF_RECORDED", Path(sys.prefix) / "node_modules" / "onvif" / "test" / "serverMockup"))


@pytest.fixture(scope="module")
def ipycam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    if importlib.util.find_spec("ipycam") is None:
        pytest.skip("IPyCam is not installed")
    with running_ipycam(tmp_path_factory.mktemp("ipycam"), USERNAME, PASSWORD) as address:
        yield address


def test_ipycam_is_probed_whole(ipycam: str) -> None:
    probed = probe(ipycam, USERNAME, PASSWORD)
    assert (probed.make, probed.model, probed.serial) == ("PythonCam", "VirtualCam-1", "PY-000001")
    assert (probed.clock_offset_s, probed.events, probed.media2, probed.named_host) == (0, False, False, "")
    assert [(each.codec, each.width, each.height, each.fps, each.bit_rate) for each in probed.profiles] == [
        ("H264", 1920, 1080, 30, 8000),
        ("H264", 640, 360, 30, 1000),
    ]
    chosen = choose(probed.profiles)
    assert chosen is not None
    assert [each.uri for each in chosen] == ["rtsp://127.0.0.1:8554/video_sub", "rtsp://127.0.0.1:8554/video_main"]
    assert probed.snapshot_uri == f"http://{ipycam}/snapshot.jpg"
    assert probed.video_source == "VS_1"
    assert diagnose(probed) == []


def test_ipycam_refuses_a_wrong_password(ipycam: str) -> None:
    with pytest.raises(WrongPassword):
        probe(ipycam, USERNAME, "wrong")


def test_ipycam_turns_though_it_never_says_what_its_prefix_means(ipycam: str) -> None:
    probed = probe(ipycam, USERNAME, PASSWORD)
    assert probed.ptz
    assert {each.token: each.name for each in probed.presets} == {
        "home": "Home",
        "door": "Door <1>",
        "beds": "Beds",
    }
    with contextlib.closing(Turning(ipycam, USERNAME, PASSWORD, probed.profiles[0].token)) as turning:
        turning.go_to("beds")
        turning.stop()


def test_ipycam_has_no_events_and_that_is_said(ipycam: str) -> None:
    with Session(device_address(ipycam), USERNAME, PASSWORD, 5) as session, pytest.raises(NoEvents):
        subscribe(session, 60)


class Recorded(BaseHTTPRequestHandler):
    """Gives the recorded answer to each question; the package's own places for values are filled as its tests do."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        found = re.search(r'Body[^>]*>\s*<(?:\w+:)?(\w+)[^>]*?xmlns(?::\w+)?="[^"]*?/(\w+)/wsdl', body)
        operation, service = (found[1], found[2]) if found else (re.search(r"Body[^>]*>\s*<(?:\w+:)?(\w+)", body)[1], "events")
        names = (f"{service}.{operation}.xml", f"{operation}.xml", "Error.xml")
        text = next((RECORDED / name).read_text("utf-8") for name in names if (RECORDED / name).exists())
        # What is given on a condition is given always here, so that the test knows what to expect.
        text = re.sub(r"\{\{\?[^}]*\}\}", "", text)
        port = self.server.server_port
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        for place, value in (("=it.hostname", "10.1.1.1"), ("=it.port", str(port)), ("=it.pullPointUrl", "/onvif/pullpoint")):
            text = text.replace("{{" + place + "}}", value)
        answer = re.sub(r"\{\{=new Date[^}]*\}\}", now, text).encode()
        self.server.asked.append(operation)
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def recorded() -> Iterator[ThreadingHTTPServer]:
    if not RECORDED.is_dir():
        pytest.skip("the recorded answers are not installed: they come with npm, see the Makefile")
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorded) as server:
        server.asked = []
        server.address = f"127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=[0.02]).start()
        yield server
        server.shutdown()


def test_a_recorded_camera_is_probed_whole(recorded: ThreadingHTTPServer) -> None:
    probed = probe(recorded.address, USERNAME, PASSWORD)
    assert (probed.events, probed.ptz) == (True, True)
    assert probed.make
    only = probed.profiles[0]
    assert (only.codec, only.width, only.height, only.fps, only.keyframe_interval, only.bit_rate) == (
        "H264",
        1920,
        1080,
        5,
        30,
        1000,
    )
    assert only.uri.startswith("rtsp://127.0.0.1")
    assert probed.presets
    assert probed.named_host.startswith("192.168.")
    assert len(diagnose(probed)) == 4  # an old clock, keyframes every 6 s, no small stream, another address


def test_a_recorded_camera_tells_of_motion(recorded: ThreadingHTTPServer) -> None:
    heard: list[CameraEvent] = []
    puller = EventPuller(recorded.address, USERNAME, PASSWORD, heard.append, timeout_s=10, wait_s=1)
    stopping = threading.Event()
    thread = threading.Thread(target=puller.run, args=[stopping])
    thread.start()
    try:
        wait_until(lambda: heard)
    finally:
        stopping.set()
        thread.join(PATIENCE)
    assert (heard[0].kind, heard[0].active, heard[0].topic) == (
        EventKind.MOTION,
        True,
        "tns1:RuleEngine/CellMotionDetector/Motion",
    )
    assert abs(heard[0].at - datetime.now(UTC)) < timedelta(seconds=2 * PATIENCE)
    assert recorded.asked[-1] == "Unsubscribe"


def test_a_recorded_camera_is_turned(recorded: ThreadingHTTPServer) -> None:
    with contextlib.closing(Turning(recorded.address, USERNAME, PASSWORD, "main")) as turning:
        turning.go_to(turning.presets()[0].token)
        turning.stop()
    assert recorded.asked[-2:] == ["GotoPreset", "Stop"]
