"""Keeps the presence of everybody under an order current: gathers evidence, lets `presence` decide, writes what changed."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.changes import announce
from monitor.database import Database
from monitor.incidents import end_cause, open_incident
from monitor.models import (
    Camera,
    CameraState,
    CheckIn,
    CheckInState,
    Exemption,
    IncidentKind,
    Observation,
    ObservationKind,
    OrderState,
    Presence,
    PresenceState,
    QuarantineOrder,
    Resident,
    Room,
    Zone,
)
from monitor.presence import ANSWER_COUNTS_FOR, PICTURE_COUNTS_FOR, Belief, CameraTrouble, Evidence, RoomCamera, believe
from monitor.words import N_, words

_TROUBLE: dict[CameraState, CameraTrouble] = {
    CameraState.NEW: "silent",
    CameraState.OFFLINE: "offline",
    CameraState.COVERED: "covered",
    CameraState.MOVED: "moved",
    CameraState.DEFOCUSED: "defocused",
    CameraState.FROZEN: "frozen",
    CameraState.REPLAYED: "replayed",
    CameraState.DARK: "dark",
}


def refresh(database: Database, now: datetime, *, present_for: timedelta) -> int:
    """Decide anew about everybody under an order; returns how many beliefs changed. Safe to run twice at once."""
    with database.read() as session:
        people = _people(session, now)
        rooms = {person.room_id for person, _, _ in people if person.room_id is not None}
        cameras = _cameras(session, rooms, now)
        sights, motion = _sights(session, rooms, now)
        answered = _answers(session, now)
        exempt = _exemptions(session, now)
        known = {row.resident_id: row for row in session.scalars(select(Presence))}
    changed: list[tuple[Resident, Room | None, Belief]] = []
    for person, room, zone in people:
        here = cameras.get(person.room_id or 0, [])
        seen = sights.get((person.id, person.room_id or 0))
        sound = [each.state_since for each, trouble in here if trouble is None]
        belief = believe(
            Evidence(
                room=room.name if room else None,
                cameras=tuple(RoomCamera(each.name, trouble) for each, trouble in here),
                seen_at=seen[1] if seen else None,
                first_seen_at=seen[0] if seen else None,
                motion_at=motion.get(person.room_id or 0),
                answered_at=answered.get(person.id),
                watched_since=min(sound) if sound else None,
                exempt_until=exempt.get(person.id),
            ),
            now,
            present_for=present_for,
            empty_after=timedelta(minutes=room.empty_allowed_minutes if room else 60),
            timezone=zone.timezone,
        )
        before = known.get(person.id)
        if before is None or (before.state, before.reason, before.seen_at) != (
            belief.state,
            belief.reason.dump(),
            belief.seen_at,
        ):
            changed.append((person, room, belief))
    if changed:
        with database.write() as session:
            for person, room, belief in changed:
                _write(session, person, room, belief, now)
    return len(changed)


def _write(session: Session, person: Resident, room: Room | None, belief: Belief, now: datetime) -> None:
    row = session.get(Presence, person.id)
    if row is None:
        row = Presence(resident_id=person.id, zone_id=person.zone_id, state=belief.state, since=now, reason={})
        session.add(row)
        announce(session, person.zone_id, "people", now)
    elif row.state != belief.state:
        row.since = now
        announce(session, person.zone_id, "people", now)
    row.zone_id, row.state, row.reason = person.zone_id, belief.state, belief.reason.dump()
    row.seen_at, row.expires_at = belief.seen_at, belief.expires_at
    if room is None:
        return
    cause = f"room-{room.id}-empty-{person.id}"
    if belief.state == PresenceState.ABSENT:
        reason = words(N_("%(name)s: %(why)s Please look in, or call."), name=person.full_name, why=belief.reason.dump())
        open_incident(
            session,
            IncidentKind.ROOM_EMPTY,
            cause,
            zone_id=person.zone_id,
            reason=reason,
            now=now,
            room_id=room.id,
            resident_id=person.id,
        )
    elif belief.state == PresenceState.PRESENT:
        end_cause(session, cause, now=now)


def _people(session: Session, now: datetime) -> list[tuple[Resident, Room | None, Zone]]:
    rows = session.execute(
        select(Resident, Room, Zone)
        .join(QuarantineOrder, QuarantineOrder.resident_id == Resident.id)
        .join(Zone, Zone.id == Resident.zone_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(QuarantineOrder.state == OrderState.ACTIVE, QuarantineOrder.starts_at <= now, QuarantineOrder.ends_at > now)
        .distinct()
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _cameras(session: Session, rooms: set[int], now: datetime) -> dict[int, list[tuple[Camera, CameraTrouble | None]]]:
    found: dict[int, list[tuple[Camera, CameraTrouble | None]]] = defaultdict(list)
    for camera in session.scalars(select(Camera).where(Camera.room_id.in_(rooms), Camera.enabled)):
        trouble = _TROUBLE.get(camera.state)
        if trouble is None and (camera.analysed_at is None or camera.analysed_at < now - PICTURE_COUNTS_FOR):
            # Nobody watches it: a fault of ours, which makes things unknown like any other.
            trouble = "silent"
        found[camera.room_id or 0].append((camera, trouble))
    return found


def _sights(
    session: Session, rooms: set[int], now: datetime
) -> tuple[dict[tuple[int, int], tuple[datetime, datetime]], dict[int, datetime]]:
    """Newest sight of each resident in each room as (began, last), and the newest motion or face of anybody by room."""
    since = now - timedelta(days=1)
    sights: dict[tuple[int, int], tuple[datetime, datetime]] = {}
    motion: dict[int, datetime] = {}
    rows = session.execute(
        select(
            Observation.room_id,
            Observation.resident_id,
            func.max(Observation.started_at).label("began"),
            func.max(Observation.last_at).label("last"),
        )
        .where(
            Observation.room_id.in_(rooms),
            Observation.last_at >= since,
            Observation.kind.in_((ObservationKind.FACE, ObservationKind.PERSON, ObservationKind.MOTION)),
        )
        .group_by(Observation.room_id, Observation.resident_id)
    )
    for row in rows:
        if row.resident_id is not None:
            sights[row.resident_id, row.room_id] = (row.began, row.last)
        motion[row.room_id] = max(row.last, motion.get(row.room_id, row.last))
    return sights, motion


def _answers(session: Session, now: datetime) -> dict[int, datetime]:
    rows = session.execute(
        select(CheckIn.resident_id, func.max(CheckIn.state_since).label("at"))
        .where(
            CheckIn.state.in_((CheckInState.VERIFIED, CheckInState.ACCEPTED)),
            CheckIn.opened_at >= now - 2 * ANSWER_COUNTS_FOR,
        )
        .group_by(CheckIn.resident_id)
    )
    return {row.resident_id: row.at for row in rows}


def _exemptions(session: Session, now: datetime) -> dict[int, datetime]:
    rows = session.execute(
        select(Exemption.resident_id, func.max(Exemption.ends_at).label("until"))
        .where(Exemption.starts_at <= now, Exemption.ends_at > now)
        .group_by(Exemption.resident_id)
    )
    return {row.resident_id: row.until for row in rows}
