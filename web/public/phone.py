"""Who uses this phone: whom it declared for, and whose personal codes were added to it, so that a family with one phone scans with one tap."""

from __future__ import annotations

from flask import session as cookie
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.declarations import Declarant
from web.public import people_here

_CODES = "codes"
MOST = 12
"""A family; a cookie holds no more."""


def remember(code: str) -> None:
    """Keep somebody's personal code on this phone, the newest first."""
    others = [each for each in _codes() if each != code]
    cookie[_CODES] = [code, *others][:MOST]
    cookie.permanent = True


def forget(code: str) -> None:
    """Take somebody off this phone."""
    cookie[_CODES] = [each for each in _codes() if each != code]


def people_of_phone(session: Session) -> list[Declarant]:
    """Whom this phone declared for, then those whose codes were added; codes that were replaced or whose person was deleted are left out."""
    declared = [row for _handle, row in people_here.people(session)]
    codes = _codes()
    added = {row.code: row for row in session.scalars(select(Declarant).where(Declarant.code.in_(codes)))} if codes else {}
    there = [*declared, *(added[code] for code in codes if code in added)]
    return list({row.id: row for row in there}.values())


def _codes() -> list[str]:
    kept = cookie.get(_CODES, [])
    return [str(each) for each in kept][:MOST] if isinstance(kept, list) else []
