"""Residents whom the machine would take for each other: told on both records until a person dismisses it. No image library is loaded here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.database.together import Reading, asked, read
from monitor.models.people.faces import FaceLikeness, FaceTemplate
from monitor.models.people.residents import Resident
from monitor.models.places import Room
from monitor.problems import NotFound
from monitor.words import N_


def tell_alike(session: Session, zone_id: int, resident_id: int, others: Sequence[int], now: datetime) -> None:
    """Put it on both records, in the caller's write transaction; two that were told before are not told again."""
    rows = [
        {"zone_id": zone_id, "one_id": min(resident_id, other), "other_id": max(resident_id, other), "found_at": now}
        for other in others
    ]
    if rows:
        session.execute(insert_new(session, FaceLikeness), rows)


@dataclass(frozen=True)
class Alike:
    """Somebody who looks like a resident to the machine. room: None without one."""

    likeness_id: int
    resident_id: int
    zone_id: int
    full_name: str
    room: str | None
    found_at: datetime


def alike_with(session: Session, resident_id: int) -> list[Alike]:
    """Whom a resident's record names, until a person dismissed it; the newest first."""
    return read(session, alike_asked(resident_id))


def alike_asked(resident_id: int) -> Reading[list[Alike]]:
    """The same as a reading."""
    other = func.coalesce(func.nullif(FaceLikeness.one_id, resident_id), FaceLikeness.other_id)
    rows = yield from asked(
        select(FaceLikeness, Resident, Room.name)
        .join(Resident, Resident.id == other)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(_of(resident_id), FaceLikeness.dismissed_at.is_(None))
        .order_by(FaceLikeness.id.desc())
    )
    return [
        Alike(likeness.id, resident.id, resident.zone_id, resident.full_name, room, likeness.found_at)
        for likeness, resident, room in rows
    ]


def dismiss(session: Session, likeness_id: int, resident_id: int, account_id: int, now: datetime) -> int:
    """A person can tell the two apart: it leaves both records. Returns the other's number.

    Done before, nothing changes. Raises NotFound, also where it is not on this resident's record.
    """
    likeness = session.get(FaceLikeness, likeness_id)
    if likeness is None or resident_id not in (likeness.one_id, likeness.other_id):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    done = changed(
        session,
        update(FaceLikeness)
        .where(FaceLikeness.id == likeness_id, FaceLikeness.dismissed_at.is_(None))
        .values(dismissed_at=now, dismissed_by=account_id),
    )
    if done:
        announce(session, likeness.zone_id, Topic.PEOPLE, now)
    return likeness.one_id + likeness.other_id - resident_id


def forget_likeness(session: Session, resident_id: int) -> None:
    """Whose last photo was removed is like nobody any more; in the caller's write transaction."""
    has_faces = select(FaceTemplate.id).where(FaceTemplate.resident_id == resident_id).limit(1)
    if session.scalar(has_faces) is None:
        session.execute(delete(FaceLikeness).where(_of(resident_id)))


def _of(resident_id: int) -> ColumnElement[bool]:
    return or_(FaceLikeness.one_id == resident_id, FaceLikeness.other_id == resident_id)
