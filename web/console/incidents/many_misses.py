"""One decision about many who missed a roll-call: chosen, or all that match; a count before, progress, and one undo for all."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask import Blueprint, jsonify, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.accounts import Account
from monitor.models.people.residents import Resident
from monitor.models.places import Room
from monitor.models.rollcalls.answers import ReviewDecision
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.rounds import RollCall
from monitor.problems import BadInput, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words
from rollcall.followup.handing_on import colleagues_in
from rollcall.followup.many import DEEDS, MOST, Filter, checked, do, judge, missing
from rollcall.followup.queue import FIRST, Said
from rollcall.followup.taking_back import take_batch_back
from web.console.incidents.saying import SAID
from web.console.people.many import MINUTES, MOST_BYTES
from web.console.people.many_meant import carried, chosen_in, number_in, zone_of_reader
from web.shared.common import now, say, wants_json
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

ROUNDS = 12

pages = Blueprint("many_misses", __name__)


@pages.before_request
def _bound() -> None:
    request.max_content_length = request.max_form_memory_size = MOST_BYTES


def _incidents() -> list[int]:
    """Raises BadInput where nobody is meant."""
    found = [each for text in request.form.get("seen", "").split()[:MOST] if (each := number_in(text)) is not None]
    if not found:
        raise BadInput(N_("Choose the people first."), field="person")
    return found


def _filter(given: Mapping[str, str]) -> Filter:
    return Filter(number_in(given.get("room", "")), number_in(given.get("round", "")))


def _choose(zone_id: int, given: MultiDict[str, str], wrong: Problem | None = None) -> str:
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
        people = missing(session, zone_id, _filter(given))
        colleagues = colleagues_in(session, zone_id, Permission.ACT_ON_INCIDENT)
        rooms = session.execute(select(Room.id, Room.name).where(Room.zone_id == zone_id).order_by(Room.name)).all()
        rounds = session.execute(
            select(RollCall.id, RollCall.opens_at, Plan.name)
            .join(Plan, Plan.id == RollCall.plan_id)
            .where(RollCall.zone_id == zone_id)
            .order_by(RollCall.opens_at.desc())
            .limit(ROUNDS)
        ).all()
    field = wrong.field if isinstance(wrong, BadInput) else None
    said: dict[str, Words] = {field or "": wrong.words} if wrong else {}
    return render_template(
        "console/incidents/many_misses.html",
        zone=zone,
        people=people,
        rooms=rooms,
        rounds=rounds,
        deeds=[(each, _name(each.value)) for each in DEEDS],
        firsts=list(FIRST),
        colleagues=colleagues,
        chosen=set(chosen_in(given)),
        given=given,
        carried=carried(given),
        wrong=said,
        most=MOST,
    )


def _said(form: Mapping[str, str]) -> Said:
    """Raises BadInput."""
    return checked(form.get("deed", ""), form.get("reason", ""), number_in(form.get("to", "")))


def _name(deed: str) -> str:
    return next(said for task in SAID.values() for decision, said in task.items() if decision.value == deed)


@pages.get("/zones/<int:zone_id>/misses")
@guarded(Permission.REVIEW_CHECK_IN, audit=None)
def choose(zone_id: int) -> str:
    return _choose(zone_id, request.args)


@pages.post("/zones/<int:zone_id>/misses")
@guarded(Permission.REVIEW_CHECK_IN, audit=None)
def preview(zone_id: int) -> str | tuple[str, int]:
    form = request.form
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
    try:
        said = _said(form)
        with parts().database.read() as session:
            if form.get("everybody") == "yes":
                people = missing(session, zone_id, _filter(form))
            else:
                people = missing(session, zone_id, Filter(), residents=chosen_in(form))
            judged = judge(people, said.decision)
            colleague = session.get(Account, said.to) if said.to is not None else None
        if not judged:
            raise BadInput(N_("Choose the people first."), field="person")
    except BadInput as problem:
        return _choose(zone_id, form, problem), problem.status
    return render_template(
        "console/incidents/many_misses_preview.html",
        zone=zone,
        deed=said.decision,
        said=_name(said.decision.value),
        reason=said.reason,
        colleague=colleague,
        able=[each.person for each in judged if each.refused is None],
        refused=[each for each in judged if each.refused is not None],
        batch=secrets.token_hex(12),
        minutes=MINUTES,
    )


@pages.post("/zones/<int:zone_id>/misses/do")
@guarded(Permission.REVIEW_CHECK_IN, audit=Action.CHECK_IN_SET_RIGHT)
def carry_out(zone_id: int) -> Response | str:
    form = request.form
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
    said = _said(form)
    batch, incidents = form.get("batch", ""), _incidents()
    if len(batch) != 24 or not batch.isalnum():
        raise BadInput(N_("The form is out of date. Please reload the page."), field="batch")
    done = do(parts().database, zone_id, incidents, said, the_reader(), batch, now)
    refused = [each for each in done if each.refused is not None]
    if wants_json():
        told = [{"id": each.person.resident_id, "name": each.person.full_name, "why": say(each.refused)} for each in refused]
        return jsonify(done=len(done) - len(refused), refused=told)
    lines = [(each.person.resident_id, each.person.full_name, each.refused) for each in refused]
    return render_template(
        "console/incidents/many_misses_done.html",
        zone=zone,
        done=len(done) - len(refused),
        refused=lines,
        batch=batch,
        minutes=MINUTES,
        undone=False,
    )


@pages.get("/zones/<int:zone_id>/misses/<batch>")
@guarded(Permission.REVIEW_CHECK_IN, audit=None)
def result(zone_id: int, batch: str) -> str:
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
        mine = (ReviewDecision.batch == batch, ReviewDecision.account_id == the_reader().account_id)
        done = session.scalar(select(func.count()).select_from(ReviewDecision).where(*mine, ReviewDecision.undone_at.is_(None)))
    return render_template(
        "console/incidents/many_misses_done.html",
        zone=zone,
        done=done or 0,
        refused=[],
        batch=batch,
        minutes=MINUTES,
        undone=False,
    )


@pages.post("/zones/<int:zone_id>/misses/<batch>/undo")
@guarded(Permission.REVIEW_CHECK_IN, audit=Action.DECISION_UNDONE)
def undo(zone_id: int, batch: str) -> str:
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
    done, refused = take_batch_back(parts().database, batch, the_reader(), now())
    with parts().database.read() as session:
        lines = [(number, _resident_name(session, number), why) for number, why in refused]
    return render_template(
        "console/incidents/many_misses_done.html", zone=zone, done=done, refused=lines, batch=batch, minutes=0, undone=True
    )


def _resident_name(session: Session, resident_id: int) -> str:
    return session.get_one(Resident, resident_id).full_name
