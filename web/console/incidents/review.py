"""The review queue: what supervisors decide, one case after the other, the most urgent first, each by one person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.models.incidents import IncidentState
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.followup.claims import claim, free, held_by_others
from rollcall.followup.queue import ALLOWED, KINDS, Decision, Task, carry_out, task_of
from rollcall.followup.unjudged import unjudged
from web.console.incidents.listed import Listed, first_of, key_of, one_incident
from web.console.incidents.shown import shown
from web.shared.common import now, translate
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

PIECE = 40
# Reasons as one key; a person can write another. Residents read them.
REASONS: dict[Task, tuple[str, ...]] = {
    Task.ANSWER: (
        N_("The same person; the picture is poor."),
        N_("Reached by phone."),
        N_("The location is explained."),
        N_("Someone else is in the picture."),
        N_("No person can be seen in the picture."),
    ),
    Task.DISPUTE: (
        N_("Reached by phone."),
        N_("Checked again: the objection is right."),
        N_("Checked again: the result stays."),
    ),
    Task.SILENCE: (
        N_("Reached by phone, and well."),
        N_("The phone was off, broken or without signal."),
        N_("Asleep or ill at that time."),
        N_("At a test, with a doctor or at a meal."),
        N_("The message was not understood."),
    ),
}
# A letter for each decision; the first letter of the English word.
KEYS = {Decision.ACCEPT: "a", Decision.REJECT: "r", Decision.EXCUSE: "e", Decision.WELL: "w", Decision.STANDS: "k"}
SAID: dict[Task, dict[Decision, str]] = {
    Task.ANSWER: {Decision.ACCEPT: N_("Accept the answer"), Decision.REJECT: N_("Do not accept the answer")},
    Task.DISPUTE: {Decision.ACCEPT: N_("Count as answered"), Decision.STANDS: N_("The result stays")},
    Task.SILENCE: {
        Decision.EXCUSE: N_("Excuse"),
        Decision.ACCEPT: N_("Count as answered"),
        Decision.WELL: N_("Called: the person is well"),
    },
}


def _task(session: Session, one: Listed) -> Task | None:
    if one.incident.state is IncidentState.RESOLVED or one.incident.resident_id is None:
        return None
    return task_of({each.kind for each in one.parts}, unjudged(session, one.incident.resident_id))


def _next(session: Session, reader: Reader, after: tuple[datetime, int, int] | None) -> Listed | None:
    """The first case that is to be decided, that nobody else has, and that stands behind this one. Takes it."""
    while listed := first_of(session, reader, KINDS, PIECE, after):
        residents = [each.incident.resident_id or 0 for each in listed]
        taken = held_by_others(session, residents, reader.account_id, now())
        for one in listed:
            resident_id = one.incident.resident_id or 0
            if resident_id in taken or not reader.may(Permission.REVIEW_CHECK_IN, one.incident.zone_id):
                continue
            if _task(session, one) is not None and claim(session, resident_id, reader.account_id, now()):
                return one
        after = key_of(listed[-1].incident)
    return None


pages = Blueprint("review", __name__)


@pages.get("/review")
@guarded(Permission.REVIEW_CHECK_IN, audit=None)
def following() -> Response | str:
    reader = the_reader()
    behind = request.args.get("after", type=int)
    with parts().database.write() as session:
        after = key_of(one_incident(session, reader, behind).incident) if behind is not None else None
        one = _next(session, reader, after)
        if one is None:
            free(session, reader.account_id)
    if one is None:
        return render_template("console/incidents/review_done.html", skipped=behind is not None)
    return redirect(url_for("review.case", incident_id=one.incident.id), 303)


@pages.get("/review/<int:incident_id>")
@guarded(Permission.REVIEW_CHECK_IN, audit=None)
def case(incident_id: int) -> Response | str:
    reader = the_reader()
    with parts().database.write() as session:
        one = one_incident(session, reader, incident_id)
        task = _task(session, one)
        if task is None:
            return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)
        resident_id = one.incident.resident_id or 0
        mine = claim(session, resident_id, reader.account_id, now())
        holder = None if mine else held_by_others(session, [resident_id], reader.account_id, now()).get(resident_id)
        known: dict[str, Any] = shown(session, reader, one)
    return render_template(
        "console/incidents/review.html",
        **known,
        forms=False,
        task=task,
        holder=holder,
        decisions=[(each, SAID[task][each], KEYS[each]) for each in ALLOWED[task]],
        reasons=REASONS[task],
        check_in_id=known["answers"].doubtful[0][0].id if task is Task.ANSWER else one.incident.check_in_id or 0,
    )


@pages.post("/review/<int:incident_id>")
@guarded(Permission.REVIEW_CHECK_IN, audit=Action.CHECK_IN_REVIEWED)
def decided(incident_id: int) -> Response:
    reader, form = the_reader(), request.form
    with parts().database.write() as session:
        one = one_incident(session, reader, incident_id)
        task = _task(session, one)
        decision = _decision(form.get("decision", ""))
        if task is None or task.value != form.get("task"):
            raise Conflict(N_("Someone has decided this already. Reload the page to see it as it is now."))
        reason = form.get("text", "").strip() or _reason(task, form.get("why", type=int))
        carry_out(session, one.incident, task, decision, form.get("check_in", 0, type=int), reader, reason, now=now())
        name = one.resident or ""
        again = _task(session, one_incident(session, reader, incident_id))
    flash(_("Saved: %(name)s.", name=name))
    if again is not None:
        # More of this person's answers wait.
        return redirect(url_for("review.case", incident_id=incident_id), 303)
    return redirect(url_for("review.following"), 303)


def _decision(text: str) -> Decision:
    try:
        return Decision(text)
    except ValueError:
        raise BadInput(N_("Choose one of the decisions that are offered."), field="decision") from None


def _reason(task: Task, number: int | None) -> str:
    if number is None or not 1 <= number <= len(REASONS[task]):
        raise BadInput(N_("Choose a reason, or write one."), field="why")
    return translate(REASONS[task][number - 1])


@pages.post("/review/<int:incident_id>/hold")
@guarded(Permission.REVIEW_CHECK_IN, audit=None, page=False)
def hold(incident_id: int) -> tuple[str, int]:
    reader = the_reader()
    with parts().database.write() as session:
        resident_id = one_incident(session, reader, incident_id).incident.resident_id
        mine = resident_id is not None and claim(session, resident_id, reader.account_id, now())
    return ("", 204 if mine else 409)


@pages.post("/review/<int:incident_id>/leave")
@guarded(Permission.REVIEW_CHECK_IN, audit=None, page=False)
def leave(incident_id: int) -> tuple[str, int]:
    reader = the_reader()
    with parts().database.write() as session:
        free(session, reader.account_id, one_incident(session, reader, incident_id).incident.resident_id)
    return ("", 204)
