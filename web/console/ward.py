"""A ward's roll-call on a tablet: one list, one tap for each person, and bracelets whose code opens the right line."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.access import Permission
from monitor.database import Database
from monitor.models import Media, MediaKind, Resident, Room, Zone
from monitor.problems import BadInput, Problem
from monitor.settings import Settings
from monitor.vault import Vault
from monitor.words import N_
from rollcall.answers import COLDEST, HELP, HOTTEST, LONGEST_NOTE, SYMPTOMS
from rollcall.ward import bracelet, in_ward, note_absent, note_seen, read_bracelet
from web.common import now, say
from web.console.looking import asks_reason
from web.console.overview import quarantined
from web.guard import guarded, note_view, require_zone, the_reader

HOW = ("well", "unwell", "absent")


def ward_pages(settings: Settings, database: Database, vault: Vault) -> Blueprint:
    """The list, what was found, the bracelets and where their codes lead."""
    pages = Blueprint("ward", __name__)
    secret = settings.secret("secret_key")
    largest = settings.upload_megabytes * 2**20

    @pages.url_value_preprocessor
    def _allow_a_picture(endpoint: str | None, _values: object) -> None:
        # Asked before the form is read, which is also where its CSRF token is.
        if endpoint == "ward.found":
            request.max_content_length = largest + 64 * 1024

    @pages.get("/zones/<int:zone_id>/roll-call")
    @guarded(Permission.ACT_ON_INCIDENT, audit=None)
    def ward(zone_id: int) -> str:
        person = request.args.get("person", type=int)
        with database.read() as session:
            zone = session.get(Zone, zone_id)
            require_zone(the_reader(), zone.id if zone else None)
            people = in_ward(session, zone_id, person)
            one = session.get(Resident, person) if person else None
            photo = _enrolled(session, person) if person else None
            ask_why = photo is not None and person is not None and asks_reason(session, person)
        return render_template(
            "console/ward.html",
            zone=zone,
            people=people,
            person=one if one and one.zone_id == zone_id else None,
            photo=photo,
            ask_why=ask_why,
            symptoms=SYMPTOMS,
            help=HELP,
            longest_note=LONGEST_NOTE,
            coldest=COLDEST,
            hottest=HOTTEST,
        )

    @pages.post("/check-ins/<int:check_in_id>/found")
    @guarded(Permission.ACT_ON_INCIDENT, audit="resident-seen")
    def found(check_in_id: int) -> Response:
        form, reader = request.form, the_reader()
        how = form.get("how")
        if how not in HOW:
            raise BadInput(N_("Choose how you found the person."), field="how")
        try:
            if how == "absent":
                note_absent(database, reader, check_in_id, now())
            else:
                file = request.files.get("photo")
                note_seen(
                    database,
                    vault,
                    reader,
                    check_in_id,
                    unwell=how == "unwell",
                    symptoms=form.getlist("symptoms"),
                    help_wanted=form.getlist("help"),
                    note=form.get("note", ""),
                    temperature=_temperature(form.get("temperature", "")),
                    photo=file.read() if file and file.filename else None,
                    now=now(),
                    max_bytes=largest,
                )
        except Problem as problem:
            if problem.status == 404:
                raise
            flash(say(problem.words), "problem")
        else:
            flash(_("It was written down."))
        zone = form.get("zone", type=int)
        if zone is None:
            return redirect(url_for("overview.overview"), 303)
        return redirect(url_for("ward.ward", zone_id=zone, _anchor=f"person-{check_in_id}"), 303)

    @pages.get("/zones/<int:zone_id>/bracelets")
    @guarded(Permission.ACT_ON_INCIDENT, audit="bracelets-printed")
    def bracelets(zone_id: int) -> str:
        with database.write() as session:
            zone = session.get(Zone, zone_id)
            require_zone(the_reader(), zone.id if zone else None)
            people = session.execute(
                select(Resident, Room)
                .outerjoin(Room, Room.id == Resident.room_id)
                .where(Resident.zone_id == zone_id, quarantined(now()))
                .order_by(Room.name, Resident.full_name)
            ).all()
            note_view(session, zone_id=zone_id, people=len(people))
        codes = {
            resident.id: _code(url_for("ward.open_bracelet", code=bracelet(secret, resident.id), _external=True))
            for resident, _room in people
        }
        return render_template("console/bracelets.html", zone=zone, people=people, codes=codes)

    @pages.get("/b/<code>")
    @guarded(Permission.ACT_ON_INCIDENT, audit=None)
    def open_bracelet(code: str) -> Response:
        resident_id = read_bracelet(secret, code)
        with database.read() as session:
            resident = session.get(Resident, resident_id)
            zone_id = require_zone(the_reader(), resident.zone_id if resident else None)
        return redirect(url_for("ward.ward", zone_id=zone_id, person=resident_id))

    return pages


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


def _code(content: str) -> Markup:
    """A QR code as SVG without styles of its own, which the page's policy would refuse."""
    drawn = segno.make(content, error="m", micro=False)
    return Markup(drawn.svg_inline(scale=1, border=2, omitsize=True, svgclass="code", lineclass="dark"))  # noqa: S704 - drawn from numbers


def _temperature(typed: str) -> float | None:
    typed = typed.strip().replace(",", ".")
    if not typed:
        return None
    try:
        return float(typed)
    except ValueError:
        raise BadInput(
            N_("A temperature is from %(low)s to %(high)s °C, for example 37.2. Leave it empty if you did not measure it."),
            field="temperature",
            low=f"{COLDEST:.0f}",
            high=f"{HOTTEST:.0f}",
        ) from None
