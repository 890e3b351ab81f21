"""What cameras of many makes say in their notifications, as they write it, read with ONVIF's own description of the message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zeep

from cameras.onvif.mending import read_xml
from cameras.onvif.times import ahead_of_utc, stamp
from cameras.onvif.topics import EXPIRY, CameraEvent, EventKind, clean, read_notifications, topic_of

NOW = datetime(2026, 3, 5, 8, 30, 12, tzinfo=UTC)
STAMP = "2026-03-05T08:30:10Z"
M, T, P, L, U = EventKind.MOTION, EventKind.TAMPER, EventKind.PERSON, EventKind.LINE_CROSSED, EventKind.UNKNOWN
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def description() -> Any:
    """ONVIF's events.wsdl, forgiving as the client is."""
    wsdl = Path(zeep.__file__).parent.parent / "wsdl" / "events.wsdl"
    return zeep.Client(str(wsdl), settings=zeep.Settings(strict=False))


def items(part_name: str, values: dict[str, str]) -> str:
    inside = "".join(f'<tt:SimpleItem Name="{name}" Value="{value}"/>' for name, value in values.items())
    return f"<tt:{part_name}>{inside}</tt:{part_name}>"


def notification(topic: str, message: str) -> bytes:
    """One message in the envelope that a camera sends it in."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:tev="http://www.onvif.org/ver10/events/wsdl"'
        ' xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tns1="http://www.onvif.org/ver10/topics"'
        ' xmlns:tnsaxis="http://www.axis.com/2009/event/topics" xmlns:wsa5="http://www.w3.org/2005/08/addressing">'
        "<SOAP-ENV:Body><tev:PullMessagesResponse><tev:CurrentTime>2026-03-05T08:30:12Z</tev:CurrentTime>"
        "<tev:TerminationTime>2026-03-05T08:40:12Z</tev:TerminationTime><wsnt:NotificationMessage>"
        f'<wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">{topic}</wsnt:Topic>'
        "<wsnt:ProducerReference><wsa5:Address>http://192.168.1.64:80/onvif/event/alarm</wsa5:Address></wsnt:ProducerReference>"
        f"<wsnt:Message>{message}</wsnt:Message></wsnt:NotificationMessage></tev:PullMessagesResponse>"
        "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode()


def message(source: dict[str, str], data: dict[str, str], operation: str = "Changed", at: str = STAMP) -> str:
    attribute = f' PropertyOperation="{operation}"' if operation else ""
    return f'<tt:Message UtcTime="{at}"{attribute}>{items("Source", source)}{items("Data", data)}</tt:Message>'


def heard(description: Any, topic: str, inside: str, offset: timedelta = timedelta()) -> CameraEvent:
    """The event, by way of the real types of the description."""
    answer = read_xml(notification(topic, inside))[0][0]
    # As the client gets it: what ONVIF's own description does not know would be lost or refused here.
    described(description, notification(topic, inside))
    return read_notifications(answer, NOW, offset)[0]


def described(description: Any, envelope: bytes) -> Any:
    """The answer by ONVIF's own description of it."""
    binding = description.wsdl.bindings["{http://www.onvif.org/ver10/events/wsdl}PullPointSubscriptionBinding"]
    return binding.get("PullMessages").process_reply(read_xml(envelope))


HIKVISION = {"VideoSourceConfigurationToken": "VideoSourceToken", "VideoAnalyticsConfigurationToken": "VideoAnalyticsToken"}
TAPO = {"VideoSourceConfigurationToken": "vsconf", "VideoAnalyticsConfigurationToken": "VideoAnalyticsToken"}


