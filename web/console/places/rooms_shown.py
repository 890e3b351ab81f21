"""The rooms of a zone as its page shows them: searched, filtered, so many at once, each with its people, cameras and incidents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Row, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from monitor.database.many_rows import one_of
from monitor.folding import folded
from monitor.incidents.cases import leads, unresolved
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import Incident
from monitor.models.people.residents import Presence, PresenceState, Resident
from monitor.models.places import Room, RoomKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.people.orders import quarantined
from monitor.places.together import natural

PAGE, MOST_IN_A_ROOM = 12, 8
"""Rooms at once, and people of each: who lives with more is found in the list of people."""
MISSED, INCIDENTS, EMPTY = "missed", "incidents", "empty"
SHOWN = (*(state.value for state in PresenceState), MISSED, INCIDENTS, EMPTY)
"""What rooms can be narrowed down to: where somebody lives who is believed to be so, who gave no answer at the last roll-call, about whom
an incident waits; or where nobody lives."""
_WITHOUT = -1
"""Stands for the room of those who have none, in an address."""


@dataclass
class RoomCard:
    """A room (None: people without one) with its first people (resident, presence, newest check-in) and how many there are in all."""

    id: int | None
    name: str = ""
    floor: str = ""
    kind: RoomKind = RoomKind.ROOM
    closed: bool = False
    people: list[Row[Resident, Presence, CheckIn]] = field(default_factory=list)
    living: int = 0
    cameras: list[Camera] = field(default_factory=list)
    incidents: int = 0


@dataclass(frozen=True)
class Wanted:
    """What rooms are narrowed down to, as it stands in the address. show: of SHOWN, or all. after: the room behind which the page begins."""

    show: str = ""
    floor: str = ""
    room: str = ""
    after: int = 0

    @property
    def narrowed(self) -> bool:
        """Whether some rooms may be left out."""
        return bool(self.show or self.floor or self.room)


@dataclass(frozen=True)
class RoomsShown:
    """One page of rooms. matching: how many there are in all; floors: of the zone; following: what the next page begins behind."""

    cards: Sequence[RoomCard]
    matching: int
    all: int
    floors: Sequence[str]
    following: int | None


def rooms_shown(session: Session, zone_id: int, wanted: Wanted, now: datetime) -> RoomsShown:
    """Four statements, however many rooms and people there are; the rooms by name, 9 before 10, who has none at the end."""
    rows = session.execute(
        select(Room.id, Room.name, Room.floor, Room.kind, Room.closed_at, _matches(wanted.show, now).label("matches"))
        .where(Room.zone_id == zone_id, Room.merged_into_id.is_(None))
        # A closed room is shown while there is still something in it.
        .where(
            or_(
                Room.closed_at.is_(None),
                _lives(now),
                select(Camera.id).where(Camera.room_id == Room.id, Camera.enabled).exists(),
            )
        )
    ).all()
    every = sorted(rows, key=lambda each: natural(each.name))
    name = folded(wanted.room).strip()
    chosen = [
        RoomCard(each.id, each.name, each.floor, each.kind, each.closed_at is not None)
        for each in every
        if each.matches and (not name or name in folded(each.name)) and wanted.floor in ("", each.floor)
    ]
    if not (wanted.room or wanted.floor or wanted.show in (EMPTY, INCIDENTS)):
        chosen.append(RoomCard(None))
    start = next((place + 1 for place, each in enumerate(chosen) if (each.id or _WITHOUT) == wanted.after), 0)
    cards = chosen[start : start + PAGE]
    _fill(session, zone_id, cards, wanted.show, now)
    following = (cards[-1].id or _WITHOUT) if len(chosen) > start + PAGE else None
    floors = sorted({each.floor for each in every if each.floor}, key=natural)
    known = [each for each in cards if each.id is not None or each.living or each.cameras]
    return RoomsShown(known, len([each for each in chosen if each.id]), len(every), floors, following)


def _newest() -> ColumnElement[int]:
    """The newest check-in of the resident of a statement."""
    check_in = aliased(CheckIn)
    return (
        select(check_in.id)
        .where(check_in.resident_id == Resident.id)
        .order_by(check_in.opened_at.desc(), check_in.id.desc())
        .limit(1)
        .correlate(Resident)
        .scalar_subquery()
    )


def _believed(show: str) -> ColumnElement[bool]:
    """A condition on Resident and Presence, which may be missing."""
    if show == PresenceState.UNKNOWN:
        return or_(Presence.state == PresenceState.UNKNOWN, Presence.state.is_(None))
    if show in set(PresenceState):
        return Presence.state == PresenceState(show)
    if show == MISSED:
        return select(CheckIn.id).where(CheckIn.id == _newest(), CheckIn.state == CheckInState.MISSED).exists()
    return true()


def _lives(now: datetime, show: str = "") -> ColumnElement[bool]:
    """A condition on Room: somebody lives there, of whom that is believed."""
    people = select(Resident.id).outerjoin(Presence, Presence.resident_id == Resident.id)
    return people.where(Resident.room_id == Room.id, quarantined(now), _believed(show)).exists()


def _matches(show: str, now: datetime) -> ColumnElement[bool]:
    if show == EMPTY:
        return ~_lives(now) & Room.kind.in_((RoomKind.ROOM, RoomKind.HOME))
    if show == INCIDENTS:
        waiting = select(Incident.id).outerjoin(Resident, Resident.id == Incident.resident_id)
        waiting = waiting.outerjoin(Camera, Camera.id == Incident.camera_id).where(
            unresolved(), leads(), Incident.zone_id == Room.zone_id
        )
        return waiting.where(func.coalesce(Incident.room_id, Resident.room_id, Camera.room_id) == Room.id).exists()
    return _lives(now, show) if show else true()


def _fill(session: Session, zone_id: int, cards: Collection[RoomCard], show: str, now: datetime) -> None:
    of_room = {each.id: each for each in cards}
    ids = [each for each in of_room if each is not None]
    where = one_of(Resident.room_id, ids)
    if None in of_room:
        where = or_(where, Resident.room_id.is_(None) & (Resident.zone_id == zone_id))
    place = func.row_number().over(partition_by=Resident.room_id, order_by=(Resident.sort_key, Resident.id))
    living = func.count().over(partition_by=Resident.room_id)
    those = (
        select(Resident.id, place.label("place"), living.label("living"))
        .outerjoin(Presence, Presence.resident_id == Resident.id)
        .where(where, quarantined(now), _believed(show if show not in (INCIDENTS, EMPTY) else ""))
        .subquery()
    )
    people = session.execute(
        select(Resident, Presence, CheckIn, those.c.living)
        .join(those, those.c.id == Resident.id)
        .outerjoin(Presence, Presence.resident_id == Resident.id)
        .outerjoin(CheckIn, CheckIn.id == _newest())
        .where(those.c.place <= MOST_IN_A_ROOM)
        .order_by(Resident.sort_key, Resident.id)
    )
    for row in people:
        card = of_room[row[0].room_id]
        card.people.append(row)
        card.living = row.living
    cameras = select(Camera).where(
        Camera.zone_id == zone_id, Camera.enabled, or_(one_of(Camera.room_id, ids), Camera.room_id.is_(None))
    )
    for camera in session.scalars(cameras.order_by(Camera.name)):
        if camera.room_id in of_room:
            of_room[camera.room_id].cameras.append(camera)
    # An incident may name its room, or only somebody who lives there.
    named = func.coalesce(Incident.room_id, Resident.room_id, Camera.room_id)
    incidents = session.execute(
        select(named, func.count())
        .select_from(Incident)
        .outerjoin(Resident, Resident.id == Incident.resident_id)
        .outerjoin(Camera, Camera.id == Incident.camera_id)
        .where(Incident.zone_id == zone_id, unresolved(), leads())
        .group_by(named)
    )
    for room_id, count in incidents:
        if room_id in of_room:
            of_room[room_id].incidents = count
