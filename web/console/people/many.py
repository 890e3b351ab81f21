"""One thing is done to many people, of a zone or of the list of everybody: they are chosen, what would happen is shown, and then it is done to each."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.enrolment.beds import rooms_with_beds
from monitor.enrolment.orders import moment_of
from monitor.models.places import Zone
from monitor.people.typed import read_whole_day
from monitor.problems import BadInput, Conflict, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words
from rollcall.orders.exemptions import read_times
from rollcall.orders.many import MOST, Judged, ManyDeed, Person, Seen, Wanted, do, judge
from rollcall.orders.many_undo import TIME_FOR_MANY, can_be_taken_back, take_many_back
from web.console.people.many_meant import (
    carried,
    chosen_in,
    offered,
    people_meant,
    reader_zones,
    timezone_of,
    zone_of_reader,
)
from web.console.people.transfers import other_zones, typed_zone
from web.shared.common import now, say, wants_json
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

# Rows and rooms of two thousand people.
MOST_BYTES = 512 * 1024
MINUTES = int(TIME_FOR_MANY.total_seconds() // 60)
CAN_BE_TAKEN_BACK = (ManyDeed.ROOM, ManyDeed.EXEMPT, ManyDeed.TRANSFER)
"""As one; an extension, or a release at once, has an effect in law, and is corrected for each person."""

pages = Blueprint("many", __name__)


@pages.before_request
def _bound() -> None:
    request.max_content_length = request.max_form_memory_size = MOST_BYTES


def _zone(session: Session, zone_id: int | None) -> Zone | None:
    return zone_of_reader(session, zone_id) if zone_id is not None else None


def _choose(zone_id: int | None, given: MultiDict[str, str], wrong: Problem | None = None, chosen: Collection[int] = ()) -> str:
    field = wrong.field if isinstance(wrong, BadInput) else None
    said: dict[str, Words] = {field or "": wrong.words} if wrong else {}
    with parts().database.read() as session:
        zone = _zone(session, zone_id)
        try:
            people, total = offered(session, zone, given)
        except BadInput as problem:
            (people, total), said = offered(session, zone, MultiDict()), said | {"ends_before": problem.words}
        rooms = rooms_with_beds(session, zone.id) if zone is not None else []
        zones = other_zones(session, zone_id or 0)
    return render_template(
        "console/people/many.html",
        zone=zone,
        zones=zones,
        people=people,
        total=total,
        rooms=rooms,
        deeds=[each for each in ManyDeed if zone is not None or each is not ManyDeed.ROOM],
        ManyDeed=ManyDeed,
        most=MOST,
        chosen=set(chosen),
        given=given,
        carried=carried(given),
        wrong=said,
    )


@pages.get("/zones/<int:zone_id>/many")
@pages.get("/people/many")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def choose(zone_id: int | None = None) -> str:
    return _choose(zone_id, request.args, chosen=chosen_in(request.args))


@pages.post("/zones/<int:zone_id>/many")
@pages.post("/people/many")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def preview(zone_id: int | None = None) -> str | tuple[str, int]:
    form = request.form
    try:
        with parts().database.read() as session:
            zone = _zone(session, zone_id)
            wanted = _wanted(timezone_of(zone))
            people = people_meant(session, zone, form)
            # First the table of rooms is filled in.
            asking = wanted.deed is ManyDeed.ROOM and not wanted.rooms
            judged = [] if asking else judge(session, people, wanted, now())
            rooms = rooms_with_beds(session, zone.id) if zone is not None and wanted.deed is ManyDeed.ROOM else []
            there = session.get(Zone, wanted.to_zone) if wanted.deed is ManyDeed.TRANSFER else None
    except (BadInput, Conflict) as problem:
        return _choose(zone_id, form, problem, chosen_in(form)), problem.status
    able = [each.person for each in judged if each.refused is None]
    return render_template(
        "console/people/many_preview.html",
        zone=zone,
        wanted=wanted,
        there=there,
        people=people,
        asking=asking,
        able=able,
        refused=[each for each in judged if each.refused is not None],
        seen=" ".join(_seen(each) for each in able),
        rooms=rooms,
        ManyDeed=ManyDeed,
        given=form,
        batch=secrets.token_hex(12),
        minutes=MINUTES,
        can_undo=wanted.deed in CAN_BE_TAKEN_BACK or wanted.at is not None,
    )


def _seen(person: Person) -> str:
    """As the page carries somebody: what is changed must be what was shown."""
    return f"{person.resident_id}:{person.order.version if person.order else 0}:{person.room_id or 0}"


@pages.post("/zones/<int:zone_id>/many/do")
@pages.post("/people/many/do")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.ORDER_CHANGED)
def carry_out(zone_id: int | None = None) -> Response | str:
    with parts().database.read() as session:
        zone = _zone(session, zone_id)
    wanted, batch = _wanted(timezone_of(zone)), request.form.get("batch", "")
    if len(batch) != 24 or not batch.isalnum():
        raise BadInput(N_("The form is out of date. Please reload the page."), field="batch")
    done = do(parts().database, reader_zones(zone), _typed_seen(), wanted, the_reader().account_id, now, batch)
    refused = [each for each in done if each.refused is not None]
    if wants_json():
        # The page does it in slices, and shows how far it is.
        return jsonify(done=len(done) - len(refused), refused=[_told(each) for each in refused])
    lines = [(each.person.resident_id, each.person.full_name, each.refused) for each in refused]
    return _result(zone, batch, done=len(done) - len(refused), refused=lines)


def _result(
    zone: Zone | None,
    batch: str,
    *,
    done: int | None,
    refused: Sequence[tuple[int, str, Words | None]] = (),
    undone: bool = False,
) -> str:
    """done: for how many; None: as many as can be taken back."""
    with parts().database.read() as session:
        left = 0 if undone else can_be_taken_back(session, batch, the_reader().account_id, now())
    return render_template(
        "console/people/many_done.html",
        zone=zone,
        done=left if done is None else done,
        refused=refused,
        batch=batch,
        left=left,
        minutes=MINUTES,
        undone=undone,
    )


@pages.get("/zones/<int:zone_id>/many/<batch>")
@pages.get("/people/many/<batch>")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def result(batch: str, zone_id: int | None = None) -> str:
    with parts().database.read() as session:
        zone = _zone(session, zone_id)
    return _result(zone, batch, done=None)


@pages.post("/zones/<int:zone_id>/many/<batch>/undo")
@pages.post("/people/many/<batch>/undo")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.DONE_FOR_MANY_UNDONE)
def undo(batch: str, zone_id: int | None = None) -> str:
    with parts().database.read() as session:
        zone = _zone(session, zone_id)
    done, refused = take_many_back(parts().database, batch, the_reader().account_id, _("Taken back as one"), now())
    with parts().database.write() as session:
        note_view(session, zone_id=zone_id, people=done, refused=len(refused))
    return _result(zone, batch, done=done, refused=refused, undone=True)


def _told(judged: Judged) -> dict[str, Any]:
    return {"id": judged.person.resident_id, "name": judged.person.full_name, "why": say(judged.refused)}


def _typed_seen() -> list[Seen]:
    """Raises BadInput where the page's list cannot be read."""
    found = []
    for each in request.form.get("seen", "").split()[:MOST]:
        numbers = each.split(":")
        if len(numbers) != 3 or not all(one.isascii() and one.isdecimal() and len(one) < 10 for one in numbers):
            raise BadInput(N_("Choose the people first."), field="person")
        found.append(Seen(*map(int, numbers)))
    if not found:
        raise BadInput(N_("Choose the people first."), field="person")
    return found


