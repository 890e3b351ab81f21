"""The list of calls: whom a supervisor wants called, one after the other on a phone, with what came of it in one tap."""

from __future__ import annotations

from flask import Blueprint, render_template

from monitor.accounts.access import Permission
from monitor.models.incidents import ContactOutcome
from monitor.trail.actions import Action
from rollcall.people.guardians import phones_of
from web.console.incidents.listed import to_be_called
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

MOST = 60
OUTCOMES = [each for each in ContactOutcome if each is not ContactOutcome.NOT_THERE]

pages = Blueprint("calls", __name__)


@pages.get("/calls")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.CALLS_LISTED)
def call_list() -> str:
    with parts().database.write() as session:
        listed = to_be_called(session, the_reader(), MOST)
        people = [each.incident.resident_id for each in listed if each.incident.resident_id is not None]
        phones = phones_of(session, people)
        note_view(session, zone_id=None, residents=people)
    return render_template(
        "console/incidents/calls.html",
        listed=listed,
        phones=phones,
        outcomes=OUTCOMES,
        more=len(listed) == MOST,
    )
