"""One camera: what it shows, how well it is watched, how often it was right, and what happened in front of it."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
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


def truth_of(session: Session, camera_id: int, today: date) -> dict[int, dict[str, int]]:
    """How often the camera was right over the last days, today included: days -> agreed, false_absent, false_present, unknown."""
    kinds = ("agreed", "false_absent", "false_present", "unknown")
    totals = {}
    for days in TRUTH_DAYS:
        sums = session.execute(
            select(*(func.coalesce(func.sum(getattr(CameraTruth, kind)), 0) for kind in kinds)).where(
                CameraTruth.camera_id == camera_id, CameraTruth.day > today - timedelta(days=days)
            )
        ).one()
        totals[days] = dict(zip(kinds, map(int, sums), strict=True))
    return totals


@pages.get("/cameras/<int:camera_id>")
@guarded(Permission.SEE_CAMERA, audit=None)
def page(camera_id: int) -> str:
    reader = the_reader()
    with parts().database.read() as session:
        camera = camera_of(session, camera_id)
        zone = session.get_one(Zone, camera.zone_id)
        newest = select(Incident).where(Incident.camera_id == camera_id).order_by(Incident.opened_at.desc(), Incident.id)
        asked = select(CameraRequest).where(CameraRequest.camera_id == camera_id).order_by(CameraRequest.id.desc())
        shown = {
            "camera": camera,
            "zone": zone,
            "room": session.get(Room, camera.room_id) if camera.room_id else None,
            "profiles": session.scalars(
                select(MediaProfile).where(MediaProfile.camera_id == camera_id).order_by(MediaProfile.role)
            ).all(),
            "health": session.get(CameraHealth, camera_id),
            "truth": truth_of(session, camera_id, now().astimezone(ZoneInfo(zone.timezone)).date()),
            # Who runs the service sees its cameras, and nobody's incidents.
            "incidents": session.scalars(newest.limit(_INCIDENTS)).all() if reader.may(Permission.SEE_RESIDENT) else [],
            "asked": session.scalar(asked.limit(1)),
            "seen": all_seen(session, reader, [camera_id]),
            "areas": session.scalars(select(CameraArea).where(CameraArea.camera_id == camera_id)).all(),
            "zones": zones_with_rooms(session, [camera.zone_id]) if reader.may(Permission.MANAGE_CAMERA) else [],
        }
    return render_template("console/cameras/camera.html", **shown, days=day_names())
