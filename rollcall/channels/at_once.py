"""What HTTP channels share: several messages on their way at once, and how long a gateway asks to be left alone."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from queue import SimpleQueue
from typing import Any, Protocol

import aiohttp
from yarl import URL

from monitor.clock import utc_now
from rollcall.channels import Message, Outcome

# 408 and 429 are refusals of this moment, not of this message.
AGAIN = frozenset({408, 425, 429})
# Whoever asks for more is asked again by then all the same: a round does not wait for a day.
LONGEST_WAIT = 3600.0
LARGEST_ANSWER = 2**20


class Unreachable(Exception):
    """No answer came. Its words are the name of what happened.

    left: whether the message may have left us all the same; certainly not, where no connection came about.
    """

    def __init__(self, error: Exception, *, left: bool) -> None:
        super().__init__(type(error).__name__)
        self.left = left


@dataclass(frozen=True)
class Answer:
    """What a gateway answered. headers: of whatever case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Its content; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class HandOver(Protocol):
    """Hands one message over."""

    async def __call__(self, message: Message, /) -> Outcome:
        """What came of it."""


class AtOnce:
    """Connections that are kept open, all served by one thread of their own."""

    def __init__(self, hand_over: HandOver, *, seconds: float = 5.0, at_once: int = 8) -> None:
        """seconds: for the connection, and for each piece of the answer; six times as long for all of it. at_once: messages on their
        way at one time.
        """
        self._hand_over = hand_over
        self._at_once = at_once
        self._timeout = aiohttp.ClientTimeout(total=6 * seconds, sock_connect=seconds, sock_read=seconds)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: aiohttp.ClientSession | None = None

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, several at once."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)
            self._thread.start()
        sending = _Sending(self._loop, self._hand_over)
        under_way, more = 0, True
        while more or under_way:
            while more and under_way < self._at_once:
                message = next(messages, None)
                if message is None:
                    more = False
                else:
                    sending.begin(message)
                    under_way += 1
            if under_way:
                told = sending.done.get()
                under_way -= 1
                if isinstance(told, BaseException):
                    raise told
                yield told

    async def post(self, url: str, body: str, headers: Mapping[str, str]) -> Answer:
        """Ask once, following nothing. For `hand_over` only. Raises Unreachable."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._at_once)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            request = self._session.post(URL(url, encoded=True), data=body.encode(), headers=headers, allow_redirects=False)
            async with request as response:
                content = b""
                async for piece in response.content.iter_any():
                    content += piece
                    if len(content) > LARGEST_ANSWER:
                        raise Unreachable(ValueError(), left=True)
                return Answer(response.status, response.headers, content)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, ValueError) as error:
            raise Unreachable(error, left=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(error, left=True) from error

    def close(self) -> None:
        """Hang up, after the answers that are still to come."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = None

    async def _hang_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)
        if self._session is not None:
            await self._session.close()
            self._session = None


class _Sending:
    """Messages of one call on their way to the thread of the connections, and what came of them on its way back."""

    def __init__(self, loop: asyncio.AbstractEventLoop, hand_over: HandOver) -> None:
        self.done: SimpleQueue[tuple[Message, Outcome] | BaseException] = SimpleQueue()
        self._loop, self._hand_over = loop, hand_over
        self._waiting: deque[Message] = deque()
        self._called = False
        # The loop itself keeps only weak references.
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, message: Message) -> None:
        """Have one handed over. The thread is called once for all that wait for it: each call costs more than the rest."""
        self._waiting.append(message)
        if not self._called:
            self._called = True
            self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        self._called = False
        while self._waiting:
            task = self._loop.create_task(self._one(self._waiting.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _one(self, message: Message) -> None:
        try:
            self.done.put((message, await self._hand_over(message)))
        except BaseException as error:
            self.done.put(error)


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
