"""Find ONVIF cameras on a network by WS-Discovery (April 2005, as ONVIF Core 7 uses it): one question, answers until time is up."""

from __future__ import annotations

import socket
import time
import uuid
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from cameras.errors import CameraUnreachable
from cameras.onvif.mending import read_xml
from cameras.profiles import at_host
from monitor.words import N_

GROUP, PORT = "239.255.255.250", 3702
# Datagrams get lost: the question is asked again after this long. ONVIF devices answer within half a second.
_AGAIN_SECONDS = 0.7
# More answers than any network segment has cameras: somebody floods.
_MOST = 4096
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"


@dataclass(frozen=True)
class Found:
    """One camera that answered. address: of its device service, as it names it itself."""

    address: str
    name: str
    hardware: str
    scopes: tuple[str, ...]


def discover(interface: str, seconds: float = 3.0, scopes: tuple[str, ...] = ()) -> list[Found]:
    """Ask on the network of one local address, and collect answers for so many seconds; by address, each camera once.

    scopes: only cameras that have all of them. Raises CameraUnreachable when the interface cannot multicast.
    """
    message = f"urn:uuid:{uuid.uuid4()}"
    question = _question(message, scopes)
    found: dict[str, Found] = {}
    end = time.monotonic() + seconds
    ask_at = [time.monotonic(), time.monotonic() + _AGAIN_SECONDS]
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 4)
            sender.bind((interface, 0))
            while (now := time.monotonic()) < end and len(found) < _MOST:
                if ask_at and now >= ask_at[0]:
                    ask_at.pop(0)
                    sender.sendto(question, (GROUP, PORT))
                sender.settimeout(max(0.01, min(end, *ask_at, now + 1) - now))
                try:
                    datagram, (host, _) = sender.recvfrom(65_535)
                except TimeoutError:
                    continue
                for each in read_matches(datagram, message, host):
                    # The scope was asked for; some cameras answer all the same.
                    if all(any(_has(scope, wanted) for scope in each.scopes) for wanted in scopes):
                        found.setdefault(each.address, each)
    except OSError:
        raise CameraUnreachable(
            N_("%(interface)s is not an address of this machine in a network where cameras can be searched for."),
            interface=interface,
        ) from None
    return sorted(found.values(), key=lambda each: each.address)


def read_matches(datagram: bytes, message: str, sender: str) -> list[Found]:
    """The cameras in an answer to the question with that message id; none when it is anything else.

    sender: the host that the answer came from, which is where the camera is, whatever it calls itself: after a factory reset, or where
    its own name for itself is another network's.
    """
    root = read_xml(datagram)
    if root is None or (root.findtext(".//{*}RelatesTo") or "").strip() != message:
        return []
    found = []
    for match in root.iter("{*}ProbeMatch"):
        addresses = (match.findtext("{*}XAddrs") or "").split()
        usable = [each for each in addresses if each.startswith(("http://", "https://")) and len(each) <= 300]
        # Cameras name link-local, IPv6 and other networks' addresses as well: first what the sender is, then plain IPv4.
        usable.sort(key=lambda each: (_host_of(each) != sender, "[" in each, "//169.254." in each))
        scopes = tuple(each[:300] for each in (match.findtext("{*}Scopes") or "").split())
        if usable:
            address = usable[0] if _host_of(usable[0]) == sender else at_host(usable[0], f"http://{sender}")
            found.append(Found(address, _said(scopes, "name"), _said(scopes, "hardware"), scopes))
    return found


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _has(scope: str, wanted: str) -> bool:
    return scope == wanted or scope.startswith(wanted.rstrip("/") + "/")


def _said(scopes: tuple[str, ...], about: str) -> str:
    """What a camera says of itself in a scope like onvif://www.onvif.org/name/Front%20door."""
    for scope in scopes:
        path = urlsplit(scope).path
        if path.startswith(f"/{about}/"):
            text = unquote(path.removeprefix(f"/{about}/"))
            return "".join(each for each in text if each.isprintable())[:120]
    return ""


def _question(message: str, scopes: tuple[str, ...]) -> bytes:
    wanted = f"<d:Scopes>{escape(' '.join(scopes))}</d:Scopes>" if scopes else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
        f'xmlns:a="{_ADDRESSING}" xmlns:d="{_DISCOVERY}" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
        f"<a:Action>{_DISCOVERY}/Probe</a:Action><a:MessageID>{message}</a:MessageID>"
        "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body>"
        f"<d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types>{wanted}</d:Probe></s:Body></s:Envelope>"
    ).encode()
