"""Who uses this phone: whom it declared for, and whose personal codes were added to it, so that a family with one phone scans with one tap."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import session as cookie
from sqlalchemy import Select, Text, and_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from monitor.database.many_rows import one_of_given
from monitor.declarations.standing import InForce, newest
from monitor.models.declarations import Declarant, Declaration, DeclarationState, Signs
from monitor.models.sealed_columns import TOKEN, cipher_of
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
    """Somebody who uses this phone, as far as scanning goes. declared: what of theirs is in force. handle: of their page on this phone;
    empty for who was added by a code."""

    id: int
    full_name: str
    resident_id: int | None
    declared: InForce | None
    handle: str = ""


def _held(
    column: InstrumentedAttribute[str],
) -> Select[str, int, str, int | None, int, datetime, datetime, Signs]:
    """Who is meant by keys of this column, each with every declaration of theirs that counts.

    One statement, made once, and keys that are compared as they are stored: hundreds come in a second, and nothing else is unsealed.
    """
    sealed = type_coerce(column, Text)
    theirs = and_(Declaration.declarant_id == Declarant.id, Declaration.state == DeclarationState.TAKEN)
    return (
        select(
            sealed.label("key"),
            Declarant.id,
            Declarant.full_name,
            Declarant.resident_id,
            Declaration.id.label("declaration_id"),
            Declaration.made_at,
            Declaration.until,
            Declaration.signs,
        )
        .outerjoin(Declaration, theirs)
        .where(one_of_given(sealed, "keys"))
    )


_BY_KEY, _BY_CODE = _held(Declarant.page_key), _held(Declarant.code)


@dataclass(frozen=True)
class Phone:
    """What a phone holds: the keys of whom it declared for, and the codes that were added to it."""

    keys: tuple[str, ...]
    codes: tuple[str, ...]


def this_phone() -> Phone:
    """The one that asks."""
    return Phone(tuple(people_here.keys()), tuple(_codes()))


def people_of_phone(session: Session, at: datetime) -> list[OfPhone]:
    """Who uses the phone that asks, see `people_of_phones`."""
    return people_of_phones(session, [(this_phone(), at)])[0]


def people_of_phones(session: Session, phones: Sequence[tuple[Phone, datetime]]) -> list[list[OfPhone]]:
    """For each phone, as of its moment: whom it declared for, then those whose codes were added; codes that were replaced or whose person
    was deleted are left out."""
    by_key = _rows(session, _BY_KEY, {key for phone, _at in phones for key in phone.keys})
    by_code = _rows(session, _BY_CODE, {code for phone, _at in phones for code in phone.codes})
    found = []
    for phone, at in phones:
        theirs = [(by_key.get(key), people_here.handle_of(key)) for key in phone.keys]
        theirs += [(by_code.get(code), "") for code in phone.codes]
        people: dict[int, OfPhone] = {}
        for rows, handle in theirs:
            if rows:
                people.setdefault(rows[0].id, _person(rows, at, handle))
        found.append(list(people.values()))
    return found


def _rows(
    session: Session, query: Select[str, int, str, int | None, int, datetime, datetime, Signs], held: Collection[str]
) -> dict[str, list[Any]]:
    """By each key that is somebody's: their row with each of their declarations."""
    if not held:
        return {}
    cipher = cipher_of(session.get_bind().dialect)
    sealed = {cipher.seal(TOKEN, key): key for key in held}
    rows: dict[str, list[Any]] = {}
    for row in session.connection().execute(query, {"keys": list(sealed)}):
        rows.setdefault(sealed[row.key], []).append(row)
    return rows


def _person(rows: Sequence[Any], at: datetime, handle: str) -> OfPhone:
    declared = [
        InForce(row.declaration_id, row.id, row.made_at, row.until, row.signs) for row in rows if row.declaration_id is not None
    ]
    return OfPhone(rows[0].id, rows[0].full_name, rows[0].resident_id, newest(declared, at), handle)


def _codes() -> list[str]:
    kept = cookie.get(_CODES, [])
    return [str(each) for each in kept][:MOST] if isinstance(kept, list) else []
