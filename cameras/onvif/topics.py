"""What a notification of a camera means: a pure function of its topic and message, for the dialects of many makes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cameras.onvif.times import stamp

# A name of a real device is shorter, and has some five items.
_LONGEST, _MOST_ITEMS, _MOST_MESSAGES = 200, 32, 1000
# What a camera is told to keep of the past, and how wrong a stamp may be before our own clock is taken instead.
_PAST, _FUTURE = timedelta(minutes=10), timedelta(seconds=30)


class EventKind(StrEnum):
    """What a camera says it noticed."""

    MOTION = "motion"
    TAMPER = "tamper"
    PERSON = "person"
    LINE_CROSSED = "line_crossed"
    UNKNOWN = "unknown"


# How long something is believed that the camera may never take back (Reolink never does; most repeat it while it lasts).
EXPIRY = {
    EventKind.MOTION: timedelta(seconds=60),
    EventKind.PERSON: timedelta(seconds=60),
    EventKind.LINE_CROSSED: timedelta(seconds=10),
    EventKind.TAMPER: timedelta(minutes=10),
    EventKind.UNKNOWN: timedelta(seconds=10),
}


@dataclass(frozen=True)
class CameraEvent:
    """One thing that a camera says.

    active: it begins or goes on, else it is over. at: when, by our clock. expires_at: from when on it counts as over though the camera
    never said so; None when it is over. initial: the state as it was when we began to listen, no news. topic: printable, cleaned.
    """

    kind: EventKind
    active: bool
    at: datetime
    expires_at: datetime | None
    topic: str
    source: str = ""
    initial: bool = False


# Parts of topics, without the makers' prefixes and in small letters; the first that fits says the kind. ONVIF's own names first, then
# those of Axis, Dahua, Hikvision, Reolink, Tapo, Bosch and Ajax.
_TOPICS: tuple[tuple[str, EventKind], ...] = (
    (r"videosource/imagetoo(blurry|dark|bright)\b", EventKind.TAMPER),
    (
        r"videosource/(globalscenechange|signalloss|cameratampering)\b|ruleengine/(tamperdetector|cellmotiondetector)/tamper\b",
        EventKind.TAMPER,
    ),
    (
        r"videosource/(tampering|videoloss|abnormalpicture)\b|\bshelteralarm\b|\bcameratampering\b|\btamper(ing|detection)?$",
        EventKind.TAMPER,
    ),
    (
        r"(linedetector|linecounting)/cross|cellmotiondetector/linecross\b|linedetector/crossing\b|\bcrosslinedetection\b",
        EventKind.LINE_CROSSED,
    ),
    (r"\b(peopledetect|peopledetector|facedetect|facedetector|facedetection|humanshapedetect|humandetect)", EventKind.PERSON),
    (r"cellmotiondetector/people\b|ruleengine/facedetection\b|myruledetector/visitor\b", EventKind.PERSON),
    (
        r"videosource/motionalarm\b|cellmotiondetector/motion\b|motionregiondetector/motion\b|motiondetector/(motion|detection)\b",
        EventKind.MOTION,
    ),
    (
        r"videoanalytics/motiondetection\b|\bmotiondetection\b|\bvmd[34]?\b|device/sensor/pir\b|fielddetector/objectsinside\b",
        EventKind.MOTION,
    ),
    (r"cellmotiondetector/intrusion\b|objectanalytics/", EventKind.MOTION),
)
_KNOWN = tuple((re.compile(pattern), kind) for pattern, kind in _TOPICS)
# Topics whose items say what it is: Tapo sends one topic for all, Ajax and Profile M tell classes.
_BY_ITEM = {
    "ispeople": EventKind.PERSON,
    "isperson": EventKind.PERSON,
    "isface": EventKind.PERSON,
    "istamper": EventKind.TAMPER,
    "islinecross": EventKind.LINE_CROSSED,
    "ismotion": EventKind.MOTION,
    "isintrusion": EventKind.MOTION,
}
_SEVERAL = re.compile(r"tpsmartevent\b|objectdetection/object\b|typefilter|myruledetector/?$")
# Items that hold the state, best first. The rest of the items (object ids, window numbers) say nothing about it.
_STATES = (
    "state", "ismotion", "istamper", "isinside", "issoundactivity", "active", "detected", "value", "logicalstate", "alarm", "tamper",
    "motion", "isblurry", "isdark", "isbright", "scenechange",
)  # fmt: skip
_YES, _NO = ("true", "1", "active", "on", "start", "yes"), ("false", "0", "inactive", "off", "stop", "no")
_PREFIX = re.compile(r"[A-Za-z][\w.-]*:")


def clean(text: Any, longest: int = _LONGEST) -> str:
    """A device's own words fit for a log: one line of printable letters, so that nobody writes entries of his own into it."""
    return "".join(each if each.isprintable() else "?" for each in str(text or "").strip()[:longest]).strip()


