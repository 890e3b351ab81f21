"""How often something is done here: counted in this process, by the time that runs, for what is slowed and for what is refused."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_network

from flask import request

from monitor.declarations.pressure import WINDOW_S, Load
from monitor.problems import Problem
from monitor.words import N_
from web.public.parts import parts
from web.shared.caller import read_address

MINUTE_S = 60


class TooOften(Problem):
    """So often in so short a time that no person does it."""

    status = 429


def caller() -> str:
    """From where a request comes, as it is counted: an address, of the newer kind the network that one household has."""
    address = read_address(request.remote_addr or "")
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def counted(name: str, seconds: int) -> int:
    """How often this was counted within the time, this one included."""
    return int(parts().counters.incr(f"public/{name}", seconds))


def require_within(name: str, most: int, seconds: int = MINUTE_S) -> None:
    """Raise TooOften above so many by one caller. For what costs us much and stops nobody from declaring."""
    if counted(f"{name}/{caller()}", seconds) > most:
        raise TooOften(N_("Too many attempts. Wait a minute, then try again."))


def load_of_declaration(*, first: bool) -> Load:
    """Count a declaration that was sent. first: of somebody whom this phone has not declared for yet."""
    whose = caller()
    return Load(
        by_caller=counted(f"declared/{whose}", WINDOW_S),
        in_second=counted(f"declared-now/{whose}", 1),
        in_minute=counted("declared", MINUTE_S) if first else 0,
    )
