"""A message in an emergency: words, whom they reach, what they cost, a reason, and one tap more that sends them under one's own name."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.channels.message_length import measure, without_accents
from rollcall.channels.names import channel_names
from rollcall.prompts.emergency import LONGEST, LONGEST_REASON, Reach, Typed, reach_of, send_emergency
from rollcall.texts.prices import prices_of
from web.console.zones_of_reader import zones_of
from web.shared.common import now, say
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

pages = Blueprint("emergency", __name__)


def _zone(session: Session) -> Zone:
    typed = request.form.get("zone", "")
    if not typed.isdecimal() or len(typed) > 9:
        raise BadInput(N_("Please choose a zone."), field="zone")
    zone = session.get(Zone, int(typed))
    require_zone(the_reader(), zone.id if zone else None)
    assert zone is not None
    return zone


def _typed() -> Typed:
    form = request.form
    return Typed.read(form.get("vietnamese", ""), form.get("english", ""), form.get("reason", ""))


def _form(given: MultiDict[str, str], problem: BadInput | Conflict | None = None) -> str:
    with parts().database.read() as session:
        zones = [zone for zone in zones_of(session, the_reader()) if zone.closed_at is None]
    return render_template(
        "console/messages/emergency.html",
        zones=zones,
        given=given,
        problem=say(problem.words) if problem else "",
        field=problem.field if isinstance(problem, BadInput) else "",
        longest=LONGEST,
        longest_reason=LONGEST_REASON,
    )


@pages.get("/messages/emergency")
@guarded(Permission.SEND_EMERGENCY, audit=None)
def form() -> str:
    return _form(MultiDict())


@pages.post("/messages/emergency/preview")
@guarded(Permission.SEND_EMERGENCY, audit=None)
def preview() -> str | tuple[str, int]:
    with parts().database.read() as session:
        try:
            zone, typed = _zone(session), _typed()
        except BadInput as problem:
            return _form(request.form, problem), problem.status
        reach = reach_of(session, zone, now())
    return render_template(
        "console/messages/emergency_preview.html",
        zone=zone,
        typed=typed,
        reach=reach,
        texts=_texts(typed),
        cost=_cost(typed, reach),
    )


@pages.post("/messages/emergency")
@guarded(Permission.SEND_EMERGENCY, audit=Action.EMERGENCY_SENT)
def send() -> Response | tuple[str, int]:
    try:
        typed = _typed()
        with parts().database.write() as session:
            zone = _zone(session)
            available = channel_names(parts().settings)
            people = send_emergency(session, zone, typed, the_reader().account_id, available, now()).people
    except (BadInput, Conflict) as problem:
        return _form(request.form, problem), problem.status
    flash(ngettext("The message is on its way to %(num)s person.", "The message is on its way to %(num)s people.", people))
    return redirect(url_for("messages.message_page"), 303)


def _texts(typed: Typed) -> list[tuple[str, str]]:
    """(language, words) as they leave."""
    speaker = parts().settings.speaker
    told = [("vi", typed.vietnamese), ("en", typed.english)]
    texts = [(language, f"{speaker.headed(language)}: {text}") for language, text in told if text]
    if parts().settings.sms_without_accents:
        return [(language, without_accents(text)) for language, text in texts]
    return texts


def _cost(typed: Typed, reach: Reach) -> int:
    """At most: everybody gets the longer of the two."""
    longest = max(measure(text).parts for _language, text in _texts(typed))
    return prices_of(parts().settings).of(ChannelName.SMS, longest) * len(reach.leads)
