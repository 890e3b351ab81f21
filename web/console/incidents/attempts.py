"""A try to reach somebody is logged on an incident."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.incidents import ContactOutcome
from monitor.trail.actions import Action
from rollcall.followup.attempts import log_attempt, read_attempt
from rollcall.followup.resolving import require_who_may_end
from web.console.incidents.listed import one_incident
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

pages = Blueprint("attempts", __name__)


@pages.post("/incidents/<int:incident_id>/attempts")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.CONTACT_ATTEMPTED)
def add(incident_id: int) -> Response:
    reader = the_reader()
    form = request.form
    with parts().database.write() as session:
        incident = one_incident(session, reader, incident_id).incident
        require_who_may_end(reader, incident)
        way, outcome, note = read_attempt(form.get("way", ""), form.get("outcome", ""), form.get("note", ""))
        owner = log_attempt(session, incident, reader.account_id, way, outcome, note, now=now())
    flash(_("Your attempt was saved; you are handling this now.") if owner else _("Your attempt was saved."))
    if outcome in (ContactOutcome.UNWELL, ContactOutcome.NEEDS):
        flash(_("An incident was opened so that someone helps this person."))
    return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)
