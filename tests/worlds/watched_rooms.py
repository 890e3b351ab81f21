"""Rooms with cameras, lines at exits, and what was seen there: what tests of presence build on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.cameras.cameras import AreaKind, Camera, CameraArea, CameraState, ObservationKind
from monitor.models.incidents import Incident
from monitor.models.people.residents import Presence, Resident
from monitor.presence.observations import observe
from tests.worlds.small_zone import NOW


def add_camera(database: Database, zone: int, resident: int | None, since: datetime, name: str = "101") -> int:
    with database.write() as session:
        room = session.get_one(Resident, resident).room_id if resident is not None else None
        camera = Camera(
            zone_id=zone,
            room_id=room,
            name=name,
            address=f"http://127.0.0.1/{name}",
            state=CameraState.ONLINE,
            state_since=since,
            analysed_at=NOW,
        )
        session.add(camera)
        session.flush()
        return camera.id


def add_exit(database: Database, camera: int, name: str = "door") -> None:
    with database.write() as session:
        zone = session.get_one(Camera, camera).zone_id
        points = [[0.3, 0.5], [0.7, 0.5]]
        session.add(CameraArea(camera_id=camera, zone_id=zone, kind=AreaKind.EXIT, name=name, points=points))


def see(database: Database, camera: int, kind: ObservationKind, at: datetime, **more: Any) -> None:
    with database.write() as session:
        row = session.get_one(Camera, camera)
        observe(session, kind, camera_id=camera, zone_id=row.zone_id, room_id=row.room_id, at=at, **more)


def cross(database: Database, camera: int, line: str, **times: datetime) -> None:
    lines = {line: {direction: at.isoformat() for direction, at in times.items()}}
    see(database, camera, ObservationKind.CROSSING, max(times.values()), details={"lines": lines})


def still_watched(database: Database, at: datetime) -> None:
    """Every camera has shown a picture just now."""
    with database.write() as session:
        session.execute(update(Camera).values(analysed_at=at))


def incidents(database: Database) -> list[Incident]:
    with database.read() as session:
        return list(session.scalars(select(Incident).order_by(Incident.id)))


def presence(database: Database, resident: int) -> Presence:
    with database.read() as session:
        return session.scalars(select(Presence).where(Presence.resident_id == resident)).one()


def fail(database: Database, at: datetime) -> None:
    with database.write() as session:
        session.execute(update(Camera).values(state=CameraState.COVERED, state_since=at))
