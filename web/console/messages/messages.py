"""Messages to residents: what became of them in the last day, and the button that stops them all."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.places import Zone
from monitor.models.rollcalls.prompts import PromptStop
from monitor.problems import BadInput, NotFound
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.prompts.kept_rules import record_shown
from rollcall.prompts.stopping import let_prompts_go_on, messages_by_zone, stop_prompts, stops_in_force
from web.console.zones_of_reader import zones_of
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

EVERYWHERE, PAGE = "everywhere", 40


pages = Blueprint("messages", __name__)


@pages.get("/messages")
@guarded(Permission.STOP_PROMPTS, audit=None)
def message_page() -> str:
    reader, after = the_reader(), request.args.get("after", 0, type=int)
    with parts().database.read() as session:
        zones = zones_of(session, reader)
        ids = [zone.id for zone in zones]
        start = next((place + 1 for place, zone in enumerate(zones) if zone.id == after), 0)
        shown = zones[start : start + PAGE]
        stops, counts = stops_in_force(session, ids), messages_by_zone(session, [zone.id for zone in shown], now())
        record = record_shown(session, ids, now())
    return render_template(
        "console/messages/messages.html",
        zones=zones,
        shown=shown,
        following=shown[-1].id if len(zones) > start + PAGE else None,
        first=not start,
        stops=stops,
        counts=counts,
        record=record,
        budget=parts().settings.messages_per_day,
        may_everywhere=reader.zones is None,
    )


@pages.post("/messages/stop")
@guarded(Permission.STOP_PROMPTS, audit=Action.PROMPTS_STOPPED)
def stop() -> Response:
    reader = the_reader()
    where = request.form.get("zone", "")
    with parts().database.write() as session:
        if where == EVERYWHERE:
            _require_everywhere()
            zone_id = None
        else:
            if not where.isdecimal() or len(where) > 9:
                raise BadInput(N_("Please choose where messages are to stop."), field="zone")
            zone = session.get(Zone, int(where))
            require_zone(reader, zone.id if zone else None)
            zone_id = int(where)
        stop_prompts(session, zone_id, request.form.get("reason", ""), reader.account_id, now())
    flash(_("Sending is stopped as of now. Nobody counts as not having answered because of it."))
    return redirect(url_for("messages.message_page"), 303)


@pages.post("/messages/stops/<int:stop_id>/end")
@guarded(Permission.STOP_PROMPTS, audit=Action.PROMPTS_GO_ON)
def go_on(stop_id: int) -> Response:
    with parts().database.write() as session:
        stop = session.get(PromptStop, stop_id)
        if stop is None:
            raise NotFound(N_("This stop does not exist (any more)."))
        if stop.zone_id is None:
            _require_everywhere()
        else:
            require_zone(the_reader(), stop.zone_id)
        let_prompts_go_on(session, stop, the_reader().account_id, now())
    flash(_("Messages are sent again where an answer is still awaited."))
    return redirect(url_for("messages.message_page"), 303)


def _require_everywhere() -> None:
    if the_reader().zones is not None:
        raise NotFound(N_("Your account covers some zones only, so it cannot stop messages everywhere."))