@pytest.mark.parametrize(
    ("make", "topic", "source", "data", "kind"),
    [
        ("Hikvision", "tns1:VideoSource/MotionAlarm", {"Source": "VideoSource_1"}, {"State": "true"}, M),
        ("Hikvision", "tns1:RuleEngine/CellMotionDetector/Motion", {**HIKVISION, "Rule": "MyMotion"}, {"IsMotion": "true"}, M),
        ("Hikvision", "tns1:RuleEngine/FieldDetector/ObjectsInside", HIKVISION, {"ObjectId": "0", "IsInside": "true"}, M),
        ("Hikvision", "tns1:RuleEngine/TamperDetector/Tamper", {**HIKVISION, "Rule": "MyTamper"}, {"IsTamper": "true"}, T),
        ("Hikvision", "tns1:RuleEngine/LineDetector/Crossed", HIKVISION, {"ObjectId": "0"}, L),
        ("Dahua", "tns1:RuleEngine/CellMotionDetector/Motion", {"Rule": "MyMotion"}, {"IsMotion": "1"}, M),
        ("Dahua", "tns1:VideoSource/GlobalSceneChange/AnalyticsService", {"Source": "VS0"}, {"State": "true"}, T),
        ("Dahua", "tns1:VideoSource/ImageTooBlurry/AnalyticsService", {"Source": "VS0"}, {"State": "true"}, T),
        ("Dahua", "tns1:UserAlarm/IVA/HumanShapeDetect", {"VideoSourceConfigurationToken": "V0"}, {"State": "true"}, P),
        ("Axis", "tns1:VideoSource/tnsaxis:MotionAlarm", {"Source": "0"}, {"State": "1"}, M),
        ("Axis", "tns1:Device/tnsaxis:Sensor/PIR", {"sensor": "0"}, {"state": "1"}, M),
        ("Axis", "tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1", {}, {"active": "1"}, M),
        ("Axis", "tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1", {}, {"active": "1"}, M),
        ("Axis", "tns1:VideoSource/tnsaxis:Tampering", {"channel": "1"}, {"tampering": "1"}, T),
        ("Reolink", "tns1:RuleEngine/MyRuleDetector/PeopleDetect", {"Source": "000"}, {"State": "true"}, P),
        ("Reolink", "tns1:RuleEngine/MyRuleDetector/FaceDetect", {"Source": "000"}, {"State": "true"}, P),
        ("Reolink", "tns1:RuleEngine/MyRuleDetector/Visitor", {"Source": "000"}, {"State": "true"}, P),
        ("Reolink", "tns1:VideoSource/ImageTooDark/ImagingService", {"Source": "000"}, {"State": "true"}, T),
        ("Tapo", "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", TAPO, {"IsPeople": "true"}, P),
        ("Tapo", "tns1:RuleEngine/CellMotionDetector/TpSmartEvent", TAPO, {"IsTamper": "true"}, T),
        ("Tapo", "tns1:RuleEngine/PeopleDetector/People", TAPO, {"IsPeople": "true"}, P),
        ("Tapo", "tns1:RuleEngine/CellMotionDetector/People", TAPO, {"IsPeople": "true"}, P),
        ("Tapo", "tns1:RuleEngine/CellMotionDetector/LineCross", TAPO, {"IsLineCross": "true"}, L),
        ("Tapo", "tns1:RuleEngine/CellMotionDetector/Tamper", TAPO, {"IsTamper": "true"}, T),
        ("Tapo", "tns1:RuleEngine/CellMotionDetector/Intrusion", TAPO, {"IsIntrusion": "true"}, M),
        ("Bosch", "tns1:VideoSource/ImageTooBright/ImagingService", {"Source": "1"}, {"State": "true"}, T),
        ("Bosch", "tns1:VideoAnalytics/tnsbosch:MotionDetection", {"Source": "1"}, {"State": "true"}, M),
        ("Ajax", "tns1:RuleEngine/tnsajax:MotionDetector/Detection", {"VideoSourceToken": "V"}, {"Detected": "true"}, M),
        ("Ajax", "tns1:RuleEngine/ObjectDetection/Object", {"VideoSourceToken": "V"}, {"ClassTypes": "Human Pet"}, P),
        ("Ajax", "tns1:RuleEngine/tnsajax:LineDetector/Crossing", {"VideoSourceToken": "V"}, {}, L),
        ("Uniview", "tns1:RuleEngine/MotionRegionDetector/Motion", {"VideoSource": "V0"}, {"State": "1"}, M),
    ],
)
def test_what_begins_is_understood_and_runs_out(
    description: Any, make: str, topic: str, source: dict[str, str], data: dict[str, str], kind: EventKind
) -> None:
    event = heard(description, topic, message(source, data))
    assert (event.kind, event.active, event.initial) == (kind, True, False), make
    assert event.at == NOW - timedelta(seconds=2)
    assert event.expires_at == event.at + EXPIRY[kind]
    others = [value for name, value in source.items() if name != "Rule"]
    assert event.source == (others[0] if others else "")


