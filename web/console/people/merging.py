"""Two records of one person become one: found by likeness or by a number, shown beside each other, and merged."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.together import Reading, asked, at_once, read
from monitor.enrolment.columns import COLUMNS, heading_words
from monitor.enrolment.details import Details
from monitor.enrolment.duplicates import marks_of, matches
from monitor.enrolment.files import cells_of
from monitor.enrolment.known_details import details_of, differing
from monitor.enrolment.mergeable import why_not
from monitor.enrolment.merging import Pair, merge, side_asked
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Zone
from monitor.people.code_words import country, spoken
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import read_number
from monitor.problems import BadInput, Conflict, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words
from web.console.people.doubtful import TELLING, filed_of
from web.console.people.typed import a_number, resident_of
from web.shared.common import language, now
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

MOST_FOUND = 20

pages = Blueprint("merging", __name__)


@dataclass(frozen=True)
class Line:
    """One column of both records, and whether the other's value can be taken over, by the field's name."""

    column: Words
    stays: str
    goes: str
    field: str | None


@pages.get("/residents/<int:resident_id>/merge")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def find(resident_id: int) -> str:
    typed = plain(request.args.get("number", ""))[:60]
    with parts().database.read() as session:
        resident = resident_of(session, resident_id)
        home = session.get(Household, resident.household_id) if resident.household_id is not None else None
        marks = marks_of(details_of(resident), home.phone if home else "")
        alike = matches(session, [marks], [resident_id])[0]
        numbered = _numbered(session, typed, resident_id) if typed else []
        zones = {zone.id: zone.name for zone in session.scalars(select(Zone))}
        own_zones = the_reader().among({*(each.zone_id for each in alike), *(each.zone_id for each in numbered)})
    return render_template(
        "console/people/merge_find.html",
        resident=resident,
        zone=zones[resident.zone_id],
        zones=zones,
        alike=[each for each in alike if each.zone_id in own_zones],
        numbered=[each for each in numbered if each.zone_id in own_zones],
        elsewhere=any(each.zone_id not in own_zones for each in alike),
        typed=typed,
    )


def _numbered(session: Session, typed: str, besides: int) -> list[Resident]:
    """Records with this number: their own, of a card, of an insurance, of a telephone."""
    same = [
        Resident.document_number == typed.upper(),
        Resident.earlier_number == typed,
        Resident.insurance_number == typed.upper(),
    ]
    own = typed.removeprefix("#")
    if own.isascii() and own.isdecimal() and len(own) < 10:
        same.append(Resident.id == int(own))
    with suppress(BadInput):
        same.append(Resident.phone == read_number(typed))
    query = select(Resident).where(or_(*same), Resident.id != besides, Resident.deleted_at.is_(None))
    return list(session.scalars(query.order_by(Resident.id).limit(MOST_FOUND)))


@pages.get("/residents/<int:resident_id>/merge/<int:other_id>")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.RECORDS_COMPARED)
def compare(resident_id: int, other_id: int) -> str:
    with parts().database.write() as session:
        stays, _goes = resident_of(session, resident_id), resident_of(session, other_id)
        note_view(session, zone_id=stays.zone_id, resident_id=resident_id, records=[resident_id, other_id])
    return _page(resident_id, other_id, MultiDict())


def _page(resident_id: int, other_id: int, given: MultiDict[str, str], wrong: Problem | None = None) -> str:
    with parts().database.read() as session:
        stays, goes = resident_of(session, resident_id), resident_of(session, other_id)
        one, other, zones, lines = read(
            session,
            at_once(
                side_asked(stays),
                side_asked(goes),
                asked(select(Zone).where(Zone.id.in_((stays.zone_id, goes.zone_id)))),
                _lines(stays, goes),
            ),
        )
    values = {"stays": stays, "goes": goes, "zones": {zone.id: zone for zone in zones}, "lines": lines}
    against = why_not(one, other, now())
    field = wrong.field if isinstance(wrong, BadInput) else None
    return render_template(
        "console/people/merge.html",
        **values,
        against=against,
        given=given,
        taken=set(given.getlist("take")),
        wrong={field or "": wrong.words} if wrong else {},
    )


def _lines(stays: Resident, goes: Resident) -> Reading[list[Line]]:
    known, new = details_of(stays), details_of(goes)
    mine, theirs = yield from at_once(_said(stays, known), _said(goes, new))
    can = set(differing(known, new))
    shown = [each for each in COLUMNS if each != "record" and (each in TELLING or mine.get(each) or theirs.get(each))]
    return [
        Line(heading_words(each), mine.get(each, ""), theirs.get(each, ""), each if each in can else None)
        for each in shown
        if mine.get(each) or theirs.get(each)
    ]


def _said(resident: Resident, details: Details) -> Reading[dict[str, str]]:
    """As a file would say it, but with words where files have codes."""
    tongue = language()
    words = {"nationality": country(details.nationality, tongue), "language": spoken(details.language, tongue)}
    return cells_of((yield from filed_of(resident, details)), tongue) | words


@pages.post("/residents/<int:resident_id>/merge/<int:other_id>")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.RECORDS_MERGED)
def do(resident_id: int, other_id: int) -> Response | tuple[str, int]:
    form = request.form
    with parts().database.read() as session:
        for each in (resident_id, other_id):
            resident_of(session, each)
    try:
        if form.get("sure") != "yes":
            raise BadInput(N_("Tick that you are sure."), field="sure")
        pair = Pair(resident_id, other_id, (a_number("version"), a_number("other_version")))
        merge(
            parts().database,
            parts().vault,
            pair,
            form.getlist("take"),
            form.get("reason", ""),
            the_reader().account_id,
            now(),
        )
    except (BadInput, Conflict) as problem:
        return _page(resident_id, other_id, form, problem), problem.status
    flash(_("The two records are one now."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)
