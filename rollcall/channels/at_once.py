"""What channels share that have several messages on their way at once, and how long a gateway asks to be left alone."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from typing import Protocol

from monitor.calls_out.allowed import ANYWHERE, Allowed
from monitor.calls_out.http import JOURNEY, Answer, Calls, Journey
from monitor.clock import utc_now
from monitor.words import N_
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Uncertain

log = logging.getLogger(__name__)
# 408 and 429 are refusals of this moment, not of this message.
AGAIN = frozenset({408, 425, 429})
# Whoever asks for more is asked again by then all the same: a round does not wait for a day.
LONGEST_WAIT = 3600.0


class HandOver(Protocol):
    """Hands one message over, within bounds of its own."""

    async def __call__(self, message: Message, /) -> Outcome:
        """What came of it."""


class AtOnce:
    """Messages on their way, and connections that are kept open, all served by one thread of their own."""

    def __init__(
        self,
        hand_over: HandOver,
        *,
        seconds: float = 10.0,
        at_once: int = 8,
        patience: float = float("inf"),
        most: int = 0,
        allowed: Allowed = ANYWHERE,
    ) -> None:
        """seconds: for a whole request with its answer. at_once: messages on their way at one time. allowed: where calls may go to.

        patience, most: after so many seconds a message holds up no other any more, while at most so many are on their way. For
        channels whose messages go to servers of many: nothing is known of those, and one that is slow has no share in the others.
        """
        self._hand_over = hand_over
        self._at_once = at_once
        self._patience = patience
        self._most = most or at_once
        self._calls = Calls(allowed, seconds=seconds, at_once=self._most)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = threading.Lock()

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, several at once."""
        sending = _Sending(self._started(), self._hand_over)
        places = Places(self._at_once, self._most, self._patience)
        more = True
        while True:
            while more and places.free(time.monotonic()):
                message = next(messages, None)
                if message is None:
                    more = False
                else:
                    sending.begin(places.take(time.monotonic()), message)
            if not places.taken:
                return
            try:
                place, told = sending.done.get(timeout=places.wait(time.monotonic()) if more else None)
            except Empty:
                continue
            places.leave(place)
            if isinstance(told, BaseException):
                raise told
            yield told

    async def post(self, url: str, body: str | bytes, headers: Mapping[str, str]) -> Answer:
        """Ask once, following nothing. For `hand_over` only. Raises Unreachable."""
        return await self._calls.post(url, body, headers)

    def close(self) -> None:
        """Hang up, after the answers that are still to come."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = None

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="gateway", daemon=True)
                self._thread.start()
            return self._loop

    async def _hang_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)
        await self._calls.close()


class Places:
    """Which messages are on their way: the quick ones hold places, of which there are few, the slow ones only count towards the most.

    Times are of one clock that never goes back, passed in.
    """

    def __init__(self, at_once: int, most: int, patience: float) -> None:
        self._at_once, self._slow_ones, self._patience = at_once, most - at_once, patience
        self._number = 0
        # In the order in which they began.
        self._quick: dict[int, float] = {}
        self._slow: set[int] = set()

    @property
    def taken(self) -> int:
        """How many are on their way."""
        return len(self._quick) + len(self._slow)

    def free(self, now: float) -> bool:
        """Whether another one may begin; those that are slow by now give their places up."""
        while self._quick and len(self._slow) < self._slow_ones:
            oldest = next(iter(self._quick))
            if now - self._quick[oldest] < self._patience:
                break
            del self._quick[oldest]
            self._slow.add(oldest)
        return len(self._quick) < self._at_once

    def wait(self, now: float) -> float | None:
        """Seconds until the next one may give its place up; None: nobody will."""
        if not self._quick or len(self._slow) >= self._slow_ones or self._patience == float("inf"):
            return None
        return max(0.0, next(iter(self._quick.values())) + self._patience - now)

    def take(self, now: float) -> int:
        """One begins; returns its place."""
        self._number += 1
        self._quick[self._number] = now
        return self._number

    def leave(self, place: int) -> None:
        """It ended."""
        self._quick.pop(place, None)
        self._slow.discard(place)


class _Sending:
    """Messages of one call on their way to the thread of the connections, and what came of them on its way back, each with its place."""

    def __init__(self, loop: asyncio.AbstractEventLoop, hand_over: HandOver) -> None:
        self.done: SimpleQueue[tuple[int, tuple[Message, Outcome] | BaseException]] = SimpleQueue()
        self._loop, self._hand_over = loop, hand_over
        self._waiting: deque[tuple[int, Message]] = deque()
        self._called = False
        # The loop itself keeps only weak references.
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, place: int, message: Message) -> None:
        """Have one handed over. The thread is called once for all that wait for it: each call costs more than the rest."""
        self._waiting.append((place, message))
        if not self._called:
            self._called = True
            self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        self._called = False
        while self._waiting:
            task = self._loop.create_task(self._one(*self._waiting.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _one(self, place: int, message: Message) -> None:
        journey = Journey()
        JOURNEY.set(journey)
        try:
            self.done.put((place, (message, await self._hand_over(message))))
        except Exception:
            # Whatever is wrong with one message or its address, the others leave.
            log.exception("a message could not be handed over")
            self.done.put((place, (message, Uncertain() if journey.left else failed_here())))
        except BaseException as error:
            self.done.put((place, error))


def failed_here() -> ChannelProblem:
    """For a message whose handing over failed by an error of ours, before it left."""
    return ChannelProblem(
        N_("This message did not leave because of an error in this service; its log says more."), permanent=False
    )


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
        except (ValueError, TypeError, OverflowError):
            return None
    return min(seconds, LONGEST_WAIT) if seconds > 0 else None
