"""A try to reach somebody is logged on an incident."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.access import Permission
from monitor.database import Database
from monitor.models import ContactOutcome
from rollcall.followup import log_attempt, read_attempt
from web.common import now
from web.console.incidents import one_incident, require_supervisor
from web.guard import guarded, the_reader


def attempt_pages(database: Database) -> Blueprint:
    """The one action."""
    pages = Blueprint("attempts", __name__)

    @pages.post("/incidents/<int:incident_id>/attempts")
    @guarded(Permission.ACT_ON_INCIDENT, audit="contact-attempted")
    def add(incident_id: int) -> Response:
        reader = the_reader()
        form = request.form
        with database.write() as session:
            incident = one_incident(session, reader, incident_id).incident
            require_supervisor(reader, incident)
            way, outcome, note = read_attempt(form.get("way", ""), form.get("outcome", ""), form.get("note", ""))
            owner = log_attempt(session, incident, reader.account_id, way, outcome, note, now=now())
        flash(_("Your try was written down, and you look after this case now.") if owner else _("Your try was written down."))
        if outcome == ContactOutcome.UNWELL:
            flash(_("An incident asks for help for this person."))
        return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)

    return pages
