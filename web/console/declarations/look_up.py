"""Health declarations looked up by code, card or telephone number: whether one is in force. What was declared is opened for a purpose alone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.declarations.codes import CodeReplaced, CodeUnknown, address_of_code, code_in, grouped
from monitor.declarations.purposes import LONGEST_REASON, Purpose, purpose_of, require_reason
from monitor.declarations.standing import in_force_of, replace_code, who_of_code, who_of_number, who_of_phone
from monitor.declarations.taking import confirm
from monitor.declarations.versions import form_of
from monitor.declarations.waiting import waiting_dangers
from monitor.declarations.who import who_of
from monitor.models.accounts import Account
from monitor.models.declarations import Declarant, Declaration, DeclarationState
from monitor.people.cards import Card, read_card
from monitor.people.telephone_numbers import international
from monitor.people.typed import read_insurance
from monitor.places.units.search import unit_of
from monitor.problems import BadInput, NotFound, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words
from web.shared import written as writing
from web.shared.common import language, now, translate
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.qr_codes import qr_code
from web.shared.questions import written

MOST_FOUND, MOST_LOOKED_UP, LONGEST_TYPED = 20, 30, 4000
_LOOKED_UP = "declarants"

pages = Blueprint("declarations", __name__)


@pages.get("/declarations")
@guarded(Permission.SEE_DECLARATION, audit=None)
def start() -> str:
    return _page()


def _page(problem: Words | None = None, found: list[Any] | None = None) -> str:
    return render_template(
        "console/declarations/look_up.html", problem=problem, found=found, public=parts().settings.public_address
    )


@pages.get("/declarations/waiting")
@guarded(Permission.SEE_DECLARATION, audit=Action.DECLARATIONS_SEARCHED)
def waiting() -> str:
    """Signs of danger that came while very many declared and that nobody confirmed, the newest first: to be called."""
    before = request.args.get("before", type=int)
    with parts().database.write() as session:
        rows = waiting_dangers(session, the_reader().zones, before=before, most=MOST_FOUND + 1)
        shown = rows[:MOST_FOUND]
        note_view(session, zone_id=None, how="waiting", found=len(shown))
    remember([person.id for _row, person in shown])
    following = shown[-1][0].id if len(rows) > MOST_FOUND else None
    return render_template("console/declarations/waiting.html", rows=shown, following=following, first=before is None)


@pages.post("/declarations/search")
@guarded(Permission.SEE_DECLARATION, audit=Action.DECLARATIONS_SEARCHED)
def search() -> str | tuple[str, int]:
    typed = request.form.get("typed", "")[:LONGEST_TYPED].strip()
    try:
        with parts().database.write() as session:
            how, people = _found(session, typed)
            note_view(session, zone_id=None, how=how, found=len(people))
            shown = [(row, in_force_of(session, [row.id], now())) for row in people[:MOST_FOUND]]
            waiting = {row.id: _waits(session, row) for row, _held in shown}
    except Problem as problem:
        return _page(problem.words), problem.status
    remember([row.id for row, _held in shown])
    return _page(found=[(row, held, waiting[row.id]) for row, held in shown])


def _found(session: Session, typed: str) -> tuple[str, list[Declarant]]:
    """By what was looked, and who was found. Raises BadInput for what is neither a code nor a number."""
    if code_in(typed) is not None:
        try:
            return "code", [who_of_code(session, typed)]
        except (CodeUnknown, CodeReplaced) as problem:
            raise BadInput(problem.words.template, field="typed") from None
    read = read_card(typed, now().astimezone(parts().settings.zone).date())
    if isinstance(read, Card):
        numbers = [read.fields.get("document_number", ""), read_insurance(read.fields.get("insurance_number", ""))]
        return "card", [row for number in numbers for row in who_of_number(session, number)]
    number = "".join(typed.split())
    phone = international(number)
    if phone.startswith("+") and number[:1] in "+0" and (by_phone := who_of_phone(session, phone)):
        return "phone", by_phone
    if number and len(number) >= 6:
        return "number", who_of_number(session, number.upper())
    raise BadInput(N_("Scan a personal code or a card, or type a whole number of a card or telephone."), field="typed")


def _waits(session: Session, row: Declarant) -> bool:
    theirs = (Declaration.declarant_id == row.id, Declaration.state == DeclarationState.WAITING)
    return session.scalar(select(Declaration.id).where(*theirs).limit(1)) is not None


def remember(ids: list[int]) -> None:
    """Whom this session looked up: their pages open for it, and no others by counting numbers on."""
    cookie[_LOOKED_UP] = [*ids, *(each for each in cookie.get(_LOOKED_UP, []) if each not in ids)][:MOST_LOOKED_UP]


def looked_up(session: Session, declarant_id: int) -> Declarant:
    """One of those. Raises NotFound."""
    row = session.get(Declarant, declarant_id) if declarant_id in cookie.get(_LOOKED_UP, []) else None
    if row is None:
        raise NotFound(N_("Look the person up first, by code, card or telephone number."))
    return row


@pages.get("/declarations/people/<int:declarant_id>")
@guarded(Permission.SEE_DECLARATION, audit=Action.DECLARATIONS_SEARCHED)
def person(declarant_id: int) -> str:
    """Who it is, whether a declaration is in force, and the code to print as a card; nothing of what was declared."""
    with parts().database.write() as session:
        row = looked_up(session, declarant_id)
        note_view(session, zone_id=None, how="page", found=1)
        held, who = in_force_of(session, [row.id], now()), who_of(row)
        unit = unit_of(session, who.unit)
        waits = _waits(session, row)
    return render_template(
        "console/declarations/person.html",
        person=row,
        who=who,
        unit=unit,
        held=held,
        waits=waits,
        code=qr_code(address_of_code(parts().settings.public_address, row.code)),
        letters=grouped(row.code),
    )


@pages.post("/declarations/people/<int:declarant_id>/confirm")
@guarded(Permission.SEE_DECLARATION, audit=Action.DECLARANT_CONFIRMED)
def confirmed(declarant_id: int) -> Response:
    """Staff saw the person or their card: what was sent while very many declared counts from now on."""
    with parts().database.write() as session:
        row = looked_up(session, declarant_id)
        note_view(session, zone_id=None, count=confirm(session, row, now()))
    flash(_("The declaration counts from now on."))
    return redirect(url_for("declarations.person", declarant_id=declarant_id), 303)


@pages.post("/declarations/people/<int:declarant_id>/code")
@guarded(Permission.SEE_DECLARATION, audit=Action.DECLARANT_CODE_REPLACED)
def replaced(declarant_id: int) -> Response:
    with parts().database.write() as session:
        replace_code(session, looked_up(session, declarant_id), now())
        note_view(session, zone_id=None)
    flash(_("The old code opens nothing any more. Print the new one."))
    return redirect(url_for("declarations.person", declarant_id=declarant_id), 303)


@pages.get("/declarations/<int:declaration_id>")
@guarded(Permission.SEE_DECLARATION, audit=Action.DECLARATION_OPENED)
def show(declaration_id: int) -> str:
    """What was declared, to whoever looks after its signs; others are asked for what they need it."""
    with parts().database.write() as session:
        row = _within_reach(session, declaration_id)
        if _purpose(row) is not Purpose.CARE:
            return render_template("console/declarations/why.html", declaration=row, problem=None, longest=LONGEST_REASON)
        note_view(session, zone_id=row.zone_id, purpose=Purpose.CARE.value, declaration_id=row.id)
        return _opened(session, row)


@pages.post("/declarations/<int:declaration_id>")
@guarded(Permission.SEE_DECLARATION, audit=Action.DECLARATION_JOINED)
def show_for(declaration_id: int) -> str | tuple[str, int]:
    try:
        reason = require_reason(request.form.get("reason", ""))
    except BadInput as problem:
        with parts().database.read() as session:
            row = _within_reach(session, declaration_id)
        page = render_template("console/declarations/why.html", declaration=row, problem=problem.words, longest=LONGEST_REASON)
        return page, problem.status
    with parts().database.write() as session:
        row = _within_reach(session, declaration_id)
        note_view(session, zone_id=row.zone_id, purpose=Purpose.OTHER.value, reason=reason, declaration_id=row.id)
        return _opened(session, row)


def _within_reach(session: Session, declaration_id: int) -> Declaration:
    """A declaration that the reader may ask for: of their zones, or of none. Raises NotFound."""
    row = session.get(Declaration, declaration_id)
    if row is None or (row.zone_id is not None and not the_reader().among({row.zone_id})):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return row


def _purpose(row: Declaration) -> Purpose:
    return purpose_of(row.signs, in_own_zone=row.zone_id is not None and bool(the_reader().among({row.zone_id})))


def _opened(session: Session, row: Declaration) -> str:
    declarant = session.get_one(Declarant, row.declarant_id)
    who = who_of(declarant)
    answers = written(
        session, form_of(session, row.form_id), row.answers or {}, language(), translate, lambda of: writing.day(of, language())
    )
    return render_template(
        "console/declarations/declaration.html",
        declaration=row,
        person=declarant,
        who=who,
        unit=unit_of(session, who.unit),
        answers=answers,
        by=session.scalar(select(Account.username).where(Account.id == row.made_by)),
        damaged=row.answers is None,
    )
