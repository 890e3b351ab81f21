"""The page of who runs a place: its points, posters, who scans there, how many are inside, and an employer's list of workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.control_points import registering
from monitor.control_points.changing import proposed_of, refused_of
from monitor.control_points.codes import NTAG215_BYTES, address_of, tag_bytes
from monitor.control_points.inside import counted_by_point, counted_of_place
from monitor.control_points.keys import signed_fragment
from monitor.control_points.occupancy import occupancy, over_limit, too_coarse
from monitor.control_points.posters import PosterOf, posters_pdf
from monitor.control_points.registering import checkers_of, place_of_owner, point_of, points_of
from monitor.control_points.tables import MOST_POINTS, MOST_WORKERS, Wrong, read_points, read_workers
from monitor.control_points.workers import replace_list, standing_of
from monitor.models.control_points import ControlPlace, ControlPoint, PlaceState, PointKind
from monitor.problems import BadInput, Conflict, NotFound, Problem
from monitor.sheets import MOST_BYTES, read_sheet
from monitor.words import N_, words
from web.public.guarding import inside_words
from web.public.parts import parts
from web.shared.common import now, say
from web.shared.qr_codes import qr_code

MOST_WRONG = 50
WITH_FILES = ("owning.workers_sent", "owning.points_sent")

pages = Blueprint("owning", __name__)


@pages.url_value_preprocessor
def _allow_a_file(endpoint: str | None, _values: object) -> None:
    # Asked before the form is read, which is also where its CSRF token is.
    if endpoint in WITH_FILES:
        request.max_content_length = MOST_BYTES + 64 * 1024


@pages.get("/o/<link>")
def show(link: str) -> str:
    with parts().database.read() as session:
        return _page(session, place_of_owner(session, link), link)


def _page(
    session: Session, place: ControlPlace, link: str, wrong: list[Wrong] | None = None, new: dict[str, Any] | None = None
) -> str:
    at = now()
    points = points_of(session, place.id)
    counted = counted_by_point(session, [point.id for point in points], at)
    whole = counted_of_place(points, counted)
    number = occupancy(whole, at) if whole is not None else None
    most = max((point.most_at_once for point in points), default=0)
    return render_template(
        "public/owner.html",
        place=place,
        link=link,
        points=points,
        counted=counted,
        inside=say(inside_words(number.inside, number.least, number.most)) if number else "",
        age=round(number.age.total_seconds()) if number else 0,
        over=number is not None and over_limit(number.inside, place.most_people),
        coarse=too_coarse(len(points), most),
        checkers=checkers_of(session, place.id),
        kinds=list(PointKind),
        approved=place.state is PlaceState.APPROVED,
        listed=place.listed > 0,
        refused=refused_of(place),
        waits=proposed_of(place) is not None,
        wrong=wrong or [],
        new=new,
    )


def _do(link: str, deed: Callable[[Session, ControlPlace], str]) -> AnyResponse:
    """One change in a transaction of its own; what is wrong is told on the page."""
    try:
        with parts().database.write() as session:
            flash(deed(session, place_of_owner(session, link)))
    except NotFound:
        raise
    except Problem as problem:
        flash(say(problem.words), "problem")
    return redirect(url_for("owning.show", link=link), 303)


@pages.post("/o/<link>/points")
def add_point(link: str) -> AnyResponse:
    form = request.form

    def add(session: Session, place: ControlPlace) -> str:
        point = registering.add_point(session, place, form.get("point_name", ""), form.get("point_kind", ""), now=now())
        return say(words(N_("Added: %(name)s. Print its poster."), name=point.name))

    return _do(link, add)


@pages.post("/o/<link>/points/<int:point_id>/close")
def close_point(link: str, point_id: int) -> AnyResponse:
    def close(session: Session, place: ControlPlace) -> str:
        registering.close_point(session, point_of(session, place, point_id), now())
        return say(words(N_("The point is closed; its posters are no longer good.")))

    return _do(link, close)


@pages.post("/o/<link>/points/<int:point_id>/codes")
def replace_codes(link: str, point_id: int) -> AnyResponse:
    def replace(session: Session, place: ControlPlace) -> str:
        registering.replace_codes(session, point_of(session, place, point_id), now())
        return say(words(N_("All earlier posters of this point are no longer good. Print the new one.")))

    return _do(link, replace)


@pages.post("/o/<link>/checkers")
def add_checker(link: str) -> AnyResponse | str:
    form = request.form
    try:
        with parts().database.write() as session:
            place = place_of_owner(session, link)
            checker, theirs = registering.add_checker(
                session, place, form.get("checker_name", ""), form.get("checker_phone", ""), now=now()
            )
            address = f"{parts().settings.public_address}{url_for('guarding.page', link=theirs)}"
            # Shown this once: only a digest is kept.
            return _page(session, place, link, new={"name": checker.name, "address": address, "code": qr_code(address)})
    except NotFound:
        raise
    except Problem as problem:
        flash(say(problem.words), "problem")
        return redirect(url_for("owning.show", link=link), 303)


@pages.post("/o/<link>/checkers/<int:checker_id>/end")
def end_checker(link: str, checker_id: int) -> AnyResponse:
    def end(session: Session, place: ControlPlace) -> str:
        registering.end_checker(session, place, checker_id, now())
        return say(words(N_("Their link opens nothing from now on.")))

    return _do(link, end)


def _approved(session: Session, link: str) -> ControlPlace:
    place = place_of_owner(session, link)
    if place.state is not PlaceState.APPROVED:
        raise Conflict(N_("Posters can be printed once the ward has approved this place."))
    return place


def address_of_point(session: Session, point: ControlPoint) -> str:
    """The address that a point's code leads to; in a write transaction, since the first one makes the key."""
    return address_of(parts().settings.public_address, signed_fragment(session, parts().vault, point, now()))


