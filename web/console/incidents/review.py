"""The review queue: what supervisors decide, one case after the other, the most urgent first, each by one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.database.together import Reading, at_once, first, read
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import ReviewDecision
from monitor.models.rollcalls.rounds import CheckIn
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.channels.names import channel_names
from rollcall.followup.claims import claim, free, held_by_others
from rollcall.followup.queue import ALLOWED, FIRST, Decision, Said, carry_out
from rollcall.followup.second_looks import next_look
from rollcall.followup.taking_back import TIME_TO_UNDO, last_decided, take_back
from rollcall.followup.worklists import KINDS, Task, may_be_in_queue
from rollcall.prompts.asking_one import ask_one
from web.console.incidents.listed import Listed, first_of, key_of, list_of_case, list_with, one_incident, with_answers
from web.console.incidents.saying import KEYS, REASONS, SAID
from web.console.incidents.shown import shown
from web.console.incidents.stamp import stamp_asked
from web.shared.common import now, translate, wants_json
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

PIECE = 40


@dataclass(frozen=True)
class Saved:
    """What somebody decided last, as long as it can be taken back. seconds: how long it still can."""

    decision: ReviewDecision
    name: str
    said: str
    seconds: int


def saved_last(reader: Reader) -> Reading[Saved | None]:
    """The reader's last decision; None where there is none that could be taken back."""
    decided_last = last_decided(reader.account_id).add_columns(Resident.full_name)
    row = yield from first(decided_last.join(Resident, Resident.id == ReviewDecision.resident_id))
    if row is None or row[0].undone_at is not None or now() - row[0].at > TIME_TO_UNDO:
        return None
    last, name = row
    left = int((last.at + TIME_TO_UNDO - now()).total_seconds())
    return Saved(last, name, SAID[Task(last.task)][Decision(last.decision)], max(left, 1))


def _next(session: Session, reader: Reader, after: tuple[datetime, int, int] | None, *, take: bool = True) -> Listed | None:
    """The first case that is to be decided, that nobody else has, and that stands behind this one. take: and has it from now on."""
    while listed := first_of(session, reader, KINDS, PIECE, after, may_be_in_queue(now())):
        residents = [each.incident.resident_id or 0 for each in listed]
        taken = held_by_others(session, residents, reader.account_id, now())
        for one in listed:
            resident_id = one.incident.resident_id or 0
            if resident_id in taken or not reader.may(Permission.REVIEW_CHECK_IN, one.incident.zone_id):
                continue
            if list_of_case(session, one, now())[1] is not None and (
                not take or claim(session, resident_id, reader.account_id, now())
            ):
                return one
        after = key_of(listed[-1].incident)
    return None


def _behind(session: Session, reader: Reader) -> tuple[datetime, int, int] | None:
    behind = request.args.get("after", type=int)
    return key_of(one_incident(session, reader, behind).incident) if behind is not None else None


pages = Blueprint("review", __name__)


@pages.get("/review")
@guarded(Permission.REVIEW_CHECK_IN, audit=None)
def following() -> Response | str:
    reader = the_reader()
    with parts().database.write() as session:
        one = _next(session, reader, _behind(session, reader))
        if one is None:
            free(session, reader.account_id)
            saved, look = read(session, saved_last(reader)), next_look(session, reader, now())
    if one is None and look is not None and saved is None:
        # Nobody waits for an answer any more: there is time to learn.
        return redirect(url_for("second_looks.show", look_id=look.id), 303)
    if one is None:
        skipped = "after" in request.args
        return render_template("console/incidents/review_done.html", skipped=skipped, saved=saved, look=look)
    return redirect(url_for("review.case", incident_id=one.incident.id), 303)


@pages.get("/review/ahead")
@guarded(Permission.REVIEW_CHECK_IN, audit=None, page=False)
def ahead() -> str | tuple[str, int]:
    """The next case before it is asked for: nobody has it until it is shown, see `hold`."""
    reader = the_reader()
    with parts().database.read() as session:
        one = _next(session, reader, _behind(session, reader), take=False)
        task = list_of_case(session, one, now())[1] if one is not None else None
        if one is None or task is None:
            return "", 204
        known = read(session, _known(reader, one, task))
    return render_template("console/incidents/review.html", **known, holder=None, saved=None)


@pages.get("/review/<int:incident_id>")
@guarded(Permission.REVIEW_CHECK_IN, audit=None)
def case(incident_id: int) -> Response | str:
    reader = the_reader()
    with parts().database.write() as session:
        one, answers = with_answers(session, reader, incident_id)
        task = list_with(one, answers, now())[1]
        if task is None:
            return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)
        resident_id = one.incident.resident_id or 0
        mine = claim(session, resident_id, reader.account_id, now())
        holder = None if mine else held_by_others(session, [resident_id], reader.account_id, now()).get(resident_id)
        known, saved = read(session, at_once(_known(reader, one, task), saved_last(reader)))
    return render_template("console/incidents/review.html", **known, holder=holder, saved=saved)


