"""A declaration that staff enter: for who stands before them, is on the telephone, or wrote on paper."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.declarations.forms import Form
from monitor.declarations.taking import Given, declare, key_of
from monitor.declarations.versions import form_in_force
from monitor.declarations.who import fields_of, read_who, who_of
from monitor.models.declarations import Way
from monitor.models.people.residents import Sex
from monitor.people.typed import Fault, read_whole_day
from monitor.places.units.search import unit_of
from monitor.problems import BadInput
from monitor.trail.actions import Action
from monitor.words import N_, Words, words
from web.console.declarations.look_up import looked_up, remember
from web.shared.common import language, now, storable, translate
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.questions import COLUMNS, ROWS, read_form, shown
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

WAYS = {
    Way.STAFF: N_("Someone who is here"),
    Way.TELEPHONE: N_("On the telephone"),
    Way.PAPER: N_("From a paper form"),
    Way.GUARD: N_("At a control point"),
}
OLDEST_PAPER = timedelta(days=14)
NO_UNIT = TypedUnit()

pages = Blueprint("declaration_entry", __name__)


@pages.get("/declarations/new")
@guarded(Permission.SEE_DECLARATION, audit=None)
def new() -> Response:
    given: MultiDict[str, str] = MultiDict({"way": Way.STAFF.value})
    known = request.args.get("who", type=int)
    with parts().database.read() as session:
        if known is not None:
            row = looked_up(session, known)
            who = who_of(row)
            given.update(fields_of(who))
            given["who"] = str(known)
            if (unit := unit_of(session, who.unit)) is not None:
                given["unit"] = given["unit_asked"] = unit.written("vi")
                given["unit_key"] = str(unit.key)
        return _page(form_in_force(session), given, {}, NO_UNIT, {})


def _page(
    form: Form,
    given: MultiDict[str, str],
    wrong: dict[str, Words],
    unit: TypedUnit,
    units: dict[str, TypedUnit],
    status: int = 200,
) -> Response:
    html = render_template(
        "console/declarations/enter.html",
        given=given,
        wrong=wrong,
        unit=unit,
        units=units,
        no_unit=NO_UNIT,
        questions=shown(form.questions, language(), translate),
        columns=COLUMNS,
        rows=ROWS,
        ways=WAYS,
        sexes=list(Sex),
        key=given.get("key") or secrets.token_urlsafe(16),
    )
    return make_response(html, status)


@pages.post("/declarations/new")
@guarded(Permission.SEE_DECLARATION, audit=Action.DECLARATION_ENTERED)
def enter() -> Response:
    given = MultiDict((name, storable(each)) for name, several in request.form.lists() for each in several)
    today = now().astimezone(parts().settings.zone).date()
    faults: list[Fault] = []
    way = next((each for each in WAYS if each.value == given.get("way")), None)
    if way is None:
        faults.append(Fault("way", words(N_("Choose one of the options."))))
    declared_on = _paper_day(given, way, today, faults)
    with parts().database.read() as session:
        form = form_in_force(session)
        unit = typed_unit(session, given)
        who, more = read_who(given, today, unit.key)
        faults += more
        if (said := fault_of(unit)) is not None:
            faults.append(Fault("unit", said))
        read = read_form(session, form, given, today)
        page_key = _page_key(session, given.get("who", type=int))
    faults += read.faults
    if faults or who is None or way is None:
        wrong = {each.field: each.words for each in faults}
        return _page(form, given, wrong, unit if "unit" in wrong else NO_UNIT, dict(read.units), 422)
    sent = {name: "\1".join(given.getlist(name)) for name in given if name != "csrf_token"}
    taken = declare(
        parts().database,
        Given(
            key=key_of(given.get("key", "")[:64], sent),
            form=form,
            who=who,
            answers=read.answers,
            way=way,
            language="vi",
            page_key=page_key,
            made_by=the_reader().account_id,
            declared_on=declared_on,
        ),
        zone=parts().settings.zone,
        now=now(),
    )
    if not taken.again:
        with parts().database.write() as session:
            note_view(session, zone_id=None, how=way.value, declaration_id=taken.declaration_id)
    remember([taken.declarant_id])
    flash(_("The declaration is taken. The code can be printed as a card."))
    return redirect(url_for("declarations.person", declarant_id=taken.declarant_id), 303)


def _paper_day(given: MultiDict[str, str], way: Way | None, today: date, faults: list[Fault]) -> date | None:
    """The day on the paper; None where it is none, and a fault where it cannot be."""
    if way is not Way.PAPER:
        return None
    try:
        day = read_whole_day(given.get("declared_on", ""), "declared_on")
        if day is None or not today - OLDEST_PAPER <= day <= today:
            raise BadInput(
                N_("Write the day on the paper; it lies at most %(most)s days back."),
                field="declared_on",
                most=OLDEST_PAPER.days,
            )
    except BadInput as problem:
        faults.append(Fault("declared_on", problem.words))
        return None
    return day


def _page_key(session: Session, declarant_id: int | None) -> str:
    return looked_up(session, declarant_id).page_key if declarant_id is not None else ""
