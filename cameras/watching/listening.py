"""Listen to the events of watched cameras: hints of when to look, in a thread for each camera that offers them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cameras.onvif.topics import CameraEvent, EventKind

# Cameras become slow when a subscription is made: the stream comes first.
BEGIN_AFTER_SECONDS = 10.0
# A camera that cries motion all day must not have its pictures decoded all day.
COOL_DOWN_SECONDS = 5.0


class Hints:
    """What a camera's own events make worth doing. Pure but for the threads that call it.

    look: a picture now. last_person_at, on the clock passed in: a person was told of, so faces are looked for.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._looked_at = float("-inf")
        self.person_until = float("-inf")
        self.count = 0

    def take(self, event: CameraEvent, clock: float) -> bool:
        """Take an event; returns whether it was worth a look. An event is a hint: what counts is what the picture shows then."""
        if not event.active or event.kind is EventKind.UNKNOWN:
            return False
        self.count += 1
        if event.kind in (EventKind.PERSON, EventKind.LINE_CROSSED) and event.expires_at is not None:
            self.person_until = clock + max(0.0, (event.expires_at - event.at).total_seconds())
        if clock - self._looked_at < COOL_DOWN_SECONDS:
            return False
        self._looked_at = clock
        self._look()
        return True


class Listener:
    """One camera's puller in a thread, begun a little later than its stream."""

    def __init__(self, camera_id: int, address: str, username: str, password: str, hints: Hints) -> None:
        self._stopping = threading.Event()
        self._login = (address, username, password)
        self._hints = hints
        self._thread = threading.Thread(target=self._run, name=f"events-{camera_id}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End soon; the subscription is given back."""
        self._stopping.set()

    def _run(self) -> None:
        if self._stopping.wait(BEGIN_AFTER_SECONDS):
            return
        # Imported when needed: the SOAP library takes 25 MB, and many sites have no camera with events.
        from cameras.onvif.events import EventPuller

        EventPuller(*self._login, self._hear).run(self._stopping)

    def _hear(self, event: CameraEvent) -> None:
        self._hints.take(event, time.monotonic())
