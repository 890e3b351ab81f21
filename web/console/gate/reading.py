"""The first page at the gate: the zone, once; then a card by camera, scanner, photo or hand, for one person after the other."""

from __future__ import annotations

import secrets

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.enrolment.entries import names_awaited, unfinished
from monitor.models.places import Zone
from monitor.people.cards import Card, NoCard, read_card
from monitor.pictures.codes import codes_in
from monitor.problems import BadInput, Problem
from monitor.words import N_, Words, words
from web.console.gate.form import Given, given_of_card, today_in
from web.console.gate.person import form_page
from web.console.zones_of_reader import zones_of
from web.shared.common import POLICY, now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts
from web.shared.typed_units import TypedUnit

LONGEST_CODE = 4000  # letters: twice what the largest code of a card could hold
# This page alone runs WebAssembly, which reads codes where the browser cannot, and asks for the camera.
SCANNING_POLICY = f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'"
SCANNING_DEVICES = "camera=(self), microphone=(), geolocation=()"
_ZONE = "gate_zone"

pages = Blueprint("gate", __name__)


@pages.url_value_preprocessor
def _allow_a_picture(endpoint: str | None, _values: object) -> None:
    # Asked before the form is read, which is also where its CSRF token is.
    if endpoint == "gate.photo":
        request.max_content_length = parts().settings.upload_megabytes * 2**20 + 64 * 1024


def zone_here(session: Session) -> Zone | None:
    """The zone that was chosen at this gate, or the reader's only one; None: it is still to be chosen."""
    zones = [zone for zone in zones_of(session, the_reader()) if zone.closed_at is None]
    if len(zones) == 1:
        return zones[0]
    return next((zone for zone in zones if zone.id == cookie.get(_ZONE)), None)


@pages.get("/enrol")
@guarded(Permission.ENROL, audit=None)
def start() -> Response:
    return _scan_page()


@pages.post("/enrol/zone")
@guarded(Permission.ENROL, audit=None)
def choose_zone() -> Response:
    chosen = request.form.get("zone", type=int)
    if chosen is None:
        # Back to choosing.
        cookie.pop(_ZONE, None)
    elif the_reader().among({chosen}):
        cookie[_ZONE] = chosen
    return redirect(url_for("gate.start"), 303)


@pages.get("/enrol/new")
@guarded(Permission.ENROL, audit=None)
def by_hand() -> Response | str:
    with parts().database.read() as session:
        zone = zone_here(session)
        if zone is None:
            return redirect(url_for("gate.start"), 303)
        return form_page(session, zone, Given({"nationality": "VN", "language": "vi"}), {}, TypedUnit(), new_token())


@pages.post("/enrol/card")
@guarded(Permission.ENROL, audit=None)
def card() -> Response | str:
    """What a camera, a scanner or a person typed as a card's code: the form, filled with it. Nothing is kept of it yet."""
    return _read([request.form.get("code", "")[:LONGEST_CODE]])


@pages.post("/enrol/photo")
@guarded(Permission.ENROL, audit=None)
def photo() -> Response | str:
    file = request.files.get("photo")
    try:
        if file is None or not file.filename:
            raise BadInput(N_("Choose a photo first."), field="photo")
        texts = codes_in(file.read(), max_bytes=parts().settings.upload_megabytes * 2**20)
        if not texts:
            raise BadInput(
                N_("No code was found in this photo. Take it again, closer and in better light, or type."), field="photo"
            )
    except Problem as problem:
        return _scan_page(problem.words, status=problem.status)
    return _read(texts)


def new_token() -> str:
    """Of one form: whoever sends it twice means one person."""
    return secrets.token_urlsafe(24)


def _read(texts: list[str]) -> Response | str:
    """The form with what the first card among these texts says; where none is one, the page again, with what it was."""
    with parts().database.read() as session:
        zone = zone_here(session)
        if zone is None:
            return redirect(url_for("gate.start"), 303)
        today = today_in(zone, now())
        read = [read_card(text, today) for text in texts]
        found = next((each for each in read if isinstance(each, Card)), None)
        if found is not None:
            given, unit = given_of_card(session, found.fields)
            given.setdefault("language", "vi")
            return form_page(session, zone, given, {}, unit, new_token(), doubts=found.doubts, card=found.kind)
    first = next((each for each in read if isinstance(each, NoCard)), None)
    return _scan_page(first.reason if first else words(N_("Nothing was read.")), first.text if first else "", status=422)


def _scan_page(problem: Words | None = None, shown: str = "", status: int = 200) -> Response:
    with parts().database.read() as session:
        zones = [zone for zone in zones_of(session, the_reader()) if zone.closed_at is None]
        zone = zone_here(session)
        open_entries = unfinished(session, zone.id, now()) if zone else []
        nameless = names_awaited(session, zone.id) if zone else []
        page = render_template(
            "console/gate/start.html",
            zones=zones,
            zone=zone,
            unfinished=open_entries,
            nameless=nameless,
            problem=problem,
            shown=shown,
        )
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = SCANNING_POLICY
    response.headers["Permissions-Policy"] = SCANNING_DEVICES
    return response
