"""Which addresses may be called, as tables."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from monitor.calls_out.allowed import ANYWHERE, NOTHING_ELSE, is_public, read_allowed
from monitor.settings import SettingsProblem, load_settings


@pytest.mark.parametrize(
    "public", ["8.8.8.8", "1.1.1.1", "171.224.0.1", "2001:4860:4860::8888", "2400:cb00::1", "64:ff9b::808:808"]
)
def test_servers_on_the_internet_may_be_called(public: str) -> None:
    assert is_public(ip_address(public))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::8.8.8.8",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "4000::1",
    ],
)
def test_no_address_of_our_own_network_is_public(address: str) -> None:
    assert not NOTHING_ELSE.permits(address, "push.example.vn")
    assert ANYWHERE.permits(address, "push.example.vn")


@pytest.mark.parametrize(
    ("setting", "address", "host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", "push.example.vn", True),
        ("127.0.0.1", "127.0.0.2", "push.example.vn", False),
        ("10.1.0.0/16", "10.1.2.3", "push.example.vn", True),
        ("10.1.0.0/16", "10.2.2.3", "push.example.vn", False),
        ("10.1.0.0/16", "::ffff:10.1.2.3", "push.example.vn", True),
        ("push.example.vn", "10.1.2.3", "push.example.vn", True),
        ("push.example.vn", "10.1.2.3", "PUSH.example.vn.", True),
        ("push.example.vn", "10.1.2.3", "a.push.example.vn", False),
        ("[fd12::1] fd13::/64", "fd13::5", "x.vn", True),
        ("[fd12::1]", "fd12::1", "[fd12::1]", True),
        ("", "no address", "x.vn", False),
    ],
)
def test_what_the_operator_named_may_be_called_and_nothing_beside_it(
    setting: str, address: str, host: str, expected: bool
) -> None:
    allowed = read_allowed(setting)
    assert allowed.permits(address, host) is expected
    assert read_allowed(allowed.setting) == allowed


@pytest.mark.parametrize("wrong", ["10.0.0.0/99", "256.1.1.1", "http://x.vn", "-x.vn", "127.1"])
def test_what_is_neither_host_nor_network_is_told_at_start(wrong: str) -> None:
    with pytest.raises(SettingsProblem, match="calls_out_allowed"):
        load_settings({"QUARANTINE_CALLS_OUT_ALLOWED": f"ok.vn {wrong}"})
