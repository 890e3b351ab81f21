"""What supervisors decide one after the other: the decision carried out, kept so that it can be taken back, or what is wanted first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.incidents import incidents
from monitor.incidents.cases import unresolved
from monitor.models.incidents import ContactOutcome, ContactWay, Incident, NextStep
from monitor.models.rollcalls.answers import ReviewDecision
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.checkins.checkin import CLOSED
from rollcall.followup.attempts import log_attempt
from rollcall.followup.claims import require_free, seconds_held
from rollcall.followup.handing_on import assign
from rollcall.followup.resolving import resolve
from rollcall.followup.reviews import change_final, decide
from rollcall.followup.taking_back import HELD_BACK, difference, picture
from rollcall.followup.worklists import Task, no_step_first


class Decision(StrEnum):
    """What a supervisor decides, or wants first; see `ALLOWED`."""

    ACCEPT = "accept"
    REJECT = "reject"
    EXCUSE = "excuse"
    WELL = "well"
    STANDS = "stands"
    ASK = "ask"
    CALL = "call"
    VISIT = "visit"


ALLOWED: dict[Task, tuple[Decision, ...]] = {
    Task.ANSWER: (Decision.ACCEPT, Decision.REJECT, Decision.ASK, Decision.CALL, Decision.VISIT),
    Task.DISPUTE: (Decision.ACCEPT, Decision.STANDS, Decision.CALL, Decision.VISIT),
    Task.SILENCE: (Decision.EXCUSE, Decision.ACCEPT, Decision.WELL, Decision.ASK, Decision.CALL, Decision.VISIT),
}
FIRST = {Decision.ASK: NextStep.ASK, Decision.CALL: NextStep.CALL, Decision.VISIT: NextStep.VISIT}
"""Decides nothing about anybody, and needs no reason: the case is decided when that has been done."""


@dataclass(frozen=True)
class Said:
    """What a supervisor said of a case. check_in_id: the answer that was looked at; else any. reason: "" where none is needed.

    to: which colleague is asked to call or go there; None: whoever is free.
    """

    task: Task
    decision: Decision
    check_in_id: int
    reason: str
    to: int | None = None


Ask = Callable[[Session, int, datetime], CheckIn]
"""Asks a person again, whose message leaves at a moment; raises Conflict where a rule of sending forbids it."""


def carry_out(
    session: Session, incident: Incident, said: Said, reader: Reader, ask: Ask, *, now: datetime, batch: str | None = None
) -> ReviewDecision:
    """Do what was decided about a case, in the caller's write transaction. batch: of what is done for many at once.

    Raises BadInput, Forbidden, NotFound, and Conflict where it was decided already or somebody else is about to.
    """
    if said.decision not in ALLOWED[said.task]:
        raise BadInput(N_("Choose one of the decisions that are offered."), field="decision")
    assert incident.resident_id is not None
    resident_id = incident.resident_id
    require_free(session, resident_id, reader.account_id, now)
    kept = ReviewDecision(
        incident_id=incident.id,
        resident_id=resident_id,
        zone_id=incident.zone_id,
        account_id=reader.account_id,
        at=now,
        seconds=seconds_held(session, resident_id, reader.account_id, now),
        task=said.task.value,
        decision=said.decision.value,
        reason=said.reason,
        batch=batch,
    )
    before = picture(session, resident_id)
    if said.decision in FIRST:
        _want_first(session, incident, said, kept, ask, now)
    else:
        _decide(session, incident, said, reader, now)
    kept.changes = difference(before, picture(session, resident_id, before))
    session.add(kept)
    session.flush()
    return kept


def _decide(session: Session, incident: Incident, said: Said, reader: Reader, now: datetime) -> None:
    task, decision, reason = said.task, said.decision, said.reason
    if task is Task.ANSWER:
        decide(session, said.check_in_id, reader, decision is Decision.ACCEPT, reason, now)
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


def _want_first(session: Session, incident: Incident, said: Said, kept: ReviewDecision, ask: Ask, now: datetime) -> None:
    """The case leaves the queue: to the list of calls or visits, or until the new question is answered or its time is over."""
    step: dict[str, Any] = {"next_step": FIRST[said.decision], "next_step_until": None}
    if said.decision is Decision.ASK:
        asked = ask(session, kept.resident_id, now + HELD_BACK)
        kept.asked_id, step["next_step_until"] = asked.id, asked.due_at
    want_first(session, incident.id, kept.account_id, step, now=now)
    if said.to is not None:
        assign(session, incident, said.to, incident.assigned_to, kept.account_id, now=now)


def want_first(session: Session, incident_id: int, account_id: int, step: dict[str, Any], *, now: datetime) -> None:
    """Put a case on a list, in the caller's write transaction. step: the columns. Raises Conflict when it is on one, or resolved."""
    free = (Incident.id == incident_id, Incident.lead_id.is_(None), unresolved(), no_step_first(now))
    if not changed(session, update(Incident).where(*free).values(**step)):
        raise Conflict(N_("Someone has decided this already. Reload the page to see it as it is now."))
    incident = session.get_one(Incident, incident_id, populate_existing=True)
    audit.note(
        session,
        Action.CASE_HANDED_ON,
        at=now,
        account_id=account_id,
        zone_id=incident.zone_id,
        resident_id=incident.resident_id,
        incident_id=incident_id,
        step=step["next_step"].value,
    )
    announce(session, incident.zone_id, Topic.INCIDENT, now)
