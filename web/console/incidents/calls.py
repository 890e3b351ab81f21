"""The day's calls: who is to be called and why, most urgent first, one person after the other, each by one caller at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.database.together import Reading, at_once, first, read
from monitor.models.incidents import ContactWay, Incident, IncidentKind, IncidentState
from monitor.models.people.residents import Resident
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.words import N_, translator
from rollcall.followup.attempts import Attempt, attempts_on, attempts_since, read_attempt
from rollcall.followup.calls import OUTCOMES, due_from, note_call, said_at_first, theirs
from rollcall.followup.claims import HELD_FOR_A_CALL, claim, free, held_by_others
from rollcall.followup.worklists import to_be_called
from rollcall.people.guardians import guardian_asked, number_asked
from web.console.incidents.listed import Listed, first_of, key_of, one_incident
from web.console.incidents.shown import risks_in_words
from web.shared.common import now, translate
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

PIECE = 40
MOST_PIECES = 20
WELL = N_("Reached by phone, and well.")


@dataclass(frozen=True)
class Call:
    """Somebody to be called. last: the newest try, and when it is to be made again; holder: who calls them right now."""

    one: Listed
    last: Attempt | None
    due_at: datetime
    holder: str | None


def _on_list(reader: Reader) -> ColumnElement[bool]:
    """What is on another list is not on this one: for whoever decides, what is to be decided is in the queue until they want a call first."""
    return to_be_called(now(), decides=reader.may(Permission.REVIEW_CHECK_IN))


def _piece(session: Session, reader: Reader, after: tuple[datetime, int, int] | None) -> tuple[list[Call], list[Listed]]:
    """Of the cases behind this one, so many as are looked at together: those whose people are to be called, and all."""
    listed = first_of(session, reader, list(IncidentKind), PIECE, after, theirs(reader.account_id), _on_list(reader))
    mine = [each for each in listed if not each.over and each.incident.resident_id is not None]
    if not mine:
        return [], listed
    people = [each.incident.resident_id or 0 for each in mine]
    tries: dict[int, list[Attempt]] = {}
    for attempt in attempts_since(session, people, min(each.incident.opened_at for each in mine)):
        tries.setdefault(attempt.resident_id, []).append(attempt)
    holders = held_by_others(session, people, reader.account_id, now())
    calls = []
    for each in mine:
        resident_id, opened_at = each.incident.resident_id or 0, each.incident.opened_at
        those = [attempt for attempt in tries.get(resident_id, ()) if attempt.at >= opened_at]
        due_at = due_from(those, opened_at)
        if due_at is not None:
            calls.append(Call(each, those[0] if those else None, due_at, holders.get(resident_id)))
    return calls, listed


def _next(session: Session, reader: Reader, after: tuple[datetime, int, int] | None) -> Listed | None:
    """The first whose call is due, whom nobody else has, and that stands behind this one. Takes them."""
    for _piece_number in range(MOST_PIECES):
        calls, listed = _piece(session, reader, after)
        for call in calls:
            free_and_due = call.holder is None and call.due_at <= now() and not _for_another(reader, call.one.incident)
            resident_id = call.one.incident.resident_id or 0
            if free_and_due and claim(session, resident_id, reader.account_id, now(), HELD_FOR_A_CALL):
                return call.one
        if len(listed) < PIECE:
            break
        after = key_of(listed[-1].incident)
    return None


def _for_another(reader: Reader, incident: Incident) -> bool:
    """Whether a colleague was asked to make this call, and still has time for it."""
    return incident.assigned_to not in (None, reader.account_id) and incident.escalated_at is None


pages = Blueprint("calls", __name__)


@pages.get("/calls")
@guarded(Permission.ACT_ON_INCIDENT, audit=None)
def listed() -> str:
    reader = the_reader()
    with parts().database.read() as session:
        calls, looked_at = _piece(session, reader, None)
    return render_template("console/incidents/calls.html", calls=calls, more=len(looked_at) == PIECE)


@pages.get("/calls/next")
@guarded(Permission.ACT_ON_INCIDENT, audit=None)
def following() -> Response:
    reader = the_reader()
    behind = request.args.get("after", type=int)
    with parts().database.write() as session:
        after = key_of(one_incident(session, reader, behind).incident) if behind is not None else None
        one = _next(session, reader, after)
        if one is None:
            free(session, reader.account_id)
    if one is None:
        flash(_("There is nobody else to call now."))
        return redirect(url_for("calls.listed"), 303)
    return redirect(url_for("calls.call", incident_id=one.incident.id), 303)


@pages.get("/calls/<int:incident_id>")
@guarded(Permission.ACT_ON_INCIDENT, audit=None)
def call(incident_id: int) -> Response | str:
    reader = the_reader()
    with parts().database.write() as session:
        one = one_incident(session, reader, incident_id)
        incident = one.incident
        if incident.resident_id is None or incident.state is IncidentState.RESOLVED:
            return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)
        resident_id = incident.resident_id
        mine = claim(session, resident_id, reader.account_id, now(), HELD_FOR_A_CALL)
        holder = None if mine else held_by_others(session, [resident_id], reader.account_id, now()).get(resident_id)
        known = read(session, _known(one, resident_id))
    return render_template("console/incidents/call.html", one=one, incident=incident, holder=holder, outcomes=OUTCOMES, **known)


def _known(one: Listed, resident_id: int) -> Reading[dict[str, Any]]:
    """What a caller sees of somebody, by the names of the page. words_to_say: in the language of whoever is called."""
    resident, guardian, number, risks, tries = yield from at_once(
        first(select(Resident).where(Resident.id == resident_id)),
        guardian_asked(resident_id),
        number_asked(resident_id),
        risks_in_words(resident_id),
        attempts_on([each.id for each in one.parts]),
    )
    language = resident.language
    speaker = parts().settings.speaker.named(language)
    return {
        "called": guardian.full_name if guardian else resident.full_name,
        "guardian": guardian,
        "number": number,
        "words_to_say": said_at_first(one.top.kind, resident.full_name, speaker).say(translator(language)),
        "spoken_in": language,
        "risks": risks,
        "tries": tries[:3],
    }


@pages.post("/calls/<int:incident_id>")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.CONTACT_ATTEMPTED)
def made(incident_id: int) -> Response:
    reader, form = the_reader(), request.form
    with parts().database.write() as session:
        one = one_incident(session, reader, incident_id)
        if one.incident.resident_id is None or one.incident.state is IncidentState.RESOLVED:
            raise Conflict(N_("Someone has decided this already. Reload the page to see it as it is now."))
        _way, outcome, note = read_attempt(ContactWay.CALL, form.get("outcome", ""), form.get("note", ""))
        if outcome not in OUTCOMES:
            raise BadInput(N_("Please choose the result."), field="outcome")
        kinds = {each.kind for each in one.parts}
        ended = note_call(session, one.incident, kinds, outcome, note, reader, found=translate(WELL), now=now())
    flash(_("Saved: %(name)s.", name=one.resident or ""))
    if ended:
        flash(_("The question about this person is closed."))
    return redirect(url_for("calls.following"), 303)


@pages.post("/calls/<int:incident_id>/hold")
@guarded(Permission.ACT_ON_INCIDENT, audit=None, page=False)
def hold(incident_id: int) -> tuple[str, int]:
    reader = the_reader()
    with parts().database.write() as session:
        resident_id = one_incident(session, reader, incident_id).incident.resident_id
        mine = resident_id is not None and claim(session, resident_id, reader.account_id, now(), HELD_FOR_A_CALL)
    return ("", 204 if mine else 409)


@pages.post("/calls/<int:incident_id>/leave")
@guarded(Permission.ACT_ON_INCIDENT, audit=None, page=False)
def leave(incident_id: int) -> tuple[str, int]:
    reader = the_reader()
    with parts().database.write() as session:
        free(session, reader.account_id, one_incident(session, reader, incident_id).incident.resident_id)
    return ("", 204)
