"""The logins that come with requests, sealed with a key of each request's own, so that forgetting the request forgets them."""

from __future__ import annotations

import json

from monitor.models.cameras.requests import CameraRequest
from monitor.vault.vault import Vault, VaultProblem


def request_owner(request_id: int) -> str:
    """The vault's name of a request, whose key opens its login and its pictures."""
    return f"request-{request_id}"


def seal_login(vault: Vault, request_id: int, username: str, password: str) -> bytes:
    """A login for a request's row."""
    return vault.seal(request_owner(request_id), json.dumps([username, password]).encode(), about="login")


def open_login(vault: Vault, request: CameraRequest) -> tuple[str, str]:
    """The login of a request; empty when it has none or it is no longer kept."""
    if not request.sealed_login:
        return "", ""
    try:
        username, password = json.loads(vault.unseal(request_owner(request.id), request.sealed_login, about="login"))
    except VaultProblem:
        return "", ""
    return str(username), str(password)
