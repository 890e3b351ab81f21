"""Answer WS-Discovery probes for the demonstration cameras (WS-Discovery April 2005, as ONVIF Core 7 uses it)."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast
from xml.etree import ElementTree
from xml.sax.saxutils import escape

GROUP, PORT = "239.255.255.250", 3702
_ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_TYPES = ("NetworkVideoTransmitter", "Device")


@dataclass(frozen=True)
class Announced:
    """What a probe can learn of one camera."""

    identity: str
    address: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Probe:
    """What somebody looks for: local names of types, scopes, and the message it came in. Empty means any."""

    message: str
    types: tuple[str, ...]
    scopes: tuple[str, ...]
    exact: bool

    def matches(self, scopes: Sequence[str]) -> bool:
        """Whether a camera with these scopes is looked for."""
        return all(kind in _TYPES for kind in self.types) and all(
            any(has == wanted or (not self.exact and has.startswith(wanted.rstrip("/") + "/")) for has in scopes)
            for wanted in self.scopes
        )


def read_probe(datagram: bytes) -> Probe | None:
    """The probe in a datagram, or None when it holds something else."""
    if b"<!DOCTYPE" in datagram or b"\0" in datagram:
        return None
    try:
        root = ElementTree.fromstring(datagram)  # noqa: S314 - no document type, and a datagram is small
    except ElementTree.ParseError:
        return None
    probe = root.find(f"{{{_ENVELOPE}}}Body/{{{_DISCOVERY}}}Probe")
    message = root.findtext(f"{{{_ENVELOPE}}}Header/{{{_ADDRESSING}}}MessageID")
    if probe is None or not message:
        return None
    # The prefixes in Types stand for namespaces that the parser has forgotten; the local names are telling enough.
    types = (probe.findtext(f"{{{_DISCOVERY}}}Types") or "").split()
    scopes = probe.find(f"{{{_DISCOVERY}}}Scopes")
    rule = scopes.get("MatchBy", "") if scopes is not None else ""
    wanted = (scopes.text or "").split() if scopes is not None else []
    return Probe(message.strip(), tuple(kind.rpartition(":")[2] for kind in types), tuple(wanted), rule.endswith("strcmp0"))


def probe_match(probe: Probe, camera: Announced) -> bytes:
    """The answer of one camera to a probe."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{_ENVELOPE}" xmlns:a="{_ADDRESSING}" xmlns:d="{_DISCOVERY}" '
        'xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Header>'
        f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID><a:RelatesTo>{escape(probe.message)}</a:RelatesTo>"
        f"<a:To>{_ADDRESSING}/role/anonymous</a:To><a:Action>{_DISCOVERY}/ProbeMatches</a:Action></s:Header><s:Body>"
        f"<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>{camera.identity}</a:Address></a:EndpointReference>"
        f"<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types><d:Scopes>{escape(' '.join(camera.scopes))}</d:Scopes>"
        f"<d:XAddrs>{camera.address}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
    ).encode()


class _Responder(asyncio.DatagramProtocol):
    def __init__(self, cameras: Callable[[], Sequence[Announced]]) -> None:
        self._cameras = cameras
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        probe = read_probe(data)
        if probe is None or self._transport is None:
            return
        for camera in self._cameras():
            if probe.matches(camera.scopes):
                self._transport.sendto(probe_match(probe, camera), addr)


async def respond(cameras: Callable[[], Sequence[Announced]], interface: str = "127.0.0.1") -> asyncio.DatagramTransport:
    """Answer probes on one interface for the cameras that `cameras` names at that moment; close the transport to stop.

    Raises OSError when the interface does not take part in multicast.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # Several demonstrations, and real discovery services, share the port: each gets every multicast probe.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # Bound to the group, so that this socket hears probes only, and takes nobody's unicast.
        listener.bind((GROUP, PORT))
        listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(interface))
        listener.setblocking(False)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Responder(cameras), sock=listener)
    except BaseException:
        listener.close()
        raise
    return transport
