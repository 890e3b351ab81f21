"""Laboratory tests as pages show them: what waits in a zone, and all tests of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, asked
from monitor.laboratory.states import OPEN
from monitor.models.people.laboratory import LaboratoryTest, LabTestState
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone

MOST = 500


@dataclass(frozen=True)
class Waiting:
    """An open test with the person; room: its name, or None."""

    test: LaboratoryTest
    resident: Resident
    room: str | None


def today_in(zone: Zone, now: datetime) -> date:
    """The day in a zone."""
    return now.astimezone(ZoneInfo(zone.timezone)).date()


def waiting_in(session: Session, zone_id: int, until: date) -> list[Waiting]:
    """Tests of who is in the zone now: those due by this day, and those taken or sent; room by room, at most `MOST`."""
    rows = session.execute(
        select(LaboratoryTest, Resident, Room.name)
        .join(Resident, Resident.id == LaboratoryTest.resident_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(
            Resident.zone_id == zone_id,
            Resident.deleted_at.is_(None),
            LaboratoryTest.state.in_(OPEN),
            (LaboratoryTest.state != LabTestState.DUE) | (LaboratoryTest.due_on <= until),
        )
        .order_by(Room.name, Resident.sort_key, Resident.id, LaboratoryTest.due_on)
        .limit(MOST)
    )
    return [Waiting(row.LaboratoryTest, row.Resident, row.name) for row in rows]


def tests_of(resident_id: int) -> Reading[list[LaboratoryTest]]:
    """All tests of a person, the newest day first."""
    theirs = select(LaboratoryTest).where(LaboratoryTest.resident_id == resident_id)
    return (yield from asked(theirs.order_by(LaboratoryTest.due_on.desc(), LaboratoryTest.id.desc())))
