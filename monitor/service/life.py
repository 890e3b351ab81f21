"""Signs of life from a process to its parent, over a pipe: neither a database that is locked nor a full disk can hold them up.

A process gives one a second, and says with it whether the loop that does its work came round since the last. Who is stopped gives
none; who hangs in its work gives signs without work.
"""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass, replace

SIGN_SECONDS = 1.0
VARIABLE = "QUARANTINE_LIFE"
# How long a loop may be at one piece of work: a round of a hundred thousand closes in less.
WORK_SECONDS = 60.0
# A process that the kernel says is stopped is not slow: nothing is to be waited for but that somebody lets it go on at once.
STOPPED_SECONDS = 2.0
# A parent that stood still itself has heard nobody: of each pause it counts no more.
_COUNTED_AT_MOST = 1.0
_ALIVE, _WORKED = b".", b"+"


def sign(worked: bool) -> None:
    """Give a sign, where a parent listens; never waits. worked: whether the loop came round since the last one."""
    number = os.environ.get(VARIABLE, "")
    if number.isdigit():
        # A parent that does not read is no reason to stand still.
        with contextlib.suppress(OSError):
            os.write(int(number), _WORKED if worked else _ALIVE)


def tell_systemd(works: bool) -> None:
    """Where systemd watches us (WatchdogSec=), tell it that we work; who hangs tells nothing and is ended by it.

    works: whether the loop came round within its time, or there is none.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not works or not address or "WATCHDOG_USEC" not in os.environ:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        line.send(b"WATCHDOG=1")


@dataclass(frozen=True)
class Heard:
    """What a parent has heard of a child so far. Seconds count only while the parent itself was awake, and listened.

    spoke: whether it ever gave a sign; works: whether its loop ever came round. silent_s, idle_s: since the last sign, and since its
    loop last did.
    """

    spoke: bool = False
    works: bool = False
    silent_s: float = 0.0
    idle_s: float = 0.0


def after_listening(before: Heard, signs: bytes, elapsed_s: float) -> Heard:
    """What is known after listening again, so many seconds later."""
    passed = min(elapsed_s, _COUNTED_AT_MOST)
    spoke, worked = bool(signs), _WORKED in signs
    return replace(
        before,
        spoke=before.spoke or spoke,
        works=before.works or worked,
        silent_s=0.0 if spoke else before.silent_s + passed,
        idle_s=0.0 if worked else before.idle_s + passed,
    )


def hangs(
    heard: Heard, patience_s: float, *, database_answers: bool, stopped: bool = False, work_s: float = WORK_SECONDS
) -> bool:
    """Whether a child is to be started anew: it is stopped, or its loop hangs though the database that it works with does not.

    patience_s: how long it may give no sign. stopped: whether the kernel says that it is not run at all, which needs less patience.
    One that never spoke is still starting, or is no process of ours; one whose loop never came round has none.
    """
    if heard.spoke and heard.silent_s >= (min(STOPPED_SECONDS, patience_s) if stopped else patience_s):
        return True
    return heard.works and database_answers and heard.idle_s >= work_s


class Ear:
    """The parent's end of the pipe. fd: of the child's end, which is closed here once the child has it."""

    def __init__(self) -> None:
        self._reading, self.fd = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self.fd, False)
        self.heard = Heard()

    def child_has_it(self) -> None:
        """Let the child alone hold its end."""
        os.close(self.fd)

    def listen(self, elapsed_s: float) -> Heard:
        """Take in what came since, so many seconds after the last time."""
        signs = b""
        with contextlib.suppress(OSError):
            signs = os.read(self._reading, 65536)
        self.heard = after_listening(self.heard, signs, elapsed_s)
        return self.heard

    def close(self) -> None:
        """Listen no more."""
        os.close(self._reading)
