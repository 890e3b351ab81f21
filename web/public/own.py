"""Whom this phone has declared for: whether that counts, the personal code, and the second declaration in one page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.declarations.answers import nothing_new, short_questions
from monitor.declarations.codes import address_of_code, grouped
from monitor.declarations.forms import text_in
from monitor.declarations.standing import in_force_of, replace_code
from monitor.declarations.taking import confirm
from monitor.declarations.who import who_of
from monitor.models.declarations import Declarant, Declaration, DeclarationState, Signs
from monitor.people.telephone_numbers import Line, line_of
from monitor.places.units.search import unit_of
from monitor.problems import BadInput, Conflict, Problem
from monitor.words import N_, Words, words
from rollcall.channels.names import channel_names
from rollcall.confirming.asking import ask_for_public_code, newest_public_code, type_public_code
from rollcall.confirming.codes import Judgement
from web.public import people_here
from web.public.budget import require_within
from web.public.declaring import new_key, taken, today
from web.public.parts import parts
from web.shared.common import language, now, translate
from web.shared.qr_codes import qr_code

MOST_CODES_A_MINUTE, MOST_TYPED_A_MINUTE, MOST_REPLACED_A_MINUTE = 4, 20, 5
_SAID = {
    Judgement.WRONG: N_("This is not the code. Please look at the message again."),
    Judgement.TOO_LATE: N_("This code is good no more. Please ask for another one."),
    Judgement.TOO_OFTEN: N_("Too many wrong codes. Please ask for another one."),
}

pages = Blueprint("own", __name__)


@pages.get("/me")
def listed() -> Response | str:
    """Everybody of this phone; where it is one person, their page."""
    with parts().database.read() as session:
        people = people_here.people(session)
        if not people:
            return redirect(url_for("declaring.start"), 303)
        if len(people) == 1:
            return redirect(url_for("own.show", handle=people[0][0]), 303)
        held = [(handle, row, in_force_of(session, [row.id], now())) for handle, row in people]
    return render_template("public/people.html", people=held)


@pages.get("/me/<handle>")
def show(handle: str) -> str:
    with parts().database.read() as session:
        return _show(session, handle)


def _show(session: Session, handle: str, problem: Words | None = None) -> str:
    row = people_here.person(session, handle)
    newest = session.scalar(
        select(Declaration).where(Declaration.declarant_id == row.id).order_by(Declaration.id.desc()).limit(1)
    )
    sent = newest_public_code(session, _about(row), row.phone) if row.phone else None
    return render_template(
        "public/person.html",
        handle=handle,
        person=row,
        others=len(people_here.keys()) > 1,
        held=in_force_of(session, [row.id], now()),
        newest=newest,
        waits=newest is not None and newest.state is DeclarationState.WAITING,
        danger=newest is not None and newest.signs is Signs.DANGER and "done" in request.args,
        done="done" in request.args,
        texts=_takes_texts(row),
        code_sent=sent is not None and sent.expires_at > now(),
        code=qr_code(address_of_code(parts().settings.public_address, row.code)),
        problem=problem,
    )


def _takes_texts(row: Declarant) -> bool:
    return bool(row.phone) and "sms" in channel_names(parts().settings) and line_of(row.phone) is not Line.CALLED_ONLY


def _about(row: Declarant) -> str:
    return f"declarant-{row.id}"


@pages.get("/me/<handle>/again")
def again(handle: str) -> Response | str:
    """One page for the second time: who, where, and that nothing of the list is so. Where something is, the whole form."""
    with parts().database.read() as session:
        row = people_here.person(session, handle)
        form = parts().forms.fresh(session).form
        last = _last_answers(session, row)
        who = who_of(row)
        if nothing_new(form, last) is None or who.unit is None:
            return redirect(url_for("declaring.start", who=handle), 303)
        unit = unit_of(session, who.unit)
    asked = [
        (
            text_in(each.texts, language(), translate),
            [text_in(one.texts, language(), translate) for one in each.options if one.signs is not Signs.NONE],
        )
        for each in short_questions(form)
    ]
    return render_template("public/again.html", handle=handle, person=row, unit=unit, asked=asked, key=new_key())


@pages.post("/me/<handle>/again")
def send_again(handle: str) -> Response:
    if request.form.get("changed") != "no":
        return redirect(url_for("declaring.start", who=handle), 303)
    with parts().database.read() as session:
        row = people_here.person(session, handle)
        version = parts().forms.fresh(session)
        answers = nothing_new(version.form, _last_answers(session, row))
        who = who_of(row)
    if answers is None:
        return redirect(url_for("declaring.start", who=handle), 303)
    given: MultiDict[str, str] = MultiDict({"key": request.form.get("key", ""), "who": handle, "again": str(today())})
    return taken(version, who, answers, given)


def _last_answers(session: Session, row: Declarant) -> dict[str, Any]:
    newest = select(Declaration.answers).where(Declaration.declarant_id == row.id).order_by(Declaration.id.desc()).limit(1)
    return dict(session.scalar(newest) or {})


@pages.post("/me/<handle>/code")
def send_code(handle: str) -> Response | tuple[str, int]:
    """A code to the telephone, which confirms that it is theirs."""
    require_within("codes", MOST_CODES_A_MINUTE)
    try:
        with parts().database.write() as session:
            row = people_here.person(session, handle)
            if not row.phone:
                raise BadInput(N_("Enter the telephone number first."), field="phone")
            there = "sms" in channel_names(parts().settings)
            ask_for_public_code(session, _about(row), row.phone, language(), texts_set_up=there, now=now())
    except Problem as problem:
        return _again_with(handle, problem)
    return redirect(url_for("own.show", handle=handle), 303)


@pages.post("/me/<handle>/code/typed")
def code_typed(handle: str) -> Response | tuple[str, int]:
    require_within("typed", MOST_TYPED_A_MINUTE)
    typed = request.form.get("code", "")[:20]
    with parts().database.write() as session:
        row = people_here.person(session, handle)
        judged = type_public_code(session, _about(row), row.phone, typed, parts().secret, now())
        if judged is Judgement.RIGHT:
            row.phone_confirmed_at = now()
            confirm(session, row, now())
    if judged is not Judgement.RIGHT:
        said = words(N_("No code was sent to this number yet.")) if judged is None else words(_SAID[judged])
        return _again_with(handle, Conflict(said.template))
    return redirect(url_for("own.show", handle=handle), 303)


def _again_with(handle: str, problem: Problem) -> tuple[str, int]:
    with parts().database.read() as session:
        return _show(session, handle, problem.words), problem.status


@pages.get("/me/<handle>/card")
def card(handle: str) -> str:
    """The personal code to print: a card of 5 × 5 cm and a larger one, for who has no telephone with them."""
    with parts().database.read() as session:
        row = people_here.person(session, handle)
    drawn = qr_code(address_of_code(parts().settings.public_address, row.code))
    return render_template("public/card.html", handle=handle, person=row, code=drawn, letters=grouped(row.code))


@pages.post("/me/<handle>/code/new")
def new_code(handle: str) -> Response:
    """Another personal code: the one before opens nothing any more, wherever it was printed."""
    require_within("replaced", MOST_REPLACED_A_MINUTE)
    with parts().database.write() as session:
        replace_code(session, people_here.person(session, handle), now())
    return redirect(url_for("own.show", handle=handle), 303)


@pages.post("/me/<handle>/forget")
def forget(handle: str) -> Response:
    people_here.forget(people_here.key_of(handle))
    return redirect(url_for("home.home"), 303)


@pages.get("/c")
def code() -> str:
    """What a telephone's camera opens when it reads a personal code: that it is one, and nothing of whose."""
    return render_template("public/code.html")
