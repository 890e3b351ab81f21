"""Take cameras into use: ask them, then write each with its encodings and its sealed password, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cameras.adding.ask_address import look_at
from cameras.onvif.client import probe
from cameras.profiles import Probed
from cameras.ranges import is_snapshot, is_stream, source_of
from cameras.watching.recorder import store_probed
from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.models.cameras.cameras import Camera, CameraArea, CameraState
from monitor.models.places import Room, Zone
from monitor.places.camera_rules import require_allowed
from monitor.problems import Conflict, NotFound, Problem
from monitor.vault.vault import Vault
from monitor.words import N_

# Cameras are slow to answer and cost nothing while they are: ask several at once.
_ASKED_AT_ONCE = 8


@dataclass(frozen=True)
class Wanted:
    """A camera to take into use: where it is, and the names of its zone, of the room it looks at (or none), and its own."""

    address: str
    zone: str
    room: str
    name: str


def register(
    database: Database,
    vault: Vault,
    wanted: Sequence[Wanted],
    username: str,
    password: str,
    now: datetime,
    *,
    zones: frozenset[int] | None = None,
) -> list[int | Problem]:
    """Ask every camera and store those that answered; one with a known address is changed.

    zones: those in which whoever asks may work; a camera in use in another one is left alone. None: all.
    Returns, in the same order, the camera's id, or what is wrong: any of `probe`'s problems, NotFound for the zone or
    room, Conflict when another camera of the zone has the name, or the camera is in use where it may not be changed; BadInput when no camera
    may look into the room.
    """
    results: list[int | Problem] = []
    with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
        answers = list(pool.map(lambda each: _asked(each.address, username, password), wanted))
    for each, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, Problem):
            results.append(answer)
            continue
        try:
            with database.write() as session:
                results.append(_store(session, vault, each, answer, username, password, now, zones))
        except IntegrityError:
            results.append(Conflict(N_("Zone %(zone)s already has a camera named %(name)s."), zone=each.zone, name=each.name))
        except Problem as problem:
            results.append(problem)
    return results


def _asked(address: str, username: str, password: str) -> Probed | Problem:
    try:
        plain = is_stream(address) or is_snapshot(address)
        return look_at(address, username, password).probed if plain else probe(address, username, password)
    except Problem as problem:
        return problem


def _store(
    session: Session,
    vault: Vault,
    wanted: Wanted,
    probed: Probed,
    username: str,
    password: str,
    now: datetime,
    zones: frozenset[int] | None,
) -> int:
    zone = session.scalar(select(Zone).where(Zone.name == wanted.zone))
    if zone is None:
        raise NotFound(N_("There is no zone named %(name)s."), name=wanted.zone)
    if zone.closed_at is not None:
        raise Conflict(N_("Zone %(zone)s was closed. Choose another zone."), zone=zone.name)
    room = None
    if wanted.room:
        room = session.scalar(select(Room).where(Room.zone_id == zone.id, Room.name == wanted.room))
        if room is None:
            raise NotFound(N_("There is no room named %(name)s in zone %(zone)s."), name=wanted.room, zone=wanted.zone)
        if room.closed_at is not None:
            raise Conflict(N_("Room “%(room)s” was closed. Choose another room."), room=room.name)
    camera = session.scalar(select(Camera).where(Camera.address == probed.address))
    if camera is not None and zones is not None and camera.zone_id not in zones:
        raise Conflict(N_("The camera at %(address)s is already in use in another zone."), address=probed.address)
    if room is not None and (camera is None or camera.room_id != room.id):
        require_allowed(zone, room.kind)
    if camera is None:
        camera = Camera(address=probed.address, state=CameraState.NEW, state_since=now)
        session.add(camera)
    camera.zone_id, camera.room_id, camera.name = zone.id, room.id if room else None, wanted.name
    camera.username, camera.enabled, camera.problem = username, True, None
    camera.source = source_of(probed.address)
    session.flush()
    camera.sealed_password = vault.seal(f"camera-{camera.id}", password.encode(), about="password") if password else b""
    session.flush()
    store_probed(session, camera.id, probed)
    session.execute(update(CameraArea).where(CameraArea.camera_id == camera.id).values(zone_id=zone.id))
    announce(session, zone.id, Topic.CAMERA, now)
    return camera.id
