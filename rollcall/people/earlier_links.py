"""Links of before: longer and signed. They open until what they were made for is gone; none is made any more."""

from __future__ import annotations

from functools import lru_cache

from itsdangerous import BadData, URLSafeSerializer

from rollcall.people.links import make_token

_PURPOSES = {"check-in-link": False, "household-link": True}


def token_now(secret: bytes, token: str) -> str | None:
    """The token that stands for an earlier one; None when it was not ours. Links that were never withdrawn are meant."""
    for purpose, shared in _PURPOSES.items():
        try:
            check_in_id, nonce = _serializer(secret, purpose).loads(token)
            return make_token(secret, int(check_in_id), str(nonce), shared=shared)
        except (BadData, ValueError, TypeError, OverflowError):
            continue
    return None


def earlier_token(secret: bytes, check_in_id: int, nonce: str) -> str:
    """The earlier token of a check-in: what a phone may have sealed an answer with before, while it had no line."""
    return str(_serializer(secret, "check-in-link").dumps([check_in_id, nonce]))


@lru_cache
def _serializer(secret: bytes, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=purpose)
