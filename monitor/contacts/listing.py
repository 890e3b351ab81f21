"""What lists show: cases of zones, contacts of a case with their meetings, and what is to be done, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, select, tuple_
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.models.contacts.cases import CaseState, InfectionCase, Milestone
from monitor.models.contacts.contacts import CaseContact, ContactState, ContactTask, Exposure
from monitor.models.control_points import ControlPlace
from monitor.models.declarations import Declarant
from monitor.models.people.residents import Resident
from monitor.models.places import Room

MOST_SHOWN = 200


@dataclass(frozen=True)
class ShownContact:
    """A contact as a line of a list. name: empty where nobody knows it or it was deleted."""

    contact: CaseContact
    name: str
    phone: str
    meetings: Sequence[Row[Exposure, str | None, str | None]]
    through: str = ""


def cases_asked(
    zones: Collection[int] | None, state: CaseState | None, after: tuple[datetime, int] | None, most: int
) -> Select[InfectionCase, Resident]:
    """Cases with their person, the newest first. zones: of the reader, None: all."""
    query = select(InfectionCase, Resident).join(Resident, Resident.id == InfectionCase.resident_id)
    if zones is not None:
        query = query.where(one_of(InfectionCase.zone_id, sorted(zones)))
    if state is not None:
        query = query.where(InfectionCase.state == state)
    if after is not None:
        query = query.where(tuple_(InfectionCase.entered_at, InfectionCase.id) < tuple_(*after))
    return query.order_by(InfectionCase.entered_at.desc(), InfectionCase.id.desc()).limit(most)


def contacts_of(
    session: Session, case_id: int, state: ContactState | None, after: int = 0, most: int = MOST_SHOWN
) -> list[ShownContact]:
    """Contacts of a case as they came, with their meetings: two statements, however many they are."""
    query = _people().where(CaseContact.case_id == case_id, CaseContact.id > after)
    query = query.where(CaseContact.state == state if state is not None else CaseContact.state != ContactState.MERGED)
    return _shown(session, session.execute(query.order_by(CaseContact.id).limit(most)).all())


def one_contact(session: Session, contact_id: int) -> ShownContact:
    """One of them."""
    (found,) = _shown(session, session.execute(_people().where(CaseContact.id == contact_id)).all())
    return found


def others_of(case_id: int, contact_id: int, most: int) -> Select[int, str, str, str, str]:
    """Other contacts of a case by name and number, to say which is the same person: (id, name, phone) where each is known from."""
    return (
        select(CaseContact.id, CaseContact.full_name, CaseContact.phone, Resident.full_name, Declarant.full_name)
        .outerjoin(Resident, Resident.id == CaseContact.resident_id)
        .outerjoin(Declarant, Declarant.id == CaseContact.declarant_id)
        .where(CaseContact.case_id == case_id, CaseContact.id != contact_id, CaseContact.state != ContactState.MERGED)
        .order_by(CaseContact.id)
        .limit(most)
    )


def stops_of(case_id: int) -> Select[Milestone, str, str]:
    """Where a case was, in the sequence of time: with the names of the place and the room."""
    return (
        select(Milestone, ControlPlace.name, Room.name)
        .outerjoin(ControlPlace, ControlPlace.id == Milestone.control_place_id)
        .outerjoin(Room, Room.id == Milestone.room_id)
        .where(Milestone.case_id == case_id, Milestone.removed_at.is_(None))
        .order_by(Milestone.from_at, Milestone.id)
        .limit(MOST_SHOWN)
    )


def tasks_due(
    session: Session, zones: Collection[int] | None, after: tuple[datetime, int] | None, most: int
) -> Sequence[Row[ContactTask, CaseContact, Resident | None, Declarant | None]]:
    """What is still to be done about contacts, the soonest due first."""
    query = (
        select(ContactTask, CaseContact, Resident, Declarant)
        .join(CaseContact, CaseContact.id == ContactTask.contact_id)
        .join(InfectionCase, InfectionCase.id == CaseContact.case_id)
        .outerjoin(Resident, Resident.id == CaseContact.resident_id)
        .outerjoin(Declarant, Declarant.id == CaseContact.declarant_id)
        .where(ContactTask.done_at.is_(None), InfectionCase.state == CaseState.OPEN)
    )
    if zones is not None:
        query = query.where(one_of(InfectionCase.zone_id, sorted(zones)))
    if after is not None:
        query = query.where(tuple_(ContactTask.due_at, ContactTask.id) > tuple_(*after))
    return session.execute(query.order_by(ContactTask.due_at, ContactTask.id).limit(most)).all()


def name_of(contact: CaseContact, resident: Resident | None, declarant: Declarant | None) -> tuple[str, str]:
    """What a contact is called, and their number."""
    if resident is not None:
        return resident.full_name, resident.phone or contact.phone
    if declarant is not None:
        return declarant.full_name, declarant.phone or contact.phone
    return contact.full_name, contact.phone


def _people() -> Select[CaseContact, Resident, Declarant]:
    return (
        select(CaseContact, Resident, Declarant)
        .outerjoin(Resident, Resident.id == CaseContact.resident_id)
        .outerjoin(Declarant, Declarant.id == CaseContact.declarant_id)
    )


def _shown(session: Session, rows: Sequence[Row[CaseContact, Resident, Declarant]]) -> list[ShownContact]:
    if not rows:
        return []
    meetings: defaultdict[int, list[Row[Exposure, str | None, str | None]]] = defaultdict(list)
    query = (
        select(Exposure, ControlPlace.name, Room.name)
        .outerjoin(ControlPlace, ControlPlace.id == Exposure.control_place_id)
        .outerjoin(Room, Room.id == Exposure.room_id)
        .where(one_of(Exposure.contact_id, [row[0].id for row in rows]))
        .order_by(Exposure.possible_from, Exposure.id)
    )
    for found in session.execute(query):
        meetings[found[0].contact_id].append(found)
    names = {row[0].id: name_of(*row) for row in rows}
    return [
        ShownContact(row[0], *names[row[0].id], meetings[row[0].id], names.get(row[0].through_id or 0, ("", ""))[0])
        for row in rows
    ]
