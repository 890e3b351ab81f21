"""The ONVIF client against devices that are odd in the ways real ones are; each is a real server on a real socket."""

from __future__ import annotations

import hashlib
import re
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from cameras.errors import CameraUnreachable, NotACamera, NoUsableStream, WrongPassword
from cameras.onvif.client import probe
from cameras.onvif.session import DeviceRefused
from cameras.profiles import choose
from tests.doubles.odd_camera import NAMES, Odd, ahead, capabilities, date_and_time, envelope, fault, media_uri, profile


def test_an_old_camera_without_newer_questions_is_known_whole(odd: Callable[..., Odd]) -> None:
    probed = probe(odd().address, "a", "b")
    assert (probed.make, probed.events, probed.ptz, probed.media2, probed.snapshot_uri, probed.digest, probed.named_host) == (
        "Odd",
        False,
        False,
        False,
        "",
        False,
        "",
    )
    first = probed.profiles[0]
    # 20 pictures a second, of which every second is sent.
    assert (first.fps, first.keyframe_interval, first.bit_rate, first.keyframe_seconds) == (10, 50, 512, 5)
    assert first.uri == "rtsp://127.0.0.1:554/live"


def overflowing(now: datetime) -> bytes:
    """This moment as an hour before and 61 minutes."""
    before = now - timedelta(minutes=61)
    return date_and_time(f"{before:%Y-%m-%dT%H}:{61 + before.minute}:{before.second}")


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (lambda: ahead(timedelta(days=-200)), -200 * 86400),
        (lambda: date_and_time("1970-1-1T0:0:20"), None),
        # Quirk 3: minutes that overflow, as in 00:61:16.
        (lambda: overflowing(datetime.now(UTC)), 0),
        (lambda: date_and_time("0-0-0T0:0:0"), 0),
        # Quirk 5: no UTC time, but a local one and a time zone; one that cannot be read counts as UTC.
        (lambda: date_and_time(f"{datetime.now(UTC) + timedelta(hours=7):%Y-%m-%dT%H:%M:%S}", "LocalDateTime", "ICT-7"), 0),
        (lambda: date_and_time(f"{datetime.now(UTC) + timedelta(hours=7):%Y-%m-%dT%H:%M:%S}", "LocalDateTime", "Hanoi"), 7 * 3600),
        (lambda: fault("Sender not authorized", "ter:NotAuthorized"), 0),
    ],
)  # fmt: skip
def test_quirks_1_3_5_clocks(odd: Callable[..., Odd], answer: Callable[[], bytes], seconds: float | None) -> None:
    found = probe(odd(GetSystemDateAndTime=answer()).address, "a", "b").clock_offset_s
    expected = seconds if seconds is not None else (datetime(1970, 1, 1, tzinfo=UTC) - datetime.now(UTC)).total_seconds() + 20
    # What is misread is so by an hour at least.
    assert found == pytest.approx(expected, abs=60)


@pytest.mark.parametrize(
    "said",
    [fault("Authority failure"), fault("x", "ter:NotAuthorized"), fault("error:FailedAuthentication"), fault("Unauthorized!")],
)
def test_quirk_4_a_refused_login_is_known_by_its_words_and_asked_once(odd: Callable[..., Odd], said: bytes) -> None:
    camera = odd(GetDeviceInformation=said)
    with pytest.raises(WrongPassword):
        probe(camera.address, "a", "b")
    assert camera.asked == ["GetSystemDateAndTime", "GetDeviceInformation"]


@pytest.mark.parametrize("host", ["192.168.1.64", "192.168.1.64:8106:8106", "camera.invalid:80"])
def test_quirk_7_a_camera_behind_another_address_or_with_two_ports_is_asked_where_it_answers(
    odd: Callable[..., Odd], host: str
) -> None:
    camera = odd(GetCapabilities=capabilities(f"http://{host}/onvif/media"), GetStreamUri=media_uri(f"rtsp://{host}/live"))
    probed = probe(camera.address, "a", "b")
    assert probed.named_host == host.partition(":")[0]
    assert probed.profiles[0].uri.startswith("rtsp://127.0.0.1")
    assert probed.profiles[0].uri.count(":") <= 2


@pytest.mark.parametrize(
    "answer",
    [
        b"\xff\xfe<not xml",
        fault("Internal"),
        b"",
        envelope("<tds:GetDeviceInformationResponse><tds:Manufacturer>A\xc3</tds:Man"),
    ],
)
def test_quirk_9_a_broken_description_of_itself_is_gone_without(odd: Callable[..., Odd], answer: bytes) -> None:
    assert len(probe(odd(GetDeviceInformation=answer).address, "a", "b").profiles) == 2


def test_quirk_11_a_connection_closed_between_questions_is_made_again(odd: Callable[..., Odd]) -> None:
    hung_up: list[str] = []

    def hang_up_once(handler: Any) -> None:
        if not hung_up:
            hung_up.append("yes")
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
        else:
            handler.reply(odd_camera._plain()["GetProfiles"])

    odd_camera = odd(GetProfiles=hang_up_once)
    assert len(probe(odd_camera.address, "a", "b").profiles) == 2
    assert hung_up


