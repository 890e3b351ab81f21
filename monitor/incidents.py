"""Incidents: opened once for one cause, ended by the cause, acknowledged and resolved by people."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor import audit
from monitor.changes import announce
from monitor.models import Incident, IncidentKind, IncidentNote, IncidentState
from monitor.problems import BadInput, Conflict, NotFound
from monitor.words import N_, Words

# How long staff have to look, by kind. A welfare question comes before a camera's fault.
DEADLINES = {
    IncidentKind.UNWELL: timedelta(minutes=15),
    IncidentKind.MISSED: timedelta(minutes=30),
    IncidentKind.UNREACHED: timedelta(minutes=60),
    IncidentKind.ROOM_EMPTY: timedelta(minutes=30),
    IncidentKind.FACE_DOUBTFUL: timedelta(minutes=60),
    IncidentKind.CAMERA_OFFLINE: timedelta(minutes=60),
    IncidentKind.CAMERA_COVERED: timedelta(minutes=30),
    IncidentKind.CAMERA_MOVED: timedelta(minutes=30),
    IncidentKind.CAMERA_DEFOCUSED: timedelta(minutes=60),
    IncidentKind.CAMERA_FROZEN: timedelta(minutes=30),
    IncidentKind.CAMERA_REPLAYED: timedelta(minutes=15),
    IncidentKind.SITE_OUTAGE: timedelta(minutes=15),
    IncidentKind.TOO_MANY_PEOPLE: timedelta(minutes=30),
    IncidentKind.CLOSED_AREA: timedelta(minutes=15),
    IncidentKind.EXIT_CROSSED: timedelta(minutes=15),
}


def open_incident(
    session: Session,
    kind: IncidentKind,
    cause: str,
    *,
    zone_id: int,
    reason: Words,
    now: datetime,
    room_id: int | None = None,
    resident_id: int | None = None,
    camera_id: int | None = None,
    check_in_id: int | None = None,
) -> bool:
    """Open an incident for a cause (`camera-3-offline`), in the caller's write transaction.

    While an unresolved one exists for the same cause, none is added: if its cause had ended, it is noted as come back; if the
    reason is another one now, the newest is shown.
    Returns whether anything changed.
    """
    came_back = session.execute(
        update(Incident)
        .where(Incident.cause == cause, Incident.state != IncidentState.RESOLVED, Incident.cause_ended_at.is_not(None))
        .values(cause_ended_at=None, occurrences=Incident.occurrences + 1, last_occurred_at=now, reason=reason.dump())
        .execution_options(synchronize_session=False)
    )
    assert isinstance(came_back, CursorResult)
    if came_back.rowcount:
        announce(session, zone_id, "incident", now)
        return True
    known = session.execute(
        select(Incident.id, Incident.reason).where(Incident.cause == cause, Incident.state != IncidentState.RESOLVED)
    ).first()
    if known is not None:
        if known.reason == reason.dump():
            return False
        # Somebody already asked after who then tells of something worse: staff must see the newest words.
        newest: dict[str, object] = {"reason": reason.dump(), "last_occurred_at": now}
        if check_in_id is not None:
            newest["check_in_id"] = check_in_id
        session.execute(
            update(Incident)
            .where(Incident.id == known.id, Incident.state != IncidentState.RESOLVED)
            .values(**newest)
            .execution_options(synchronize_session=False)
        )
        announce(session, zone_id, "incident", now)
        return True
    try:
        with session.begin_nested():
            session.execute(
                insert(Incident).values(
                    zone_id=zone_id,
                    kind=kind,
                    cause=cause,
                    state=IncidentState.OPEN,
                    room_id=room_id,
                    resident_id=resident_id,
                    camera_id=camera_id,
                    check_in_id=check_in_id,
                    reason=reason.dump(),
                    opened_at=now,
                    deadline_at=now + DEADLINES[kind],
                    occurrences=1,
                    last_occurred_at=now,
                )
            )
    except IntegrityError:
        # The unique index on unresolved causes: another worker opened it in this instant.
        return False
    announce(session, zone_id, "incident", now)
    return True


def end_cause(session: Session, cause: str, *, now: datetime) -> bool:
    """Note that a cause went away by itself; a person still resolves the incident. Returns whether one was waiting for that."""
    row = session.execute(
        update(Incident)
        .where(Incident.cause == cause, Incident.state != IncidentState.RESOLVED, Incident.cause_ended_at.is_(None))
        .values(cause_ended_at=now)
        .returning(Incident.zone_id)
        .execution_options(synchronize_session=False)
    ).first()
    if row is None:
        return False
    announce(session, row.zone_id, "incident", now)
    return True


def _move(
    session: Session,
    incident_id: int,
    account_id: int,
    allowed: tuple[IncidentState, ...],
    values: dict[str, object],
    *,
    audited: str,
    now: datetime,
) -> Incident:
    row = session.execute(
        update(Incident)
        .where(Incident.id == incident_id, Incident.state.in_(allowed))
        .values(**values)
        .returning(Incident.id)
        .execution_options(synchronize_session=False)
    ).first()
    incident = session.get(Incident, incident_id, populate_existing=True)
    if incident is None:
        raise NotFound(N_("There is no such incident."))
    if row is None:
        raise Conflict(N_("Somebody else has already acted on this incident. Look at it again."))
    audit.note(
        session,
        audited,
        at=now,
        account_id=account_id,
        zone_id=incident.zone_id,
        resident_id=incident.resident_id,
        incident_id=incident_id,
    )
    announce(session, incident.zone_id, "incident", now)
    return incident


def acknowledge(session: Session, incident_id: int, account_id: int, *, now: datetime) -> Incident:
    """A person takes an open incident on. Raises NotFound, Conflict."""
    values: dict[str, object] = {"state": IncidentState.ACKNOWLEDGED, "acknowledged_at": now, "acknowledged_by": account_id}
    return _move(session, incident_id, account_id, (IncidentState.OPEN,), values, audited="incident-acknowledged", now=now)


def resolve(session: Session, incident_id: int, account_id: int, text: str, *, now: datetime) -> Incident:
    """A person closes an incident with a note of what was found. Raises BadInput without a note, NotFound, Conflict."""
    if not text.strip():
        raise BadInput(N_("Please write in a few words what you found."), field="text")
    values: dict[str, object] = {"state": IncidentState.RESOLVED, "resolved_at": now, "resolved_by": account_id}
    unresolved = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)
    incident = _move(session, incident_id, account_id, unresolved, values, audited="incident-resolved", now=now)
    add_note(session, incident, account_id, text, now=now)
    return incident


def add_note(session: Session, incident: Incident, account_id: int, text: str, *, now: datetime) -> None:
    """Append a person's note. Raises BadInput when it is empty or longer than 2,000 characters."""
    if not text.strip() or len(text) > 2000:
        raise BadInput(N_("A note has from 1 to 2,000 characters."), field="text")
    session.add(
        IncidentNote(incident_id=incident.id, zone_id=incident.zone_id, account_id=account_id, at=now, text=text.strip())
    )
    announce(session, incident.zone_id, "incident", now)
