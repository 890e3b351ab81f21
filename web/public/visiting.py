"""What the code on a poster opens: who uses this phone, in or out with one tap. The code itself stands in the address's fragment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from monitor.control_points.clocks import Said, browser_moment
from monitor.control_points.codes import PATH
from monitor.control_points.gate_verdicts import Verdict, Why
from monitor.control_points.scanning import Point, PointBook
from monitor.declarations.codes import CodeReplaced, CodeUnknown, code_in
from monitor.declarations.standing import who_of_code
from monitor.models.control_points import Direction
from monitor.problems import BadInput, Problem
from monitor.words import N_, Words, words
from web.public.parts import parts
from web.public.phone import OfPhone, people_of_phone, remember, this_phone
from web.public.self_scans import SelfScan
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
        people = people_of_phone(session, now())
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
        people = people_of_phone(session, now())
    return jsonify(people=[each.full_name for each in people])


@pages.post(f"{PATH}/scan")
def scan() -> Response:
    """JSON {code, direction, people: [place in the list, …], made, scanned_at, sent_at} -> {said, people: [{name, sign, said, declare, again}, …]}."""
    given = _json()
    here, direction, at = _point(given), str(given.get("direction")), now()
    if direction not in tuple(Direction):
        raise BadInput(N_("Choose whether people go in or out."))
    said = Said(browser_moment(given.get("scanned_at")), browser_moment(given.get("sent_at")), at)
    wanted = given.get("people")
    places = tuple(dict.fromkeys(wanted)) if isinstance(wanted, list) and all(type(each) is int for each in wanted) else ()
    scanned = SelfScan(this_phone(), here, places, Direction(direction), str(given.get("made", "")), said)
    judged = parts().scans.do(scanned)
    if isinstance(judged, Problem):
        raise judged
    return jsonify(
        place=here.place,
        point=here.name,
        at=at.astimezone(parts().settings.zone).strftime("%H:%M"),
        people=[_told(each, verdict) for each, verdict in judged],
    )


_TO_THEMSELVES: Mapping[Why, Words] = {
    Why.DECLARED: words(N_("In. Thank you.")),
    Why.LEAVING: words(N_("Out. Goodbye.")),
    Why.NOT_DECLARED: words(N_("Please declare your health first: your last declaration is over. Then tap again.")),
    Why.SIGNS: words(N_("Please speak with the health desk of this place before going on.")),
    Why.ORDER: words(N_("Please wait here. Health staff have been told and will call you.")),
}


def _told(each: OfPhone, verdict: Verdict) -> dict[str, Any]:
    declare = verdict.why is Why.NOT_DECLARED
    return {
        "name": each.full_name,
        "sign": verdict.sign.value,
        "said": say(_TO_THEMSELVES[verdict.why]),
        "declare": declare,
        "again": url_for("own.again", handle=each.handle) if declare and each.handle else "",
    }
