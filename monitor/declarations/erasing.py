"""Declarations end by rule: what is as old as it may become is erased, unless a case holds it, and with the last of them who declared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, cast, delete, exists, literal, or_, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.incidents.causes import DECLARED
from monitor.models.base import Base
from monitor.models.declarations import Declarant, Declaration, DeclarationState
from monitor.models.incidents import Incident, IncidentState
from monitor.models.people.gate import PhoneConfirmation
from monitor.models.people.retention import RetentionHold

BATCH = 500
WAITING_FOR = timedelta(days=2)
"""So long a declaration waits for its person to confirm it."""


def erase(database: Database, before: datetime, now: datetime) -> int:
    """Erase declarations of before a moment that no case holds, and people of whom nothing is left; returns how many declarations.

    A batch in each transaction: whoever declares meanwhile waits for none of it.
    """
    total = 0
    while True:
        with database.write() as session:
            due = _due(session, before, now)
            gone = _erase(session, [each for each, _declarant in due], {declarant for _each, declarant in due})
        total += gone
        if gone < BATCH:
            return total


def _due(session: Session, before: datetime, now: datetime) -> list[tuple[int, int]]:
    unconfirmed = (Declaration.state == DeclarationState.WAITING) & (Declaration.made_at <= now - WAITING_FOR)
    old = (
        select(Declaration.id, Declaration.declarant_id)
        .where(or_(Declaration.made_at <= before, unconfirmed), ~held(now))
        .order_by(Declaration.made_at)
        .limit(BATCH)
    )
    return [(row.id, row.declarant_id) for row in session.execute(old)]


def held(now: datetime) -> ColumnElement[bool]:
    """A condition on a declaration: staff still look at it, or at the person in quarantine who made it; or that one's data is held."""
    unresolved = Incident.state != IncidentState.RESOLVED
    own = exists().where(Incident.cause == literal(DECLARED) + cast(Declaration.id, String), unresolved)
    mine = Declarant.id == Declaration.declarant_id
    case = exists().where(mine, Incident.case_of == Declarant.resident_id, unresolved)
    on_hold = (RetentionHold.until > now, RetentionHold.ended_at.is_(None))
    hold = exists().where(mine, RetentionHold.resident_id == Declarant.resident_id, *on_hold)
    return or_(own, case, hold)


def _erase(session: Session, declarations: Sequence[int], declarants: set[int]) -> int:
    if not declarations:
        return 0
    gone = changed(session, delete(Declaration).where(one_of(Declaration.id, list(declarations))))
    erase_people(session, sorted(declarants))
    return gone


def erase_people(session: Session, people: Sequence[int]) -> None:
    """People of whom nothing is left, with the codes that were sent to their numbers."""
    left = _left(session, people)
    if left:
        abouts = [f"declarant-{each}" for each in left]
        changed(session, delete(PhoneConfirmation).where(one_of(PhoneConfirmation.about, abouts)))
        changed(session, delete(Declarant).where(one_of(Declarant.id, left)))


def _left(session: Session, people: Sequence[int]) -> list[int]:
    """Those to whom no row leads any more, of whatever table."""
    if not people:
        return []
    nothing = select(Declarant.id).where(one_of(Declarant.id, list(people)))
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            # Codes that were replaced go with the person.
            if key.column.table.name == "declarant" and table.name != "replaced_code":
                nothing = nothing.where(~exists().where(key.parent == Declarant.id))
    return list(session.scalars(nothing))


def erase_of_resident(session: Session, resident_id: int) -> None:
    """With the data of somebody in quarantine goes what they declared, in the caller's write transaction. Where another table still leads
    to the person, what tells who they are goes."""
    mine = select(Declarant.id).where(Declarant.resident_id == resident_id)
    people = list(session.scalars(mine))
    if not people:
        return
    changed(session, delete(Declaration).where(one_of(Declaration.declarant_id, people)))
    erase_people(session, people)
    nameless = {"full_name": "", "phone": "", "document_number": "", "insurance_number": "", "address": "", "resident_id": None}
    changed(session, update(Declarant).where(Declarant.resident_id == resident_id).values(**nameless))
