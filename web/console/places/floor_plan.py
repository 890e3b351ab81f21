"""Plans of a zone's floors: looked at, made, drawn, removed."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.models.floor_plans import FloorPlan
from monitor.models.places import Zone
from monitor.pictures.pictures import normalise_upload, size_of
from monitor.places.drawn_plans import Picture, draw, drawable, make_plan, places_on, plans_of, remove, rooms_left
from monitor.places.floor_plans import MOST_PLACES, checked_places, version_of
from monitor.places.together import natural
from monitor.problems import BadInput, NotFound, Problem
from monitor.trail.actions import Action
from monitor.vault.vault import plans_owner
from monitor.words import N_, Words
from web.console.places.floor_plan_shown import cameras_now, rooms_now
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

# Pixels: rooms are drawn over it, so that it need not be sharper than a screen.
LONG_SIDE = 2000
# Of the rooms to look at, beside the map on which all of them are marked.
MOST_LISTED = 20
pages = Blueprint("floor_plan", __name__)


@pages.url_value_preprocessor
def _allow_a_picture(endpoint: str | None, _values: object) -> None:
    # Asked before the form is read, which is also where its CSRF token is.
    if endpoint == "floor_plan.make":
        request.max_content_length = parts().settings.upload_megabytes * 2**20 + 64 * 1024


def _plan_of(session: Session, plan_id: int) -> FloorPlan:
    plan = session.get(FloorPlan, plan_id)
    require_zone(the_reader(), plan.zone_id if plan else None)
    assert plan is not None
    return plan


@pages.get("/zones/<int:zone_id>/map")
@guarded(Permission.SEE_RESIDENT, audit=None)
def show(zone_id: int) -> str:
    with parts().database.read() as session:
        zone = session.get(Zone, zone_id)
        require_zone(the_reader(), zone.id if zone else None)
        plans = plans_of(session, zone_id)
        wanted = request.args.get("plan", type=int)
        plan = next((each for each in plans if each.id == wanted), plans[0] if plans else None)
        places = places_on(session, plan.id) if plan else []
        rooms = rooms_now(session, zone_id, places, now())
        cameras = cameras_now(session, places)
        left = len(rooms_left(session, zone_id)) if plan else 0
    return render_template(
        "console/places/floor_plan.html",
        zone=zone,
        plans=plans,
        plan=plan,
        rooms=rooms,
        to_look_at=sorted((each for each in rooms if each.needs_a_look), key=lambda each: each.need),
        most_listed=MOST_LISTED,
        cameras=cameras,
        left=left,
    )


def _form(zone_id: int, wrong: Problem | None = None) -> str:
    with parts().database.read() as session:
        zone = session.get(Zone, zone_id)
        require_zone(the_reader(), zone.id if zone else None)
        left = rooms_left(session, zone_id)
        plans = plans_of(session, zone_id)
    floors = sorted({room.floor for room in left}, key=natural)
    said: dict[str, Words] = {}
    if wrong is not None:
        said[wrong.field or "name" if isinstance(wrong, BadInput) else "picture"] = wrong.words
    return render_template(
        "console/places/floor_plan_new.html",
        zone=zone,
        plans=plans,
        floors=floors,
        left=len(left),
        given=request.form,
        wrong=said,
    )


@pages.get("/zones/<int:zone_id>/maps/new")
@guarded(Permission.MANAGE_ROOMS, audit=None)
def new(zone_id: int) -> str:
    return _form(zone_id)


@pages.post("/zones/<int:zone_id>/maps/new")
@guarded(Permission.MANAGE_ROOMS, audit=Action.FLOOR_PLAN_CHANGED)
def make(zone_id: int) -> AnyResponse | tuple[str, int]:
    # Looked at before a picture is decoded.
    with parts().database.read() as session:
        zone = session.get(Zone, zone_id)
        require_zone(the_reader(), zone.id if zone else None)
    sent = request.files.get("picture")
    content = sent.read() if sent else b""
    picture = None
    try:
        if content:
            most = parts().settings.upload_megabytes * 2**20
            jpeg = normalise_upload(content, max_bytes=most, long_side=LONG_SIDE)
            picture = Picture(parts().vault.put(plans_owner(zone_id), jpeg), *size_of(jpeg))
        with parts().database.write() as session:
            floor = request.form.get("floor", "")
            plan = make_plan(session, zone_id, request.form.get("name", ""), None if floor == "*" else floor, picture, now())
            note_view(session, zone_id=zone_id, floor_plan=plan.name)
            plan_id = plan.id
    except Problem as problem:
        if picture is not None:
            parts().vault.remove(picture.name)
        return _form(zone_id, problem), 422
    flash(_("The map was made. Now draw where the rooms are."))
    return redirect(url_for("floor_plan.editor", plan_id=plan_id), 303)


@pages.get("/maps/<int:plan_id>/picture")
@guarded(Permission.SEE_OVERVIEW, audit=None, page=False)
def picture(plan_id: int) -> Response:
    with parts().database.read() as session:
        plan = _plan_of(session, plan_id)
        name, zone_id = plan.picture, plan.zone_id
    if name is None:
        raise NotFound(N_("There is no picture."))
    content = parts().vault.get(plans_owner(zone_id), name)
    return Response(content, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@pages.get("/maps/<int:plan_id>")
@guarded(Permission.MANAGE_ROOMS, audit=None)
def editor(plan_id: int) -> str:
    with parts().database.read() as session:
        plan = _plan_of(session, plan_id)
        zone = session.get_one(Zone, plan.zone_id)
        rooms, cameras = drawable(session, plan.zone_id)
        places = places_on(session, plan_id)
    # As floor-plan.js reads them: hundreds, each as few letters as do.
    values = [(each.x, each.y, each.width, each.height, each.room, each.camera) for each in places]
    return render_template(
        "console/places/floor_plan_editor.html",
        plan=plan,
        zone=zone,
        rooms=rooms,
        cameras=cameras,
        places=values,
        version=version_of(places),
        most=MOST_PLACES,
    )


@pages.post("/maps/<int:plan_id>")
@guarded(Permission.MANAGE_ROOMS, audit=Action.FLOOR_PLAN_CHANGED, page=False)
def save(plan_id: int) -> Response:
    told = request.get_json(silent=True)
    told = told if isinstance(told, dict) else {}
    with parts().database.write() as session:
        plan = _plan_of(session, plan_id)
        rooms, cameras = drawable(session, plan.zone_id)
        places = checked_places(told.get("places"), {room.id for room in rooms}, {camera.id for camera in cameras})
        version = draw(session, plan, places, str(told.get("version", "")))
        note_view(session, zone_id=plan.zone_id, floor_plan=plan.name)
    return jsonify(version=version)


@pages.post("/maps/<int:plan_id>/remove")
@guarded(Permission.MANAGE_ROOMS, audit=Action.FLOOR_PLAN_REMOVED)
def take_away(plan_id: int) -> AnyResponse:
    with parts().database.write() as session:
        plan = _plan_of(session, plan_id)
        zone_id, name = plan.zone_id, plan.picture
        note_view(session, zone_id=zone_id, floor_plan=plan.name)
        remove(session, plan)
    if name is not None:
        parts().vault.remove(name)
    flash(_("The map was removed. The rooms themselves are unchanged."))
    return redirect(url_for("floor_plan.new", zone_id=zone_id), 303)
