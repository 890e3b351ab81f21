"""What a verdict moves: the check-in that waits for it, or one that was closed before an answer came that was made in time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.clock import local_clock
from monitor.database.statements import changed
from monitor.incidents import causes
from monitor.incidents.cases import unresolved
from monitor.models.incidents import Incident
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn
from monitor.words import N_, Words, words
from rollcall.checkins.checkin import CLOSED, Step
from rollcall.checkins.steps import set_right_by_answer, take_step
from rollcall.verdicts.verdict import Verdict

IN_TIME = N_(
    "You answered at %(made)s, while there was still time; the answer reached us at %(arrived)s. It does not count as missed."
)
_NOT_MISSED = N_("%(name)s had answered in time; the answer only reached us at %(arrived)s. This roll-call was not missed.")


def take_verdict(session: Session, check_in_id: int, verdict: Verdict, *, now: datetime, account_id: int | None = None) -> bool:
    """Let a verdict move its check-in, in the caller's write transaction; returns whether it did.

    A late answer that was made in time sets a miss right, which is noted as a correction; the questions that the miss put to staff say
    so. Any other that came late moves nothing.
    """
    step = Step(verdict.state, verdict.reasons, verdict.evidence)
    if take_step(session, check_in_id, step, now=now, account_id=account_id):
        return True
    row = session.execute(
        select(Answer.taken_at, Answer.received_at, Resident.id, Resident.full_name, Zone.timezone)
        .join(CheckIn, CheckIn.id == Answer.check_in_id)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .where(Answer.check_in_id == check_in_id, Answer.late, Answer.in_window)
    ).first()
    if row is None:
        return False
    arrived = local_clock(row.received_at, row.timezone, row.taken_at)
    told = words(IN_TIME, made=local_clock(row.taken_at, row.timezone), arrived=arrived)
    if not set_right_by_answer(session, check_in_id, Step(step.state, (told, *step.reasons), step.evidence), now=now):
        return False
    _say_so(session, row.id, words(_NOT_MISSED, name=row.full_name, arrived=arrived), now)
    return True


def _say_so(session: Session, resident_id: int, why: Words, now: datetime) -> None:
    """The question about this miss ends with a word, unless another miss since it was opened goes on."""
    asked = (Incident.cause.in_(causes.asked_after(resident_id)), unresolved())
    others = select(CheckIn.id).where(
        CheckIn.resident_id == resident_id, CheckIn.state.in_(CLOSED), CheckIn.state_since >= Incident.opened_at
    )
    ends = update(Incident).where(*asked, ~others.exists())
    changed(session, ends.values(reason=why.dump(), last_occurred_at=now))
    changed(session, ends.where(Incident.cause_ended_at.is_(None)).values(cause_ended_at=now))
