"""Arrivals and departures of a zone: offers, orders that end, what is planned and can be called off, and who may be away."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.people.moves import PlannedChange
from monitor.models.places import Zone
from monitor.trail.actions import Action
from rollcall.orders.movements import movements
from rollcall.orders.planned import cancel
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

MOST, MOST_BESIDE = 150, 20
pages = Blueprint("movements", __name__)


@pages.get("/zones/<int:zone_id>/movements")
@guarded(Permission.SEE_RESIDENT, audit=None)
def show(zone_id: int) -> str:
    with parts().database.read() as session:
        zone = session.get(Zone, zone_id)
        require_zone(the_reader(), zone.id if zone else None)
        found = movements(session, zone_id, now())
    # Each list by itself shows more of it.
    only = request.args.get("only", "")
    most = MOST if only in vars(found) else MOST_BESIDE
    return render_template(
        "console/people/movements.html", zone=zone, found=found, most=most, only=only if most == MOST else ""
    )


@pages.post("/planned/<int:planned_id>/cancel")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.PLANNED_CANCELLED)
def call_off(planned_id: int) -> Response:
    with parts().database.write() as session:
        planned = session.get(PlannedChange, planned_id)
        zone_id = require_zone(the_reader(), planned.zone_id if planned else None)
        row = cancel(session, planned_id, the_reader().account_id, now())
    flash(_("It was called off; nothing changes by itself."))
    if request.form.get("back") == "resident":
        return redirect(url_for("residents.resident_page", resident_id=row.resident_id), 303)
    return redirect(url_for("movements.show", zone_id=zone_id), 303)
