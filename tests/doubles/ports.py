"""Ports for servers that tests start by number: given to one test process at a time, and by the system to no client."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path

# In blocks, each held by one process; below the range from which Linux gives ports to those who ask for any (32768 and above).
_FIRST, _BLOCK, _BLOCKS = 20_000, 100, 120
_left: list[int] = []
_held: list[int] = []


def free_ports(count: int) -> list[int]:
    """So many ports in a row on which nobody listens on loopback; this process is given none of them again."""
    while True:
        if len(_left) < count:
            _left[:] = _next_block()
        ports = [_left.pop(0) for _ in range(count)]
        if all(map(_is_free, ports)):
            return ports


def free_port() -> int:
    """One such port."""
    return free_ports(1)[0]


def _next_block() -> list[int]:
    """Ports that no other process of the tests has: their lock is held until this one ends, however it ends."""
    folder = Path(tempfile.gettempdir()) / f"quarantine-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for number in range(_BLOCKS):
        lock = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        _held.append(lock)
        first = _FIRST + number * _BLOCK
        return list(range(first, first + _BLOCK))
    raise AssertionError("other test processes hold all ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
