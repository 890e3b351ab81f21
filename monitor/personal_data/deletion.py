"""Everything about a person is deleted, with a certificate: the key first, so that no copy can be read, then files and rows.

Each step can be repeated, and what was begun is finished, whatever died in between: see `resume`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from monitor import audit
from monitor.changes import announce
from monitor.database import Database, insert_new
from monitor.models import (
    Account,
    Answer,
    Consent,
    ContactAddress,
    ContactAttempt,
    DeletionCertificate,
    DeletionScope,
    EnrolmentPhoto,
    Exemption,
    FaceLikeness,
    FaceTemplate,
    Guardian,
    Household,
    InboundMessage,
    Incident,
    IncidentNote,
    Media,
    PlanResident,
    Presence,
    Prompt,
    QuarantineOrder,
    Resident,
    Review,
    RightsRequest,
    Verification,
)
from monitor.models.rollcalls import CheckIn
from monitor.problems import NotFound
from monitor.vault import Vault, resident_owner
from monitor.words import N_, Words, words

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
    if scope is DeletionScope.PERSON:
        forget(database, vault, resident_id, DeletionScope.FACES, reason=reason, account_id=account_id, now=now)
    with database.write() as session:
        resident = session.get(Resident, resident_id)
        if resident is None:
            raise NotFound(N_("There is no such page."))
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
    with database.write() as session:
        if certificate.scope is DeletionScope.FACES:
            _wipe_faces(session, certificate.resident_id)
        else:
            _wipe_person(session, certificate.resident_id, now)
        _finish(session, certificate, now)


def _finish(session: Session, certificate: DeletionCertificate, now: datetime) -> None:
    digest = digest_of(certificate, now)
    finished = session.execute(
        update(DeletionCertificate)
        .where(DeletionCertificate.id == certificate.id, DeletionCertificate.finished_at.is_(None))
        .values(finished_at=now, digest=digest)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(finished, CursorResult)
    if not finished.rowcount:
        return
    certificate.finished_at, certificate.digest = now, digest
    audit.note(
        session,
        "data-deleted",
        at=now,
        account_id=certificate.account_id,
        zone_id=certificate.zone_id,
        resident_id=certificate.resident_id,
        certificate=certificate.id,
        scope=certificate.scope.value,
        digest=digest,
    )
    announce(session, certificate.zone_id, "people", now)


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
    return {"answers": of(Answer), "messages": of(Prompt), "addresses": of(ContactAddress), "texts": of(InboundMessage)}


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


def _wipe_faces(session: Session, resident_id: int) -> None:
    for template in (FaceTemplate, EnrolmentPhoto):
        session.execute(delete(template).where(template.resident_id == resident_id))
    session.execute(delete(FaceLikeness).where((FaceLikeness.one_id == resident_id) | (FaceLikeness.other_id == resident_id)))
    session.execute(update(Answer).where(Answer.resident_id == resident_id).values(media_id=None, burst_id=None))
    session.execute(delete(Media).where(Media.resident_id == resident_id))


def _wipe_person(session: Session, resident_id: int, now: datetime) -> None:
    resident = session.get_one(Resident, resident_id)
    household_id = resident.household_id
    nameless = f"#{resident_id}"
    resident.full_name, resident.phone, resident.document_number = nameless, "", ""
    # The year is enough to count by age.
    resident.birth_date = date(resident.birth_date.year, 1, 1) if resident.birth_date else None
    resident.household_id, resident.room_id, resident.deleted_at = None, None, now
    session.flush()
    # A guardian's name and number are kept for the sake of the person they answered for.
    guarded = or_(Guardian.resident_id == resident_id, Guardian.kin_id == resident_id)
    ended = {"full_name": "", "phone": "", "ended_at": func.coalesce(Guardian.ended_at, now)}
    session.execute(update(Guardian).where(guarded).values(**ended).execution_options(synchronize_session=False))
    for model in (ContactAddress, InboundMessage, Presence, PlanResident):
        session.execute(delete(model).where(model.resident_id == resident_id))
    said_nothing: dict[str, Any] = {
        "note": "",
        "symptoms": [],
        "help_wanted": [],
        "temperature": None,
        "fix": None,
        "place_reasons": [],
    }
    session.execute(update(Answer).where(Answer.resident_id == resident_id).values(**said_nothing))
    session.execute(update(Prompt).where(Prompt.resident_id == resident_id).values(address="", problem=None))
    for of_order in (QuarantineOrder, Exemption):
        session.execute(update(of_order).where(of_order.resident_id == resident_id).values(reason=""))
    session.execute(
        update(RightsRequest).where(RightsRequest.resident_id == resident_id).values(text="", answer="", asked_by="")
    )
    session.execute(update(Consent).where(Consent.resident_id == resident_id).values(given_by=""))
    session.execute(update(ContactAttempt).where(ContactAttempt.resident_id == resident_id).values(note=""))
    session.execute(update(Verification).where(Verification.resident_id == resident_id).values(reasons=[]))
    # Reasons of incidents name the person.
    theirs = select(Incident.id).where(Incident.resident_id == resident_id).scalar_subquery()
    session.execute(update(IncidentNote).where(IncidentNote.incident_id.in_(theirs)).values(text=""))
    session.execute(update(Incident).where(Incident.resident_id == resident_id).values(reason=DELETED.dump()))
    reviewed = select(CheckIn.id).where(CheckIn.resident_id == resident_id).scalar_subquery()
    session.execute(update(Review).where(Review.check_in_id.in_(reviewed)).values(reason=""))
    if household_id is not None:
        others = select(Resident.id).where(Resident.household_id == household_id).limit(1)
        if session.scalar(others) is None:
            session.execute(update(Household).where(Household.id == household_id).values(phone="", name=f"#{household_id}"))


def by_whom(session: Session, certificate: DeletionCertificate) -> str | None:
    """The account's name; None for the purge."""
    return session.scalar(select(Account.username).where(Account.id == certificate.account_id))
