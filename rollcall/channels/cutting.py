"""A line is cut when its whole time is over: a time-out of a socket is for each byte, and a server may send one now and then."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Cuttable(Protocol):
    """A connection that another thread can cut."""

    def cut(self) -> None:
        """Let whoever waits for the server wait no longer."""


@contextmanager
def cut_after(connection: Cuttable, seconds: float) -> Iterator[None]:
    """Cut this connection where what is done with it takes longer."""
    over = threading.Event()

    def watch() -> None:
        pause = seconds
        while not over.wait(pause):
            # Again and again: it may just be connecting.
            pause = 0.2
            connection.cut()

    threading.Thread(target=watch, name="mail", daemon=True).start()
    try:
        yield
    finally:
        over.set()
