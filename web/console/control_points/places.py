"""Places of a unit: which wait for a decision, and one place with its points, how many are inside, and the capture rate at its doors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.control_points.capture import Hour, together
from monitor.control_points.changing import approved_of, decide_change, proposed_of
from monitor.control_points.inside import counted_by_point, counted_of_place
from monitor.control_points.lists import capture_of, watched_points
from monitor.control_points.occupancy import Counted, Occupancy, occupancy, over_limit, too_coarse
from monitor.control_points.of_units import Unit, place_in, places_page, units_of_zones
from monitor.control_points.registering import close_place, confirmed, decide, point_of, points_of
from monitor.database.statements import changed
from monitor.models.cameras.cameras import AreaKind, Camera, CameraArea
from monitor.models.control_points import ControlPlace, ControlPoint, PlaceState
from monitor.models.units import AdministrativeUnit
from monitor.places.units.search import UnitKey, unit_of
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.paging import after_key, read_key
from web.shared.common import now
from web.shared.deed import one_deed
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

PAGE = 40
CAPTURED = timedelta(hours=24)
_STATES = {
    "waiting": (PlaceState.WAITING,),
    "approved": (PlaceState.APPROVED,),
    "others": (PlaceState.UNCONFIRMED, PlaceState.REFUSED, PlaceState.CLOSED),
}

pages = Blueprint("places", __name__)


def place_here(session: Session, place_id: int) -> ControlPlace:
    """A place in the reader's units. Raises NotFound for another one as for none."""
    return place_in(session, units_of_zones(session, the_reader().zones), place_id)


@pages.get("/places")
@guarded(Permission.MANAGE_PLACES, audit=None)
def listed() -> str:
    shown = request.args.get("state", "waiting")
    after = read_key(request.args.get("after"))
    with parts().database.read() as session:
        units = units_of_zones(session, the_reader().zones)
        states = _STATES.get(shown, _STATES["waiting"])
        key = (after[0], after[2]) if after is not None else None
        waiting = PlaceState.WAITING in states
        rows = places_page(session, units, states, after=key, most=PAGE + 1, changed_too=waiting)
        names = _names_of(session, {(row.unit_code, row.unit_from) for row in rows[:PAGE]})
    following = after_key(rows[PAGE - 1].registered_at, rows[PAGE - 1].id) if len(rows) > PAGE else None
    return render_template(
        "console/control_points/places.html",
        rows=rows[:PAGE],
        names=names,
        shown=shown if shown in _STATES else "waiting",
        following=following,
        first=after is None,
        without_unit=units == set(),
        timezone=str(parts().settings.zone),
    )


def _names_of(session: Session, units: Collection[Unit]) -> dict[Unit, str]:
    """The units' own names, by one statement; where none is known, its code."""
    unit = AdministrativeUnit
    known = select(unit.code, unit.valid_from, unit.name).where(tuple_(unit.code, unit.valid_from).in_(sorted(units)))
    found = {(row.code, row.valid_from): row.name for row in session.execute(known)} if units else {}
    return {each: found.get(each, each[0]) for each in units}


def _unit_name(session: Session, unit: Unit) -> str:
    found = unit_of(session, UnitKey(*unit))
    return found.written("vi") if found is not None else unit[0]


@pages.get("/places/<int:place_id>")
@guarded(Permission.MANAGE_PLACES, audit=None)
def one(place_id: int) -> str:
    at = now()
    with parts().database.read() as session:
        place = place_here(session, place_id)
        points = points_of(session, place.id, closed_too=True)
        there = [point for point in points if point.closed_at is None]
        counted = counted_by_point(session, [point.id for point in there], at)
        inside = _inside(there, counted, at)
        hours = capture_of(session, there, at - CAPTURED, at)
        twin = session.get(ControlPlace, place.twin_id) if place.twin_id is not None else None
        cameras = _lines(session)
        unit = _unit_name(session, (place.unit_code, place.unit_from))
        waits = proposed_of(place)
        other_unit = _unit_name(session, (waits.unit.code, waits.unit.valid_from)) if waits else ""
    return render_template(
        "console/control_points/place.html",
        place=place,
        unit=unit,
        waits=waits,
        holds=approved_of(place),
        other_unit=other_unit,
        twin=twin,
        points=points,
        counted=counted,
        inside=inside,
        over=inside is not None and over_limit(inside.inside, place.most_people),
        coarse=too_coarse(len(there), max((point.most_at_once for point in there), default=0)),
        hours=hours,
        whole=together(hours),
        cameras=cameras,
        timezone=str(parts().settings.zone),
    )


def _inside(points: Sequence[ControlPoint], counted: Mapping[int, Counted], at: datetime) -> Occupancy | None:
    whole = counted_of_place(points, counted)
    return occupancy(whole, at) if whole is not None else None