@pages.get("/o/<link>/posters.pdf")
def posters(link: str) -> Response:
    chosen = request.args.get("point", type=int)
    with parts().database.write() as session:
        place = _approved(session, link)
        points = [point_of(session, place, chosen)] if chosen is not None else points_of(session, place.id)
        several = len(points_of(session, place.id)) > 1
        wanted = [
            PosterOf(place.name, point.name if several else "", place.address, address_of_point(session, point))
            for point in points
        ]
    today = now().astimezone(parts().settings.zone).date()
    pdf = posters_pdf(wanted, parts().settings.speaker.headed(place.language), today)
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="posters-{place.id}.pdf"'
    return response


@pages.get("/o/<link>/points/<int:point_id>")
def point(link: str, point_id: int) -> str:
    """A point's code on a screen, and the same address as the text of an NFC tag."""
    with parts().database.write() as session:
        place = _approved(session, link)
        one = point_of(session, place, point_id)
        address = address_of_point(session, one)
    return render_template(
        "public/point.html",
        place=place,
        point=one,
        link=link,
        address=address,
        code=qr_code(address),
        bytes=tag_bytes(address),
        most=NTAG215_BYTES,
    )


def _file() -> bytes:
    file = request.files.get("table")
    content = file.read() if file is not None else b""
    if not content:
        raise BadInput(N_("Choose a file first: XLSX, ODS or CSV."), field="table")
    return content


@pages.post("/o/<link>/workers")
def workers_sent(link: str) -> AnyResponse | tuple[str, int]:
    """An employer's list in place of the one before, whole or not at all."""
    try:
        workers, wrong = read_workers(read_sheet(_file(), most_rows=MOST_WORKERS), now().date())
    except Problem as problem:
        with parts().database.read() as session:
            place_of_owner(session, link)
        flash(say(problem.words), "problem")
        return redirect(url_for("owning.show", link=link), 303)
    with parts().database.write() as session:
        place = place_of_owner(session, link)
        if wrong:
            return _page(session, place, link, wrong[:MOST_WRONG]), 422
        count = replace_list(session, place.id, workers, now())
    flash(say(words(N_("%(count)s people are on the list now."), count=count)))
    return redirect(url_for("owning.workers", link=link), 303)


@pages.get("/o/<link>/workers")
def workers(link: str) -> str:
    """Who of the employer's own list has declared, and who has not. Nothing else is told of anybody."""
    after = request.args.get("after", 0, type=int)
    with parts().database.read() as session:
        place = place_of_owner(session, link)
        page, following = standing_of(session, place.id, now(), after=after)
    return render_template(
        "public/workers.html",
        place=place,
        link=link,
        page=page,
        following=following,
        first=not after,
    )


@pages.post("/o/<link>/points/file")
def points_sent(link: str) -> AnyResponse | tuple[str, int]:
    """Hundreds of points at once, whole or not at all."""
    try:
        rows, wrong = read_points(read_sheet(_file(), most_rows=MOST_POINTS))
        with parts().database.write() as session:
            place = place_of_owner(session, link)
            if wrong:
                return _page(session, place, link, wrong[:MOST_WRONG]), 422
            for row in rows:
                registering.add_point(session, place, row.name, row.kind, now=now())
    except NotFound:
        raise
    except Problem as problem:
        flash(say(problem.words), "problem")
        return redirect(url_for("owning.show", link=link), 303)
    flash(say(words(N_("%(count)s points were added."), count=len(rows))))
    return redirect(url_for("owning.show", link=link), 303)
