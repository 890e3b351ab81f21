"""What people must look at: the list, one incident, and what a person does about it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.together import at_once, known, read
from monitor.incidents import incidents
from monitor.incidents.kinds import ALERTS_ONLY
from monitor.models.incidents import IncidentKind, IncidentState, Urgency
from monitor.problems import BadInput
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.alerting.assigning import call_assigned
from rollcall.followup import handing_on
from rollcall.followup.handing_on import can_wait_anew, colleagues_asked
from rollcall.followup.resolving import require_who_may_end
from rollcall.followup.resolving import resolve as resolve_incident
from web.console.incidents.listed import one_incident, page_of
from web.console.incidents.narrowed import OWNERS, ages, read_narrowed
from web.console.incidents.shown import shown
from web.console.paging import read_key
from web.console.zones_of_reader import zones_of
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

pages = Blueprint("incidents", __name__)


@pages.get("/incidents")
@guarded(Permission.SEE_RESIDENT, audit=None)
def incident_list() -> str:
    try:
        state = IncidentState(request.args.get("state", IncidentState.OPEN))
    except ValueError:
        raise BadInput(N_("An incident is new, taken on or resolved.")) from None
    after, narrowed = read_key(request.args.get("after")), read_narrowed(request.args)
    reader = the_reader()
    with parts().database.read() as session:
        only = narrowed.conditions(state, reader.account_id, now())
        listed, following = page_of(session, reader, state, after, only)
        zones = zones_of(session, reader)
    return render_template(
        "console/incidents/incidents.html",
        listed=listed,
        state=state,
        states=list(IncidentState),
        following=following,
        first=after is None,
        narrowed=narrowed,
        zones=zones,
        kinds=[each for each in IncidentKind if each not in ALERTS_ONLY],
        urgencies=list(Urgency),
        owners=OWNERS,
        ages=ages(),
    )


@pages.get("/incidents/<int:incident_id>")
@guarded(Permission.SEE_RESIDENT, audit=None)
def incident_page(incident_id: int) -> str:
    reader = the_reader()
    with parts().database.read() as session:
        one = one_incident(session, reader, incident_id)
        acts = reader.may(Permission.ACT_ON_INCIDENT)
        said, colleagues = read(session, at_once(shown(reader, one), colleagues_asked(one.incident) if acts else known([])))
    again = acts and can_wait_anew(one.incident, one.parts)
    return render_template("console/incidents/incident.html", **said, colleagues=colleagues, may_reopen=again, forms=True)


@pages.post("/incidents/<int:incident_id>/acknowledge")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.INCIDENT_ACKNOWLEDGED)
def acknowledge(incident_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as session:
        require_who_may_end(reader, one_incident(session, reader, incident_id).incident)
        incidents.acknowledge(session, incident_id, reader.account_id, now=now())
    flash(_("You have taken this on."))
    return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)


@pages.post("/incidents/<int:incident_id>/resolve")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.INCIDENT_RESOLVED)
def resolve(incident_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as session:
        incident = one_incident(session, reader, incident_id).incident
        resolve_incident(session, incident, reader, request.form.get("text", ""), now=now())
    flash(_("The incident is resolved."))
    return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)


@pages.post("/incidents/<int:incident_id>/assign")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.INCIDENT_ASSIGNED)
def assign(incident_id: int) -> Response:
    reader, form = the_reader(), request.form
    to = form.get("to", 0, type=int)
    with parts().database.write() as session:
        incident = one_incident(session, reader, incident_id).incident
        require_who_may_end(reader, incident)
        handing_on.assign(session, incident, to, form.get("seen", type=int) or None, reader.account_id, now=now())
        called = call_assigned(session, incident, to, now(), parts().settings.zone)
    flash(_("Assigned; an alert was sent, since it is urgent.") if called else _("Assigned; it stands on that person’s list."))
    return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)


@pages.post("/incidents/<int:incident_id>/reopen")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.INCIDENT_REOPENED)
def reopen(incident_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as session:
        incident = one_incident(session, reader, incident_id).incident
        require_who_may_end(reader, incident)
        handing_on.reopen(session, incident, reader.account_id, request.form.get("text", ""), now=now())
    flash(_("The incident is open again, and waits for someone."))
    return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)


@pages.post("/incidents/<int:incident_id>/notes")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.INCIDENT_NOTED)
def add_note(incident_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as session:
        incident = one_incident(session, reader, incident_id).incident
        incidents.add_note(session, incident, reader.account_id, request.form.get("text", ""), now=now())
        audit.note(
            session,
            Action.INCIDENT_NOTED,
            at=now(),
            account_id=reader.account_id,
            zone_id=incident.zone_id,
            resident_id=incident.resident_id,
            incident_id=incident_id,
        )
    flash(_("Your note was added."))
    return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)
