"""Who is to be visited, in which order: those who are ill or alone first, then by the time a visit is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.database.together import asked, at_once, read
from monitor.incidents.cases import unresolved
from monitor.models.accounts import Account
from monitor.models.incidents import Incident
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.answers import Answer
from rollcall.followup.attempts import Attempt, attempts_since_asked
from rollcall.followup.whereabouts import Finding, findings
from rollcall.followup.worklists import SOON, Moment, to_visit
from rollcall.people.guardians import GUARDIAN_NAME, NUMBER, with_guardian
from rollcall.rounds.welfare import first_in_line

Chosen = TypeVarTuple("Chosen")
MOST = 40
# Among so many the order is made; on worse days the longest due are looked at first.
WEIGHED = 5000


@dataclass(frozen=True)
class Visit:
    """One door to knock at. address: of the zone. phone: the own number, or the household's, or that of whoever answers for them.

    guardian: the name of the latter. answer, attempt: the newest since. finding: whether the phone is off or the
    person left, as far as it is known.
    """

    incident: Incident
    zone: str
    address: str
    timezone: str
    room: str | None
    name: str
    phone: str
    guardian: str | None
    owner: str | None
    first: bool
    answer: Answer | None
    attempt: Attempt | None
    finding: Finding


def _due(query: Select[*Chosen], reader: Reader, now: Moment, soon: Moment) -> Select[*Chosen]:
    query = query.where(unresolved(), to_visit(now, soon))
    return query if reader.zones is None else query.where(Incident.zone_id.in_(reader.zones))


def count_visits(reader: Reader, now: Moment, soon: Moment) -> Select[int]:
    """How many visits are due or come soon in the reader's zones. soon: SOON after now."""
    return _due(select(func.count(Incident.resident_id.distinct())), reader, now, soon)


def visits_due(session: Session, reader: Reader, now: datetime, after: int = 0) -> tuple[list[Visit], int | None]:
    """One page of the visits in the reader's zones, in their order, behind an incident; and the incident that the next page begins behind."""
    # Whom a supervisor wants visited before that time has come is waited for since then.
    due = func.coalesce(Incident.visit_due_at, Incident.opened_at)
    waiting = session.execute(
        _due(select(Incident.id, Incident.resident_id, due.label("due_at")), reader, now, now + SOON)
        .order_by(due, Incident.id)
        .limit(WEIGHED)
    ).all()
    if not waiting:
        return [], None
    first = first_in_line(session, {row.resident_id for row in waiting}, now)
    waiting = sorted(waiting, key=lambda row: (row.resident_id not in first, row.due_at, row.id))
    # Somebody is asked after for several reasons, and visited once.
    of_person: dict[int, int] = {}
    for row in waiting:
        of_person.setdefault(row.resident_id, row.id)
    every = list(of_person.values())
    start = every.index(after) + 1 if after in every else 0
    chosen = every[start : start + MOST]
    if not chosen:
        return [], None
    query = (
        select(
            Incident,
            Resident,
            Zone,
            Room.name.label("room"),
            NUMBER.label("number"),
            GUARDIAN_NAME.label("guardian"),
            Account.username.label("owner"),
        )
        .join(Resident, Resident.id == Incident.resident_id)
        .join(Zone, Zone.id == Incident.zone_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .outerjoin(Account, Account.id == Incident.acknowledged_by)
    )
    rows = session.execute(with_guardian(query).where(Incident.id.in_(chosen))).all()
    people = [row.Resident.id for row in rows]
    since = min(row.Incident.opened_at for row in rows)
    answered, tries, known = read(
        session,
        at_once(
            asked(select(Answer).where(Answer.resident_id.in_(people), Answer.received_at >= since).order_by(Answer.id)),
            attempts_since_asked(people, since),
            findings([(row.Incident, row.Zone.timezone) for row in rows], now),
        ),
    )
    answers: dict[int, Answer] = {answer.resident_id: answer for answer in answered}
    attempts: dict[int, Attempt] = {}
    for attempt in tries:
        attempts.setdefault(attempt.resident_id, attempt)
    found = []
    for row in rows:
        incident, resident, opened = row.Incident, row.Resident, row.Incident.opened_at
        answer, tried = answers.get(resident.id), attempts.get(resident.id)
        found.append(
            Visit(
                incident=incident,
                zone=row.Zone.name,
                address=row.Zone.address,
                timezone=row.Zone.timezone,
                room=row.room,
                name=resident.full_name,
                phone=row.number,
                guardian=row.guardian,
                owner=row.owner,
                first=resident.id in first,
                answer=answer if answer and answer.received_at >= opened else None,
                attempt=tried if tried and tried.at >= opened else None,
                finding=known[incident.id],
            )
        )
    place = {incident_id: number for number, incident_id in enumerate(chosen)}
    return sorted(found, key=lambda each: place[each.incident.id]), chosen[-1] if len(every) > start + MOST else None
