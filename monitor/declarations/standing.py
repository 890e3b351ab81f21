"""Who is meant by what was scanned or typed, and whether a declaration of theirs is in force now. Nothing of the past is told by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of_given
from monitor.database.statements import changed
from monitor.declarations.codes import CodeReplaced, CodeUnknown, code_in, new_code
from monitor.models.declarations import Declarant, Declaration, DeclarationState, ReplacedCode, Signs


@dataclass(frozen=True)
class InForce:
    """The newest declaration of somebody, while it is in force. until: the moment from which it is not; UTC."""

    declaration_id: int
    declarant_id: int
    made_at: datetime
    until: datetime
    signs: Signs


def newest(each: Collection[InForce], now: datetime) -> InForce | None:
    """Which of somebody's declarations holds: the newest, where its time is not over. An older one that lasts longer says nothing more."""
    last = max(each, key=lambda one: (one.made_at, one.declaration_id), default=None)
    return last if last is not None and now < last.until else None


def in_force_of(session: Session, declarants: Collection[int], now: datetime) -> InForce | None:
    """The declaration in force of one person, who may stand in several rows; None: there is none. Those that wait count for nothing."""
    return newest(_declared(session, declarants), now)


def in_force_by(session: Session, declarants: Collection[int], now: datetime) -> Mapping[int, InForce]:
    """The same of many people at once, each by their row; who has none is left out."""
    by_declarant: dict[int, list[InForce]] = {}
    for each in _declared(session, declarants):
        by_declarant.setdefault(each.declarant_id, []).append(each)
    held = {declarant_id: newest(theirs, now) for declarant_id, theirs in by_declarant.items()}
    return {declarant_id: each for declarant_id, each in held.items() if each is not None}


# Made once: at the gates of a province hundreds are asked after in a second.
_DECLARED = select(Declaration.id, Declaration.declarant_id, Declaration.made_at, Declaration.until, Declaration.signs).where(
    one_of_given(Declaration.declarant_id, "declarants"), Declaration.state == DeclarationState.TAKEN
)


def _declared(session: Session, declarants: Collection[int]) -> list[InForce]:
    if not declarants:
        return []
    session.flush()
    return [InForce(*row) for row in session.connection().execute(_DECLARED, {"declarants": list(declarants)})]


def who_of_code(session: Session, scanned: str) -> Declarant:
    """Whose personal code was scanned. Raises CodeUnknown and CodeReplaced, in words for who scans."""
    code = code_in(scanned)
    if code is None:
        raise CodeUnknown
    found = session.scalar(select(Declarant).where(Declarant.code == code))
    if found is None:
        if session.scalar(select(ReplacedCode.declarant_id).where(ReplacedCode.code == code)) is not None:
            raise CodeReplaced
        raise CodeUnknown
    return found


def who_of_number(session: Session, number: str) -> list[Declarant]:
    """Everybody of the public who gave this number of a citizen's or an insurance card: one person, in several rows perhaps; newest first.

    number: as `monitor/people/cards.py` reads it.
    """
    if not number:
        return []
    theirs = [select(Declarant).where(column == number) for column in (Declarant.document_number, Declarant.insurance_number)]
    found = {each.id: each for statement in theirs for each in session.scalars(statement)}
    return sorted(found.values(), key=lambda each: -each.id)


def who_of_phone(session: Session, phone: str) -> list[Declarant]:
    """Everybody who gave this telephone number: people who share it too; newest first. phone: as `international` writes it."""
    if not phone:
        return []
    return list(session.scalars(select(Declarant).where(Declarant.phone == phone).order_by(Declarant.id.desc())))


def replace_code(session: Session, declarant: Declarant, now: datetime) -> str:
    """A new personal code, in the caller's write transaction; the one before opens nothing from now on. Two who press at once make one."""
    before, code = declarant.code, new_code()
    mine = update(Declarant).where(Declarant.id == declarant.id, Declarant.code == before)
    if changed(session, mine.values(code=code, code_made_at=now)):
        session.add(ReplacedCode(code=before, declarant_id=declarant.id, at=now))
        session.flush()
    session.refresh(declarant)
    return declarant.code
