"""The quiet hours that no schedule can lift: the province's, which administrators set, and what zones have beside them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.accounts import Account
from monitor.places.quiet_floor import LONGEST_REASON, Span, floor_of, floors, set_floor
from monitor.problems import BadInput, Forbidden
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.plans.typed_plan import read_clocks
from web.console.zones_of_reader import zones_of
from web.shared.common import now, say
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

pages = Blueprint("night_rest", __name__)
SHOWN = 20


def _page(given: MultiDict[str, str] | None = None, problem: str = "") -> str:
    with parts().database.read() as session:
        held = floors(session)
        zones = [zone for zone in zones_of(session, the_reader()) if zone.closed_at is None]
        names = {row.id: row.username for row in session.execute(select(Account.id, Account.username))}
    holds = held.at(now()).span
    start, end = f"{holds.start:%H:%M}", f"{holds.end:%H:%M}"
    return render_template(
        "console/places/night_rest.html",
        holds=holds,
        past=held.set[:SHOWN],
        names=names,
        zones=[(zone, floor_of(zone, holds)) for zone in zones],
        given=given or MultiDict({"quiet_from": start, "quiet_to": end}),
        problem=problem,
        may_set=the_reader().zones is None,
        longest=LONGEST_REASON,
        timezone=str(parts().settings.zone),
    )


@pages.get("/night-rest")
@guarded(Permission.MANAGE_ZONES, audit=None)
def show() -> str:
    return _page()


@pages.post("/night-rest")
@guarded(Permission.MANAGE_ZONES, audit=Action.QUIET_FLOOR_SET)
def save() -> Response | tuple[str, int]:
    if the_reader().zones is not None:
        raise Forbidden(N_("Only an administrator of all zones can set the quiet hours of the province."))
    form = request.form
    try:
        clocks = [read_clocks(form.get(name, "")) for name in ("quiet_from", "quiet_to")]
        if any(odd or len(found) != 1 for found, odd in clocks):
            raise BadInput(N_("The quiet hours need a beginning and an end, for example 21:00 and 07:00."), field="quiet_from")
        span = Span.parse(clocks[0][0][0], clocks[1][0][0])
        with parts().database.write() as session:
            set_floor(session, span, form.get("reason", ""), the_reader().account_id, now())
    except BadInput as problem:
        return _page(form, say(problem.words)), problem.status
    flash(_("Saved. These hours are quiet from now on, in every zone."))
    return redirect(url_for("night_rest.show"), 303)
