"""One thing is done to many people of a zone: they are chosen, what would happen is shown, and then it is done to each."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, render_template, request
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
from rollcall.orders.many import (
    MOST,
    Filter,
    Judged,
    ManyDeed,
    Person,
    Seen,
    Wanted,
    do,
    judge,
    named_people,
    people_of,
)
from web.console.people.transfers import other_zones, typed_zone
from web.shared.common import now, say, wants_json
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

# Rows and rooms of two thousand people.
MOST_BYTES = 512 * 1024

pages = Blueprint("many", __name__)


@pages.before_request
def _bound() -> None:
    request.max_content_length = request.max_form_memory_size = MOST_BYTES


def zone_of_reader(session: Session, zone_id: int) -> Zone:
    """Raises NotFound, also where the reader may not work there."""
    zone = session.get(Zone, zone_id)
    require_zone(the_reader(), zone.id if zone else None)
    assert zone is not None
    return zone


def _filter(given: MultiDict[str, str], timezone: str) -> Filter:
    """Raises BadInput."""
    room, before = given.get("room", ""), given.get("ends_before", "").strip()
    room_id = int(room) if room.isascii() and room.isdecimal() and len(room) < 10 else None
    return Filter(room_id, moment_of(before, timezone, "ends_before") if before else None)


def _choose(zone_id: int, given: MultiDict[str, str], wrong: Problem | None = None, chosen: set[int] | None = None) -> str:
    field = wrong.field if isinstance(wrong, BadInput) else None
    said: dict[str, Words] = {field or "": wrong.words} if wrong else {}
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
        try:
            which = _filter(given, zone.timezone)
        except BadInput as problem:
            which, said = Filter(), said | {"ends_before": problem.words}
        people = people_of(session, zone_id, which, now())
        rooms, zones = rooms_with_beds(session, zone_id), other_zones(session, zone_id)
    return render_template(
        "console/people/many.html",
        zone=zone,
        zones=zones,
        people=people,
        rooms=rooms,
        deeds=list(ManyDeed),
        ManyDeed=ManyDeed,
        most=MOST,
        chosen=chosen or set(),
        given=given,
        wrong=said,
    )


@pages.get("/zones/<int:zone_id>/many")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def choose(zone_id: int) -> str:
    return _choose(zone_id, request.args)


@pages.post("/zones/<int:zone_id>/many")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def preview(zone_id: int) -> str | tuple[str, int]:
    form = request.form
    chosen = {int(each) for each in form.getlist("person") if each.isascii() and each.isdecimal() and len(each) < 10}
    try:
        with parts().database.read() as session:
            zone = zone_of_reader(session, zone_id)
            wanted = _wanted(zone.timezone)
            if form.get("everybody") == "yes":
                people = people_of(session, zone_id, _filter(form, zone.timezone), now())
            else:
                people = named_people(session, zone_id, chosen, now())
            if not people:
                raise BadInput(N_("Choose the people first."), field="person")
            # First the table of rooms is filled in.
            asking = wanted.deed is ManyDeed.ROOM and not wanted.rooms
            judged = [] if asking else judge(session, zone_id, people, wanted, now())
            rooms = rooms_with_beds(session, zone_id) if wanted.deed is ManyDeed.ROOM else []
            there = session.get(Zone, wanted.to_zone) if wanted.deed is ManyDeed.TRANSFER else None
    except (BadInput, Conflict) as problem:
        return _choose(zone_id, form, problem, chosen), problem.status
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
    )


def _seen(person: Person) -> str:
    """As the page carries somebody: what is changed must be what was shown."""
    return f"{person.resident_id}:{person.order.version if person.order else 0}:{person.room_id or 0}"


@pages.post("/zones/<int:zone_id>/many/do")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.ORDER_CHANGED)
def carry_out(zone_id: int) -> Response | str:
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
    wanted = _wanted(zone.timezone)
    done = do(parts().database, zone_id, _typed_seen(), wanted, the_reader().account_id, now)
    refused = [each for each in done if each.refused is not None]
    if wants_json():
        # The page does it in slices, and shows how far it is.
        return jsonify(done=len(done) - len(refused), refused=[_told(each) for each in refused])
    return render_template("console/people/many_done.html", zone=zone, done=len(done) - len(refused), refused=refused)


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
