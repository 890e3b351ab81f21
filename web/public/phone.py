"""Who uses this phone: whom it declared for, and whose personal codes were added to it, so that a family with one phone scans with one tap."""

from __future__ import annotations

from dataclasses import dataclass

from flask import session as cookie
from sqlalchemy import bindparam, select
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


@dataclass(frozen=True)
class OfPhone:
    """Somebody who uses this phone, as far as scanning goes."""

    id: int
    full_name: str
    resident_id: int | None


_COLUMNS = (Declarant.id, Declarant.full_name, Declarant.resident_id)
# Only what is needed is read and unsealed: hundreds come in a second. Sealed columns are compared one by one, never as a list of text.
_BY_KEY = select(*_COLUMNS, Declarant.page_key).where(Declarant.page_key.in_(bindparam("keys", expanding=True)))
_BY_CODE = select(*_COLUMNS, Declarant.code).where(Declarant.code.in_(bindparam("keys", expanding=True)))


def people_of_phone(session: Session) -> list[OfPhone]:
    """Whom this phone declared for, then those whose codes were added; codes that were replaced or whose person was deleted are left out."""
    people: dict[int, OfPhone] = {}
    for query, held in ((_BY_KEY, people_here.keys()), (_BY_CODE, _codes())):
        if not held:
            continue
        found = {row[3]: OfPhone(*row[:3]) for row in session.connection().execute(query, {"keys": held})}
        people |= {found[key].id: found[key] for key in held if key in found and found[key].id not in people}
    return list(people.values())


def _codes() -> list[str]:
    kept = cookie.get(_CODES, [])
    return [str(each) for each in kept][:MOST] if isinstance(kept, list) else []
