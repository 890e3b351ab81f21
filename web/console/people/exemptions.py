"""Somebody may be away for a time: permitted, changed, and ended early."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.people.residents import Exemption, Resident
from monitor.models.places import Zone
from monitor.problems import BadInput, Conflict, Problem
from monitor.trail.actions import Action
from monitor.words import Words
from rollcall.orders.exemptions import add_exemption, change_exemption, end_exemption, read_times
from web.console.people.typed import a_number, resident_of
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

pages = Blueprint("exemptions", __name__)


def _exemption(session: Session, exemption_id: int) -> Exemption:
    exemption = session.get(Exemption, exemption_id)
    require_zone(the_reader(), exemption.zone_id if exemption else None)
    assert exemption is not None
    return exemption


def _page(exemption_id: int, given: MultiDict[str, str] | None = None, wrong: Problem | None = None) -> str:
    with parts().database.read() as session:
        exemption = _exemption(session, exemption_id)
        resident = session.get_one(Resident, exemption.resident_id)
        zone = session.get_one(Zone, resident.zone_id)
    clock = ZoneInfo(zone.timezone)
    stored = {
        "starts": f"{exemption.starts_at.astimezone(clock):%Y-%m-%dT%H:%M}",
        "ends": f"{exemption.ends_at.astimezone(clock):%Y-%m-%dT%H:%M}",
        "reason": exemption.reason,
    }
    field = wrong.field if isinstance(wrong, BadInput) else None
    said: dict[str, Words] = {field or "": wrong.words} if wrong else {}
    return render_template(
        "console/people/exemption.html",
        exemption=exemption,
        resident=resident,
        zone=zone,
        given=given if given is not None else MultiDict(stored),
        wrong=said,
    )


@pages.post("/residents/<int:resident_id>/exemptions")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.EXEMPTION_ADDED)
def permit(resident_id: int) -> Response:
    form = request.form
    with parts().database.write() as session:
        resident = resident_of(session, resident_id)
        times = read_times(
            form.get("starts", ""), form.get("ends", ""), session.get_one(Zone, resident.zone_id).timezone, now()
        )
        add_exemption(session, resident_id, times, form.get("reason", ""), the_reader().account_id, now())
    flash(_("The absence was saved; no roll-calls go out in that time."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)


@pages.get("/exemptions/<int:exemption_id>")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def show(exemption_id: int) -> str:
    return _page(exemption_id)


@pages.post("/exemptions/<int:exemption_id>")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.EXEMPTION_CHANGED)
def change(exemption_id: int) -> Response | tuple[str, int]:
    form = request.form
    try:
        with parts().database.write() as session:
            exemption = _exemption(session, exemption_id)
            zone = session.get_one(Zone, exemption.zone_id)
            times = read_times(form.get("starts", ""), form.get("ends", ""), zone.timezone, now())
            reason, seen = form.get("reason", ""), a_number("version")
            change_exemption(session, exemption_id, times, reason, seen, the_reader().account_id, now())
    except (BadInput, Conflict) as problem:
        return _page(exemption_id, form, problem), problem.status
    flash(_("The permission to be away was changed."))
    return redirect(url_for("residents.resident_page", resident_id=exemption.resident_id), 303)


@pages.post("/exemptions/<int:exemption_id>/end")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.EXEMPTION_ENDED)
def end(exemption_id: int) -> Response | tuple[str, int]:
    try:
        with parts().database.write() as session:
            exemption = _exemption(session, exemption_id)
            seen, why = a_number("version"), request.form.get("why", "")
            end_exemption(session, exemption_id, why, seen, the_reader().account_id, now())
    except (BadInput, Conflict) as problem:
        return _page(exemption_id, wrong=problem), problem.status
    flash(_("The permission ended; roll-calls ask this person again."))
    return redirect(url_for("residents.resident_page", resident_id=exemption.resident_id), 303)
