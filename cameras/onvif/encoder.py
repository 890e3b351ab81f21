"""Set a camera's sub stream to what watching needs, and set it back exactly as it was."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from cameras.errors import CameraProblem, NotACamera
from cameras.onvif.mending import SOAP, read_xml
from cameras.onvif.session import MEDIA, DeviceRefused, Session
from cameras.profiles import device_address
from monitor.words import N_

_SCHEMA = "http://www.onvif.org/ver10/schema"
# What watching needs: motion is seen at 5 to 8 pictures a second, a look at the room waits for a keyframe, faces are looked for elsewhere.
WANTED_SIZE, WANTED_FPS, KEYFRAME_SECONDS = (640, 360), (5, 8), 2
_MOST_SIZES = 100

Before = dict[str, str]
"""What `fit_sub_stream` found: the profile's token and the whole configuration as XML, so that nothing of it is lost."""


class SettingsRefused(NotACamera):
    """The camera does not let its encoding be changed; set it on the camera's own pages."""


@dataclass(frozen=True)
class Choice:
    """The settings of an encoder that are changed; None leaves one as it is."""

    size: tuple[int, int]
    fps: int
    keyframe_interval: int | None


def fit_sub_stream(address: str, username: str, password: str, profile: str, timeout_s: float = 5.0) -> Before:
    """Set the encoding of a profile to 640x360 or the nearest the camera can, 5 to 8 pictures a second, a keyframe every 2 s.

    Returns what to give to `restore_sub_stream`. Raises CameraProblem, SettingsRefused when it cannot be changed; then nothing is.
    """
    with Session(device_address(address), username, password, timeout_s) as session:
        media = _media(session)
        try:
            told = session.ask_raw(media, _question("GetProfile", ("ProfileToken", profile)))
            encoder = told.find(f".//{{{_SCHEMA}}}VideoEncoderConfiguration")
            if encoder is None or not encoder.get("token"):
                raise _refused(session)
            before: Before = {"profile": profile, "configuration": etree.tostring(encoder, encoding="unicode")}
            asked = ("ConfigurationToken", encoder.get("token")), ("ProfileToken", profile)
            options = session.ask_raw(media, _question("GetVideoEncoderConfigurationOptions", *asked))
        except DeviceRefused as problem:
            raise _refused(session) from problem
        changed, choice = copy.deepcopy(encoder), fitted(encoder, options)
        _apply(changed, choice)
        if _settings(changed) == _settings(encoder) and not WANTED_FPS[0] <= choice.fps <= WANTED_FPS[1]:
            raise _refused(session)  # it can be set to nothing but what it is
        _set(session, media, changed)
        now = session.ask_raw(media, _question("GetProfile", ("ProfileToken", profile)))
        taken = now.find(f".//{{{_SCHEMA}}}VideoEncoderConfiguration")
        if taken is None or _settings(taken) != _settings(changed):
            # It said yes and did something else: better as it was.
            _set(session, media, encoder)
            raise _refused(session)
        return before


def restore_sub_stream(address: str, username: str, password: str, before: Before, timeout_s: float = 5.0) -> None:
    """Undo `fit_sub_stream`. Raises CameraProblem, SettingsRefused."""
    with Session(device_address(address), username, password, timeout_s) as session:
        encoder = read_xml(before["configuration"])
        if encoder is None:
            raise _refused(session)
        _set(session, _media(session), encoder)


def fitted(encoder: Any, options: Any) -> Choice:
    """The wanted settings, as near as the camera's options allow; where it tells none, as it is set now."""
    codec = _path(options, ".//{*}H264") if (encoder.findtext("{*}Encoding") or "") == "H264" else None
    sizes = _sizes(codec)
    now = _number(encoder, "{*}Resolution/{*}Width"), _number(encoder, "{*}Resolution/{*}Height")
    size = min(sizes, key=_distance) if sizes and now != WANTED_SIZE else now
    least, most = _range(codec, "FrameRateRange", WANTED_FPS)
    fps = min(max(_number(encoder, "{*}RateControl/{*}FrameRateLimit"), WANTED_FPS[0]), WANTED_FPS[1])
    fps = min(max(fps, least), most)
    if encoder.find("{*}H264/{*}GovLength") is None:
        return Choice(size, fps, None)
    shortest, longest = _range(codec, "GovLengthRange", (1, KEYFRAME_SECONDS * fps))
    return Choice(size, fps, min(max(KEYFRAME_SECONDS * fps, shortest), longest))