def topic_of(text: Any) -> str:
    """A topic as it is compared and shown: cleaned, without the tails (/. and //.) that some cameras put behind it."""
    return clean(text).rstrip("/. ")


def read_notifications(answer: Any, now: datetime, offset: timedelta) -> list[CameraEvent]:
    """The events in an answer to PullMessages, an element as lxml gives it. now, offset: as for `parse`."""
    found = []
    for each, _ in zip(answer.iterfind("{*}NotificationMessage"), range(_MOST_MESSAGES), strict=False):
        topic = each.find("{*}Topic")
        text = "".join(topic.itertext()) if topic is not None else ""
        found.append(parse(text, each.find("{*}Message/{*}Message"), now, offset))
    return found


def parse(topic: Any, message: Any, now: datetime, offset: timedelta) -> CameraEvent:
    """The event in one notification.

    topic: its text. message: the element tt:Message as lxml gives it, or None. now: ours. offset: how much the camera's clock is
    ahead. A topic that is not known, or known and no concern of ours, gives EventKind.UNKNOWN.
    """
    named = topic_of(topic)
    bare = _PREFIX.sub("", named).lower()
    data = _items(message, "Data")
    kind, stated = _kind_and_state(bare, data)
    at = _when(message, now, offset)
    operation = _attribute(message, "PropertyOperation").lower()
    active = stated if operation != "deleted" else False
    source = next((value for name, value in _items(message, "Source") if name.lower() != "rule"), "")
    return CameraEvent(kind, active, at, at + EXPIRY[kind] if active else None, named, source, operation == "initialized")


def _kind_and_state(bare: str, data: list[tuple[str, str]]) -> tuple[EventKind, bool]:
    if _SEVERAL.search(bare):
        for name, value in data:
            if (kind := _BY_ITEM.get(name.lower())) is not None:
                return kind, _truth(value) is not False
            if name.lower() == "classtypes":
                classes = value.lower().replace(",", " ").split()
                # The list of what is there now: empty means that all have left.
                return EventKind.PERSON, bool({"human", "person", "people", "face"} & set(classes))
        return EventKind.UNKNOWN, False
    kind = next((kind for pattern, kind in _KNOWN if pattern.search(bare)), EventKind.UNKNOWN)
    return kind, _state(kind, data)


def _state(kind: EventKind, data: list[tuple[str, str]]) -> bool:
    values = {name.lower(): _truth(value) for name, value in data}
    for name in _STATES:
        if (told := values.get(name)) is not None:
            return told
    if kind is EventKind.LINE_CROSSED:
        # ONVIF's own message has no state: that it comes is the event. Tapo's has one.
        return values.get("islinecross", True) is not False
    # Items of an unknown name: any yes, but not the number of an object or of a window.
    return any(told for name, told in values.items() if told and not name.endswith(("id", "window", "count", "index")))


def _truth(value: str) -> bool | None:
    word = value.strip().lower()
    return True if word in _YES else False if word in _NO else None


def _when(message: Any, now: datetime, offset: timedelta) -> datetime:
    """The camera's own time by our clock, or now where it is none or cannot be right."""
    told = stamp(_attribute(message, "UtcTime"))
    if told is None:
        return now
    try:
        at = told - offset
    except OverflowError:
        return now
    return min(at, now) if now - _PAST <= at <= now + _FUTURE else now


def _attribute(message: Any, name: str) -> str:
    return str(message.get(name) or "")[:60] if message is not None else ""


def _items(message: Any, part: str) -> list[tuple[str, str]]:
    """Name and value of each SimpleItem under Source or Data, in whatever order or namespace they come."""
    if message is None:
        return []
    found: Iterable[Any] = message.findall(f"{{*}}{part}/{{*}}SimpleItem")
    return [(clean(each.get("Name"), 80), clean(each.get("Value"))) for each, _ in zip(found, range(_MOST_ITEMS), strict=False)]