@pytest.mark.parametrize(
    ("topic", "data", "kind"),
    [
        ("tns1:VideoSource/MotionAlarm", {"State": "false"}, M),
        ("tns1:RuleEngine/CellMotionDetector/Motion", {"IsMotion": "0"}, M),
        ("tns1:RuleEngine/FieldDetector/ObjectsInside", {"IsInside": "false", "ObjectId": "1"}, M),
        ("tns1:RuleEngine/FieldDetector/ObjectsInside", {"ObjectId": "1", "IsInside": "false"}, M),
        ("tns1:RuleEngine/CellMotionDetector/LineCross", {"IsLineCross": "false"}, L),
        ("tns1:RuleEngine/ObjectDetection/Object", {"ClassTypes": ""}, P),
        ("tns1:RuleEngine/ObjectDetection/Object", {"ClassTypes": "Vehicle"}, P),
        ("tns1:RuleEngine/MyRuleDetector/PeopleDetect", {"State": ""}, P),
        ("tns1:VideoSource/GlobalSceneChange/ImagingService", {}, T),
    ],
)
def test_what_ends_or_tells_no_state_is_over_and_has_no_expiry(
    description: Any, topic: str, data: dict[str, str], kind: EventKind
) -> None:
    event = heard(description, topic, message({}, data))
    assert (event.kind, event.active, event.expires_at) == (kind, False, None)


@pytest.mark.parametrize("tail", ["/.", "//.", "/", ".", "\n      "])
def test_quirk_28_tails_behind_a_topic_do_not_matter(description: Any, tail: str) -> None:
    event = heard(description, f"\n  tns1:RuleEngine/CellMotionDetector/Motion{tail}", message({}, {"IsMotion": "true"}))
    assert (event.kind, event.topic) == (M, "tns1:RuleEngine/CellMotionDetector/Motion")


@pytest.mark.parametrize(
    "topic",
    [
        "tns1:Monitoring/ProcessorUsage",
        "tns1:RecordingConfig/JobState",
        "tns1:RuleEngine/MyRuleDetector/VehicleDetect",
        "",
        "///",
    ],
)
def test_quirk_28_unknown_topics_are_unknown_and_no_error(description: Any, topic: str) -> None:
    assert heard(description, topic, message({}, {"State": "true"})).kind is U


def test_quirk_28_a_smart_event_about_a_car_is_none_of_ours(description: Any) -> None:
    event = heard(description, "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", message(TAPO, {"IsVehicle": "true"}))
    assert event.kind is U


def test_quirk_29_the_state_at_the_beginning_is_marked(description: Any) -> None:
    event = heard(description, "tns1:VideoSource/MotionAlarm", message({"Source": "1"}, {"State": "true"}, "Initialized"))
    assert (event.active, event.initial) == (True, True)


def test_quirk_29_what_is_deleted_is_over(description: Any) -> None:
    assert not heard(description, "tns1:VideoSource/MotionAlarm", message({}, {"State": "true"}, "Deleted")).active


@pytest.mark.parametrize(
    "inside",
    [
        f'<tt:Message UtcTime="{STAMP}"><tt:Data><tt:SimpleItem Name="State" Value="true"/></tt:Data></tt:Message>',
        f'<tt:Message UtcTime="{STAMP}"><tt:Data><tt:SimpleItem Value="true" Name="State"/></tt:Data><tt:Source/></tt:Message>',
        f'<tt:Message UtcTime="{STAMP}"><tt:Key/><tt:Data><tt:ElementItem Name="x"/>'
        '<tt:SimpleItem Name="Window" Value="7"/><tt:SimpleItem Name="State" Value="true"/></tt:Data></tt:Message>',
    ],
)
def test_quirk_29_parts_may_be_missing_or_in_another_order(description: Any, inside: str) -> None:
    assert heard(description, "tns1:VideoSource/MotionAlarm", inside).active


