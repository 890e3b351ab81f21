"""A floor's plan as it is now: what is believed of the people in each room, in a sign, a pattern and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.incidents.cases import leads
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import Incident, IncidentState
from monitor.models.people.residents import Presence, PresenceState, Resident
from monitor.models.places import Room
from monitor.people.orders import quarantined
from monitor.places.floor_plans import Place

# What is most in need of a look comes first.
BY_NEED = (PresenceState.ABSENT, PresenceState.NOT_SEEN, PresenceState.UNKNOWN, PresenceState.PRESENT)


@dataclass(frozen=True)
class RoomNow:
    """A room on a plan. states: how many people are believed to be what, those in need first; incidents: open ones."""

    room: Room
    place: Place
    states: tuple[tuple[PresenceState, int], ...]
    incidents: int

    @property
    def people(self) -> int:
        """Who belongs there."""
        return sum(number for _state, number in self.states)

    @property
    def present(self) -> int:
        """Who is believed to be there."""
        return dict(self.states).get(PresenceState.PRESENT, 0)

    @property
    def worst(self) -> PresenceState | None:
        """The state that most needs a look; None for an empty room."""
        return self.states[0][0] if self.states else None

    @property
    def need(self) -> tuple[int, int]:
        """What to sort by, where the greatest need comes first."""
        return (BY_NEED.index(self.worst) if self.worst else len(BY_NEED), -self.incidents)

    @property
    def needs_a_look(self) -> bool:
        """Whether somebody should go and see, or an incident waits."""
        return bool(self.incidents) or self.worst in (PresenceState.ABSENT, PresenceState.NOT_SEEN)


@dataclass(frozen=True)
class CameraNow:
    """A camera on a plan."""

    camera: Camera
    place: Place


def in_order(counted: Mapping[PresenceState, int]) -> tuple[tuple[PresenceState, int], ...]:
    """States with somebody in them, those in need first."""
    return tuple((state, counted[state]) for state in BY_NEED if counted.get(state))


def rooms_now(session: Session, zone_id: int, places: Sequence[Place], at: datetime) -> list[RoomNow]:
    """The rooms that are drawn, as they are now; three statements, however many rooms."""
    numbers = sorted({place.room for place in places if place.room is not None})
    rooms = {room.id: room for room in session.scalars(select(Room).where(one_of(Room.id, numbers)))}
    believed: dict[int, Counter[PresenceState]] = {number: Counter() for number in numbers}
    people = session.execute(
        select(Resident.room_id, Presence.state, func.count())
        .outerjoin(Presence, Presence.resident_id == Resident.id)
        .where(one_of(Resident.room_id, numbers), quarantined(at))
        .group_by(Resident.room_id, Presence.state)
    )
    for room_id, state, number in people:
        assert room_id is not None
        believed[room_id][state or PresenceState.UNKNOWN] += number
    # An incident may name its room, or only somebody who lives there.
    of_room = func.coalesce(Incident.room_id, Resident.room_id, Camera.room_id)
    incidents = session.execute(
        select(of_room, func.count())
        .select_from(Incident)
        .outerjoin(Resident, Resident.id == Incident.resident_id)
        .outerjoin(Camera, Camera.id == Incident.camera_id)
        .where(Incident.zone_id == zone_id, Incident.state != IncidentState.RESOLVED, leads())
        .group_by(of_room)
    )
    waiting = {room_id: number for room_id, number in incidents}  # noqa: C416 - a row is no pair for mypy
    return [
        RoomNow(rooms[place.room], place, in_order(believed[place.room]), waiting.get(place.room, 0))
        for place in places
        if place.room is not None and place.room in rooms and rooms[place.room].closed_at is None
    ]


def cameras_now(session: Session, places: Sequence[Place]) -> list[CameraNow]:
    """The cameras that are drawn and in use."""
    numbers = [place.camera for place in places if place.camera is not None]
    found = session.scalars(select(Camera).where(one_of(Camera.id, numbers), Camera.enabled))
    cameras = {camera.id: camera for camera in found}
    return [CameraNow(cameras[place.camera], place) for place in places if place.camera in cameras]
