"""Fetch something small over HTTP from a device that may send anything: bounded in time and size, and never raising."""

from __future__ import annotations

import time

import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth


def login(challenge: str, username: str, password: str) -> AuthBase:
    """How a device wants to be logged in to, by its WWW-Authenticate."""
    if "digest" in challenge.lower():
        return HTTPDigestAuth(username, password)
    # In UTF-8, as RFC 7617 has it: by themselves requests would take western letters only, and in another way.
    return HTTPBasicAuth(username.encode(), password.encode())


def bounded_get(
    session: requests.Session, url: str, auth: AuthBase | None, timeout_s: float, largest: int
) -> tuple[bytes, int, str]:
    """(body, status, WWW-Authenticate) of a GET; status 0 when nothing answers in time, 413 when it is larger than `largest` bytes."""
    deadline = time.monotonic() + timeout_s
    try:
        with session.get(url, auth=auth, timeout=timeout_s, stream=True, allow_redirects=False) as response:
            challenge = response.headers.get("WWW-Authenticate", "")
            body = b""
            # Whatever has come so far: a device that drips must not hold us by staying below the time-out of each wait.
            while part := response.raw.read1(65_536, decode_content=True):
                body += part
                if len(body) > largest:
                    return b"", 413, challenge
                if time.monotonic() > deadline:
                    return b"", 0, challenge
            return body, response.status_code, challenge
    except (requests.exceptions.RequestException, OSError, ValueError):
        return b"", 0, ""
