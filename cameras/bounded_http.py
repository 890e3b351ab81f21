"""Fetch something small over HTTP from a device that may send anything: bounded in time and size, and never raising."""

from __future__ import annotations

import time

import requests
from requests import PreparedRequest
from requests.auth import AuthBase

from cameras.login import Login

# With a login that is given anew where its nonce has gone stale.
_MOST_TRIES = 3


def bounded_get(session: requests.Session, url: str, login: Login, timeout_s: float, largest: int) -> tuple[bytes, int]:
    """(body, status) of a GET, with the login where it is asked for; status 0 when nothing answers in time, 413 when it is larger than
    `largest` bytes."""
    deadline = time.monotonic() + timeout_s
    for _ in range(_MOST_TRIES):
        body, status, challenges = _get_once(session, url, login, deadline, largest)
        if status != 401 or not login.challenged(challenges):
            break
    if status not in (0, 401):
        login.accepted()
    return body, status


def _get_once(session: requests.Session, url: str, login: Login, deadline: float, largest: int) -> tuple[bytes, int, list[str]]:
    left = max(0.1, deadline - time.monotonic())
    try:
        with session.get(url, auth=_Given(login), timeout=left, stream=True, allow_redirects=False) as response:
            challenges = response.raw.headers.getlist("WWW-Authenticate")
            body = b""
            # Whatever has come so far: a device that drips must not hold us by staying below the time-out of each wait.
            while part := response.raw.read1(65_536, decode_content=True):
                body += part
                if len(body) > largest:
                    return b"", 413, challenges
                if time.monotonic() > deadline:
                    return b"", 0, challenges
            return body, response.status_code, challenges
    except (requests.exceptions.RequestException, OSError, ValueError):
        return b"", 0, []


class _Given(AuthBase):
    def __init__(self, login: Login) -> None:
        self._login = login

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        header = self._login.header(request.method or "GET", request.path_url)
        if header:
            request.headers["Authorization"] = header
        return request
