"""Setting encoders of odd cameras, and subscribing to one; each is a real server on a real socket."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cameras.onvif.encoder import SettingsRefused, fit_sub_stream, restore_sub_stream
from cameras.onvif.events import EventPuller, subscribe
from cameras.onvif.session import Session
from tests.doubles.odd_camera import Answer, Odd, capabilities, envelope, fault
from tests.doubles.waiting import wait_until


@pytest.fixture
def odd() -> Iterator[Callable[..., Odd]]:
    made: list[Odd] = []

    def make(**changed: Answer) -> Odd:
        made.append(Odd(**changed))
        return made[-1]

    yield make
    for each in made:
        each.close()


def encoder(fps: int, interval: int, width: int = 704, height: int = 576) -> str:
    """With something of its maker's that must not get lost."""
    return (
        f'<trt:GetProfileResponse><trt:Profile token="sub"><tt:Name>sub</tt:Name><tt:VideoEncoderConfiguration token="E1">'
        f"<tt:Name>e</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width>"
        f"<tt:Height>{height}</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality><tt:RateControl><tt:FrameRateLimit>{fps}"
        "</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>512</tt:BitrateLimit></tt:RateControl>"
        f"<tt:H264><tt:GovLength>{interval}</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264>"
        '<own:Smart xmlns:own="http://maker.example/own" level="7">on</own:Smart></tt:VideoEncoderConfiguration></trt:Profile>'
        "</trt:GetProfileResponse>"
    )


OPTIONS = (
    "<trt:GetVideoEncoderConfigurationOptionsResponse><trt:Options><tt:H264>"
    "<tt:ResolutionsAvailable><tt:Width>320</tt:Width><tt:Height>240</tt:Height></tt:ResolutionsAvailable>"
    "<tt:ResolutionsAvailable><tt:Width>1280</tt:Width><tt:Height>720</tt:Height></tt:ResolutionsAvailable>"
    "<tt:ResolutionsAvailable><tt:Width>640</tt:Width><tt:Height>480</tt:Height></tt:ResolutionsAvailable>"
    "<tt:GovLengthRange><tt:Min>15</tt:Min><tt:Max>200</tt:Max></tt:GovLengthRange>"
    "<tt:FrameRateRange><tt:Min>1</tt:Min><tt:Max>7</tt:Max></tt:FrameRateRange></tt:H264></trt:Options>"
    "</trt:GetVideoEncoderConfigurationOptionsResponse>"
)
DONE = envelope("<trt:SetVideoEncoderConfigurationResponse/>")


def value(body: bytes, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}[^>]*>([^<]*)<".encode(), body)
    return found[1].decode() if found else ""


def test_an_encoder_is_set_as_near_as_it_can_and_set_back_with_all_its_makers_own(odd: Callable[..., Odd]) -> None:
    sent: list[bytes] = []
    now = [encoder(25, 100)]

    def configure(handler: Any) -> None:
        sent.append(handler.body)
        numbers = (int(value(handler.body, name)) for name in ("FrameRateLimit", "GovLength", "Width", "Height"))
        now[0] = encoder(*numbers)
        handler.reply(DONE)

    camera = odd(
        GetProfile=lambda handler: handler.reply(envelope(now[0])),
        GetVideoEncoderConfigurationOptions=envelope(OPTIONS),
        SetVideoEncoderConfiguration=configure,
    )
    before = fit_sub_stream(camera.address, "a", "b", "sub")
    names = ("Width", "Height", "FrameRateLimit", "GovLength", "BitrateLimit", "ForcePersistence")
    assert [value(sent[0], name) for name in names] == ["640", "480", "7", "15", "512", "true"]
    restore_sub_stream(camera.address, "a", "b", before)
    assert now[0] == encoder(25, 100)
    assert all(b'level="7"' in each for each in sent)


def test_an_encoder_that_says_yes_and_does_something_else_is_put_back(odd: Callable[..., Odd]) -> None:
    sent: list[bytes] = []

    def configure(handler: Any) -> None:
        sent.append(handler.body)
        handler.reply(DONE)

    camera = odd(
        GetProfile=envelope(encoder(25, 100)),
        GetVideoEncoderConfigurationOptions=envelope(OPTIONS),
        SetVideoEncoderConfiguration=configure,
    )
    with pytest.raises(SettingsRefused):
        fit_sub_stream(camera.address, "a", "b", "sub")
    assert [value(each, "FrameRateLimit") for each in sent] == ["7", "25"]


FIXED = (
    "<trt:GetVideoEncoderConfigurationOptionsResponse><trt:Options><tt:H264>"
    "<tt:ResolutionsAvailable><tt:Width>640</tt:Width><tt:Height>360</tt:Height></tt:ResolutionsAvailable>"
    "<tt:GovLengthRange><tt:Min>40</tt:Min><tt:Max>40</tt:Max></tt:GovLengthRange>"
    "<tt:FrameRateRange><tt:Min>30</tt:Min><tt:Max>30</tt:Max></tt:FrameRateRange></tt:H264></trt:Options>"
    "</trt:GetVideoEncoderConfigurationOptionsResponse>"
)


