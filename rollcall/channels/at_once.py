"""What HTTP channels share: several messages on their way at once, and how long a gateway asks to be left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

import urllib3

from monitor.clock import utc_now
from rollcall.channels import Message, Outcome

# 408 and 429 are refusals of this moment, not of this message.
AGAIN = frozenset({408, 425, 429})
# Whoever asks for more is asked again by then all the same: a round does not wait for a day.
LONGEST_WAIT = 3600.0
# Errors before the request had left us: certainly not handed over.
BEFORE_SENDING = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.LocationValueError,
    urllib3.exceptions.SSLError,
    urllib3.exceptions.ProxyError,
    ValueError,
)


class HandOver(Protocol):
    """Hands one message over; called from several threads."""

    def __call__(self, message: Message, /) -> Outcome:
        """What came of it."""


class AtOnce:
    """A pool of connections and as many threads."""

    def __init__(self, hand_over: HandOver, *, seconds: float = 5.0, at_once: int = 8) -> None:
        """seconds: for the connection, and for each piece of the answer. at_once: messages on their way at one time."""
        self._hand_over = hand_over
        self._at_once = at_once
        self.connections = urllib3.PoolManager(maxsize=at_once, timeout=urllib3.Timeout(seconds), retries=False)
        self._threads = ThreadPoolExecutor(at_once, "gateway")

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, several at once."""
        under_way: dict[Future[Outcome], Message] = {}
        more = True
        while more or under_way:
            while more and len(under_way) < self._at_once:
                message = next(messages, None)
                if message is None:
                    more = False
                else:
                    under_way[self._threads.submit(self._hand_over, message)] = message
            for each in wait(under_way, return_when=FIRST_COMPLETED).done:
                yield under_way.pop(each), each.result()

    def close(self) -> None:
        """Hang up."""
        self._threads.shutdown()
        self.connections.clear()


def asked_to_wait(headers: Mapping[str, str], also: str = "", now: datetime | None = None) -> float | None:
    """Seconds that an answer asks to wait: Retry-After as seconds or a date (RFC 9110, 10.2.3), or another header with seconds."""
    said = headers.get("Retry-After") or (headers.get(also) if also else None)
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - (now or utc_now())).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(seconds, LONGEST_WAIT) if seconds > 0 else None
