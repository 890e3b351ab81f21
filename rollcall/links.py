"""The link in a prompt: signed, good for one check-in, told from a forged one without a look at the database."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from itsdangerous import BadData, URLSafeSerializer

from monitor.problems import NotFound
from monitor.words import N_

_PURPOSE = "check-in-link"
_SHARED = "household-link"


class LinkForged(NotFound):
    """The link was not made by us, or was cut off on its way."""


@dataclass(frozen=True)
class LinkContent:
    """What a link says: which check-in, and the nonce that the check-in must still have."""

    check_in_id: int
    nonce: str


@lru_cache
def _serializer(secret: bytes, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=purpose)


def make_link(secret: bytes, base: str, check_in_id: int, nonce: str) -> str:
    """The address of a check-in's page. base: the residents' address without a slash at the end."""
    token = _serializer(secret, _PURPOSE).dumps([check_in_id, nonce])
    return f"{base}/a/{token}"


def make_household_link(secret: bytes, base: str, check_in_id: int, nonce: str) -> str:
    """The address of the page of all who answer with one phone; they are known by the check-in that leads them."""
    token = _serializer(secret, _SHARED).dumps([check_in_id, nonce])
    return f"{base}/h/{token}"


def read_household_token(secret: bytes, token: str) -> LinkContent:
    """What a household's token says; raises LinkForged."""
    return read_token(secret, token, _SHARED)


def read_token(secret: bytes, token: str, purpose: str = _PURPOSE) -> LinkContent:
    """What a link's token says; raises LinkForged."""
    try:
        check_in_id, nonce = _serializer(secret, purpose).loads(token)
    except (BadData, ValueError, TypeError):
        raise LinkForged(
            N_("This link is not complete or not ours. Please open it again from the message, or call 1022.")
        ) from None
    return LinkContent(int(check_in_id), str(nonce))
