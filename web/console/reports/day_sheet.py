"""A zone's day sheet, printed from here: filled with what was answered, with names and empty boxes, or without names."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.clock import read_day
from monitor.models.places import Zone
from monitor.problems import BadInput
from monitor.reports.day_sheet import DaySheet, day_sheet
from monitor.reports.form.day_sheet import day_sheet_pdf
from monitor.reports.form.said import Spoken
from monitor.trail.actions import Action
from monitor.words import N_
from web.shared.common import language, now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

FILLED, NAMES, BLANK = "filled", "names", "blank"

pages = Blueprint("day_sheet", __name__)


@pages.get("/zones/<int:zone_id>/day-sheet")
@guarded(Permission.SEE_RESIDENT, audit=None)
def show(zone_id: int) -> str:
    require_zone(the_reader(), zone_id)
    with parts().database.read() as session:
        zone = session.get_one(Zone, zone_id)
    try:
        day, problem = _day(), None
    except BadInput as caught:
        day, problem = _today(), caught
    return render_template("console/reports/day_sheet.html", zone=zone, day=day, problem=problem)


@pages.get("/zones/<int:zone_id>/day-sheet.pdf")
@guarded(Permission.SEE_RESIDENT, audit=Action.DAY_SHEET_PRINTED)
def printed(zone_id: int) -> Response:
    require_zone(the_reader(), zone_id)
    day, kind = _day(), request.args.get("form", FILLED)
    with parts().database.write() as session:
        zone = session.get_one(Zone, zone_id)
        sheet = DaySheet(zone.name, day) if kind == BLANK else day_sheet(session, zone, day, filled=kind == FILLED)
        note_view(session, zone_id=zone_id, day=day.isoformat(), people=len(sheet.lines))
    settings = parts().settings
    said = Spoken(language(), settings.zone)
    pdf = day_sheet_pdf(said, sheet, settings.speaker.headed(said.language))
    name = f"day-sheet-{zone_id}-{day:%Y%m%d}.pdf"
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def _today() -> date:
    return now().astimezone(parts().settings.zone).date()


def _day() -> date:
    """Raises BadInput."""
    asked = request.args.get("day", "")
    if not asked:
        return _today()
    try:
        return read_day(asked)
    except ValueError:
        raise BadInput(N_("Write the day as day/month/year, such as 26/11/2026."), field="day") from None
