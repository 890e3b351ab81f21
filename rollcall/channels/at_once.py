"""What HTTP channels share: several messages on their way at once, and how long a gateway asks to be left alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.utils import parsedate_to_datetime
from queue import SimpleQueue
from typing import Protocol

import urllib3

from monitor.clock import utc_now
from rollcall.channels import ChannelProblem, Message, Outcome

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
        """Hand messages over, several at once: each thread takes the next one when it has room, until one is asked to wait."""
        turn, ended = threading.Lock(), threading.Event()
        done: SimpleQueue[tuple[Message, Outcome] | BaseException | None] = SimpleQueue()

        def work() -> None:
            try:
                while not ended.is_set():
                    with turn:
                        message = None if ended.is_set() else next(messages, None)
                    if message is None:
                        break
                    outcome = self._hand_over(message)
                    if isinstance(outcome, ChannelProblem) and outcome.wait:
                        ended.set()
                    done.put((message, outcome))
            except BaseException as error:
                done.put(error)
            finally:
                done.put(None)

        working = self._at_once
        for _ in range(working):
            self._threads.submit(work)
        try:
            while working:
                told = done.get()
                if told is None:
                    working -= 1
                elif isinstance(told, BaseException):
                    raise told
                else:
                    yield told
        finally:
            # Whoever asks no further finds none still under way: what came of those few stays unknown.
            ended.set()
            while working:
                working -= done.get() is None

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
