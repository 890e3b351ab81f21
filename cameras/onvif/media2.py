"""The encodings of a device by ONVIF's newer media service (Profile T), whose answers are read as plain XML: its description is not at hand."""

from __future__ import annotations

from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from cameras.errors import CameraProblem
from cameras.onvif.session import MEDIA2, Session, text_of
from cameras.profiles import CODECS, Profile

_MOST = 32


def media2_profiles(session: Session, address: str) -> list[Profile]:
    """All video encodings, with the address of each stream as the device names it. Raises CameraProblem."""
    answer = session.ask_raw(address, media2_question("GetProfiles", ("Type", "VideoEncoder"), ("Type", "VideoSource")))
    found = []
    for each in answer.findall("{*}Profiles")[:_MOST]:
        profile = _profile(each)
        if profile is not None and profile.codec in CODECS:
            found.append(_with_uri(session, address, profile))
    return found


def _with_uri(session: Session, address: str, profile: Profile) -> Profile:
    question = media2_question("GetStreamUri", ("Protocol", "RTSP"), ("ProfileToken", profile.token))
    try:
        uri = text_of(session.ask_raw(address, question).findtext("{*}Uri"), 2000)
    except CameraProblem:
        uri = ""  # the others may do
    return Profile(**{**vars(profile), "uri": uri})


def media2_question(operation: str, *values: tuple[str, str]) -> Any:
    """A question with its values in order, as an element."""
    question = etree.Element(f"{{{MEDIA2}}}{operation}", nsmap={"tr2": MEDIA2})
    for name, value in values:
        etree.SubElement(question, f"{{{MEDIA2}}}{name}").text = value
    return question


def _profile(told: Any) -> Profile | None:
    encoder = told.find("{*}Configurations/{*}VideoEncoder")
    token = text_of(told.get("token"), 64)
    if encoder is None or not token:
        return None

    def number(path: str) -> float:
        return float(encoder.findtext(path) or 0)

    try:
        interval = int(encoder.get("GovLength") or 0)
        width, height = int(number("{*}Resolution/{*}Width")), int(number("{*}Resolution/{*}Height"))
        fps, bit_rate = number("{*}RateControl/{*}FrameRateLimit"), int(number("{*}RateControl/{*}BitrateLimit"))
    except (ValueError, OverflowError):
        return None
    codec = text_of(encoder.findtext("{*}Encoding"), 16).upper()
    source = text_of(told.findtext("{*}Configurations/{*}VideoSource/{*}SourceToken"), 64)
    return Profile(token, text_of(told.findtext("{*}Name"), 64), codec, width, height, fps, "", interval, bit_rate, source)
