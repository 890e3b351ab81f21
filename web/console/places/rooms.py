"""A zone's rooms: listed, and added by a pattern or from a file, after a look at what would be made."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.models.cameras.cameras import Camera
from monitor.models.people.residents import Resident
from monitor.models.places import Room, RoomKind, Together, Zone
from monitor.people.placed import placed
from monitor.places.patterns import names_of
from monitor.places.room_changes import add_rooms, rooms_of
from monitor.places.room_tables import COLUMNS, MOST_ROWS, Judged, judge_rows, judge_table
from monitor.problems import BadInput
from monitor.sheets import MOST_BYTES, read_sheet, written_csv
from monitor.trail.actions import Action
from monitor.words import Words
from web.console.places.zone_settings import zone_of
from web.shared.common import now, say
from web.shared.guard import guarded, note_view
from web.shared.parts import parts

LONGEST_PATTERN, PAGE = 4000, 100

pages = Blueprint("rooms", __name__)


@pages.url_value_preprocessor
def _bound(endpoint: str | None, _values: object) -> None:
    # Asked before the form is read, which is also where its CSRF token is.
    if endpoint == "rooms.preview":
        request.max_content_length = MOST_BYTES + 64 * 1024
    # Rows that are carried from the preview to the making of them.
    request.max_form_memory_size = 2 * 2**20
    if endpoint in ("rooms.make", "rooms.refused"):
        request.max_content_length = 4 * 2**20


def _page(
    session: Session,
    zone: Zone,
    given: MultiDict[str, str] | None = None,
    judged: Judged | None = None,
    wrong: Words | None = None,
) -> str:
    every, after = rooms_of(session, zone.id, closed=True), request.args.get("after", 0, type=int)
    start = next((place + 1 for place, room in enumerate(every) if room.id == after), 0)
    rooms = every[start : start + PAGE]
    people = _counted(
        session, select(Resident.room_id, func.count()).where(Resident.zone_id == zone.id, placed()).group_by(Resident.room_id)
    )
    cameras = _counted(session, select(Camera.room_id, func.count()).where(Camera.zone_id == zone.id).group_by(Camera.room_id))
    return render_template(
        "console/places/rooms.html",
        zone=zone,
        rooms=rooms,
        all_rooms=len(every),
        following=rooms[-1].id if len(every) > start + PAGE else None,
        first=not start,
        people=people,
        cameras=cameras,
        given=given if given is not None else MultiDict({"as_zone": "on"}),
        judged=judged,
        wrong=wrong,
        carried=written_csv([COLUMNS, *(room.row() for room in judged.good)]) if judged else "",
        refused=_refused_csv(judged) if judged else "",
        kinds=list(RoomKind),
        rules=list(Together),
    )


def _counted(session: Session, query: object) -> Counter[int]:
    return Counter({room_id: count for room_id, count in session.execute(query) if room_id is not None})  # type: ignore[call-overload]


def _refused_csv(judged: Judged) -> str:
    """The rows that make no room, as they came, each with what is wrong: mended, they can be sent again."""
    told = [(*(row.cells[name] for name in COLUMNS), " ".join(say(each) for each in row.wrong)) for row in judged.refused]
    return written_csv([(*COLUMNS, _("What is wrong")), *told]) if told else ""


@pages.get("/zones/<int:zone_id>/rooms")
@guarded(Permission.MANAGE_ROOMS, audit=None)
def listed(zone_id: int) -> str:
    with parts().database.read() as session:
        return _page(session, zone_of(session, zone_id))


@pages.post("/zones/<int:zone_id>/rooms/preview")
@guarded(Permission.MANAGE_ROOMS, audit=None)
def preview(zone_id: int) -> str | tuple[str, int]:
    """What the pattern or the file would make; nothing is made."""
    with parts().database.read() as session:
        zone = zone_of(session, zone_id)
        try:
            judged = _judged(session, zone_id)
        except BadInput as problem:
            return _page(session, zone, request.form, wrong=problem.words), 422
        return _page(session, zone, request.form, judged)


def _names(session: Session, zone_id: int) -> list[str]:
    return list(session.scalars(select(Room.name).where(Room.zone_id == zone_id)))


def _judged(session: Session, zone_id: int) -> Judged:
    uploaded, existing = request.files.get("table"), _names(session, zone_id)
    if uploaded is not None and uploaded.filename:
        return judge_table(read_sheet(uploaded.read(MOST_BYTES + 1), most_rows=MOST_ROWS), existing)
    rules = request.form.getlist("together")
    same = {
        "kind": request.form.get("kind", ""),
        "floor": request.form.get("floor", ""),
        "beds": request.form.get("beds", ""),
        "together": "" if "as_zone" in request.form else ",".join(rules) or "-",
    }
    names = names_of(request.form.get("pattern", "")[:LONGEST_PATTERN])
    return judge_rows([(number, {"name": name, **same}) for number, name in enumerate(names, start=1)], existing)


@pages.post("/zones/<int:zone_id>/rooms")
@guarded(Permission.MANAGE_ROOMS, audit=Action.ROOMS_MADE)
def make(zone_id: int) -> AnyResponse | tuple[str, int]:
    """Make the rooms of the preview, all of them or none: somebody else may have added one of them meanwhile."""
    with parts().database.write() as session:
        zone = zone_of(session, zone_id)
        judged = judge_table(read_sheet(request.form.get("rooms", "").encode(), most_rows=MOST_ROWS), _names(session, zone_id))
        if judged.refused:
            return _page(session, zone, judged=judged), 409
        made = add_rooms(session, zone_id, judged.good, now())
        names = [room.name for room in judged.good]
        note_view(session, zone_id=zone_id, rooms=len(made), first=names[0], last=names[-1])
    flash(ngettext("%(num)s room was added.", "%(num)s rooms were added.", len(made)))
    return redirect(url_for("rooms.listed", zone_id=zone_id), 303)


@pages.post("/zones/<int:zone_id>/rooms/refused")
@guarded(Permission.MANAGE_ROOMS, audit=None)
def refused(zone_id: int) -> Response:
    """The refused rows of a preview, which the page carries, as a file."""
    with parts().database.read() as session:
        zone_of(session, zone_id)
    # Written anew: only a table leaves, and no formula in it.
    sheet = read_sheet(request.form.get("refused", "").encode(), most_rows=MOST_ROWS)
    rows = [sheet.head, *(line.cells for line in sheet.lines)]
    return Response(
        written_csv(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": "attachment; filename=rooms-refused.csv"},
    )
