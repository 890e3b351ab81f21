"""Gathers from rows what is known of residents' presence: sights, crossings, answers, exemptions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.incidents.causes import not_there
from monitor.models.cameras.cameras import Observation, ObservationKind
from monitor.models.incidents import REACHED, ContactAttempt, ContactOutcome, ContactWay, Incident
from monitor.models.people.residents import Exemption, QuarantineOrder, Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.people.face_agreement import rooms_not_looked_into
from monitor.people.orders import in_force
from monitor.presence.camera_soundness import Around, Watching, without_gaps
from monitor.presence.evidence import Evidence, RoomCamera, newest
from monitor.presence.rules import ANSWER_COUNTS_FOR

# Sights older than this say nothing that is asked.
LOOK_BACK = timedelta(days=1)
# A round is open for minutes, its answers may be judged by a person hours later: rounds older than this are not looked at.
ROUNDS_BACK = timedelta(hours=6)
SOMEBODY = (ObservationKind.FACE, ObservationKind.PERSON, ObservationKind.MOTION)
PROVEN = (CheckInState.VERIFIED, CheckInState.ACCEPTED)


@dataclass(frozen=True)
class Person:
    """A resident under an order in force, where they are assigned. room_since: when they came to the room, where that is known."""

    id: int
    name: str
    zone_id: int
    timezone: str
    room_id: int | None
    room: str | None
    empty_after: timedelta
    room_since: datetime | None = None


@dataclass(frozen=True)
class Crossed:
    """When somebody was last seen coming in and going out."""

    came_in_at: datetime | None = None
    went_out_at: datetime | None = None


def people(session: Session, now: datetime, *only: ColumnElement[bool]) -> list[Person]:
    """Residents under an order in force, in the order of their rooms; all, or `only` those of whom that is true."""
    statement = (
        select(
            Resident.id,
            Resident.full_name,
            Resident.zone_id,
            Zone.timezone,
            Room.id.label("room_id"),
            Room.name.label("room"),
            Room.empty_allowed_minutes,
            Resident.room_since,
        )
        .join(Zone, Zone.id == Resident.zone_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(_held(now), *only)
        .order_by(Resident.room_id, Resident.id)
    )
    return [
        Person(
            row.id,
            row.full_name,
            row.zone_id,
            row.timezone,
            row.room_id,
            row.room,
            timedelta(minutes=row.empty_allowed_minutes if row.room_id is not None else 60),
            row.room_since,
        )
        for row in session.execute(statement)
    ]


def occupants(session: Session, rooms: Collection[int], now: datetime) -> dict[int, int]:
    """How many residents under an order in force are assigned to each of these rooms. Who may be away may as well be there: they count."""
    rows = session.execute(
        select(Resident.room_id, func.count().label("number"))
        .where(Resident.room_id.in_(rooms), _held(now))
        .group_by(Resident.room_id)
    )
    return {row.room_id: row.number for row in rows}


def _held(now: datetime) -> ColumnElement[bool]:
    return Resident.id.in_(select(QuarantineOrder.resident_id).where(in_force(now)))


def sights(
    session: Session, rooms: Collection[int], now: datetime, camera_id: int | None = None
) -> tuple[dict[tuple[int, int], datetime], dict[int, datetime]]:
    """(newest sight by resident and room, newest motion or sight of anybody by room) until now; of one camera, or of all."""
    seen: dict[tuple[int, int], datetime] = {}
    moved: dict[int, datetime] = {}
    statement = select(Observation.room_id, Observation.resident_id, func.max(Observation.last_at).label("last")).where(
        Observation.room_id.in_(rooms),
        Observation.last_at >= now - LOOK_BACK,
        Observation.started_at <= now,
        Observation.kind.in_(SOMEBODY),
    )
    if camera_id is not None:
        statement = statement.where(Observation.camera_id == camera_id)
    for row in session.execute(statement.group_by(Observation.room_id, Observation.resident_id)):
        # What went on after the moment that is asked about was going on then.
        last = min(row.last, now)
        if row.resident_id is not None:
            seen[row.resident_id, row.room_id] = last
        moved[row.room_id] = max(last, moved.get(row.room_id, last))
    return seen, moved


def crossings(session: Session, camera_ids: Collection[int], now: datetime) -> dict[tuple[int, str], Crossed]:
    """Newest crossings until now by camera and line. An observation's details are {"lines": {name: {"in": time, "out": time}}}."""
    found: dict[tuple[int, str], Crossed] = {}
    rows = session.execute(
        select(Observation.camera_id, Observation.details).where(
            Observation.camera_id.in_(camera_ids),
            Observation.kind == ObservationKind.CROSSING,
            Observation.last_at >= now - LOOK_BACK,
            Observation.started_at <= now,
        )
    )
    for row in rows:
        for line, at in (row.details.get("lines") or {}).items():
            known = found.get((row.camera_id, line), Crossed())
            came, went = _time(at.get("in"), now), _time(at.get("out"), now)
            found[row.camera_id, line] = Crossed(newest(known.came_in_at, came), newest(known.went_out_at, went))
    return found


