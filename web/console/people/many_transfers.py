"""A zone takes in or refuses many who are offered to it: chosen, with a room each or a reason, looked at before, then done to each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.enrolment.beds import rooms_with_beds
from monitor.enrolment.orders import moment_of
from monitor.models.places import Zone
from monitor.personal_data.holds import require_reason
from monitor.problems import BadInput, Conflict, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words
from rollcall.orders.many_transfers import (
    MOST,
    Decided,
    Welcome,
    coming_to,
    look_at,
    refuse_many,
    rooms_proposed,
    take_in_many,
)
from web.console.people.many import MOST_BYTES
from web.console.people.many_meant import zone_of_reader
from web.shared.common import now, say, wants_json
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

pages = Blueprint("many_transfers", __name__)


@pages.before_request
def _bound() -> None:
    request.max_content_length = request.max_form_memory_size = MOST_BYTES


def _page(
    session: Session,
    zone: Zone,
    given: MultiDict[str, str],
    *,
    decided: list[Decided] | None = None,
    welcome: Welcome | None = None,
    refusal: str = "",
    wrong: Mapping[str, Words] | None = None,
) -> str:
    people = coming_to(session, zone.id)
    chosen = set(given.getlist("transfer"))
    able = [each.coming for each in decided or () if each.refused is None]
    return render_template(
        "console/people/many_coming.html",
        zone=zone,
        people=people,
        most=MOST,
        chosen=chosen,
        proposed=rooms_proposed(session, zone, people, now()) if people and not chosen else {},
        rooms=rooms_with_beds(session, zone.id) if people else [],
        families=any(each.mates for each in people),
        decided=decided,
        welcome=welcome,
        refusal=refusal,
        able=able,
        refused=[each for each in decided or () if each.refused is not None],
        given=given,
        wrong=wrong or {},
    )


@pages.get("/zones/<int:zone_id>/coming")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def choose(zone_id: int) -> str:
    with parts().database.read() as session:
        return _page(session, zone_of_reader(session, zone_id), MultiDict())


@pages.post("/zones/<int:zone_id>/coming")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def preview(zone_id: int) -> str | tuple[str, int]:
    form = request.form
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
        try:
            people = coming_to(session, zone_id, _numbers(form.getlist("transfer")))
            if form.get("do") == "refuse":
                refusal = require_reason(form.get("reason", ""))
                # Whoever is still offered can be refused.
                return _page(session, zone, form, decided=[Decided(each, None) for each in people], refusal=refusal)
            welcome = _welcome(zone.timezone)
            decided = look_at(session, zone_id, people, welcome, now())
            return _page(session, zone, form, decided=decided, welcome=welcome)
        except (BadInput, Conflict) as problem:
            return _page(session, zone, form, wrong=_said(problem)), problem.status


def _said(problem: Problem) -> dict[str, Words]:
    field = problem.field if isinstance(problem, BadInput) else None
    return {field or "": problem.words}


@pages.post("/zones/<int:zone_id>/coming/do")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TRANSFER_ACCEPTED)
def carry_out(zone_id: int) -> Response | str:
    form = request.form
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
    numbers = _numbers(form.get("seen", "").split())
    done = take_in_many(
        parts().database,
        zone_id,
        numbers,
        set(_numbers(form.get("chosen", "").split())),
        _welcome(zone.timezone),
        the_reader().account_id,
        now,
    )
    return _done(zone, done)


@pages.post("/zones/<int:zone_id>/coming/refuse")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TRANSFER_REFUSED)
def turn_down(zone_id: int) -> Response | str:
    form = request.form
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
    reason = require_reason(form.get("reason", ""))
    numbers = _numbers(form.get("seen", "").split())
    return _done(zone, refuse_many(parts().database, zone_id, numbers, reason, the_reader().account_id, now))


def _done(zone: Zone, done: list[Decided]) -> Response | str:
    refused = [each for each in done if each.refused is not None]
    if wants_json():
        return jsonify(done=len(done) - len(refused), refused=[_told(each) for each in refused])
    return render_template("console/people/many_taken_in.html", zone=zone, done=len(done) - len(refused), refused=refused)


def _told(each: Decided) -> dict[str, Any]:
    return {"id": each.coming.transfer.id, "name": each.coming.resident.full_name, "why": say(each.refused)}


def _numbers(typed: list[str]) -> list[int]:
    """Raises BadInput where nobody is chosen, or the list is not one of ours."""
    found = [int(each) for each in typed[:MOST] if each.isascii() and each.isdecimal() and len(each) < 10]
    if not found or len(found) != len(typed):
        raise BadInput(N_("Choose the people first."), field="transfer")
    return found


def _welcome(timezone: str) -> Welcome:
    """The form. Raises BadInput."""
    form = request.form
    later = form.get("when") == "later"
    return Welcome(
        rooms={int(name[5:]): value for name, value in form.items() if name.startswith("room-") and name[5:].isdecimal()},
        crowded=form.get("crowded") == "yes",
        together=form.get("together") == "yes",
        due_at=moment_of(form.get("due_at", ""), timezone, "due_at") if later else None,
    )
