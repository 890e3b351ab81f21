"""Ask a camera for a keyframe now, so that a look at a room does not wait for the next one."""

from __future__ import annotations

import threading
from typing import Any

from cameras.errors import CameraProblem
from cameras.onvif.media2 import media2_question
from cameras.onvif.session import MEDIA, MEDIA2, Session
from cameras.profiles import device_address


class KeyframeRequests:
    """One camera's media service, kept connected: the first request takes some four questions, each further one a single question.

    May be called from several threads.
    """

    def __init__(self, address: str, username: str, password: str, timeout_s: float = 3.0) -> None:
        self._address, self._username, self._password, self._timeout_s = device_address(address), username, password, timeout_s
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._media: Any = None
        self._media2 = ""

    def request_keyframe(self, profile: str) -> None:
        """Ask for one in the stream of that profile; it comes in the stream, not here. Raises CameraProblem."""
        with self._lock:
            if self._session is None:
                self._connect()
            assert self._session is not None
            try:
                if self._media is not None:
                    self._session.ask(self._media, "SetSynchronizationPoint", ProfileToken=profile)
                else:
                    self._session.ask_raw(self._media2, media2_question("SetSynchronizationPoint", ("ProfileToken", profile)))
            except CameraProblem:
                # Its clock may have been set, or its services moved: asked anew the next time.
                self._hang_up()
                raise

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            self._hang_up()

    def _connect(self) -> None:
        session = Session(self._address, self._username, self._password, self._timeout_s)
        try:
            session.tell_time()
            services = session.services()
            self._media2 = session.reach(services.get(MEDIA2, ""))
            address = session.reach(services.get(MEDIA, "")) or self._address.replace("device_service", "media_service")
            self._media = None if self._media2 and MEDIA not in services else session.service("media", address)
        except CameraProblem:
            session.transport.close()
            raise
        self._session = session

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.transport.close()
            self._session = None
