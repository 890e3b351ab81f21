"""Staff try to reach somebody who did not answer: each try is kept, and the first who tries owns the case."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.database.together import Reading, asked, read
from monitor.incidents import causes
from monitor.incidents.cases import case_leads
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
    incident_id: int | None
    resident_id: int


@dataclass(frozen=True)
class _Told:
    """What somebody told staff, and what follows. with_note, alone: in words, where the caller wrote what was said or did not."""

    kind: IncidentKind
    cause: Callable[[int], str]
    with_note: str
    alone: str


_TOLD = {
    ContactOutcome.UNWELL: _Told(
        IncidentKind.UNWELL,
        causes.unwell,
        N_("%(name)s told staff about feeling unwell: %(note)s"),
        N_("%(name)s told staff about feeling unwell."),
    ),
    ContactOutcome.NEEDS: _Told(
        IncidentKind.WISH,
        causes.wish,
        N_("%(name)s told staff what is needed: %(note)s"),
        N_("%(name)s told staff about needing something. Ask what it is."),
    ),
}


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
    resident = session.get_one(Resident, incident.resident_id)
    of_incident: dict[str, Any] = {"incident_id": incident.id, "became_owner": owner}
    _keep(session, resident, incident.zone_id, account_id, way, outcome, note, now, of_incident)
    if outcome in _TOLD and incident.kind != _TOLD[outcome].kind:
        _ask_for_help(session, resident, _TOLD[outcome], incident.zone_id, incident.check_in_id, note, now)
    announce(session, incident.zone_id, Topic.INCIDENT, now)
    return owner


def log_contact(
    session: Session, resident: Resident, account_id: int, way: ContactWay, outcome: ContactOutcome, note: str, *, now: datetime
) -> bool:
    """Keep a call or a visit that was logged on a person, in the caller's write transaction: on the case that waits about them, if there is one.

    Returns whether it was: then the rules of `log_attempt` hold. One that nobody waited for stands by itself.
    """
    case = session.scalar(select(Incident).where(case_leads(resident.id)))
    if case is not None:
        log_attempt(session, case, account_id, way, outcome, note, now=now)
        return True
    _keep(session, resident, resident.zone_id, account_id, way, outcome, note, now, {})
    if outcome in _TOLD:
        _ask_for_help(session, resident, _TOLD[outcome], resident.zone_id, None, note, now)
    announce(session, resident.zone_id, Topic.INCIDENT, now)
    return False


def _keep(
    session: Session,
    resident: Resident,
    zone_id: int,
    account_id: int,
    way: ContactWay,
    outcome: ContactOutcome,
    note: str,
    now: datetime,
    of_incident: dict[str, Any],
) -> None:
    session.add(
        ContactAttempt(
            incident_id=of_incident.get("incident_id"),
            zone_id=zone_id,
            resident_id=resident.id,
            account_id=account_id,
            at=now,
            way=way,
            outcome=outcome,
            note=note,
        )
    )
    whose: dict[str, Any] = {"account_id": account_id, "zone_id": zone_id, "resident_id": resident.id}
    audit.note(session, Action.CONTACT_ATTEMPTED, at=now, **whose, way=way.value, outcome=outcome.value, **of_incident)


def _step_taken(session: Session, incident: Incident) -> None:
    """What a supervisor wanted first has been tried: the case stands where it stood before, with what came of it."""
    lead = Incident.id == (incident.lead_id or incident.id)
    wanted = Incident.next_step.in_((NextStep.CALL, NextStep.VISIT))
    changed(session, update(Incident).where(lead, wanted).values(next_step=None))


def _ask_for_help(
    session: Session, resident: Resident, told: _Told, zone_id: int, check_in_id: int | None, note: str, now: datetime
) -> None:
    """The same incident that an answer opens: somebody unwell is one case, however it was learnt."""
    reason = words(told.with_note, name=resident.full_name, note=note) if note else words(told.alone, name=resident.full_name)
    open_incident(
        session,
        told.kind,
        told.cause(resident.id),
        zone_id=zone_id,
        room_id=resident.room_id,
        resident_id=resident.id,
        check_in_id=check_in_id,
        reason=reason,
        now=now,
    )


def attempts_on(incident_ids: Collection[int]) -> Reading[list[Attempt]]:
    """The tries on the incidents of a case, newest first."""
    rows = yield from asked(
        select(ContactAttempt, Account.username)
        .join(Account, Account.id == ContactAttempt.account_id)
        .where(ContactAttempt.incident_id.in_(incident_ids))
        .order_by(ContactAttempt.id.desc())
    )
    return [_attempt(attempt, username) for attempt, username in rows]


def attempts_since(session: Session, residents: Collection[int], since: datetime) -> list[Attempt]:
    """The tries to reach these people since a moment, newest first, on whichever incident."""
    return read(session, attempts_since_asked(residents, since))


def attempts_since_asked(residents: Collection[int], since: datetime) -> Reading[list[Attempt]]:
    """The same as a reading."""
    rows = yield from asked(
        select(ContactAttempt, Account.username)
        .join(Account, Account.id == ContactAttempt.account_id)
        .where(ContactAttempt.resident_id.in_(residents), ContactAttempt.at >= since)
        .order_by(ContactAttempt.id.desc())
    )
    return [_attempt(attempt, username) for attempt, username in rows]


def _attempt(row: ContactAttempt, username: str) -> Attempt:
    return Attempt(row.at, row.way, row.outcome, row.note, username, row.incident_id, row.resident_id)
