"""Letters as rows and files: asked for, made, withdrawn, and what a stranger with a code is told."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session, aliased

from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.letters import content
from monitor.letters.cases import case_of
from monitor.letters.codes import code_for, hash_of, new_token, short_code
from monitor.letters.content import Given, missing_of_case, missing_of_given
from monitor.letters.given import dumped, loaded
from monitor.letters.typesetting import typeset, typeset_one
from monitor.models.people.letters import Letter, LetterBatch, LetterKind, LetterState
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.people.pasted import plain
from monitor.problems import BadInput, Conflict, Problem
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.typesetting.process import NotSet
from monitor.vault.vault import Vault, letters_owner
from monitor.words import N_, Words

log = logging.getLogger(__name__)
MOST_AT_ONCE = 200
LEASE = timedelta(seconds=60)
BATCH = 20
# Whoever took it on died each time: the fault may be in it.
MOST_ATTEMPTS = 3
LONGEST_WHY = 300


class Holds(StrEnum):
    """What became of a letter."""

    HOLDS = "holds"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Genuine:
    """What is told of a letter to whoever has its code: nothing about the person. short: printed on it beside the code."""

    issuer: str
    dated_on: date
    number: str
    sha256: str
    short: str
    holds: Holds


def letters_due(now: datetime) -> ColumnElement[bool]:
    """A condition on Letter: it waits, and nobody is at it."""
    return and_(Letter.state == LetterState.WAITING, Letter.next_attempt_at <= now)


def ask_for(
    session: Session,
    orders: Sequence[QuarantineOrder],
    kind: LetterKind,
    given: Given,
    *,
    account_id: int,
    now: datetime,
    at_once: bool = False,
) -> LetterBatch:
    """Letters of one kind about orders of one zone, to be made. Raises BadInput where there are none, or too many, or where something
    is missing that is the same in all.

    at_once: the caller goes on with `make_at_once`; workers only take it on where that does not happen.
    """
    if not orders:
        raise BadInput(N_("Nobody has such an order here."))
    if len(orders) > MOST_AT_ONCE:
        raise BadInput(N_("These are more than %(most)s letters. Choose fewer days, then make the others."), most=MOST_AT_ONCE)
    for sentence in missing_of_given(given):
        raise BadInput(sentence.template, **sentence.values)
    batch = LetterBatch(zone_id=orders[0].zone_id, kind=kind, given=dumped(given), asked_at=now, asked_by=account_id)
    session.add(batch)
    session.flush()
    session.add_all(
        Letter(
            batch_id=batch.id,
            order_id=order.id,
            resident_id=order.resident_id,
            zone_id=order.zone_id,
            kind=kind,
            order_version=order.version,
            next_attempt_at=now + LEASE if at_once else now,
        )
        for order in orders
    )
    session.flush()
    one = orders[0].resident_id if len(orders) == 1 else None
    about = () if one else [order.resident_id for order in orders]
    audit.note(
        session,
        Action.LETTERS_ASKED,
        at=now,
        account_id=account_id,
        zone_id=batch.zone_id,
        resident_id=one,
        about=about,
        kind=kind.value,
        letters=len(orders),
    )
    announce(session, batch.zone_id, Topic.PEOPLE, now)
    return batch


def make_letters(database: Database, vault: Vault, residents_address: str, now: datetime) -> int:
    """Make some of the letters that wait; returns how many were taken on."""
    letters = _claim(database, now)
    if letters:
        _make(database, vault, residents_address, letters, now)
    return len(letters)


def make_at_once(database: Database, vault: Vault, residents_address: str, batch_id: int, now: datetime) -> None:
    """Make the letters of a batch that was asked for just now."""
    with database.read() as session:
        waiting = select(Letter).where(Letter.batch_id == batch_id, Letter.state == LetterState.WAITING).order_by(Letter.id)
        letters = list(session.scalars(waiting))
    _make(database, vault, residents_address, letters, now)


def _make(database: Database, vault: Vault, residents_address: str, letters: Sequence[Letter], now: datetime) -> None:
    ready: list[tuple[Letter, str, content.Letter]] = []
    for letter in letters:
        token = new_token()
        prepared = _prepared(database, letter, code_for(residents_address, token))
        if isinstance(prepared, content.Letter):
            ready.append((letter, token, prepared))
        else:
            _refuse(database, letter, prepared, now)
    made = 0
    try:
        for (letter, token, said), pdf in zip(ready, typeset([said for _l, _t, said in ready]), strict=True):
            _settle(database, vault, letter, token, said, pdf, now)
            made += 1
    except NotSet:
        log.warning("the process that sets letters ended early; the others are set one by one")
        for letter, token, said in ready[made:]:
            _settle(database, vault, letter, token, said, _alone(said), now)


def _claim(database: Database, now: datetime) -> list[Letter]:
    due = letters_due(now)
    with database.read() as session:
        # Asked without the write lock, since most of the time there is nothing.
        if session.scalar(select(Letter.id).where(due).limit(1)) is None:
            return []
    with database.write() as session:
        chosen = select(Letter.id).where(due).order_by(Letter.id).limit(BATCH)
        ids = list(session.scalars(chosen.with_for_update(skip_locked=True)))
        mine = update(Letter).where(Letter.id.in_(ids), Letter.state == LetterState.WAITING)
        changed(session, mine.values(next_attempt_at=now + LEASE, attempts=Letter.attempts + 1))
        return list(session.scalars(select(Letter).where(Letter.id.in_(ids)).order_by(Letter.id)))


def _prepared(database: Database, letter: Letter, code: content.Code) -> content.Letter | list[Words]:
    """What is to be set, or why not."""
    if letter.attempts > MOST_ATTEMPTS:
        return [_NOT_MADE]
    with database.read() as session:
        order = session.get_one(QuarantineOrder, letter.order_id)
        resident = session.get_one(Resident, letter.resident_id)
        given = loaded(session.get_one(LetterBatch, letter.batch_id).given)
        case = case_of(session, order, resident)
        letter.order_version = order.version
    missing = missing_of_case(letter.kind, case, given)
    if missing:
        return missing
    letter.issuer, letter.dated_on = content.issuer_of(case, given), given.day
    letter.number = content.number_of(letter.kind, case, given)
    return content.letter_of(letter.kind, case, given, code)


def _alone(said: content.Letter) -> bytes | None:
    try:
        return typeset_one(said)
    except Problem:
        return None


def _settle(
    database: Database, vault: Vault, letter: Letter, token: str, said: content.Letter, pdf: bytes | None, now: datetime
) -> None:
    if pdf is None:
        _refuse(database, letter, [_NOT_MADE], now)
        return
    try:
        name = vault.put(letters_owner(letter.resident_id), pdf)
    except Problem as problem:
        _refuse(database, letter, [problem.words], now)
        return
    with database.write() as session:
        asked_by = session.get_one(LetterBatch, letter.batch_id).asked_by
        mine = changed(
            session,
            update(Letter)
            .where(Letter.id == letter.id, Letter.state == LetterState.WAITING)
            .values(
                state=LetterState.MADE,
                order_version=letter.order_version,
                issuer=said.issuer,
                number=letter.number,
                dated_on=letter.dated_on,
                made_at=now,
                made_by=asked_by,
                code_hash=hash_of(token),
                sha256=hashlib.sha256(pdf).hexdigest(),
                name=name,
                size=len(pdf),
            ),
        )
        if mine:
            announce(session, letter.zone_id, Topic.PEOPLE, now)
    if not mine:
        # Another process was faster, or the person was deleted meanwhile.
        vault.remove(name)


def _refuse(database: Database, letter: Letter, why: Sequence[Words], now: datetime) -> None:
    with database.write() as session:
        mine = update(Letter).where(Letter.id == letter.id, Letter.state == LetterState.WAITING)
        if changed(session, mine.values(state=LetterState.REFUSED, problem=[each.dump() for each in why])):
            announce(session, letter.zone_id, Topic.PEOPLE, now)


_NOT_MADE = Words(N_("The letter could not be made. Please try again; if that does not help, ask an administrator."))


def withdraw(session: Session, letter: Letter, why: str, *, account_id: int, now: datetime) -> None:
    """Say that a letter does not hold any more; whoever reads its code is told. Raises BadInput, Conflict."""
    reason = plain(why)[:LONGEST_WHY]
    if not reason:
        raise BadInput(N_("Please say why."), field="why")
    mine = update(Letter).where(Letter.id == letter.id, Letter.state == LetterState.MADE, Letter.withdrawn_at.is_(None))
    if not changed(session, mine.values(withdrawn_at=now, withdrawn_why=reason)):
        raise Conflict(N_("This letter is withdrawn already, or was never made."))
    audit.note(
        session,
        Action.LETTER_WITHDRAWN,
        at=now,
        account_id=account_id,
        zone_id=letter.zone_id,
        resident_id=letter.resident_id,
        letter=letter.id,
        reason=reason,
    )
    announce(session, letter.zone_id, Topic.PEOPLE, now)


def replaced() -> ColumnElement[bool]:
    """A condition on Letter: a newer one of its kind about the same order holds in its place."""
    newer = aliased(Letter)
    return exists(newer.id).where(
        newer.order_id == Letter.order_id,
        newer.kind == Letter.kind,
        newer.id > Letter.id,
        newer.state == LetterState.MADE,
        newer.withdrawn_at.is_(None),
    )


def holds(letter: Letter, is_replaced: bool) -> Holds:
    """What became of a letter; pure. One that was withdrawn and replaced was withdrawn."""
    if letter.withdrawn_at is not None:
        return Holds.WITHDRAWN
    return Holds.REPLACED if is_replaced else Holds.HOLDS


def genuine(session: Session, token: str) -> Genuine | None:
    """What is told of the letter with this code; None where there is none, whatever the reason."""
    code_hash = hash_of(token)
    row = session.execute(
        select(Letter, replaced()).where(Letter.code_hash == (code_hash or ""), Letter.state == LetterState.MADE)
    ).first()
    if row is None or code_hash is None:
        return None
    letter, is_replaced = row
    if letter.dated_on is None:
        return None
    told = holds(letter, is_replaced)
    return Genuine(letter.issuer, letter.dated_on, letter.number, letter.sha256, short_code(code_hash), told)
