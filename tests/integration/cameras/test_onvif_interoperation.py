"""What is expected of every ONVIF device, asked of those that this project did not write: IPyCam's, go2rtc's, and any that whoever runs this has.

QUARANTINE_TEST_ONVIF holds more of them, divided by spaces, each as http://user:password@host:port/onvif/device_service with the login
percent-encoded. They are turned to a preset, and their second stream is set and set back.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import cv2
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from cameras.adding.ask_address import look_at
from cameras.adding.diagnosis import diagnose
from cameras.adding.register import Wanted, register
from cameras.demonstration.cameras import DemonstrationCamera
from cameras.demonstration.scenes import encoding
from cameras.errors import CameraUnreachable, WrongPassword
from cameras.onvif.client import probe
from cameras.onvif.encoder import SettingsRefused, fit_sub_stream, restore_sub_stream
from cameras.onvif.events import NoEvents, subscribe
from cameras.onvif.keyframe import KeyframeRequests
from cameras.onvif.ptz import CannotTurn, Turning
from cameras.onvif.session import DeviceRefused, Session
from cameras.profiles import Probed, Profile, choose, device_address
from cameras.service.watch import Watch
from cameras.streams.decoding import Decoder
from cameras.streams.ingest import Ingest
from cameras.streams.rtsp.units import Unit
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.cameras.cameras import Camera, CameraState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.demonstration_cameras import RunningCameras, camera, ticking
from tests.doubles.go2rtc_camera import PROGRAM, running_go2rtc
from tests.doubles.ipycam_camera import running_ipycam
from tests.doubles.waiting import wait_until
from tests.worlds.small_zone import add_zone
from tests.worlds.tables import make_tables


@dataclass(frozen=True)
class Device:
    """An ONVIF device and its login."""

    address: str
    username: str
    password: str

    @property
    def login(self) -> tuple[str, str, str]:
        return self.address, self.username, self.password

    def probed(self) -> Probed:
        return probe(*self.login)

    def streams(self) -> tuple[Profile, Profile]:
        """(sub, main)."""
        chosen = choose(self.probed().profiles)
        assert chosen is not None
        return chosen


def _device(text: str) -> Device:
    parts = urlsplit(text)
    address = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return Device(address, unquote(parts.username or ""), unquote(parts.password or ""))


GIVEN = {device.address: device for device in map(_device, os.environ.get("QUARANTINE_TEST_ONVIF", "").split())}


LOGIN = "nurse", "p@ss <&>/%#?"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemonstrationCamera]:
    """Who serves IPyCam's streams, since its device is run without its encoder."""
    described = replace(camera("Behind", "home"), username=LOGIN[0], password=LOGIN[1])
    running = RunningCameras([described], {"home": encoding.make(tmp_path_factory.mktemp("behind"), "home", 4.0)})
    yield described
    running.stop()


