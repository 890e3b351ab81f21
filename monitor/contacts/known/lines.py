"""Somebody passed a camera's line into a room while the case was there: who that may have been, by who belongs there and answered from there.

Never by face: nothing that was recognised is asked for, and no picture is looked at. What comes out is possible at most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.contacts.exposing import Found, Who
from monitor.contacts.known.around import Around
from monitor.contacts.known.spans import InRoom
from monitor.contacts.periods import Meeting
from monitor.database.many_rows import one_of
from monitor.models.cameras.cameras import Camera, Observation, ObservationKind
from monitor.models.contacts.cases import Milestone
from monitor.models.contacts.contacts import Certainty, ExposureSource, Proximity
from monitor.models.places import Room
from monitor.models.rollcalls.rounds import CheckIn
from monitor.presence.gathering import PROVEN

ANSWERED_WITHIN = timedelta(hours=12)
"""Who answered a roll-call so long before or after may have been there; of others nobody knows that they were in the zone at all."""
STAYED = timedelta(minutes=1)
"""What a passed line proves: that somebody came in."""


@dataclass(frozen=True)
class Passed:
    """Somebody went into a room."""

    room: int
    at: datetime


def may_have_been(
    passed: Sequence[Passed],
    mine: Sequence[InRoom],
    belongs: Mapping[int, Sequence[InRoom]],
    answered: Mapping[int, Sequence[datetime]],
) -> list[tuple[int, Passed]]:
    """Who of those that belong to a room may have come in while the case was there: resident and passing, the first of each room and
    day. mine: rooms of the case. belongs: of the others, by resident. answered: when they answered a roll-call from their zone. Pure."""
    found: dict[tuple[int, int, str], tuple[int, Passed]] = {}
    for each in sorted(passed, key=lambda one: (one.at, one.room)):
        if not _there(mine, each):
            continue
        for resident, spans in sorted(belongs.items()):
            if _there(spans, each) and any(abs(at - each.at) <= ANSWERED_WITHIN for at in answered.get(resident, ())):
                found.setdefault((resident, each.room, f"{each.at:%Y%m%d}"), (resident, each))
    return list(found.values())


def _there(spans: Iterable[InRoom], passed: Passed) -> bool:
    return any(
        each.room == passed.room
        and (each.start is None or each.start <= passed.at)
        and (each.end is None or passed.at < each.end)
        for each in spans
    )


def line_contacts(session: Session, around: Around, places: Mapping[int, Sequence[InRoom]]) -> list[Found]:
    """Whom lines of cameras make possible contacts of the case. Rooms without beds count for all of their floor."""
    mine = [*places.get(around.resident.id, ()), *_milestones(session, around)]
    passed = _passed(session, {each.room for each in mine}, around)
    if not passed:
        return []
    floors = _floors(session, {each.room for each in passed}, {span.room for spans in places.values() for span in spans})
    belongs = {
        resident: [*spans, *(InRoom(room, span.start, span.end) for span in spans for room in floors.get(span.room, ()))]
        for resident, spans in places.items()
        if resident != around.resident.id
    }
    answered = _answered(session, belongs, around)
    return [
        Found(
            key=f"line/{around.case.id}/{resident}/{each.room}/{each.at:%Y%m%d}",
            who=Who(resident_id=resident),
            source=ExposureSource.CAMERA_LINE,
            meeting=Meeting(each.at, each.at + STAYED, None, None, None, Proximity.SAME_ROOM),
            surest=Certainty.POSSIBLE,
            room_id=each.room,
        )
        for resident, each in may_have_been(passed, mine, belongs, answered)
    ]


def _milestones(session: Session, around: Around) -> list[InRoom]:
    rows = session.execute(
        select(Milestone.room_id, Milestone.from_at, Milestone.to_at).where(
            Milestone.case_id == around.case.id, Milestone.room_id.is_not(None), Milestone.removed_at.is_(None)
        )
    )
    return [InRoom(row.room_id, row.from_at, row.to_at) for row in rows]


def _passed(session: Session, rooms: Collection[int], around: Around) -> list[Passed]:
    """Only who went in, and when: of an observation nothing else is read."""
    rows = session.execute(
        select(Camera.room_id, Observation.details)
        .join(Camera, Camera.id == Observation.camera_id)
        .where(
            one_of(Camera.room_id, list(rooms)),
            Observation.kind == ObservationKind.CROSSING,
            Observation.last_at >= around.since,
            Observation.started_at <= around.until,
        )
    )
    passed = set()
    for row in rows:
        for line in (row.details.get("lines") or {}).values():
            at = datetime.fromisoformat(line["in"]) if isinstance(line, dict) and isinstance(line.get("in"), str) else None
            if at is not None and around.since <= at <= around.until:
                passed.add(Passed(row.room_id, at))
    return sorted(passed, key=lambda each: (each.at, each.room))


def _floors(session: Session, passed: Collection[int], lived_in: Collection[int]) -> dict[int, list[int]]:
    """For rooms that people are assigned to, those rooms on the same floor that nobody is."""
    columns = (Room.id, Room.zone_id, Room.floor)
    common = session.execute(select(*columns).where(one_of(Room.id, list(set(passed) - set(lived_in))), Room.floor != "")).all()
    of_floor: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row in common:
        of_floor[row.zone_id, row.floor].append(row.id)
    lived = session.execute(select(*columns).where(one_of(Room.id, list(lived_in)))) if common else ()
    return {row.id: of_floor[row.zone_id, row.floor] for row in lived if (row.zone_id, row.floor) in of_floor}


def _answered(session: Session, residents: Collection[int], around: Around) -> dict[int, list[datetime]]:
    rows = session.execute(
        select(CheckIn.resident_id, CheckIn.state_since).where(
            one_of(CheckIn.resident_id, list(residents)),
            CheckIn.state.in_(PROVEN),
            CheckIn.state_since >= around.since - ANSWERED_WITHIN,
            CheckIn.state_since <= around.until + ANSWERED_WITHIN,
        )
    )
    answered: dict[int, list[datetime]] = defaultdict(list)
    for row in rows:
        answered[row.resident_id].append(row.state_since)
    return answered
