"""Cases and their contacts, read in two statements and joined into the people and links of a chain."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from monitor.contacts.chain import Link
from monitor.models.contacts.cases import CaseState, ClusterMember, FoundWhere, InfectionCase
from monitor.models.contacts.contacts import CaseContact, Certainty, ContactState
from monitor.problems import BadInput
from monitor.words import N_

MOST_CONTACTS = 50_000
"""In one look. More would be read for seconds, and nobody could follow them."""


@dataclass(frozen=True)
class Scope:
    """Which cases are looked at: of these zones (None: all), entered from the first to the last day, or those of a cluster."""

    zones: Collection[int] | None
    since: date
    until: date
    zone: ZoneInfo
    cluster_id: int | None = None

    def condition(self) -> ColumnElement[bool]:
        """On InfectionCase. Cases that were entered by mistake are never looked at."""
        where = InfectionCase.state != CaseState.WITHDRAWN
        if self.zones is not None:
            where &= InfectionCase.zone_id.in_(sorted(self.zones))
        if self.cluster_id is not None:
            members = select(ClusterMember.case_id).where(
                ClusterMember.cluster_id == self.cluster_id, ClusterMember.case_id.is_not(None)
            )
            return where & InfectionCase.id.in_(members)
        begin = datetime.combine(self.since, time(), self.zone)
        end = datetime.combine(self.until + timedelta(days=1), time(), self.zone)
        return where & (InfectionCase.entered_at >= begin) & (InfectionCase.entered_at < end)


class CaseRow(NamedTuple):
    """A case as chains, curves and lists need it."""

    id: int
    resident_id: int
    zone_id: int
    onset_on: date | None
    sampled_on: date | None
    result_on: date | None
    isolated_at: datetime | None
    entered_at: datetime
    interviewed_at: datetime | None
    found_where: FoundWhere


class ContactRow(NamedTuple):
    """A contact that was not refused. through_id: of the F1 by whom an F2 met the case."""

    id: int
    case_id: int
    degree: int
    through_id: int | None
    resident_id: int | None
    declarant_id: int | None
    first_at: datetime | None
    last_at: datetime | None
    certainty: Certainty


def cases_of(session: Session, scope: Scope) -> list[CaseRow]:
    """The cases of a scope, the first entered first."""
    one = InfectionCase
    dates = (one.onset_on, one.sampled_on, one.result_on, one.isolated_at, one.entered_at, one.interviewed_at)
    query = select(one.id, one.resident_id, one.zone_id, *dates, one.found_where).where(scope.condition())
    return cast(list[CaseRow], list(session.execute(query.order_by(one.entered_at, one.id))))


def contacts_of(session: Session, scope: Scope) -> list[ContactRow]:
    """The contacts of a scope's cases, proposed and released. Raises BadInput for more than can be looked at."""
    one = CaseContact
    who = (one.id, one.case_id, one.degree, one.through_id, one.resident_id, one.declarant_id)
    query = (
        select(*who, one.first_at, one.last_at, one.certainty)
        .join(InfectionCase, InfectionCase.id == one.case_id)
        .where(scope.condition(), one.state.in_((ContactState.PROPOSED, ContactState.RELEASED)))
        .order_by(one.id)
        .limit(MOST_CONTACTS + 1)
    )
    # The rows have these names: written down anew, tens of thousands would take as long as all that follows.
    found = cast(list[ContactRow], list(session.execute(query)))
    if len(found) > MOST_CONTACTS:
        raise BadInput(N_("These days have more than %(most)s contacts. Choose fewer days."), most=MOST_CONTACTS, field="since")
    return found


class Person(NamedTuple):
    """A `Node` of a chain. case_id: None for a contact; contacts: the rows that tell of them; degree: the nearest of these, 0 for a case."""

    key: str
    day: date | None
    is_case: bool
    case_id: int | None
    resident_id: int | None
    contacts: tuple[int, ...]
    degree: int

    @property
    def code(self) -> str:
        """What screens and files call them: F0, F1 or F2 with the number of the case or of the contact."""
        number = self.case_id if self.case_id is not None else self.contacts[0]
        return f"F{self.degree} {number}"


@dataclass(frozen=True)
class Chain:
    """All people of a scope by key, and the links between them. rows: of each link, in the same order, the contact that tells of it."""

    people: Mapping[str, Person]
    links: Sequence[Link]
    rows: Sequence[ContactRow]


def day_of(case: CaseRow, zone: ZoneInfo) -> date:
    """Where a case stands in time: onset, else sampling, else result, else entry."""
    return case.onset_on or case.sampled_on or case.result_on or case.entered_at.astimezone(zone).date()


def joined(cases: Sequence[CaseRow], contacts: Sequence[ContactRow], zone: ZoneInfo) -> Chain:
    """Rows as people and links. A contact who became a case is that case; one person named by several is one node.

    A person with several cases is, as a contact, the first case whose day is not before the contact, else their last. Without its F1, an F2
    hangs on the case itself, so that nobody is lost.
    """
    by_resident: dict[int, list[CaseRow]] = {}
    for case in cases:
        by_resident.setdefault(case.resident_id, []).append(case)
    for several in by_resident.values():
        several.sort(key=lambda case: (day_of(case, zone), case.id))
    keys: dict[int, str] = {}
    told_by: dict[str, tuple[ContactRow, ...]] = {}
    for row in contacts:
        key = keys[row.id] = _key(row, by_resident, zone)
        told_by[key] = (*told_by[key], row) if key in told_by else (row,)
    lasts = {row.id: _day(row.last_at, zone) for row in contacts}
    links = []
    for row in contacts:
        target = keys[row.id]
        through = keys.get(row.through_id) if row.through_id is not None else None
        source = through if through is not None and through != target else f"c{row.case_id}"
        links.append(Link(source, target, lasts[row.id], row.certainty is Certainty.CERTAIN))
    people = {}
    for case in cases:
        key = f"c{case.id}"
        numbers = tuple(row.id for row in told_by.pop(key, ()))
        people[key] = Person(key, day_of(case, zone), True, case.id, case.resident_id, numbers, 0)
    for key, rows in told_by.items():
        last = max((day for row in rows if (day := lasts[row.id]) is not None), default=None)
        degree = min(row.degree for row in rows)
        people[key] = Person(key, last, False, None, rows[0].resident_id, tuple(row.id for row in rows), degree)
    return Chain(people, links, contacts)


def _key(row: ContactRow, by_resident: Mapping[int, Sequence[CaseRow]], zone: ZoneInfo) -> str:
    if row.resident_id is not None and (cases := by_resident.get(row.resident_id)):
        first = _day(row.first_at, zone)
        later = (case for case in cases if first is None or day_of(case, zone) >= first)
        return f"c{next(later, cases[-1]).id}"
    if row.resident_id is not None:
        return f"r{row.resident_id}"
    return f"d{row.declarant_id}" if row.declarant_id is not None else f"k{row.id}"


def _day(at: datetime | None, zone: ZoneInfo) -> date | None:
    return at.astimezone(zone).date() if at is not None else None
