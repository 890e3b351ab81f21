"""What people of a chain are called, for those who may see it: three statements at most, however many people."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.contacts.chain_rows import Person
from monitor.database.many_rows import one_of
from monitor.models.contacts.contacts import CaseContact
from monitor.models.declarations import Declarant
from monitor.models.people.residents import Resident


def names_of(session: Session, people: Iterable[Person]) -> dict[str, str]:
    """By key; "" for those whose name nobody knows, or whose name was deleted by rule."""
    people = list(people)
    residents = {each.resident_id for each in people if each.resident_id is not None}
    known = select(Resident.id, Resident.full_name).where(one_of(Resident.id, sorted(residents)))
    by_resident: dict[int, str] = {row.id: row.full_name for row in session.execute(known)} if residents else {}
    others = {each.contacts[0]: each.key for each in people if each.resident_id is None and each.contacts}
    said = (
        select(CaseContact.id, CaseContact.full_name, Declarant.full_name.label("declared"))
        .outerjoin(Declarant, Declarant.id == CaseContact.declarant_id)
        .where(one_of(CaseContact.id, sorted(others)))
    )
    by_contact = {row.id: row.declared or row.full_name for row in session.execute(said)} if others else {}
    return {
        each.key: by_resident.get(each.resident_id, "")
        if each.resident_id is not None
        else by_contact.get(each.contacts[0], "")
        for each in people
    }