def test_a_camera_that_always_hangs_up_is_given_up(odd: Callable[..., Odd]) -> None:
    def hang_up(handler: Any) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    camera = odd(GetProfiles=hang_up)
    with pytest.raises(CameraUnreachable):
        probe(camera.address, "a", "b")
    assert camera.asked.count("GetProfiles") == 2


@pytest.mark.parametrize(
    "answer",
    [fault("Optional Action Not Implemented"), media_uri("", "GetSnapshotUri"), media_uri("N/A", "GetSnapshotUri"), media_uri("file:///etc/x", "GetSnapshotUri")],
)  # fmt: skip
def test_quirk_18_a_snapshot_that_is_not_there_is_none(odd: Callable[..., Odd], answer: bytes) -> None:
    assert probe(odd(GetSnapshotUri=answer).address, "a", "b").snapshot_uri == ""


def test_a_snapshot_address_is_moved_to_the_host_that_was_asked(odd: Callable[..., Odd]) -> None:
    camera = odd(GetSnapshotUri=media_uri("http://admin:x@192.168.1.64/snap.jpg?c=1", "GetSnapshotUri"))
    assert probe(camera.address, "a", "b").snapshot_uri == "http://127.0.0.1/snap.jpg?c=1"


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_camera_that_asks_for_digest_gets_it(odd: Callable[..., Odd], algorithm: str) -> None:
    """As firmwares do that take no login in the message."""
    camera = odd()
    hash_of = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm]

    def digest(text: str) -> str:
        return hash_of(text.encode()).hexdigest()

    def guarded(operation: str) -> Callable[[Any], None]:
        plain = camera._plain()[operation]

        def answer(handler: Any) -> None:
            told = dict(re.findall(r'(\w+)="?([^",]+)"?', handler.headers.get("Authorization", "")))
            secret, asked = digest("a:odd:b"), digest(f"POST:{handler.path}")
            proof = ":".join((secret, told.get("nonce", ""), told.get("nc", ""), told.get("cnonce", ""), "auth", asked))
            if told.get("nonce") == "n1" and told.get("response") == digest(proof):
                handler.reply(plain)
            else:
                challenge = f'Digest realm="odd", nonce="n1", qop="auth", algorithm={algorithm}'
                handler.reply(b"x" * 100, 401, WWW_Authenticate=challenge)

        return answer

    camera.answers |= {name: guarded(name) for name in camera._plain() if name != "GetSystemDateAndTime"}
    probed = probe(camera.address, "a", "b")
    assert (probed.digest, len(probed.profiles)) == (True, 2)
    with pytest.raises(WrongPassword):
        probe(camera.address, "a", "wrong")


def test_a_camera_that_asks_for_the_plain_password_does_not_get_it(odd: Callable[..., Odd]) -> None:
    seen: list[str] = []

    def answer(handler: Any) -> None:
        seen.append(str(handler.headers) + handler.body.decode())
        handler.reply(b"", 401, WWW_Authenticate='Basic realm="odd"')

    with pytest.raises(WrongPassword, match="unencrypted"):
        probe(odd(GetDeviceInformation=answer).address, "a", "very-secret")
    assert seen
    assert not any("very-secret" in each or "Basic" in each for each in seen)


def test_quirk_14_a_camera_with_h265_only_can_be_watched(odd: Callable[..., Odd]) -> None:
    profiles = profile("main", "H265", 1920, 1080) + profile("sub", "H265", 640, 360)
    camera = odd(GetProfiles=envelope(f"<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>"))
    chosen = choose(probe(camera.address, "a", "b").profiles)
    assert chosen is not None
    assert [(each.token, each.codec) for each in chosen] == [("sub", "H265"), ("main", "H265")]


def test_a_camera_with_nothing_that_can_be_watched_is_told(odd: Callable[..., Odd]) -> None:
    camera = odd(GetProfiles=envelope(f"<trt:GetProfilesResponse>{profile('a', 'MPEG4', 640, 480)}</trt:GetProfilesResponse>"))
    with pytest.raises(NoUsableStream):
        probe(camera.address, "a", "b")


