"""A few threads that look at pictures for all cameras of a process; each camera is looked at by one of them at a time."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import Protocol

import cv2

from cameras.streams.decoding import Decoder

log = logging.getLogger(__name__)


class Analysed(Protocol):
    """A camera with something to look at."""

    def analyse(self, decoder: Decoder) -> None:
        """Look at what is waiting. Called by one thread at a time."""


class Analysts:
    """Threads with a decoder each. A camera that is submitted while it waits or is being looked at is looked at once more, not
    twice: when the machine cannot keep up, pictures are skipped, newest first, and no queue grows."""

    def __init__(self, count: int) -> None:
        # Many small pictures: threads inside each OpenCV call would only get into each other's way.
        cv2.setNumThreads(1)
        self._waiting: deque[Analysed] = deque()
        self._queued: set[int] = set()
        self._busy: set[int] = set()
        self._changed = threading.Condition()
        self._stopping = False
        self._decoders = [Decoder(rough=True) for _ in range(count)]
        self._threads = [
            threading.Thread(target=self._run, args=(each,), name=f"analyst-{number}", daemon=True)
            for number, each in enumerate(self._decoders)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def decoded(self) -> int:
        """Pictures decoded so far."""
        return sum(each.decoded for each in self._decoders)

    @property
    def waiting(self) -> int:
        """Cameras that wait to be looked at."""
        return len(self._waiting)

    def submit(self, camera: Analysed) -> None:
        """Have a camera looked at soon."""
        with self._changed:
            if id(camera) in self._queued or self._stopping:
                return
            self._queued.add(id(camera))
            self._waiting.append(camera)
            if id(camera) not in self._busy:
                self._changed.notify()

    def stop(self) -> None:
        """End the threads after what they are looking at."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(3)

    def _next(self) -> Analysed | None:
        with self._changed:
            while not self._stopping:
                for _ in range(len(self._waiting)):
                    camera = self._waiting.popleft()
                    if id(camera) not in self._busy:
                        self._queued.discard(id(camera))
                        self._busy.add(id(camera))
                        return camera
                    self._waiting.append(camera)
                self._changed.wait()
        return None

    def _run(self, decoder: Decoder) -> None:
        while (camera := self._next()) is not None:
            try:
                camera.analyse(decoder)
            except Exception:
                # One camera's bad luck with our code must not end the watching of the others.
                log.exception("a fault of this program while looking at a camera")
            finally:
                with self._changed:
                    self._busy.discard(id(camera))
                    if self._waiting:
                        self._changed.notify()
