"""A guard's page: people scanned in and out by code, card or number, with a line or without; opened by a link of the guard's own."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, make_response, render_template, request, url_for
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.control_points.clocks import Said, browser_moment, put_right
from monitor.control_points.codes import PATH, SAID
from monitor.control_points.gate_verdicts import Sign, Verdict, unchecked, verdict_of
from monitor.control_points.inside import counted_by_point, counted_of_place
from monitor.control_points.keys import known_keys
from monitor.control_points.occupancy import occupancy, over_limit
from monitor.control_points.people import Meant, NotDeclared, found_of, meant_by, tell_on_duty
from monitor.control_points.registering import checker_of, points_of
from monitor.control_points.scanning import NewScan, Point, keep_scans, read_point
from monitor.models.control_points import ControlPlace, Direction, PlaceChecker, PlaceState, Source
from monitor.problems import BadInput, Conflict, NotFound, Problem
from monitor.words import N_, Words, words
from rollcall.answers.sealing import AnswerKey
from web.public.parts import parts
from web.shared.common import POLICY, language, now, say, translate
from web.shared.versioned_files import VersionedFiles

# This page alone runs WebAssembly, which reads codes where the browser cannot, and asks for the camera.
SCANNING_POLICY = f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'"
SCANNING_DEVICES = "camera=(self), microphone=(), geolocation=()"
MOST_TEXT = 4000  # letters: twice what the largest code of a card could hold
MOST_SEALED = 16 * 1024
_STAMP = "guard-page"
WORKER = "public/guard-worker.js"
KEPT_FILES = (
    *(
        "tokens.css",
        "phones.css",
        "icon.svg",
        "public/public.css",
        "public/guard.css",
        "public/guard.js",
        "public/kept-scans.js",
    ),
    *("public/place-code.js", "residents/sealing.js", "residents/store.js", "zxing/codes.js"),
    *("zxing/zxing_reader.js", "zxing/zxing_reader.wasm"),
)
"""What a tablet needs without a line."""

pages = Blueprint("guarding", __name__)


@dataclass(frozen=True)
class Gate:
    """Who scans, where, and at which point."""

    checker: PlaceChecker
    place: ControlPlace
    point: Point


def _checker(session: Session, link: str) -> tuple[PlaceChecker, ControlPlace]:
    """Raises NotFound, Conflict."""
    checker = checker_of(session, link)
    place = session.get_one(ControlPlace, checker.place_id)
    if place.state is not PlaceState.APPROVED:
        raise Conflict(N_("This place is not approved, or is closed. Ask who runs it."))
    return checker, place


def _gate(session: Session, link: str, given: Mapping[str, Any]) -> Gate:
    checker, place = _checker(session, link)
    point = read_point(session, _whole(given.get("point")) or 0)
    if point is None or point.place_id != place.id or not point.is_open:
        raise NotFound(N_("This control point is closed. Choose another one above."))
    return Gate(checker, place, point)


def _whole(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _said(given: Mapping[str, Any], sent_at: object, link: str) -> Said:
    """When a scan was made, by the device and by the stamp of its page."""
    opened_at = opened_on_device = None
    try:
        of, at = URLSafeSerializer(parts().secret, salt=_STAMP).loads(str(given.get("opened", "")))
        if of == link[:8]:
            opened_at, opened_on_device = datetime.fromtimestamp(at / 1000, UTC), browser_moment(given.get("opened_on_device"))
    except (BadData, ValueError, TypeError, BadInput):
        # Without a stamp that holds, the age alone says when it was.
        opened_at = opened_on_device = None
    return Said(browser_moment(given.get("scanned_at")), browser_moment(sent_at), now(), opened_at, opened_on_device)


@pages.get("/g/<link>")
def page(link: str) -> Response:
    at = now()
    with parts().database.read() as session:
        checker, place = _checker(session, link)
        points = points_of(session, place.id)
        keys = {
            name: {"public": base64.b64encode(key.public).decode(), "withdrawn": key.withdrawn}
            for name, key in known_keys(session).items()
        }
    stamp = str(URLSafeSerializer(parts().secret, salt=_STAMP).dumps([link[:8], int(at.timestamp() * 1000)]))
    known = {
        "link": link,
        "opened": stamp,
        "key": AnswerKey(parts().settings.secret("answer_key")).public,
        "services": [f"{parts().settings.public_address}{PATH}", f"{request.host_url.rstrip('/')}{PATH}"],
        "keys": keys,
        "points": {point.id: int(point.codes_from.timestamp()) for point in points},
        "place": place.id,
        "refusals": {str(kind): translate(sentence) for kind, sentence in SAID.items()},
        "unchecked": say(words(unchecked().sentence)),
    }
    response = make_response(
        render_template("public/guard.html", place=place, checker=checker, points=points, known=known, link=link, Sign=Sign)
    )
    response.headers["Content-Security-Policy"] = SCANNING_POLICY
    response.headers["Permissions-Policy"] = SCANNING_DEVICES
    return response


@pages.get("/g/worker.js")
def worker() -> Response:
    files: VersionedFiles = current_app.extensions["public-files"]
    address = files.address
    kept = {"version": files.version, "files": [address(name) for name in KEPT_FILES]}
    response = make_response(f"import {json.dumps(address(WORKER))};\nself.kept = {json.dumps(kept)};\n")
    response.mimetype = "text/javascript"
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.post("/g/<link>/scan")
def scan(link: str) -> AnyResponse:
    """JSON {point, direction, text, made, scanned_at, sent_at, opened, opened_on_device, choice, allow} -> what the guard is told."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        abort(400)
    return jsonify(_taken(link, given, given.get("sent_at")))


