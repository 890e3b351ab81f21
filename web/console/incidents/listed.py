"""Incidents as they are listed: what stands for a case, with the names of what it is about, the most urgent first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from monitor.accounts.access import Reader
from monitor.database.together import asked, at_once, read
from monitor.incidents.cases import leads, parts_asked_where, parts_of, resolved, unresolved
from monitor.incidents.causes import ASKED_AFTER
from monitor.incidents.triage import RANK
from monitor.models.accounts import Account
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from rollcall.followup.unjudged import unjudged, unjudged_asked
from rollcall.followup.worklists import Task, Waiting, WorkList, list_of, task_of
from web.console.paging import after_key
from web.shared.guard import require_zone

PAGE = 40


@dataclass(frozen=True)
class Listed:
    """What stands for a case, or alone, with the names of what it is about; None where it is about nothing of that kind.

    parts: all incidents of the case, what goes on and speaks most for looking first before the others; itself where it stands alone.
    """

    incident: Incident
    zone: str
    timezone: str
    room: str | None
    floor: str | None
    resident: str | None
    camera: str | None
    taken_by: str | None
    resolved_by: str | None
    assigned_to: str | None
    parts: tuple[Incident, ...] = ()

    @property
    def top(self) -> Incident:
        """What the case is called by."""
        return self.parts[0] if self.parts else self.incident

    @property
    def over(self) -> bool:
        """Whether nothing of it goes on."""
        return all(each.cause_ended_at is not None for each in self.parts or (self.incident,))


def _listed(session: Session, query: Select[*tuple[Any, ...]]) -> list[Listed]:
    found = [Listed(*row) for row in session.execute(query)]
    parts = parts_of(session, [each.incident.id for each in found])
    return [replace(each, parts=tuple(parts[each.incident.id])) for each in found]


_URGENCY = case(*((Incident.urgency == urgency, -rank) for urgency, rank in RANK.items()), else_=0)
"""The most urgent first."""


# Made once: it stands in every page that shows incidents.
_TAKER, _RESOLVER, _ASKED = aliased(Account), aliased(Account), aliased(Account)
_WITH_NAMES = (
    select(
        Incident,
        Zone.name,
        Zone.timezone,
        Room.name,
        Room.floor,
        Resident.full_name,
        Camera.name,
        _TAKER.username,
        _RESOLVER.username,
        _ASKED.username,
    )
    .join(Zone, Zone.id == Incident.zone_id)
    .outerjoin(Resident, Resident.id == Incident.resident_id)
    .outerjoin(Camera, Camera.id == Incident.camera_id)
    # An incident may name its room, or only somebody who lives there, or a camera that looks into it.
    .outerjoin(Room, Room.id == func.coalesce(Incident.room_id, Resident.room_id, Camera.room_id))
    .outerjoin(_TAKER, _TAKER.id == Incident.acknowledged_by)
    .outerjoin(_RESOLVER, _RESOLVER.id == Incident.resolved_by)
    .outerjoin(_ASKED, _ASKED.id == Incident.assigned_to)
)


def _query(reader: Reader) -> Select[*tuple[Any, ...]]:
    return _WITH_NAMES if reader.zones is None else _WITH_NAMES.where(Incident.zone_id.in_(reader.zones))


def _first(session: Session, reader: Reader, most: int, *conditions: ColumnElement[bool]) -> list[Listed]:
    """The most urgent of what fulfils these conditions: chosen before their names are looked up."""
    those = select(Incident.id).where(*conditions).order_by(_URGENCY, Incident.deadline_at, Incident.id).limit(most)
    if reader.zones is not None:
        those = those.where(Incident.zone_id.in_(reader.zones))
    ids = list(session.scalars(those))
    shown = {each.incident.id: each for each in _listed(session, _query(reader).where(Incident.id.in_(ids)))} if ids else {}
    # What was resolved meanwhile, or moved to another zone, is not there any more.
    return [shown[each] for each in ids if each in shown]


def count_unresolved(reader: Reader) -> Select[int]:
    """How many cases and other incidents in the reader's zones wait for a person to take them on."""
    # Written out, for the index of the few that nobody has resolved.
    is_open = Incident.state == literal_column(f"'{IncidentState.OPEN}'", Incident.__table__.c.state.type)
    query = select(func.count()).select_from(Incident).where(is_open, unresolved(), leads())
    if reader.zones is not None:
        query = query.where(Incident.zone_id.in_(reader.zones))
    return query


def most_urgent(session: Session, reader: Reader, most: int) -> list[Listed]:
    """What is unresolved, the most urgent first, then by deadline."""
    return _first(session, reader, most, unresolved(), leads())


def first_of(
    session: Session,
    reader: Reader,
    kinds: Collection[IncidentKind],
    most: int,
    after: tuple[datetime, int, int] | None,
    *only: ColumnElement[bool],
) -> list[Listed]:
    """Unresolved cases that begin with one of these kinds, as `page_of` sorts what waits. after: behind this one. only: which of them."""
    behind: list[ColumnElement[bool]] = []
    if after is not None:
        behind.append(tuple_(_URGENCY, Incident.deadline_at, Incident.id) > tuple_(after[1], after[0], after[2]))
    return _first(session, reader, most, unresolved(), leads(), Incident.kind.in_(kinds), *only, *behind)


