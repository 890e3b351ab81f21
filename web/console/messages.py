"""Messages to residents: what became of them in the last day, and the button that stops them all."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.access import Permission
from monitor.database import Database
from monitor.models import PromptStop, Zone
from monitor.problems import BadInput, NotFound
from monitor.settings import Settings
from monitor.words import N_
from rollcall.kept_rules import record_of
from rollcall.stopping import let_prompts_go_on, messages_by_zone, stop_prompts, stops_in_force
from web.common import now
from web.console.overview import zones_of
from web.guard import guarded, require_zone, the_reader

EVERYWHERE = "everywhere"


def message_pages(settings: Settings, database: Database) -> Blueprint:
    """The page and its two buttons."""
    pages = Blueprint("messages", __name__)

    @pages.get("/messages")
    @guarded(Permission.STOP_PROMPTS, audit=None)
    def message_page() -> str:
        reader = the_reader()
        with database.read() as session:
            zones = zones_of(session, reader)
            ids = [zone.id for zone in zones]
            stops, counts = stops_in_force(session, ids), messages_by_zone(session, ids, now())
            record = record_of(session, ids, now())
        return render_template(
            "console/messages.html",
            zones=zones,
            stops=stops,
            counts=counts,
            record=record,
            budget=settings.messages_per_day,
            may_everywhere=reader.zones is None,
        )

    @pages.post("/messages/stop")
    @guarded(Permission.STOP_PROMPTS, audit="prompts-stopped")
    def stop() -> Response:
        reader = the_reader()
        where = request.form.get("zone", "")
        with database.write() as session:
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
        flash(_("No message leaves any more, from this second on. Nobody is counted as having missed anything by it."))
        return redirect(url_for("messages.message_page"), 303)

    @pages.post("/messages/stops/<int:stop_id>/end")
    @guarded(Permission.STOP_PROMPTS, audit="prompts-go-on")
    def go_on(stop_id: int) -> Response:
        with database.write() as session:
            stop = session.get(PromptStop, stop_id)
            if stop is None:
                raise NotFound(N_("There is no such stop."))
            if stop.zone_id is None:
                _require_everywhere()
            else:
                require_zone(the_reader(), stop.zone_id)
            let_prompts_go_on(session, stop, the_reader().account_id, now())
        flash(_("Messages leave again, where an answer is still awaited."))
        return redirect(url_for("messages.message_page"), 303)

    return pages


def _require_everywhere() -> None:
    if the_reader().zones is not None:
        raise NotFound(N_("Your account works in some zones only; it cannot stop messages everywhere."))
