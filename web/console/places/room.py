"""One room: its people and cameras, and what can be done with it: changed, merged into another, closed, opened again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.cameras.cameras import Camera
from monitor.models.places import Room, RoomKind, Together, Zone
from monitor.places.patterns import room_name
from monitor.places.room_changes import change_room, close_room, merge_rooms, people_in, reopen_room, rooms_of
from monitor.places.room_tables import RoomWanted, beds_of, floor_of
from monitor.problems import BadInput, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

SHORTEST_EMPTY, LONGEST_EMPTY = 1, 24 * 60  # minutes

pages = Blueprint("room", __name__)


def room_of(session: Session, room_id: int) -> Room:
    """The room, when the reader may work in its zone. Raises NotFound."""
    room = session.get(Room, room_id)
    # What was merged away has no page.
    require_zone(the_reader(), room.zone_id if room and room.merged_into_id is None else None)
    assert room is not None
    return room


def _page(room_id: int, *, given: MultiDict[str, str] | None = None, wrong: Problem | None = None, in_use: bool = False) -> str:
    with parts().database.read() as session:
        room = room_of(session, room_id)
        values: dict[str, Any] = {
            "room": room,
            "zone": session.get_one(Zone, room.zone_id),
            "people": people_in(session, room_id),
            "cameras": list(session.scalars(select(Camera).where(Camera.room_id == room_id).order_by(Camera.name))),
            "others": [each for each in rooms_of(session, room.zone_id) if each.id != room_id],
        }
    field = wrong.field if isinstance(wrong, BadInput) else None
    said: dict[str, Words] = {field or "name": wrong.words} if wrong else {}
    return render_template(
        "console/places/room.html",
        **values,
        given=given if given is not None else _given(values["room"]),
        wrong=said,
        in_use=in_use,
        kinds=list(RoomKind),
        rules=list(Together),
    )


def _given(room: Room) -> MultiDict[str, str]:
    beds = "" if room.beds is None else str(room.beds)
    given = MultiDict(
        {"name": room.name, "kind": room.kind.value, "floor": room.floor, "beds": beds, "version": str(room.version)}
    )
    given["empty_allowed_minutes"] = f"{room.empty_allowed_minutes:g}"
    given.setlist("together", list(room.together or []))
    if room.together is None:
        given["as_zone"] = "on"
    return given


@pages.get("/rooms/<int:room_id>")
@guarded(Permission.MANAGE_ROOMS, audit=None)
def show(room_id: int) -> str:
    return _page(room_id)


@pages.post("/rooms/<int:room_id>")
@guarded(Permission.MANAGE_ROOMS, audit=Action.ROOM_CHANGED)
def change(room_id: int) -> Response | tuple[str, int]:
    try:
        with parts().database.write() as session:
            room = room_of(session, room_id)
            wanted, minutes, version = _typed()
            before = room.name
            other = change_room(session, room, wanted, minutes, version, now())
            renamed: dict[str, Any] = {"before": before, "after": wanted.name} if before != wanted.name else {}
            note_view(session, zone_id=room.zone_id, room=wanted.name, changed=other, **renamed)
    except BadInput as problem:
        return _page(room_id, given=request.form, wrong=problem), 422
    flash(_("The room was changed."))
    return redirect(url_for("room.show", room_id=room_id), 303)


def _typed() -> tuple[RoomWanted, float, int]:
    """The form: the room, minutes for which it may be empty, and the version that was seen. Raises BadInput."""
    form = request.form
    if form.get("kind") not in list(RoomKind):
        raise BadInput(N_("Choose what kind of room it is."), field="kind")
    try:
        minutes = float(form.get("empty_allowed_minutes", "60").replace(",", "."))
    except ValueError:
        minutes = -1
    if not SHORTEST_EMPTY <= minutes <= LONGEST_EMPTY:
        raise BadInput(N_("Enter minutes from 1 to 1440."), field="empty_allowed_minutes")
    rules = None if "as_zone" in form else tuple(rule for rule in Together if rule.value in form.getlist("together"))
    version = form.get("version", "")
    return (
        RoomWanted(
            room_name(form.get("name", "")),
            RoomKind(form["kind"]),
            floor_of(form.get("floor", "")),
            beds_of(form.get("beds", "")),
            rules,
        ),
        minutes,
        int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else -1,
    )


@pages.post("/rooms/<int:room_id>/close")
@guarded(Permission.MANAGE_ROOMS, audit=Action.ROOM_CLOSED)
def close(room_id: int) -> Response | tuple[str, int]:
    with parts().database.write() as session:
        room = room_of(session, room_id)
        people = close_room(session, room_id, now())
        if not people:
            note_view(session, zone_id=room.zone_id, room=room.name)
    if people:
        return _page(room_id, in_use=True), 409
    flash(_("The room was closed. Nobody can be put into it."))
    return redirect(url_for("room.show", room_id=room_id), 303)


@pages.post("/rooms/<int:room_id>/reopen")
@guarded(Permission.MANAGE_ROOMS, audit=Action.ROOM_REOPENED)
def reopen(room_id: int) -> Response:
    with parts().database.write() as session:
        room = room_of(session, room_id)
        reopen_room(session, room, now())
        note_view(session, zone_id=room.zone_id, room=room.name)
    flash(_("The room is open again."))
    return redirect(url_for("room.show", room_id=room_id), 303)


@pages.post("/rooms/<int:room_id>/merge")
@guarded(Permission.MANAGE_ROOMS, audit=Action.ROOMS_MERGED)
def merge(room_id: int) -> Response | tuple[str, int]:
    try:
        with parts().database.write() as session:
            room = room_of(session, room_id)
            name, into = room.name, request.form.get("into", "")
            target = session.get(Room, int(into)) if into.isascii() and into.isdecimal() and len(into) < 9 else None
            if target is None:
                raise BadInput(N_("Choose another room of this zone."), field="into")
            went = merge_rooms(session, room_id, target.id, now())
            details: dict[str, Any] = {**went}
            note_view(session, zone_id=room.zone_id, room=name, into=target.name, **details)
    except BadInput as problem:
        return _page(room_id, wrong=problem), 422
    flash(_("%(room)s is now part of %(into)s.", room=name, into=target.name))
    return redirect(url_for("room.show", room_id=target.id), 303)
