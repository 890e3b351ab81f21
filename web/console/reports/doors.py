"""Lists for going from door to door: for which neighbourhood, who walks with it, and the PDF; each is in the register of disclosures."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.models.legal import RecipientKind
from monitor.models.reporters import Reporter
from monitor.personal_data.disclosures import HandedOut, hand_out
from monitor.personal_data.disclosures import typed as disclosure_typed
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput, Problem
from monitor.reports.coverage.doors import Door, doors_of, place_of
from monitor.reports.coverage.doors_printed import Round, written
from monitor.trail.actions import Action
from monitor.words import N_, words
from web.console.reports.sight import units_here
from web.shared.common import language, now, storable, translate
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

HANDED = N_("A printed list for going from door to door: names, addresses and telephone numbers of people in %(place)s")

pages = Blueprint("doors", __name__)


@pages.get("/doors")
@guarded(Permission.EXPORT_PEOPLE, audit=None)
def form() -> Response:
    given: dict[str, str] = {}
    chosen = request.args.get("reporter", type=int)
    with parts().database.read() as session:
        reporter = session.get(Reporter, chosen) if chosen is not None else None
        if reporter is not None and reporter.unit_code and reporter.unit_from:
            given = {"unit": reporter.name, "unit_asked": reporter.name}
            given["unit_key"] = str(UnitKey(reporter.unit_code, reporter.unit_from))
    return _page(given)


def _page(given: dict[str, str], unit: TypedUnit | None = None, problem: Problem | None = None) -> Response:
    html = render_template(
        "console/reports/doors.html",
        given=given,
        unit=unit or TypedUnit(),
        wrong={problem.field: problem.words} if isinstance(problem, BadInput) and problem.field else {},
        problem=say_to_staff(problem.words) if problem is not None else None,
    )
    return make_response(html, problem.status if problem is not None else 200)


@pages.post("/doors/list")
@guarded(Permission.EXPORT_PEOPLE, audit=Action.DOORS_PRINTED)
def printed() -> Response:
    given = {name: storable(value)[:400] for name, value in request.form.items()}
    zone = parts().settings.zone
    unit = TypedUnit()
    try:
        with parts().database.read() as session:
            unit = typed_unit(session, given)
            doors, place = _doors(session, unit)
        _kind, recipient, _what, basis = disclosure_typed(
            RecipientKind.OTHER.value, given.get("recipient", ""), "-", given.get("legal_basis", "")
        )
        today = now().astimezone(zone).date()
        walk = Round(place, recipient, parts().settings.speaker.headed(language()), today, language())
        # Setting it takes seconds: nobody who writes waits for that.
        content, kind = written(doors, walk, translate)
        with parts().database.write() as session:
            residents = [door.resident_id for door in doors if door.resident_id is not None]
            what = words(HANDED, place=place)
            handed = HandedOut(RecipientKind.OTHER, what, None, the_reader().account_id, recipient, basis)
            hand_out(session, handed, residents, now())
            note_view(session, zone_id=None, unit=str(unit.key), people=len(doors), recipient=recipient)
    except Problem as problem:
        if problem.status in (403, 404):
            raise
        return _page(given, unit, problem)
    response = Response(content, mimetype=f"application/{kind}")
    response.headers["Content-Disposition"] = f'attachment; filename="doors-{today}.{kind}"'
    return response


def _doors(session: Session, unit: TypedUnit) -> tuple[list[Door], str]:
    """Who is on the list of a typed unit, and its name. Raises BadInput."""
    if (fault := fault_of(unit)) is not None:
        raise BadInput(fault.template, field="unit", **fault.values)
    units = units_here(session)
    if unit.key is None or (units is not None and (unit.key.code, unit.key.valid_from) not in units):
        raise BadInput(N_("Choose a commune or a neighbourhood of your own zones."), field="unit")
    place = place_of(session, unit.key)
    if place is None:
        raise BadInput(N_("Choose a commune or a neighbourhood of today."), field="unit")
    doors = doors_of(session, place, the_reader().zones, now(), parts().settings.zone)
    if not doors:
        raise BadInput(
            N_("Nobody is on the list of %(place)s: nobody is quarantined at home there, and no declaration ran out."),
            place=place.name,
            field="unit",
        )
    return doors, place.name
