"""Incidents about thousands of people at once: the database writes them out of what it knows of each, and ships none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, Text, and_, cast, literal, select
from sqlalchemy.orm import Session, aliased

from monitor.changes import Topic, announce
from monitor.database.database import insert_new
from monitor.database.expressions import json_object
from monitor.database.many_rows import one_of
from monitor.database.statements import inserted
from monitor.incidents import causes
from monitor.incidents.cases import case_leads, unresolved
from monitor.incidents.incidents import Cause, open_incidents
from monitor.incidents.triage import RANK, Judgement
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.rounds import CheckIn
from monitor.words import Words, words

_INCIDENT = Incident.__table__.c


def open_about_residents(
    session: Session,
    kind: IncidentKind,
    template: str,
    check_in_ids: Sequence[int],
    *,
    now: datetime,
    visit_due_at: datetime,
    judged: Judgement,
) -> int:
    """What `open_incidents` does, for the residents of these check-ins, in the caller's write transaction; at most some thousand at once.

    template: a sentence in which %(name)s is the resident. One question a person, not one a round: the next one of somebody who is
    still asked after adds nothing. Who has a case already is told of in the usual way. Returns how many were opened or changed.
    """
    known = _with_case(session, kind, check_in_ids)
    fresh = list(set(check_in_ids) - {each.check_in_id for each in known})
    opened = _open(session, kind, template, fresh, now, visit_due_at, judged) if fresh else 0
    if opened < len(fresh):
        # Another worker opened one about somebody in this instant.
        known += _with_case(session, kind, fresh)
    about = [
        Cause(
            each.cause,
            each.zone_id,
            words(template, name=each.name),
            room_id=each.room_id,
            resident_id=each.resident_id,
            check_in_id=each.check_in_id,
            visit_due_at=visit_due_at,
            judged=judged,
        )
        for each in known
        if each.learns(words(template, name=each.name), judged)
    ]
    return opened + (open_incidents(session, kind, about, now=now) if about else 0)


@dataclass(frozen=True)
class _WithCase:
    """Somebody who has a case. reason: stored of what waits under the same cause, None for nothing; ended_at: when that cause ended."""

    check_in_id: int
    resident_id: int
    zone_id: int
    room_id: int | None
    name: str
    cause: str
    case_zone_id: int
    urgency: Urgency
    reason: dict[str, Any] | None
    ended_at: datetime | None

    def learns(self, reason: Words, judged: Judgement) -> bool:
        """Whether the case changes by it. Of most people it does not, so that their rows need not be locked."""
        same = self.reason == reason.dump() and self.ended_at is None and self.zone_id == self.case_zone_id
        return not same or RANK[judged.urgency] > RANK[self.urgency]


def _with_case(session: Session, kind: IncidentKind, check_in_ids: Sequence[int]) -> list[_WithCase]:
    """Those of these check-ins whose residents have a case."""
    lead = aliased(Incident)
    cause = _cause(kind)
    query = (
        select(
            CheckIn.id,
            CheckIn.resident_id,
            CheckIn.zone_id,
            Resident.room_id,
            Resident.full_name,
            cause,
            lead.zone_id,
            lead.urgency,
            Incident.reason,
            Incident.cause_ended_at,
        )
        .join(Resident, Resident.id == CheckIn.resident_id)
        .join(lead, case_leads(CheckIn.resident_id, lead))
        .outerjoin(Incident, and_(Incident.cause == cause, unresolved()))
        .where(one_of(CheckIn.id, check_in_ids))
    )
    return [_WithCase(*row) for row in session.execute(query)]


def _cause(kind: IncidentKind) -> ColumnElement[str]:
    return literal(causes.not_answered_before(kind)) + cast(CheckIn.resident_id, String)


def _open(
    session: Session,
    kind: IncidentKind,
    template: str,
    check_in_ids: Sequence[int],
    now: datetime,
    visit_due_at: datetime,
    judged: Judgement,
) -> int:
    """Open one about each, leading a case of its own, where the unique indexes let it in."""
    about = select(CheckIn.id).join(Resident, Resident.id == CheckIn.resident_id).where(one_of(CheckIn.id, check_in_ids))
    values: dict[str, ColumnElement[Any]] = {
        "zone_id": CheckIn.zone_id.expression,
        "room_id": Resident.room_id.expression,
        "resident_id": CheckIn.resident_id.expression,
        "case_of": CheckIn.resident_id.expression,
        "check_in_id": CheckIn.id.expression,
        "cause": _cause(kind),
        "reason": _reason(template),
    }
    common = {
        "kind": kind,
        "state": IncidentState.OPEN,
        "opened_at": now,
        "deadline_at": now + judged.within,
        "occurrences": 1,
        "last_occurred_at": now,
        "visit_due_at": visit_due_at,
        "urgency": judged.urgency,
        "urgency_reasons": [each.dump() for each in judged.reasons],
        "triage_version": judged.version,
    }
    values |= {name: literal(value, _INCIDENT[name].type) for name, value in common.items()}
    filled = insert_new(session, Incident).from_select(
        list(values), about.with_only_columns(*values.values()), include_defaults=False
    )
    opened = inserted(session, filled)
    if opened:
        for zone_id in sorted(session.scalars(select(CheckIn.zone_id).where(one_of(CheckIn.id, check_in_ids)).distinct())):
            announce(session, zone_id, Topic.INCIDENT, now)
    return opened


def _reason(template: str) -> ColumnElement[Any]:
    """The sentence as `Words.dump` gives it, with each resident's name put in by the database."""
    return json_object(template=cast(literal(template), Text), values=json_object(name=Resident.full_name))
