"""Everything about a person is deleted, with a certificate: the key first, so that no copy can be read, then files and rows.

Each step can be repeated, and what was begun is finished, whatever died in between: see `resume`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, exists, func, null, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database, insert_new
from monitor.database.statements import changed
from monitor.declarations.erasing import erase_of_resident
from monitor.hotline.erasing import erase_tickets_of_resident
from monitor.models.accounts import Account
from monitor.models.daily_report import ReportDifference
from monitor.models.incidents import ContactAttempt, Incident, IncidentNote
from monitor.models.legal import Disclosure, DisclosureAbout, Proposal, ProposalState
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.faces import EnrolmentPhoto, FaceLikeness, FaceTemplate
from monitor.models.people.gate import GateEntry, PhoneConfirmation
from monitor.models.people.guardians import Guardian
from monitor.models.people.imports import NotTheSame
from monitor.models.people.laboratory import LaboratoryTest, ParkedResult
from monitor.models.people.letters import Letter, LetterBatch
from monitor.models.people.measurements import Measurement
from monitor.models.people.moves import DoneForMany, LikenessCheck, PlannedChange, Transfer
from monitor.models.people.residents import (
    BirthPrecision,
    Exemption,
    Household,
    Media,
    OrderChange,
    Presence,
    QuarantineOrder,
    Resident,
)
from monitor.models.people.retention import DeletionCertificate, DeletionScope
from monitor.models.people.rights import Consent, RightsRequest
from monitor.models.rollcalls.answers import Answer, Review, ReviewDecision, Verification
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.plans import PlanResident
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.rollcalls.rounds import CheckIn
from monitor.people.merged import merged_into
from monitor.personal_data.contacts import erase_contacts_of_resident
from monitor.problems import NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault, letters_owner, resident_owner
from monitor.words import N_, Words, words

_COUNTED = {"state", "starts_at", "ends_at", "ended_at", "zone_id", "room_id"}
DELETED = words(N_("Deleted."))


def forget(
    database: Database,
    vault: Vault,
    resident_id: int,
    scope: DeletionScope,
    *,
    reason: Words,
    account_id: int | None,
    now: datetime,
) -> DeletionCertificate:
    """Delete a person's faces, or all about them. Done before, it returns the certificate of then. Raises NotFound.

    The whole person includes the faces, with a certificate of their own.
    """
    with database.read() as session:
        parts = session.scalars(merged_into(resident_id)).all()
    # First, so that what is interrupted here is met again with the record itself.
    for part in parts:
        forget(database, vault, part, scope, reason=reason, account_id=account_id, now=now)
    if scope is DeletionScope.PERSON:
        forget(database, vault, resident_id, DeletionScope.FACES, reason=reason, account_id=account_id, now=now)
    with database.write() as session:
        resident = session.get(Resident, resident_id)
        if resident is None:
            raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
        begun = {
            "resident_id": resident_id,
            "zone_id": resident.zone_id,
            "scope": scope,
            "reason": reason.dump(),
            "account_id": account_id,
            "begun_at": now,
            "content": {"deleted": _counts(session, resident_id, scope), "orders": _orders(session, resident_id)},
            "digest": "",
        }
        session.execute(insert_new(session, DeletionCertificate), [begun])
        certificate = session.scalars(
            select(DeletionCertificate).where(
                DeletionCertificate.resident_id == resident_id, DeletionCertificate.scope == scope
            )
        ).one()
    if certificate.finished_at is None:
        _go_on(database, vault, certificate, now)
    return certificate


def resume(database: Database, vault: Vault, now: datetime) -> int:
    """Finish what was begun and interrupted; returns how many."""
    with database.read() as session:
        waiting = session.scalars(
            select(DeletionCertificate).where(DeletionCertificate.finished_at.is_(None)).order_by(DeletionCertificate.id)
        ).all()
    for each in waiting:
        _go_on(database, vault, each, now)
    return len(waiting)


def forget_again(database: Database, vault: Vault, resident_id: int) -> None:
    """Delete what came back of somebody whose key is destroyed, as from a backup that was put back."""
    _remove_files(database, vault, resident_id)
    with database.write() as session:
        _wipe_faces(session, resident_id)


def _go_on(database: Database, vault: Vault, certificate: DeletionCertificate, now: datetime) -> None:
    if certificate.scope is DeletionScope.FACES:
        # From here on nothing sealed for them can be read, here or in a copy.
        vault.destroy(resident_owner(certificate.resident_id))
        _remove_files(database, vault, certificate.resident_id)
    else:
        _remove_letters(database, vault, certificate.resident_id)
    with database.write() as session:
        if certificate.scope is DeletionScope.FACES:
            _wipe_faces(session, certificate.resident_id)
        else:
            _wipe_person(session, certificate.resident_id, now)
        _finish(session, certificate, now)


def _finish(session: Session, certificate: DeletionCertificate, now: datetime) -> None:
    digest = digest_of(certificate, now)
    finished = changed(
        session,
        update(DeletionCertificate)
        .where(DeletionCertificate.id == certificate.id, DeletionCertificate.finished_at.is_(None))
        .values(finished_at=now, digest=digest),
    )
    if not finished:
        return
    certificate.finished_at, certificate.digest = now, digest
    audit.note(
        session,
        Action.DATA_DELETED,
        at=now,
        account_id=certificate.account_id,
        zone_id=certificate.zone_id,
        resident_id=certificate.resident_id,
        certificate=certificate.id,
        scope=certificate.scope.value,
        digest=digest,
    )
    announce(session, certificate.zone_id, Topic.PEOPLE, now)


def digest_of(certificate: DeletionCertificate, finished_at: datetime) -> str:
    """SHA-256 over what the certificate says: anybody who holds a print can compare it with the audit trail."""
    said = [
        certificate.id,
        certificate.resident_id,
        certificate.zone_id,
        certificate.scope.value,
        certificate.reason,
        certificate.account_id,
        certificate.begun_at.isoformat(),
        finished_at.isoformat(),
        certificate.content,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _counts(session: Session, resident_id: int, scope: DeletionScope) -> dict[str, int]:
    def of(model: type[Any]) -> int:
        return session.scalar(select(func.count()).select_from(model).where(model.resident_id == resident_id)) or 0

    if scope is DeletionScope.FACES:
        return {"photos": of(Media), "templates": of(FaceTemplate)}
    return {
        "answers": of(Answer),
        "messages": of(Prompt),
        "addresses": of(ContactAddress),
        "texts": of(InboundMessage),
        "letters": of(Letter),
    }


def _orders(session: Session, resident_id: int) -> list[dict[str, str]]:
    orders = session.scalars(
        select(QuarantineOrder).where(QuarantineOrder.resident_id == resident_id).order_by(QuarantineOrder.id)
    )
    return [
        {
            "authority": order.authority,
            "starts_at": order.starts_at.isoformat(),
            "ends_at": order.ends_at.isoformat(),
            "state": order.state.value,
        }
        for order in orders
    ]


def _remove_files(database: Database, vault: Vault, resident_id: int) -> None:
    with database.read() as session:
        names = session.scalars(select(Media.name).where(Media.resident_id == resident_id)).all()
    for name in names:
        vault.remove(name)


def _remove_letters(database: Database, vault: Vault, resident_id: int) -> None:
    """Letters are papers, not photos: they go when the whole person goes."""
    vault.destroy(letters_owner(resident_id))
    with database.read() as session:
        names = session.scalars(select(Letter.name).where(Letter.resident_id == resident_id, Letter.name != "")).all()
    for name in names:
        vault.remove(name)


def _wipe_faces(session: Session, resident_id: int) -> None:
    for template in (FaceTemplate, EnrolmentPhoto, LikenessCheck):
        session.execute(delete(template).where(template.resident_id == resident_id))
    session.execute(delete(FaceLikeness).where((FaceLikeness.one_id == resident_id) | (FaceLikeness.other_id == resident_id)))
    session.execute(update(Answer).where(Answer.resident_id == resident_id).values(media_id=None, burst_id=None))
    session.execute(delete(Media).where(Media.resident_id == resident_id))


def nameless(resident: Resident, now: datetime) -> None:
    """Take away from a record all that says who it is; the row stays, so that numbers still add up."""
    resident.full_name, resident.phone, resident.document_number = f"#{resident.id}", "", ""
    # The year is enough to count by age.
    resident.birth_date = date(resident.birth_date.year, 1, 1) if resident.birth_date else None
    resident.birth_precision = BirthPrecision.YEAR
    resident.earlier_number = resident.insurance_number = resident.address = ""
    resident.home_note = resident.supplies_note = resident.help_needed = ""
    resident.long_illness = resident.pregnant = resident.lives_alone = False
    resident.household_id, resident.room_id, resident.deleted_at = None, None, now


def _wipe_person(session: Session, resident_id: int, now: datetime) -> None:
    resident = session.get_one(Resident, resident_id)
    household_id = resident.household_id
    erase_of_resident(session, resident_id)
    erase_tickets_of_resident(session, resident_id, now)
    erase_contacts_of_resident(session, resident_id, now)
    nameless(resident, now)
    session.flush()
    # A guardian's name and number are kept for the sake of the person they answered for.
    guarded = or_(Guardian.resident_id == resident_id, Guardian.kin_id == resident_id)
    ended = {"full_name": "", "phone": "", "ended_at": func.coalesce(Guardian.ended_at, now)}
    changed(session, update(Guardian).where(guarded).values(**ended))
    changed(session, delete(NotTheSame).where((NotTheSame.one_id == resident_id) | (NotTheSame.other_id == resident_id)))
    for model in (ContactAddress, InboundMessage, Measurement, Presence, PlanResident, GateEntry, PhoneConfirmation):
        session.execute(delete(model).where(model.resident_id == resident_id))
    session.execute(delete(Letter).where(Letter.resident_id == resident_id))
    # What was filled in for nobody else's letter may speak of this person.
    session.execute(delete(LetterBatch).where(~exists(Letter.id).where(Letter.batch_id == LetterBatch.id)))
    said_nothing: dict[str, Any] = {
        "note": "",
        "symptoms": [],
        "help_wanted": [],
        "temperature": None,
        "spo2": None,
        "fix": None,
        "place_reasons": [],
    }
    session.execute(update(Answer).where(Answer.resident_id == resident_id).values(**said_nothing))
    session.execute(update(Prompt).where(Prompt.resident_id == resident_id).values(address="", problem=None))
    for of_order in (QuarantineOrder, Exemption, OrderChange):
        session.execute(update(of_order).where(of_order.resident_id == resident_id).values(reason=""))
    for change in session.scalars(select(OrderChange).where(OrderChange.resident_id == resident_id)):
        # When an order ended and where its person was is counted; what was written about it is not.
        change.before, change.after = (
            {name: each[name] for name in _COUNTED & each.keys()} for each in (change.before, change.after)
        )
    session.execute(update(Transfer).where(Transfer.resident_id == resident_id).values(reason="", decision=""))
    session.execute(update(PlannedChange).where(PlannedChange.resident_id == resident_id).values(reason="", problem=None))
    numbered = update(QuarantineOrder).where(QuarantineOrder.resident_id == resident_id)
    session.execute(numbered.values(number="", end_reason=""))
    session.execute(
        update(RightsRequest).where(RightsRequest.resident_id == resident_id).values(text="", answer="", asked_by="")
    )
    session.execute(update(Consent).where(Consent.resident_id == resident_id).values(given_by=""))
    session.execute(update(ContactAttempt).where(ContactAttempt.resident_id == resident_id).values(note=""))
    session.execute(update(Verification).where(Verification.resident_id == resident_id).values(reasons=[]))
    said_of_tests: dict[str, Any] = {"why": "", "sample_number": "", "laboratory": "", "cancel_reason": ""}
    session.execute(
        update(LaboratoryTest).where(LaboratoryTest.resident_id == resident_id).values(**said_of_tests, result=None)
    )
    named = update(ReportDifference).where(ReportDifference.resident_id == resident_id)
    session.execute(named.values(reason=DELETED.dump(), accepted_why=""))
    session.execute(delete(DoneForMany).where(DoneForMany.resident_id == resident_id))
    session.execute(delete(ParkedResult).where(ParkedResult.resident_id == resident_id))
    # Reasons of incidents name the person.
    theirs = select(Incident.id).where(Incident.resident_id == resident_id).scalar_subquery()
    session.execute(update(IncidentNote).where(IncidentNote.incident_id.in_(theirs)).values(text=""))
    session.execute(
        update(Incident).where(Incident.resident_id == resident_id).values(reason=DELETED.dump(), urgency_reasons=[])
    )
    reviewed = select(CheckIn.id).where(CheckIn.resident_id == resident_id).scalar_subquery()
    session.execute(update(Review).where(Review.check_in_id.in_(reviewed)).values(reason=""))
    proposed: dict[str, Any] = {"reason": "", "decision": "", "details": {}}
    session.execute(update(Proposal).where(Proposal.resident_id == resident_id).values(**proposed))
    given_up = update(Proposal).where(Proposal.resident_id == resident_id, Proposal.state == ProposalState.WAITING)
    session.execute(given_up.values(state=ProposalState.WITHDRAWN, decided_at=now))
    # That something was handed out stays; what of it names this person alone goes.
    alone = select(DisclosureAbout.disclosure_id).where(DisclosureAbout.resident_id == resident_id).scalar_subquery()
    handed = update(Disclosure).where(Disclosure.id.in_(alone), Disclosure.people == 1)
    session.execute(handed.values(what=DELETED.dump(), recipient=""))
    decided = update(ReviewDecision).where(ReviewDecision.resident_id == resident_id)
    session.execute(decided.values(reason="", changes=null()))
    if household_id is not None:
        others = select(Resident.id).where(Resident.household_id == household_id).limit(1)
        if session.scalar(others) is None:
            nobody: dict[str, Any] = {
                "phone": "",
                "name": f"#{household_id}",
                "address": "",
                "unit_code": None,
                "unit_from": None,
            }
            session.execute(update(Household).where(Household.id == household_id).values(**nobody))


def by_whom(session: Session, certificate: DeletionCertificate) -> str | None:
    """The account's name; None for the purge."""
    return session.scalar(select(Account.username).where(Account.id == certificate.account_id))
