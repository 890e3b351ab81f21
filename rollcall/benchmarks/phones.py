"""A text message gateway and the phones behind it, for measuring: what arrived when, and how their people answer over real sockets."""

from __future__ import annotations

import json
import random
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from urllib3.filepost import encode_multipart_formdata

from monitor.clock import utc_now

TOKEN = "a token of the measurement"  # noqa: S105 - opens nothing but what is measured
_LINK = re.compile(r"https?://\S+")
_STAMP = re.compile(r'name="stamp" value="([^"]+)"')
_WAIT_SECONDS = 3.0
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_AGAIN_SECONDS = 1.0
_OVER, _BROKEN, _NO_ANSWER = 410, 500, 599


@dataclass(frozen=True)
class Arrived:
    """One message as it came to a phone."""

    to: str
    text: str
    reference: str
    at: datetime


@dataclass
class Told:
    """What came of one person's wish to answer. to: their number; tried_at: when one of the phones was theirs, and they tried; opened_at: when their page came; thanked: the
    service said that it has the answer; refused: it said that it takes none, though the page was there."""

    to: str
    tried_at: datetime | None = None
    opened_at: datetime | None = None
    thanked: bool = False
    refused: bool = False


@dataclass
class Phones:
    """A gateway that knows references again, tells of each delivery, and has as many phones as are asked for.

    residents: address of the residents' page. silent: numbers whose people never answer. seconds: how long somebody tries at most.
    """

    residents: str
    silent: frozenset[str]
    seconds: float
    count: int = 8
    arrived: list[Arrived] = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)
    """By the link that was answered."""
    photos: dict[str, bytes] = field(default_factory=dict)
    """By number, of those who send one with their answer."""
    ended: threading.Event = field(default_factory=threading.Event)
    _known: dict[str, Arrived] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Begin to listen."""
        self._pool = ThreadPoolExecutor(self.count, "phone")
        # Deliveries are told apart from answers: a page that hangs must not hold up the receipts that come after it.
        self._receipts = ThreadPoolExecutor(self.count, "receipt")
        self._chance = random.Random(20261130)  # noqa: S311 - how long people take
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, message: dict[str, Any]) -> None:
        """A message comes in from the service; the same reference again is the same message."""
        with self._lock:
            if message["reference"] in self._known:
                return
            arrived = Arrived(message["to"], message["text"], message["reference"], utc_now())
            self._known[arrived.reference] = arrived
            self.arrived.append(arrived)
        self._receipts.submit(self._confirm, arrived)
        link = _LINK.search(arrived.text)
        if link is not None and arrived.to not in self.silent:
            with self._lock:
                if link[0] in self.told:
                    return
                self.told[link[0]] = Told(arrived.to)
            self._pool.submit(self._answer, link[0], self._chance.uniform(0.0, 0.4))

    def stop(self) -> None:
        """Hang up."""
        self.ended.set()
        self._pool.shutdown(wait=True)
        self._receipts.shutdown(wait=True)
        self._server.shutdown()
        self._server.server_close()

    def _confirm(self, arrived: Arrived) -> None:
        body = {"id": arrived.reference, "reference": arrived.reference, "status": "delivered", "at": arrived.at.isoformat()}
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        self._until(lambda: _post(f"{self.residents}/hooks/sms/receipts", json.dumps(body).encode(), headers) < 500)

    def _answer(self, link: str, pause: float) -> None:
        """As a person does: open the page, look at it, send; what did not leave is kept and sent later with its age."""
        told = self.told[link]
        page = ""

        def open_page() -> bool:
            nonlocal page
            status, page = _get(link)
            # Whoever comes when the time is over does not try again and again.
            return bool(page) or status == _OVER

        told.tried_at = utc_now()
        if not self._until(open_page) or not page:
            return
        stamp = _STAMP.search(page)
        if stamp is None:
            return
        told.opened_at = utc_now()
        time.sleep(pause)
        made = time.monotonic()

        def send() -> bool:
            form = {"unwell": "no", "stamp": stamp[1], "age": f"{time.monotonic() - made:.1f}"}
            body, content_type = encode_multipart_formdata(self._with_photo(told.to, form))
            status = _post(link, body, {"Accept": "application/json", "Content-Type": content_type})
            told.thanked = told.thanked or status == 201
            told.refused = told.refused or status == _OVER or _BROKEN <= status < _NO_ANSWER
            return status in (201, 409, 410)

        self._until(send, 2 * self.seconds)

    def _with_photo(self, to: str, form: dict[str, str]) -> dict[str, Any]:
        photo = self.photos.get(to)
        return {**form, "photo": ("photo.jpg", photo, "image/jpeg")} if photo is not None else {**form}

    def _until(self, done: Any, seconds: float | None = None) -> bool:
        """Try again and again, as long as somebody has patience; returns whether it was done."""
        end = time.monotonic() + (self.seconds if seconds is None else seconds)
        while not done():
            if time.monotonic() > end or self.ended.wait(_AGAIN_SECONDS):
                return False
        return True


def _get(url: str) -> tuple[int, str]:
    """The status (599: no answer), and the page where there is one."""
    try:
        with _OPENER.open(url, timeout=_WAIT_SECONDS) as answer:
            return int(answer.status), str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.code, ""
    except (OSError, HTTPException):
        return _NO_ANSWER, ""


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status; 599: no answer."""
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - an address of the measurement's own
    try:
        with _OPENER.open(request, timeout=_WAIT_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, HTTPException):
        return _NO_ANSWER


class _Server(ThreadingHTTPServer):
    """Takes it that whoever sends is killed in the middle."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing, where the other side is gone."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(phones: Phones) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """POST JSON: to, text, reference; answers JSON: id."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Take one message."""
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            phones.take(message)
            body = json.dumps({"id": message["reference"]}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    return Handler
