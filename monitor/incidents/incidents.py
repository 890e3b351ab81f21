"""Incidents: opened once for one cause, ended by the cause, acknowledged and resolved by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.many_rows import insert_rows, one_of, one_of_given
from monitor.database.statements import changed, changed_values
from monitor.incidents.cases import OF_CARE, Case, cases_of, leads, raise_case, unresolved
from monitor.incidents.risks import risks_of
from monitor.incidents.triage import Heard, Judgement, urgency_of
from monitor.incidents.triage_table import in_force
from monitor.models.incidents import Incident, IncidentKind, IncidentNote, IncidentState, Urgency
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, Words

# How long staff have to look, by kind; of care, by its urgency.
DEADLINES = {
    IncidentKind.WISH: timedelta(hours=4),
    IncidentKind.FACE_DOUBTFUL: timedelta(minutes=60),
    IncidentKind.PLACE_DOUBTFUL: timedelta(minutes=60),
    IncidentKind.CONTESTED: timedelta(hours=4),
    IncidentKind.TEXTS_STOPPED: timedelta(hours=4),
    IncidentKind.GUARDIAN_NEEDED: timedelta(hours=2),
    # Its two working days are over already: it is on the supervisors' list at once.
    IncidentKind.REQUEST_OVERDUE: timedelta(0),
    IncidentKind.CHANGE_FAILED: timedelta(hours=1),
    IncidentKind.TEST_POSITIVE: timedelta(minutes=60),
    IncidentKind.NOBODY_ON_DUTY: timedelta(minutes=15),
    IncidentKind.TELLING_STALLED: timedelta(minutes=15),
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
    IncidentKind.DATA_UNREADABLE: timedelta(hours=4),
    # A person waits at a gate.
    IncidentKind.AT_CONTROL_POINT: timedelta(minutes=15),
    IncidentKind.DECLARED_CONTACT: timedelta(hours=8),
    IncidentKind.DECLARED_SYMPTOM: timedelta(hours=2),
    IncidentKind.DECLARED_DANGER: timedelta(minutes=15),
    IncidentKind.HOTLINE_STALLED: timedelta(minutes=15),
    IncidentKind.REPORT_NOT_SENT: timedelta(minutes=15),
    IncidentKind.REPORT_LATE: timedelta(minutes=15),
    # Names of alerts about tickets, which are no incidents: within what the hotline's clocks allow.
    IncidentKind.HOTLINE_EMERGENCY: timedelta(minutes=15),
    IncidentKind.HOTLINE_WAITS: timedelta(minutes=60),
    IncidentKind.HOTLINE_REFUSED: timedelta(minutes=60),
    IncidentKind.HOTLINE_DUE: timedelta(hours=2),
    IncidentKind.HOTLINE_BREACHED: timedelta(0),
    IncidentKind.REPORTERS_TO_CALL: timedelta(minutes=30),
}

# How soon a person must look, by kind, of what is no care of a person; what is not named is for the day.
URGENCY = {
    IncidentKind.SITE_OUTAGE: Urgency.SOON,
    IncidentKind.TEST_POSITIVE: Urgency.SOON,
    IncidentKind.NOBODY_ON_DUTY: Urgency.SOON,
    IncidentKind.TELLING_STALLED: Urgency.SOON,
    IncidentKind.HOTLINE_STALLED: Urgency.SOON,
    IncidentKind.REPORT_NOT_SENT: Urgency.SOON,
    IncidentKind.REPORT_LATE: Urgency.SOON,
    # Who has no number that can be read is reached by nobody.
    IncidentKind.DATA_UNREADABLE: Urgency.SOON,
    IncidentKind.AT_CONTROL_POINT: Urgency.SOON,
    IncidentKind.DECLARED_DANGER: Urgency.DANGER,
}


@dataclass(frozen=True)
class Cause:
    """What an incident is about.

    key: one unresolved incident each (`camera-3-offline`). visit_due_at: when somebody should go and look if it is not cleared up.
    Of care: heard: what of; None: what its kind says by itself. judged: how urgent it is, where that was decided already.
    """

    key: str
    zone_id: int
    reason: Words
    room_id: int | None = None
    resident_id: int | None = None
    camera_id: int | None = None
    check_in_id: int | None = None
    visit_due_at: datetime | None = None
    heard: Heard | None = None
    judged: Judgement | None = None


@dataclass(frozen=True)
class Waiting:
    """What is stored of an unresolved incident: its reason as `Words.dump` gives it, and when its cause ended, if it did."""

    incident_id: int
    reason: dict[str, Any]
    cause_ended_at: datetime | None


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
    heard: Heard | None = None,
) -> bool:
    """Open one incident, see `open_incidents`; returns whether anything changed."""
    about = Cause(cause, zone_id, reason, room_id, resident_id, camera_id, check_in_id, heard=heard)
    return bool(open_incidents(session, kind, [about], now=now))


def open_incidents(session: Session, kind: IncidentKind, causes: Sequence[Cause], *, now: datetime) -> int:
    """Open an incident for each cause, in the caller's write transaction; at most some thousand at once.

    While an unresolved one exists for the same cause, none is added: if its cause had ended, it is noted as come back; if the
    reason is another one now, the newest is shown. Of care, it becomes part of the person's case, and makes that more urgent where it
    is worse.
    Returns how many were opened or changed.
    """
    if kind in OF_CARE:
        causes = _judged(session, kind, causes, now)
    people = {each.resident_id for each in causes if each.resident_id is not None and kind in OF_CARE}
    cases = cases_of(session, people) if people else {}
    waiting = _waiting(session, causes)
    zones: set[int] = set()
    changed = 0
    fresh: dict[str, Cause] = {}
    for each in causes:
        known = waiting.get(each.key)
        if known is None:
            fresh[each.key] = each
        elif come_again(session, known, each.reason, each.check_in_id, now):
            changed += 1
            zones.add(each.zone_id)
    while fresh:
        opened = _open(session, kind, list(fresh.values()), cases, now)
        changed += opened
        if opened:
            zones.update(each.zone_id for each in fresh.values())
        if opened == len(fresh):
            break
        # Another worker opened one in this instant: for the same cause, or one that leads the person's case now.
        waiting = _waiting(session, list(fresh.values()))
        fresh = {key: each for key, each in fresh.items() if key not in waiting}
        cases = cases_of(session, people) if people else {}
    for each in causes:
        case = cases.get(each.resident_id or 0)
        if case is not None and each.judged is not None and raise_case(session, case, each.judged, each.zone_id, now):
            zones |= {case.zone_id, each.zone_id}
    for zone_id in sorted(zones):
        announce(session, zone_id, Topic.INCIDENT, now)
    return changed


def _judged(session: Session, kind: IncidentKind, causes: Sequence[Cause], now: datetime) -> list[Cause]:
    """The causes, each with how urgent it is."""
    if all(each.judged is not None for each in causes):
        return list(causes)
    table = in_force(session, now)
    risks = risks_of(session, {each.resident_id for each in causes if each.resident_id is not None}, now, table)

    def judged(cause: Cause) -> Judgement:
        heard = cause.heard or OF_CARE[kind]
        return urgency_of(heard.told, risks.get(cause.resident_id or 0, frozenset()), heard.silence, table)

    return [each if each.judged is not None else replace(each, judged=judged(each)) for each in causes]


def _waiting(session: Session, causes: Sequence[Cause]) -> dict[str, Waiting]:
    rows = session.execute(
        select(Incident.id, Incident.cause, Incident.reason, Incident.cause_ended_at).where(
            one_of(Incident.cause, [each.key for each in causes]), unresolved()
        )
    )
    return {row.cause: Waiting(row.id, row.reason, row.cause_ended_at) for row in rows}


def _open(session: Session, kind: IncidentKind, fresh: Sequence[Cause], cases: Mapping[int, Case], now: datetime) -> int:
    """Insert what the unique indexes let in: on unresolved causes, and on who leads a case. Returns how many came in."""
    rows = []
    for each in fresh:
        case = cases.get(each.resident_id or 0)
        judged = each.judged
        rows.append(
            {
                "zone_id": each.zone_id,
                "cause": each.key,
                "case_of": each.resident_id if kind in OF_CARE else None,
                "lead_id": case.lead_id if case else None,
                "state": case.state if case else IncidentState.OPEN,
                "acknowledged_at": case.acknowledged_at if case else None,
                "acknowledged_by": case.acknowledged_by if case else None,
                "room_id": each.room_id,
                "resident_id": each.resident_id,
                "camera_id": each.camera_id,
                "check_in_id": each.check_in_id,
                "reason": each.reason.dump(),
                "deadline_at": now + (judged.within if judged else DEADLINES[kind]),
                "visit_due_at": each.visit_due_at,
                "urgency": judged.urgency if judged else URGENCY.get(kind, Urgency.ROUTINE),
                "urgency_reasons": [reason.dump() for reason in judged.reasons] if judged else [],
                "triage_version": judged.version if judged else "",
            }
        )
    return insert_rows(session, Incident, rows, {"kind": kind, "opened_at": now, "occurrences": 1, "last_occurred_at": now})


def come_again(session: Session, known: Waiting, reason: Words, check_in_id: int | None, now: datetime) -> bool:
    """Note on an unresolved incident that its cause is told of again; returns whether that changes it."""
    if known.cause_ended_at is None and known.reason == reason.dump():
        return False
    # Somebody already asked after who then tells of something worse: staff must see the newest words.
    newest: dict[str, object] = {"reason": reason.dump(), "last_occurred_at": now}
    if check_in_id is not None:
        newest["check_in_id"] = check_in_id
    if known.cause_ended_at is not None:
        newest |= {"cause_ended_at": None, "occurrences": Incident.occurrences + 1}
    still_waits = (Incident.id == known.incident_id, Incident.state != IncidentState.RESOLVED)
    return bool(changed(session, update(Incident).where(*still_waits).values(**newest)))


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
        announce(session, zone_id, Topic.INCIDENT, now)
    return len(rows)


def _move(
    session: Session,
    incident_id: int,
    account_id: int,
    allowed: tuple[IncidentState, ...],
    values: dict[str, object],
    *,
    audited: Action,
    now: datetime,
) -> Incident:
    incident_id = lead_of(session, incident_id)
    moved = changed(session, update(Incident).where(Incident.id == incident_id, Incident.state.in_(allowed)).values(**values))
    incident = session.get_one(Incident, incident_id, populate_existing=True)
    if not moved:
        raise Conflict(N_("Someone else has already handled this incident. Reload the page to see it as it is now."))
    _move_parts(session, incident_id, values)
    audit.note(
        session,
        audited,
        at=now,
        account_id=account_id,
        zone_id=incident.zone_id,
        resident_id=incident.resident_id,
        incident_id=incident_id,
    )
    announce(session, incident.zone_id, Topic.INCIDENT, now)
    return incident


def lead_of(session: Session, incident_id: int) -> int:
    """The incident that stands for the case of this one; itself, where it does so or is of none. Raises NotFound."""
    lead = session.scalar(select(func.coalesce(Incident.lead_id, Incident.id)).where(Incident.id == incident_id))
    if lead is None:
        raise NotFound(N_("This incident does not exist (any more)."))
    return lead


def _move_parts(session: Session, lead_id: int, values: dict[str, object]) -> None:
    """After the lead, in a statement of its own: what was added while the lead was locked is moved too."""
    changed(session, update(Incident).where(Incident.lead_id == lead_id, unresolved()).values(**values))


def _taken(account_id: int, now: datetime) -> dict[str, object]:
    taken = {"state": IncidentState.ACKNOWLEDGED, "acknowledged_at": now, "acknowledged_by": account_id}
    return {**taken, "assigned_to": None}


def acknowledge(session: Session, incident_id: int, account_id: int, *, now: datetime) -> Incident:
    """A person takes an open incident on. Raises NotFound, Conflict."""
    values = _taken(account_id, now)
    return _move(session, incident_id, account_id, (IncidentState.OPEN,), values, audited=Action.INCIDENT_ACKNOWLEDGED, now=now)


def take_on(session: Session, incident_id: int, account_id: int, *, now: datetime) -> bool:
    """Make somebody who acts on an incident its owner, where nobody is yet, as part of what they do (and of its audit entry).

    Returns whether they became it. Raises NotFound, and Conflict when it is resolved already.
    """
    incident_id = lead_of(session, incident_id)
    values = _taken(account_id, now)
    free = (Incident.id == incident_id, Incident.state == IncidentState.OPEN)
    taken = changed_values(session, update(Incident).where(*free).values(**values).returning(Incident.zone_id))
    if taken:
        _move_parts(session, incident_id, values)
        announce(session, taken[0], Topic.INCIDENT, now)
        return True
    state = session.scalar(select(Incident.state).where(Incident.id == incident_id).with_for_update())
    if state == IncidentState.RESOLVED:
        raise Conflict(N_("Someone else has already handled this incident. Reload the page to see it as it is now."))
    return False


def escalate_overdue(database: Database, now: datetime) -> int:
    """Mark incidents that nobody resolved by their deadline, each once: they stand on the supervisors' list; returns how many."""
    overdue = (
        leads(),
        Incident.state != IncidentState.RESOLVED,
        Incident.deadline_at <= now,
        Incident.escalated_at.is_(None),
    )
    with database.read() as session:
        # Asked without the write lock, since most of the time there is none.
        if session.scalar(select(Incident.id).where(*overdue).limit(1)) is None:
            return 0
    with database.write() as session:
        zones = changed_values(session, update(Incident).where(*overdue).values(escalated_at=now).returning(Incident.zone_id))
        for zone_id in sorted(set(zones)):
            announce(session, zone_id, Topic.INCIDENT, now)
    return len(zones)


def resolve(session: Session, incident_id: int, account_id: int, text: str, *, now: datetime) -> Incident:
    """A person closes an incident with a note of what was found. Raises BadInput without a note, NotFound, Conflict."""
    if not text.strip():
        raise BadInput(N_("Please describe in a few words what you found."), field="text")
    values: dict[str, object] = {"state": IncidentState.RESOLVED, "resolved_at": now, "resolved_by": account_id}
    waits = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)
    incident = _move(session, incident_id, account_id, waits, values, audited=Action.INCIDENT_RESOLVED, now=now)
    add_note(session, incident, account_id, text, now=now)
    return incident


def add_note(session: Session, incident: Incident, account_id: int, text: str, *, now: datetime) -> None:
    """Append a person's note. Raises BadInput when it is empty or longer than 2,000 characters."""
    if not text.strip() or len(text) > 2000:
        raise BadInput(N_("A note has from 1 to 2,000 characters."), field="text")
    session.add(
        IncidentNote(incident_id=incident.id, zone_id=incident.zone_id, account_id=account_id, at=now, text=text.strip())
    )
    announce(session, incident.zone_id, Topic.INCIDENT, now)
