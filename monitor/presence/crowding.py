"""More people in a room than are assigned to it, for longer than a visit at the door: pure, but for the words of its incident."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.incidents import causes
from monitor.incidents.incidents import end_cause, open_incident
from monitor.models.cameras.cameras import Observation, ObservationKind
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.places import Room
from monitor.presence.camera_soundness import Watching
from monitor.room_names import room_words
from monitor.words import N_, words

# Who brings a meal is gone by then.
LASTS = timedelta(seconds=60)
# While something moves people are counted every 5 to 15 s; they turn away and hide one another in between.
PAUSE = timedelta(seconds=45)


@dataclass(frozen=True)
class Crowd:
    """Too many people in one room: from their first to their newest sight, the newest count, and whether staff were told."""

    since: datetime
    last: datetime
    people: int
    told: bool = False

    @property
    def lasts(self) -> bool:
        """Whether it is no passing visit."""
        return self.told or self.last - self.since >= LASTS


def crowd(known: Crowd | None, people: int, at: datetime) -> Crowd:
    """What is known after one more sight of too many people."""
    if known is None or (at - known.last > PAUSE and not known.told):
        return Crowd(at, at, people)
    return replace(known, last=max(at, known.last), people=people)


def is_over(known: Crowd, now: datetime) -> bool:
    """Whether nobody has seen too many people for a while."""
    return now - known.last > PAUSE


class Crowding:
    """The rooms in which there are too many people now; remembers between two calls what lasts."""

    def __init__(self) -> None:
        self._crowds: dict[int, Crowd] = {}
        self._began = False

    def look(
        self,
        session: Session,
        rooms: Collection[int],
        allowed: Mapping[int, int],
        cameras: Mapping[int, Watching],
        now: datetime,
    ) -> tuple[set[int], set[int]]:
        """(rooms in which staff are to be told, rooms in which it is over), by sights in these rooms by cameras in good order.

        allowed: how many are assigned to each room; where nobody is, nobody is counted.
        """
        if not self._began:
            self._recall(session, now)
        rows = session.execute(
            select(Observation.room_id, Observation.camera_id, Observation.last_at, Observation.details).where(
                Observation.room_id.in_([room for room in rooms if allowed.get(room)]),
                Observation.kind.in_((ObservationKind.PERSON, ObservationKind.FACE)),
                Observation.last_at >= now - PAUSE,
            )
        )
        for row in rows:
            people, camera = row.details.get("people"), cameras.get(row.camera_id)
            if isinstance(people, int) and people > allowed[row.room_id] and camera is not None and camera.trouble is None:
                self._crowds[row.room_id] = crowd(self._crowds.get(row.room_id), people, row.last_at)
        sound = {each.room_id for each in cameras.values() if each.trouble is None}
        tell = {room for room, known in self._crowds.items() if known.lasts and not known.told}
        # While no camera can tell, it is not known to be over.
        over = {room for room, known in self._crowds.items() if is_over(known, now) and (room in sound or not known.told)}
        return tell - over, over

    def write(self, session: Session, tell: Collection[int], over: Collection[int], now: datetime) -> None:
        """Open and end incidents, in the caller's write transaction."""
        for room in session.scalars(select(Room).where(Room.id.in_(tell))):
            known = self._crowds[room.id]
            reason = words(
                N_("%(people)s people are in %(room)s, more than assigned. Please find out who they are."),
                people=known.people,
                room=room_words(room.name).dump(),
            )
            cause = causes.too_many_people(room.id)
            open_incident(
                session, IncidentKind.TOO_MANY_PEOPLE, cause, zone_id=room.zone_id, room_id=room.id, reason=reason, now=now
            )
            self._crowds[room.id] = replace(known, told=True)
        for room_id in over:
            if self._crowds.pop(room_id).told:
                end_cause(session, causes.too_many_people(room_id), now=now)

    def _recall(self, session: Session, now: datetime) -> None:
        """What another process has told staff of goes on, or ends soon."""
        self._began = True
        rows = session.execute(
            select(Incident.room_id, Incident.opened_at).where(
                Incident.kind == IncidentKind.TOO_MANY_PEOPLE,
                Incident.state != IncidentState.RESOLVED,
                Incident.cause_ended_at.is_(None),
                Incident.room_id.is_not(None),
            )
        )
        for row in rows:
            self._crowds[row.room_id] = Crowd(row.opened_at, now, 0, told=True)
