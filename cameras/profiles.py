"""What a camera offers, which of it is used, and its address: plain values."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from cameras.errors import BadAddress
from monitor.words import N_

_LEAST_SUB = (640, 360)


@dataclass(frozen=True)
class Profile:
    """One encoding that a camera offers. uri: of its stream, without login; empty when it is no H.264."""

    token: str
    name: str
    codec: str
    width: int
    height: int
    fps: float
    uri: str = ""


@dataclass(frozen=True)
class Probed:
    """What a camera says of itself. clock_offset_s: how much its clock is ahead of ours."""

    address: str
    make: str
    model: str
    firmware: str
    serial: str
    clock_offset_s: float
    profiles: tuple[Profile, ...]


def device_address(typed: str) -> str:
    """The device service's address out of what somebody types: host, host:port, or a whole URL. Raises BadAddress."""
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
            N_("“%(address)s” is no camera address. Examples: 192.168.1.20, camera.local:8080."),
            address=text.rpartition("@")[2][:100],
        )
    if parts.username or parts.password:
        raise BadAddress(N_("Give user name and password apart from the address, not inside it."))
    path = parts.path if parts.path not in ("", "/") else "/onvif/device_service"
    return urlunsplit((parts.scheme, host if port is None else f"{host}:{port}", path, "", ""))


def choose(profiles: Sequence[Profile]) -> tuple[Profile, Profile] | None:
    """(sub, main): the smallest H.264 of at least 640x360 for motion and the largest for faces; None without H.264.

    When all are smaller, the largest serves for both.
    """
    usable = sorted(
        (each for each in profiles if each.codec == "H264" and each.uri), key=lambda each: (each.width * each.height, each.fps)
    )
    if not usable:
        return None
    enough = [each for each in usable if each.width >= _LEAST_SUB[0] and each.height >= _LEAST_SUB[1]]
    return (enough or usable[-1:])[0], usable[-1]


def at_host(uri: str, address: str, *, port: bool = False) -> str:
    """The address with the host (and port) that was asked: behind NAT, cameras name their inner one. Drops any login.

    Empty when it is no address.
    """
    try:
        named, asked = urlsplit(uri), urlsplit(address)
        host = f"[{asked.hostname}]" if ":" in (asked.hostname or "") else asked.hostname or ""
        number = asked.port if port else named.port
    except ValueError:
        return ""
    return urlunsplit(named._replace(netloc=host if number is None else f"{host}:{number}")) if named.netloc else ""
