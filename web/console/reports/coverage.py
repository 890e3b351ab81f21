"""Coverage: smartphone users against declarations in force, by commune and organisation; control points; cameras; who fell behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.models.places import Zone
from monitor.presence.evidence import PICTURE_COUNTS_FOR
from monitor.problems import BadInput
from monitor.reports.collected.counts import plan_cameras
from monitor.reports.coverage.counting import BELIEVED, ELSEWHERE, FEWEST_ANSWERS, JUDGED, NOT_STATED
from monitor.reports.coverage.reading import (
    Line,
    curve,
    newest_day,
    organisations_on,
    others_of,
    units_on,
    whole_of,
    zones_on,
)
from monitor.reports.coverage.standing import (
    BANDS,
    DEFINITION,
    GOAL,
    OF_CAMERAS,
    OF_ORGANISATIONS,
    WHO_COUNTS,
    Band,
    band,
    fell_behind,
    is_old,
)
from monitor.reports.coverage.tiles import Spot, TileMap, laid_out
from monitor.sheets import FileKind, written_table
from monitor.trail.actions import Action
from monitor.words import N_, Words
from web.console.reports.sight import for_province, units_here
from web.shared import charts
from web.shared.common import now, storable, translate
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

PAGE, MOST_BEHIND = 50, 100
TILE = 44
"""The side of a tile in the drawing, in its own units."""

pages = Blueprint("coverage", __name__)


def today_here() -> date:
    """Today on the province's calendar."""
    return now().astimezone(parts().settings.zone).date()


def tile_map(lines: Sequence[Line]) -> TileMap:
    """Where the tile of each commune stands; who lies nowhere has none, and stands in the table."""
    return laid_out([Spot(line.row.about, *line.spot) for line in lines if line.spot is not None])


def initials(name: str) -> str:
    """Phường Bến Nghé -> BN: enough to find it on the map beside the table."""
    words = [word for word in name.split() if word not in ("Phường", "Xã", "Đặc", "khu", "Thị", "trấn")]
    return "".join(word[0] for word in words[:3]).upper()


@pages.get("/coverage")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def show() -> Response:
    return _page()


def _page(problem: BadInput | None = None, given: dict[str, str] | None = None) -> Response:
    start, today = max(0, request.args.get("start", 0, type=int)), today_here()
    with parts().database.read() as session:
        day = newest_day(session)
        units = units_here(session)
        lines = units_on(session, day, units) if day else []
        organisations = organisations_on(session, day, units, start=start, most=PAGE + 1) if day else []
        zones = zones_on(session, day, the_reader().zones) if day else []
        whole = whole_of(session, day) if day and for_province() else None
        others = others_of(session, day) if day and for_province() else {}
        days = curve(session, day) if day and for_province() else []
    behind = fell_behind(line.covered for line in lines)
    html = render_template(
        "console/reports/coverage.html",
        day=day,
        whole=whole,
        lines=lines,
        behind=behind[:MOST_BEHIND],
        behind_more=max(0, len(behind) - MOST_BEHIND),
        organisations=organisations[:PAGE],
        start=start,
        following=start + PAGE if len(organisations) > PAGE else None,
        zones=zones,
        others=others,
        NOT_STATED=NOT_STATED,
        ELSEWHERE=ELSEWHERE,
        tiles=tile_map(lines),
        by_about={line.row.about: line for line in lines},
        TILE=TILE,
        band=band,
        bands=BANDS,
        Band=Band,
        initials=initials,
        days=days,
        curve=charts.curve([min(1.0, value) if value is not None else None for _day, value in days]),
        charts=charts,
        goal=round(GOAL * 100),
        definition=Words(DEFINITION, {"goal": round(GOAL * 100)}),
        who_counts=Words(WHO_COUNTS),
        of_organisations=Words(OF_ORGANISATIONS),
        of_cameras=_of_cameras(),
        is_old=lambda counted_on: is_old(counted_on, today),
        today=today,
        given=given or {},
        wrong={problem.field: problem.words} if problem is not None and problem.field else {},
        problem=say_to_staff(problem.words) if problem is not None else None,
        timezone=str(parts().settings.zone),
    )
    return make_response(html, problem.status if problem is not None else 200)


def _of_cameras() -> Words:
    return Words(
        OF_CAMERAS,
        {
            "seconds": int(PICTURE_COUNTS_FOR.total_seconds()),
            "days": JUDGED.days,
            "bar": round(BELIEVED * 100),
            "fewest": FEWEST_ANSWERS,
        },
    )


@pages.post("/coverage/cameras")
@guarded(Permission.MANAGE_REPORTS, audit=Action.CAMERAS_PLANNED)
def planned() -> Response | AnyResponse:
    """How many cameras a zone is to have, with day and source."""
    given = {name: storable(value) for name, value in request.form.items()}
    try:
        with parts().database.write() as session:
            zone_id = request.form.get("zone", type=int)
            known = session.scalar(select(Zone.id).where(Zone.id == zone_id)) if zone_id is not None else None
            require_zone(the_reader(), known)
            assert known is not None
            account, at = the_reader().account_id, now()
            source, on = given.get("source", ""), given.get("counted_on", "")
            plan_cameras(session, known, given.get("cameras", ""), source, on, today_here(), account, at)
            note_view(session, zone_id=known, cameras=given.get("cameras", "")[:20])
    except BadInput as problem:
        return _page(problem, given)
    flash(_("Saved. The page shows it within a quarter of an hour."))
    return redirect(url_for("coverage.show", _anchor="cameras-title"), 303)


_COLUMNS = (
    N_("Kind"),
    N_("Name"),
    N_("People"),
    N_("Smartphone users"),
    N_("Counted on"),
    N_("Source"),
    N_("Declarations in force"),
    N_("Share"),
    N_("Share a week before"),
    N_("Control points registered"),
    N_("Control points known"),
    N_("Came through doors with a camera"),
    N_("Of these scanned"),
    N_("Cameras planned"),
    N_("Cameras working"),
    N_("Cameras believed"),
)


@pages.get("/coverage.<any(csv, xlsx):kind>")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def file(kind: str) -> Response:
    """All that the page shows, a line for each commune, organisation and zone."""
    as_kind = FileKind(kind)
    with parts().database.read() as session:
        day = newest_day(session)
        units = units_here(session)
        commune, organisation, zone = translate(N_("Commune")), translate(N_("Organisation")), translate(N_("Zone"))
        lines = [(commune, line) for line in units_on(session, day, units)] if day else []
        lines += [(organisation, line) for line in organisations_on(session, day, units)] if day else []
        lines += [(zone, line) for line in zones_on(session, day, the_reader().zones)] if day else []
        rows = [_cells(what, line) for what, line in lines]
    content = b"".join(written_table([translate(each) for each in _COLUMNS], rows, as_kind))
    response = Response(content, mimetype=as_kind.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="coverage-{day or today_here()}.{kind}"'
    return response


def _cells(what: str, line: Line) -> list[str]:
    row = line.row
    numbers = (row.places_registered, row.places_known, row.crossed, row.scanned)
    cameras = (row.cameras_planned, row.cameras_working, row.cameras_believed)
    return [
        what,
        line.name,
        _said(row.people),
        _said(line.users),
        row.counted_on.isoformat() if row.counted_on else "",
        row.source,
        _said(row.covered),
        _percent(line.share),
        _percent(line.week_ago),
        *map(_said, numbers),
        *map(_said, cameras),
    ]


def _said(number: int | None) -> str:
    return "" if number is None else str(number)


def _percent(of: float | None) -> str:
    return "" if of is None else f"{of * 100:.1f}"
