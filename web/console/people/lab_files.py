"""Laboratories' files: looked at before anything is noted, then taken over; what is doubtful is decided by a person, row by row."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.laboratory.columns import COLUMNS, HEADINGS
from monitor.laboratory.files import MOST_ROWS, decide, judge_sheet, parked_rows, take_over
from monitor.laboratory.matching import Fate, Judged
from monitor.models.places import Zone
from monitor.personal_data.periods import Kind, rules
from monitor.problems import BadInput
from monitor.sheets import MOST_BYTES, read_sheet, written_csv
from monitor.trail.actions import Action
from monitor.words import Words
from web.shared.common import now, say
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

pages = Blueprint("lab_files", __name__)


@pages.before_request
def _bound() -> None:
    if request.endpoint == "lab_files.preview":
        request.max_content_length = MOST_BYTES + 64 * 1024
    # Rows that are carried from the preview to the taking over.
    request.max_form_memory_size = 2 * 2**20
    if request.endpoint in ("lab_files.take", "lab_files.refused"):
        request.max_content_length = 4 * 2**20


def _zones() -> list[int] | None:
    zones = the_reader().zones
    return None if zones is None else sorted(zones)


def _page(session: Session, judged: Sequence[Judged] = (), problem: Words | None = None) -> str:
    zones = {zone.id: zone for zone in session.scalars(select(Zone))}
    kept = [each for each in judged if each.fate is not Fate.REFUSED]
    refused = [each for each in judged if each.fate is Fate.REFUSED]
    return render_template(
        "console/people/lab_files.html",
        judged=judged,
        by_fate={fate: [each for each in judged if each.fate is fate] for fate in Fate},
        fates=Fate,
        headings=HEADINGS,
        carried=_written(kept, told=False) if kept else "",
        refused=_written(refused, told=True) if refused else "",
        parked=parked_rows(session, _zones()),
        kept=next(rule.kept for rule in rules(parts().settings) if rule.kind is Kind.PARKED_RESULTS),
        zones=zones,
        problem=problem,
        most=MOST_ROWS,
    )


def _written(rows: Sequence[Judged], *, told: bool) -> str:
    """As a file that can be sent again; told: with what is wrong behind each row."""
    head = [_(HEADINGS[name]) for name in COLUMNS] + ([_("What is wrong")] if told else [])
    lines = [
        [each.row.cells[name] for name in COLUMNS] + ([" ".join(say(why) for why in each.why)] if told else []) for each in rows
    ]
    return written_csv([head, *lines])


@pages.get("/laboratory")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TESTS_LISTED)
def show() -> str:
    with parts().database.write() as session:
        note_view(session, zone_id=None)
    with parts().database.read() as session:
        return _page(session)


@pages.post("/laboratory/preview")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def preview() -> str | tuple[str, int]:
    """What would become of the rows; nothing is noted."""
    uploaded = request.files.get("table")
    content = uploaded.read(MOST_BYTES + 1) if uploaded is not None else b""
    with parts().database.read() as session:
        try:
            judged = judge_sheet(session, read_sheet(content, most_rows=MOST_ROWS), _zones(), now())
        except BadInput as problem:
            return _page(session, problem=problem.words), problem.status
        return _page(session, judged)


@pages.post("/laboratory")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TEST_RESULTS_IMPORTED)
def take() -> AnyResponse:
    """Judged anew: what was sure in the preview may have a result by now, and then nothing is written over."""
    sheet = read_sheet(request.form.get("rows", "").encode(), most_rows=MOST_ROWS)
    with parts().database.write() as session:
        done = take_over(session, judge_sheet(session, sheet, _zones(), now()), the_reader().account_id, now())
        note_view(session, zone_id=None, noted=done.noted, parked=done.parked, there=done.there)
    flash(ngettext("%(num)s result was noted.", "%(num)s results were noted.", done.noted))
    if done.parked:
        flash(ngettext("%(num)s row waits for your decision below.", "%(num)s rows wait for your decision below.", done.parked))
    return redirect(url_for("lab_files.show"), 303)


@pages.post("/laboratory/refused")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def refused() -> Response:
    """The refused rows of a preview, which the page carries, as a file."""
    # Written anew: only a table leaves, and no formula in it.
    sheet = read_sheet(request.form.get("refused", "").encode(), most_rows=MOST_ROWS)
    return Response(
        written_csv([sheet.head, *(line.cells for line in sheet.lines)]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": "attachment; filename=results-refused.csv"},
    )


@pages.post("/laboratory/parked/<int:parked_id>")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TEST_RESULT_ASSIGNED)
def settle(parked_id: int) -> AnyResponse:
    reader = the_reader()
    with parts().database.write() as session:
        parked = decide(session, parked_id, request.form.get("chosen", ""), _zones(), reader.account_id, now())
        mine = request.form.get("chosen") != "nobody"
        note_view(session, zone_id=parked.zone_id, resident_id=parked.resident_id if mine else None, parked=parked_id)
    flash(_("Your decision was saved."))
    return redirect(url_for("lab_files.show") + "#parked", 303)
