"""Who calls, and how, where proxies stand in front: said by those proxies alone that the operator trusts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any

from monitor.calls_out.allowed import Address, Network

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
# What a proxy may write after an address: 192.0.2.1:4711, [2001:db8::1]:4711.
_WITH_PORT = re.compile(r"\[(?P<six>[0-9a-fA-F:.]+)\](?::\d+)?|(?P<four>\d+\.\d+\.\d+\.\d+):\d+")
_SAID = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_FORWARDED")

UNTRUSTED = "quarantine.untrusted_proxy"
"""In the environment of a request that came through a proxy which the settings do not name."""


def read_address(written: str) -> Address | None:
    """An address as a header has it; None for what is none."""
    written = written.strip()
    if found := _WITH_PORT.fullmatch(written):
        written = found["six"] or found["four"]
    try:
        address = ip_address(written)
    except ValueError:
        return None
    # How a socket that listens for both kinds writes the older one.
    return getattr(address, "ipv4_mapped", None) or address


def caller_of(peer: str, said: str, trusted: Sequence[Network]) -> str:
    """The caller's address; pure. peer: of the connection. said: X-Forwarded-For, in which each proxy adds whom it heard at the right end.

    Read from the right: what a trusted proxy says is believed, up to and including the first address that is not trusted. What stands
    further left was written by who knows whom.
    """
    caller = read_address(peer)
    if caller is None:
        return peer
    for each in reversed(said.split(",")):
        if not any(caller in network for network in trusted):
            break
        heard = read_address(each)
        if heard is None:
            break
        caller = heard
    return str(caller)


def behind_proxies(application: Wsgi, trusted: Sequence[Network]) -> Wsgi:
    """The application, told who calls and whether over HTTPS. Headers that say so are taken away: nothing behind this reads them."""

    def told(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        said = {name: environ.pop(name, "") for name in _SAID}
        peer = environ.get("REMOTE_ADDR", "")
        address = read_address(peer)
        if address is not None and any(address in network for network in trusted):
            environ["REMOTE_ADDR"] = caller_of(peer, said["HTTP_X_FORWARDED_FOR"], trusted)
            # Of the nearest proxy, which is the one that is trusted for sure.
            scheme = said["HTTP_X_FORWARDED_PROTO"].rsplit(",", 1)[-1].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        elif any(said.values()):
            # Set-up and health tells it: a proxy stands in front, and everybody has its address.
            environ[UNTRUSTED] = "1"
        return application(environ, start_response)

    return told
