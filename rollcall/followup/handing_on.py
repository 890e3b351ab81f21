"""Incidents handed on to a colleague, and opened anew when they turn out not to be over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.accounts.access import GRANTS, Permission
from monitor.changes import Topic, announce
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.database.together import Reading, asked, read
from monitor.incidents.cases import case_leads, parts_of, unresolved
from monitor.incidents.incidents import DEADLINES, add_note, lead_of
from monitor.incidents.triage_table import in_force
from monitor.models.accounts import Account, AccountZone, Role
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.people.residents import Resident
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.followup.unjudged import ABOUT_ANSWERS

BY_DECIDING = ABOUT_ANSWERS | {IncidentKind.CONTESTED}
"""What these are about ends by deciding it, and by nothing else: what was decided is decided otherwise, not opened anew."""
MOST_COLLEAGUES = 300
LONGEST_REASON = 2000


def colleagues_for(session: Session, incident: Incident) -> Sequence[Account]:
    """Who may act on an incident, by name: it can be handed on to these."""
    return read(session, colleagues_asked(incident))


def colleagues_asked(incident: Incident) -> Reading[list[Account]]:
    """The same as a reading."""
    contested = incident.kind is IncidentKind.CONTESTED
    return colleagues_in_asked(incident.zone_id, Permission.REVIEW_CHECK_IN if contested else Permission.ACT_ON_INCIDENT)


def colleagues_in(session: Session, zone_id: int, needed: Permission) -> Sequence[Account]:
    """Who may do something in a zone, by name."""
    return read(session, colleagues_in_asked(zone_id, needed))


def colleagues_in_asked(zone_id: int, needed: Permission) -> Reading[list[Account]]:
    """The same as a reading."""
    roles = [role for role in Role if needed in GRANTS[role]]
    here = select(AccountZone.account_id).where(AccountZone.zone_id == zone_id)
    may = (Account.active, Account.role.in_(roles), or_(Account.all_zones, Account.id.in_(here)))
    return (yield from asked(select(Account).where(*may).order_by(Account.username).limit(MOST_COLLEAGUES)))


def assign(session: Session, incident: Incident, to: int, seen: int | None, account_id: int, *, now: datetime) -> None:
    """Ask a colleague to take an incident on, or the case that it leads, in the caller's write transaction.

    Until they do, nobody has it: whoever is free may still take it, and alerts go on. seen: who had been asked when the page was made.
    Raises BadInput for whoever may not act on it, Conflict when somebody else was faster or it is resolved.
    """
    names = {each.id: each.username for each in colleagues_for(session, incident)}
    if to not in names:
        raise BadInput(N_("Choose a colleague who works in this zone."), field="to")
    before = Incident.assigned_to.is_(None) if seen is None else Incident.assigned_to == seen
    waits = (Incident.id == incident.id, Incident.state != IncidentState.RESOLVED, before)
    nobodys = {"state": IncidentState.OPEN, "acknowledged_at": None, "acknowledged_by": None}
    if not changed(session, update(Incident).where(*waits).values(**nobodys, assigned_to=to)):
        raise Conflict(N_("Someone else has already handled this incident. Reload the page to see it as it is now."))
    changed(session, update(Incident).where(Incident.lead_id == incident.id, unresolved()).values(**nobodys))
    _tell(session, Action.INCIDENT_ASSIGNED, incident, account_id, now, assigned_to=names[to])


def may_reopen(session: Session, incident: Incident) -> bool:
    """Whether something of a resolved incident, or of the case it leads, can wait anew: more than a decision about an answer."""
    return can_wait_anew(incident, parts_of(session, [incident.id])[incident.id])


def can_wait_anew(incident: Incident, parts: Iterable[Incident]) -> bool:
    """The same with the parts of its case, itself among them, at hand."""
    return incident.state is IncidentState.RESOLVED and not {each.kind for each in parts} <= BY_DECIDING


def reopen(session: Session, incident: Incident, account_id: int, reason: str, *, now: datetime) -> None:
    """Open a resolved incident anew, or the case that it leads with the parts that ended with it, in the caller's write transaction.

    It waits for somebody as on its first day, with as long a time. Raises BadInput without a reason, Conflict when it is not resolved
    (any more), when another one about the same waits, and for what ends by a decision only.
    """
    if incident.state is IncidentState.RESOLVED and not may_reopen(session, incident):
        raise Conflict(
            N_("This was about an answer, and ended when it was decided. Change that decision on the person’s page instead.")
        )
    resident = session.get(Resident, incident.resident_id) if incident.resident_id is not None else None
    if resident is not None and resident.deleted_at is not None:
        raise Conflict(N_("All data about this person was deleted."))
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise BadInput(N_("Please say why it is not over."), field="text")
    if _waits_elsewhere(session, incident):
        raise Conflict(N_("Another incident about the same is open already. Go on there."))
    anew: dict[str, object] = {
        "state": IncidentState.OPEN,
        "resolved_at": None,
        "resolved_by": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "assigned_to": None,
        "escalated_at": None,
        "cause_ended_at": None,
        "last_occurred_at": now,
    }
    lead = {**anew, "urgent_since": now, "deadline_at": now + _time_for(session, incident, now)}
    resolved = (Incident.id == incident.id, Incident.state == IncidentState.RESOLVED, Incident.lead_id.is_(None))
    theirs = [each for each in _parts_that_ended(session, incident) if each.kind not in BY_DECIDING]
    try:
        with session.begin_nested():
            if not changed(session, update(Incident).where(*resolved).values(**lead)):
                raise Conflict(N_("This incident is open already. Reload the page to see it as it is now."))
            changed(session, update(Incident).where(one_of(Incident.id, [each.id for each in theirs])).values(**anew))
    except IntegrityError:
        raise Conflict(N_("Another incident about the same is open already. Go on there.")) from None
    add_note(session, incident, account_id, reason, now=now)
    _tell(session, Action.INCIDENT_REOPENED, incident, account_id, now)


def _waits_elsewhere(session: Session, incident: Incident) -> bool:
    same = [Incident.cause == incident.cause]
    if incident.case_of is not None:
        same.append(case_leads(incident.case_of))
    query = select(Incident.id).where(Incident.id != lead_of(session, incident.id), unresolved(), or_(*same))
    return session.scalar(query.limit(1)) is not None


def _parts_that_ended(session: Session, incident: Incident) -> Sequence[Incident]:
    """Of a case: what was resolved together with its lead, and waits nowhere else by now."""
    ended = session.scalars(
        select(Incident).where(Incident.lead_id == incident.id, Incident.resolved_at == incident.resolved_at)
    ).all()
    waiting = set(
        session.scalars(select(Incident.cause).where(one_of(Incident.cause, [each.cause for each in ended]), unresolved()))
    )
    return [each for each in ended if each.cause not in waiting]


def _time_for(session: Session, incident: Incident, now: datetime) -> timedelta:
    if incident.case_of is None:
        return DEADLINES[incident.kind]
    usual, _at_risk = in_force(session, now).minutes[incident.urgency]
    return timedelta(minutes=usual)


def _tell(session: Session, action: Action, incident: Incident, account_id: int, now: datetime, **details: Any) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=account_id,
        zone_id=incident.zone_id,
        resident_id=incident.resident_id,
        incident_id=incident.id,
        **details,
    )
    announce(session, incident.zone_id, Topic.INCIDENT, now)