def _lines(session: Session) -> list[tuple[str, str]]:
    """Lines at exits of the reader's cameras: (value of the form, what it is called)."""
    query = (
        select(Camera.id, Camera.name, CameraArea.name.label("line"))
        .join(CameraArea, CameraArea.camera_id == Camera.id)
        .where(CameraArea.kind == AreaKind.EXIT)
        .order_by(Camera.name, CameraArea.name)
        .limit(500)
    )
    zones = the_reader().zones
    if zones is not None:
        query = query.where(Camera.zone_id.in_(zones))
    return [(f"{row.id}~{row.line}", f"{row.name}: {row.line}") for row in session.execute(query)]


def _deed(place_id: int, do: Callable[[Session, ControlPlace], None], told: str) -> Response:
    return one_deed(lambda session: place_here(session, place_id), do, told, url_for("places.one", place_id=place_id))


@pages.post("/places/<int:place_id>/decide")
@guarded(Permission.MANAGE_PLACES, audit=Action.PLACE_APPROVED)
def decided(place_id: int) -> Response:
    approve, why = request.form.get("decision") == "approve", request.form.get("why", "")

    def do(session: Session, place: ControlPlace) -> None:
        decide(session, place.id, approve=approve, why=why, account_id=the_reader().account_id, now=now())

    return _deed(place_id, do, N_("Saved. Who runs the place reads it on their page."))


@pages.post("/places/<int:place_id>/change")
@guarded(Permission.MANAGE_PLACES, audit=Action.PLACE_CHANGED)
def change_decided(place_id: int) -> Response:
    """Of an approved place: what its owner asks to change."""
    approve, seen = request.form.get("decision") == "approve", request.form.get("version", 0, type=int)

    def do(session: Session, place: ControlPlace) -> None:
        decide_change(session, place, approve=approve, why=request.form.get("why", ""), seen=seen)
        note_view(session, zone_id=None, place=place.id, what="change approved" if approve else "change refused")

    return _deed(place_id, do, N_("Saved. Who runs the place reads it on their page."))


@pages.post("/places/<int:place_id>/close")
@guarded(Permission.MANAGE_PLACES, audit=Action.PLACE_CLOSED)
def closed(place_id: int) -> Response:
    def do(session: Session, place: ControlPlace) -> None:
        close_place(session, place.id, request.form.get("why", ""), account_id=the_reader().account_id, now=now())

    return _deed(place_id, do, N_("The place is closed; its posters are no longer good."))


@pages.post("/places/<int:place_id>/rang")
@guarded(Permission.MANAGE_PLACES, audit=Action.PLACE_CHANGED)
def rang(place_id: int) -> Response:
    """Staff called the number, and who runs the place answered: where no text messages can be sent."""

    def do(session: Session, place: ControlPlace) -> None:
        if confirmed(session, place.id, now()) is None:
            raise Conflict(N_("This number is confirmed already."))
        note_view(session, zone_id=None, place=place.id, what="number confirmed by a call")

    return _deed(place_id, do, N_("The number is confirmed; the place waits for a decision."))


@pages.post("/places/<int:place_id>/points/<int:point_id>/camera")
@guarded(Permission.MANAGE_PLACES, audit=Action.PLACE_CHANGED)
def camera(place_id: int, point_id: int) -> Response:
    """Which camera's line is at this door; empty: none."""
    chosen = request.form.get("camera", "")

    def do(session: Session, place: ControlPlace) -> None:
        point = point_of(session, place, point_id)
        if chosen and chosen not in {value for value, _name in _lines(session)}:
            raise BadInput(N_("Choose a camera’s line from the list."), field="camera")
        number, _sign, line = chosen.partition("~")
        values = {"camera_id": int(number) if chosen else None, "camera_line": line}
        changed(session, update(ControlPoint).where(ControlPoint.id == point.id).values(**values))
        note_view(session, zone_id=None, place=place.id, point=point.id, camera=values["camera_id"])

    return _deed(place_id, do, N_("Saved."))


@pages.get("/places/capture")
@guarded(Permission.MANAGE_PLACES, audit=None)
def capture() -> str:
    """Which share of people was scanned at doors with a camera, by the hour, for all places of one unit."""
    at = now()
    with parts().database.read() as session:
        units = units_of_zones(session, the_reader().zones)
        known = sorted(units) if units is not None else _units_with_cameras(session)
        shown: list[tuple[str, Hour | None, tuple[Hour, ...]]] = []
        for unit in known[:50]:
            points = watched_points(session, unit)
            if points:
                hours = capture_of(session, points, at - CAPTURED, at)
                shown.append((_unit_name(session, unit), together(hours), hours))
    return render_template("console/control_points/capture.html", shown=shown, timezone=str(parts().settings.zone))


def _units_with_cameras(session: Session) -> list[Unit]:
    query = (
        select(ControlPlace.unit_code, ControlPlace.unit_from)
        .join(ControlPoint, ControlPoint.place_id == ControlPlace.id)
        .where(ControlPoint.camera_id.is_not(None))
        .distinct()
    )
    return sorted((row.unit_code, row.unit_from) for row in session.execute(query))