def _time(told: object, now: datetime) -> datetime | None:
    at = datetime.fromisoformat(told) if isinstance(told, str) else None
    return at if at is not None and at <= now else None


def answers(session: Session, now: datetime, *only: ColumnElement[bool]) -> dict[int, datetime]:
    """When each resident last answered a roll-call with what was verified or accepted; `only` as on RollCall and CheckIn says."""
    at = func.max(func.coalesce(Answer.taken_at, CheckIn.state_since))
    statement = (
        select(CheckIn.resident_id, at.label("at"))
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .outerjoin(Answer, Answer.check_in_id == CheckIn.id)
        .where(
            RollCall.opens_at >= now - ROUNDS_BACK,
            CheckIn.opened_at >= now - 2 * ANSWER_COUNTS_FOR,
            CheckIn.state.in_(PROVEN),
            *only,
        )
        .group_by(CheckIn.resident_id)
    )
    return {row.resident_id: row.at for row in session.execute(statement)}


def elsewhere(session: Session, people: Sequence[Person], now: datetime) -> dict[int, datetime]:
    """When each of these people was last recognised by a camera that does not look into their room."""
    rooms = {each.id: each.room_id for each in people}
    rows = session.execute(
        select(Observation.resident_id, Observation.room_id, func.max(Observation.last_at).label("last"))
        .where(
            one_of(Observation.resident_id, rooms),
            Observation.kind == ObservationKind.FACE,
            Observation.last_at >= now - LOOK_BACK,
            Observation.started_at <= now,
        )
        .group_by(Observation.resident_id, Observation.room_id)
    )
    found: dict[int, datetime] = {}
    for row in rows:
        if row.room_id is None or row.room_id != rooms[row.resident_id]:
            found[row.resident_id] = max(min(row.last, now), found.get(row.resident_id, row.last))
    return found


def visits(session: Session, people: Sequence[Person], now: datetime) -> tuple[dict[int, datetime], dict[int, datetime]]:
    """(when staff last met, when they last did not find each of these people), by their visits and rounds of the wards."""
    ids = [each.id for each in people]
    met: dict[int, datetime] = {}
    missed: dict[int, datetime] = {}
    rows = session.execute(
        select(ContactAttempt.resident_id, ContactAttempt.outcome, func.max(ContactAttempt.at).label("at"))
        .where(
            one_of(ContactAttempt.resident_id, ids),
            ContactAttempt.way == ContactWay.VISIT,
            ContactAttempt.outcome.in_((*REACHED, ContactOutcome.NOT_THERE)),
            ContactAttempt.at > now - LOOK_BACK,
            ContactAttempt.at <= now,
        )
        .group_by(ContactAttempt.resident_id, ContactAttempt.outcome)
    )
    for row in rows:
        into = missed if row.outcome == ContactOutcome.NOT_THERE else met
        into[row.resident_id] = max(row.at, into.get(row.resident_id, row.at))
    looked = session.execute(
        select(Incident.resident_id, func.max(Incident.last_occurred_at).label("at"))
        .where(
            one_of(Incident.cause, [not_there(each) for each in ids]),
            Incident.cause_ended_at.is_(None),
            Incident.last_occurred_at > now - LOOK_BACK,
            Incident.last_occurred_at <= now,
        )
        .group_by(Incident.resident_id)
    )
    for resident_id, at in looked:
        if resident_id is not None:
            missed[resident_id] = max(at, missed.get(resident_id, at))
    return met, missed


