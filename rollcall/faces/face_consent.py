"""Refusing face matching and agreeing to it again: at any time, by the person, by somebody for them, or written down by staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes, open_incident
from monitor.models.incidents import IncidentKind
from monitor.models.people.faces import FaceModel
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.models.people.rights import ConsentKind, RequestKind, RequestOutcome, RightsRequest
from monitor.models.rollcalls.answers import Answer, Verification, VerificationState
from monitor.models.rollcalls.rounds import CheckInState
from monitor.personal_data.consent import NOTICE_VERSION, finish_withdrawals, forget_faces, newest, record
from monitor.problems import NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from monitor.words import N_, Words, words
from rollcall.answers.concluding import take_verdict
from rollcall.jobs import RENEW_TEMPLATES, defer
from rollcall.verdicts.verdict import judge_without_face


def refuse_faces(
    database: Database,
    vault: Vault,
    resident_id: int,
    *,
    language: str,
    account_id: int | None = None,
    given_by: str = "",
    now: datetime,
) -> None:
    """No face of this person is enrolled or matched from here on; templates and enrolled photos are gone when this returns.

    account_id: who of staff wrote it down; None: the resident's page. given_by: who spoke for the person; empty: they themselves.
    Whoever refuses twice has refused. Raises NotFound, BadInput.
    """
    with database.write() as session:
        resident = _turn(session, resident_id, refuses=True)
        if resident is not None:
            forget_faces(session, resident_id)
            settle_without_faces(session, resident_id, now)
            # A withdrawal is a request too, and done at once.
            session.add(
                RightsRequest(
                    resident_id=resident_id,
                    zone_id=resident.zone_id,
                    kind=RequestKind.WITHDRAW,
                    asked_by=given_by.strip(),
                    made_at=now,
                    due_at=now,
                    entered_by=account_id,
                    answered_at=now,
                    outcome=RequestOutcome.DONE,
                )
            )
            _record(session, resident, given=False, language=language, account_id=account_id, given_by=given_by, now=now)
    finish_withdrawals(database, vault, [resident_id])


def agree_to_faces(
    database: Database,
    resident_id: int,
    *,
    language: str,
    account_id: int | None = None,
    given_by: str = "",
    now: datetime,
) -> None:
    """Face matching is agreed to; photos have to be taken anew where it was refused before. Raises NotFound, BadInput.

    Whoever agrees twice has agreed: the first word stands with its time, until the notice is another one.
    """
    with database.write() as session:
        turned = _turn(session, resident_id, refuses=False)
        said = newest(session, resident_id).get(ConsentKind.FACES)
        if turned is not None or said is None or said.version != NOTICE_VERSION:
            resident = session.get_one(Resident, resident_id)
            _record(session, resident, given=True, language=language, account_id=account_id, given_by=given_by, now=now)
            _make_templates(session, resident_id)


def _make_templates(session: Session, resident_id: int) -> None:
    """Photos that were enrolled before they were asked get the templates that they lack: workers go through the photos anew from there."""
    first = session.scalar(
        select(func.min(Media.id)).where(Media.resident_id == resident_id, Media.kind == MediaKind.ENROLMENT)
    )
    if first is not None:
        back = update(FaceModel).where(FaceModel.used_at.is_not(None), FaceModel.renewed_to >= first)
        if changed(session, back.values(renewed_to=first - 1)):
            defer(session, RENEW_TEMPLATES, 1)


def _turn(session: Session, resident_id: int, *, refuses: bool) -> Resident | None:
    """The resident, when this call changed what they said. Raises NotFound."""
    other = or_(Resident.refuses_faces != refuses, Resident.agrees_to_faces == refuses)
    turned = changed(
        session,
        update(Resident).where(Resident.id == resident_id, other).values(refuses_faces=refuses, agrees_to_faces=not refuses),
    )
    resident = session.get(Resident, resident_id, populate_existing=True)
    if resident is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return resident if turned else None


def _record(
    session: Session, resident: Resident, *, given: bool, language: str, account_id: int | None, given_by: str, now: datetime
) -> None:
    """The consent with its version, the audit entry, and word to open pages."""
    record(
        session,
        resident,
        ConsentKind.FACES,
        given=given,
        language=language,
        account_id=account_id,
        given_by=given_by,
        now=now,
    )
    more: dict[str, Any] = {"by": given_by.strip()} if given_by.strip() else {}
    action = Action.FACES_AGREED if given else Action.FACES_REFUSED
    audit.note(session, action, at=now, account_id=account_id, zone_id=resident.zone_id, resident_id=resident.id, **more)
    announce(session, resident.zone_id, Topic.PEOPLE, now)


def settle_without_faces(session: Session, resident_id: int, now: datetime) -> None:
    """Answers that wait for a face engine are judged without it, in the caller's write transaction. A worker at one writes nothing."""
    waiting = session.execute(
        select(Verification, Answer)
        .join(Answer, Answer.id == Verification.answer_id)
        .where(Verification.resident_id == resident_id, Verification.state != VerificationState.DONE)
        .order_by(Verification.id)
    ).all()
    for verification, answer in waiting:
        doubts = tuple(Words.load(each) for each in answer.place_reasons) if answer.place_doubtful else ()
        verdict = judge_without_face(answer.place, doubts)
        done = changed(
            session,
            update(Verification)
            .where(Verification.id == verification.id, Verification.state != VerificationState.DONE)
            .values(
                state=VerificationState.DONE,
                next_attempt_at=None,
                leased_by=None,
                verdict=verdict.state,
                reasons=[each.dump() for each in verdict.reasons],
                judged_at=now,
            ),
        )
        if not done or not take_verdict(session, verification.check_in_id, verdict, now=now):
            continue
        if verdict.state is CheckInState.VERIFIED:
            end_causes(session, [causes.place_doubtful(resident_id), *causes.asked_after(resident_id)], now=now)
            continue
        name = session.scalar(select(Resident.full_name).where(Resident.id == resident_id))
        open_incident(
            session,
            IncidentKind.PLACE_DOUBTFUL,
            causes.place_doubtful(resident_id),
            zone_id=verification.zone_id,
            resident_id=resident_id,
            check_in_id=verification.check_in_id,
            reason=words(N_("%(name)s: %(why)s"), name=name, why=verdict.reasons[0].dump()),
            now=now,
        )