def test_quirk_19_the_newer_media_service_is_asked_where_the_first_offers_jpeg_only(odd: Callable[..., Odd]) -> None:
    camera = odd()
    newer = (
        '<tr2:GetProfilesResponse><tr2:Profiles token="P1"><tr2:Name>T</tr2:Name><tr2:Configurations>'
        '<tr2:VideoEncoder token="e" GovLength="30" Profile="Main"><tt:Name>e</tt:Name><tt:UseCount>1</tt:UseCount>'
        "<tt:Encoding>H265</tt:Encoding><tt:Resolution><tt:Width>1280</tt:Width><tt:Height>720</tt:Height></tt:Resolution>"
        "<tt:RateControl><tt:FrameRateLimit>15</tt:FrameRateLimit><tt:BitrateLimit>900</tt:BitrateLimit></tt:RateControl>"
        "<tt:Quality>5</tt:Quality></tr2:VideoEncoder></tr2:Configurations></tr2:Profiles></tr2:GetProfilesResponse>"
    )

    def profiles(handler: Any) -> None:
        if handler.path.endswith("media2"):
            handler.reply(envelope(newer))
        else:
            old = profile("old", "JPEG", 640, 480)
            handler.reply(envelope(f"<trt:GetProfilesResponse>{old}</trt:GetProfilesResponse>"))

    def uri(handler: Any) -> None:
        if handler.path.endswith("media2"):
            handler.reply(envelope("<tr2:GetStreamUriResponse><tr2:Uri>rtsp://10.9.9.9/t</tr2:Uri></tr2:GetStreamUriResponse>"))
        else:
            handler.reply(media_uri("rtsp://10.9.9.9/jpeg"))

    version = "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version>"
    told = "".join(
        f"<tds:Service><tds:Namespace>{space}</tds:Namespace><tds:XAddr>http://10.9.9.9/onvif/{path}</tds:XAddr>{version}</tds:Service>"
        for space, path in ((NAMES["trt"], "media"), (NAMES["tr2"], "media2"))
    )
    services = envelope(f"<tds:GetServicesResponse>{told}</tds:GetServicesResponse>")
    camera.answers |= {"GetServices": services, "GetProfiles": profiles, "GetStreamUri": uri}
    probed = probe(camera.address, "a", "b")
    assert probed.media2
    only = probed.profiles[0]
    assert (len(probed.profiles), only.codec, only.width, only.fps, only.keyframe_interval, only.bit_rate, only.uri) == (
        1,
        "H265",
        1280,
        15,
        30,
        900,
        "rtsp://127.0.0.1/t",
    )


def test_one_stream_that_is_not_given_out_does_not_spoil_the_other(odd: Callable[..., Odd]) -> None:
    def uri(handler: Any) -> None:
        handler.reply(fault("No such stream") if b">main<" in handler.body else media_uri("rtsp://127.0.0.1/sub"))

    probed = probe(odd(GetStreamUri=uri).address, "a", "b")
    assert {each.token: each.uri for each in probed.profiles} == {"main": "", "sub": "rtsp://127.0.0.1/sub"}


def test_the_order_in_which_a_camera_tells_its_streams_changes_nothing(odd: Callable[..., Odd]) -> None:
    def told(token: str, width: int, height: int) -> str:
        source = (
            f'<tt:VideoSourceConfiguration token="v"><tt:Name>v</tt:Name><tt:UseCount>1</tt:UseCount><tt:SourceToken>of-{token}'
            '</tt:SourceToken><tt:Bounds x="0" y="0" width="1" height="1"/></tt:VideoSourceConfiguration>'
        )
        return profile(token, "H264", width, height).replace("<tt:VideoEncoder", source + "<tt:VideoEncoder", 1)

    def snapshot(handler: Any) -> None:
        token = re.search(rb"ProfileToken>(\w+)<", handler.body)[1].decode()
        handler.reply(media_uri(f"http://127.0.0.1/{token}.jpg", "GetSnapshotUri"))

    streams = [told("a", 640, 360), told("b", 1920, 1080), told("c", 1280, 720)]
    known = {
        (probed.snapshot_uri, probed.video_source, choose(probed.profiles))
        for order in permutations(streams)
        for answer in [envelope(f"<trt:GetProfilesResponse>{''.join(order)}</trt:GetProfilesResponse>")]
        for probed in [probe(odd(GetProfiles=answer, GetSnapshotUri=snapshot).address, "a", "b")]
    }
    assert [(uri, source) for uri, source, _ in known] == [("http://127.0.0.1/a.jpg", "of-a")]


def test_a_head_that_drips_ends_with_the_time_out(odd: Callable[..., Odd]) -> None:
    def drip(handler: Any) -> None:
        handler.connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        try:
            for _ in range(600):
                handler.connection.sendall(b"x")
                time.sleep(0.1)
        except OSError:
            pass
        handler.close_connection = True

    began = time.monotonic()
    with pytest.raises(CameraUnreachable):
        probe(odd(GetSystemDateAndTime=drip).address, "a", "b", timeout_s=1)
    # Long before the head ends.
    assert time.monotonic() - began < 30


def test_a_document_type_is_not_read(odd: Callable[..., Odd]) -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x">]>'
        + envelope("<trt:GetProfilesResponse>&b;</trt:GetProfilesResponse>")[21:]
    )
    with pytest.raises(NotACamera):
        probe(odd(GetProfiles=bomb).address, "a", "b")


def test_what_a_camera_says_of_itself_is_one_short_printable_line(odd: Callable[..., Odd]) -> None:
    forged = "A&#10;2026 ERROR all is lost&#27;" + "y" * 5000
    said = f"<tds:GetDeviceInformationResponse><tds:Manufacturer>{forged}</tds:Manufacturer></tds:GetDeviceInformationResponse>"
    probed = probe(odd(GetDeviceInformation=envelope(said)).address, "a", "b")
    assert probed.make.isprintable()
    assert len(probed.make) <= 120
    with pytest.raises(DeviceRefused) as caught:
        probe(odd(GetProfiles=fault(forged)).address, "a", "b")
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()
