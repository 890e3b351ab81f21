"""A supervisor notes how a resident can answer: without a smartphone by text and call, without head movements by face alone."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.access import Permission
from monitor.database import Database
from monitor.holds import require_reason
from monitor.models import Resident
from monitor.problems import BadInput
from monitor.words import N_
from web.guard import guarded, note_view, require_zone, the_reader


def telephone_pages(database: Database) -> Blueprint:
    """The two actions."""
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

    @pages.post("/residents/<int:resident_id>/movements")
    @guarded(Permission.MANAGE_RESIDENT, audit="movements-changed")
    def movements(resident_id: int) -> Response:
        still = request.form.get("still")
        if still not in ("yes", "no"):
            raise BadInput(N_("Choose whether head movements can be asked for."), field="still")
        reason = require_reason(request.form.get("reason", "")) if still == "yes" else ""
        with database.write() as session:
            resident = session.get(Resident, resident_id)
            zone_id = require_zone(the_reader(), resident.zone_id if resident else None)
            assert resident is not None
            resident.holds_still = still == "yes"
            note_view(session, zone_id=zone_id, resident_id=resident_id, still=still, reason=reason)
        flash(_("It was written down; it holds from the next roll-call page on."))
        return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)

    return pages
