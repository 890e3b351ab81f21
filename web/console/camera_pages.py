"""One camera: what it shows and how well, its settings, its areas; and what a process that watches is asked to do with it."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor import audit
from monitor.access import Permission
from monitor.areas import MOST_AREAS, valid_points, valid_schedule
from monitor.changes import announce
from monitor.database import Database
from monitor.models import (
    AreaKind,
    Camera,
    CameraArea,
    CameraHealth,
    CameraRequest,
    CameraRequestKind,
    CameraTruth,
    Incident,
    IncidentState,
    MediaProfile,
    Observation,
    ObservationKind,
    Room,
    Zone,
)
from monitor.problems import BadInput, Conflict
from monitor.vault import Vault, camera_owner
from monitor.words import N_
from web.common import now
from web.guard import guarded, require_zone, the_reader

# Truth is shown of so many days; motion that was seen so long ago is drawn in the preview.
TRUTH_DAYS, MOTION_SECONDS = 30, 10


def camera_of(session: Session, camera_id: int) -> Camera:
    """The camera, when the reader may work in its zone. Raises NotFound."""
    camera = session.get(Camera, camera_id)
    require_zone(the_reader(), camera.zone_id if camera else None)
    assert camera is not None
    return camera


def areas_as_json(session: Session, camera_id: int) -> list[dict[str, Any]]:
    """The areas of a camera as the editor takes them."""
    rows = session.scalars(select(CameraArea).where(CameraArea.camera_id == camera_id).order_by(CameraArea.id))
    return [{"kind": row.kind.value, "name": row.name, "points": row.points, "schedule": row.schedule} for row in rows]


def version_of(areas: list[dict[str, Any]]) -> str:
    """Changes whenever the areas do: who edits an older version is told so."""
    return hashlib.sha256(json.dumps(areas, sort_keys=True).encode()).hexdigest()[:16]


def checked_areas(told: Any) -> list[dict[str, Any]]:
    """Areas that a browser sent, checked. Raises BadInput."""
    if not isinstance(told, list) or len(told) > MOST_AREAS:
        raise BadInput(N_("A camera has at most %(most)s areas."), most=MOST_AREAS, field="areas")
    checked = []
    for each in told:
        if not isinstance(each, dict):
            raise BadInput(N_("The request could not be understood. Go back, load the page again, and try once more."))
        try:
            kind = AreaKind(str(each.get("kind")))
        except ValueError:
            raise BadInput(N_("Choose what each area is for."), field="kind") from None
        name = str(each.get("name", "")).strip()[:80]
        points = valid_points(each.get("points"), kind)
        checked.append({"kind": kind, "name": name, "points": points, "schedule": valid_schedule(each.get("schedule", []))})
    return checked


def camera_page_pages(database: Database, vault: Vault) -> Blueprint:
    """The page of a camera, its settings, its areas, and its commands."""
    pages = Blueprint("camera", __name__)

    @pages.get("/cameras/<int:camera_id>")
    @guarded(Permission.SEE_CAMERA, audit=None)
    def page(camera_id: int) -> str:
        with database.read() as session:
            camera = camera_of(session, camera_id)
            zone = session.get_one(Zone, camera.zone_id)
            room = session.get(Room, camera.room_id) if camera.room_id else None
            profiles = list(session.scalars(select(MediaProfile).where(MediaProfile.camera_id == camera_id)))
            health = session.get(CameraHealth, camera_id)
            since = now().date() - timedelta(days=TRUTH_DAYS)
            truth = list(
                session.scalars(select(CameraTruth).where(CameraTruth.camera_id == camera_id, CameraTruth.day >= since))
            )
            incidents = list(
                session.scalars(
                    select(Incident)
                    .where(Incident.camera_id == camera_id, Incident.state != IncidentState.RESOLVED)
                    .order_by(Incident.opened_at.desc())
                    .limit(10)
                )
            )
            rooms = list(session.scalars(select(Room).where(Room.zone_id == camera.zone_id).order_by(Room.name)))
            asked = session.scalar(
                select(CameraRequest)
                .where(CameraRequest.camera_id == camera_id, CameraRequest.kind != CameraRequestKind.ADD)
                .order_by(CameraRequest.id.desc())
                .limit(1)
            )
            areas = areas_as_json(session, camera_id)
        counts = {
            key: sum(getattr(row, key) for row in truth) for key in ("agreed", "false_absent", "false_present", "unknown")
        }
        return render_template(
            "console/camera.html",
            camera=camera,
            zone=zone,
            room=room,
            rooms=rooms,
            profiles=profiles,
            health=health,
            truth=counts,
            truth_days=TRUTH_DAYS,
            incidents=incidents,
            asked=asked,
            areas=areas,
        )

    @pages.post("/cameras/<int:camera_id>")
    @guarded(Permission.MANAGE_CAMERA, audit="camera-changed")
    def change(camera_id: int) -> Response:
        form = request.form
        name = form.get("name", "").strip()[:120]
        if not name:
            raise BadInput(N_("Give the camera a name."), field="name")
        try:
            sensitivity = min(1.0, max(0.0, float(form.get("sensitivity", "0.5"))))
        except ValueError:
            raise BadInput(N_("The sensitivity is a number from 0 to 1."), field="sensitivity") from None
        with database.write() as session:
            camera = camera_of(session, camera_id)
            taken = session.scalar(
                select(Camera.id).where(Camera.zone_id == camera.zone_id, Camera.name == name, Camera.id != camera_id)
            )
            if taken is not None:
                raise Conflict(N_("Another camera of this zone has that name."))
            room_id = form.get("room", type=int)
            if room_id is not None:
                room = session.get(Room, room_id)
                if room is None or room.zone_id != camera.zone_id:
                    raise BadInput(N_("That room is not in this camera's zone."), field="room")
            camera.name, camera.room_id, camera.sensitivity = name, room_id, sensitivity
            camera.uses_events, camera.enabled = "uses_events" in form, "enabled" in form
            camera.username = form.get("username", camera.username).strip()[:64]
            password = form.get("password", "")
            if password:
                camera.sealed_password = vault.seal(camera_owner(camera_id), password[:200].encode(), about="password")
            _note(session, camera, "camera-changed")
        flash(_("The camera was changed. It is watched anew within some seconds."))
        return redirect(url_for("camera.page", camera_id=camera_id), 303)

    @pages.post("/cameras/<int:camera_id>/ask")
    @guarded(Permission.MANAGE_CAMERA, audit="camera-commanded")
    def ask(camera_id: int) -> Response:
        """Have a process that watches set the streams, undo that, or turn the camera."""
        try:
            kind = CameraRequestKind(request.form.get("kind", ""))
        except ValueError:
            kind = CameraRequestKind.PROBE
        if kind not in (CameraRequestKind.FIT, CameraRequestKind.UNDO_FIT, CameraRequestKind.PRESET):
            raise BadInput(N_("The request could not be understood. Go back, load the page again, and try once more."))
        with database.write() as session:
            camera = camera_of(session, camera_id)
            preset = request.form.get("preset", "")
            if kind is CameraRequestKind.PRESET and preset not in [each["token"] for each in camera.offers.get("presets", [])]:
                raise BadInput(N_("The camera has no such place to turn to."), field="preset")
            session.add(
                CameraRequest(
                    account_id=the_reader().account_id,
                    zone_id=camera.zone_id,
                    camera_id=camera_id,
                    kind=kind,
                    target={"preset": preset} if preset else {},
                    asked_at=now(),
                )
            )
            _note(session, camera, "camera-commanded", command=kind.value)
        flash(_("The camera was asked. What came of it is shown here."))
        return redirect(url_for("camera.page", camera_id=camera_id), 303)

    @pages.get("/cameras/<int:camera_id>/areas")
    @guarded(Permission.MANAGE_CAMERA, audit=None)
    def areas_page(camera_id: int) -> str:
        with database.read() as session:
            camera = camera_of(session, camera_id)
            areas = areas_as_json(session, camera_id)
        return render_template(
            "console/camera_areas.html", camera=camera, areas=areas, version=version_of(areas), kinds=list(AreaKind)
        )

    @pages.post("/cameras/<int:camera_id>/areas")
    @guarded(Permission.MANAGE_CAMERA, audit="camera-areas-changed", page=False)
    def save_areas(camera_id: int) -> Response:
        with database.read() as session:
            camera_of(session, camera_id)
        told = request.get_json(silent=True)
        checked = checked_areas(told.get("areas") if isinstance(told, dict) else None)
        with database.write() as session:
            camera = camera_of(session, camera_id)
            if not isinstance(told, dict) or told.get("version") != version_of(areas_as_json(session, camera_id)):
                raise Conflict(
                    N_("Somebody else changed these areas meanwhile. Load the page again, and draw yours once more.")
                )
            session.execute(delete(CameraArea).where(CameraArea.camera_id == camera_id))
            for each in checked:
                session.add(CameraArea(camera_id=camera_id, zone_id=camera.zone_id, **each))
            session.flush()
            saved = areas_as_json(session, camera_id)
            _note(session, camera, "camera-areas-changed", areas=len(saved))
        return jsonify(version=version_of(saved))

    @pages.get("/cameras/<int:camera_id>/motion")
    @guarded(Permission.SEE_CAMERA, audit=None, page=False)
    def motion(camera_id: int) -> Response:
        """Where something moved a moment ago, for the editor's preview."""
        with database.read() as session:
            camera_of(session, camera_id)
            details = session.scalar(
                select(Observation.details)
                .where(
                    Observation.camera_id == camera_id,
                    Observation.kind == ObservationKind.MOTION,
                    Observation.last_at > now() - timedelta(seconds=MOTION_SECONDS),
                )
                .order_by(Observation.last_at.desc())
                .limit(1)
            )
        return jsonify(boxes=(details or {}).get("boxes", []))

    return pages


def _note(session: Session, camera: Camera, action: str, **details: Any) -> None:
    audit.note(
        session, action, at=now(), account_id=the_reader().account_id, zone_id=camera.zone_id, camera_id=camera.id, **details
    )
    announce(session, camera.zone_id, "camera", now())