def exemptions(session: Session, now: datetime) -> dict[int, datetime]:
    """Until when each resident is allowed to be away now."""
    rows = session.execute(
        select(Exemption.resident_id, func.max(Exemption.ends_at).label("until"))
        .where(Exemption.starts_at <= now, Exemption.ends_at > now)
        .group_by(Exemption.resident_id)
    )
    return {row.resident_id: row.until for row in rows}


@dataclass(frozen=True)
class Known:
    """What was gathered about several people; `of` is one person's part of it."""

    around: Around
    seen: Mapping[tuple[int, int], datetime]
    moved: Mapping[int, datetime]
    crossed: Mapping[tuple[int, str], Crossed]
    answered: Mapping[int, datetime]
    exempt: Mapping[int, datetime]
    occupants: Mapping[int, int]
    unlooked: Collection[int] = ()
    """Rooms in which no face is looked for."""
    elsewhere: Mapping[int, datetime] = field(default_factory=dict)
    met: Mapping[int, datetime] = field(default_factory=dict)
    missed: Mapping[int, datetime] = field(default_factory=dict)

    def of(self, person: Person) -> Evidence:
        """The evidence about one of them. Who came in unrecognised can only be they where nobody else is assigned.

        What a room showed before they came to it is about who was there then.
        """

        def since(at: datetime | None) -> datetime | None:
            return None if at is not None and person.room_since is not None and at < person.room_since else at

        def watched(begun: datetime | None) -> datetime | None:
            return newest(begun, person.room_since) if begun is not None else None

        room = person.room_id or 0
        here, exits = self.around.room(room), self.around.exits(person.zone_id, room, person.room or "")
        crossed = [self.crossed.get((camera.id, line), Crossed()) for camera, lines in exits for line in lines]
        entered, moved = since(newest(*(each.came_in_at for each in crossed))), since(self.moved.get(room))
        alone = self.occupants.get(room) == 1
        at_exits = [camera.since for camera, _ in exits if camera.trouble is None]
        return Evidence(
            room=person.room,
            cameras=tuple(RoomCamera(each.name, each.trouble) for each in here),
            seen_at=since(self.seen.get((person.id, room))),
            motion_at=moved,
            answered_at=since(self.answered.get(person.id)),
            watched_since=watched(min((each.since for each in here if each.trouble is None), default=None)),
            exempt_until=self.exempt.get(person.id),
            exits=tuple(RoomCamera(camera.name, camera.trouble) for camera, _ in exits),
            exit_watched_since=watched(max(at_exits)) if exits and len(at_exits) == len(exits) else None,
            came_in_at=entered if alone else None,
            entered_at=entered,
            went_out_at=since(newest(*(each.went_out_at for each in crossed))),
            unnamed_at=moved if room in self.unlooked else None,
            alone=alone,
            shared=self.occupants.get(room, 0) > 1,
            elsewhere_at=self.elsewhere.get(person.id),
            met_at=self.met.get(person.id),
            missed_at=self.missed.get(person.id),
        )


def gather(session: Session, people: Sequence[Person], cameras: Iterable[Watching], now: datetime) -> Known:
    """All that is known of these people."""
    known = by_cameras(session, people, cameras, now)
    answered = answers(session, now, CheckIn.resident_id.in_([each.id for each in people]))
    met, missed = visits(session, people, now)
    return replace(
        known,
        answered=answered,
        exempt=exemptions(session, now),
        elsewhere=elsewhere(session, people, now),
        met=met,
        missed=missed,
    )


def by_cameras(
    session: Session, people: Sequence[Person], cameras: Iterable[Watching], now: datetime, camera_id: int | None = None
) -> Known:
    """What these cameras have shown of these people until now; sights of one camera, or of all."""
    rooms, zones = {each.room_id for each in people if each.room_id is not None}, {each.zone_id for each in people}
    near = [each for each in cameras if each.room_id in rooms or (each.exits and each.zone_id in zones)]
    seen, moved = sights(session, rooms, now, camera_id)
    crossed = crossings(session, [each.id for each in near if each.exits], now)
    lived_in, unlooked = occupants(session, rooms, now), rooms_not_looked_into(session, rooms)
    return Known(Around(without_gaps(session, near, now)), seen, moved, crossed, {}, {}, lived_in, unlooked)
