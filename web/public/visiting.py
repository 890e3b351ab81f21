"""What the code on a poster opens: who uses this phone, in or out with one tap. The code itself stands in the address's fragment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.control_points.clocks import Said, browser_moment
from monitor.control_points.codes import PATH
from monitor.control_points.gate_verdicts import Verdict, Why, verdict_of
from monitor.control_points.people import found, tell_on_duty
from monitor.control_points.scanning import NewScan, Point, PointBook, keep_scans
from monitor.declarations.codes import CodeReplaced, CodeUnknown, code_in
from monitor.declarations.standing import InForce, in_force_by, who_of_code
from monitor.models.control_points import Direction, Source
from monitor.problems import BadInput
from monitor.words import N_, Words, words
from web.public.parts import parts
from web.public.phone import OfPhone, people_of_phone, remember
from web.shared.common import now, say

pages = Blueprint("visiting", __name__)


def _services() -> tuple[str, ...]:
    return (parts().settings.public_address, request.host_url.rstrip("/"))


def _point(given: Mapping[str, Any]) -> Point:
    """The point of the code that was scanned. Raises CodeRefused."""
    book: PointBook = current_app.extensions["place-points"]
    return book.of_code(str(given.get("code", ""))[:2000], _services())


def _json() -> dict[str, Any]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        abort(400)
    return given


@pages.get(PATH)
def page() -> str:
    return render_template("public/visit.html")


@pages.post(f"{PATH}/point")
def point() -> Response:
    """JSON {code} -> {place, point, people: [name, …]}: where this is, and who uses this phone."""
    here = _point(_json())
    with parts().database.read() as session:
        people = people_of_phone(session)
    return jsonify(place=here.place, point=here.name, people=[each.full_name for each in people])


@pages.post(f"{PATH}/person")
def person() -> Response:
    """JSON {text} -> {people}: somebody's personal code is kept on this phone from now on."""
    text = str(_json().get("text", ""))[:400]
    if code_in(text) is None:
        raise CodeUnknown
    with parts().database.read() as session:
        try:
            owner = who_of_code(session, text)
        except CodeReplaced:
            raise BadInput(N_("This code was replaced by a newer one. Use the newer one.")) from None
        remember(owner.code)
        people = people_of_phone(session)
    return jsonify(people=[each.full_name for each in people])


@pages.post(f"{PATH}/scan")
def scan() -> Response:
    """JSON {code, direction, people: [place in the list, …], made, scanned_at, sent_at} -> {said, people: [{name, sign, said}, …]}."""
    given = _json()
    here, direction, at = _point(given), str(given.get("direction")), now()
    if direction not in tuple(Direction):
        raise BadInput(N_("Choose whether people go in or out."))
    said = Said(browser_moment(given.get("scanned_at")), browser_moment(given.get("sent_at")), at)
    # All of it in one transaction: hundreds come in a second at a shift's beginning.
    with parts().database.write() as session:
        chosen = _chosen(people_of_phone(session), given.get("people"))
        declared = in_force_by(session, [each.id for each in chosen], at)
        judged = [(each, _judged(session, each, declared.get(each.id), direction, at)) for each in chosen]
        # Who has not declared is not noted as gone in: nobody knows whether they did.
        scans = [
            NewScan(f"{given.get('made', '')}-{each.id}"[:40], each.id, Direction(direction), said)
            for each, verdict in judged
            if verdict.why is not Why.NOT_DECLARED
        ]
        keep_scans(session, here, scans, source=Source.SELF)
        for each, verdict in judged:
            if verdict.notify and each.resident_id is not None:
                tell_on_duty(session, {each.resident_id}, here, at)
    return jsonify(
        place=here.place,
        point=here.name,
        at=at.astimezone(parts().settings.zone).strftime("%H:%M"),
        people=[_told(each, verdict) for each, verdict in judged],
    )


def _chosen(there: list[OfPhone], wanted: object) -> list[OfPhone]:
    places = dict.fromkeys(wanted) if isinstance(wanted, list) and all(type(each) is int for each in wanted) else {}
    chosen = [there[place] for place in places if 0 <= place < len(there)]
    if not chosen:
        raise BadInput(N_("Choose who goes in or out."))
    return chosen


def _judged(session: Session, each: OfPhone, declared: InForce | None, direction: str, at: datetime) -> Verdict:
    residents = {each.resident_id} if each.resident_id is not None else set()
    return verdict_of(found(session, declared, residents, at), leaving=direction == Direction.OUT)


_TO_THEMSELVES: Mapping[Why, Words] = {
    Why.DECLARED: words(N_("In. Thank you.")),
    Why.LEAVING: words(N_("Out. Goodbye.")),
    Why.NOT_DECLARED: words(N_("Please declare your health first: your last declaration is over. Then tap again.")),
    Why.SIGNS: words(N_("Please speak with the health desk of this place before going on.")),
    Why.ORDER: words(N_("Please wait here. Health staff have been told and will call you.")),
}


def _told(each: OfPhone, verdict: Verdict) -> dict[str, Any]:
    sentence = say(_TO_THEMSELVES[verdict.why])
    return {"name": each.full_name, "sign": verdict.sign.value, "said": sentence, "declare": verdict.why is Why.NOT_DECLARED}
