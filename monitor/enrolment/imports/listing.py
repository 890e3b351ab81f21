"""What pages show of imports: which there are, how many rows are what, rows in pieces, and pairs that wait for a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.database.many_rows import one_of
from monitor.models.accounts import Account
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.models.people.merged import MergedRecord
from monitor.models.people.residents import Resident
from monitor.problems import NotFound
from monitor.words import N_

AT_ONCE = 50
LISTED = 100


@dataclass(frozen=True)
class Listed:
    """An import in a list. by: who uploaded it."""

    row: PeopleImport
    by: str


def imports_of(session: Session, reader: Reader) -> list[Listed]:
    """The newest imports whose zones are all among the reader's."""
    found = session.execute(
        select(PeopleImport, Account.username)
        .join(Account, Account.id == PeopleImport.account_id)
        .where(_near(reader))
        .order_by(PeopleImport.id.desc())
        .limit(2 * LISTED)
    )
    return [Listed(row, by) for row, by in found if reader.covers(zones_in(row))][:LISTED]


def import_for(session: Session, reader: Reader, import_id: int) -> PeopleImport:
    """One of them. Raises NotFound, also where a zone of it is none of the reader's."""
    row = session.get(PeopleImport, import_id)
    if row is None or not reader.covers(zones_in(row)):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return row


def zones_in(row: PeopleImport) -> set[int]:
    """The zones that its rows lead to, as far as is known."""
    return {row.zone_id, *row.zones}


def counts(session: Session, import_id: int) -> Counter[RowState]:
    """How many of its rows are what."""
    rows = session.execute(
        select(ImportRow.state, func.count().label("many")).where(ImportRow.import_id == import_id).group_by(ImportRow.state)
    )
    return Counter({each.state: each.many for each in rows})


def without_bed(session: Session, import_id: int) -> int:
    """How many of its rows would be entered and have no bed."""
    query = select(func.count()).where(ImportRow.import_id == import_id, ImportRow.state == RowState.READY, ImportRow.no_bed)
    return session.scalar(query) or 0


def rows_of(session: Session, import_id: int, states: Collection[RowState], after: int = 0) -> list[ImportRow]:
    """Rows in these states, in the file's order, from behind a row's number; one more than a page has, if there are more."""
    chosen = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.state.in_(states), ImportRow.number > after)
    return list(session.scalars(chosen.order_by(ImportRow.number).limit(AT_ONCE + 1)))


def people_of(session: Session, rows: Sequence[ImportRow]) -> dict[int, Resident]:
    """Those whom these rows became or may be, by their keys; of a record that became a part of another one that other one."""
    keys = {key for row in rows for key in (row.resident_id, row.match_id) if key is not None}
    merged = select(MergedRecord.gone_id, MergedRecord.into_id).where(one_of(MergedRecord.gone_id, sorted(keys)))
    numbers = dict.fromkeys(keys) | {gone: into for gone, into in session.execute(merged)}  # noqa: C416 - a row is no pair for mypy
    wanted = sorted({into or key for key, into in numbers.items()})
    people = {each.id: each for each in session.scalars(select(Resident).where(one_of(Resident.id, wanted)))}
    return {key: people[into or key] for key, into in numbers.items() if (into or key) in people}


def parked_for(session: Session, reader: Reader, after: tuple[datetime, int] | None, most: int) -> list[ImportRow]:
    """Rows that wait for a decision in the reader's zones, the longest waiting first."""
    chosen = select(ImportRow).where(ImportRow.parked_at.is_not(None), ImportRow.state == RowState.PARKED)
    if reader.zones is not None:
        chosen = chosen.where(one_of(ImportRow.zone_id, sorted(reader.zones)))
    if after is not None:
        at, number = after
        chosen = chosen.where(or_(ImportRow.parked_at > at, (ImportRow.parked_at == at) & (ImportRow.id > number)))
    return list(session.scalars(chosen.order_by(ImportRow.parked_at, ImportRow.id).limit(most)))


def count_parked(reader: Reader) -> Select[int]:
    """How many there are."""
    chosen = select(func.count()).where(ImportRow.parked_at.is_not(None), ImportRow.state == RowState.PARKED)
    if reader.zones is not None:
        chosen = chosen.where(one_of(ImportRow.zone_id, sorted(reader.zones)))
    return chosen


def _near(reader: Reader) -> ColumnElement[bool]:
    everything: ColumnElement[bool] = PeopleImport.state != ImportState.DROPPED
    return everything if reader.zones is None else everything & one_of(PeopleImport.zone_id, sorted(reader.zones))