def list_of_case(session: Session, one: Listed, now: datetime) -> tuple[WorkList, Task | None]:
    """On which list a case waits, and what is to be decided about it; (NOBODY, None) for what is resolved."""
    resident_id = one.incident.resident_id
    return list_with(one, unjudged(session, resident_id) if resident_id is not None else 0, now)


def list_with(one: Listed, answers: int, now: datetime) -> tuple[WorkList, Task | None]:
    """The same with the number of the person's answers that wait at hand."""
    if one.incident.state is IncidentState.RESOLVED:
        return WorkList.NOBODY, None
    going_on = [each for each in one.parts if each.state is not IncidentState.RESOLVED]
    resident_id = one.incident.resident_id
    waiting = Waiting(
        kinds=frozenset(each.kind for each in going_on),
        answers=answers,
        step=one.incident.next_step,
        step_until=one.incident.next_step_until,
        visit_due_at=min(
            (each.visit_due_at for each in going_on if each.visit_due_at and each.kind in ASKED_AFTER), default=None
        ),
        over=one.incident.cause_ended_at is not None,
    )
    here = list_of(waiting, now) if resident_id is not None else WorkList.INCIDENTS
    return here, task_of(waiting.kinds, waiting.answers) if here is WorkList.QUEUE else None


def key_of(incident: Incident) -> tuple[datetime, int, int]:
    """Where an incident stands among what waits."""
    return incident.deadline_at, -RANK[incident.urgency], incident.id


def page_of(
    session: Session,
    reader: Reader,
    state: IncidentState,
    after: tuple[datetime, int, int] | None,
    only: Sequence[ColumnElement[bool]] = (),
) -> tuple[list[Listed], str | None]:
    """One page of what is in a state, and the key of the next page. What waits: the most urgent first; resolved: newest first.

    only: which of them. Their numbers are found by an index alone; names are looked up for one page.
    """
    ids = _ids(session, reader, state, after, only)
    shown = {each.incident.id: each for each in _listed(session, _query(reader).where(Incident.id.in_(ids[:PAGE])))}
    page = [shown[each] for each in ids[:PAGE]]
    if len(ids) <= PAGE:
        return page, None
    last = page[-1].incident
    return page, after_key(last.resolved_at or last.deadline_at, last.id, -RANK[last.urgency])


def _ids(
    session: Session,
    reader: Reader,
    state: IncidentState,
    after: tuple[datetime, int, int] | None,
    only: Sequence[ColumnElement[bool]],
) -> list[int]:
    """The numbers of a page, and one more where there is a next. Urgency by urgency, so that the index has the order."""
    query = select(Incident.id).where(leads(), *only).limit(PAGE + 1)
    if reader.zones is not None:
        query = query.where(Incident.zone_id.in_(reader.zones))
    if state is IncidentState.RESOLVED:
        query = query.where(resolved()).order_by(Incident.resolved_at.desc(), Incident.id.desc())
        if after is not None:
            query = query.where(tuple_(Incident.resolved_at, Incident.id) < tuple_(after[0], after[2]))
        return list(session.scalars(query))
    query = query.where(Incident.state == state, unresolved()).order_by(Incident.deadline_at, Incident.id)
    found: list[int] = []
    for urgency in sorted(Urgency, key=RANK.__getitem__, reverse=True):
        if len(found) > PAGE or (after is not None and -RANK[urgency] < after[1]):
            continue
        of_urgency = query.where(Incident.urgency == urgency)
        if after is not None and -RANK[urgency] == after[1]:
            of_urgency = of_urgency.where(tuple_(Incident.deadline_at, Incident.id) > tuple_(after[0], after[2]))
        found += session.scalars(of_urgency)
    return found[: PAGE + 1]


def one_incident(session: Session, reader: Reader, incident_id: int) -> Listed:
    """The incident of the reader's zones, or that which stands for its case. Raises NotFound."""
    return with_answers(session, reader, incident_id)[0]


def with_answers(session: Session, reader: Reader, incident_id: int) -> tuple[Listed, int]:
    """The same, and how many answers of the person wait for a decision."""
    named = aliased(Incident)
    of_named = select(func.coalesce(named.lead_id, named.id)).where(named.id == incident_id)
    lead, resident = of_named.scalar_subquery(), of_named.with_only_columns(named.resident_id).scalar_subquery()
    rows, parts, answers = read(
        session,
        at_once(
            asked(_query(reader).where(Incident.id == lead)),
            # Of one case: by two indexes, not by a look at all.
            parts_asked_where(or_(Incident.id == lead, Incident.lead_id == lead)),
            unjudged_asked(resident),
        ),
    )
    require_zone(reader, rows[0][0].zone_id if rows else None)
    one = Listed(*rows[0])
    return replace(one, parts=tuple(parts[one.incident.id])), answers
