"""Whom this phone has declared for: the keys of their pages, in the phone's own cookie."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flask import session as cookie
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.declarations import Declarant
from monitor.problems import NotFound
from monitor.words import N_

_PEOPLE = "people"
MOST = 12
"""A household, and more than fits a cookie's room with ease."""


def handle_of(page_key: str) -> str:
    """How an address names somebody of this phone: it opens nothing on another one."""
    return hashlib.sha256(page_key.encode()).hexdigest()[:10]


def keys() -> list[str]:
    """The keys that this phone holds, the newest first."""
    return [str(each) for each in cookie.get(_PEOPLE, [])]


def key_of(handle: str) -> str:
    """The key that an address means; empty where this phone does not hold it."""
    return next((key for key in keys() if handle_of(key) == handle), "")


def remember(page_key: str) -> str:
    """Keep a key on this phone; returns how addresses name its person."""
    cookie[_PEOPLE] = [page_key, *(each for each in keys() if each != page_key)][:MOST]
    cookie.permanent = True
    return handle_of(page_key)


def forget(page_key: str) -> None:
    """Take a key off this phone; what was declared stays where it is."""
    cookie[_PEOPLE] = [each for each in keys() if each != page_key]


def people(session: Session) -> Sequence[tuple[str, Declarant]]:
    """Everybody of this phone with their handle, the newest first; who was deleted by rule is left out."""
    held = keys()
    if not held:
        return []
    rows = {each.page_key: each for each in session.scalars(select(Declarant).where(Declarant.page_key.in_(held)))}
    return [(handle_of(key), rows[key]) for key in held if key in rows]


def person(session: Session, handle: str) -> Declarant:
    """One of them. Raises NotFound."""
    key = key_of(handle)
    found = session.scalar(select(Declarant).where(Declarant.page_key == key)) if key else None
    if found is None:
        raise NotFound(N_("This phone does not know this person any more. Please declare once more."))
    return found