@pytest.mark.parametrize(
    "told",
    [
        {"GetProfile": envelope(encoder(30, 40, 640, 360)), "GetVideoEncoderConfigurationOptions": envelope(FIXED)},
        {"GetProfile": fault("TypeError: method is not a function")},
        {"GetProfile": envelope(encoder(30, 40)), "GetVideoEncoderConfigurationOptions": fault("Method not implemented")},
    ],
)
def test_an_encoder_that_cannot_be_set_is_said_to_be_so(odd: Callable[..., Odd], told: dict[str, bytes]) -> None:
    """Some offer one setting only, and answer whatever they do not know as if it were done."""
    camera = odd(**told, SetVideoEncoderConfiguration=envelope("<trt:SetVideoEncoderConfiguration/>"))
    with pytest.raises(SettingsRefused):
        fit_sub_stream(camera.address, "a", "b", "sub")
    assert "SetVideoEncoderConfiguration" not in camera.asked


def test_an_encoder_that_is_as_wanted_already_is_left_as_it_is(odd: Callable[..., Odd]) -> None:
    fit = encoder(7, 15, 640, 480)
    camera = odd(
        GetProfile=envelope(fit),
        GetVideoEncoderConfigurationOptions=envelope(OPTIONS),
        SetVideoEncoderConfiguration=DONE,
    )
    assert 'token="E1"' in fit_sub_stream(camera.address, "a", "b", "sub")["configuration"]


EVENT_NAMES = (
    'xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"'
    ' xmlns:wsa="http://www.w3.org/2005/08/addressing"'
)
EVENTS = "<tt:Events><tt:XAddr>http://10.0.0.9/onvif/events</tt:XAddr></tt:Events>"


def noticing(odd: Callable[..., Odd], renew: Answer) -> Odd:
    """A camera whose pull points are kept by that answer to Renew."""
    made = (
        f"<tev:CreatePullPointSubscriptionResponse {EVENT_NAMES}><tev:SubscriptionReference>"
        "<wsa:Address>http://10.0.0.9/onvif/events?sub=1</wsa:Address></tev:SubscriptionReference>"
        "</tev:CreatePullPointSubscriptionResponse>"
    )
    return odd(
        GetCapabilities=capabilities("http://10.0.0.9/onvif/media", EVENTS),
        CreatePullPointSubscription=envelope(made),
        PullMessages=envelope(f"<tev:PullMessagesResponse {EVENT_NAMES}/>"),
        Renew=renew,
        Unsubscribe=envelope(f"<wsnt:UnsubscribeResponse {EVENT_NAMES}/>"),
    )


def test_a_renewal_is_numbered_and_addressed_since_some_refuse_it_otherwise(odd: Callable[..., Odd]) -> None:
    def renew(handler: Any) -> None:
        addressed = all(value(handler.body, name) for name in ("MessageID", "Action", "To"))
        done = envelope(f"<wsnt:RenewResponse {EVENT_NAMES}/>")
        handler.reply(done if addressed else fault("Action failed", "ter:ActionFailed"))

    with Session(noticing(odd, renew).address, "a", "b", 2) as session:
        subscription = subscribe(session, 600)
        subscription.renew()
        subscription.end()


def test_a_camera_that_cannot_renew_is_subscribed_to_anew_without_complaint(
    odd: Callable[..., Odd], caplog: pytest.LogCaptureFixture
) -> None:
    camera, stopping = noticing(odd, fault("Action failed", "ter:ActionFailed")), threading.Event()
    puller = EventPuller(camera.address, "a", "b", lambda _event: None, timeout_s=2, wait_s=0.1, subscription_s=3)
    thread = threading.Thread(target=puller.run, args=[stopping])
    thread.start()
    try:
        wait_until(lambda: camera.asked.count("CreatePullPointSubscription") == 2 and camera.asked[-1] == "PullMessages")
    finally:
        stopping.set()
        thread.join(5)
    assert camera.asked.count("Unsubscribe") == 2  # the first place was given back
    assert puller.problem is None
    assert not caplog.records


def test_a_subscription_that_is_told_apart_by_what_the_camera_gave_us_gets_it_back(odd: Callable[..., Odd]) -> None:
    """As Axis does: one address for all, and a number in the head of each question."""
    bodies: list[bytes] = []
    made = (
        f"<tev:CreatePullPointSubscriptionResponse {EVENT_NAMES}><tev:SubscriptionReference>"
        "<wsa:Address>http://10.0.0.9/onvif/services</wsa:Address><wsa:ReferenceParameters>"
        '<dom0:SubscriptionId xmlns:dom0="http://www.axis.com/2009/event">4711</dom0:SubscriptionId></wsa:ReferenceParameters>'
        "</tev:SubscriptionReference></tev:CreatePullPointSubscriptionResponse>"
    )

    def pull(handler: Any) -> None:
        bodies.append(handler.body)
        handler.reply(envelope(f"<tev:PullMessagesResponse {EVENT_NAMES}/>"))

    camera = odd(
        GetCapabilities=capabilities("http://10.0.0.9/onvif/media", EVENTS),
        CreatePullPointSubscription=envelope(made),
        PullMessages=pull,
    )
    with Session(camera.address, "a", "b", 2) as session:
        subscription = subscribe(session, 600)
        assert not subscription.absolute  # without the times that it left out, nothing is wrong with them
        subscription.pull(1)
        subscription.end()
    head = bodies[0].partition(b"Body")[0]
    assert b">4711</" in head
    assert camera.asked[-2:] == ["PullMessages", "Unsubscribe"]
