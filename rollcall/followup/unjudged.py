"""Answers that wait for a supervisor's decision: what they hold open, and that each is on somebody's list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.together import Reading, first, read
from monitor.incidents import causes
from monitor.incidents.cases import parts_of, unresolved
from monitor.incidents.incidents import Cause, open_incidents
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.rounds import CheckIn, in_review
from monitor.words import N_, words

ABOUT_ANSWERS = frozenset({IncidentKind.FACE_DOUBTFUL, IncidentKind.PLACE_DOUBTFUL, IncidentKind.TEXT_UNCLEAR})
"""What these are about is an answer: while one waits for its decision they go on."""
# Whoever puts an answer into review asks staff in the same transaction; this is how long a slow one may take.
SETTLED = timedelta(minutes=5)
CHUNK = 1000


def unjudged(session: Session, resident_id: int) -> int:
    """How many answers of a resident wait for a supervisor's decision."""
    return read(session, unjudged_asked(resident_id))


def unjudged_asked(resident_id: int | ScalarSelect[Any]) -> Reading[int]:
    """The same as a reading."""
    query = select(func.count()).select_from(CheckIn).where(in_review(), CheckIn.resident_id == resident_id)
    return (yield from first(query)) or 0


def holding_open(session: Session, incident: Incident) -> int:
    """How many answers must be decided before this incident, or the case it leads, can be resolved; 0 where it is about none."""
    return read(session, holding_open_asked(incident, parts_of(session, [incident.id])[incident.id]))


def holding_open_asked(incident: Incident, parts: Iterable[Incident]) -> Reading[int]:
    """The same as a reading. parts: of its case, itself among them."""
    if incident.resident_id is None or ABOUT_ANSWERS.isdisjoint(each.kind for each in parts):
        return 0
    return (yield from unjudged_asked(incident.resident_id))


def ask_about_unjudged(database: Database, now: datetime) -> int:
    """Ask staff about answers that wait and stand on nobody's list, as an older version could leave them; at most a thousand at once.

    Returns about how many people.
    """
    with database.read() as session:
        # Asked without the write lock, since nearly always there is none.
        if not _on_no_list(session, now):
            return 0
    with database.write() as session:
        return open_incidents(session, IncidentKind.FACE_DOUBTFUL, _on_no_list(session, now)[:CHUNK], now=now)


def _on_no_list(session: Session, now: datetime) -> list[Cause]:
    rows = session.execute(
        select(CheckIn.resident_id, CheckIn.zone_id, Resident.full_name, func.max(CheckIn.id))
        .join(Resident, Resident.id == CheckIn.resident_id)
        .where(in_review(), CheckIn.state_since < now - SETTLED, Resident.deleted_at.is_(None))
        .group_by(CheckIn.resident_id, CheckIn.zone_id, Resident.full_name)
    ).all()
    listed: set[str] = set()
    for start in range(0, len(rows), CHUNK):
        asked = [cause for row in rows[start : start + CHUNK] for cause in causes.doubts(row.resident_id)]
        listed.update(session.scalars(select(Incident.cause).where(one_of(Incident.cause, asked), unresolved())))
    return [
        Cause(
            causes.face_doubtful(resident_id),
            zone_id,
            words(N_("%(name)s: an answer waits for a supervisor’s decision."), name=full_name),
            resident_id=resident_id,
            check_in_id=check_in_id,
        )
        for resident_id, zone_id, full_name, check_in_id in rows
        if listed.isdisjoint(causes.doubts(resident_id))
    ]
