"""What supervisors decide one after the other: what of a case is to be decided, and the decision carried out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.incidents import incidents
from monitor.incidents.causes import ASKED_AFTER
from monitor.models.incidents import ContactOutcome, ContactWay, Incident, IncidentKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.problems import BadInput
from monitor.words import N_
from rollcall.checkins.checkin import CLOSED
from rollcall.followup.attempts import log_attempt
from rollcall.followup.claims import require_free
from rollcall.followup.resolving import resolve
from rollcall.followup.reviews import change_final, decide
from rollcall.followup.unjudged import ABOUT_ANSWERS


class Task(StrEnum):
    """What is to be decided."""

    ANSWER = "answer"
    DISPUTE = "dispute"
    SILENCE = "silence"


class Decision(StrEnum):
    """What a supervisor decides; see `ALLOWED`."""

    ACCEPT = "accept"
    REJECT = "reject"
    EXCUSE = "excuse"
    WELL = "well"
    STANDS = "stands"


ALLOWED: dict[Task, tuple[Decision, ...]] = {
    Task.ANSWER: (Decision.ACCEPT, Decision.REJECT),
    Task.DISPUTE: (Decision.ACCEPT, Decision.STANDS),
    Task.SILENCE: (Decision.EXCUSE, Decision.ACCEPT, Decision.WELL),
}
KINDS = frozenset({*ABOUT_ANSWERS, *ASKED_AFTER, IncidentKind.CONTESTED})


def task_of(kinds: Collection[IncidentKind], waiting: int) -> Task | None:
    """What is to be decided about a case; None where more than a decision is wanted, as where somebody feels ill.

    kinds: of all that is unresolved in it. waiting: answers of the person that wait for a decision.
    """
    if not set(kinds) <= KINDS:
        return None
    if waiting and ABOUT_ANSWERS.intersection(kinds):
        return Task.ANSWER
    if IncidentKind.CONTESTED in kinds:
        return Task.DISPUTE
    return Task.SILENCE if set(kinds) <= set(ASKED_AFTER) else None


def carry_out(
    session: Session,
    incident: Incident,
    task: Task,
    decision: Decision,
    check_in_id: int,
    reader: Reader,
    reason: str,
    *,
    now: datetime,
) -> None:
    """Do what was decided about a case, in the caller's write transaction. check_in_id: the answer that was looked at; else any.

    Raises BadInput, Forbidden, NotFound, and Conflict where it was decided already or somebody else is about to.
    """
    if decision not in ALLOWED[task]:
        raise BadInput(N_("Choose one of the decisions that are offered."), field="decision")
    assert incident.resident_id is not None
    require_free(session, incident.resident_id, reader.account_id, now)
    if task is Task.ANSWER:
        decide(session, check_in_id, reader, decision is Decision.ACCEPT, reason, now)
    elif task is Task.DISPUTE and decision is Decision.ACCEPT:
        change_final(session, incident.check_in_id or 0, reader, CheckInState.ACCEPTED, reason, now)
    elif decision is Decision.WELL:
        log_attempt(session, incident, reader.account_id, ContactWay.CALL, ContactOutcome.WELL, reason[:500], now=now)
        resolve(session, incident, reader, reason, now=now)
    elif task is Task.DISPUTE:
        resolve(session, incident, reader, reason, now=now)
    else:
        _set_right(session, incident, decision, reader, reason, now)


def _set_right(session: Session, incident: Incident, decision: Decision, reader: Reader, reason: str, now: datetime) -> None:
    """All roll-calls that the question stands for, and then the question."""
    state = CheckInState.EXCUSED if decision is Decision.EXCUSE else CheckInState.ACCEPTED
    stood_for = or_(CheckIn.state_since >= incident.opened_at, CheckIn.id == incident.check_in_id)
    closed = select(CheckIn.id).where(CheckIn.resident_id == incident.resident_id, CheckIn.state.in_(CLOSED), stood_for)
    for check_in_id in session.scalars(closed.order_by(CheckIn.id)).all():
        change_final(session, check_in_id, reader, state, reason, now)
    incidents.resolve(session, incident.id, reader.account_id, reason, now=now)