@pages.post("/g/<link>/kept")
def kept(link: str) -> AnyResponse:
    """One scan that was sealed on the tablet while it had no line: the body, with ?sent_at. What comes of it, and whether it is kept here."""
    sealed = request.get_data(cache=False)
    if len(sealed) > MOST_SEALED:
        abort(413)
    given: dict[str, Any] = dict(AnswerKey(parts().settings.secret("answer_key")).open(sealed, link).fields)
    told = _taken(link, given, request.args.get("sent_at"), past=True)
    # So that whoever has the tablet can clear up what cannot be settled: the queue itself is sealed.
    return jsonify(told | ({} if told["kept"] else {name: given.get(name, "") for name in ("text", "direction", "point")}))


def _taken(link: str, given: Mapping[str, Any], sent_at: object, *, past: bool = False) -> dict[str, Any]:
    """Judge one scan, keep it where it counts, and tell who is on duty where they must know. past: they were let in already."""
    text, direction = str(given.get("text", ""))[:MOST_TEXT], str(given.get("direction"))
    if direction not in tuple(Direction):
        raise BadInput(N_("Choose whether people go in or out."))
    said, at = _said(given, sent_at, link), now()
    with parts().database.read() as session:
        gate = _gate(session, link, given)
        try:
            people = meant_by(session, text, at.date())
        except NotDeclared as problem:
            return _told(Sign.ASK, say(problem.words), said, undeclared=True)
        except Problem as problem:
            return _told(Sign.ASK, say(problem.words), said)
        choice = _whole(given.get("choice"))
        if len(people) > 1 and (choice is None or choice >= len(people)):
            names = [_named(each) for each in people]
            return _told(Sign.ASK, say(words(N_("Several people share this telephone. Who is it?"))), said, choose=names)
        meant = people[choice or 0]
        verdict = verdict_of(found_of(session, meant, at), leaving=direction == Direction.OUT)
    counts = past or verdict.sign is Sign.GO or (verdict.sign is Sign.ASK and bool(given.get("allow")))
    if counts or verdict.notify:
        _keep(gate, meant, NewScan(str(given.get("made", "")), meant.newest.id, Direction(direction), said), verdict, counts)
    return _answer(verdict, meant, said, counts)


def _keep(gate: Gate, meant: Meant, new: NewScan, verdict: Verdict, counts: bool) -> None:
    with parts().database.write() as session:
        if counts:
            keep_scans(session, gate.point, [new], source=Source.GUARD, checker_id=gate.checker.id)
        if verdict.notify:
            tell_on_duty(session, meant.residents, gate.point, now())


def _answer(verdict: Verdict, meant: Meant, said: Said, counts: bool) -> dict[str, Any]:
    if counts and verdict.sign is Sign.ASK:
        return _told(Sign.GO, say(words(N_("Noted: let in by the guard."))), said, kept=True, name=meant.newest.full_name)
    # Of who must wait no name stands on a screen at a gate: it goes to who is on duty.
    name = "" if verdict.sign is Sign.WAIT else meant.newest.full_name
    return _told(verdict.sign, say(words(verdict.sentence)), said, kept=counts, name=name, may_allow=verdict.sign is Sign.ASK)


