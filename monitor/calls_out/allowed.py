"""Where calls out may go: to public addresses, and to what the operator named. Pure decisions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's registries of special-purpose addresses (RFC 6890 and its updates), and multicast. What is reserved today is nobody's server.
_NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
# Among them Teredo and 6to4, which hold an IPv4 address of anybody's choice.
_NOT_PUBLIC_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
# How a network without IPv4 reaches public servers that have nothing else (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")


def is_public(address: Address) -> bool:
    """Whether it is an address of a server on the internet, whatever way it is written."""
    if isinstance(address, IPv4Address):
        return not any(address in each for each in _NOT_PUBLIC_4)
    if address in _TRANSLATED:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_6 and not any(address in each for each in _NOT_PUBLIC_6)


@dataclass(frozen=True)
class Allowed:
    """Hosts and networks that may be called although they are not public. hosts: in small letters."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @property
    def setting(self) -> str:
        """The same as it is written in a setting."""
        return " ".join([*sorted(self.hosts), *map(str, self.networks)])

    def names(self, host: str) -> bool:
        """Whether a host is named as it is written, as a name or as an address."""
        address = read_address(host)
        return _plain(host) in self.hosts if address is None else self._holds(address)

    def permits(self, address: str, host: str) -> bool:
        """Whether a connection to an address may be made for a host. address: as it was resolved, in figures."""
        found = read_address(address)
        return found is not None and (is_public(found) or self._holds(found) or _plain(host) in self.hosts)

    def _holds(self, address: Address) -> bool:
        inside = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any(each in network for each in (address, inside) if each is not None for network in self.networks)


NOTHING_ELSE = Allowed()
ANYWHERE = Allowed(networks=(IPv4Network("0.0.0.0/0"), IPv6Network("::/0")))
"""For addresses that the operator wrote into a setting: a gateway may stand in the same building."""


def read_allowed(setting: str) -> Allowed:
    """The hosts and networks in a setting, separated by spaces. Raises ValueError with the one that is neither."""
    hosts, networks = set(), []
    for each in setting.split():
        try:
            networks.append(ip_network(each.strip("[]"), strict=False))
        except ValueError:
            if not _NAME.fullmatch(_plain(each)) or re.fullmatch(r"[\d.]+", each):
                raise ValueError(each) from None
            hosts.add(_plain(each))
    return Allowed(frozenset(hosts), tuple(networks))


def read_networks(setting: str) -> tuple[Network, ...]:
    """The addresses and networks in a setting, separated by spaces. Raises ValueError with the one that is neither."""
    networks = []
    for each in setting.split():
        try:
            networks.append(ip_network(each.strip("[]"), strict=False))
        except ValueError:
            raise ValueError(each) from None
    return tuple(networks)


def read_address(written: str) -> Address | None:
    """An address in figures; None for a name."""
    try:
        # Without the interface that an address of the own network may name.
        return ip_address(written.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _plain(host: str) -> str:
    return host.strip().rstrip(".").lower()
