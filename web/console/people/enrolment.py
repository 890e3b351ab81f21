"""Photos of a resident's face, taken by staff with a tablet or from a file: whether each was good enough, and why not."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.people.faces import EnrolmentPhoto
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.problems import BadInput, Problem
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.faces.likeness import alike_with, dismiss
from rollcall.faces.offering import FEWEST, MOST, offer_photo, photos_of, remove_photo
from rollcall.prompts.due import PENDING
from web.console.records.looking import asks_reason
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

pages = Blueprint("enrolment", __name__)


def _largest() -> int:
    return parts().settings.upload_megabytes * 2**20


@pages.url_value_preprocessor
def _allow_pictures(endpoint: str | None, _values: object) -> None:
    # Asked before the form is read, which is also where its CSRF token is.
    if endpoint == "enrolment.add":
        request.max_content_length = MOST * _largest() + 64 * 1024


@pages.get("/residents/<int:resident_id>/photos")
@guarded(Permission.SEE_PHOTO, audit=None)
def show(resident_id: int) -> str:
    with parts().database.read() as session:
        resident = session.get(Resident, resident_id)
        require_zone(the_reader(), resident.zone_id if resident else None)
        assert resident is not None
        zone = session.get_one(Zone, resident.zone_id)
        photos = photos_of(session, resident_id)
        alike = [each for each in alike_with(session, resident_id) if the_reader().among({each.zone_id})]
        ask_why = asks_reason(session, resident_id)
    return render_template(
        "console/people/enrolment.html",
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
@guarded(Permission.ENROL, audit=Action.FACE_PHOTO_ADDED)
def add(resident_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as session:
        resident = session.get(Resident, resident_id)
        zone_id = require_zone(reader, resident.zone_id if resident else None)
        files = [each for each in request.files.getlist("photo") if each.filename]
        if not files:
            raise BadInput(N_("Choose a photo first."), field="photo")
        note_view(session, zone_id=zone_id, resident_id=resident_id, photos=len(files))
    insisted = request.form.get("insist") == "yes"
    taken = 0
    for file in files:
        try:
            offer_photo(
                parts().database,
                parts().vault,
                resident_id,
                file.read(),
                account_id=reader.account_id,
                insisted=insisted,
                now=now(),
                max_bytes=_largest(),
            )
            taken += 1
        except Problem as problem:
            flash(_("%(file)s: %(problem)s", file=file.filename, problem=say_to_staff(problem.words)), "problem")
    if taken:
        flash(_("The photos arrived; in a few seconds you will see whether they are usable."))
    if request.form.get("back") == "gate":
        return redirect(url_for("gate_steps.steps", resident_id=resident_id, _anchor="step-photos"), 303)
    return redirect(url_for("enrolment.show", resident_id=resident_id), 303)


@pages.post("/face-photos/<int:photo_id>/remove")
@guarded(Permission.ENROL, audit=Action.FACE_PHOTO_REMOVED)
def remove(photo_id: int) -> Response:
    with parts().database.write() as session:
        photo = session.get(EnrolmentPhoto, photo_id)
        zone_id = require_zone(the_reader(), photo.zone_id if photo else None)
        assert photo is not None
        note_view(session, zone_id=zone_id, resident_id=photo.resident_id)
        name = remove_photo(session, photo, now())
        resident_id = photo.resident_id
    if name is not None:
        parts().vault.remove(name)
    flash(_("The photo and the data computed from it were deleted."))
    return redirect(url_for("enrolment.show", resident_id=resident_id), 303)


@pages.post("/residents/<int:resident_id>/alike/<int:likeness_id>/dismiss")
@guarded(Permission.ENROL, audit=Action.LIKENESS_DISMISSED)
def tell_apart(resident_id: int, likeness_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as session:
        resident = session.get(Resident, resident_id)
        zone_id = require_zone(reader, resident.zone_id if resident else None)
        other = session.get_one(Resident, dismiss(session, likeness_id, resident_id, reader.account_id, now()))
        # On the trail of both.
        note_view(session, zone_id=zone_id, resident_id=resident_id, other=other.id)
        note_view(session, zone_id=other.zone_id, resident_id=other.id, other=resident_id)
    flash(_("Removed from both records."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)
