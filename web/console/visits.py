"""The list of visits: who is to be seen, in which order; to be read on a phone or taken along on paper."""

from __future__ import annotations

from collections import defaultdict

from flask import Blueprint, render_template

from monitor.access import Permission
from monitor.database import Database
from rollcall.visits import MOST, visits_due
from web.common import now
from web.guard import guarded, note_view, the_reader


def visit_pages(database: Database) -> Blueprint:
    """The one page."""
    pages = Blueprint("visits", __name__)

    @pages.get("/visits")
    @guarded(Permission.ACT_ON_INCIDENT, audit="visits-listed")
    def visit_list() -> str:
        with database.write() as session:
            visits = visits_due(session, the_reader(), now())
            shown: dict[int | None, list[int]] = defaultdict(list)
            for each in visits:
                if each.incident.resident_id is not None:
                    shown[each.incident.zone_id].append(each.incident.resident_id)
            # An entry for each zone, so that its supervisors find it.
            for zone_id, residents in shown.items() or [(None, [])]:
                note_view(session, zone_id=zone_id, residents=residents)
        return render_template("console/visits.html", visits=visits, more=len(visits) == MOST)

    return pages
