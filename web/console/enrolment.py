"""Photos of a resident's face, taken by staff with a tablet or from a file: whether each was good enough, and why not."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.access import Permission
from monitor.database import Database
from monitor.models import EnrolmentPhoto, Resident, Zone
from monitor.problems import BadInput, Problem
from monitor.settings import Settings
from monitor.vault import Vault
from monitor.words import N_
from rollcall.due import PENDING
from rollcall.likeness import alike_with, dismiss
from rollcall.offering import FEWEST, MOST, offer_photo, photos_of, remove_photo
from web.common import now, say
from web.console.looking import asks_reason
from web.guard import guarded, note_view, require_zone, the_reader


def enrolment_pages(settings: Settings, database: Database, vault: Vault) -> Blueprint:
    """The page, photos more, a photo less."""
    pages = Blueprint("enrolment", __name__)
    largest = settings.upload_megabytes * 2**20

    @pages.url_value_preprocessor
    def _allow_pictures(endpoint: str | None, _values: object) -> None:
        # Asked before the form is read, which is also where its CSRF token is.
        if endpoint == "enrolment.add":
            request.max_content_length = MOST * largest + 64 * 1024

    @pages.get("/residents/<int:resident_id>/photos")
    @guarded(Permission.SEE_PHOTO, audit=None)
    def show(resident_id: int) -> str:
        with database.read() as session:
            resident = session.get(Resident, resident_id)
            require_zone(the_reader(), resident.zone_id if resident else None)
            assert resident is not None
            zone = session.get_one(Zone, resident.zone_id)
            photos = photos_of(session, resident_id)
            alike = [each for each in alike_with(session, resident_id) if the_reader().among({each.zone_id})]
            ask_why = asks_reason(session, resident_id)
        return render_template(
            "console/enrolment.html",
            resident=resident,
            zone=zone,
            photos=photos,
            alike=alike,
            counted=sum(each.media_id is not None for each in photos),
            waiting=any(each.state in PENDING for each in photos),
            fewest=FEWEST,
            most=MOST,
            ask_why=ask_why,
        )

    @pages.post("/residents/<int:resident_id>/photos")
    @guarded(Permission.ENROL, audit="face-photo-added")
    def add(resident_id: int) -> Response:
        reader = the_reader()
        with database.write() as session:
            resident = session.get(Resident, resident_id)
            zone_id = require_zone(reader, resident.zone_id if resident else None)
            files = [each for each in request.files.getlist("photo") if each.filename]
            if not files:
                raise BadInput(N_("Choose a picture first."), field="photo")
            note_view(session, zone_id=zone_id, resident_id=resident_id, photos=len(files))
        insisted = request.form.get("insist") == "yes"
        taken = 0
        for file in files:
            try:
                offer_photo(
                    database,
                    vault,
                    resident_id,
                    file.read(),
                    account_id=reader.account_id,
                    insisted=insisted,
                    now=now(),
                    max_bytes=largest,
                )
                taken += 1
            except Problem as problem:
                flash(_("%(file)s: %(problem)s", file=file.filename, problem=say(problem.words)), "problem")
        if taken:
            flash(_("The photos arrived; whether they are good is shown in a few seconds."))
        return redirect(url_for("enrolment.show", resident_id=resident_id), 303)

    @pages.post("/face-photos/<int:photo_id>/remove")
    @guarded(Permission.ENROL, audit="face-photo-removed")
    def remove(photo_id: int) -> Response:
        with database.write() as session:
            photo = session.get(EnrolmentPhoto, photo_id)
            zone_id = require_zone(the_reader(), photo.zone_id if photo else None)
            assert photo is not None
            note_view(session, zone_id=zone_id, resident_id=photo.resident_id)
            name = remove_photo(session, photo, now())
            resident_id = photo.resident_id
        if name is not None:
            vault.remove(name)
        flash(_("The photo and what the machine made of it were deleted."))
        return redirect(url_for("enrolment.show", resident_id=resident_id), 303)

    @pages.post("/residents/<int:resident_id>/alike/<int:likeness_id>/dismiss")
    @guarded(Permission.ENROL, audit="likeness-dismissed")
    def tell_apart(resident_id: int, likeness_id: int) -> Response:
        reader = the_reader()
        with database.write() as session:
            resident = session.get(Resident, resident_id)
            zone_id = require_zone(reader, resident.zone_id if resident else None)
            other = session.get_one(Resident, dismiss(session, likeness_id, resident_id, reader.account_id, now()))
            # On the trail of both.
            note_view(session, zone_id=zone_id, resident_id=resident_id, other=other.id)
            note_view(session, zone_id=other.zone_id, resident_id=other.id, other=resident_id)
        flash(_("It was taken off both records."))
        return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)

    return pages