def _known(reader: Reader, one: Listed, task: Task) -> Reading[dict[str, Any]]:
    """All that the page of a case says, whoever has it."""
    known, stamp = yield from at_once(shown(reader, one), stamp_asked(one))
    decisions = [(each, SAID[task][each], KEYS[each]) for each in ALLOWED[task]]
    return {
        **known,
        "forms": False,
        "task": task,
        "decisions": [each for each in decisions if each[0] not in FIRST],
        "first": [each for each in decisions if each[0] in FIRST],
        "reasons": REASONS[task],
        "check_in_id": known["answers"].doubtful[0][0].id if task is Task.ANSWER else one.incident.check_in_id or 0,
        "stamp": stamp,
    }


@pages.post("/review/<int:incident_id>")
@guarded(Permission.REVIEW_CHECK_IN, audit=Action.CHECK_IN_REVIEWED)
def decided(incident_id: int) -> Response:
    reader, form = the_reader(), request.form
    with parts().database.write() as session:
        one, answers = with_answers(session, reader, incident_id)
        task = list_with(one, answers, now())[1]
        decision = _decision(form.get("decision", ""))
        if task is None or task.value != form.get("task"):
            raise Conflict(N_("Someone has decided this already. Reload the page to see it as it is now."))
        reason = form.get("text", "").strip()
        if decision not in FIRST:
            reason = reason or _reason(task, form.get("why", type=int))
        said = Said(task, decision, form.get("check_in", 0, type=int), reason)
        carry_out(session, one.incident, said, reader, _ask, now=now())
        # More of this person's answers may wait.
        again = list_with(*with_answers(session, reader, incident_id), now())[1] is not None
        saved = read(session, saved_last(reader))
    following = url_for("review.case", incident_id=incident_id) if again else url_for("review.following")
    if wants_json():
        return jsonify(next=following, again=again, saved=render_template("console/incidents/review_saved.html", saved=saved))
    return redirect(following, 303)


def _ask(session: Session, resident_id: int, leaves_at: datetime) -> CheckIn:
    """Raises Conflict, also where nothing could be sent today: that would only be a miss more."""
    settings, resident = parts().settings, session.get_one(Resident, resident_id)
    available, account_id = channel_names(settings) or None, the_reader().account_id
    return ask_one(session, resident, account_id, available, settings.messages_per_day, now(), leaves_at=leaves_at)


def _decision(text: str) -> Decision:
    try:
        return Decision(text)
    except ValueError:
        raise BadInput(N_("Choose one of the decisions that are offered."), field="decision") from None


def _reason(task: Task, number: int | None) -> str:
    if number is None or not 1 <= number <= len(REASONS[task]):
        raise BadInput(N_("Choose a reason, or write one."), field="why")
    return translate(REASONS[task][number - 1])


@pages.post("/review/decisions/<int:decision_id>/undo")
@guarded(Permission.REVIEW_CHECK_IN, audit=Action.DECISION_UNDONE)
def undo(decision_id: int) -> Response:
    with parts().database.write() as session:
        decision = take_back(session, decision_id, the_reader(), now=now())
        incident_id = decision.incident_id
    flash(_("Your decision was taken back. The case is yours again."))
    return redirect(url_for("review.case", incident_id=incident_id), 303)


@pages.post("/review/<int:incident_id>/hold")
@guarded(Permission.REVIEW_CHECK_IN, audit=None, page=False)
def hold(incident_id: int) -> tuple[str, int]:
    """Somebody looks at a case, or still does. stamp: of a page that was fetched ahead; what is not true any more is not shown."""
    reader, stamp = the_reader(), request.form.get("stamp")
    with parts().database.write() as session:
        one, answers = with_answers(session, reader, incident_id)
        if stamp is not None and (list_with(one, answers, now())[1] is None or stamp != read(session, stamp_asked(one))):
            return "", 409
        mine = one.incident.resident_id is not None and claim(session, one.incident.resident_id, reader.account_id, now())
    return ("", 204 if mine else 409)


@pages.post("/review/<int:incident_id>/leave")
@guarded(Permission.REVIEW_CHECK_IN, audit=None, page=False)
def leave(incident_id: int) -> tuple[str, int]:
    reader = the_reader()
    with parts().database.write() as session:
        free(session, reader.account_id, one_incident(session, reader, incident_id).incident.resident_id)
    return ("", 204)
