"""Second looks at closed questions, without names; and how supervisors decide, for those who lead them and for themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.database.together import Reading, asked, at_once, first, read
from monitor.models.accounts import Account
from monitor.models.incidents import ContactAttempt, Incident
from monitor.models.places import Zone
from monitor.models.rollcalls.answers import ReviewDecision, SecondLook
from monitor.problems import BadInput
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, Words, translator
from rollcall.followup.queue import Decision
from rollcall.followup.reviewers import LEAST, SPAN, reviewers
from rollcall.followup.second_looks import (
    LONGEST_NOTE,
    next_look,
    require_look,
    say_result,
    set_share,
    share_in_force,
)
from rollcall.followup.whereabouts import findings
from rollcall.followup.worklists import Task
from web.console.incidents.saying import REASONS, SAID
from web.shared.common import now
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

MOST = 30


@dataclass(frozen=True)
class Looked:
    """A second look that came to another result, for both of them."""

    look: SecondLook
    first: str
    second: str | None
    timezone: str


def _other_results(session: Session, reader: Reader) -> Sequence[Looked]:
    """The newest of the reader's own decisions and second looks about which two did not agree."""
    first, second = aliased(Account), aliased(Account)
    mine = or_(SecondLook.first_by == reader.account_id, SecondLook.looked_by == reader.account_id)
    rows = session.execute(
        select(SecondLook, first.username, second.username, Zone.timezone)
        .join(first, first.id == SecondLook.first_by)
        .outerjoin(second, second.id == SecondLook.looked_by)
        .join(Zone, Zone.id == SecondLook.zone_id)
        .where(mine, SecondLook.agrees.is_(False))
        .order_by(SecondLook.looked_at.desc())
        .limit(MOST)
    )
    return [Looked(*row) for row in rows]


pages = Blueprint("second_looks", __name__)


def _reviewers_page(wrong: Words | None = None) -> str:
    reader = the_reader()
    with parts().database.read() as session:
        rows = reviewers(session, reader.zones, now())
        percent, _seed = share_in_force(session)
        waiting = next_look(session, reader, now())
        others = _other_results(session, reader)
    return render_template(
        "console/incidents/reviewers.html",
        rows=rows,
        percent=percent,
        waiting=waiting,
        others=others,
        days=SPAN.days,
        least=LEAST,
        may_set=reader.zones is None,
        wrong=wrong,
    )


@pages.get("/reviewers")
@guarded(Permission.REVIEW_CHECK_IN, audit=None)
def listed() -> str:
    return _reviewers_page()


@pages.post("/reviewers/share")
@guarded(Permission.REVIEW_CHECK_IN, audit=Action.SECOND_LOOK_SHARE_SET)
def share() -> Response | tuple[str, int]:
    try:
        with parts().database.write() as session:
            set_share(session, request.form.get("percent", ""), the_reader(), now())
    except BadInput as problem:
        return _reviewers_page(problem.words), problem.status
    flash(_("Saved."))
    return redirect(url_for("second_looks.listed"), 303)


def _facts(look: SecondLook) -> Reading[dict[str, Any]]:
    """What the first person could know, without who it is about: another unit looks at it."""
    this = (
        select(ReviewDecision, Incident, Zone)
        .join(Incident, Incident.id == ReviewDecision.incident_id)
        .join(Zone, Zone.id == ReviewDecision.zone_id)
        .where(ReviewDecision.id == look.decision_id)
    )
    looked = [look.first_by, look.looked_by or look.first_by]
    (decision, incident, zone), names = yield from at_once(
        first(this), asked(select(Account.id, Account.username).where(Account.id.in_(looked)))
    )
    case = select(Incident.id).where(or_(Incident.id == incident.id, Incident.lead_id == incident.id))
    tries = (
        select(ContactAttempt.at, ContactAttempt.way, ContactAttempt.outcome)
        .where(ContactAttempt.incident_id.in_(case), ContactAttempt.at <= decision.at)
        .order_by(ContactAttempt.id)
    )
    attempts, known_then = yield from at_once(asked(tries), findings([(incident, zone.timezone)], decision.at))
    return {
        "decision": decision,
        "reason": _without_names(decision.reason, Task(decision.task))
        or (decision.reason if the_reader().may(Permission.SEE_RESIDENT, look.zone_id) else ""),
        "said": SAID[Task(decision.task)][Decision(decision.decision)],
        "incident": incident,
        "timezone": zone.timezone,
        "attempts": attempts,
        "known": known_then.get(incident.id),
        "names": dict(names),
    }


def _without_names(reason: str, task: Task) -> str:
    """A reason that was chosen by a key; one that was written may name the person."""
    known = {translator(language)(each) for each in REASONS[task] for language in LANGUAGES}
    return reason if reason in known else ""


def _page(look: SecondLook, facts: dict[str, Any], wrong: Words | None = None) -> str:
    mine = look.looked_at is None and look.first_by != the_reader().account_id
    return render_template(
        "console/incidents/second_look.html", look=look, **facts, mine=mine, wrong=wrong, longest=LONGEST_NOTE
    )


def _read(look_id: int) -> tuple[SecondLook, dict[str, Any]]:
    with parts().database.read() as session:
        look = require_look(session, the_reader(), look_id, now())
        return look, read(session, _facts(look))


@pages.get("/second-looks/<int:look_id>")
@guarded(Permission.REVIEW_CHECK_IN, audit=Action.SECOND_LOOK_OPENED)
def show(look_id: int) -> str:
    look, facts = _read(look_id)
    page = _page(look, facts)
    with parts().database.write() as session:
        about: ReviewDecision = facts["decision"]
        note_view(session, zone_id=look.zone_id, resident_id=about.resident_id, second_look_id=look_id)
    return page


@pages.post("/second-looks/<int:look_id>")
@guarded(Permission.REVIEW_CHECK_IN, audit=Action.SECOND_LOOK_TAKEN)
def say(look_id: int) -> Response | tuple[str, int]:
    try:
        with parts().database.write() as session:
            say_result(session, look_id, the_reader(), request.form.get("agrees"), request.form.get("note", ""), now())
    except BadInput as problem:
        return _page(*_read(look_id), problem.words), problem.status
    flash(_("Your second look was saved."))
    return redirect(url_for("review.following"), 303)
