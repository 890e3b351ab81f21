"""One decision about many who missed roll-calls: chosen, judged before, then done each by itself; and taken back as one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from monitor.accounts.access import Reader
from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.incidents.cases import unresolved
from monitor.incidents.causes import ASKED_AFTER
from monitor.models.incidents import Incident, NextStep
from monitor.models.people.residents import Resident
from monitor.models.places import Room
from monitor.models.rollcalls.rounds import CheckIn
from monitor.problems import BadInput, Conflict, Problem
from monitor.words import N_, Words, words
from rollcall.followup.queue import FIRST, Decision, Said, carry_out
from rollcall.followup.worklists import Task

MOST = 2000
DEEDS = (Decision.EXCUSE, Decision.CALL, Decision.VISIT)
ON_A_LIST = N_("A supervisor already wants this person asked again, called or visited.")


@dataclass(frozen=True)
class Filter:
    """Whose questions. room_id: 0 for those without one. roll_call_id: which round they missed last."""

    room_id: int | None = None
    roll_call_id: int | None = None


@dataclass(frozen=True)
class Missing:
    """Somebody who is asked after. step: what a supervisor wants first already."""

    incident_id: int
    resident_id: int
    full_name: str
    room: str
    opened_at: datetime
    step: NextStep | None


@dataclass(frozen=True)
class Done:
    """Somebody it was, or would be, done for; refused: why not."""

    person: Missing
    refused: Words | None


def missing(
    session: Session,
    zone_id: int,
    which: Filter,
    *,
    residents: Collection[int] | None = None,
    incidents: Collection[int] | None = None,
) -> list[Missing]:
    """Who is asked after in a zone and about whom nothing else waits, by room, then by name; at most `MOST`.

    residents, incidents: these alone.
    """
    part = aliased(Incident)
    more = select(part.id).where(part.lead_id == Incident.id, unresolved(part), part.kind.not_in(ASKED_AFTER)).exists()
    query = (
        select(Incident.id, Incident.resident_id, Resident.full_name, Room.name, Incident.opened_at, Incident.next_step)
        .join(Resident, Resident.id == Incident.resident_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(Incident.zone_id == zone_id, unresolved(), Incident.lead_id.is_(None), Incident.kind.in_(ASKED_AFTER), ~more)
        .order_by(Room.name, Resident.sort_key, Incident.id)
        .limit(MOST)
    )
    if incidents is not None:
        query = query.where(one_of(Incident.id, incidents))
    if residents is not None:
        query = query.where(one_of(Incident.resident_id, residents))
    if which.room_id is not None:
        query = query.where(Resident.room_id == which.room_id if which.room_id else Resident.room_id.is_(None))
    if which.roll_call_id is not None:
        query = query.join(CheckIn, CheckIn.id == Incident.check_in_id).where(CheckIn.roll_call_id == which.roll_call_id)
    return [Missing(row[0], row[1] or 0, row[2], row[3] or "", row[4], row[5]) for row in session.execute(query)]


def judge(people: Sequence[Missing], deed: Decision) -> list[Done]:
    """What could be done for whom, as things stand. Pure."""
    taken = words(ON_A_LIST)
    return [Done(each, taken if deed in FIRST and each.step is not None else None) for each in people]


def checked(deed: str, reason: str, to: int | None = None) -> Said:
    """What a form sent. to: to whom calls or visits are given; None: to whoever is free. Raises BadInput."""
    if deed not in DEEDS:
        raise BadInput(N_("Choose what is to be done."), field="deed")
    reason = reason.strip()
    if not 1 <= len(reason) <= 1000:
        raise BadInput(N_("Please give your reason in 1 to 1,000 characters."), field="reason")
    return Said(Task.SILENCE, Decision(deed), 0, reason, to if deed in FIRST else None)


def do(
    database: Database,
    zone_id: int,
    incidents: Sequence[int],
    said: Said,
    reader: Reader,
    batch: str,
    now: Callable[[], datetime],
) -> list[Done]:
    """Do it for each by itself; returns all, with the reason for those it was not done for. Who is not asked after any more is left out."""
    with database.read() as session:
        people = missing(session, zone_id, Filter(), incidents=incidents)
    return [Done(each, _do_one(database, each, said, reader, batch, now())) for each in people]


def _do_one(database: Database, person: Missing, said: Said, reader: Reader, batch: str, now: datetime) -> Words | None:
    try:
        with database.write() as session:
            incident = session.get_one(Incident, person.incident_id)
            carry_out(session, incident, said, reader, _nobody_asks, now=now, batch=batch)
    except Problem as problem:
        return problem.words
    return None


def _nobody_asks(_session: Session, _resident_id: int, _leaves_at: datetime) -> CheckIn:
    raise Conflict(N_("Choose what is to be done."))
