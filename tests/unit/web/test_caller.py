"""Who calls: what proxies say is believed as far as they are trusted, from the nearest one on, and no further."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.calls_out.allowed import read_networks
from monitor.settings import SettingsProblem, describe, load_settings
from web.shared.caller import behind_proxies, caller_of

NEAR, CHAIN = "127.0.0.1", "127.0.0.1 10.0.0.0/24 fd12::/64"


@pytest.mark.parametrize(
    ("trusted", "peer", "said", "caller"),
    [
        # Nobody is trusted: whoever connects is the caller, whatever is said.
        ("", NEAR, "203.0.113.7", NEAR),
        # A stranger that says it is somebody.
        (NEAR, "198.51.100.9", "203.0.113.7", "198.51.100.9"),
        # A proxy that is trusted.
        (NEAR, NEAR, "203.0.113.7", "203.0.113.7"),
        (NEAR, NEAR, " 203.0.113.7 ", "203.0.113.7"),
        (NEAR, NEAR, "2001:db8::7", "2001:db8::7"),
        # What the caller itself wrote stands to the left of what the proxy heard.
        (NEAR, NEAR, "1.2.3.4, 203.0.113.7", "203.0.113.7"),
        (NEAR, NEAR, "127.0.0.1, 203.0.113.7", "203.0.113.7"),
        # Two proxies, both trusted; a third that is not.
        (CHAIN, NEAR, "1.2.3.4, 203.0.113.7, 10.0.0.8", "203.0.113.7"),
        (CHAIN, "10.0.0.8", "203.0.113.7, fd12::5", "203.0.113.7"),
        (CHAIN, NEAR, "203.0.113.7, 10.0.1.8", "10.0.1.8"),
        # All are trusted: the farthest of them called.
        (CHAIN, NEAR, "10.0.0.7, 10.0.0.8", "10.0.0.7"),
        # Nothing is said, or nothing that can be read: the nearest that is known.
        (NEAR, NEAR, "", NEAR),
        (CHAIN, NEAR, "unknown, 10.0.0.8", "10.0.0.8"),
        (NEAR, NEAR, "203.0.113.7, <script>", NEAR),
        (NEAR, NEAR, ",", NEAR),
        # With a port, and an older address written the newer way.
        (NEAR, NEAR, "203.0.113.7:4711", "203.0.113.7"),
        (NEAR, NEAR, "[2001:db8::7]:4711", "2001:db8::7"),
        (NEAR, "::ffff:127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        # Of a socket without an address.
        (NEAR, "", "203.0.113.7", ""),
    ],
)
def test_who_calls(trusted: str, peer: str, said: str, caller: str) -> None:
    assert caller_of(peer, said, read_networks(trusted)) == caller


@pytest.mark.parametrize(
    ("peer", "proto", "scheme"),
    [
        (NEAR, "https", "https"),
        (NEAR, "http, https", "https"),
        (NEAR, "https, http", "http"),
        (NEAR, "gopher", "http"),
        (NEAR, "", "http"),
        ("198.51.100.9", "https", "http"),
    ],
)
def test_how_they_call(peer: str, proto: str, scheme: str) -> None:
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        seen.update(environ)
        return []

    said = {"HTTP_X_FORWARDED_PROTO": proto, "HTTP_X_FORWARDED_FOR": "203.0.113.7", "HTTP_X_REAL_IP": "1.1.1.1"}
    behind_proxies(application, read_networks(NEAR))({"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **said}, None)
    assert seen["wsgi.url_scheme"] == scheme
    assert seen["REMOTE_ADDR"] == ("203.0.113.7" if peer == NEAR else peer)
    assert not [name for name in seen if name.startswith("HTTP_X_")]


@pytest.mark.parametrize("wrong", ["nginx", "127.0.0.1/64", "127.0.0.1,10.0.0.1", "0.0.0.0/0", "::/0"])
def test_a_wrong_proxy_is_told_at_the_start(wrong: str) -> None:
    with pytest.raises(SettingsProblem, match="trusted_proxies"):
        load_settings({"QUARANTINE_TRUSTED_PROXIES": wrong})


def test_the_settings_show_who_is_trusted() -> None:
    settings = load_settings({"QUARANTINE_TRUSTED_PROXIES": CHAIN})
    assert ("trusted_proxies", CHAIN) in [row[:2] for row in describe(settings, str)]
