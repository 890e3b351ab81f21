"""Two records of one person become one: all that hangs on the one goes to the other, in one transaction, and nothing is lost.

The record that goes stays as a number without a name. What cannot go, since the other has the same already or since it is never changed,
stays under that number; pages, copies and deletion find it there, see `monitor/people/merged.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database, insert_new
from monitor.database.locks import Lock, only_one
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.database.together import Reading, asked, at_once, first, read
from monitor.enrolment.duplicates import not_the_same
from monitor.enrolment.enrolling import change_details
from monitor.enrolment.known_details import details_of, differing, taken_over
from monitor.enrolment.mergeable import Side, why_not
from monitor.enrolment.moving import FOLLOWS
from monitor.models.cameras.cameras import Observation
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.contacts import CaseContact, ContactState
from monitor.models.declarations import Declarant
from monitor.models.hotline import HotlineTicket
from monitor.models.incidents import ContactAttempt, Incident, IncidentState
from monitor.models.legal import Proposal, ProposalState
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.faces import EnrolmentPhoto, FaceTemplate
from monitor.models.people.guardians import Guardian
from monitor.models.people.imports import NotTheSame
from monitor.models.people.laboratory import LaboratoryTest, LabTestState, ParkedResult
from monitor.models.people.letters import Letter
from monitor.models.people.measurements import Measurement
from monitor.models.people.merged import MergedRecord
from monitor.models.people.moves import LikenessCheck, PlannedChange, PlannedState, Transfer, TransferState
from monitor.models.people.residents import (
    Exemption,
    Media,
    OrderChange,
    QuarantineOrder,
    Resident,
    StatusPeriod,
)
from monitor.models.people.retention import DeletionCertificate, DeletionScope, RetentionHold
from monitor.models.people.rights import Consent, RightsRequest
from monitor.models.places import Zone
from monitor.models.rollcalls.answers import Answer, ReviewDecision, Verification
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.plans import Plan, PlanResident
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.people.face_agreement import FaceAgreement, said_by, take_over_agreement
from monitor.people.order_deeds import Term
from monitor.personal_data.deletion import nameless
from monitor.personal_data.holds import require_reason
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault, letters_owner, resident_owner
from monitor.words import N_

CHANGED = N_("One of the records was changed after you opened the page. Reload it to see both as they are now.")
UNDECIDED = (CheckInState.SCHEDULED, CheckInState.PROMPTED, CheckInState.ANSWERED, CheckInState.IN_REVIEW)


@dataclass(frozen=True)
class Pair:
    """The record that stays and the one that goes. seen: their versions on the page."""

    stays: int
    goes: int
    seen: tuple[int, int]


@dataclass(frozen=True)
class _Behind:
    """What of the record that goes cannot go: check-ins of rounds in which both were asked, and what hangs on them."""

    check_ins: frozenset[int]
    media: frozenset[int]


Which = Callable[["Pair", _Behind], ColumnElement[bool]]


def _not_behind(column: Any) -> Which:
    return lambda _pair, behind: or_(column.is_(None), ~one_of(column, behind.check_ins))


def _new_address(pair: Pair, _behind: _Behind) -> ColumnElement[bool]:
    theirs = ContactAddress.__table__.alias()
    same = and_(theirs.c.channel == ContactAddress.channel, theirs.c.address == ContactAddress.address)
    return ~select(theirs.c.id).where(theirs.c.resident_id == pair.stays, same).exists()


def _new_proposal(pair: Pair, _behind: _Behind) -> ColumnElement[bool]:
    """Of two that wait about the same, the one of the record that stays."""
    theirs = Proposal.__table__.alias()
    same = and_(theirs.c.deed == Proposal.deed, theirs.c.about == Proposal.about, theirs.c.state == ProposalState.WAITING)
    waits_too = select(theirs.c.id).where(theirs.c.resident_id == pair.stays, same).exists()
    return or_(Proposal.state != ProposalState.WAITING, ~waits_too)


def _new_plan(pair: Pair, _behind: _Behind) -> ColumnElement[bool]:
    """Schedules of the zone of the record that stays, which do not name it already."""
    named = select(PlanResident.plan_id).where(PlanResident.resident_id == pair.stays)
    zone = select(Resident.zone_id).where(Resident.id == pair.stays).scalar_subquery()
    return and_(PlanResident.plan_id.not_in(named), PlanResident.plan_id.in_(select(Plan.id).where(Plan.zone_id == zone)))


def _new_contact(pair: Pair, _behind: _Behind) -> ColumnElement[bool]:
    """Contacts of cases of which the record that stays is none already."""
    theirs = CaseContact.__table__.alias()
    same = and_(theirs.c.case_id == CaseContact.case_id, theirs.c.state != ContactState.MERGED)
    known = select(theirs.c.id).where(theirs.c.resident_id == pair.stays, same).exists()
    return or_(CaseContact.state == ContactState.MERGED, ~known)


GOES: Mapping[type[Any], Which | None] = {
    QuarantineOrder: None,
    OrderChange: None,
    Exemption: None,
    PlannedChange: None,
    Transfer: None,
    CheckIn: lambda _pair, behind: ~one_of(CheckIn.id, behind.check_ins),
    Answer: _not_behind(Answer.check_in_id),
    Verification: _not_behind(Verification.check_in_id),
    ReviewDecision: None,
    Proposal: _new_proposal,
    Prompt: _not_behind(Prompt.check_in_id),
    Media: lambda _pair, behind: ~one_of(Media.id, behind.media),
    EnrolmentPhoto: None,
    FaceTemplate: None,
    Consent: None,
    LaboratoryTest: None,
    ParkedResult: None,
    Letter: None,
    StatusPeriod: None,
    Guardian: None,
    ContactAddress: _new_address,
    ContactAttempt: None,
    Measurement: None,
    Incident: None,
    InboundMessage: None,
    Observation: None,
    PlanResident: _new_plan,
    RetentionHold: None,
    RightsRequest: None,
    Declarant: None,
    HotlineTicket: None,
    InfectionCase: None,
    CaseContact: _new_contact,
}
"""What goes to the record that stays: all rows of the one that goes, or those of which it has none like it."""
STAYS_BEHIND: Mapping[str, str] = {
    "audit_about": "belongs to an entry of the trail",
    "audit_entry": "is never changed: its hash covers whom it is about",
    "done_for_many": "can be taken back for minutes, and only where nothing else happened since",
    "disclosure_about": "says whom a disclosure was about, under the number of then; followed by hand",
    "deletion_certificate": "says what was deleted of that record",
    "face_likeness": "is found anew among the faces of both",
    "gate_entry": "which form that record was entered with",
    "import_row": "which row of a file that record came from: undoing the file must not undo the other",
    "likeness_check": "is asked anew",
    "report_difference": "says who was named in a report, under the number of then",
    "review_claim": "who was deciding about that record, for some seconds",
    "merged_record": "says what became of records; followed by hand",
    "not_the_same": "is noted anew of the record that stays",
    "phone_confirmation": "is good for minutes",
    "presence": "what is believed of the record that stays is found by its room",
}
"""Tables whose rows keep the number of the record that goes, and why."""


def side_of(session: Session, resident: Resident) -> Side:
    """What decides about a record."""
    return read(session, side_asked(resident))


def side_asked(resident: Resident) -> Reading[Side]:
    """The same as a reading."""
    mine = resident.id
    tests = select(LaboratoryTest.kind, LaboratoryTest.due_on).where(
        LaboratoryTest.resident_id == mine, LaboratoryTest.state != LabTestState.CANCELLED
    )
    answers_for = select(Guardian.resident_id).where(Guardian.kin_id == mine, Guardian.ended_at.is_(None))
    unsettled = (
        select(CheckIn.id).where(CheckIn.resident_id == mine, CheckIn.state.in_(UNDECIDED)),
        select(Incident.id).where(Incident.resident_id == mine, Incident.state != IncidentState.RESOLVED),
        select(Transfer.id).where(Transfer.resident_id == mine, Transfer.state == TransferState.OFFERED),
        select(PlannedChange.id).where(PlannedChange.resident_id == mine, PlannedChange.state == PlannedState.WAITING),
        select(InboundMessage.id).where(InboundMessage.resident_id == mine, InboundMessage.next_attempt_at.is_not(None)),
    )
    faces = (DeletionCertificate.resident_id == mine, DeletionCertificate.scope == DeletionScope.FACES)
    orders, wards, planned, photos, deleted, guardian, waiting = yield from at_once(
        asked(select(QuarantineOrder).where(QuarantineOrder.resident_id == mine)),
        asked(answers_for),
        asked(tests),
        first(select(EnrolmentPhoto.id).where(EnrolmentPhoto.resident_id == mine)),
        first(select(DeletionCertificate.id).where(*faces)),
        first(select(Guardian.id).where(Guardian.resident_id == mine, Guardian.ended_at.is_(None))),
        at_once(*(first(query) for query in unsettled)),
    )
    return Side(
        mine,
        resident.zone_id,
        deleted=resident.deleted_at is not None,
        orders=tuple(Term(each.state, each.starts_at, each.ends_at) for each in orders),
        refused_faces=said_by(resident) is FaceAgreement.REFUSED,
        photos=photos is not None,
        faces_deleted=deleted is not None,
        unsettled=any(each is not None for each in waiting),
        answers_for=frozenset(wards),
        answered_for=guardian is not None,
        tests=frozenset((row.kind.value, row.due_on) for row in planned),
    )


def merge(
    database: Database, vault: Vault, pair: Pair, take: Collection[str], reason: str, account_id: int, now: datetime
) -> dict[str, int]:
    """Make one of two records; returns how many rows of each table went. take: fields of which the value of the other stays.

    Files are sealed anew with the key of the record that stays before, so that its deletion makes them unreadable; if it fails in between,
    both records are as they were. Raises NotFound, BadInput, Conflict.
    """
    reason = require_reason(reason)
    copies = _sealed_anew(database, vault, pair)
    try:
        with database.write() as session:
            went = _merge(session, vault, pair, take, copies, reason, account_id, now)
    except BaseException:
        for name in copies.values():
            vault.remove(name)
        raise
    for name in copies:
        vault.remove(name)
    return went


def _sealed_anew(database: Database, vault: Vault, pair: Pair) -> dict[str, str]:
    """Copies of the files that go: old name -> new name."""
    with database.read() as session:
        names = _files(session, pair, _behind(session, pair))
    copies: dict[str, str] = {}
    try:
        for owner, name in names:
            new = letters_owner(pair.stays) if owner == letters_owner(pair.goes) else resident_owner(pair.stays)
            copies[name] = vault.put(new, vault.get(owner, name))
    except BaseException:
        for each in copies.values():
            vault.remove(each)
        raise
    return copies


def _files(session: Session, pair: Pair, behind: _Behind) -> list[tuple[str, str]]:
    media = select(Media.owner, Media.name).where(Media.resident_id == pair.goes, ~one_of(Media.id, behind.media))
    letters = session.scalars(select(Letter.name).where(Letter.resident_id == pair.goes, Letter.name != ""))
    found = [(row.owner, row.name) for row in session.execute(media)]
    return found + [(letters_owner(pair.goes), name) for name in letters]


def _behind(session: Session, pair: Pair) -> _Behind:
    asked = select(CheckIn.roll_call_id).where(CheckIn.resident_id == pair.stays)
    both = select(CheckIn.id).where(CheckIn.resident_id == pair.goes, CheckIn.roll_call_id.in_(asked))
    check_ins = frozenset(session.scalars(both))
    answers = session.execute(select(Answer.media_id, Answer.burst_id).where(one_of(Answer.check_in_id, check_ins)))
    return _Behind(check_ins, frozenset(number for row in answers for number in row if number is not None))


def _merge(
    session: Session,
    vault: Vault,
    pair: Pair,
    take: Collection[str],
    copies: Mapping[str, str],
    reason: str,
    account_id: int,
    now: datetime,
) -> dict[str, int]:
    only_one(session, Lock.ENROLLING)
    stays, goes = _held(session, pair)
    against = why_not(side_of(session, stays), side_of(session, goes), now)
    if against is not None:
        raise Conflict(against.template, **against.values)
    known, new = details_of(stays), details_of(goes)
    if not set(take) <= set(differing(known, new)):
        raise BadInput(N_("The values to be taken over have changed meanwhile. Reload the page."))
    behind = _behind(session, pair)
    if {name for _owner, name in _files(session, pair, behind)} != set(copies):
        raise Conflict(CHANGED)
    _settle_periods(session, stays, goes, now)
    _rename_files(session, vault, pair, copies)
    went = _move(session, pair, behind, stays.zone_id, now)
    _follow(session, pair, account_id, now)
    household = goes.household_id
    take_over_agreement(stays, goes)
    others_zone = goes.zone_id
    nameless(goes, now)
    goes.version += 1
    session.add(MergedRecord(gone_id=pair.goes, into_id=pair.stays, merged_at=now, merged_by=account_id, reason=reason))
    session.flush()
    if take:
        change_details(session, stays, taken_over(known, new, take), pair.seen[0], account_id, now)
    if stays.household_id is None and others_zone == stays.zone_id:
        stays.household_id = household
    session.flush()
    # Both zones' trails tell of it, each of its own record.
    for zone_id, resident_id in ((stays.zone_id, pair.stays), (others_zone, pair.goes)):
        audit.note(
            session,
            Action.RECORDS_MERGED,
            at=now,
            account_id=account_id,
            zone_id=zone_id,
            resident_id=resident_id,
            records=[pair.stays, pair.goes],
            fields=sorted(take),
            reason=reason,
        )
        for topic in (Topic.PEOPLE, Topic.CAMERA):
            announce(session, zone_id, topic, now)
    return went


def _held(session: Session, pair: Pair) -> tuple[Resident, Resident]:
    """Both, of whom nobody changes anything until the end of the transaction. Raises NotFound, Conflict."""
    found = {}
    # Always in the same order: two who merge at once do not wait for each other.
    for number in sorted({pair.stays, pair.goes}):
        query = select(Resident).where(Resident.id == number).with_for_update(key_share=True)
        resident = session.scalar(query.execution_options(populate_existing=True))
        if resident is None:
            raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
        found[number] = resident
    stays, goes = found[pair.stays], found[pair.goes]
    if (stays.version, goes.version) != pair.seen:
        raise Conflict(CHANGED)
    return stays, goes


def _settle_periods(session: Session, stays: Resident, goes: Resident, now: datetime) -> None:
    """What can hold once only holds of the record that stays: an F-status, and who answers for the person."""
    today = now.astimezone(ZoneInfo(session.get_one(Zone, stays.zone_id).timezone)).date()
    open_ones = update(StatusPeriod).where(StatusPeriod.resident_id == goes.id, StatusPeriod.ends_on.is_(None))
    changed(session, open_ones.values(ends_on=today))
    answered = select(Guardian.id).where(Guardian.resident_id == stays.id, Guardian.ended_at.is_(None))
    if session.scalar(answered) is not None:
        ends = update(Guardian).where(Guardian.resident_id == goes.id, Guardian.ended_at.is_(None))
        changed(session, ends.values(ended_at=now))


def _rename_files(session: Session, vault: Vault, pair: Pair, copies: Mapping[str, str]) -> None:
    for name, new in copies.items():
        owner = resident_owner(pair.stays)
        if not changed(session, update(Media).where(Media.name == name).values(name=new, owner=owner)):
            changed(session, update(Letter).where(Letter.name == name).values(name=new))
    templates = select(FaceTemplate.id, FaceTemplate.sealed).where(FaceTemplate.resident_id == pair.goes)
    for row in session.execute(templates).all():
        plain = vault.unseal(resident_owner(pair.goes), row.sealed, about="template")
        sealed = vault.seal(resident_owner(pair.stays), plain, about="template")
        changed(session, update(FaceTemplate).where(FaceTemplate.id == row.id).values(sealed=sealed))


def _move(session: Session, pair: Pair, behind: _Behind, zone_id: int, now: datetime) -> dict[str, int]:
    went = {}
    for model, which in GOES.items():
        theirs: Sequence[ColumnElement[bool]] = [model.resident_id == pair.goes, *([which(pair, behind)] if which else [])]
        if model in FOLLOWS:
            # Whoever may look at it goes by where the person is.
            along = FOLLOWS[model]
            moves = update(model).where(*theirs, *([along(now)] if along else []))
            changed(session, moves.values(zone_id=zone_id))
        went[model.__tablename__] = changed(session, update(model).where(*theirs).values(resident_id=pair.stays))
    changed(session, update(Incident).where(Incident.case_of == pair.goes).values(case_of=pair.stays))
    changed(session, update(Guardian).where(Guardian.kin_id == pair.goes).values(kin_id=pair.stays))
    return {name: count for name, count in went.items() if count}


def _follow(session: Session, pair: Pair, account_id: int, now: datetime) -> None:
    """What is said of the old number in other ways is said of the new one."""
    changed(session, update(MergedRecord).where(MergedRecord.into_id == pair.goes).values(into_id=pair.stays))
    for parked in session.scalars(select(ParkedResult).where(ParkedResult.decided_at.is_(None))):
        if pair.goes in parked.candidates:
            parked.candidates = list(dict.fromkeys(pair.stays if each == pair.goes else each for each in parked.candidates))
    apart = select(NotTheSame).where((NotTheSame.one_id == pair.goes) | (NotTheSame.other_id == pair.goes))
    for row in session.scalars(apart).all():
        other = row.other_id if row.one_id == pair.goes else row.one_id
        if other != pair.stays:
            not_the_same(session, pair.stays, other, account_id, now)
    if session.scalar(select(FaceTemplate.id).where(FaceTemplate.resident_id == pair.stays).limit(1)) is not None:
        zone_id = session.scalars(select(Resident.zone_id).where(Resident.id == pair.stays)).one()
        session.execute(insert_new(session, LikenessCheck), [{"resident_id": pair.stays, "zone_id": zone_id, "asked_at": now}])