def _told(
    sign: Sign,
    sentence: str,
    said: Said,
    *,
    kept: bool = False,
    name: str = "",
    may_allow: bool = False,
    undeclared: bool = False,
    choose: list[str] | None = None,
) -> dict[str, Any]:
    righted = put_right(said)
    clock = ""
    if righted.noticed:
        ahead = N_("This device’s clock is %(minutes)s minutes ahead. Times are put right; please correct the clock.")
        behind = N_("This device’s clock is %(minutes)s minutes behind. Times are put right; please correct the clock.")
        minutes = round(abs(righted.off).total_seconds() / 60)
        clock = say(words(ahead if righted.off.total_seconds() > 0 else behind, minutes=minutes))
    return {
        "sign": sign.value,
        "said": sentence,
        "kept": kept,
        "name": name,
        "may_allow": may_allow,
        "undeclared": undeclared,
        "choose": choose or [],
        "clock": clock,
        "at": righted.at.astimezone(parts().settings.zone).strftime("%H:%M"),
    }


def _named(meant: Meant) -> str:
    born = meant.newest.birth_date
    return f"{meant.newest.full_name} ({born.year})" if born else meant.newest.full_name


@pages.get("/g/<link>/inside")
def inside(link: str) -> AnyResponse:
    """JSON {text, over}: how many are inside the place now, in words, and whether that is too many."""
    at = now()
    with parts().database.read() as session:
        _who, place = _checker(session, link)
        points = points_of(session, place.id)
        whole = counted_of_place(points, counted_by_point(session, [point.id for point in points], at))
    if whole is None:
        return jsonify(text="", over=False)
    number = occupancy(whole, at)
    text, over = say(inside_words(number.inside, number.least, number.most)), over_limit(number.inside, place.most_people)
    if over:
        # In words too, for who does not see the colour.
        text = f"{text}. {say(words(N_('More than the limit of %(most)s.'), most=place.most_people))}"
    return jsonify(text=text, over=over)


def inside_words(number: int, least: int, most: int) -> Words:
    """How many are inside, with its error where there is one."""
    if least == most:
        return words(N_("Inside now: %(number)s"), number=number)
    return words(N_("Inside now: about %(number)s (%(least)s to %(most)s)"), number=number, least=least, most=most)


@pages.get("/g/<link>/paper")
def paper(link: str) -> str:
    with parts().database.read() as session:
        _who, place = _checker(session, link)
        return _paper_page(session, place, link, {}, "")


@pages.post("/g/<link>/paper")
def paper_entered(link: str) -> tuple[str, int] | str:
    """One line of a paper list: who, which way, when."""
    form = request.form
    with parts().database.read() as session:
        _who, place = _checker(session, link)
        try:
            scan_of = _of_paper(session, link, form)
        except Problem as problem:
            return _paper_page(session, place, link, form, say(problem.words)), 422
    gate, new, name = scan_of
    with parts().database.write() as session:
        fresh = keep_scans(session, gate.point, [new], source=Source.PAPER, checker_id=gate.checker.id)
    done = N_("Entered: %(name)s.") if fresh else N_("%(name)s stands here with this time already.")
    with parts().database.read() as session:
        left = {"point": form.get("point", ""), "direction": form.get("direction", ""), "day": form.get("day", "")}
        return _paper_page(session, place, link, left, "", say(words(done, name=name)))


def _of_paper(session: Session, link: str, form: Mapping[str, str]) -> tuple[Gate, NewScan, str]:
    gate = _gate(session, link, form)
    if form.get("direction") not in tuple(Direction):
        raise BadInput(N_("Choose whether people go in or out."))
    try:
        local = datetime.fromisoformat(f"{form.get('day', '')}T{form.get('clock', '')}")
    except ValueError:
        raise BadInput(N_("Enter the day and the time that stand on the list.")) from None
    at = local.replace(tzinfo=parts().settings.zone).astimezone(UTC)
    if at > now():
        raise BadInput(N_("This time has not come yet. Enter the time that stands on the list."))
    people = meant_by(session, form.get("text", "")[:MOST_TEXT], now().date())
    if len(people) > 1:
        raise BadInput(N_("Several people share this telephone. Enter the number of a card instead."))
    who = people[0].newest
    # The line itself is its name: entered twice, it is one scan.
    made = f"paper-{who.id}-{form['direction']}-{int(at.timestamp())}"
    return gate, NewScan(made, who.id, Direction(form["direction"]), Said(at, at, at)), who.full_name


def _paper_page(
    session: Session, place: ControlPlace, link: str, given: Mapping[str, str], problem: str, done: str = ""
) -> str:
    today = now().astimezone(parts().settings.zone).date().isoformat()
    return render_template(
        "public/paper.html",
        place=place,
        points=points_of(session, place.id),
        link=link,
        given=given,
        problem=problem,
        done=done,
        today=today,
        back=url_for("guarding.page", link=link),
        spoken=language(),
    )
