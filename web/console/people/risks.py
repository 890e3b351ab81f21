"""Staff note what makes somebody's illness more dangerous: a long-term illness, a pregnancy, living alone."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.people.residents import Resident
from monitor.trail.actions import Action
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

pages = Blueprint("risks", __name__)


@pages.post("/residents/<int:resident_id>/risks")
@guarded(Permission.ENROL, audit=Action.RISKS_CHANGED)
def change(resident_id: int) -> Response:
    chosen = request.form.getlist("risks")
    with parts().database.write() as session:
        resident = session.get(Resident, resident_id)
        zone_id = require_zone(the_reader(), resident.zone_id if resident else None)
        assert resident is not None
        resident.long_illness = "long_illness" in chosen
        resident.pregnant = "pregnant" in chosen
        resident.lives_alone = "alone" in chosen
        note_view(session, zone_id=zone_id, resident_id=resident_id)
    flash(_("Saved; what this person reports from now on is judged by it."))
    back = "enrolment.show" if request.form.get("back") == "photos" else "residents.resident_page"
    return redirect(url_for(back, resident_id=resident_id), 303)
