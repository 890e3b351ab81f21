"""The list behind a figure, opened page by page as it was at the cut-off: whoever was erased since stays counted, with a certificate."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from monitor.database.many_rows import one_of
from monitor.models.daily_report import WHOLE, ListKind, Report
from monitor.models.declarations import Declarant
from monitor.models.hotline import HotlineTicket
from monitor.models.people.laboratory import LaboratoryTest
from monitor.models.people.merged import MergedRecord
from monitor.models.people.residents import Resident
from monitor.models.people.retention import DeletionCertificate, DeletionScope
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.rounds import CheckIn
from monitor.problems import NotFound
from monitor.reports.definitions import FIGURES, stored
from monitor.reports.kept import figures_of, numbers_of
from monitor.reports.releasing import NO_PAGE

PAGE = 50
TABLES: Mapping[ListKind, type[Any]] = {
    ListKind.RESIDENT: Resident,
    ListKind.CHECK_IN: CheckIn,
    ListKind.TEST: LaboratoryTest,
    ListKind.TICKET: HotlineTicket,
    ListKind.DECLARANT: Declarant,
}
"""Whose numbers stand in lists that show people; what else reports count has pages of its own."""


@dataclass(frozen=True)
class Line:
    """One of a list. number: of the row that was counted; unit: where. thing: that row, None where it is no resident or gone.

    certificate: of the erasure of this person; merged_into: the record that theirs became a part of.
    """

    number: int
    unit: str
    resident_id: int | None
    name: str
    zone: str
    room: str
    thing: Any
    certificate: int | None
    merged_into: int | None


@dataclass(frozen=True)
class Opened:
    """A page of a list. total: how many were counted; shown: how many of them the reader may see, total where that is all.

    erased: how many of those shown are people whose data was erased since; None: of things that are no people. following: where the next
    page begins, None: this is the last.
    """

    kind: ListKind
    total: int
    shown: int
    erased: int | None
    lines: Sequence[Line]
    start: int
    following: int | None


def open_list(session: Session, report: Report, key: str, unit: str, start: int, zones: Collection[int] | None) -> Opened:
    """A page of a figure's list. zones: of the reader, who sees only what is theirs; None: all. Raises NotFound.

    For a reader of all zones only the parts are unpacked that the page needs.
    """
    figure = FIGURES.get(key)
    kind = figure.lists if figure else None
    if kind is None or kind not in TABLES or start < 0:
        raise NotFound(NO_PAGE)
    parts = list(_parts(session, report.id, key, unit))
    total = sum(count for _unit, count, _digest in parts)
    if zones is None:
        shown, members = total, _slice(session, parts, start)
    else:
        own = _own(session, kind, parts, zones)
        shown, members = len(own), own[start : start + PAGE]
    erased = None
    if kind is ListKind.RESIDENT:
        gone = _erased_since(session, report.cut_off)
        erased = _erased(session, parts, gone) if zones is None else sum(number in gone for _unit, number in own)
    following = start + PAGE if start + PAGE < shown else None
    return Opened(kind, total, shown, erased, _lines(session, kind, members), start, following)


Part = tuple[str, int, str]
"""A unit, how many, and the digest of their list."""


def _parts(session: Session, report_id: int, key: str, unit: str) -> Iterator[Part]:
    """The lists that make up a figure, in a fixed order."""
    figure = FIGURES[key]
    keys = [key] if stored(figure) else list(figure.parts)
    found = figures_of(session, report_id, keys)
    for each in keys:
        kept = found.get(each)
        for where, (count, digest) in sorted(kept.units.items()) if kept else ():
            if digest and unit in (WHOLE, where):
                yield where, int(count), digest


def _slice(session: Session, parts: Sequence[Part], start: int) -> list[tuple[str, int]]:
    """The members from a place on, as many as a page has."""
    wanted: list[tuple[str, str, int, int]] = []
    before = 0
    for unit, count, digest in parts:
        first, last = max(start - before, 0), min(start + PAGE - before, count)
        if first < last:
            wanted.append((unit, digest, first, last))
        before += count
    numbers = numbers_of(session, (digest for _unit, digest, _first, _last in wanted))
    return [(unit, number) for unit, digest, first, last in wanted for number in numbers[digest][first:last]]


def _own(session: Session, kind: ListKind, parts: Sequence[Part], zones: Collection[int]) -> list[tuple[str, int]]:
    """All members that are of the reader's zones now: who may see a person goes by where they are."""
    numbers = numbers_of(session, (digest for _unit, _count, digest in parts))
    all_of_them = [(unit, number) for unit, _count, digest in parts for number in numbers[digest]]
    table = TABLES[kind]
    if kind is ListKind.RESIDENT:
        # Fewer people are in some zones than in a list of the whole province.
        mine = set(session.scalars(select(Resident.id).where(one_of(Resident.zone_id, zones))))
    else:
        ids = [number for _unit, number in all_of_them]
        query = select(table.id).where(one_of(table.id, ids))
        here: ColumnElement[bool] = one_of(Resident.zone_id, zones)
        if kind is ListKind.TICKET:
            query = query.where(one_of(HotlineTicket.zone_id, zones))
        else:
            query = query.join(Resident, Resident.id == table.resident_id).where(here)
        mine = set(session.scalars(query))
    return [(unit, number) for unit, number in all_of_them if number in mine]


def _erased(session: Session, parts: Sequence[Part], gone: set[int]) -> int:
    """How many of some lists are among the erased; where nobody was, nothing is unpacked."""
    if not gone:
        return 0
    numbers = numbers_of(session, (digest for _unit, _count, digest in parts))
    return sum(len(gone.intersection(numbers[digest])) for _unit, _count, digest in parts)


def _erased_since(session: Session, since: datetime) -> set[int]:
    of_person = (DeletionCertificate.scope == DeletionScope.PERSON, DeletionCertificate.finished_at > since)
    return set(session.scalars(select(DeletionCertificate.resident_id).where(*of_person)))


def _lines(session: Session, kind: ListKind, members: Sequence[tuple[str, int]]) -> list[Line]:
    numbers = [number for _unit, number in members]
    table = TABLES[kind]
    things: dict[int, Any] = {}
    if kind is not ListKind.RESIDENT:
        things = {each.id: each for each in session.scalars(select(table).where(one_of(table.id, numbers)))}
    people = {number: number for number in numbers}
    if kind is not ListKind.RESIDENT:
        people = {number: things[number].resident_id for number in numbers if number in things}
    residents = _residents(session, {each for each in people.values() if each is not None})
    found = []
    for unit, number in members:
        resident_id = people.get(number)
        about = residents.get(resident_id or 0)
        found.append(
            Line(
                number,
                unit,
                resident_id,
                about.full_name if about else "",
                about.zone if about else "",
                (about.room or "") if about else "",
                things.get(number),
                about.certificate if about else None,
                about.into_id if about else None,
            )
        )
    return found


def _residents(session: Session, numbers: Collection[int]) -> dict[int, Any]:
    certificate = aliased(DeletionCertificate)
    of_person = (certificate.resident_id == Resident.id) & (certificate.scope == DeletionScope.PERSON)
    rows = session.execute(
        select(
            *(Resident.id, Resident.full_name, Zone.name.label("zone"), Room.name.label("room")),
            *(certificate.id.label("certificate"), MergedRecord.into_id),
        )
        .join(Zone, Zone.id == Resident.zone_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .outerjoin(certificate, of_person)
        .outerjoin(MergedRecord, MergedRecord.gone_id == Resident.id)
        .where(one_of(Resident.id, numbers))
    )
    return {row.id: row for row in rows}
