"""Reporters and their counts from a table: read, looked at, and entered once; rows that cannot be used are given back with the reason."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.problems import BadInput, Conflict, Problem
from monitor.reports.collected.communes import index_of, province_stated
from monitor.reports.collected.files import Fate, enter_file, file_seen, judged, keep_file
from monitor.reports.collected.tables import MOST_ROWS, TableRow, read_table
from monitor.sheets import MOST_BYTES, FileKind, read_sheet, written_table
from monitor.trail.actions import Action
from monitor.words import N_, Words
from web.console.reports.sight import require_province
from web.shared.common import now, storable, translate
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

MOST_SHOWN = 200
SAMPLE_HEAD = (
    N_("Kind"),
    N_("Name"),
    N_("Commune"),
    N_("Contact person"),
    N_("Telephone number"),
    N_("E-mail"),
    N_("People"),
    N_("Smartphone users"),
    N_("Control points known"),
    N_("Date"),
    N_("Source"),
)

pages = Blueprint("reporter_files", __name__)


@pages.before_request
def _bound() -> None:
    if request.endpoint == "reporter_files.sent":
        request.max_content_length = MOST_BYTES + 64 * 1024


@pages.get("/reporters/files/new")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def new() -> Response:
    return _form({})


def _form(given: dict[str, str], problem: Problem | None = None) -> Response:
    html = render_template(
        "console/reports/reporter_file_new.html",
        given=given,
        problem=say_to_staff(problem.words) if problem is not None else None,
        most=MOST_ROWS,
    )
    return make_response(html, problem.status if problem is not None else 200)


@pages.get("/reporters/files/template.<any(csv, xlsx):kind>")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def template(kind: str) -> Response:
    """An empty table with the columns that are understood."""
    as_kind = FileKind(kind)
    content = b"".join(written_table([translate(each) for each in SAMPLE_HEAD], [], as_kind))
    response = Response(content, mimetype=as_kind.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="reporters.{kind}"'
    return response


@pages.post("/reporters/files")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORTERS_IMPORTED)
def sent() -> Response | AnyResponse:
    """Read a table; nothing of it is entered before somebody has seen what would be."""
    require_province()
    given = {name: storable(value)[:200] for name, value in request.form.items()}
    file = request.files.get("table")
    content = file.read(MOST_BYTES + 1) if file is not None else b""
    try:
        if not content:
            raise BadInput(N_("Choose a file first: XLSX, ODS or CSV."), field="table")
        sheet = read_sheet(content, most_rows=MOST_ROWS)
        today = now().astimezone(parts().settings.zone).date()
        with parts().database.write() as session:
            communes = index_of(session, province_stated())
            rows, wrong = read_table(
                sheet, communes, today, source=given.get("source", ""), counted_on=given.get("counted_on", "")
            )
            name = storable(file.filename or "") if file is not None else ""
            kept = keep_file(session, name, rows, wrong, the_reader().account_id, now())
            note_view(session, zone_id=None, file=kept.id, rows=len(rows), wrong=len(wrong))
            file_id = kept.id
    except BadInput as problem:
        return _form(given, problem)
    return redirect(url_for("reporter_files.one", file_id=file_id), 303)


@pages.get("/reporters/files/<int:file_id>")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def one(file_id: int) -> str:
    """What would become of each row, as things are now."""
    with parts().database.read() as session:
        file = file_seen(session, file_id, the_reader().account_id)
        rows = judged(session, [TableRow.load(each) for each in file.rows or []])
        fates = Counter(each.fate for each in rows)
        ranked = sorted(rows, key=lambda each: (list(Fate).index(each.fate), each.row.number))
        return render_template(
            "console/reports/reporter_file.html",
            file=file,
            rows=ranked[:MOST_SHOWN],
            more=max(0, len(rows) - MOST_SHOWN),
            fates=fates,
            Fate=Fate,
            to_enter=fates[Fate.NEW] + fates[Fate.CHANGED],
            wrong=[(each["number"], Words.load(each["why"])) for each in file.wrong[:MOST_SHOWN]],
            wrong_more=max(0, len(file.wrong) - MOST_SHOWN),
            timezone=str(parts().settings.zone),
        )


@pages.post("/reporters/files/<int:file_id>/enter")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORTERS_IMPORTED)
def enter(file_id: int) -> AnyResponse:
    require_province()
    try:
        with parts().database.write() as session:
            file = file_seen(session, file_id, the_reader().account_id)
            done = enter_file(session, file, now())
            note_view(session, zone_id=None, file=file_id, new=done[Fate.NEW], changed=done[Fate.CHANGED])
    except Conflict as problem:
        flash(say_to_staff(problem.words), "problem")
        return redirect(url_for("reporter_files.one", file_id=file_id), 303)
    flash(
        _(
            "Entered: %(new)s new, %(changed)s with something changed, %(same)s that were so already.",
            new=done[Fate.NEW],
            changed=done[Fate.CHANGED],
            same=done[Fate.SAME],
        )
    )
    return redirect(url_for("reporters.listed"), 303)
