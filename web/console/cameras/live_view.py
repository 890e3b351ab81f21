"""Cameras live in the browser: one, or a wall of sixteen, over one connection; who watched what is in the audit trail."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from cameras.service.feed_address import feed_addresses
from monitor.accounts.access import Permission, Reader
from monitor.models.cameras.cameras import Camera
from monitor.models.places import Room, RoomKind, Zone
from monitor.problems import NotFound
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.cameras.editor import camera_of
from web.console.cameras.seeing import all_seen, require_seen, sees_room
from web.shared.camera_feed import LiveFeed
from web.shared.common import now
from web.shared.guard import guarded, note_view, rechecked, require_zone, the_reader
from web.shared.live import RECHECK, still_connected
from web.shared.parts import parts

WALL = 16


def _wanted() -> list[int]:
    """The cameras that the address names; each once."""
    numbers = [int(each) for each in request.args.get("cameras", "").split(",") if each.isdigit() and len(each) < 10]
    return list(dict.fromkeys(numbers))[:WALL]


def _tiles(
    session: Session, reader: Reader, cameras: list[int] | None, zone: int | None
) -> list[tuple[Camera, str, str | None]]:
    query = (
        select(Camera, Zone.name, Room.name)
        .join(Zone, Zone.id == Camera.zone_id)
        .outerjoin(Room, Room.id == Camera.room_id)
        .where(Camera.enabled)
        .order_by(Camera.zone_id, Camera.id)
        .limit(WALL)
    )
    if cameras is not None:
        query = query.where(Camera.id.in_(cameras))
    if zone is not None:
        query = query.where(Camera.zone_id == zone)
    if reader.zones is not None:
        query = query.where(Camera.zone_id.in_(reader.zones))
    if not reader.may(Permission.SEE_PHOTO):
        query = query.where(Room.kind.in_([kind for kind in RoomKind if sees_room(reader, kind)]))
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


pages = Blueprint("live_view", __name__)


@pages.get("/cameras/wall")
@guarded(Permission.SEE_CAMERA, audit=None)
def wall() -> str:
    zone = request.args.get("zone", type=int)
    with parts().database.read() as session:
        tiles = _tiles(session, the_reader(), _wanted() or None, zone)
    return render_template("console/cameras/wall.html", tiles=tiles)


@pages.get("/cameras/<int:camera_id>/live")
@guarded(Permission.SEE_CAMERA, audit=None)
def watch(camera_id: int) -> str:
    with parts().database.read() as session:
        require_seen(session, the_reader(), [camera_of(session, camera_id).id])
        tiles = _tiles(session, the_reader(), [camera_id], None)
    if not tiles:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return render_template("console/cameras/wall.html", tiles=tiles)


@pages.get("/cameras/feed")
@guarded(Permission.SEE_CAMERA, audit=Action.CAMERA_LIVE_VIEWED, page=False)
def feed() -> Response:
    """The packets of the cameras that one process watches; the page asks again for the others (header X-Others)."""
    wanted = _wanted()
    with parts().database.write() as session:
        rows = session.execute(select(Camera.id, Camera.zone_id, Camera.room_id).where(Camera.id.in_(wanted))).all()
        zones, rooms = {row.id: row.zone_id for row in rows}, {row.id: row.room_id for row in rows}
        for camera_id in wanted:
            require_zone(the_reader(), zones.get(camera_id))
        require_seen(session, the_reader(), wanted)
        addresses = feed_addresses(session, wanted, now())
        address = next((addresses[each] for each in wanted if each in addresses), None)
        mine = [each for each in wanted if addresses.get(each) == address]
        if address is None:
            return Response("nobody watches", 503, {"Retry-After": "5"}, content_type="text/plain")
        for camera_id in mine:
            note_view(session, zone_id=zones[camera_id], room_id=rooms[camera_id], camera_id=camera_id)
    if not parts().views.acquire(blocking=False):
        return Response("busy", 503, {"Retry-After": "10"}, content_type="text/plain")
    left, views = threading.Event(), parts().views

    def leave() -> None:
        if not left.is_set():
            left.set()
            views.release()

    try:
        source = LiveFeed(address, parts().feed_token, mine)
    except OSError:
        leave()
        return Response("nobody watches", 503, {"Retry-After": "5"}, content_type="text/plain")
    connected, recheck, database = still_connected(request.environ), rechecked(parts().database), parts().database

    def pieces() -> Iterator[bytes]:
        checked = time.monotonic()
        with suppress(GeneratorExit):
            for part in source.parts():
                if not connected():
                    return
                if time.monotonic() - checked >= RECHECK:
                    checked, reader = time.monotonic(), recheck()
                    if reader is None or not all(reader.may(Permission.SEE_CAMERA, zones[each]) for each in mine):
                        return
                    # A camera may look into another room by now.
                    with database.read() as session:
                        if not all_seen(session, reader, mine):
                            return
                yield part

    others = ",".join(str(each) for each in addresses if each not in mine)
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store", "X-Others": others}
    answer = Response(pieces(), content_type="application/octet-stream", headers=headers)
    answer.call_on_close(source.close)
    answer.call_on_close(leave)
    return answer
