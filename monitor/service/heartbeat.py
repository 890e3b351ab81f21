"""Tells an address outside every minute that the service runs, as Healthchecks expects it: who hears nothing knows that something is wrong."""

from __future__ import annotations

import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

log = logging.getLogger(__name__)
EVERY_SECONDS = 60.0
ANSWER_SECONDS = 10.0
_LARGEST = 1024  # bytes of an answer that are read


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Whoever sends us elsewhere is not the address that was set."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """Never."""
        return


_OPENER = urllib.request.build_opener(NoRedirect)


def call_out(address: str) -> bool:
    """Ask an address once; whether it answered well. Follows nothing, waits ten seconds for each piece, reads a kilobyte."""
    try:
        with _OPENER.open(address, timeout=ANSWER_SECONDS) as answer:
            answer.read(_LARGEST)
            return 200 <= int(answer.status) < 300
    except (OSError, HTTPException, ValueError, urllib.error.URLError) as error:
        # Its address is a secret of its own: whoever knows it can say that all is well.
        log.warning("the outside address could not be told: %s", type(error).__name__)
        return False


class Heartbeat(threading.Thread):
    """A thread of the parent, so that a slow address holds up nothing. whole: whether the service is."""

    def __init__(
        self, address: str, whole: Callable[[], bool], stopping: threading.Event, every: float = EVERY_SECONDS
    ) -> None:
        super().__init__(name="outside", daemon=True)
        self._address, self._whole, self._stopping, self._every = address.rstrip("/"), whole, stopping, every

    def run(self) -> None:
        """Until stopped."""
        while not self._stopping.wait(self._every):
            call_out(self._address if self._whole() else f"{self._address}/fail")
