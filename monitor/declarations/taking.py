"""A declaration is taken whole or not at all, and once however often it is sent; what somebody must look at is on a list at once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Insert, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.grouped import GroupedWrites
from monitor.database.statements import changed
from monitor.declarations.answers import signs_of
from monitor.declarations.codes import new_code
from monitor.declarations.following import OF_NUMBER, citizen_number, follow, follow_waiting, surely_the_resident, was_followed
from monitor.declarations.forms import Form
from monitor.declarations.versions import Version, form_of, version_in_force
from monitor.declarations.who import Who, is_same, who_of
from monitor.models.declarations import Declarant, Declaration, DeclarationState, Signs, Way
from monitor.models.people.residents import BirthPrecision
from monitor.problems import Conflict
from monitor.words import N_

PAGE_KEY_BYTES = 24
BY_STAFF = frozenset({Way.GUARD, Way.STAFF, Way.TELEPHONE, Way.PAPER})


@dataclass(frozen=True)
class Given:
    """What was declared. key: of `key_of`. page_key: of the person's page, where this phone has it; empty: nobody is known here.

    counts: whether it counts at once, or waits for a further step of the person. form: that was shown. form_id: of its row, where who asks has just
    read it (`FormBook`); 0: it is looked up. made_by: of staff. declared_on: the day on the paper.
    """

    key: str
    form: Form
    who: Who
    answers: Mapping[str, Any]
    way: Way
    language: str
    page_key: str = ""
    by_whom: str = ""
    counts: bool = True
    form_id: int = 0
    made_by: int | None = None
    declared_on: date | None = None


@dataclass(frozen=True)
class Taken:
    """What came of it. again: it had been sent before, and nothing more was written."""

    declaration_id: int
    declarant_id: int
    page_key: str
    state: DeclarationState
    signs: Signs
    again: bool = False


def key_of(form_key: str, content: Mapping[str, Any]) -> str:
    """The key of what was sent: of the form's own random key and of all fields. A double tap is one declaration; the next person who
    finds the form by the browser's back button is another."""
    written = "\0".join(f"{name}\1{content[name]}" for name in sorted(content))
    return hashlib.sha256(f"{form_key}\0{written}".encode()).hexdigest()


def declare(
    database: Database,
    given: Given,
    *,
    zone: ZoneInfo,
    now: datetime,
    by: GroupedWrites[tuple[Given, datetime], Taken] | None = None,
) -> Taken:
    """Take a declaration, in a transaction of its own, or `by` what writes several at once. zone: in whose days a paper's day is meant."""
    try:
        if by is not None:
            return by.do((given, now))
        with database.write() as session:
            return take(session, given, zone=zone, now=now)
    except IntegrityError:
        # A double tap, or a line that broke before the answer came.
        with database.read() as session:
            found = _taken_before(session, given.key)
        if found is None:
            raise
        return found


def take_several(session: Session, given: Sequence[tuple[Given, datetime]], *, zone: ZoneInfo) -> list[Taken]:
    """Several that came at once, each with its moment, in the caller's write transaction: for `GroupedWrites`."""
    return [take(session, each, zone=zone, now=now) for each, now in given]


def take(session: Session, given: Given, *, zone: ZoneInfo, now: datetime) -> Taken:
    """The same in the caller's write transaction. Raises IntegrityError where the same was taken before: that is found out by the insert,
    since nearly nothing comes twice."""
    version = Version(given.form_id, given.form) if given.form_id else version_in_force(session, now)
    if version.form != given.form:
        raise Conflict(N_("The form was changed in this moment. Please look at your answers once more, and send it again."))
    signs = signs_of(version.form, given.answers)
    person = _declarant(session, given, now)
    state = _state(given, version, person)
    row = {
        "key": given.key,
        "declarant_id": person.id,
        "form_id": version.id,
        "answers": dict(given.answers),
        "way": given.way,
        "state": state,
        "signs": signs,
        "made_at": now,
        "declared_on": given.declared_on,
        "until": until(version.form, given.declared_on, zone, now),
        "made_by": given.made_by,
        "by_whom": given.by_whom,
    }
    number = _inserted(session, _DECLARATION, row)
    if signs is not Signs.NONE and given.counts:
        made = session.get_one(Declaration, number)
        follow(session, made, session.get_one(Declarant, person.id), version.form, now)
    elif signs is Signs.DANGER:
        follow_waiting(session, session.get_one(Declaration, number), session.get_one(Declarant, person.id), now)
    return Taken(number, person.id, person.page_key, state, signs)


