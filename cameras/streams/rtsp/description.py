"""Find the video in a server's description of a stream (SDP, RFC 8866, as RTSP uses it)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from cameras.streams.rtsp.parts import split_annex_b

Codec = Literal["h264", "hevc"]
_CODECS: dict[str, Codec] = {"H264": "h264", "H265": "hevc", "HEVC": "hevc"}
_START = b"\0\0\0\1"
_LARGEST_SETS = 8192  # bytes; real ones have a few dozen


@dataclass(frozen=True)
class Video:
    """The video of a stream. control: the address to set it up by; parameter_sets: in Annex B form, empty when they come in band."""

    codec: Codec
    payload_type: int
    clock_rate: int
    control: str
    parameter_sets: bytes


def find_video(description: str, base: str) -> Video | None:
    """The first H.264 or H.265 video of an SDP; None when there is none.

    base: the address that relative ones are relative to: Content-Base, else what was asked for.
    """
    session_control = ""
    sections: list[list[tuple[str, str]]] = [[]]
    for line in description.splitlines():
        kind, equals, value = line.strip().partition("=")
        if not equals:
            continue
        if kind == "m":
            sections.append([])
        sections[-1].append((kind, value))
    for kind, value in sections[0]:
        if kind == "a" and value.startswith("control:"):
            session_control = value[8:].strip()
    whole = _joined(base, session_control) if session_control not in ("", "*") else base
    for section in sections[1:]:
        found = _video(section, whole)
        if found is not None:
            return found
    return None


def _video(section: list[tuple[str, str]], base: str) -> Video | None:
    media = section[0][1].split()
    if len(media) < 4 or media[0] != "video":
        return None
    attributes = [value for kind, value in section if kind == "a"]
    control = next((each[8:].strip() for each in attributes if each.startswith("control:")), "")
    for number in media[3:]:
        if not number.isdigit():
            continue
        mapped = next((each.partition(" ")[2] for each in attributes if each.startswith(f"rtpmap:{number} ")), "")
        name, _, rate = mapped.strip().partition("/")
        codec = _CODECS.get(name.upper())
        if codec is None:
            continue
        format_text = next((each.partition(" ")[2] for each in attributes if each.startswith(f"fmtp:{number} ")), "")
        clock_rate = int(rate.partition("/")[0]) if rate.partition("/")[0].isdigit() else 90_000
        return Video(codec, int(number), clock_rate or 90_000, _joined(base, control), _parameter_sets(codec, format_text))
    return None


def _parameter_sets(codec: Codec, format_text: str) -> bytes:
    values = {}
    for part in format_text.split(";"):
        name, _, value = part.strip().partition("=")
        values[name.strip().lower()] = value.strip()
    names = ("sprop-parameter-sets",) if codec == "h264" else ("sprop-vps", "sprop-sps", "sprop-pps")
    made = b""
    for name in names:
        for encoded in values.get(name, "").split(","):
            try:
                unit = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                continue  # some firmware writes nonsense here and sends them in band
            # Some write start codes into them, and several sets into one.
            made += b"".join(_START + each for each in split_annex_b(unit))
    return made if len(made) <= _LARGEST_SETS else b""


def _joined(base: str, control: str) -> str:
    """RTSP's own way (RFC 2326, C.1.1): appended after a slash, not resolved like a link."""
    if control in ("", "*"):
        return base
    if urlsplit(control).scheme in ("rtsp", "rtspu", "rtsps"):
        return control
    return base + control if base.endswith("/") else f"{base}/{control}"
