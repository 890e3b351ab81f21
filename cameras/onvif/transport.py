"""HTTP to an ONVIF device that ends whatever the device does: bounded in time and size, Digest where it is asked for, Basic under TLS."""

from __future__ import annotations

import http.client
import io
import logging
import select
import socket
import ssl
import threading
import time
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
import urllib3
from zeep.transports import Transport

from cameras.login import Login, challenges
from cameras.onvif.mending import is_cut_off, is_whole, mended

# Anything a camera answers to our questions is far smaller; what is larger comes from something else.
_LARGEST_ANSWER = 2 * 2**20
# How soon a wait for a camera's events ends when the program stops.
_LOOK_EVERY_MS = 250

# zeep writes whole requests (with their logins) and devices' nonsense to the log.
logging.getLogger("zeep").setLevel(logging.CRITICAL)


class Stopped(Exception):
    """The program ends, and does not wait for the device."""


class BoundedTransport(Transport):
    """HTTP that ends: no redirects, no proxies, a limit of time and size on the whole answer.

    username, password: given by Digest when the device asks for it, by Basic over https only: never readable on the way.
    refused_basic: it asks for just that. stopping: ends any wait at once with Stopped.
    """

    def __init__(
        self, timeout_s: float, username: str = "", password: str = "", stopping: threading.Event | None = None
    ) -> None:
        super().__init__(timeout=timeout_s, operation_timeout=timeout_s)  # type: ignore[no-untyped-call]
        self.asked_for_digest = self.refused_basic = False
        self.most_s = float("inf")
        self.last_status, self.last_answer, self.last_location = 0, b"", ""
        self._login = Login(username, password)
        self._bounds = _Bounds(stopping)
        self._answered = False
        self.session.trust_env = False
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, _BoundedAdapter(self._bounds))

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        """As zeep's, but bounded. Raises what requests raises, and Stopped."""
        self.last_status, self.last_answer, self.last_location = 0, b"", ""
        self._bounds.deadline = time.monotonic() + min(self.operation_timeout, self.most_s)
        response = self._post_twice(address, message, headers)
        if response.status_code == 401:
            offers = response.raw.headers.getlist("WWW-Authenticate")
            schemes = {scheme for offer in offers for scheme, _ in challenges(offer)}
            self._login.secure = address.startswith("https:")
            # Over http a password is never sent so that anybody could read it, whatever the device offers besides.
            readable = not self._login.secure and "digest" not in schemes
            if not readable and self._login.challenged(offers):
                self.asked_for_digest = "digest" in schemes
                response = self._post_twice(address, message, headers)
            elif "basic" in schemes and (readable or self._login.refused_basic):
                self.refused_basic = True
        if response.status_code != 401:
            self._login.accepted()
        return response

    def _post_twice(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        try:
            return self._post_once(address, message, headers)
        except requests.exceptions.ConnectionError as error:
            # Servers close a connection just when the next request is under way, which is allowed: one more try on a new one.
            if not self._answered or not _hung_up(error):
                raise
            return self._post_once(address, message, headers)

    def _post_once(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        parts = urlsplit(address)
        login = self._login.header("POST", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", message)
        response: requests.Response = self.session.post(
            address,
            data=message,
            headers={**headers, "Authorization": login} if login else headers,
            timeout=max(0.1, self._bounds.deadline - time.monotonic()),
            stream=True,
            allow_redirects=False,
        )
        try:
            body = self._read(response)
        finally:
            response.close()
        if is_cut_off(body) and not self._bounds.ignore_length and not response.raw.chunked:
            # It announces less than it sends, and does so each time; the rest is still in that connection.
            self._bounds.ignore_length = True
            self.session.close()
            return self._post_once(address, message, headers)
        response._content = mended(body)
        self.last_status, self.last_answer = response.status_code, response._content
        self.last_location = response.headers.get("Location", "")[:500]
        self._answered = True
        return response

    def _read(self, response: requests.Response) -> bytes:
        """The body, until its envelope ends, whatever its announced length."""
        raw, body = response.raw, b""
        try:
            while part := raw.read1(65_536, decode_content=True):
                body += part
                if len(body) > _LARGEST_ANSWER:
                    raise requests.exceptions.InvalidURL("no SOAP answer is so long")
                # All that was announced is read to its end, which keeps the connection for the next question.
                if not raw.chunked and raw.length_remaining != 0 and is_whole(body):
                    break
        except urllib3.exceptions.HTTPError as error:
            if is_whole(body):
                return body
            if time.monotonic() >= self._bounds.deadline:
                raise requests.exceptions.InvalidURL("no SOAP answer takes so long") from error
            raise requests.exceptions.ConnectionError(error) from error
        return body

    def last_words(self, timeout_s: float) -> None:
        """Allow what is to be said before hanging up, though the program ends; short, since somebody waits for it."""
        self._bounds.stopping = None
        self.most_s = timeout_s

    def close(self) -> None:
        """Hang up: a camera frees what it keeps for a connection."""
        self.session.close()


def causes(error: BaseException | None) -> list[BaseException]:
    """An error of requests with all it wraps: its arguments, reasons and causes."""
    found: list[BaseException] = []
    todo = [error]
    while todo and len(found) < 20:
        each = todo.pop(0)
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            todo += [*each.args, getattr(each, "reason", None), each.__cause__]
    return found


def _hung_up(error: BaseException) -> bool:
    return any(isinstance(each, ConnectionResetError | BrokenPipeError) for each in causes(error))


class _Bounds:
    """Until when the answer now under way may take, and what ends it before. ignore_length: announced lengths are wrong here."""

    def __init__(self, stopping: threading.Event | None) -> None:
        self.deadline = 0.0
        self.stopping = stopping
        self.ignore_length = False


class _BoundedBytes(io.RawIOBase):
    """A socket's bytes until the deadline: time-outs of single reads do not stop a device that drips."""

    def __init__(self, raw: Any, connection: socket.socket, bounds: _Bounds) -> None:
        self._raw, self._socket, self._bounds = raw, connection, bounds
        self._ready = select.poll()  # not select: it refuses files above the thousandth
        self._ready.register(connection, select.POLLIN)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        pending = getattr(self._socket, "pending", None)
        while not (pending and pending()):
            left = self._bounds.deadline - time.monotonic()
            if self._bounds.stopping is not None and self._bounds.stopping.is_set():
                raise Stopped
            if left <= 0:
                raise TimeoutError("the whole answer took too long")
            if self._ready.poll(min(left * 1000, _LOOK_EVERY_MS)):
                break
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedAdapter(requests.adapters.HTTPAdapter):
    """Connections whose answers are read within bounds, the head as well as the body."""

    def __init__(self, bounds: _Bounds) -> None:
        self._bounds = bounds
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As requests', with our connections."""
        bounds = self._bounds

        class BoundedResponse(http.client.HTTPResponse):
            def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
                super().__init__(sock, *args, **kwargs)
                self.fp = io.BufferedReader(_BoundedBytes(self.fp.detach(), sock, bounds))

            def begin(self) -> None:
                super().begin()
                if bounds.ignore_length and not self.chunked:
                    self.length, self.will_close = None, True

        class Plain(urllib3.HTTPConnectionPool):
            class ConnectionCls(urllib3.connection.HTTPConnection):
                response_class = BoundedResponse

        class Secure(urllib3.HTTPSConnectionPool):
            class ConnectionCls(urllib3.connection.HTTPSConnection):
                response_class = BoundedResponse

        super().init_poolmanager(*args, ssl_context=_trusted(), **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": Plain, "https": Secure}


@cache
def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts, besides whom requests brings along: what its administrator added, a camera may show."""
    return ssl.create_default_context()
