"""Somebody gets another room, or two swap theirs; at once or at a set time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.enrolment.beds import rooms_with_beds
from monitor.enrolment.orders import moment_of
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.people.order_deeds import Deed
from monitor.people.order_words import written
from monitor.people.placed import placed
from monitor.people.what_follows import what_follows
from monitor.problems import BadInput, Conflict, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words
from rollcall.orders.history import around_of
from rollcall.orders.planned import plan_change
from rollcall.orders.rooms import RoomWished, move_room, swap_rooms
from web.console.people.typed import a_number, resident_of
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

# To choose from; in a larger zone two are swapped by two moves.
MOST_OTHERS = 300

pages = Blueprint("room_moves", __name__)


def _others(session: Session, resident: Resident) -> Sequence[Row[int, str, str]]:
    """With whom somebody could swap rooms, by room, then by name: number, name, and that of the room."""
    others = (
        select(Resident.id, Resident.full_name, Room.name.label("room"))
        .join(Room, Room.id == Resident.room_id)
        .where(Resident.zone_id == resident.zone_id, Resident.room_id != resident.room_id, placed())
        .order_by(Room.name, Resident.sort_key, Resident.id)
        .limit(MOST_OTHERS)
    )
    return session.execute(others).all()


def _page(resident_id: int, given: MultiDict[str, str], wrong: Problem | None = None) -> str:
    with parts().database.read() as session:
        resident = resident_of(session, resident_id)
        values: dict[str, Any] = {
            "resident": resident,
            "zone": session.get_one(Zone, resident.zone_id),
            "room": session.get(Room, resident.room_id) if resident.room_id is not None else None,
            "rooms": [each for each in rooms_with_beds(session, resident.zone_id) if each.id != resident.room_id],
            "others": _others(session, resident) if resident.room_id is not None else [],
            "follows": what_follows(Deed.ROOM, around_of(session, resident, None)),
        }
    field = wrong.field if isinstance(wrong, BadInput) else None
    said: dict[str, Words] = {field or "": wrong.words} if wrong else {}
    return render_template("console/people/room_move.html", **values, given=given, wrong=said)


@pages.get("/residents/<int:resident_id>/room")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def ask(resident_id: int) -> str:
    return _page(resident_id, MultiDict())


@pages.post("/residents/<int:resident_id>/room")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.PERSON_MOVED_ROOM)
def do(resident_id: int) -> Response | tuple[str, int]:
    form = request.form
    try:
        with parts().database.write() as session:
            said = _do(session, resident_of(session, resident_id))
    except (BadInput, Conflict) as problem:
        return _page(resident_id, form, problem), problem.status
    flash(said)
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)


def _do(session: Session, resident: Resident) -> str:
    """What the form asks for; returns what to tell. Raises BadInput, Conflict."""
    form, account_id = request.form, the_reader().account_id
    reason, seen = form.get("reason", ""), a_number("seen")
    if form.get("swap") == "yes":
        other = session.get(Resident, a_number("other"))
        if other is None or other.zone_id != resident.zone_id:
            raise BadInput(N_("Choose someone of this zone who is in another room."), field="other")
        swap_rooms(session, resident.id, other.id, (seen, None), reason, account_id, now())
        return str(_("They swapped rooms."))
    room_id, crowded = a_number("room"), form.get("crowded") == "yes"
    if room_id <= 0:
        raise BadInput(N_("Choose a room of this zone in which people live."), field="room")
    if form.get("when") == "later":
        timezone = session.get_one(Zone, resident.zone_id).timezone
        due_at = moment_of(form.get("due_at", ""), timezone, "due_at")
        values = {"room_id": room_id, "crowded": crowded}
        plan_change(session, resident.id, Deed.ROOM, due_at, reason, account_id, now(), values=values)
        return str(_("It was planned for %(at)s and can be called off until then.", at=written(due_at, timezone)))
    move_room(session, resident.id, RoomWished(room_id, seen, crowded), reason, account_id, now())
    return str(_("The person has another room now."))
