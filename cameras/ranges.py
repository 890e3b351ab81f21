"""Addresses as people write them: one, a range, a network, or a table of cameras. Plain values in and out."""

from __future__ import annotations

import csv
import io
import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cameras.errors import BadAddress
from cameras.profiles import device_address
from monitor.problems import BadInput
from monitor.words import N_

# What is asked in one go; each that does not answer costs some seconds of one of a few threads.
MOST_ADDRESSES = 256
_COLUMNS = ("address", "zone", "room", "name")
_RANGE = re.compile(r"^(\d{1,3}(?:\.\d{1,3}){3})\s*-\s*(\d{1,3}(?:\.\d{1,3}){0,3})(:\d+)?$")


@dataclass(frozen=True)
class Row:
    """A line of a table: where the camera is, and the names it gets."""

    address: str
    zone: str = ""
    room: str = ""
    name: str = ""


def is_stream(address: str) -> bool:
    """Whether an address is that of a plain RTSP stream."""
    return urlsplit(address.strip()).scheme in ("rtsp", "rtsps")


def is_snapshot(address: str) -> bool:
    """Whether an address is that of a picture that can be asked for again and again."""
    parts = urlsplit(address.strip())
    return parts.scheme in ("http", "https") and parts.path.lower().endswith((".jpg", ".jpeg", ".cgi"))


def plain_address(address: str) -> str:
    """The address of a stream or a picture, checked. Raises BadAddress."""
    text = address.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or len(text) > 300 or any(c.isspace() or c in "<>\"'" for c in text):
        raise BadAddress(
            N_("“%(address)s” is no camera address. Examples: 192.168.1.20, camera.local:8080."),
            address=text.rpartition("@")[2][:100],
        )
    if parts.username or parts.password:
        raise BadAddress(N_("Give user name and password apart from the address, not inside it."))
    return text


def addresses(text: str) -> list[str]:
    """Every address in what somebody typed, each once: `192.168.1.20`, `192.168.1.10-40`, `192.168.1.0/28`, rtsp://…, several with commas or lines.

    Raises BadAddress, BadInput when there are more than MOST_ADDRESSES or none.
    """
    found: dict[str, None] = {}
    for part in re.split(r"[,;\n]", text):
        if not part.strip():
            continue
        for each in _expanded(part.strip()):
            found[each] = None
            if len(found) > MOST_ADDRESSES:
                raise BadInput(
                    N_("That is more than %(most)s addresses. Ask for fewer at once."), most=MOST_ADDRESSES, field="addresses"
                )
    if not found:
        raise BadInput(N_("Write at least one address."), field="addresses")
    return list(found)


def _expanded(part: str) -> list[str]:
    if is_stream(part) or is_snapshot(part):
        return [plain_address(part)]
    if found := _RANGE.match(part):
        first, last, port = found[1], found[2], found[3] or ""
        if "." not in last:
            last = first.rpartition(".")[0] + "." + last
        try:
            begin, end = int(ipaddress.IPv4Address(first)), int(ipaddress.IPv4Address(last))
        except ipaddress.AddressValueError:
            raise BadAddress(
                N_("“%(address)s” is no range of addresses. Example: 192.168.1.10-40."), address=part[:100]
            ) from None
        if not begin <= end < begin + MOST_ADDRESSES:
            raise BadAddress(N_("“%(address)s” is no range of addresses. Example: 192.168.1.10-40."), address=part[:100])
        return [f"{ipaddress.IPv4Address(number)}{port}" for number in range(begin, end + 1)]
    if "/" in part and "://" not in part and part.partition("/")[2].isdigit():
        try:
            network = ipaddress.IPv4Network(part, strict=False)
        except ValueError:
            raise BadAddress(N_("“%(address)s” is no network. Example: 192.168.1.0/28."), address=part[:100]) from None
        if network.num_addresses > MOST_ADDRESSES:
            raise BadInput(
                N_("That is more than %(most)s addresses. Ask for fewer at once."), most=MOST_ADDRESSES, field="addresses"
            )
        return [str(each) for each in network.hosts()]
    device_address(part)
    return [part]


def table(text: str) -> list[Row]:
    """The cameras of a CSV table with the columns address, zone, room, name. Raises BadInput that names the line."""
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    if not {"address"} <= {(each or "").strip().lower() for each in rows.fieldnames or ()}:
        raise BadInput(N_("The table needs the columns %(columns)s."), columns=", ".join(_COLUMNS), field="table")
    found = []
    for number, row in enumerate(rows, 2):
        values = {(key or "").strip().lower(): (value or "").strip() for key, value in row.items() if isinstance(value, str)}
        if not any(values.values()):
            continue
        try:
            address = (
                plain_address(values["address"])
                if is_stream(values["address"]) or is_snapshot(values["address"])
                else values["address"]
            )
            if not is_stream(address) and not is_snapshot(address):
                device_address(address)
        except BadAddress as problem:
            raise BadInput(N_("Line %(line)s: %(why)s"), line=number, why=problem.words.dump(), field="table") from None
        found.append(Row(address, values.get("zone", ""), values.get("room", ""), values.get("name", "")))
        if len(found) > MOST_ADDRESSES:
            raise BadInput(
                N_("That is more than %(most)s addresses. Ask for fewer at once."), most=MOST_ADDRESSES, field="table"
            )
    return found
