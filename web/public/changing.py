"""The owner of a place changes its details; what the ward approved waits for it again, and the page says so before and after."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.control_points.changing import Became, approved_of, change, proposed_of
from monitor.control_points.registering import place_of_owner, read_place
from monitor.models.control_points import ControlPlace, PlaceKind, PlaceState
from monitor.places.units.search import unit_of
from monitor.problems import BadInput, Conflict
from monitor.words import N_, Words, words
from web.public.parts import parts
from web.shared.common import now, say
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

_SAID = {
    Became.NOTHING: N_("Nothing was changed."),
    Became.HOLDS: N_("Saved. It holds from now on."),
    Became.WAITS: N_(
        "Sent to the ward. Until it decides, the name, kind and address that it approved hold; the rest holds from now on."
    ),
    Became.WAITS_WHOLE: N_("Saved. The ward decides about the place again."),
}

pages = Blueprint("changing", __name__)


@pages.get("/o/<link>/details")
def form(link: str) -> str:
    with parts().database.read() as session:
        place = place_of_owner(session, link)
        return _page(place, link, _given(session, place), {}, TypedUnit())


@pages.post("/o/<link>/details")
def changed(link: str) -> Response | tuple[str, int]:
    given = {name: value[:400] for name, value in request.form.items()}
    with parts().database.write() as session:
        place = place_of_owner(session, link)
        unit = typed_unit(session, given)
        fault = fault_of(unit)
        if fault is not None:
            return _page(place, link, given, {"unit": fault}, unit), 422
        # The number is confirmed, and stays: who has another one confirms it by registering, or asks the ward.
        kept = {"owner_phone": place.owner_phone, "language": place.language}
        try:
            details = read_place(given | kept, unit.key)
            became = change(session, place, details, request.form.get("version", 0, type=int), now())
        except BadInput as problem:
            return _page(place, link, given, {problem.field or "name": problem.words}, unit), 422
        except Conflict as problem:
            return _page(place, link, _given(session, place), {"version": problem.words}, TypedUnit()), problem.status
    flash(say(words(_SAID[became])))
    return redirect(url_for("owning.show", link=link), 303)


def _given(session: Session, place: ControlPlace) -> dict[str, str]:
    """The fields as they hold, or as the owner asked for them."""
    said = proposed_of(place) or approved_of(place)
    unit = unit_of(session, said.unit)
    named = unit.written("vi") if unit is not None else said.unit.code
    return {
        "name": said.name,
        "kind": said.kind.value,
        "address": said.address,
        "unit": named,
        "unit_asked": named,
        "unit_key": str(said.unit),
        "latitude": str(said.pin[0]) if said.pin else "",
        "longitude": str(said.pin[1]) if said.pin else "",
        "most_people": str(place.most_people or ""),
        "usual_minutes": str(place.usual_minutes or ""),
        "closes_at": place.closes_at,
        "owner_name": place.owner_name,
        "version": str(place.version),
    }


def _page(place: ControlPlace, link: str, given: dict[str, str], wrong: dict[str, Words], unit: TypedUnit) -> str:
    return render_template(
        "public/place_change.html",
        place=place,
        link=link,
        given=given,
        wrong=wrong,
        unit=unit,
        kinds=list(PlaceKind),
        approved=place.state is PlaceState.APPROVED,
    )
