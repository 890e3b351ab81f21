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
from monitor.models.cameras.cameras import CameraSource
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
    return address.strip().lower().startswith(("rtsp://", "rtsps://"))


def is_snapshot(address: str) -> bool:
    """Whether an address is that of a picture that can be asked for again and again."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.path.lower().endswith((".jpg", ".jpeg", ".cgi"))


def checked_address(typed: str) -> str:
    """An address as it is stored: of a stream or a picture itself, of anything else its device service. Raises BadAddress."""
    if not typed.strip().isprintable():
        raise BadAddress(N_("“%(address)s” is not a camera address. Examples: 192.168.1.20, camera.local:8080."), address="?")
    return plain_address(typed) if is_stream(typed) or is_snapshot(typed) else device_address(typed)


def source_of(address: str) -> CameraSource:
    """How to speak to what is at an address."""
    if is_stream(address):
        return CameraSource.RTSP
    return CameraSource.SNAPSHOT if is_snapshot(address) else CameraSource.ONVIF


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
            N_("“%(address)s” is not a camera address. Examples: 192.168.1.20, camera.local:8080."),
            address=text.rpartition("@")[2][:100],
        )
    if parts.username or parts.password:
        raise BadAddress(N_("Enter the user name and password separately, not in the address."))
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
                    N_("That is more than %(most)s addresses. Search fewer at a time."), most=MOST_ADDRESSES, field="addresses"
                )
    if not found:
        raise BadInput(N_("Enter at least one address."), field="addresses")
    return list(found)


def _expanded(part: str) -> list[str]:
    if is_stream(part) or is_snapshot(part):
        return [checked_address(part)]
    if found := _RANGE.match(part):
        first, last, port = found[1], found[2], found[3] or ""
        if "." not in last:
            last = first.rpartition(".")[0] + "." + last
        try:
            begin, end = int(ipaddress.IPv4Address(first)), int(ipaddress.IPv4Address(last))
        except ipaddress.AddressValueError:
            raise BadAddress(
                N_("“%(address)s” is not a range of addresses. Example: 192.168.1.10-40."), address=part[:100]
            ) from None
        if not begin <= end < begin + MOST_ADDRESSES:
            raise BadAddress(N_("“%(address)s” is not a range of addresses. Example: 192.168.1.10-40."), address=part[:100])
        device_address(f"{first}{port}")
        return [f"{ipaddress.IPv4Address(number)}{port}" for number in range(begin, end + 1)]
    if "/" in part and "://" not in part and part.partition("/")[2].isdigit():
        try:
            network = ipaddress.IPv4Network(part, strict=False)
        except ValueError:
            raise BadAddress(N_("“%(address)s” is not a network. Example: 192.168.1.0/28."), address=part[:100]) from None
        if network.num_addresses > MOST_ADDRESSES:
            raise BadInput(
                N_("That is more than %(most)s addresses. Search fewer at a time."), most=MOST_ADDRESSES, field="addresses"
            )
        return [str(each) for each in network.hosts()]
    checked_address(part)
    return [part]


def table(text: str) -> list[Row]:
    """The cameras of a CSV table with the columns address, zone, room, name, each address once. Raises BadInput that names the line.

    Separated by commas or, as Excel writes it where the comma is in numbers, by semicolons or tabs.
    """
    text = text.lstrip("\ufeff")
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=None), delimiter=max(",;\t", key=head.count))
    try:
        columns = [(each or "").strip().lower() for each in reader.fieldnames or ()]
        if "address" not in columns:
            raise BadInput(N_("The table needs the columns %(columns)s."), columns=", ".join(_COLUMNS), field="table")
        reader.fieldnames = columns
        return _rows(reader)
    except csv.Error:
        line = reader.line_num
        raise BadInput(N_("Line %(line)s is not a line of a CSV table."), line=line, field="table") from None


def _rows(reader: csv.DictReader[str]) -> list[Row]:
    found: dict[str, tuple[Row, int]] = {}
    for told in reader:
        values = {key: (told.get(key) or "").strip() for key in _COLUMNS}
        if not any(values.values()):
            continue
        line = reader.line_num
        try:
            address = checked_address(values["address"])
        except BadAddress as problem:
            raise BadInput(N_("Line %(line)s: %(why)s"), line=line, why=problem.words.dump(), field="table") from None
        if address in found:
            raise BadInput(
                N_("Line %(line)s has the same address as line %(before)s."), line=line, before=found[address][1], field="table"
            )
        found[address] = Row(**values), line
        if len(found) > MOST_ADDRESSES:
            raise BadInput(
                N_("That is more than %(most)s addresses. Search fewer at a time."), most=MOST_ADDRESSES, field="table"
            )
    return [row for row, _ in found.values()]
