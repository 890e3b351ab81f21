"""Who uses this phone: whom it declared for, and whose personal codes were added to it, so that a family with one phone scans with one tap."""

from __future__ import annotations

from flask import session as cookie
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from monitor.models.declarations import Declarant

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


def people_here(session: Session) -> list[Declarant]:
    """The people whose codes this phone holds, in their order; codes that were replaced or whose person was deleted are left out."""
    codes, keys = _codes(), [str(each) for each in cookie.get("people", [])][:MOST]
    if not codes and not keys:
        return []
    # Sealed columns are compared one by one, never as a list of text.
    rows = session.scalars(select(Declarant).where(or_(Declarant.page_key.in_(keys), Declarant.code.in_(codes)))).all()
    by_key, by_code = {row.page_key: row for row in rows}, {row.code: row for row in rows}
    there = [by_key[key] for key in keys if key in by_key] + [by_code[code] for code in codes if code in by_code]
    return list({row.id: row for row in there}.values())


def _codes() -> list[str]:
    kept = cookie.get(_CODES, [])
    return [str(each) for each in kept][:MOST] if isinstance(kept, list) else []