def _wanted(timezone: str) -> Wanted:
    """What is to be done, from either form. Raises BadInput."""
    form = request.form
    if form.get("deed") not in list(ManyDeed):
        raise BadInput(N_("Choose what is to be done."), field="deed")
    deed, reason = ManyDeed(form["deed"]), form.get("reason", "")
    crowded = form.get("crowded") == "yes"
    if deed is ManyDeed.EXTEND:
        return Wanted(deed, reason, ends_at=moment_of(form.get("ends_at", ""), timezone, "ends_at", whole_day=True))
    if deed is ManyDeed.RELEASE:
        at = moment_of(form.get("at", ""), timezone, "at") if form.get("at", "").strip() else None
        if at is not None and at <= now():
            raise BadInput(N_("This time is already past. Choose a later time, or do it at once."), field="at")
        return Wanted(deed, reason, at=at)
    if deed is ManyDeed.EXEMPT:
        return Wanted(deed, reason, times=read_times(form.get("starts", ""), form.get("ends", ""), timezone, now()))
    if deed is ManyDeed.TRANSFER:
        return Wanted(deed, reason, to_zone=typed_zone(), wanted_on=read_whole_day(form.get("wanted_on", ""), "wanted_on"))
    rooms = {int(name[5:]): value for name, value in form.items() if name.startswith("room-") and name[5:].isdecimal()}
    return Wanted(deed, reason, rooms=rooms, crowded=crowded)
