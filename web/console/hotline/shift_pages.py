"""Shifts at the hotline: begun at a telephone, ended with a note for the next, who reads it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.hotline.shifts import begin, end, newest, note_read, own_shift
from monitor.problems import Problem
from monitor.trail.actions import Action
from monitor.words import N_
from web.shared.common import now, storable
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

pages = Blueprint("hotline_shift", __name__)


@pages.get("/hotline/shifts")
@guarded(Permission.WORK_AT_HOTLINE, audit=None)
def listed() -> str:
    with parts().database.read() as session:
        rows = newest(session)
        own = own_shift(session, the_reader().account_id)
    return render_template("console/hotline/shifts.html", rows=rows, own=own, timezone=str(parts().settings.zone))


def _deed(do: Callable[[Session], None], told: str) -> Response:
    try:
        with parts().database.write() as session:
            do(session)
            note_view(session, zone_id=None, step=(request.endpoint or "").rpartition(".")[2])
    except Problem as problem:
        flash(say_to_staff(problem.words), "problem")
    else:
        flash(_(told))
    return redirect(url_for("hotline_shift.listed"), 303)


@pages.post("/hotline/shifts/begin")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.HOTLINE_SHIFT)
def begun() -> Response:
    def do(session: Session) -> None:
        begin(session, the_reader().account_id, storable(request.form.get("extension", "")), now())

    return _deed(do, N_("Your shift has begun. Calls to your telephone open on the screen for calls."))


@pages.post("/hotline/shifts/end")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.HOTLINE_SHIFT)
def ended() -> Response:
    def do(session: Session) -> None:
        end(session, the_reader().account_id, storable(request.form.get("note", "")), now())

    return _deed(do, N_("Your shift has ended; the next reads your note here."))


@pages.post("/hotline/shifts/<int:shift_id>/read")
@guarded(Permission.WORK_AT_HOTLINE, audit=Action.HOTLINE_SHIFT)
def read(shift_id: int) -> Response:
    def do(session: Session) -> None:
        note_read(session, shift_id, the_reader().account_id, now())

    return _deed(do, N_("Noted that you have read it."))
