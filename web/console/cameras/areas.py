"""The parts of a camera's picture that a person draws: the editor, saving them whole, and what moved a moment ago."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import timedelta
from typing import Any

from flask import Response, jsonify, render_template, request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.models.cameras.cameras import AreaKind, CameraArea, Observation, ObservationKind
from monitor.places.areas import MOST_AREAS, MOST_ENTRIES, valid_points, valid_schedule
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.cameras.editor import camera_of, day_names, note
from web.console.cameras.one_camera import pages
from web.console.cameras.seeing import require_seen
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

# Motion that was seen so long ago is drawn in the preview.
MOTION_SECONDS = 10


def areas_as_json(session: Session, camera_id: int) -> list[dict[str, Any]]:
    """The areas of a camera as the editor takes them."""
    rows = session.scalars(select(CameraArea).where(CameraArea.camera_id == camera_id).order_by(CameraArea.id))
    return [{"kind": row.kind.value, "name": row.name, "points": row.points, "schedule": row.schedule} for row in rows]


def version_of(areas: list[dict[str, Any]]) -> str:
    """Changes whenever the areas do: who edits an older version is told so."""
    return hashlib.sha256(json.dumps(areas, sort_keys=True).encode()).hexdigest()[:16]


def checked_areas(told: Any) -> list[dict[str, Any]]:
    """Areas that a browser sent, checked. Raises BadInput, which names the area that is wrong."""
    if not isinstance(told, list) or len(told) > MOST_AREAS:
        raise BadInput(N_("A camera has at most %(most)s areas."), most=MOST_AREAS, field="areas")
    checked = []
    for number, each in enumerate(told, 1):
        try:
            checked.append(_checked(each))
        except BadInput as problem:
            raise BadInput(N_("Area %(number)s: %(why)s"), number=number, why=problem.words.dump(), field="areas") from None
    return checked


def _checked(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise BadInput(N_("The request could not be read. Go back, reload the page and try again."))
    try:
        kind = AreaKind(str(told.get("kind")))
    except ValueError:
        raise BadInput(N_("Choose what each area is for."), field="kind") from None
    name = str(told.get("name", "")).strip()[:80]
    points, schedule = valid_points(told.get("points"), kind), valid_schedule(told.get("schedule", []))
    return {"kind": kind, "name": name, "points": points, "schedule": schedule}


@pages.get("/cameras/<int:camera_id>/areas")
@guarded(Permission.MANAGE_CAMERA, audit=None)
def areas_page(camera_id: int) -> str:
    with parts().database.read() as session:
        camera = camera_of(session, camera_id)
        # Nobody draws areas in a picture that they may not see, and so takes away what covers a part of it.
        require_seen(session, the_reader(), [camera_id])
        areas = areas_as_json(session, camera_id)
    return render_template(
        "console/cameras/camera_areas.html",
        camera=camera,
        areas=areas,
        version=version_of(areas),
        kinds=list(AreaKind),
        days=day_names(),
        most={"areas": MOST_AREAS, "times": MOST_ENTRIES},
    )


@pages.post("/cameras/<int:camera_id>/areas")
@guarded(Permission.MANAGE_CAMERA, audit=Action.CAMERA_AREAS_CHANGED, page=False)
def save_areas(camera_id: int) -> Response:
    with parts().database.write() as session:
        camera = camera_of(session, camera_id)
        require_seen(session, the_reader(), [camera_id])
        told = request.get_json(silent=True)
        told = told if isinstance(told, dict) else {}
        checked = checked_areas(told.get("areas"))
        if told.get("version") != version_of(areas_as_json(session, camera_id)):
            raise Conflict(N_("Someone else has just changed these areas. Reload the page and draw yours again."))
        session.execute(delete(CameraArea).where(CameraArea.camera_id == camera_id))
        for each in checked:
            session.add(CameraArea(camera_id=camera_id, zone_id=camera.zone_id, **each))
        session.flush()
        saved = areas_as_json(session, camera_id)
        # How many of each kind: that a private part was taken away must be seen later.
        note(session, camera, Action.CAMERA_AREAS_CHANGED, areas=dict(Counter(each["kind"] for each in saved)))
    return jsonify(version=version_of(saved))


@pages.get("/cameras/<int:camera_id>/motion")
@guarded(Permission.SEE_CAMERA, audit=None, page=False)
def motion(camera_id: int) -> Response:
    """Where something moved a moment ago, for the editor's preview."""
    with parts().database.read() as session:
        camera_of(session, camera_id)
        newest = session.execute(
            select(Observation.details, Observation.last_at)
            .where(
                Observation.camera_id == camera_id,
                Observation.kind == ObservationKind.MOTION,
                Observation.last_at > now() - timedelta(seconds=MOTION_SECONDS),
            )
            .order_by(Observation.last_at.desc())
            .limit(1)
        ).first()
    if newest is None:
        return jsonify(boxes=[], at=None)
    return jsonify(boxes=newest.details.get("boxes", []), at=newest.last_at.isoformat())
