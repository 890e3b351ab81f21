"""A place is registered by who runs it, and their telephone confirmed by a code in a text message."""

from __future__ import annotations

import secrets

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.control_points.registering import GONE, confirmed, new_owner_link, read_place, register
from monitor.models.control_points import ControlPlace, PlaceKind, PlaceState
from monitor.models.rollcalls.channels import ChannelName
from monitor.problems import BadInput, NotFound, Problem
from monitor.words import N_, Words
from rollcall.channels.names import channel_names
from rollcall.confirming.asking import ask_for_public_code, newest_public_code, type_public_code
from rollcall.confirming.codes import Judgement
from web.public.budget import require_within
from web.public.parts import parts
from web.shared.common import language, now
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

REGISTERED_AN_HOUR = 30
"""Of one address: behind it may be a whole industrial park."""
TYPED_AN_HOUR, HOUR_S = 60, 3600
_SAID = {
    Judgement.WRONG: N_("This is not the code. Please type the six digits of the newest message again."),
    Judgement.TOO_LATE: N_("This code is no longer good. Send another one."),
    Judgement.TOO_OFTEN: N_("Too many wrong codes. Send another one."),
}

pages = Blueprint("registering", __name__)


@pages.get("/places/new")
def form() -> str:
    return _form_page({"token": secrets.token_urlsafe(16), "language": language()}, {}, TypedUnit())


@pages.post("/places/new")
def registered() -> Response | tuple[str, int]:
    given = {name: value[:400] for name, value in request.form.items()}
    given.setdefault("language", language())
    require_within("registered", REGISTERED_AN_HOUR, HOUR_S)
    with parts().database.write() as session:
        unit = typed_unit(session, given)
        fault = fault_of(unit)
        if fault is not None:
            return _form_page(given, {"unit": fault}, unit), 422
        try:
            details = read_place(given, unit.key)
            place = register(session, details, given.get("token", ""), now=now())
        except BadInput as problem:
            return _form_page(given, {problem.field or "name": problem.words}, unit), 422
        token = place.token
    return redirect(url_for("registering.confirm", token=token), 303)


def _form_page(given: dict[str, str], wrong: dict[str, Words], unit: TypedUnit) -> str:
    return render_template("public/place_form.html", given=given, wrong=wrong, unit=unit, kinds=list(PlaceKind))


def place_of_token(session: Session, token: str) -> ControlPlace:
    """A place that was registered with this form. Raises NotFound."""
    found = session.scalar(select(ControlPlace).where(ControlPlace.token == token))
    if found is None:
        raise NotFound(GONE)
    return found


def about(place: ControlPlace) -> str:
    """Whose number a code confirms."""
    return f"place-{place.id}"


@pages.get("/places/<token>/confirm")
def confirm(token: str) -> str:
    with parts().database.read() as session:
        place = place_of_token(session, token)
        return _confirm_page(session, place, None)


@pages.post("/places/<token>/code")
def send_code(token: str) -> Response | tuple[str, int]:
    there = ChannelName.SMS in channel_names(parts().settings)
    try:
        with parts().database.write() as session:
            place = place_of_token(session, token)
            ask_for_public_code(session, about(place), place.owner_phone, place.language, texts_set_up=there, now=now())
    except NotFound:
        raise
    except Problem as problem:
        with parts().database.read() as session:
            return _confirm_page(session, place_of_token(session, token), problem.words), problem.status
    return redirect(url_for("registering.confirm", token=token), 303)


@pages.post("/places/<token>/confirm")
def code_typed(token: str) -> Response | tuple[str, int]:
    typed, link = request.form.get("code", "")[:20], None
    require_within("place-codes", TYPED_AN_HOUR, HOUR_S)
    with parts().database.write() as session:
        place = place_of_token(session, token)
        judged = type_public_code(session, about(place), place.owner_phone, typed, parts().secret, now())
        if judged is Judgement.RIGHT:
            # Who confirms the number once more gets a new link in place of one that was lost.
            link = (
                confirmed(session, place.id, now()) if place.state is PlaceState.UNCONFIRMED else new_owner_link(session, place)
            )
    if link is not None:
        return redirect(url_for("owning.show", link=link), 303)
    said = Words(_SAID[judged]) if judged in _SAID else Words(N_("No code was sent to this number yet."))
    with parts().database.read() as session:
        return _confirm_page(session, place_of_token(session, token), said), 422


def _confirm_page(session: Session, place: ControlPlace, problem: Words | None) -> str:
    code = newest_public_code(session, about(place), place.owner_phone)
    return render_template(
        "public/place_confirm.html",
        place=place,
        tail=place.owner_phone[-3:],
        sent=code is not None and code.expires_at > now(),
        texts=ChannelName.SMS in channel_names(parts().settings),
        problem=problem,
        unconfirmed=place.state is PlaceState.UNCONFIRMED,
    )
