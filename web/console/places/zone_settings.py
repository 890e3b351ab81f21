"""Zones are added, changed, closed and opened again, by administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.clock import timezone_names
from monitor.models.places import Together, Zone, ZoneKind
from monitor.places.quiet_floor import Span, in_force
from monitor.places.units.search import unit_key_of, unit_of
from monitor.places.zone_changes import change_zone, close_zone, make_zone, people_by_room, reopen_zone
from monitor.problems import BadInput, Forbidden
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.places.zone_form import Wrong, columns_of, given_of
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

pages = Blueprint("zone_settings", __name__)


def zone_of(session: Session, zone_id: int) -> Zone:
    """The zone, when the reader may work in it. Raises NotFound."""
    zone = session.get(Zone, zone_id)
    require_zone(the_reader(), zone.id if zone else None)
    assert zone is not None
    return zone


def _form(zone: Zone | None, given: MultiDict[str, str], wrong: Wrong, unit: TypedUnit) -> str:
    return render_template(
        "console/places/zone_settings.html",
        zone=zone,
        given=given,
        wrong=wrong,
        unit=unit,
        timezones=timezone_names(),
        kinds=list(ZoneKind),
        rules=list(Together),
        province=_province(),
    )


def _province() -> Span:
    """The quiet hours that hold in every zone."""
    with parts().database.read() as session:
        return in_force(session, now())


def _typed(session: Session, wrong: Wrong) -> tuple[dict[str, Any], TypedUnit]:
    """The form's columns and what it says about the unit."""
    columns = columns_of(request.form, wrong, in_force(session, now()))
    unit = typed_unit(session, request.form)
    if fault := fault_of(unit):
        wrong["unit"] = fault
    columns |= {"unit_code": unit.key.code if unit.key else None, "unit_from": unit.key.valid_from if unit.key else None}
    return columns, unit


def _every_zone() -> None:
    """Raises Forbidden for an administrator of some zones: a new one would be none of theirs."""
    if the_reader().zones is not None:
        raise Forbidden(N_("Only an administrator of all zones can add one."))


@pages.get("/zones/new")
@guarded(Permission.MANAGE_ZONES, audit=None)
def new() -> str:
    _every_zone()
    given = MultiDict({"timezone": str(parts().settings.zone), "kind": ZoneKind.FACILITY.value})
    return _form(None, given, {}, TypedUnit())


@pages.post("/zones")
@guarded(Permission.MANAGE_ZONES, audit=Action.ZONE_MADE)
def make() -> Response | tuple[str, int]:
    _every_zone()
    wrong: Wrong = {}
    made = None
    with parts().database.write() as session:
        columns, unit = _typed(session, wrong)
        if not wrong:
            try:
                zone = make_zone(session, columns)
                made = zone.id
                note_view(session, zone_id=made, name=zone.name)
            except BadInput as problem:
                wrong[problem.field or "name"] = problem.words
    if made is None:
        return _form(None, request.form, wrong, unit), 422
    flash(_("The zone was added. Now add its rooms."))
    return redirect(url_for("rooms.listed", zone_id=made), 303)


@pages.get("/zones/<int:zone_id>/settings")
@guarded(Permission.MANAGE_ZONES, audit=None)
def edit(zone_id: int) -> str:
    with parts().database.read() as session:
        zone = zone_of(session, zone_id)
        unit = unit_of(session, unit_key_of(zone))
        written = unit.written("vi") if unit else zone.unit_code or ""
        given = given_of(zone, written)
        given["unit_key"], given["unit_asked"] = (str(unit.key), written) if unit else ("", "")
    return _form(zone, given, {}, TypedUnit())


@pages.post("/zones/<int:zone_id>/settings")
@guarded(Permission.MANAGE_ZONES, audit=Action.ZONE_CHANGED)
def save(zone_id: int) -> Response | tuple[str, int]:
    wrong: Wrong = {}
    with parts().database.write() as session:
        zone = zone_of(session, zone_id)
        columns, unit = _typed(session, wrong)
        if not wrong:
            try:
                other = change_zone(session, zone, columns, _seen(), now())
                note_view(session, zone_id=zone_id, changed=other)
            except BadInput as problem:
                wrong[problem.field or "name"] = problem.words
    if wrong:
        return _form(zone, request.form, wrong, unit), 422
    flash(_("The zone’s settings were saved."))
    return redirect(url_for("zone_list.listed"), 303)


@pages.post("/zones/<int:zone_id>/close")
@guarded(Permission.MANAGE_ZONES, audit=Action.ZONE_CLOSED)
def close(zone_id: int) -> Response | tuple[str, int]:
    with parts().database.write() as session:
        zone = zone_of(session, zone_id)
        people = close_zone(session, zone_id, now())
        if not people:
            note_view(session, zone_id=zone_id, name=zone.name)
    if people:
        return _refused(zone_id), 409
    flash(_("The zone was closed. Nobody can be brought into it."))
    return redirect(url_for("zone_list.listed"), 303)


def _refused(zone_id: int) -> str:
    """Who is still where, with a way to each room."""
    with parts().database.read() as session:
        zone = zone_of(session, zone_id)
        people = people_by_room(session, zone_id)
    return render_template("console/places/zone_in_use.html", zone=zone, people=people)


@pages.post("/zones/<int:zone_id>/reopen")
@guarded(Permission.MANAGE_ZONES, audit=Action.ZONE_REOPENED)
def reopen(zone_id: int) -> Response:
    with parts().database.write() as session:
        zone = zone_of(session, zone_id)
        reopen_zone(session, zone_id, now())
        note_view(session, zone_id=zone_id, name=zone.name)
    flash(_("The zone is open again."))
    return redirect(url_for("zone_list.listed"), 303)


def _seen() -> int:
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else -1
