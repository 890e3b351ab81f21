"""A person decides about each contact that was found: released, refused, one with another, made a record of a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.contacts.cases import CHANGED_SINCE, clock_of
from monitor.contacts.exposing import THE_CASE, judge_again, summarise
from monitor.contacts.rules import Tier, rule_of
from monitor.contacts.statuses import note_f_status
from monitor.contacts.tasks import add_tasks, due_for
from monitor.database.statements import changed
from monitor.enrolment.details import Details
from monitor.enrolment.duplicates import Match, marks_of, matches
from monitor.enrolment.enrolling import Place, enrol
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.contacts import CaseContact, ContactState, ContactTask, Exposure
from monitor.models.declarations import Declarant
from monitor.models.people.residents import FStatus, Resident
from monitor.people.births import birth_of
from monitor.personal_data.holds import require_reason
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_


def contact_of(session: Session, contact_id: int) -> tuple[CaseContact, InfectionCase]:
    """A contact and its case. Raises NotFound."""
    row = session.execute(
        select(CaseContact, InfectionCase)
        .join(InfectionCase, InfectionCase.id == CaseContact.case_id)
        .where(CaseContact.id == contact_id)
    ).first()
    if row is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return row[0], row[1]


def tier_of(session: Session, contact: CaseContact) -> tuple[Tier | None, Exposure | None]:
    """The tier of a contact with the meeting whose rule made it one; the latest of them."""
    query = select(Exposure).where(Exposure.contact_id == contact.id, Exposure.tier == contact.tier)
    exposure = session.scalars(query.order_by(Exposure.possible_to.desc(), Exposure.id.desc()).limit(1)).first()
    if exposure is None or not exposure.rule:
        return None, exposure
    return rule_of(exposure.rule).tier(contact.tier), exposure


def release(session: Session, contact: CaseContact, case: InfectionCase, seen: int, account_id: int, now: datetime) -> None:
    """This is a contact: what they need is written down, by the rule of the meeting's day. Raises Conflict."""
    _move(session, contact, seen, ContactState.PROPOSED, ContactState.RELEASED, "", account_id, now)
    tier, _exposure = tier_of(session, contact)
    last = contact.last_at or contact.named_at
    add_tasks(session, contact, due_for(tier, contact.named_at, last, now, clock_of(session, case.zone_id)))
    if contact.resident_id is not None:
        _note_status(session, contact, account_id, now)
    _note(session, case, contact, Action.CONTACT_DECIDED, account_id, now, decision="released")


def refuse(
    session: Session, contact: CaseContact, case: InfectionCase, why: str, seen: int, account_id: int, now: datetime
) -> None:
    """This is none, and why. Raises BadInput, Conflict."""
    reason = require_reason(why)
    _move(session, contact, seen, ContactState.PROPOSED, ContactState.REFUSED, reason, account_id, now)
    _note(session, case, contact, Action.CONTACT_DECIDED, account_id, now, decision="refused", reason=reason)


def reconsider(
    session: Session, contact: CaseContact, case: InfectionCase, why: str, seen: int, account_id: int, now: datetime
) -> None:
    """A refused contact is to be decided again. Raises BadInput, Conflict."""
    reason = require_reason(why)
    _move(session, contact, seen, ContactState.REFUSED, ContactState.PROPOSED, reason, account_id, now)
    judge_again(session, case)
    _note(session, case, contact, Action.CONTACT_DECIDED, account_id, now, decision="reconsidered", reason=reason)


def merge_contacts(
    session: Session, contact: CaseContact, into_id: int, case: InfectionCase, seen: int, account_id: int, now: datetime
) -> CaseContact:
    """Two entries of a case are one person: the meetings of the one become the other's. Raises BadInput, Conflict."""
    into, other_case = contact_of(session, into_id)
    if other_case.id != case.id or into.id == contact.id or into.state is ContactState.MERGED:
        raise BadInput(N_("Choose another contact of the same infected person."), field="into")
    if contact.state not in (ContactState.PROPOSED, ContactState.REFUSED):
        raise BadInput(N_("This contact was released already. Merge the other one into it instead."), field="into")
    changed(session, update(Exposure).where(Exposure.contact_id == contact.id).values(contact_id=into.id))
    changed(session, update(Exposure).where(Exposure.through_id == contact.id).values(through_id=into.id))
    changed(session, update(CaseContact).where(CaseContact.through_id == contact.id).values(through_id=into.id))
    values = {"state": ContactState.MERGED, "merged_into_id": into.id, "decided_at": now, "decided_by": account_id}
    mine = (CaseContact.id == contact.id, CaseContact.version == seen, CaseContact.state == contact.state)
    if not changed(session, update(CaseContact).where(*mine).values(**values, version=CaseContact.version + 1)):
        raise Conflict(CHANGED_SINCE)
    session.expire_all()
    into = session.get_one(CaseContact, into.id)
    # Known since the first of the two was named; a number that only one has is kept.
    into.named_at = min(into.named_at, contact.named_at)
    into.degree = min(into.degree, contact.degree)
    for name in ("full_name", "phone", "address", "document_number", "sex", "birth_date", "declarant_id"):
        if not getattr(into, name):
            setattr(into, name, getattr(contact, name))
    session.flush()
    summarise(session, [into.id])
    _note(session, case, contact, Action.CONTACT_DECIDED, account_id, now, decision="merged", into=into.id)
    return into


