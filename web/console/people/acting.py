"""What staff do about a person from the person's page: a call or a visit logged, values entered, asked now."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.clock import read_moment
from monitor.models.incidents import ContactOutcome
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.answers.measured import note_measured, read_measured
from rollcall.channels.names import channel_names
from rollcall.followup.attempts import log_contact, read_attempt
from rollcall.prompts.asking_one import ask_one
from web.console.people.typed import resident_of
from web.shared.common import now, say
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

pages = Blueprint("acting", __name__)


def _back(resident_id: int, part: str) -> Response:
    return redirect(url_for("residents.resident_page", resident_id=resident_id, _anchor=part), 303)


def _there(session: Session, resident_id: int) -> Resident:
    """The resident, whose data is still there. Raises NotFound, Conflict."""
    resident = resident_of(session, resident_id)
    if resident.deleted_at is not None:
        raise Conflict(N_("All data about this person was deleted."))
    return resident


@pages.post("/residents/<int:resident_id>/contacts")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.CONTACT_ATTEMPTED)
def contact(resident_id: int) -> Response:
    form = request.form
    try:
        way, outcome, note = read_attempt(form.get("way", ""), form.get("outcome", ""), form.get("note", ""))
        with parts().database.write() as session:
            of_case = log_contact(session, _there(session, resident_id), the_reader().account_id, way, outcome, note, now=now())
    except (BadInput, Conflict) as problem:
        flash(say(problem.words), "problem")
    else:
        flash(_("Saved, also on the incident that waits about this person.") if of_case else _("Your attempt was saved."))
        if outcome in (ContactOutcome.UNWELL, ContactOutcome.NEEDS):
            flash(_("An incident was opened so that someone helps this person."))
    return _back(resident_id, "contact")


@pages.post("/residents/<int:resident_id>/values")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.VALUES_ENTERED)
def values(resident_id: int) -> Response:
    form = request.form
    try:
        with parts().database.write() as session:
            resident = _there(session, resident_id)
            at = _moment(form.get("measured_at", ""), session.get_one(Zone, resident.zone_id).timezone)
            measured = read_measured(form.get("temperature", ""), form.get("spo2", ""), form.get("how", ""), at, now())
            tells = note_measured(session, resident, the_reader().account_id, measured, now())
    except (BadInput, Conflict) as problem:
        flash(say(problem.words), "problem")
    else:
        flash(_("The values were saved."))
        if tells:
            flash(_("They tell of illness: this person is on the list of incidents."))
    return _back(resident_id, "values")


def _moment(typed: str, timezone: str) -> datetime | None:
    """A moment of the zone's wall clock; None where nothing was typed. Raises BadInput."""
    if not typed.strip():
        return None
    try:
        return read_moment(typed).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    except ValueError:
        raise BadInput(N_("Enter the day and the time, or leave the field empty for now."), field="measured_at") from None


@pages.post("/residents/<int:resident_id>/ask")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.ONE_PERSON_ASKED)
def ask(resident_id: int) -> Response:
    settings = parts().settings
    try:
        with parts().database.write() as session:
            resident = _there(session, resident_id)
            ask_one(
                session,
                resident,
                the_reader().account_id,
                channel_names(settings) or frozenset(),
                settings.messages_per_day,
                now(),
            )
    except (BadInput, Conflict) as problem:
        flash(say(problem.words), "problem")
    else:
        flash(_("The roll-call is open; the message is on its way."))
    return _back(resident_id, "timeline-title")
