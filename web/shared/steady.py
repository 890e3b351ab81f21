"""Cookies and limits that no jump of the machine's clock ends or prolongs: how long a session lasts is told by its row, a limit by the time
that runs."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature
from limits.storage import Storage

STEADY = "steady"
STEADY_STORAGE = f"{STEADY}://"
# So many counters, and those that ran out are cleared away.
TIDIED_AT = 10_000


class AgelessCookies(SecureCookieSessionInterface):
    """Cookies whose signature is looked at and whose age is not: it is reckoned by a clock that can be wrong by weeks."""

    def __init__(self) -> None:
        self._signer: tuple[object, Any] | None = None

    def get_signing_serializer(self, app: Flask) -> Any:
        """As the class above makes it, once for a key and not with each request."""
        known, key = self._signer, (app.secret_key, tuple(app.config["SECRET_KEY_FALLBACKS"] or ()))
        if known is None or known[0] != key:
            known = self._signer = (key, super().get_signing_serializer(app))
        return known[1]

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """A lasting cookie is prolonged by each page that is opened; what a page's script asks changes nothing of it."""
        return session.modified or (super().should_set_cookie(app, session) and request.method in ("GET", "HEAD"))

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; nothing where we did not sign it."""
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None
        try:
            return self.session_class(serializer.loads(request.cookies.get(self.get_cookie_name(app), "")))
        except BadSignature:
            return self.session_class()


@dataclass(frozen=True)
class _Counter:
    """How often, and until when it counts, in seconds of `time.monotonic`."""

    count: int
    until: float


class SteadyStorage(Storage):
    """Counters of limits in this process's memory, by the time that runs."""

    STORAGE_SCHEME = [STEADY]  # noqa: RUF012 - the library asks for a list

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        """As the library makes it, of `STEADY_STORAGE`."""
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._counters: dict[str, _Counter] = {}
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What it fails with; it does not."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count on, and begin anew where the time is over; expiry: seconds from the first on. Returns how many there are."""
        with self._lock:
            if len(self._counters) >= TIDIED_AT:
                now = time.monotonic()
                self._counters = {name: each for name, each in self._counters.items() if each.until > now}
            known = self._known(key) or _Counter(0, time.monotonic() + expiry)
            self._counters[key] = replace(known, count=known.count + amount)
            return known.count + amount

    def get(self, key: str) -> int:
        """How many there are."""
        with self._lock:
            known = self._known(key)
            return known.count if known else 0

    def get_expiry(self, key: str) -> float:
        """Until when they count, by the machine's clock, as the library asks."""
        with self._lock:
            known = self._known(key)
            return time.time() + (known.until - time.monotonic() if known else 0.0)

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget all; returns how many counters there were."""
        with self._lock:
            count, self._counters = len(self._counters), {}
            return count

    def clear(self, key: str) -> None:
        """Forget one."""
        with self._lock:
            self._counters.pop(key, None)

    def _known(self, key: str) -> _Counter | None:
        found = self._counters.get(key)
        return found if found is not None and found.until > time.monotonic() else None
