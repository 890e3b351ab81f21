"""Incidents: opened once for one cause, ended by the cause, acknowledged and resolved by people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, bindparam, literal_column, select, update
from sqlalchemy.orm import Session

from monitor import audit
from monitor.bulk import insert_rows, one_of, one_of_given
from monitor.changes import announce
from monitor.database import Database
from monitor.models import Incident, IncidentKind, IncidentNote, IncidentState
from monitor.problems import BadInput, Conflict, NotFound
from monitor.words import N_, Words

# How long staff have to look, by kind. A welfare question comes before a camera's fault.
DEADLINES = {
    IncidentKind.UNWELL: timedelta(minutes=15),
    IncidentKind.MISSED: timedelta(minutes=30),
    IncidentKind.MISSED_REPEATEDLY: timedelta(minutes=15),
    IncidentKind.UNREACHED: timedelta(minutes=60),
    IncidentKind.ROOM_EMPTY: timedelta(minutes=30),
    IncidentKind.FACE_DOUBTFUL: timedelta(minutes=60),
    IncidentKind.PLACE_DOUBTFUL: timedelta(minutes=60),
    IncidentKind.CONTESTED: timedelta(hours=4),
    # Whatever the machine does not understand may be urgent.
    IncidentKind.TEXT_UNCLEAR: timedelta(minutes=30),
    IncidentKind.TEXTS_STOPPED: timedelta(hours=4),
    IncidentKind.GUARDIAN_NEEDED: timedelta(hours=2),
    # Its two working days are over already: supervisors are told at once.
    IncidentKind.REQUEST_OVERDUE: timedelta(0),
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


@dataclass(frozen=True)
class Cause:
    """What an incident is about.

    key: one unresolved incident each (`camera-3-offline`). visit_due_at: when somebody should go and look if it is not cleared up.
    first_in_line: half the time, for who is ill or alone.
    """

    key: str
    zone_id: int
    reason: Words
    room_id: int | None = None
    resident_id: int | None = None
    camera_id: int | None = None
    check_in_id: int | None = None
    visit_due_at: datetime | None = None
    first_in_line: bool = False


def unresolved() -> ColumnElement[bool]:
    """A condition on Incident. The state stands in the statement: as a parameter it would hide the index on unresolved causes."""
    return Incident.state != literal_column(f"'{IncidentState.RESOLVED}'", Incident.__table__.c.state.type)


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
    """Open one incident, see `open_incidents`; returns whether anything changed."""
    about = Cause(cause, zone_id, reason, room_id, resident_id, camera_id, check_in_id)
    return bool(open_incidents(session, kind, [about], now=now))


def open_incidents(session: Session, kind: IncidentKind, causes: Sequence[Cause], *, now: datetime) -> int:
    """Open an incident for each cause, in the caller's write transaction; at most some thousand at once.

    While an unresolved one exists for the same cause, none is added: if its cause had ended, it is noted as come back; if the
    reason is another one now, the newest is shown.
    Returns how many were opened or changed.
    """
    rows = session.execute(
        select(Incident.id, Incident.cause, Incident.reason, Incident.cause_ended_at).where(
            one_of(Incident.cause, [each.key for each in causes]), unresolved()
        )
    )
    known = {row.cause: row for row in rows}
    zones: set[int] = set()
    changed = 0
    fresh: dict[str, Cause] = {}
    for each in causes:
        row = known.get(each.key)
        if row is None:
            fresh[each.key] = each
            continue
        if come_again(session, row, row.id, each.reason, each.check_in_id, now):
            changed += 1
            zones.add(each.zone_id)
    if fresh:
        # The unique index on unresolved causes: another worker may open one in this instant.
        opened = insert_rows(
            session,
            Incident,
            [
                {
                    "zone_id": each.zone_id,
                    "cause": each.key,
                    "room_id": each.room_id,
                    "resident_id": each.resident_id,
                    "camera_id": each.camera_id,
                    "check_in_id": each.check_in_id,
                    "reason": each.reason.dump(),
                    "deadline_at": now + DEADLINES[kind] / (2 if each.first_in_line else 1),
                    "visit_due_at": each.visit_due_at,
                }
                for each in fresh.values()
            ],
            {"kind": kind, "state": IncidentState.OPEN, "opened_at": now, "occurrences": 1, "last_occurred_at": now},
        )
        changed += opened
        if opened:
            zones.update(each.zone_id for each in fresh.values())
    for zone_id in sorted(zones):
        announce(session, zone_id, "incident", now)
    return changed


def come_again(session: Session, known: Any, incident_id: int, reason: Words, check_in_id: int | None, now: datetime) -> bool:
    """Note on an unresolved incident that its cause is told of again; returns whether that changes it.

    known: the incident's stored reason and cause_ended_at.
    """
    if known.cause_ended_at is None and known.reason == reason.dump():
        return False
    # Somebody already asked after who then tells of something worse: staff must see the newest words.
    newest: dict[str, object] = {"reason": reason.dump(), "last_occurred_at": now}
    if check_in_id is not None:
        newest["check_in_id"] = check_in_id
    if known.cause_ended_at is not None:
        newest |= {"cause_ended_at": None, "occurrences": Incident.occurrences + 1}
    moved = session.execute(
        update(Incident)
        .where(Incident.id == incident_id, Incident.state != IncidentState.RESOLVED)
        .values(**newest)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(moved, CursorResult)
    return bool(moved.rowcount)


# Made once: every answer that counts ends causes.
_ENDING = (
    update(Incident)
    .where(one_of_given(Incident.cause, "causes"), unresolved(), Incident.cause_ended_at.is_(None))
    .values(cause_ended_at=bindparam("ended_at"))
    .returning(Incident.zone_id)
)


def end_cause(session: Session, cause: str, *, now: datetime) -> bool:
    """Note that a cause went away by itself; a person still resolves the incident. Returns whether one was waiting for that."""
    return bool(end_causes(session, [cause], now=now))


def end_causes(session: Session, causes: Sequence[str], *, now: datetime) -> int:
    """Note that causes went away by themselves; returns how many incidents were waiting for that."""
    session.flush()
    rows = session.connection().execute(_ENDING, {"ended_at": now, "causes": list(causes)}).all()
    for zone_id in {row.zone_id for row in rows}:
        announce(session, zone_id, "incident", now)
    return len(rows)


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


def take_on(session: Session, incident_id: int, account_id: int, *, now: datetime) -> bool:
    """Make somebody who acts on an incident its owner, where nobody is yet, as part of what they do (and of its audit entry).

    Returns whether they became it. Raises NotFound, and Conflict when it is resolved already.
    """
    taken = session.execute(
        update(Incident)
        .where(Incident.id == incident_id, Incident.state == IncidentState.OPEN)
        .values(state=IncidentState.ACKNOWLEDGED, acknowledged_at=now, acknowledged_by=account_id)
        .returning(Incident.zone_id)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is not None:
        announce(session, taken.zone_id, "incident", now)
        return True
    state = session.scalar(select(Incident.state).where(Incident.id == incident_id).with_for_update())
    if state is None:
        raise NotFound(N_("There is no such incident."))
    if state == IncidentState.RESOLVED:
        raise Conflict(N_("Somebody else has already acted on this incident. Look at it again."))
    return False


def escalate_overdue(database: Database, now: datetime) -> int:
    """Mark incidents that nobody resolved by their deadline, each once, so that supervisors see them; returns how many."""
    overdue = (
        Incident.state != IncidentState.RESOLVED,
        Incident.deadline_at <= now,
        Incident.escalated_at.is_(None),
    )
    with database.read() as session:
        # Asked without the write lock, since most of the time there is none.
        if session.scalar(select(Incident.id).where(*overdue).limit(1)) is None:
            return 0
    with database.write() as session:
        rows = session.execute(
            update(Incident)
            .where(*overdue)
            .values(escalated_at=now)
            .returning(Incident.zone_id)
            .execution_options(synchronize_session=False)
        ).all()
        for zone_id in sorted({row.zone_id for row in rows}):
            announce(session, zone_id, "incident", now)
    return len(rows)


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
