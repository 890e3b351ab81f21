"""People entered at the gate: once for each form, however often its button is pressed; and whose steps are not all done yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.statements import changed
from monitor.database.together import Reading, first, read
from monitor.models.people.gate import GateEntry
from monitor.models.people.residents import Resident

SHOWN_FOR = timedelta(days=2)
LONGEST_TOKEN = 64


def entered_with(session: Session, token: str) -> GateEntry | None:
    """The person whom this form entered already. In the transaction of `enrol`, after its lock: a second press waits for the first."""
    return session.scalar(select(GateEntry).where(GateEntry.token == token)) if token else None


def note_entry(session: Session, token: str, resident: Resident, account_id: int, now: datetime) -> None:
    """In the transaction that enters the person."""
    session.add(GateEntry(token=token, resident_id=resident.id, zone_id=resident.zone_id, made_at=now, made_by=account_id))
    session.flush()


def unfinished(session: Session, zone_id: int, now: datetime) -> list[tuple[GateEntry, Resident]]:
    """Who was entered lately in a zone and whose steps nobody called done, the newest first."""
    rows = session.execute(
        select(GateEntry, Resident)
        .join(Resident, Resident.id == GateEntry.resident_id)
        .where(GateEntry.zone_id == zone_id, GateEntry.made_at > now - SHOWN_FOR, GateEntry.finished_at.is_(None))
        .where(Resident.deleted_at.is_(None), Resident.zone_id == zone_id)
        .order_by(GateEntry.id.desc())
        .limit(50)
    )
    return [(row.GateEntry, row.Resident) for row in rows]


def names_awaited(session: Session, zone_id: int) -> list[Resident]:
    """Newborns who had no name yet when they were entered, the oldest entry first."""
    awaited = (Resident.zone_id == zone_id, Resident.name_awaited, Resident.deleted_at.is_(None))
    return list(session.scalars(select(Resident).where(*awaited).order_by(Resident.created_at, Resident.id).limit(50)))


def is_unfinished(session: Session, resident_id: int) -> bool:
    """Whether someone is at the gate still."""
    return read(session, is_unfinished_asked(resident_id))


def is_unfinished_asked(resident_id: int) -> Reading[bool]:
    """The same as a reading."""
    open_ones = (GateEntry.resident_id == resident_id, GateEntry.finished_at.is_(None))
    return (yield from first(select(GateEntry.id).where(*open_ones))) is not None


def finish_entry(session: Session, resident_id: int, now: datetime) -> None:
    """All steps with them are done; whoever says so twice has said so."""
    open_ones = update(GateEntry).where(GateEntry.resident_id == resident_id, GateEntry.finished_at.is_(None))
    changed(session, open_ones.values(finished_at=now))
