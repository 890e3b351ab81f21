"""One camera: what it shows, how well it is watched, how often it was right, and what happened in front of it."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import render_template
from sqlalchemy import func, select

from monitor.accounts.access import Permission
from monitor.database.together import Reading, asked, at_once, first, known, read
from monitor.models.cameras.cameras import CameraArea, CameraHealth, CameraTruth, MediaProfile
from monitor.models.cameras.requests import CameraRequest
from monitor.models.incidents import Incident
from monitor.models.places import Room, Zone
from web.console.cameras.editor import camera_of, day_names
from web.console.cameras.one_camera import pages
from web.console.cameras.places import zones_with_rooms
from web.console.cameras.seeing import all_seen
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

# Spans, in days, over which a camera is compared with the roll-calls.
TRUTH_DAYS = (7, 30)
_INCIDENTS = 10


def truth_of(camera_id: int, today: date) -> Reading[dict[int, dict[str, int]]]:
    """How often the camera was right over the last days, today included: days -> agreed, false_absent, false_present, unknown."""
    kinds = ("agreed", "false_absent", "false_present", "unknown")
    sums = select(*(func.coalesce(func.sum(getattr(CameraTruth, kind)), 0) for kind in kinds))
    of_spans = yield from at_once(
        *(
            first(sums.where(CameraTruth.camera_id == camera_id, CameraTruth.day > today - timedelta(days=days)))
            for days in TRUTH_DAYS
        )
    )
    return {days: dict(zip(kinds, map(int, row), strict=True)) for days, row in zip(TRUTH_DAYS, of_spans, strict=True)}


@pages.get("/cameras/<int:camera_id>")
@guarded(Permission.SEE_CAMERA, audit=None)
def page(camera_id: int) -> str:
    reader = the_reader()
    with parts().database.read() as session:
        camera = camera_of(session, camera_id)
        zone = session.get_one(Zone, camera.zone_id)
        newest = select(Incident).where(Incident.camera_id == camera_id).order_by(Incident.opened_at.desc(), Incident.id)
        wanted = select(CameraRequest).where(CameraRequest.camera_id == camera_id).order_by(CameraRequest.id.desc())
        profiles = select(MediaProfile).where(MediaProfile.camera_id == camera_id).order_by(MediaProfile.role)
        room, profiles_found, health, truth, incidents, request, areas = read(
            session,
            at_once(
                first(select(Room).where(Room.id == camera.room_id)),
                asked(profiles),
                first(select(CameraHealth).where(CameraHealth.camera_id == camera_id)),
                truth_of(camera_id, now().astimezone(ZoneInfo(zone.timezone)).date()),
                # Who runs the service sees its cameras, and nobody's incidents.
                asked(newest.limit(_INCIDENTS)) if reader.may(Permission.SEE_RESIDENT) else known([]),
                first(wanted),
                asked(select(CameraArea).where(CameraArea.camera_id == camera_id).order_by(CameraArea.id)),
            ),
        )
        shown = {
            "camera": camera,
            "zone": zone,
            "room": room,
            "profiles": profiles_found,
            "health": health,
            "truth": truth,
            "incidents": incidents,
            "asked": request,
            "seen": all_seen(session, reader, [camera_id]),
            "areas": areas,
            "zones": zones_with_rooms(session, [camera.zone_id]) if reader.may(Permission.MANAGE_CAMERA) else [],
        }
    return render_template("console/cameras/camera.html", **shown, days=day_names())
