"""A supervisor notes whether a resident has a smartphone: who has none is told how to answer by text and call."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.access import Permission
from monitor.database import Database
from monitor.models import Resident
from monitor.problems import BadInput
from monitor.words import N_
from web.guard import guarded, note_view, require_zone, the_reader


def telephone_pages(database: Database) -> Blueprint:
    """The one action."""
    pages = Blueprint("telephones", __name__)

    @pages.post("/residents/<int:resident_id>/telephone")
    @guarded(Permission.MANAGE_RESIDENT, audit="telephone-changed")
    def change(resident_id: int) -> Response:
        smartphone = request.form.get("smartphone")
        if smartphone not in ("yes", "no"):
            raise BadInput(N_("Choose whether there is a smartphone."), field="smartphone")
        with database.write() as session:
            resident = session.get(Resident, resident_id)
            zone_id = require_zone(the_reader(), resident.zone_id if resident else None)
            assert resident is not None
            resident.without_smartphone = smartphone == "no"
            note_view(session, zone_id=zone_id, resident_id=resident_id, smartphone=smartphone)
        flash(_("It was written down; the next message says how to answer."))
        return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)

    return pages