# Made once, past the session's objects: thousands come in a minute. Who it is among people here is found by the same statement.
_DECLARANT, _DECLARATION = insert(Declarant).values(resident_id=OF_NUMBER.scalar_subquery()), insert(Declaration)


def _inserted(session: Session, statement: Insert, row: Mapping[str, Any]) -> int:
    key = session.connection().execute(statement, row).inserted_primary_key
    assert key is not None
    return int(key[0])


@dataclass(frozen=True)
class _Person:
    """Who declares, as far as what follows needs it."""

    id: int
    page_key: str
    unconfirmed: bool
    """A number was given, and no code that was sent to it came back."""


def until(form: Form, declared_on: date | None, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment from which it is in force no more. Of a paper: counted from the end of its day."""
    if declared_on is None:
        return now + timedelta(days=form.days)
    midnight = datetime.combine(declared_on + timedelta(days=1), time(), zone)
    return min(midnight.astimezone(now.tzinfo), now) + timedelta(days=form.days)


def _state(given: Given, version: Version, person: _Person) -> DeclarationState:
    if given.way in BY_STAFF:
        return DeclarationState.TAKEN
    waits = version.form.confirm_phone and person.unconfirmed
    return DeclarationState.TAKEN if given.counts and not waits else DeclarationState.WAITING


def _taken_before(session: Session, key: str) -> Taken | None:
    row = session.execute(
        select(Declaration.id, Declaration.declarant_id, Declaration.state, Declaration.signs, Declarant.page_key)
        .join(Declarant, Declarant.id == Declaration.declarant_id)
        .where(Declaration.key == key)
    ).first()
    return None if row is None else Taken(row.id, row.declarant_id, row.page_key, row.state, row.signs, again=True)


def _declarant(session: Session, given: Given, now: datetime) -> _Person:
    known = who_has_page(session, given.page_key)
    if known is not None and not is_same(who_of(known), given.who):
        known = None
    who, precision = given.who, given.who.birth.precision if given.who.birth else BirthPrecision.DAY
    columns: dict[str, Any] = {
        "full_name": who.full_name,
        "sex": who.sex,
        "birth_date": who.birth.first if who.birth else None,
        "birth_precision": precision,
        "document_number": who.document_number,
        "insurance_number": who.insurance_number,
        "phone": who.phone,
        "unit_code": who.unit.code if who.unit else None,
        "unit_from": who.unit.valid_from if who.unit else None,
        "address": who.address,
        "language": given.language,
    }
    if known is None:
        fresh: dict[str, Any] = {
            "code": new_code(),
            "code_made_at": now,
            "page_key": secrets.token_urlsafe(PAGE_KEY_BYTES),
            "created_at": now,
        }
        number = _inserted(session, _DECLARANT, {**columns, **fresh, "number": citizen_number(who.document_number)})
        return _Person(number, fresh["page_key"], who.phone != "")
    if known.phone != who.phone:
        columns["phone_confirmed_at"] = None
    for name, value in columns.items():
        setattr(known, name, value)
    known.resident_id = surely_the_resident(session, who.document_number) or known.resident_id
    session.flush()
    return _Person(known.id, known.page_key, known.phone != "" and known.phone_confirmed_at is None)


def counted_before(session: Session, page_key: str) -> bool:
    """Whether declarations of whoever has this page count: their phone is no machine's."""
    if not page_key:
        return False
    theirs = select(Declaration.id).join(Declarant, Declarant.id == Declaration.declarant_id)
    theirs = theirs.where(Declarant.page_key == page_key, Declaration.state == DeclarationState.TAKEN)
    return session.scalar(theirs.limit(1)) is not None


def who_has_page(session: Session, page_key: str) -> Declarant | None:
    """Whose page a key opens."""
    return session.scalar(select(Declarant).where(Declarant.page_key == page_key)) if page_key else None


def confirm(session: Session, declarant: Declarant, now: datetime) -> int:
    """What somebody sent and what waited for their confirmation counts from now on, in the caller's write transaction: their number was
    confirmed, or staff saw who they are. Returns how many declarations began to count."""
    waiting = (Declaration.declarant_id == declarant.id, Declaration.state == DeclarationState.WAITING)
    rows = session.scalars(select(Declaration).where(*waiting)).all()
    begun = changed(session, update(Declaration).where(*waiting).values(state=DeclarationState.TAKEN))
    for row in rows:
        session.refresh(row)
        if row.signs is not Signs.NONE and not was_followed(session, row):
            from_version = form_of(session, row.form_id)
            follow(session, row, declarant, from_version, now)
    return begun
