"""Incidents about thousands of people at once: the database writes them out of what it knows of each, and ships none of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    CursorResult,
    String,
    Text,
    and_,
    cast,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from monitor.bulk import one_of
from monitor.changes import announce
from monitor.database import insert_new
from monitor.incidents import DEADLINES, come_again, unresolved
from monitor.models import CheckIn, Incident, IncidentKind, IncidentState, Resident
from monitor.words import words

_INCIDENT = Incident.__table__.c


def open_about_residents(
    session: Session,
    kind: IncidentKind,
    template: str,
    check_in_ids: Sequence[int],
    *,
    now: datetime,
    visit_due_at: datetime,
    first_in_line: bool,
) -> int:
    """What `open_incidents` does, for the residents of these check-ins, in the caller's write transaction; at most some thousand at once.

    template: a sentence in which %(name)s is the resident. One question a person, not one a round: the next one of somebody who is
    still asked after adds nothing. Returns how many were opened or changed.
    """
    about = select(CheckIn.id).join(Resident, Resident.id == CheckIn.resident_id).where(one_of(CheckIn.id, check_in_ids))
    cause = literal(f"{kind.value}-resident-") + cast(CheckIn.resident_id, String)
    values: dict[str, ColumnElement[Any]] = {
        "zone_id": CheckIn.zone_id.expression,
        "room_id": Resident.room_id.expression,
        "resident_id": CheckIn.resident_id.expression,
        "check_in_id": CheckIn.id.expression,
        "cause": cause,
        "reason": _reason(session, template),
    }
    common = {
        "kind": kind,
        "state": IncidentState.OPEN,
        "opened_at": now,
        "deadline_at": now + DEADLINES[kind] / (2 if first_in_line else 1),
        "occurrences": 1,
        "last_occurred_at": now,
        "visit_due_at": visit_due_at,
    }
    values |= {name: literal(value, _INCIDENT[name].type) for name, value in common.items()}
    # The unique index on unresolved causes leaves out whom is asked after already, or another worker opens in this instant.
    filled = insert_new(session, Incident).from_select(
        list(values), about.with_only_columns(*values.values()), include_defaults=False
    )
    opened = session.execute(filled, execution_options={"preserve_rowcount": True})
    assert isinstance(opened, CursorResult)
    changed = opened.rowcount
    zones: set[int] = set()
    if changed:
        asked = select(CheckIn.zone_id).where(one_of(CheckIn.id, check_in_ids)).distinct()
        zones.update(session.scalars(asked))
    if changed < len(check_in_ids):
        known = about.add_columns(
            CheckIn.zone_id, Resident.full_name, Incident.id.label("incident_id"), Incident.reason, Incident.cause_ended_at
        )
        for row in session.execute(known.join(Incident, and_(Incident.cause == cause, unresolved()))).all():
            if come_again(session, row, row.incident_id, words(template, name=row.full_name), row.id, now):
                changed += 1
                zones.add(row.zone_id)
    for zone_id in sorted(zones):
        announce(session, zone_id, "incident", now)
    return changed


def _reason(session: Session, template: str) -> ColumnElement[Any]:
    """The sentence as `Words.dump` gives it, with each resident's name put in by the database."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    make = func.json_object if sqlite else func.json_build_object
    text = cast(literal(template), Text)
    return type_coerce(make("template", text, "values", make("name", Resident.full_name)), JSON)