def details_of(session: Session, contact: CaseContact) -> Details | None:
    """Who a contact is who is no record yet, as they declared or were named; None: nobody knows a name."""
    birth = birth_of(contact.birth_date, contact.birth_precision)
    declarant = session.get(Declarant, contact.declarant_id) if contact.declarant_id is not None else None
    if declarant is not None:
        return Details(
            full_name=declarant.full_name,
            sex=declarant.sex,
            birth=birth_of(declarant.birth_date, declarant.birth_precision),
            phone=declarant.phone,
            document_number=declarant.document_number,
            insurance_number=declarant.insurance_number,
            nationality=declarant.nationality or "VN",
            address=declarant.address,
            unit=UnitKey(declarant.unit_code, declarant.unit_from) if declarant.unit_code and declarant.unit_from else None,
            language=declarant.language,
        )
    if not contact.full_name:
        return None
    return Details(
        full_name=contact.full_name,
        sex=contact.sex,
        birth=birth,
        phone=contact.phone,
        document_number=contact.document_number,
        address=contact.address,
    )


def candidates(session: Session, contact: CaseContact) -> Sequence[Match]:
    """Records that may be this person, by the rules of enrolment, the surest first."""
    details = details_of(session, contact)
    return matches(session, [marks_of(details)])[0] if details is not None and contact.resident_id is None else ()


def make_person(
    session: Session,
    contact: CaseContact,
    case: InfectionCase,
    resident_id: int | None,
    zone_id: int,
    seen: int,
    account_id: int,
    now: datetime,
) -> CaseContact:
    """Join a released contact with a record, or make one. resident_id: the record; None: a new one in this zone.

    Returns the contact that has the person: another one, where the record was a contact of the case already. Raises BadInput, Conflict.
    """
    if contact.state is not ContactState.RELEASED:
        raise BadInput(N_("Release the contact first."))
    if contact.resident_id is not None:
        raise Conflict(N_("This contact has a record already."))
    if resident_id == case.resident_id:
        raise BadInput(THE_CASE, field="person")
    if resident_id is None:
        details = details_of(session, contact)
        if details is None:
            raise BadInput(N_("Nobody knows the name of this contact yet."), field="person")
        resident = enrol(session, details, Place(zone_id), None, account_id, now)
    else:
        found = session.get(Resident, resident_id)
        if found is None or found.deleted_at is not None:
            raise BadInput(N_("Choose one of the records, or a new one."), field="person")
        resident = found
        same = (CaseContact.case_id == case.id, CaseContact.resident_id == resident.id)
        other = session.scalars(select(CaseContact).where(*same, CaseContact.state != ContactState.MERGED)).first()
        if other is not None:
            return _join(session, contact, other, case, seen, account_id, now)
    mine = (CaseContact.id == contact.id, CaseContact.version == seen, CaseContact.resident_id.is_(None))
    if not changed(session, update(CaseContact).where(*mine).values(resident_id=resident.id, version=CaseContact.version + 1)):
        raise Conflict(CHANGED_SINCE)
    session.refresh(contact)
    _note_status(session, contact, account_id, now)
    _note(session, case, contact, Action.CONTACT_MADE_PERSON, account_id, now)
    return contact


def _join(
    session: Session, contact: CaseContact, other: CaseContact, case: InfectionCase, seen: int, account_id: int, now: datetime
) -> CaseContact:
    """A released contact turned out to be one who is there: the meetings go there; what was to be done of it is done there."""
    mine = (CaseContact.id == contact.id, CaseContact.version == seen)
    if not changed(session, update(CaseContact).where(*mine).values(state=ContactState.REFUSED)):
        raise Conflict(CHANGED_SINCE)
    session.refresh(contact)
    joined = merge_contacts(session, contact, other.id, case, seen, account_id, now)
    waiting = (ContactTask.contact_id == contact.id, ContactTask.done_at.is_(None))
    changed(session, update(ContactTask).where(*waiting).values(done_at=now, done_by=account_id))
    if joined.state is ContactState.PROPOSED:
        release(session, joined, case, joined.version, account_id, now)
    return joined


def _note_status(session: Session, contact: CaseContact, account_id: int, now: datetime) -> None:
    if contact.resident_id is None or not contact.tier:
        return
    resident = session.get_one(Resident, contact.resident_id)
    status = FStatus.F1 if contact.degree == 1 else FStatus.F2
    note_f_status(session, resident, status, contact.last_at.date() if contact.last_at else None, account_id, now)


def _move(
    session: Session,
    contact: CaseContact,
    seen: int,
    old: ContactState,
    new: ContactState,
    why: str,
    account_id: int,
    now: datetime,
) -> None:
    mine = (CaseContact.id == contact.id, CaseContact.version == seen, CaseContact.state == old)
    values = {"state": new, "decided_at": now, "decided_by": account_id, "decided_why": why}
    if not changed(session, update(CaseContact).where(*mine).values(**values, version=CaseContact.version + 1)):
        raise Conflict(CHANGED_SINCE)
    session.refresh(contact)


def _note(
    session: Session, case: InfectionCase, contact: CaseContact, action: Action, account_id: int, now: datetime, **said: object
) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=account_id,
        zone_id=case.zone_id,
        resident_id=contact.resident_id,
        about=(),
        case=case.id,
        contact=contact.id,
        **said,
    )
    announce(session, case.zone_id, Topic.PEOPLE, now)
