"""A guard declares for somebody without a phone: one page with who it is and all questions; nothing of it stays on the tablet."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.control_points.registering import checker_of
from monitor.declarations.taking import Given, declare, key_of
from monitor.declarations.versions import form_in_force
from monitor.declarations.who import FIELDS, read_who
from monitor.models.declarations import Way
from monitor.models.people.residents import Sex
from monitor.people.cards import Card, NoCard, read_card
from monitor.people.typed import Fault
from monitor.problems import Conflict
from monitor.words import N_, Words, words
from web.public.declaring import new_key, today
from web.public.parts import parts
from web.shared.common import language, now, say, storable, translate
from web.shared.questions import COLUMNS, ROWS, read_form, shown
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

MOST_TEXT = 4000

pages = Blueprint("guard_declaring", __name__)


@pages.get("/g/<link>/declare")
def form(link: str) -> str:
    return _page(link, MultiDict(), {}, TypedUnit(), {})


@pages.post("/g/<link>/declare")
def sent(link: str) -> Response | tuple[str, int] | str:
    given = MultiDict((name, storable(each)) for name, several in request.form.lists() for each in several)
    if given.get("go") == "card":
        return _read_card(link, given)
    with parts().database.read() as session:
        checker = checker_of(session, link)
        held = form_in_force(session)
        unit = typed_unit(session, given)
        who, faults = read_who(given, today(), unit.key)
        if (said := fault_of(unit)) is not None:
            faults.append(Fault("unit", said))
        read = read_form(session, held, given, today())
    wrong = {each.field: each.words for each in (*faults, *read.faults)}
    if wrong or who is None:
        return _page(link, given, wrong, unit, read.units), 422
    content = {name: "\1".join(given.getlist(name)) for name in given if name not in ("csrf_token", "go", "key")}
    try:
        taken = declare(
            parts().database,
            Given(
                key=key_of(given.get("key", "")[:64], content),
                form=held,
                who=who,
                answers=read.answers,
                way=Way.GUARD,
                language=language(),
                by_whom=checker.name,
            ),
            zone=parts().settings.zone,
            now=now(),
        )
    except Conflict as problem:
        return _page(link, given, {"form": problem.words}, unit, read.units), 409
    done = (
        N_("Declared before: %(name)s.") if taken.again else N_("Declared: %(name)s. Scan the card or type the number again.")
    )
    flash(say(words(done, name=who.full_name)))
    return redirect(url_for("guarding.page", link=link), 303)


def _read_card(link: str, given: MultiDict[str, str]) -> str | tuple[str, int]:
    read = read_card(given.get("card", "")[:MOST_TEXT], today())
    if isinstance(read, NoCard):
        return _page(link, given, {"card": read.reason}, TypedUnit(), {}), 422
    assert isinstance(read, Card)
    for name in FIELDS:
        if read.fields.get(name):
            given[name] = read.fields[name]
    return _page(link, given, {}, TypedUnit(), {}, read.doubts)


def _page(
    link: str,
    given: MultiDict[str, str],
    wrong: Mapping[str, Words],
    unit: TypedUnit,
    units: Mapping[str, TypedUnit],
    doubts: tuple[Words, ...] = (),
) -> str:
    with parts().database.read() as session:
        checker_of(session, link)
        questions = shown(form_in_force(session).questions, language(), translate)
    return render_template(
        "public/guard_declare.html",
        link=link,
        given=given,
        wrong=wrong,
        unit=unit,
        units=units,
        no_unit=TypedUnit(),
        questions=questions,
        columns=COLUMNS,
        rows=ROWS,
        sexes=list(Sex),
        key=given.get("key") or new_key(),
        doubts=doubts,
    )
