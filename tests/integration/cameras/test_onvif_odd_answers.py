"""ONVIF devices whose answers are odd in the ways people reported: one question that is not needed, or one odd byte, loses no camera."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import pytest

from cameras.errors import BadAddress, CameraProblem, NotACamera
from cameras.onvif.client import probe
from cameras.onvif.events import EventPuller
from cameras.onvif.topics import CameraEvent
from cameras.profiles import choose
from tests.doubles.odd_camera import Answer, Odd, capabilities, envelope, fault, media_uri, profile

EVENTS = (
    'xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"'
    ' xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:tns1="http://www.onvif.org/ver10/topics"'
)
MOTION = (
    "<wsnt:NotificationMessage><wsnt:Topic>tns1:RuleEngine/CellMotionDetector/Motion</wsnt:Topic><wsnt:Message>"
    '<tt:Message UtcTime="2030-01-01T00:00:00Z" PropertyOperation="Changed"><tt:Source/><tt:Data>'
    '<tt:SimpleItem Name="IsMotion" Value="true"/></tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>'
)


def empty_page(handler: Any) -> None:
    handler.reply(b"", 404)


def page_of_error(handler: Any) -> None:
    handler.reply(b"<html>error</html>", 500)


NOT_TOLD: dict[str, Answer] = {
    "a fault": fault("Method 'ns0:GetSystemDateAndTime' not implemented: method name or namespace not recognized"),
    "no page": empty_page,
    "an error": page_of_error,
    "nothing": b"",
}


@pytest.mark.parametrize("operation", ["GetSystemDateAndTime", "GetDeviceInformation", "GetServices", "GetSnapshotUri"])
@pytest.mark.parametrize("answer", NOT_TOLD, ids=str)
def test_a_question_that_is_not_needed_may_fail_in_any_way(odd: Callable[..., Odd], operation: str, answer: str) -> None:
    assert len(probe(odd(**{operation: NOT_TOLD[answer]}).address, "a", "b").profiles) == 2


def test_without_a_list_of_services_the_media_service_is_asked_where_it_usually_is(odd: Callable[..., Odd]) -> None:
    camera = odd(GetCapabilities=fault("Internal error"))
    assert len(probe(camera.address, "a", "b").profiles) == 2


def rewritten(change: Callable[[bytes], bytes], camera: Odd) -> None:
    camera.answers = {name: change(each) if isinstance(each, bytes) else each for name, each in camera.answers.items()}


@pytest.mark.parametrize(
    "change",
    [
        lambda each: each.replace(b"http://www.w3.org/2003/05/soap-envelope", b"http://schemas.xmlsoap.org/soap/envelope/"),
        lambda each: b"\0\0\r\n " + each + b"\0",
        lambda each: re.sub(rb' xmlns:(tt|tds|trt)="[^"]*"', b"", each),
        lambda each: each.replace(b"s:Envelope", b"SOAP-ENV:Envelope").replace(b"s:Body", b"SOAP-ENV:Body").replace(b"xmlns:s=", b"xmlns:SOAP-ENV="),
    ],
    ids=["the older envelope", "NULs around it", "prefixes never explained", "another prefix"],
)  # fmt: skip
def test_xml_is_not_taken_literally(odd: Callable[..., Odd], change: Callable[[bytes], bytes]) -> None:
    camera = odd()
    rewritten(change, camera)
    assert len(probe(camera.address, "a", "b").profiles) == 2


@pytest.mark.parametrize("sign", ["&", "&amp;"])
def test_an_address_keeps_every_sign(odd: Callable[..., Odd], sign: str) -> None:
    camera = odd(GetStreamUri=media_uri(f"rtsp://10.10.10.10:554/ch0_stream=0{sign}onvif=0.sdp?real_stream"))
    assert probe(camera.address, "a", "b").profiles[0].uri == "rtsp://127.0.0.1:554/ch0_stream=0&onvif=0.sdp?real_stream"


@pytest.mark.parametrize(("more", "open_for"), [(5_900_000, 0.0), (3, 20.0), (-3, 0.0), (-3, 20.0)])
def test_a_wrong_length_loses_no_answer(odd: Callable[..., Odd], more: int, open_for: float) -> None:
    over = threading.Event()

    def answer(handler: Any) -> None:
        body = camera._plain()["GetProfiles"]
        assert isinstance(body, bytes)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(body) + more}\r\n\r\n"
        handler.connection.sendall(head.encode() + body)
        over.wait(open_for)
        handler.close_connection = True

    camera = odd(GetProfiles=answer)
    began = time.monotonic()
    try:
        assert len(probe(camera.address, "a", "b").profiles) == 2
        assert time.monotonic() - began < 15  # it was not waited for
    finally:
        over.set()


def of(token: str, source: str, width: int, height: int) -> str:
    told = (
        f'<tt:VideoSourceConfiguration token="c{source}"><tt:Name>c</tt:Name><tt:UseCount>1</tt:UseCount>'
        f'<tt:SourceToken>{source}</tt:SourceToken><tt:Bounds x="0" y="0" width="1" height="1"/></tt:VideoSourceConfiguration>'
    )
    return profile(token, "H264", width, height).replace("<tt:VideoEncoder", told + "<tt:VideoEncoder", 1)


TWO_LENSES = envelope(
    "<trt:GetProfilesResponse>"
    + of("ch1_main", "room101", 1920, 1080)
    + of("ch1_sub", "room101", 640, 360)
    + of("ch2_main", "room102", 2560, 1440)
    + of("ch2_sub", "room102", 704, 576)
    + "</trt:GetProfilesResponse>"
)


def by_token(handler: Any) -> None:
    found = re.search(rb"ProfileToken>([^<]*)", handler.body)
    assert found
    handler.reply(media_uri("rtsp://127.0.0.1:554/" + found[1].decode()))


def test_each_lens_of_a_device_is_a_camera_of_its_own(odd: Callable[..., Odd]) -> None:
    camera = odd(GetProfiles=TWO_LENSES, GetStreamUri=by_token)

    def chosen(address: str) -> list[str]:
        streams = choose(probe(address, "a", "b").profiles)
        assert streams is not None
        return [each.token for each in streams]

    assert chosen(camera.address) == ["ch1_sub", "ch1_main"]
    assert chosen(f"{camera.address}#room102") == ["ch2_sub", "ch2_main"]
    probed = probe(f"{camera.address}#room102", "a", "b")
    assert (probed.address, probed.video_source, probed.sources) == (
        f"{camera.address}#room102",
        "room102",
        ("room101", "room102"),
    )
    with pytest.raises(BadAddress, match="room101, room102"):
        probe(f"{camera.address}#room103", "a", "b")
    with pytest.raises(BadAddress, match="one picture only"):
        probe(f"{odd().address}#room103", "a", "b")


def listened(camera: Odd, seconds: float, enough: Callable[[list[CameraEvent]], bool]) -> tuple[list[CameraEvent], EventPuller]:
    heard: list[CameraEvent] = []
    stopping = threading.Event()
    puller = EventPuller(camera.address, "a", "b", heard.append, timeout_s=2, wait_s=1)
    thread = threading.Thread(target=puller.run, args=[stopping])
    thread.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end and not enough(heard):
        time.sleep(0.05)
    stopping.set()
    thread.join(10)
    return heard, puller


def subscribed(port: int) -> bytes:
    return envelope(
        f"<tev:CreatePullPointSubscriptionResponse {EVENTS}><tev:SubscriptionReference><wsa:Address>http://127.0.0.1:{port}/event-7"
        "</wsa:Address></tev:SubscriptionReference></tev:CreatePullPointSubscriptionResponse>"
    )


def with_events(odd: Callable[..., Odd], subscription_port: int | None = None) -> Odd:
    camera = odd(Unsubscribe=envelope(f"<wsnt:UnsubscribeResponse {EVENTS}/>"))
    here = f"http://127.0.0.1:{camera.port}/onvif/service"
    camera.answers["GetCapabilities"] = capabilities(here, f"<tt:Events><tt:XAddr>{here}</tt:XAddr></tt:Events>")
    camera.answers["CreatePullPointSubscription"] = subscribed(subscription_port or camera.port)
    return camera


def moved(handler: Any) -> None:
    time.sleep(0.2)
    handler.reply(envelope(f"<tev:PullMessagesResponse {EVENTS}>{MOTION}</tev:PullMessagesResponse>"))


def test_a_subscription_on_a_port_of_its_own_is_pulled_there(odd: Callable[..., Odd]) -> None:
    there = odd(PullMessages=moved, Unsubscribe=envelope(f"<wsnt:UnsubscribeResponse {EVENTS}/>"))
    heard, _ = listened(with_events(odd, there.port), 20, bool)
    assert heard
    assert "PullMessages" in there.asked


def test_a_port_that_nothing_listens_on_is_one_behind_nat(odd: Callable[..., Odd]) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        camera = with_events(odd, taken.getsockname()[1])
        camera.answers["PullMessages"] = moved
        heard, _ = listened(camera, 20, bool)
    assert heard


def test_a_pull_that_the_camera_ends_is_pulled_again_on_the_same_subscription(odd: Callable[..., Odd]) -> None:
    def end(handler: Any) -> None:
        time.sleep(1.1)
        with suppress(OSError):
            handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    camera = with_events(odd)
    camera.answers["PullMessages"] = end
    _, puller = listened(camera, 30, lambda _: camera.asked.count("PullMessages") >= 5)
    assert camera.asked.count("CreatePullPointSubscription") == 1
    assert puller.problem is None


def test_a_camera_that_ends_each_pull_at_once_is_not_asked_without_pause(odd: Callable[..., Odd]) -> None:
    def end(handler: Any) -> None:
        with suppress(OSError):
            handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    camera = with_events(odd)
    camera.answers["PullMessages"] = end
    _, puller = listened(camera, 20, lambda _: puller_failed(camera))
    assert puller.problem is not None


def puller_failed(camera: Odd) -> bool:
    return camera.asked.count("CreatePullPointSubscription") >= 2


def test_another_address_that_a_device_names_is_told(odd: Callable[..., Odd]) -> None:
    def sent_on(handler: Any) -> None:
        handler.reply(b"", 302, Location="https://nurse:pw@10.0.0.9:8443/onvif?auth=x")

    with pytest.raises(NotACamera, match=r"https://10\.0\.0\.9:8443\. Enter") as caught:
        probe(odd(**dict.fromkeys(Odd()._plain(), sent_on)).address, "a", "b")
    assert "pw" not in str(caught.value)


def test_the_address_of_a_picture_is_told_to_be_one(odd: Callable[..., Odd]) -> None:
    camera = odd()
    camera.answers = {"*": b"\xff\xd8\xff\xe0" + bytes(500)}
    with pytest.raises(NotACamera, match="returned a picture"):
        probe(camera.address, "a", "b")


def tls_alert(line: socket.socket) -> None:
    line.recv(65_536)
    line.sendall(b"\x15\x03\x01\x00\x02\x02\x46")


def nginx_page(line: socket.socket) -> None:
    line.recv(65_536)
    page = b"<html><center>The plain HTTP request was sent to HTTPS port</center></html>"
    line.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(page) + page)


def plain_http(line: socket.socket) -> None:
    line.recv(65_536)
    line.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    ("serve", "scheme", "said"),
    [(tls_alert, "http", "speaks https"), (nginx_page, "http", "speaks https"), (plain_http, "https", "speaks http")],
)
def test_https_and_http_are_told_apart(serve: Callable[[socket.socket], None], scheme: str, said: str) -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                line, _ = server.accept()
                with line, suppress(OSError):
                    line.settimeout(5)
                    serve(line)
                    # Closed with something unread, the line would be cut off before the answer is read.
                    line.shutdown(socket.SHUT_WR)
                    while line.recv(65_536):
                        pass

    threading.Thread(target=accept, daemon=True).start()
    try:
        with pytest.raises(CameraProblem, match=f"{said}\\."):
            probe(f"{scheme}://127.0.0.1:{server.getsockname()[1]}/", "a", "b")
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
