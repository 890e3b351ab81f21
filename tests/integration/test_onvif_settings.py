"""Setting encoders of odd cameras, and subscribing to one; each is a real server on a real socket."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cameras.onvif_encoder import SettingsRefused, fit_sub_stream, restore_sub_stream
from cameras.onvif_events import subscribe
from cameras.onvif_session import Session
from tests.odd_camera import Answer, Odd, capabilities, envelope


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


def test_a_subscription_that_is_told_apart_by_what_the_camera_gave_us_gets_it_back(odd: Callable[..., Odd]) -> None:
    """As Axis does: one address for all, and a number in the head of each question."""
    bodies: list[bytes] = []
    event_names = (
        'xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"'
        ' xmlns:wsa="http://www.w3.org/2005/08/addressing"'
    )
    made = (
        f"<tev:CreatePullPointSubscriptionResponse {event_names}><tev:SubscriptionReference>"
        "<wsa:Address>http://10.0.0.9/onvif/services</wsa:Address><wsa:ReferenceParameters>"
        '<dom0:SubscriptionId xmlns:dom0="http://www.axis.com/2009/event">4711</dom0:SubscriptionId></wsa:ReferenceParameters>'
        "</tev:SubscriptionReference></tev:CreatePullPointSubscriptionResponse>"
    )

    def pull(handler: Any) -> None:
        bodies.append(handler.body)
        handler.reply(envelope(f"<tev:PullMessagesResponse {event_names}/>"))

    events = "<tt:Events><tt:XAddr>http://10.0.0.9/onvif/events</tt:XAddr></tt:Events>"
    camera = odd(
        GetCapabilities=capabilities("http://10.0.0.9/onvif/media", events),
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
