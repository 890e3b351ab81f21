"""A zone's own settings: its name and address, its clock, and where it is on the map."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from monitor.access import Permission
from monitor.changes import announce
from monitor.database import Database
from monitor.models import Zone
from monitor.words import N_, Words, words
from web.common import now
from web.guard import guarded, note_view, require_zone, the_reader

NEAREST, FARTHEST = 20, 50_000  # metres


def zone_setting_pages(database: Database) -> Blueprint:
    """The form and what it sends."""
    pages = Blueprint("zone_settings", __name__)

    def _form(zone: Zone, given: Mapping[str, str], wrong: dict[str, Words]) -> str:
        return render_template(
            "console/zone_settings.html", zone=zone, given=given, wrong=wrong, timezones=sorted(available_timezones())
        )

    @pages.get("/zones/<int:zone_id>/settings")
    @guarded(Permission.MANAGE_PLANS, audit=None)
    def edit(zone_id: int) -> str:
        with database.read() as session:
            zone = session.get(Zone, zone_id)
            require_zone(the_reader(), zone.id if zone else None)
            assert zone is not None
        given = {name: str(getattr(zone, name)) for name in ("name", "address", "timezone")}
        given |= {
            name: ""
            if getattr(zone, name) is None
            else f"{getattr(zone, name):g}"
            if name == "radius_metres"
            else str(getattr(zone, name))
            for name in ("latitude", "longitude", "radius_metres")
        }
        return _form(zone, given, {})

    @pages.post("/zones/<int:zone_id>/settings")
    @guarded(Permission.MANAGE_PLANS, audit="zone-changed")
    def save(zone_id: int) -> Response | tuple[str, int]:
        form = request.form
        wrong: dict[str, Words] = {}
        name, address, timezone = (form.get(each, "").strip() for each in ("name", "address", "timezone"))
        if not 1 <= len(name) <= 120:
            wrong["name"] = words(N_("Give the zone a name of up to 120 letters."))
        if len(address) > 300:
            wrong["address"] = words(N_("The address has at most 300 letters."))
        if timezone not in available_timezones():
            wrong["timezone"] = words(
                N_("There is no time zone named %(value)s; for example Asia/Ho_Chi_Minh."), value=timezone
            )
        place = read_place(form, wrong)
        with database.write() as session:
            zone = session.get(Zone, zone_id)
            require_zone(the_reader(), zone.id if zone else None)
            assert zone is not None
            if session.scalar(select(Zone.id).where(Zone.name == name, Zone.id != zone_id)) is not None:
                wrong["name"] = words(N_("Another zone has this name."))
            if not wrong:
                zone.name, zone.address, zone.timezone = name, address, timezone
                zone.latitude, zone.longitude, zone.radius_metres = place or (None, None, None)
                note_view(session, zone_id=zone_id, timezone=timezone, place=place is not None)
                announce(session, zone_id, "people", now())
        if wrong:
            return _form(zone, form, wrong), 422
        flash(_("The zone's settings were saved."))
        return redirect(url_for("plans.plan_list", zone_id=zone_id), 303)

    return pages


def read_place(form: Mapping[str, str], wrong: dict[str, Words]) -> tuple[float, float, float] | None:
    """Latitude, longitude and radius; None when all are empty. What cannot be is told in `wrong`, by field."""
    names = ("latitude", "longitude", "radius_metres")
    typed = {name: form.get(name, "").strip().replace(",", ".") for name in names}
    if not any(typed.values()):
        return None
    limits = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0), "radius_metres": (NEAREST, FARTHEST)}
    found = []
    for name in names:
        low, high = limits[name]
        try:
            value = float(typed[name])
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            wrong[name] = words(
                N_("Write a number from %(low)s to %(high)s, or leave all three empty."), low=f"{low:g}", high=f"{high:g}"
            )
        found.append(value)
    return (found[0], found[1], found[2])
