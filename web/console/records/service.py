"""The clock and what is damaged: which time is right after a clock jumped, and what of our data cannot be read any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.damage.overview import damaged
from monitor.models.service import ClockJump
from monitor.timekeeping.confirming import confirm, deletion_doubt, jumps
from monitor.timekeeping.marks import counted, last_rows
from monitor.trail.actions import Action
from monitor.words import N_, Words
from web.console.records.lengths import how_far, spelt
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

pages = Blueprint("service", __name__)
WRITTEN = {
    "check_in_change": N_("steps of roll-calls"),
    "prompt": N_("messages"),
    "answer": N_("answers"),
    "observation": N_("findings of cameras"),
}


class Shown(NamedTuple):
    """A jump as the page shows it. machine: what its clock says, while it lasts. written: what was written meanwhile, with counts."""

    jump: ClockJump
    how_far: Words
    ahead: bool
    lasts: bool
    machine: datetime | None
    by: str | None
    written: list[tuple[Words, int]]


@pages.get("/service")
@guarded(Permission.CONFIRM_CLOCK, audit=None)
def show() -> str:
    reader = the_reader()
    with parts().database.read() as session:
        newest = last_rows(session)
        shown = [_shown(jump, name, newest) for jump, name in jumps(session)]
        doubt = deletion_doubt(session, now())
        found = damaged(session, reader.zones)
    return render_template("console/records/service.html", jumps=shown, doubt=doubt, damaged=found, spelt=spelt)


def _shown(jump: ClockJump, by: str | None, newest: dict[str, int]) -> Shown:
    lasts = jump.ended_at is None
    rows = [(Words(WRITTEN[name]), count) for name, count in counted(jump, newest).items() if name in WRITTEN]
    machine = now() + timedelta(seconds=jump.seconds) if lasts else None
    return Shown(jump, how_far(jump.seconds), jump.seconds > 0, lasts, machine, by, rows)


@pages.post("/service/jumps/<int:jump_id>")
@guarded(Permission.CONFIRM_CLOCK, audit=Action.CLOCK_CONFIRMED)
def confirm_jump(jump_id: int) -> Response:
    with parts().database.write() as session:
        confirm(session, jump_id, request.form.get("decision", ""), the_reader().account_id, now())
    flash(_("The time was confirmed."))
    return redirect(url_for("service.show"), 303)
