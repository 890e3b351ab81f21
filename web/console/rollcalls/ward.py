"""A ward's roll-call on a tablet: one list, one tap for each person, and bracelets whose code opens the right line."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.models.places import Room, Zone
from monitor.people.orders import quarantined
from monitor.people.oxygen import read_oxygen
from monitor.people.symptoms import SYMPTOMS
from monitor.people.temperature import read_temperature
from monitor.places.together import natural
from monitor.problems import BadInput, Problem
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.answers.said import HELP, LONGEST_NOTE, Said
from rollcall.answers.ward import Round, bracelet, in_ward, note_absent, note_seen, read_bracelet
from web.console.records.looking import asks_reason
from web.console.rollcalls.rounds import open_in
from web.shared.common import now, storable
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts
from web.shared.qr_codes import qr_code
from web.shared.staff_words import say_to_staff

HOW = ("well", "unwell", "absent")
PAGE, LONGEST = 24, 20


pages = Blueprint("ward", __name__)


def _secret() -> bytes:
    return parts().settings.secret("secret_key")


def _largest() -> int:
    return parts().settings.upload_megabytes * 2**20


@pages.url_value_preprocessor
def _allow_a_picture(endpoint: str | None, _values: object) -> None:
    # Asked before the form is read, which is also where its CSRF token is.
    if endpoint == "ward.found":
        request.max_content_length = _largest() + 64 * 1024


@pages.get("/zones/<int:zone_id>/roll-call")
@guarded(Permission.ACT_ON_INCIDENT, audit=None)
def ward(zone_id: int) -> str:
    person, floor = request.args.get("person", type=int), request.args.get("floor", "")[:LONGEST]
    done, after = request.args.get("show") == "done", request.args.get("after", 0, type=int)
    with parts().database.read() as session:
        zone = session.get(Zone, zone_id)
        require_zone(the_reader(), zone.id if zone else None)
        people = in_ward(session, zone_id, now(), Round(person, floor, done, after, PAGE + 1))
        running = session.scalar(open_in([zone_id]).limit(1)) is not None
        floors = session.scalars(select(Room.floor).where(Room.zone_id == zone_id, Room.floor != "").distinct()).all()
        one = session.get(Resident, person) if person else None
        photo = _enrolled(session, person) if person else None
        ask_why = photo is not None and person is not None and asks_reason(session, person)
    return render_template(
        "console/rollcalls/ward.html",
        zone=zone,
        people=people[:PAGE],
        following=people[PAGE - 1].check_in.id if len(people) > PAGE else None,
        running=running,
        floors=sorted(floors, key=natural),
        floor=floor,
        done=done,
        first=not after,
        person=one if one and one.zone_id == zone_id else None,
        photo=photo,
        ask_why=ask_why,
        symptoms=SYMPTOMS,
        help=HELP,
        longest_note=LONGEST_NOTE,
    )


@pages.post("/check-ins/<int:check_in_id>/found")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.RESIDENT_SEEN)
def found(check_in_id: int) -> Response:
    form, reader, at = request.form, the_reader(), now()
    how = form.get("how")
    if how not in HOW:
        raise BadInput(N_("Choose how you found the person."), field="how")
    try:
        if how == "absent":
            note_absent(parts().database, reader, check_in_id, at)
        else:
            note_seen(parts().database, parts().vault, reader, check_in_id, _said(at), now=at, max_bytes=_largest())
    except Problem as problem:
        if problem.status == 404:
            raise
        flash(say_to_staff(problem.words), "problem")
    else:
        flash(_("Saved."))
    zone = form.get("zone", type=int)
    if zone is None:
        return redirect(url_for("overview.overview"), 303)
    # Whoever was seen has left the list; the next stands where they stood.
    return redirect(url_for("ward.ward", zone_id=zone, floor=form.get("floor") or None, _anchor="ward"), 303)


@pages.get("/zones/<int:zone_id>/bracelets")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.BRACELETS_PRINTED)
def bracelets(zone_id: int) -> str:
    """Of everybody under an order in the zone, or of one person, who may have come without one."""
    person = request.args.get("person", type=int)
    whose = quarantined(now()) if person is None else (Resident.id == person) & Resident.deleted_at.is_(None)
    with parts().database.write() as session:
        zone = session.get(Zone, zone_id)
        require_zone(the_reader(), zone.id if zone else None)
        people = session.execute(
            select(Resident, Room)
            .outerjoin(Room, Room.id == Resident.room_id)
            .where(Resident.zone_id == zone_id, whose)
            .order_by(Room.name, Resident.sort_key)
        ).all()
        whom = people[0][0].id if person is not None and people else None
        note_view(session, zone_id=zone_id, resident_id=whom, people=len(people))
    codes = {
        resident.id: qr_code(url_for("ward.open_bracelet", code=bracelet(_secret(), resident.id), _external=True))
        for resident, _room in people
    }
    return render_template("console/people/bracelets.html", zone=zone, people=people, codes=codes)


@pages.get("/b/<code>")
@guarded(Permission.ACT_ON_INCIDENT, audit=None)
def open_bracelet(code: str) -> Response:
    resident_id = read_bracelet(_secret(), code)
    with parts().database.read() as session:
        resident = session.get(Resident, resident_id)
        zone_id = require_zone(the_reader(), resident.zone_id if resident else None)
    return redirect(url_for("ward.ward", zone_id=zone_id, person=resident_id))


def _said(at: datetime) -> Said:
    """What staff found, as the form says it. Raises BadInput."""
    form, file = request.form, request.files.get("photo")
    return Said(
        made_at=at,
        unwell=form.get("how") == "unwell",
        symptoms=tuple(form.getlist("symptoms")),
        help=tuple(form.getlist("help")),
        note=storable(form.get("note", "")),
        temperature=read_temperature(form.get("temperature", "")),
        spo2=read_oxygen(form.get("spo2", "")),
        photo=file.read() if file and file.filename else None,
    )


def _enrolled(session: Session, resident_id: int) -> Media | None:
    """The newest enrolled photo, to see whether it is the right person."""
    if not the_reader().may(Permission.SEE_PHOTO):
        return None
    return session.scalar(
        select(Media)
        .where(Media.resident_id == resident_id, Media.kind == MediaKind.ENROLMENT)
        .order_by(Media.id.desc())
        .limit(1)
    )
