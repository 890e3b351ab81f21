"""People from files: the template, the upload, every row with what becomes of it, entering, refused rows as a file, and undoing."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.database.many_rows import one_of
from monitor.enrolment.columns import COLUMNS, OBLIGATORY, WRONG, heading_words
from monitor.enrolment.files import written_people
from monitor.enrolment.imports.confirming import confirm, drop
from monitor.enrolment.imports.kept import load_faults
from monitor.enrolment.imports.leases import AT_WORK
from monitor.enrolment.imports.listing import (
    AT_ONCE,
    count_parked,
    counts,
    import_for,
    imports_of,
    people_of,
    rows_of,
    without_bed,
    zones_in,
)
from monitor.enrolment.imports.reading import put_away
from monitor.enrolment.imports.undoing import MOST_TOLD, happened, undo, why_not
from monitor.enrolment.imports.uploading import BOUNDS, MOST_ROWS, Uploader, came_before, upload
from monitor.enrolment.template import template_csv, template_xlsx
from monitor.models.accounts import Account
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.models.places import Room, Zone
from monitor.places.together import LIVED_IN
from monitor.problems import BadInput, Conflict, NotFound
from monitor.sheets import FileKind
from monitor.trail.actions import Action
from monitor.words import N_, Words, words
from rollcall.imports import ask_for_work
from web.console.zones_of_reader import zones_of
from web.shared.common import language, now, say
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts
from web.shared.uploads import too_large

# What is still read of a file that is far too large, so that whoever sends it sees why.
MOST_DRAINED = 2**29
SHOWN = (
    RowState.REFUSED,
    RowState.PARKED,
    RowState.READY,
    RowState.THERE,
    RowState.ENTERED,
    RowState.TAKEN_OVER,
    RowState.LEFT_OUT,
    RowState.UNDONE,
)
"""Kinds of rows in the order in which they are offered; the first that there are is shown."""

pages = Blueprint("files", __name__)


@pages.url_value_preprocessor
def _bound(endpoint: str | None, _values: object) -> None:
    # Asked before the form is read, which is also where its CSRF token is.
    if endpoint == "files.send":
        request.max_content_length = BOUNDS.most_bytes + 64 * 1024


@pages.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Response:
    said = N_("The file is larger than %(most)s MB. Divide it, and take pictures out of it.")
    return too_large(words(said, most=BOUNDS.most_bytes >> 20), MOST_DRAINED)


@pages.get("/people/files")
@guarded(Permission.IMPORT_PEOPLE, audit=None)
def listed() -> str:
    with parts().database.read() as session:
        return _listed(session)


def _listed(session: Session, wrong: Words | None = None) -> str:
    reader = the_reader()
    return render_template(
        "console/people/files.html",
        imports=imports_of(session, reader),
        zones=[zone for zone in zones_of(session, reader) if zone.closed_at is None],
        chosen=request.form.get("zone", type=int),
        doubtful=session.scalar(count_parked(reader)),
        most_megabytes=BOUNDS.most_bytes >> 20,
        most_rows=MOST_ROWS,
        needed=[heading_words(column) for column in OBLIGATORY],
        wrong=wrong,
    )


@pages.get("/people/files/template.<kind>")
@guarded(Permission.IMPORT_PEOPLE, audit=None)
def template(kind: str) -> Response:
    wanted, today = _kind(kind), now().astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    if wanted is FileKind.CSV:
        return _attached(template_csv(language(), today), wanted, "people")
    with parts().database.read() as session:
        names = {zone.id: zone.name for zone in zones_of(session, the_reader()) if zone.closed_at is None}
        rooms: dict[str, list[str]] = defaultdict(list, {name: [] for name in names.values()})
        open_ones = select(Room.zone_id, Room.name).where(
            one_of(Room.zone_id, sorted(names)), Room.closed_at.is_(None), Room.kind.in_(LIVED_IN)
        )
        for each in session.execute(open_ones):
            rooms[names[each.zone_id]].append(each.name)
    return _attached(template_xlsx(language(), today, rooms), wanted, "people")


@pages.post("/people/files")
@guarded(Permission.IMPORT_PEOPLE, audit=Action.PEOPLE_FILE_SENT)
def send() -> AnyResponse | tuple[str, int]:
    """Keep the file; a worker reads it. What can be told at once is told at once."""
    reader, table = the_reader(), request.files.get("table")
    zone_id = require_zone(reader, request.form.get("zone", type=int))
    content = table.read(BOUNDS.most_bytes + 1) if table is not None else b""
    try:
        with parts().database.write() as session:
            who = Uploader(reader.account_id, reader.zones)
            row = upload(session, parts().vault, content, (table.filename if table else "") or "", zone_id, who, now())
            note_view(session, zone_id=zone_id, file=row.id, name=row.name)
            ask_for_work(session)
            import_id = row.id
    except (BadInput, Conflict) as problem:
        with parts().database.read() as session:
            return _listed(session, problem.words), problem.status
    return redirect(url_for("files.show", import_id=import_id), 303)


@pages.get("/people/files/<int:import_id>")
@guarded(Permission.IMPORT_PEOPLE, audit=None)
def show(import_id: int) -> str:
    with parts().database.read() as session:
        return _shown(session, import_for(session, the_reader(), import_id))


def _shown(session: Session, row: PeopleImport, wrong: Words | None = None) -> str:
    reader, many = the_reader(), counts(session, row.id)
    there = [each for each in SHOWN if many[each]]
    asked = request.args.get("rows", "")
    chosen = next((each for each in there if each.value == asked), there[0] if there else RowState.READY)
    rows = rows_of(session, row.id, [chosen], request.args.get("after", 0, type=int)) if row.state not in _READING else []
    people = people_of(session, rows)
    return render_template(
        "console/people/file.html",
        row=row,
        by=session.scalar(select(Account.username).where(Account.id == row.account_id)),
        zone=session.get_one(Zone, row.zone_id),
        counts=many,
        total=many.total(),
        done=many.total() - many[RowState.UNJUDGED if row.state is ImportState.JUDGING else RowState.READY],
        at_work=row.state in AT_WORK,
        kinds=there,
        chosen=chosen,
        rows=rows[:AT_ONCE],
        more=rows[AT_ONCE - 1].number if len(rows) > AT_ONCE else None,
        people=people,
        near={number: bool(reader.among({each.zone_id})) for number, each in people.items()},
        faults={each.id: [*_told(each, each.faults), *_told(each, each.hints)] for each in rows},
        no_bed=without_bed(session, row.id) if row.state is ImportState.READ else 0,
        before=came_before(session, row) if row.state is ImportState.READ else [],
        wrong=wrong,
    )


_READING = (ImportState.WAITING, ImportState.JUDGING)


def _told(row: ImportRow, stored: list[dict[str, Any]] | None) -> list[tuple[Words, str, Words]]:
    """(column, what stands there, the sentence) of each fault."""
    return [
        (
            heading_words(each.field) if each.field in COLUMNS else Words(each.field),
            (row.cells or {}).get(each.field, ""),
            each.words,
        )
        for each in load_faults(stored)
    ]


@pages.post("/people/files/<int:import_id>/enter")
@guarded(Permission.IMPORT_PEOPLE, audit=Action.PEOPLE_FILE_CONFIRMED)
def enter(import_id: int) -> AnyResponse | tuple[str, int]:
    reader = the_reader()
    try:
        with parts().database.write() as session:
            row = import_for(session, reader, import_id)
            many = counts(session, row.id)
            confirm(
                session,
                row,
                reader.account_id,
                now(),
                room_full=request.form.get("room_full", "refuse"),
                knowing="knowing" in request.form,
            )
            note_view(session, zone_id=row.zone_id, file=row.id, rows=many[RowState.READY])
            ask_for_work(session)
    except (BadInput, Conflict) as problem:
        with parts().database.read() as session:
            return _shown(session, import_for(session, reader, import_id), problem.words), problem.status
    return redirect(url_for("files.show", import_id=import_id), 303)


@pages.post("/people/files/<int:import_id>/drop")
@guarded(Permission.IMPORT_PEOPLE, audit=Action.PEOPLE_FILE_DROPPED)
def throw_away(import_id: int) -> AnyResponse:
    with parts().database.write() as session:
        row = import_for(session, the_reader(), import_id)
        name = row.file
        drop(session, row, now())
        note_view(session, zone_id=row.zone_id, file=row.id)
    put_away(parts().vault, import_id, name)
    flash(_("The file was thrown away; nobody was entered."))
    return redirect(url_for("files.listed"), 303)


@pages.get("/people/files/<int:import_id>/refused.<kind>")
@guarded(Permission.IMPORT_PEOPLE, audit=Action.REFUSED_ROWS_FETCHED)
def refused(import_id: int, kind: str) -> Response:
    """The rows with faults as they came, each with what is wrong: mended, they can be sent again."""
    wanted = _kind(kind)
    with parts().database.write() as session:
        row = import_for(session, the_reader(), import_id)
        found = session.execute(
            select(ImportRow.cells, ImportRow.faults)
            .where(ImportRow.import_id == row.id, ImportRow.state == RowState.REFUSED, ImportRow.cells.is_not(None))
            .order_by(ImportRow.number)
        ).all()
        if not found:
            raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
        note_view(session, zone_id=row.zone_id, file=row.id, rows=len(found))
    used = {name for each in found for name in each.cells}
    columns = [column for column in COLUMNS if column in used or column in OBLIGATORY]
    rows = [{**each.cells, WRONG: _sentences(each.faults)} for each in found]
    return _attached(written_people(rows, wanted, language(), columns, wrong=True), wanted, "refused")


def _sentences(stored: list[dict[str, Any]] | None) -> str:
    faults = load_faults(stored)
    return " ".join(f"{say(heading_words(each.field))}: {say(each.words)}" for each in faults)


@pages.get("/people/files/<int:import_id>/undo")
@guarded(Permission.IMPORT_PEOPLE, audit=None)
def check_undo(import_id: int) -> str:
    with parts().database.read() as session:
        return _undo_page(session, import_for(session, the_reader(), import_id))


def _undo_page(session: Session, row: PeopleImport) -> str:
    found = happened(session, row.id)
    zones = {each.id: each.name for each in session.scalars(select(Zone).where(one_of(Zone.id, sorted(zones_in(row)))))}
    entered = select(func.count()).where(ImportRow.import_id == row.id, ImportRow.state == RowState.ENTERED)
    return render_template(
        "console/people/file_undo.html",
        row=row,
        found=found,
        why=why_not(found, row.state),
        zones=zones,
        entered=session.scalar(entered),
        more=len(found) >= MOST_TOLD,
    )


@pages.post("/people/files/<int:import_id>/undo")
@guarded(Permission.IMPORT_PEOPLE, audit=Action.PEOPLE_FILE_UNDONE)
def take_out(import_id: int) -> AnyResponse | tuple[str, int]:
    try:
        with parts().database.write() as session:
            row = import_for(session, the_reader(), import_id)
            many = undo(session, row, the_reader().account_id, now())
            note_view(session, zone_id=row.zone_id, file=row.id, people=many)
    except Conflict:
        with parts().database.read() as session:
            return _undo_page(session, import_for(session, the_reader(), import_id)), 409
    flash(ngettext("%(num)s person was removed.", "%(num)s people were removed.", many))
    return redirect(url_for("files.show", import_id=import_id), 303)


def _kind(kind: str) -> FileKind:
    try:
        return FileKind(kind)
    except ValueError:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start.")) from None


def _attached(content: object, kind: FileKind, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={name}.{kind.value}"}
    return Response(content, content_type=kind.content_type, headers=headers)  # type: ignore[arg-type]
