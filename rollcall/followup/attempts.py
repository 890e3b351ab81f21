"""Staff try to reach somebody who did not answer: each try is kept, and the first who tries owns the case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident, take_on
from monitor.models.accounts import Account
from monitor.models.incidents import ContactAttempt, ContactOutcome, ContactWay, Incident, IncidentKind, NextStep
from monitor.models.people.residents import Resident
from monitor.problems import BadInput
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, words

LONGEST_NOTE = 500


@dataclass(frozen=True)
class Attempt:
    """A try with the name of who made it."""

    at: datetime
    way: ContactWay
    outcome: ContactOutcome
    note: str
    by: str
    incident_id: int
    resident_id: int


def read_attempt(way: str, outcome: str, note: str) -> tuple[ContactWay, ContactOutcome, str]:
    """What a form sent. Raises BadInput."""
    try:
        chosen_way = ContactWay(way)
    except ValueError:
        raise BadInput(N_("Please choose how you tried to reach the person."), field="way") from None
    try:
        chosen_outcome = ContactOutcome(outcome)
    except ValueError:
        raise BadInput(N_("Please choose the result."), field="outcome") from None
    # A browser sends a line's end as two characters and counts it as one.
    note = note.replace("\r\n", "\n").strip()
    if len(note) > LONGEST_NOTE:
        raise BadInput(N_("Please write at most %(length)s characters."), field="note", length=LONGEST_NOTE)
    return chosen_way, chosen_outcome, note


def log_attempt(
    session: Session,
    incident: Incident,
    account_id: int,
    way: ContactWay,
    outcome: ContactOutcome,
    note: str,
    *,
    now: datetime,
) -> bool:
    """Keep a try, in the caller's write transaction; returns whether whoever tried became the owner by it.

    Raises BadInput when the incident is about no resident, Conflict when it is resolved.
    """
    if incident.resident_id is None:
        raise BadInput(N_("This incident is not about a resident; nobody needs to be called."))
    owner = take_on(session, incident.id, account_id, now=now)
    _step_taken(session, incident)
    session.add(
        ContactAttempt(
            incident_id=incident.id,
            zone_id=incident.zone_id,
            resident_id=incident.resident_id,
            account_id=account_id,
            at=now,
            way=way,
            outcome=outcome,
            note=note,
        )
    )
    audit.note(
        session,
        Action.CONTACT_ATTEMPTED,
        at=now,
        account_id=account_id,
        zone_id=incident.zone_id,
        resident_id=incident.resident_id,
        incident_id=incident.id,
        way=way.value,
        outcome=outcome.value,
        became_owner=owner,
    )
    if outcome == ContactOutcome.UNWELL and incident.kind != IncidentKind.UNWELL:
        _ask_for_help(session, incident, note, now)
    announce(session, incident.zone_id, Topic.INCIDENT, now)
    return owner


def _step_taken(session: Session, incident: Incident) -> None:
    """What a supervisor wanted first has been tried: the case stands where it stood before, with what came of it."""
    lead = Incident.id == (incident.lead_id or incident.id)
    wanted = Incident.next_step.in_((NextStep.CALL, NextStep.VISIT))
    changed(session, update(Incident).where(lead, wanted).values(next_step=None))


def _ask_for_help(session: Session, incident: Incident, note: str, now: datetime) -> None:
    """The same incident that an answer opens: somebody unwell is one case, however it was learnt."""
    resident = session.get_one(Resident, incident.resident_id)
    if note:
        reason = words(N_("%(name)s told staff about feeling unwell: %(note)s"), name=resident.full_name, note=note)
    else:
        reason = words(N_("%(name)s told staff about feeling unwell."), name=resident.full_name)
    open_incident(
        session,
        IncidentKind.UNWELL,
        causes.unwell(resident.id),
        zone_id=incident.zone_id,
        room_id=resident.room_id,
        resident_id=resident.id,
        check_in_id=incident.check_in_id,
        reason=reason,
        now=now,
    )


def attempts_on(session: Session, incident_ids: Collection[int]) -> list[Attempt]:
    """The tries on the incidents of a case, newest first."""
    rows = session.execute(
        select(ContactAttempt, Account.username)
        .join(Account, Account.id == ContactAttempt.account_id)
        .where(ContactAttempt.incident_id.in_(incident_ids))
        .order_by(ContactAttempt.id.desc())
    )
    return [_attempt(attempt, username) for attempt, username in rows]


def attempts_since(session: Session, residents: Collection[int], since: datetime) -> list[Attempt]:
    """The tries to reach these people since a moment, newest first, on whichever incident."""
    rows = session.execute(
        select(ContactAttempt, Account.username)
        .join(Account, Account.id == ContactAttempt.account_id)
        .where(ContactAttempt.resident_id.in_(residents), ContactAttempt.at >= since)
        .order_by(ContactAttempt.id.desc())
    )
    return [_attempt(attempt, username) for attempt, username in rows]


def _attempt(row: ContactAttempt, username: str) -> Attempt:
    return Attempt(row.at, row.way, row.outcome, row.note, username, row.incident_id, row.resident_id)
