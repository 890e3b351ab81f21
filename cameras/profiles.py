"""What a camera offers, which of it is used, and its address: plain values."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from cameras.errors import BadAddress
from monitor.words import N_

# The second port of an address like http://host:8106:8106/path.
_TWO_PORTS = re.compile(r"^(\w+://[^/\[\]:@]+)(:\d+):\d+(?=/|$)")
_LEAST_SUB = (640, 360)
# Above this an encoding is too dear to be read all the time, and good enough to know a face.
_HD = 1280 * 720
# Best first: every browser shows H.264; H.265 is as cheap to read; Motion JPEG only where there is nothing else.
CODECS = ("H264", "H265", "JPEG")


@dataclass(frozen=True)
class Profile:
    """One encoding that a camera offers.

    codec: H264, H265 or JPEG, or whatever else the camera calls it. uri: of its stream, without login; empty when it cannot be watched.
    keyframe_interval: pictures from one keyframe to the next; bit_rate: the limit in kbit/s; 0 where the camera does not say.
    """

    token: str
    name: str
    codec: str
    width: int
    height: int
    fps: float
    uri: str = ""
    keyframe_interval: int = 0
    bit_rate: int = 0
    source: str = ""
    """What it films: the token of one of the device's lenses or channels; empty where it does not say."""

    @property
    def keyframe_seconds(self) -> float:
        """From one keyframe to the next; 0 where the camera does not say."""
        return self.keyframe_interval / self.fps if self.fps > 0 else 0.0


@dataclass(frozen=True)
class Preset:
    """A place that a camera that turns can be sent to."""

    token: str
    name: str


@dataclass(frozen=True)
class Probed:
    """What a camera says of itself. clock_offset_s: how much its clock is ahead of ours.

    events: it offers a pull point; ptz: it can be turned; media2: it speaks ONVIF's newer media service (Profile T).
    snapshot_uri: of a still picture, without login; video_source: the token of what it films. digest: it asks for HTTP Digest.
    named_host: what it calls itself, when that is not what was asked. sources: its lenses or channels, where it has several: each is a
    camera of its own, and the address says which (behind a #).
    """

    address: str
    make: str
    model: str
    firmware: str
    serial: str
    clock_offset_s: float
    profiles: tuple[Profile, ...]
    events: bool = False
    ptz: bool = False
    presets: tuple[Preset, ...] = ()
    media2: bool = False
    snapshot_uri: str = ""
    video_source: str = ""
    digest: bool = False
    named_host: str = ""
    sources: tuple[str, ...] = ()


def device_address(typed: str) -> str:
    """The device service's address out of what somebody types: host, host:port, or a whole URL. Raises BadAddress.

    Behind a # may stand which of several lenses or channels is meant.
    """
    text = typed.strip()
    if text.count(":") > 1 and "/" not in text and not text.startswith("["):
        text = f"[{text}]"  # an IPv6 address alone
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
        if ":" in host:
            host = f"[{ipaddress.IPv6Address(host)}]"
        known = (
            parts.scheme in ("http", "https")
            and host
            and port != 0
            and not any(c.isspace() or c in "<>\"'" for c in text)
            and len(text) <= 250
        )
    except ValueError:
        known = False
    if not known:
        raise BadAddress(
            N_("“%(address)s” is not a camera address. Examples: 192.168.1.20, camera.local:8080."),
            address=text.rpartition("@")[2][:100],
        )
    if parts.username or parts.password:
        raise BadAddress(N_("Enter the user name and password separately, not in the address."))
    path = parts.path if parts.path not in ("", "/") else "/onvif/device_service"
    return urlunsplit((parts.scheme, host if port is None else f"{host}:{port}", path, "", parts.fragment))


def choose(profiles: Sequence[Profile]) -> tuple[Profile, Profile] | None:
    """(sub, main): the smallest of at least 640x360 for motion and the largest for faces; None where nothing can be watched.

    Both film the same: of a device with several lenses or channels, the first one's (see `sources_of`) that can be watched.

    Of encodings that do equally well H.264 is taken before H.265; Motion JPEG only when there is neither. When all are smaller,
    the largest serves for both. The same whatever order they are told in: go2rtc tells them in another one each time.
    """
    told = sorted(profiles, key=lambda each: each.token)
    watchable = [each for each in told if each.codec in CODECS and each.uri]
    first = min((each.source for each in watchable), default="")
    watchable = [each for each in watchable if each.source == first]
    usable = [each for each in watchable if each.codec != "JPEG"] or watchable
    if not usable:
        return None
    return min(usable, key=_unfit_for_motion), min(usable, key=_unfit_for_faces)


def sources_of(profiles: Sequence[Profile]) -> tuple[str, ...]:
    """The lenses or channels that can be watched, in the order of their tokens; none where there is only one, or nobody says."""
    found = sorted({each.source for each in profiles if each.codec in CODECS and each.uri and each.source})
    return tuple(found) if len(found) > 1 else ()


def _unfit_for_motion(each: Profile) -> tuple[float, ...]:
    area, rank = each.width * each.height, CODECS.index(each.codec)
    if each.width < _LEAST_SUB[0] or each.height < _LEAST_SUB[1]:
        return 2, -area, rank, each.fps
    return (0, rank, area, each.fps) if area <= _HD else (1, area, rank, each.fps)


def _unfit_for_faces(each: Profile) -> tuple[float, ...]:
    area, rank = each.width * each.height, CODECS.index(each.codec)
    return (0, rank, -area, -each.fps) if area >= _HD else (1, -area, rank, -each.fps)


def at_host(uri: str, address: str, *, port: bool = False) -> str:
    """The address with the host (and port) that was asked: behind NAT, cameras name their inner one. Drops any login.

    Some write the port twice (http://host:80:80/). Empty when it is no address.
    """
    uri = _TWO_PORTS.sub(r"\1\2", uri)
    try:
        named, asked = urlsplit(uri), urlsplit(address)
        host = f"[{asked.hostname}]" if ":" in (asked.hostname or "") else asked.hostname or ""
        number = asked.port if port else named.port
    except ValueError:
        return ""
    return urlunsplit(named._replace(netloc=host if number is None else f"{host}:{number}")) if named.netloc else ""
