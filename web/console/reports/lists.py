"""What stands behind a report: the list of a number as it was at the cut-off, and the people who do not add up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from flask import Blueprint, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.models.daily_report import NO_UNIT, WHOLE, ListKind, ReportDifference, ReportState
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.reports.definitions import FIGURES, SETTING_WORDS
from monitor.reports.opening import open_list
from monitor.reports.places import NOWHERE, Place, parts_of
from monitor.reports.reading import NO_UNIT_NAMES, report_of
from monitor.reports.successors import Units, read_units
from monitor.trail.actions import Action
from monitor.words import N_, Words, words
from web.console.reports.reading import may_release
from web.shared.common import language
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

AT_ONCE = 50
NOT_IN_QUARANTINE, IN_PLACE = N_("not in quarantine"), N_("%(setting)s, %(unit)s")

pages = Blueprint("report_lists", __name__)


@pages.get("/reports/<int:report_id>/<key>")
@guarded(Permission.SEE_RESIDENT, audit=Action.REPORT_LIST_SEEN)
def show(report_id: int, key: str) -> str:
    """The list of one figure, of a unit or of the whole province."""
    reader, unit = the_reader(), request.args.get("unit", WHOLE)
    with parts().database.write() as session:
        report = report_of(session, report_id)
        opened = open_list(session, report, key, unit, request.args.get("start", 0, type=int), reader.zones)
        note_view(session, zone_id=None, report_id=report_id, figure=key, unit=unit)
        units = read_units(session, {line.unit for line in opened.lines} | {unit} - {WHOLE, NO_UNIT}, report.day)
    return render_template(
        "console/reports/list.html",
        report=report,
        figure=FIGURES[key],
        unit=unit,
        opened=opened,
        unit_names={each: unit_name(units, each) for each in {line.unit for line in opened.lines} | {unit} - {WHOLE}},
        restricted=reader.zones is not None,
        ListKind=ListKind,
        timezone=str(parts().settings.zone),
    )


def unit_name(units: Units, unit: str) -> str:
    """A unit's name in the reader's language."""
    names = NO_UNIT_NAMES if unit == NO_UNIT else units.names(unit)
    return names[0 if language() == "vi" else 1]


@pages.get("/reports/<int:report_id>/differences")
@guarded(Permission.SEE_RESIDENT, audit=Action.REPORT_LIST_SEEN)
def differences(report_id: int) -> str:
    """Who does not add up, by name and with the reason; a reader of some zones sees theirs."""
    reader, after = the_reader(), request.args.get("after", 0, type=int)
    with parts().database.write() as session:
        report = report_of(session, report_id)
        query = (
            select(ReportDifference, Resident.full_name, Resident.deleted_at, Zone.name.label("zone"))
            .join(Resident, Resident.id == ReportDifference.resident_id)
            .join(Zone, Zone.id == Resident.zone_id)
            .where(ReportDifference.report_id == report_id, ReportDifference.resident_id > after)
            .order_by(ReportDifference.resident_id, ReportDifference.part)
            .limit(AT_ONCE + 1)
        )
        if reader.zones is not None:
            query = query.where(Resident.zone_id.in_(reader.zones))
        rows = session.execute(query).all()
        named = {place for row in rows for place in (row.ReportDifference.expected, row.ReportDifference.found)}
        places = _place_words(session, named, report.day)
        note_view(session, zone_id=None, report_id=report_id, figure="differences")
    return render_template(
        "console/reports/differences.html",
        report=report,
        rows=rows[:AT_ONCE],
        following=rows[AT_ONCE - 1].ReportDifference.resident_id if len(rows) > AT_ONCE else None,
        places=places,
        restricted=reader.zones is not None,
        may_settle=may_release() and report.state is ReportState.DRAFT,
        Words=Words,
        timezone=str(parts().settings.zone),
    )


def _place_words(session: Session, places: Collection[Place], day: date) -> Mapping[Place, Words]:
    """What each place is called."""
    parted = {place: parts_of(place) for place in places if place != NOWHERE}
    units = read_units(session, {unit for _setting, unit in parted.values()} - {NO_UNIT}, day)
    found = {NOWHERE: words(NOT_IN_QUARANTINE)}
    for place, (setting, unit) in parted.items():
        found[place] = words(IN_PLACE, setting=words(SETTING_WORDS[setting]).dump(), unit=unit_name(units, unit))
    return found
