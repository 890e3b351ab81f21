"""Refusing face matching and agreeing to it again: at any time, by the person, by somebody for them, or written down by staff."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from monitor import audit
from monitor.changes import announce
from monitor.consent import finish_withdrawals, forget_faces, record
from monitor.database import Database
from monitor.incidents import end_causes, open_incident
from monitor.models import (
    Answer,
    CheckInState,
    ConsentKind,
    IncidentKind,
    RequestKind,
    RequestOutcome,
    Resident,
    RightsRequest,
    Verification,
    VerificationState,
)
from monitor.problems import NotFound
from monitor.vault import Vault
from monitor.words import N_, Words, words
from rollcall.checkin import Step, asked_after, misplaced
from rollcall.steps import take_step
from rollcall.verdict import judge_without_face


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
    """Face matching is agreed to; photos have to be taken anew where it was refused before. Raises NotFound, BadInput."""
    with database.write() as session:
        _turn(session, resident_id, refuses=False)
        resident = session.get_one(Resident, resident_id)
        _record(session, resident, given=True, language=language, account_id=account_id, given_by=given_by, now=now)


def _turn(session: Session, resident_id: int, *, refuses: bool) -> Resident | None:
    """The resident, when this call changed it. Raises NotFound."""
    turned = session.execute(
        update(Resident)
        .where(Resident.id == resident_id, Resident.refuses_faces != refuses)
        .values(refuses_faces=refuses)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(turned, CursorResult)
    resident = session.get(Resident, resident_id, populate_existing=True)
    if resident is None:
        raise NotFound(N_("There is no such page."))
    return resident if turned.rowcount else None


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
    action = "faces-agreed" if given else "faces-refused"
    audit.note(session, action, at=now, account_id=account_id, zone_id=resident.zone_id, resident_id=resident.id, **more)
    announce(session, resident.zone_id, "people", now)


def refusing_among(session: Session, resident_ids: Collection[int]) -> set[int]:
    """Those of them who do not agree to face matching now."""
    return set(session.scalars(select(Resident.id).where(Resident.id.in_(resident_ids), Resident.refuses_faces)))


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
        done = session.execute(
            update(Verification)
            .where(Verification.id == verification.id, Verification.state != VerificationState.DONE)
            .values(
                state=VerificationState.DONE,
                next_attempt_at=None,
                leased_by=None,
                verdict=verdict.state,
                reasons=[each.dump() for each in verdict.reasons],
                judged_at=now,
            )
            .execution_options(synchronize_session=False)
        )
        assert isinstance(done, CursorResult)
        step = Step(verdict.state, verdict.reasons, verdict.evidence)
        if not done.rowcount or not take_step(session, verification.check_in_id, step, now=now):
            continue
        if verdict.state is CheckInState.VERIFIED:
            end_causes(session, [misplaced(resident_id), *asked_after(resident_id)], now=now)
            continue
        name = session.scalar(select(Resident.full_name).where(Resident.id == resident_id))
        open_incident(
            session,
            IncidentKind.PLACE_DOUBTFUL,
            misplaced(resident_id),
            zone_id=verification.zone_id,
            resident_id=resident_id,
            check_in_id=verification.check_in_id,
            reason=words(N_("%(name)s: %(why)s"), name=name, why=verdict.reasons[0].dump()),
            now=now,
        )