@pytest.fixture(scope="module")
def ipycam(behind: DemonstrationCamera, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    with running_ipycam(
        tmp_path_factory.mktemp("ipycam"), *LOGIN, rtsp_port=behind.rtsp_port, main="main", sub="sub"
    ) as address:
        yield Device(device_address(address), *LOGIN)


@pytest.fixture(scope="module")
def go2rtc(behind: DemonstrationCamera, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """Serves the same streams again, by a server of its own, which makes its snapshots with ffmpeg."""
    with running_go2rtc(tmp_path_factory.mktemp("go2rtc"), _streams(behind)) as (address, _):
        yield Device(device_address(address), *LOGIN)


def _streams(behind: DemonstrationCamera) -> dict[str, str]:
    if not (PROGRAM.exists() and shutil.which("ffmpeg")) and not os.environ.get("CI"):
        pytest.skip("go2rtc (by npm, for x86-64) or ffmpeg is not installed")
    login = ":".join(quote(each, safe="") for each in LOGIN)
    return {name: f"rtsp://{login}@127.0.0.1:{behind.rtsp_port}/{name}" for name in ("main", "sub")}


@pytest.fixture(params=["ipycam", "go2rtc", *GIVEN])
def device(request: pytest.FixtureRequest) -> Device:
    return _of(request)


# go2rtc asks nobody on its own machine.
@pytest.fixture(params=["ipycam", *GIVEN])
def asking(request: pytest.FixtureRequest) -> Device:
    """A device that asks for a login, itself or for its streams."""
    return _of(request)


def _of(request: pytest.FixtureRequest) -> Device:
    device: Device = GIVEN.get(request.param) or request.getfixturevalue(request.param)
    return device


def told(probed: Probed) -> list[Profile]:
    """Its encodings in the order in which it tells them; go2rtc has none."""
    return sorted(probed.profiles, key=lambda each: each.token) if probed.model == "go2rtc" else list(probed.profiles)


def test_it_says_who_it_is_and_what_it_offers(device: Device) -> None:
    probed = device.probed()
    assert probed.model
    assert probed.make or probed.model == "go2rtc"
    assert abs(probed.clock_offset_s) < 3 or any("clock" in words.template for words in diagnose(probed))
    for each in device.streams():
        assert urlsplit(each.uri).hostname == urlsplit(device.address).hostname
        assert min(each.width, each.height, each.fps) > 0
    # IPyCam takes "Sub" for its second stream wherever it stands, and once in thousands of times it stands in our digest.
    probes = [probed, device.probed()]
    if _all_told(probes[0]) != _all_told(probes[1]):
        probes.append(device.probed())
    first, second = (each for each in probes if _all_told(each) == _all_told(probes[-1]))
    assert choose(first.profiles) == choose(second.profiles)


def _all_told(probed: Probed) -> tuple[object, ...]:
    return told(probed), probed.events, probed.ptz


def test_a_wrong_password_is_refused_by_it_or_by_its_streams(asking: Device) -> None:
    with pytest.raises(WrongPassword):
        look_at(asking.address, asking.username or "nobody", "wrong")


def test_a_password_asked_for_in_readable_form_is_given_under_a_trusted_certificate_only(
    behind: DemonstrationCamera, tmp_path: Path
) -> None:
    certificate, key = _own_certificate(tmp_path)
    files = {"tls_cert": str(certificate), "tls_key": str(key)}
    with running_go2rtc(tmp_path, _streams(behind), username=LOGIN[0], password=LOGIN[1], local_auth=True, **files) as (
        plain,
        secure,
    ):
        with pytest.raises(WrongPassword, match="Use its https address"):
            probe(plain, *LOGIN)
        with pytest.raises(CameraUnreachable, match="certificate"):
            probe(f"https://{secure}", *LOGIN)
        # In whatever order it tells them.
        trusting = (
            "import sys; from cameras.onvif.client import probe;"
            " print(*sorted(each.token for each in probe(*sys.argv[1:]).profiles))"
        )
        for password, said in ((LOGIN[1], "main sub"), ("wrong", "rejects the user name or password")):
            ran = subprocess.run(
                [sys.executable, "-c", trusting, f"https://{secure}", LOGIN[0], password],
                env=os.environ | {"SSL_CERT_FILE": str(certificate)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert said in ran.stdout + ran.stderr


def _own_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "go2rtc")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(utc_now() - timedelta(hours=1))
        .not_valid_after(utc_now() + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def test_a_wrong_password_is_seen_where_only_the_streams_ask_for_one(behind: DemonstrationCamera, tmp_path: Path) -> None:
    with running_ipycam(tmp_path, "", "", rtsp_port=behind.rtsp_port, main="main", sub="sub") as address:
        assert probe(address, LOGIN[0], "wrong").make
        with pytest.raises(WrongPassword):
            look_at(address, LOGIN[0], "wrong")
        assert _is_picture(look_at(address, *LOGIN).picture)


def test_looking_at_it_gives_a_picture(device: Device) -> None:
    assert _is_picture(look_at(*device.login).picture)


def test_its_snapshot_is_a_picture_where_it_offers_one(device: Device) -> None:
    uri = device.probed().snapshot_uri
    assert not uri or _is_picture(look_at(uri, device.username, device.password).picture)


def test_its_snapshot_is_of_the_same_stream_in_whatever_order_it_tells_them(device: Device) -> None:
    assert len({device.probed().snapshot_uri for _ in range(8)}) == 1


def _is_picture(jpeg: bytes | None) -> bool:
    return jpeg is not None and cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) is not None


def test_both_its_streams_are_read_at_once_and_can_be_decoded(device: Device) -> None:
    ingest, heard, ends = Ingest(), ([], []), []
    ingest.start()
    try:
        links = [
            ingest.open(each.uri, device.username, device.password, units.append, ends.append)
            for each, units in zip(device.streams(), heard, strict=True)
        ]
        wait_until(lambda: ends or all(len(_keyframes(units)) >= 2 for units in heard))
        assert not ends
        for link, units in zip(links, heard, strict=True):
            picture = Decoder().keyframe(link.codec, link.parameter_sets, _keyframes(units)[0])
            assert picture is not None
            assert picture.luma().std() > 5
            link.close()
    finally:
        ingest.stop()
        ingest.join(5)


def _keyframes(units: list[Unit]) -> list[Unit]:
    return [unit for unit in units if unit.is_keyframe]


def test_its_events_can_be_subscribed_to_or_it_is_said_that_it_has_none(device: Device) -> None:
    with Session(device.address, device.username, device.password, 5) as session:
        if not device.probed().events:
            with pytest.raises(NoEvents):
                subscribe(session, 60)
            return
        subscription = subscribe(session, 60)
        subscription.synchronise()
        assert subscription.pull(1).tag.endswith("PullMessagesResponse")
        subscription.renew()
        assert subscription.pull(1).tag.endswith("PullMessagesResponse")
        subscription.end()


def test_it_goes_to_each_of_its_places_or_it_is_said_that_it_cannot_turn(device: Device) -> None:
    probed = device.probed()
    with closing(Turning(*device.login, device.streams()[1].token)) as turning:
        if not probed.ptz:
            with pytest.raises(CannotTurn):
                turning.presets()
            return
        assert tuple(turning.presets()) == probed.presets
        for preset in probed.presets[:3]:
            turning.go_to(preset.token)
        turning.stop()


def test_a_keyframe_is_given_or_refused_in_words(device: Device) -> None:
    with closing(KeyframeRequests(*device.login)) as requests:
        for _ in range(2):
            with suppress(DeviceRefused):
                requests.request_keyframe(device.streams()[0].token)


def test_its_second_stream_is_set_and_set_back_or_it_is_said_that_it_cannot_be(device: Device) -> None:
    before = told(device.probed())
    try:
        undo = fit_sub_stream(*device.login, device.streams()[0].token)
    except SettingsRefused:
        pass
    else:
        assert 5 <= device.streams()[0].fps <= 8
        restore_sub_stream(*device.login, undo)
    assert told(device.probed()) == before


def test_it_is_taken_into_use_and_watched(device: Device, tmp_path: Path) -> None:
    database, vault = Database(f"sqlite:///{tmp_path}/test.db", bytes(32)), Vault(tmp_path / "vault", bytes(32))
    make_tables(database)
    add_zone(database)
    (added,) = register(
        database, vault, [Wanted(device.address, "Khu A", "101", "Door")], device.username, device.password, utc_now()
    )
    assert isinstance(added, int)

    def seen() -> Camera:
        with database.read() as session:
            return session.scalars(select(Camera)).one()

    with ticking(database, Watch(database, vault, Settings(data_folder=tmp_path, demonstration=True), None)):
        wait_until(lambda: seen().analysed_at is not None and seen().state is CameraState.ONLINE)
        assert seen().problem is None
    database.dispose()
