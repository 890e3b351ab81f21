"""An employer's list of workers: who of it has declared and who has not, and nothing else. Rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from monitor.control_points.tables import Worker
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.declarations.standing import in_force_by
from monitor.models.control_points import ControlPlace, ListedWorker
from monitor.models.declarations import Declarant

_PIECE = 1000


@dataclass(frozen=True)
class Standing:
    """One worker, as their employer sees them: no word of what was declared."""

    full_name: str
    number: str
    declared: bool


def replace_list(session: Session, place_id: int, workers: Sequence[Worker], now: datetime) -> int:
    """This list in place of the one before, in the caller's write transaction; returns how many stand in it."""
    session.execute(delete(ListedWorker).where(ListedWorker.place_id == place_id))
    for start in range(0, len(workers), _PIECE):
        rows = [
            {"place_id": place_id, "full_name": each.full_name, "number": each.number, "phone": each.phone, "listed_at": now}
            for each in workers[start : start + _PIECE]
        ]
        session.execute(insert(ListedWorker), rows)
    _note_count(session, place_id, now)
    return len(workers)


def count_lists(database: Database, now: datetime) -> int:
    """Count again how many of each list have a declaration in force: by the clock, since it changes by itself. Returns how many lists."""
    with database.read() as session:
        places = session.scalars(select(ControlPlace.id).where(ControlPlace.listed > 0).order_by(ControlPlace.id)).all()
    for place_id in places:
        with database.write() as session:
            _note_count(session, place_id, now)
    return len(places)


def _note_count(session: Session, place_id: int, now: datetime) -> None:
    listed, declared = _how_many(session, place_id, now)
    counts = {"listed": listed, "listed_declared": declared, "listed_counted_at": now}
    changed(session, update(ControlPlace).where(ControlPlace.id == place_id).values(**counts))


def standing_of(
    session: Session, place_id: int, now: datetime, *, after: int = 0, most: int = 200
) -> tuple[list[Standing], int | None]:
    """A page of the list, and the key to go on after; None at its end."""
    page = session.scalars(
        select(ListedWorker)
        .where(ListedWorker.place_id == place_id, ListedWorker.id > after)
        .order_by(ListedWorker.id)
        .limit(most + 1)
    ).all()
    shown = page[:most]
    declared = _declared(session, [each.phone for each in shown], now)
    told = [Standing(each.full_name, each.number, each.phone in declared) for each in shown]
    return told, shown[-1].id if len(page) > most else None


def _how_many(session: Session, place_id: int, now: datetime) -> tuple[int, int]:
    """How many stand in the list, and how many of them have a declaration in force; piece by piece."""
    listed, declared, after = 0, 0, 0
    while True:
        page = session.execute(
            select(ListedWorker.id, ListedWorker.phone)
            .where(ListedWorker.place_id == place_id, ListedWorker.id > after)
            .order_by(ListedWorker.id)
            .limit(_PIECE)
        ).all()
        if not page:
            return listed, declared
        listed += len(page)
        declared += len(_declared(session, [row.phone for row in page], now))
        after = page[-1].id


def _declared(session: Session, phones: Sequence[str], now: datetime) -> set[str]:
    """Those numbers of whose owners somebody has a declaration in force."""
    if not phones:
        return set()
    rows = session.execute(select(Declarant.id, Declarant.phone).where(Declarant.phone.in_(phones))).all()
    holding = in_force_by(session, [row.id for row in rows], now)
    return {row.phone for row in rows if row.id in holding}
