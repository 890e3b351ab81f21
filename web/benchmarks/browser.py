"""A browser of the console's bench: signs in over HTTP with both factors, asks for pages, and keeps live connections open."""

from __future__ import annotations

import re
import selectors
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pyotp

_FORGERY = re.compile(r'name="csrf_token" value="([^"]+)"')
_WAIT = 120.0  # seconds


class NotThere(RuntimeError):
    """A page was not what it should be: nothing can be measured."""


@dataclass
class Browser:
    """Somebody signed in. secret: of the authenticator app."""

    address: str
    username: str
    password: str
    secret: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        """Sign in with password and code."""
        self.client = httpx.Client(base_url=self.address, timeout=_WAIT, follow_redirects=True, trust_env=False)
        page = self._send("/sign-in", {"username": self.username, "password": self.password}, self.get("/sign-in"))
        if "/sign-in/second" in str(page.url):
            page = self._send("/sign-in/second", {"code": pyotp.TOTP(self.secret).now()}, page)
        if page.status_code != 200 or "sign-in" in page.url.path:
            raise NotThere(f"{self.username} could not sign in: {page.status_code} {page.url}")

    def get(self, url: str, *, fragment: bool = False) -> httpx.Response:
        """A page, where it leads. fragment: as a page asks again by itself."""
        return self.client.get(url, headers={"X-Fragment": "live"} if fragment else {})

    def post(self, url: str, form: Mapping[str, str], page: httpx.Response, *, json: bool = False) -> httpx.Response:
        """Send a form of a page. json: as a script does, which takes JSON for an answer."""
        return self._send(url, form, page, json=json)

    def _send(self, url: str, form: Mapping[str, str], page: httpx.Response, *, json: bool = False) -> httpx.Response:
        token = _FORGERY.search(page.text)
        if token is None:
            raise NotThere(f"{page.url} has no form")
        return self.client.post(
            url,
            data={**form, "csrf_token": token[1]},
            headers={"Referer": self.address, **({"Accept": "application/json"} if json else {})},
        )

    def close(self) -> None:
        """Leave."""
        self.client.close()

    @property
    def cookies(self) -> str:
        """As they are sent."""
        return "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())


class Listeners:
    """Live connections that are only kept open, read by one thread. `told`: when each zone was last named, by time.perf_counter."""

    def __init__(self, browser: Browser, many: int) -> None:
        self.told: dict[int, float] = {}
        self._lost = 0
        self._changed = threading.Condition()
        self._selector = selectors.DefaultSelector()
        parts = urlsplit(browser.address)
        request = f"GET /live HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {browser.cookies}\r\n\r\n".encode()
        self._sockets = [socket.create_connection((parts.hostname or "", parts.port or 80), _WAIT) for _one in range(many)]
        for each in self._sockets:
            each.sendall(request)
            if b" 200 " not in each.recv(4096):
                raise NotThere("a live connection was refused")
            self._selector.register(each, selectors.EVENT_READ)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait(self, zone: int, since: float, seconds: float = 30.0) -> None:
        """Wait until one of them is told of a zone after a moment. Raises NotThere."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.told.get(zone, 0.0) > since, seconds):
                raise NotThere("no live page was told of a change")

    def close(self) -> None:
        """Leave all. Raises NotThere where one was lost meanwhile."""
        self._ending.set()
        self._thread.join()
        for each in self._sockets:
            each.close()
        if self._lost:
            raise NotThere(f"{self._lost} live connections were lost")

    def _read(self) -> None:
        while not self._ending.is_set():
            for key, _events in self._selector.select(0.2):
                taken = key.fileobj.recv(65536)  # type: ignore[union-attr]
                at = time.perf_counter()
                if not taken:
                    self._lost += 1
                    self._selector.unregister(key.fileobj)
                zones = {int(each) for each in re.findall(rb'"zone": (\d+)', taken)}
                with self._changed:
                    self.told.update(dict.fromkeys(zones, at))
                    self._changed.notify_all()