def _apply(encoder: Any, choice: Choice) -> None:
    values = {
        "{*}Resolution/{*}Width": choice.size[0],
        "{*}Resolution/{*}Height": choice.size[1],
        "{*}RateControl/{*}FrameRateLimit": choice.fps,
        "{*}RateControl/{*}EncodingInterval": 1,
        "{*}H264/{*}GovLength": choice.keyframe_interval,
    }
    for path, value in values.items():
        element = encoder.find(path)
        if element is not None and value is not None:
            element.text = str(value)


def _set(session: Session, media: str, encoder: Any) -> None:
    question = etree.Element(f"{{{MEDIA}}}SetVideoEncoderConfiguration", nsmap={"trt": MEDIA, "tt": _SCHEMA, "s": SOAP})
    configuration = copy.deepcopy(encoder)
    configuration.tag, configuration.tail = f"{{{MEDIA}}}Configuration", None
    question.append(configuration)
    etree.SubElement(question, f"{{{MEDIA}}}ForcePersistence").text = "true"
    try:
        session.ask_raw(media, question)
    except NotACamera as problem:
        raise _refused(session) from problem


def _media(session: Session) -> str:
    session.tell_time()
    named = session.services().get(MEDIA, "")
    address = session.reach(named)
    if not address:
        raise _refused(session)
    return address


def _refused(session: Session) -> CameraProblem:
    return SettingsRefused(
        N_(
            "The camera at %(place)s does not let its second stream be set from here. Set it on the camera’s own pages:"
            " 640×360, 5 to 8 pictures a second, a keyframe every 2 s."
        ),
        place=session.place,
    )


def _question(operation: str, *values: tuple[str, str]) -> Any:
    question = etree.Element(f"{{{MEDIA}}}{operation}", nsmap={"trt": MEDIA})
    for name, value in values:
        etree.SubElement(question, f"{{{MEDIA}}}{name}").text = value
    return question


def _settings(encoder: Any) -> list[int]:
    paths = ("Resolution/{*}Width", "Resolution/{*}Height", "RateControl/{*}FrameRateLimit", "H264/{*}GovLength")
    return [_number(encoder, f"{{*}}{path}") for path in paths]


def _sizes(codec: Any) -> list[tuple[int, int]]:
    told = codec.findall("{*}ResolutionsAvailable")[:_MOST_SIZES] if codec is not None else []
    sizes = [(_number(each, "{*}Width"), _number(each, "{*}Height")) for each in told]
    return [(width, height) for width, height in sizes if width > 0 and height > 0]


def _distance(size: tuple[int, int]) -> tuple[bool, int]:
    """How unfit a size is: those that hold the wanted one first, then the nearest."""
    (width, height), (wanted_width, wanted_height) = size, WANTED_SIZE
    return width < wanted_width or height < wanted_height, abs(width - wanted_width) + abs(height - wanted_height)


def _range(codec: Any, name: str, otherwise: tuple[int, int]) -> tuple[int, int]:
    least, most = (_number(codec, f"{{*}}{name}/{{*}}{end}") if codec is not None else 0 for end in ("Min", "Max"))
    return (least, most) if 0 < least <= most else otherwise


def _path(element: Any, path: str) -> Any:
    return element.find(path)


def _number(element: Any, path: str) -> int:
    try:
        return int(float(element.findtext(path) or 0))
    except (ValueError, OverflowError):
        return 0
