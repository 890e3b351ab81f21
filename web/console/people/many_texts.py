"""A text message to many people of a zone: chosen, or all that match; words, whom they reach, what they cost, and back until they leave."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.enrolment.beds import rooms_with_beds
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.problems import BadInput, Conflict, Problem
from monitor.trail.actions import Action
from monitor.words import Words
from rollcall.channels.message_length import measure
from rollcall.channels.names import channel_names
from rollcall.followup.taking_back import HELD_BACK
from rollcall.orders.many import MOST, named_people
from rollcall.prompts.emergency import LONGEST, LONGEST_REASON, Typed, reach_of
from rollcall.prompts.notices import notice_of, read_notice, send_notice, take_notice_back, way_of
from rollcall.texts.prices import prices_of
from web.console.people.many import MOST_BYTES
from web.console.people.many_meant import carried, chosen_in, offered, people_meant, zone_of_reader
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

pages = Blueprint("many_texts", __name__)


@pages.before_request
def _bound() -> None:
    request.max_content_length = request.max_form_memory_size = MOST_BYTES


def _choose(zone_id: int, given: MultiDict[str, str], wrong: Problem | None = None) -> str:
    with parts().database.read() as session:
        zone = zone_of_reader(session, zone_id)
        people, total = offered(session, zone, given)
        rooms = rooms_with_beds(session, zone_id)
    field = wrong.field if isinstance(wrong, BadInput) else None
    said: dict[str, Words] = {field or "": wrong.words} if wrong else {}
    return render_template(
        "console/people/many_texts.html",
        zone=zone,
        people=people,
        total=total,
        rooms=rooms,
        chosen=set(chosen_in(given)),
        given=given,
        carried=carried(given),
        wrong=said,
        most=MOST,
        longest=LONGEST,
        longest_reason=LONGEST_REASON,
    )


def _typed() -> Typed:
    form = request.form
    return read_notice(form.get("vietnamese", ""), form.get("english", ""), form.get("reason", ""))


@pages.get("/zones/<int:zone_id>/texts/many")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def choose(zone_id: int) -> str:
    return _choose(zone_id, request.args)


@pages.post("/zones/<int:zone_id>/texts/many")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def preview(zone_id: int) -> str | tuple[str, int]:
    try:
        typed = _typed()
        with parts().database.read() as session:
            zone = zone_of_reader(session, zone_id)
            whom = [each.resident_id for each in people_meant(session, zone, request.form)]
            reach = reach_of(session, zone, now(), whom)
    except BadInput as problem:
        return _choose(zone_id, request.form, problem), problem.status
    speaker, prices = parts().settings.speaker, prices_of(parts().settings)
    texts = [
        f"{speaker.headed(language)}: {text}" for language, text in (("vi", typed.vietnamese), ("en", typed.english)) if text
    ]
    longest = max(measure(text).parts for text in texts)
    return render_template(
        "console/people/many_texts_preview.html",
        zone=zone,
        typed=typed,
        texts=texts,
        reach=reach,
        whom=whom,
        cost=prices.of(ChannelName.SMS, longest) * len(reach.leads),
    )


@pages.post("/zones/<int:zone_id>/texts/many/send")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.NOTICE_SENT)
def send(zone_id: int) -> Response | tuple[str, int]:
    try:
        typed = _typed()
        with parts().database.write() as session:
            zone = zone_of_reader(session, zone_id)
            whom = [each.resident_id for each in named_people(session, [zone_id], chosen_in(request.form), now())]
            available = channel_names(parts().settings)
            number = send_notice(session, zone, typed, whom, the_reader().account_id, available, now()).id
    except (BadInput, Conflict) as problem:
        return _choose(zone_id, request.form, problem), problem.status
    return redirect(url_for("many_texts.show", message_id=number), 303)


@pages.get("/notices/<int:message_id>")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def show(message_id: int) -> str:
    with parts().database.read() as session:
        message = notice_of(session, the_reader(), message_id)
        zone, way = session.get_one(Zone, message.zone_id), way_of(session, message)
    return render_template(
        "console/people/many_texts_sent.html",
        message=message,
        zone=zone,
        way=way,
        seconds=int(HELD_BACK.total_seconds()),
    )


@pages.post("/notices/<int:message_id>/undo")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.NOTICE_TAKEN_BACK)
def undo(message_id: int) -> Response:
    with parts().database.write() as session:
        message = notice_of(session, the_reader(), message_id)
        held = take_notice_back(session, message, the_reader().account_id, now())
    flash(_("Taken back: %(count)s messages will not be sent.", count=held))
    return redirect(url_for("many_texts.show", message_id=message_id), 303)