@pytest.mark.parametrize(
    "inside", ["", "<tt:Message/>", "<tt:Message><tt:Data><tt:SimpleItem/></tt:Data></tt:Message>", "text"]
)
def test_quirk_29_an_empty_message_is_over_and_no_error(description: Any, inside: str) -> None:
    event = heard(description, "tns1:VideoSource/MotionAlarm", inside)
    assert (event.kind, event.active, event.at) == (M, False, NOW)


@pytest.mark.parametrize(
    "at",
    [
        "0000-00-00T00:00:00Z",
        "",
        "yesterday",
        "2026-13-40T00:00:00Z",
        "1970-01-01T00:00:07Z",
        "2031-01-01T00:00:00Z",
        "9999-12-31T23:99:99Z",
    ],
)
def test_quirk_3_a_time_that_cannot_be_becomes_now(description: Any, at: str) -> None:
    event = heard(description, "tns1:VideoSource/MotionAlarm", message({}, {"State": "true"}, at=at))
    assert (event.active, event.at) == (True, NOW)


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-05T07:90:10Z",
        "2026-03-05T08:29:70Z",
        "2026-03-05 08:30:10",
        "2026-03-05-08:30:10Z",
        "2026-3-5T8:30:10.000Z",
        "2026-03-05T15:30:10+07:00",
    ],
)
def test_quirk_3_a_time_that_overflows_or_is_written_oddly_is_read(description: Any, at: str) -> None:
    event = heard(description, "tns1:VideoSource/MotionAlarm", message({}, {"State": "true"}, at=at))
    assert event.at == NOW - timedelta(seconds=2)


def test_quirk_1_times_are_corrected_by_the_cameras_clock(description: Any) -> None:
    behind = message({}, {"State": "true"}, at="1970-01-01T00:01:00Z")
    offset = datetime(1970, 1, 1, 0, 1, 2, tzinfo=UTC) - NOW
    assert heard(description, "tns1:VideoSource/MotionAlarm", behind, offset).at == NOW - timedelta(seconds=2)
    assert (
        heard(description, "tns1:VideoSource/MotionAlarm", message({}, {}, at="0001-01-01T00:00:00Z"), timedelta(days=9)).at
        == NOW
    )


def test_a_topic_forges_no_entry_in_a_log(description: Any) -> None:
    forged = "tns1:Device/x&#10;2026-03-05 WARNING all residents have left&#27;[2J" + "y" * 10_000
    event = heard(description, forged, message({"Source": "a&#13;b"}, {"State": "true"}))
    assert event.kind is U
    assert event.topic.isprintable()
    assert event.source.isprintable()
    assert len(event.topic) <= 200


def test_thousands_of_items_are_not_all_read(description: Any) -> None:
    many = {f"x{number}": "1" for number in range(5_000)} | {"State": "true"}
    assert heard(description, "tns1:VideoSource/MotionAlarm", message({}, many)).kind is M


def test_the_description_loses_the_topic_so_the_answer_is_read_as_it_came(description: Any) -> None:
    envelope = notification("tns1:VideoSource/MotionAlarm", message({}, {"State": "true"}))
    told = described(description, envelope).NotificationMessage
    assert len(told) == 1
    assert told[0].Topic._value_1 is None, "then the description can be used again"


def test_text_is_cleaned() -> None:
    assert clean("a\x00b\u2028c") == "a?b?c"
    assert clean(None) == ""
    assert topic_of(" tns1:A/B//. ") == "tns1:A/B"


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("ICT-7", 7), ("<+07>-7", 7), ("CST6CDT,M3.2.0,M11.1.0", -6), ("GMT+00:00", 0), ("IST-05:30", 5.5), ("UTC0", 0), ("", 0), ("???", 0), ("CST-8:00:00", 8)],
)  # fmt: skip
def test_quirk_5_a_zone_is_read_or_counts_as_utc(zone: str, hours: float) -> None:
    assert ahead_of_utc(zone) == timedelta(hours=hours)


def test_a_stamp_of_nonsense_is_none() -> None:
    assert stamp("0000-00-00T00:00:00Z") is None
    assert stamp("9" * 1000) is None
